"""The secretariat asks something once, looks at it first, and tells afterwards what was done."""

import asyncio
import json

import pytest

from bot.cards import TextInput
from bot.events import Press
from storage import pulse_answers, pulses
from storage.database import Tx
from storage.pulse_answers import NOUGHT
from tests.talk import Someone, Talk

OWN = {"set": ["own"], "question": ["窓口の番号札は見やすいですか"], "kind": ["choice"], "answers": ["はい\nいいえ\n"]}


async def _previews(talk: Talk, **fields: list[str]) -> str:
    await talk.jimu.says("/pulse 新規")
    return await talk.jimu.presses("survey.preview", **fields)


async def test_a_question_set_is_opened_after_a_look_at_it(talk: Talk) -> None:
    assert "アンケートを始める" in await talk.jimu.says("/pulse new")
    assert talk.jimu.reply
    assert talk.jimu.reply.at == "dialog"
    seen = await talk.jimu.presses("survey.preview", set=["environment"], days=["2"])
    assert "8人に聞き、1グループに分けて数えます。11月25日（水）に締め切ります。" in seen
    assert "1 とても不満 / 2 / 3 / 4 / 5 とても満足" in seen
    assert talk.rows("select count(*) from pulse") == [(0,)]
    assert "8人へのアンケートを始めました" in await talk.jimu.presses("survey.launch")
    assert talk.rows("select code, closes_on from pulse") == [("once-environment-2026-11-24", "2026-11-26")]
    await talk.delivered()
    assert "答える" in talk.channel("madoguchi")[0]


async def test_an_own_question_is_asked_in_ones_own_words(talk: Talk) -> None:
    assert "はい / いいえ" in await _previews(talk, **OWN)
    await talk.jimu.presses("この内容で始める")
    assert "窓口の番号札は見やすいですか" in await talk.hanako.says("/pulse")
    await talk.hanako.presses("はい")
    counted = talk.rows(
        f"select question, answer, count - {NOUGHT} from pulse_tally where count > {NOUGHT} and question <> ''"
    )
    assert [(answer, count) for _, answer, count in counted] == [("a1", 1)]
    assert str(counted[0][0]).startswith("own-")


async def test_the_same_words_are_the_same_question_again(talk: Talk) -> None:
    for fields in (OWN, OWN, {**OWN, "answers": ["はい\nいや"]}):
        await _previews(talk, **fields)
        await talk.jimu.presses("この内容で始める")
    ids = [json.loads(str(row[0]))[0]["id"] for row in talk.rows("select questions from pulse order by id")]
    assert ids[0] == ids[1] != ids[2]
    assert [row[0] for row in talk.rows("select code from pulse order by id")] == [
        "own-2026-11-24",
        "own-2-2026-11-24",
        "own-3-2026-11-24",
    ]


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({**OWN, "question": ["  "]}, "1文字から150文字まで"),
        ({**OWN, "question": ["長" * 151]}, "1文字から150文字まで"),
        ({**OWN, "answers": ["はい"]}, "2個から10個まで"),
        ({**OWN, "answers": ["はい\nはい"]}, "2個から10個まで"),
        ({**OWN, "answers": ["\n".join(map(str, range(11)))]}, "2個から10個まで"),
        ({**OWN, "answers": ["はい\n" + "長" * 76]}, "2個から10個まで"),
        ({**OWN, "kind": ["poem"]}, "選んでください"),
        ({"set": ["nothing"]}, "選んでください"),
        ({"days": ["400"]}, "選んでください"),
        ({"invite": ["fax"]}, "選んでください"),
        ({"whom": ["units"]}, "部署コードを入れてください"),
        ({"whom": ["units"], "units": ["10、77"]}, "部署が見つかりません：77"),
        ({"whom": ["units"], "units": ["1010"]}, "3人にしか聞けません"),
        ({"whom": ["manager"]}, "2人にしか聞けません"),
    ],
)
async def test_what_cannot_be_asked_is_said_at_its_field(talk: Talk, fields: dict[str, list[str]], why: str) -> None:
    await _previews(talk, **fields)
    assert talk.jimu.reply
    assert talk.jimu.reply.at == "dialog"
    errors = [error for block in talk.jimu.reply.card.blocks if (error := getattr(block, "error", ""))]
    assert len(errors) == 1
    assert why in errors[0]
    assert talk.rows("select count(*) from draft") == [(0,)]


async def test_only_units_are_asked_where_units_are_named(talk: Talk) -> None:
    assert "6人に" in await _previews(talk, whom=["units"], units=["10"])


async def test_only_the_secretariat_asks(talk: Talk) -> None:
    for someone in (talk.hanako, talk.kacho, talk.chiji):
        await someone.says("/pulse new")
        assert someone.reply
        assert someone.reply.refused
    await talk.stranger.says("/pulse new")
    assert talk.stranger.reply
    assert talk.stranger.reply.refused
    await _previews(talk, set=["environment"])
    await talk.hanako.sends("survey.launch", "1")
    await talk.hanako.sends("survey.preview", "", set=["environment"])
    assert talk.rows("select count(*) from pulse") == [(0,)]


async def test_the_secretariat_of_a_bureau_asks_only_there(talk: Talk) -> None:
    await talk.grants("ken", "secretariat", "10")
    await talk.ken.says("/pulse new")
    assert "You can ask only the units you look after (10)" in await _sees(talk.ken, set=["environment"])
    assert "You can ask only" in await _sees(talk.ken, set=["environment"], whom=["units"], units=["10 20"])
    assert "6 people are asked" in await _sees(talk.ken, set=["environment"], whom=["units"], units=["10"])


