"""The rarely used part of `/pulse new`: other languages of an own question, lots, newcomers and roles."""

import json
from datetime import datetime

import pytest

from bot.cards import Choice, Divider, TextInput
from storage import people, postings, units
from storage.database import Tx
from tests.bot.test_pulse_composing import OWN
from tests.talk import Someone, Talk

ENGLISH = {"question_en": ["Are the ticket numbers easy to see?"], "answers_en": ["Yes\nNo"]}
EASY = {"question_easy": ["番号は見やすいですか"], "answers_easy": ["見やすい\n見にくい"]}


async def _previews(talk: Talk, **fields: list[str]) -> str:
    await talk.jimu.says("/pulse new")
    return await talk.jimu.presses("survey.preview", **fields)


async def _asked(talk: Talk, **fields: list[str]) -> str:
    await _previews(talk, **fields)
    return await talk.jimu.presses("survey.launch")


def _errors(someone: Someone) -> dict[str, str]:
    assert someone.card
    fields = [block for block in someone.card.blocks if isinstance(block, Choice | TextInput)]
    return {field.name: field.error for field in fields if field.error}


async def test_what_is_rarely_used_comes_last(talk: Talk) -> None:
    await talk.jimu.says("/pulse new")
    assert talk.jimu.card
    line = next(at for at, block in enumerate(talk.jimu.card.blocks) if isinstance(block, Divider))
    names = [
        [block.name for block in part if isinstance(block, Choice | TextInput)]
        for part in (talk.jimu.card.blocks[:line], talk.jimu.card.blocks[line:])
    ]
    assert names == [
        ["set", "question", "kind", "answers", "whom", "units", "days", "invite"],
        ["panel", "after", "question_en", "answers_en", "question_easy", "answers_easy"],
    ]
    assert "ここから下は、必要なときだけ" in talk.jimu.sees


async def test_an_own_question_is_read_in_ones_own_language(talk: Talk) -> None:
    seen = await _previews(talk, **OWN, **ENGLISH, **EASY)
    assert "窓口の番号札は見やすいですか\nはい / いいえ" in seen
    assert "English：Are the ticket numbers easy to see?（Yes / No）" in seen
    assert "やさしい日本語：番号は見やすいですか（見やすい / 見にくい）" in seen
    await talk.jimu.presses("survey.launch")
    for someone, question, answer in (
        (talk.hanako, "窓口の番号札は見やすいですか", "いいえ"),
        (talk.ken, "Are the ticket numbers easy to see?", "No"),
        (talk.sakura, "番号は見やすいですか", "見にくい"),
    ):
        assert question in await someone.says("/pulse")
        await someone.presses(answer)
    found = talk.rows("select answer, count - 1099511627776 from pulse_tally where question <> '' order by answer")
    assert found == [("a1", 0), ("a2", 3)], "the same answer in every language"
    assert talk.rows("select distinct question from pulse_tally where question like 'own-%'") == [
        (json.loads(str(talk.rows("select questions from pulse")[0][0]))[0]["id"],)
    ]


async def test_what_is_not_written_in_a_language_is_asked_in_japanese(talk: Talk) -> None:
    seen = await _previews(talk, **OWN, question_en=["Easy to see?"])
    assert "English：Easy to see?（はい / いいえ）" in seen
    assert "やさしい日本語：" not in seen
    await talk.jimu.presses("survey.launch")
    assert "Easy to see?" in await talk.ken.says("/pulse")
    await talk.ken.presses("はい")
    assert "窓口の番号札は見やすいですか" in await talk.sakura.says("/pulse")


async def test_a_preview_is_in_the_language_of_whoever_looks(talk: Talk) -> None:
    await talk.grants("ken", "secretariat")
    await talk.ken.says("/pulse new")
    seen = await talk.ken.presses("survey.preview", **OWN, **ENGLISH)
    assert "Are the ticket numbers easy to see?\nYes / No" in seen
    assert "日本語: 窓口の番号札は見やすいですか (はい / いいえ)" in seen


async def test_a_translation_makes_no_other_question(talk: Talk) -> None:
    await _asked(talk, **OWN)
    await _asked(talk, **OWN, **ENGLISH)
    ids = {json.loads(str(row[0]))[0]["id"] for row in talk.rows("select questions from pulse")}
    assert len(ids) == 1


@pytest.mark.parametrize(
    ("fields", "field", "why"),
    [
        ({"question_en": ["x" * 151]}, "question_en", "1文字から150文字まで"),
        ({"question_easy": ["x" * 151]}, "question_easy", "1文字から150文字まで"),
        ({"answers_en": ["Yes"]}, "answers_en", "2個から10個まで"),
        ({"answers_en": ["Yes\nNo\nMaybe"]}, "answers_en", "日本語の答えは2個、こちらは3個です"),
        ({"answers_easy": ["はい\nはい"]}, "answers_easy", "同じ答えは一つに"),
        ({"answers_easy": ["はい\n" + "長" * 76]}, "answers_easy", "75文字まで"),
        ({"whom": ["panel"], "panel": ["5000"]}, "panel", "選んでください"),
        ({"whom": ["newcomers"], "after": ["-1"]}, "after", "選んでください"),
        ({"whom": ["king"]}, "whom", "選んでください"),
        ({"whom": ["executive"]}, "whom", "1人にしか聞けません"),
        ({"whom": ["newcomers"]}, "whom", "あてはまる人がいません"),
        ({"whom": ["panel"], "units": ["77"]}, "units", "部署が見つかりません"),
    ],
)
async def test_what_cannot_be_is_said_at_its_field(
    talk: Talk, fields: dict[str, list[str]], field: str, why: str
) -> None:
    await _previews(talk, **{**OWN, **fields})
    errors = _errors(talk.jimu)
    assert list(errors) == [field]
    assert why in errors[field]
    written = {block.name: block.value for block in talk.jimu.card.blocks if isinstance(block, TextInput)}  # type: ignore[union-attr]
    assert written["question"] == OWN["question"][0], "nothing that was written is lost"


async def _hires(talk: Talk, many: int, joined: str) -> None:
    def work(tx: Tx) -> None:
        unit = units.by_code(tx, "1010")
        assert unit
        for n in range(many):
            person = people.add(tx, number=f"n{n}{joined}", name_ja="x", name_en="x", joined_on=joined)
            postings.add(tx, person, unit.id, starts_on=joined)

    await talk.database.transact(work)


async def test_lots_ask_everybody_once_and_nobody_twice(talk: Talk) -> None:
    await _hires(talk, 32, "2020-04-01")
    seen = await _previews(talk, **OWN, whom=["panel"], panel=["2"])
    assert "だれに聞くか: くじで選んだ人" in seen
    assert "2分の1ずつ（2回で全員に一度）" in seen
    # What was asked of everybody does not count as a draw.
    await _asked(talk, set=["environment"])
    for question, day in (("一つ目", "2026-11-24"), ("二つ目", "2026-11-25")):
        talk.now = datetime.fromisoformat(f"{day}T10:00:00+09:00")
        await _asked(talk, **{**OWN, "question": [question]}, whom=["panel"], panel=["2"])
    drawn = talk.rows(
        "select i.person_id, count(*) from pulse_invited i join pulse p on p.id = i.pulse_id "
        "where p.name = 'own-panel' group by i.person_id"
    )
    assert (len(drawn), {many for _, many in drawn}) == (40, {1})
    assert [row[0] for row in talk.rows("select code from pulse where name = 'own-panel' order by id")] == [
        "own-panel-2026-11-24",
        "own-panel-2026-11-25",
    ]


async def test_newcomers_are_asked_each_question_once(talk: Talk) -> None:
    await _hires(talk, 6, "2026-10-01")
    await _hires(talk, 7, "2026-11-20")
    seen = await _previews(talk, **OWN, whom=["newcomers"], after=["30"])
    assert "6人に聞き" in seen
    assert "30日を過ぎた人" in seen
    await talk.jimu.presses("survey.launch")
    await _previews(talk, **OWN, whom=["newcomers"], after=["30"])
    assert "あてはまる人がいません" in _errors(talk.jimu)["whom"], "the same question"
    assert "6人に聞き" in await _previews(talk, **{**OWN, "question": ["別の質問"]}, whom=["newcomers"])
    assert "6人に聞き" in await _previews(talk, set=["environment"], whom=["newcomers"])


async def test_a_role_is_asked_and_units_narrow_it_down(talk: Talk) -> None:
    for name in ("hanako", "taro", "ken"):
        await talk.grants(name, "executive")
    await talk.grants("sakura", "executive", "1020")
    assert "5人に聞き" in await _previews(talk, set=["environment"], whom=["executive"])
    talk.sets("pulse", k=3)
    seen = await _previews(talk, set=["environment"], whom=["executive"], units=["10"])
    assert "4人に聞き" in seen
    assert "部署コード: 10" in seen
    await talk.jimu.presses("survey.launch")
    kept = json.loads(str(talk.rows("select audience from pulse")[0][0]))
    assert (kept["of"], kept["role"], kept["units"]) == ("role", "executive", ["10"])
    assert "8人に聞き" in await _previews(talk, set=["environment"], units=["10"]), "everyone is everyone"


async def test_the_secretariat_of_a_bureau_draws_lots_only_there(talk: Talk) -> None:
    await talk.grants("ken", "secretariat", "10")
    await _hires(talk, 20, "2020-04-01")
    for whom in ("panel", "newcomers", "manager"):
        await talk.ken.says("/pulse new")
        await talk.ken.presses("survey.preview", set=["environment"], whom=[whom])
        assert "You can ask only" in _errors(talk.ken)["units"]
    await talk.ken.says("/pulse new")
    seen = await talk.ken.presses("survey.preview", set=["environment"], whom=["panel"], panel=["2"], units=["10"])
    assert "13 people are asked" in seen


async def test_a_draft_of_before_is_opened_as_it_was(talk: Talk) -> None:
    """A preview that was looked at before a new version of this program knows none of the newer fields."""
    await _previews(talk, set=["environment"])
    old = {"set": "environment", "question": "", "kind": "choice", "answers": "", "whom": "everyone", "units": ""}
    told = json.dumps({**old, "days": "4", "invite": "channel"})
    await talk.database.transact(lambda tx: tx.cursor.execute(f"update draft set data = '{told}'"))
    assert "8人へのアンケートを始めました" in await talk.jimu.presses("survey.launch")