async def _sees(someone: Someone, **fields: list[str]) -> str:
    await someone.presses("survey.preview", **fields)
    assert someone.reply
    errors = [getattr(block, "error", "") for block in someone.reply.card.blocks]
    return " ".join([someone.sees, *errors])


async def test_two_presses_at_once_open_one(talk: Talk) -> None:
    await _previews(talk, set=["environment"])
    presses = [Press(talk.key(), talk.jimu.handle, talk.jimu.place, "survey.launch", "1") for _ in range(4)]
    await asyncio.gather(*map(talk.bot.handle, presses))
    assert talk.rows("select count(*) from pulse") == [(1,)]


async def test_it_is_looked_at_again_when_it_is_opened(talk: Talk) -> None:
    await _previews(talk, whom=["units"], units=["10"], set=["environment"])
    await talk.moves("hanako", "20", "2026-11-24")
    await talk.moves("taro", "20", "2026-11-24")
    await talk.jimu.presses("survey.launch")
    assert talk.rows("select count(*) from pulse") == [(0,)]


async def test_own_questions_are_told_apart_by_their_titles(talk: Talk) -> None:
    await _previews(talk, **OWN)
    await talk.jimu.presses("この内容で始める")
    await _previews(talk, **{**OWN, "question": ["窓口の番号札は、来庁した方にとって見やすいと思いますか"]})
    await talk.jimu.presses("この内容で始める")
    seen = await talk.hanako.says("/pulse")
    assert "窓口の番号札は、来庁した方にとって見やすいと思…\n" in f"{seen}\n"
    titles = [json.loads(str(row[0]))[0]["title"] for row in talk.rows("select questions from pulse order by id")]
    assert titles[0] == dict.fromkeys(("ja", "en", "ja-easy"), "窓口の番号札は見やすいですか")
    assert [len(title) for title in titles[1].values()] == [24, 24, 24]


async def _closed(talk: Talk, invite: str = "channel") -> str:
    await _previews(talk, set=["environment"], invite=[invite])
    await talk.jimu.presses("survey.launch")
    await talk.delivered()

    def close(tx: Tx) -> str:
        pulse = pulses.everything(tx)[0]
        pulses.close(tx, pulse.id, day="2026-11-30", released="{}", pieces="")
        pulse_answers.forget(tx, pulse.id)
        return pulse.code

    return await talk.database.transact(close)


async def test_what_was_done_is_told_where_it_was_asked_and_kept(talk: Talk) -> None:
    code = await _closed(talk)
    await talk.jimu.sends("survey.follow", code)
    done = {"heard": ["端末が遅い"], "done": ["1月に入れ替えます"]}
    assert "届けました" in await talk.jimu.presses("survey.tell", **done)
    await talk.jimu.sends("survey.tell", code, heard=["網が遅い"], done=["増やします"])
    await talk.delivered()
    for channel in ("madoguchi", "zeimu", "kyoku", "digital", "all"):
        told = [text for text in talk.channel(channel) if "あなたの声 → こう動いた" in text]
        assert ["端末が遅い" in told[0], "1月に入れ替えます" in told[0], "網が遅い" in told[1]] == [True] * 3
    kept = json.loads(str(talk.rows("select follow_up from pulse")[0][0]))
    assert kept[0] == {"day": "2026-11-24", "heard": "端末が遅い", "done": "1月に入れ替えます"}
    assert len(kept) == 2
    # The audit log holds no words.
    assert not any("端末" in str(row[0]) for row in talk.rows("select detail from audit"))


async def test_what_was_done_reaches_channels_where_people_were_asked_one_by_one(talk: Talk) -> None:
    code = await _closed(talk, "person")
    await talk.jimu.sends("survey.tell", code, heard=["端末が遅い"], done=["1月に入れ替えます"])
    assert "5か所のチャンネルに届けました。" in talk.jimu.sees
    await talk.delivered()
    for channel in ("madoguchi", "zeimu", "kyoku", "digital", "all"):
        assert any("端末が遅い" in text for text in talk.channel(channel))


async def test_where_there_is_no_channel_nobody_is_said_to_have_heard(talk: Talk) -> None:
    code = await _closed(talk, "person")
    await talk.database.transact(lambda tx: tx.cursor.execute("update place set unit_id = null"))
    await talk.jimu.sends("survey.tell", code, heard=["端末が遅い"], done=["1月に入れ替えます"])
    assert "届けました" not in talk.jimu.sees
    assert "届ける先のチャンネルがまだありません" in talk.jimu.sees
    assert "端末が遅い" in str(talk.rows("select follow_up from pulse"))


async def test_only_the_secretariat_tells_it_and_only_after_close(talk: Talk) -> None:
    await _previews(talk, set=["environment"])
    await talk.jimu.presses("survey.launch")
    code = "once-environment-2026-11-24"
    for someone in (talk.jimu, talk.hanako):
        await someone.sends("survey.tell", code, heard=["x"], done=["y"])
        assert someone.reply
        assert someone.reply.refused
    assert talk.rows("select follow_up from pulse") == [("",)]


async def test_words_that_are_missing_or_too_long_are_asked_for_again(talk: Talk) -> None:
    code = await _closed(talk)
    for field, text in (("heard", " "), ("done", "長" * 601)):
        await talk.jimu.sends("survey.tell", code, **{"heard": ["x"], "done": ["y"], field: [text]})
        assert talk.jimu.reply
        blocks = talk.jimu.reply.card.blocks
        assert [b.name for b in blocks if isinstance(b, TextInput) and b.error] == [field]
    assert talk.rows("select follow_up from pulse") == [("",)]
