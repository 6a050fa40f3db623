"""Conversations about answering surveys."""

import asyncio
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import replace

import pytest

from bot import published, pulse
from bot.bot import Bot
from bot.cards import Button, Buttons, Card, Choice, TextInput
from bot.events import Handle, Place, Press
from bot.published import Group, Published, Question
from bot.questions import Asked
from bot.receipts import Receipt, Seal
from storage import accounts, people
from storage.database import Tx
from tests import surveys
from tests.surveys import CLOSES, CODE, SCALE, THREE, counted, question
from tests.talk import PLATFORM, Someone, Talk

LINE = "窓口の端末が遅い"
ALL_THREE = {"q1": ["heard"], "q2": ["time", "tools"], "q3": [LINE]}
COUNTED = {(1, "", ""): 1, (1, "adoption", "heard"): 1, (1, "hindered", "time"): 1, (1, "hindered", "tools"): 1}
OTHER_CODE = "monthly-2026-11-24"


async def _opened(talk: Talk, asked: Sequence[Asked] = THREE, **more: str) -> int:
    return await surveys.opened(talk.database, talk.bot, asked, **more)


async def _answered(someone: Someone, **fields: list[str]) -> str:
    """Open the form, fill it in and send it; returns what is seen then."""
    await someone.sends("pulse.open", CODE)
    return await someone.presses("pulse.answer", **{**ALL_THREE, **fields})


def _buttons(card: Card | None) -> list[Button]:
    assert card
    return [b for block in card.blocks if isinstance(block, Buttons) for b in block.buttons]


def _receipt(someone: Someone) -> str:
    return next(b.value for b in _buttons(someone.card) if b.action == "pulse.change")


def _filled(card: Card | None) -> list[object]:
    assert card
    fields = [block for block in card.blocks if isinstance(block, Choice | TextInput)]
    return [field.chosen if isinstance(field, Choice) else field.value for field in fields]


def _errors(card: Card | None) -> dict[str, str]:
    assert card
    return {b.name: b.error for b in card.blocks if isinstance(b, Choice | TextInput) and b.error}


def _everything(talk: Talk) -> list[object]:
    """What answering changes, as it stands."""
    tables = ("pulse_ticket", "pulse_tally", "pulse_spent", "pulse_line")
    return [sorted(talk.rows(f"select * from {table}")) for table in tables]


# Answering


async def test_a_single_question_is_one_press(talk: Talk) -> None:
    await _opened(talk, SCALE)
    seen = await talk.hanako.says("/pulse")
    assert "mood はどうですか" in seen
    assert "11月27日（金）" in seen
    assert [b.text for b in _buttons(talk.hanako.card)] == ["1", "2", "3", "4", "5"]
    assert "ありがとうございました" in await talk.hanako.presses("4")
    assert counted(talk.database) == {(1, "", ""): 1, (1, "mood", "4"): 1}


async def test_several_questions_are_one_form(talk: Talk) -> None:
    await _opened(talk)
    assert "全部で3問" in await talk.hanako.says("/kizuki パルス")
    await talk.hanako.presses("答える")
    assert talk.hanako.reply
    assert talk.hanako.reply.at == "dialog"
    assert "ありがとう" in await talk.hanako.presses("回答を送る", **ALL_THREE)
    assert counted(talk.database) == COUNTED
    assert talk.rows("select number, question, text from pulse_line") == [(1, "voice", LINE)]


async def test_a_recommendation_is_two_rows_of_numbers(talk: Talk) -> None:
    await _opened(talk, (question("nps", "recommendation"),))
    await talk.ken.says("/pulse")
    assert talk.ken.card
    rows = [[b.text for b in block.buttons] for block in talk.ken.card.blocks if isinstance(block, Buttons)]
    assert rows == [list(map(str, range(6))), list(map(str, range(6, 11)))]
    await talk.ken.presses("10")
    assert counted(talk.database) == {(2, "", ""): 1, (2, "recommendation", "10"): 1}


@pytest.mark.parametrize("kind", ["many", "text"])
async def test_what_one_press_cannot_answer_is_a_form(talk: Talk, kind: str) -> None:
    asked = question(kind, "hindered", ("time", "none") if kind == "many" else ())
    await _opened(talk, (asked,))
    await talk.hanako.says("/pulse")
    assert [b.action for b in _buttons(talk.hanako.card)] == ["pulse.open"]
    assert "もう使えません" in await talk.hanako.sends("pulse.tap", f"{CODE}:time")


async def test_a_free_line_may_be_blank(talk: Talk) -> None:
    await _opened(talk)
    staff = (talk.hanako, talk.taro, talk.kacho)
    for someone, blank in zip(staff, ([], [" \u3000\n"], ["\u200b"]), strict=True):
        assert "ありがとう" in await _answered(someone, q3=blank)
    assert talk.rows("select count(*) from pulse_line") == [(0,)]


async def test_the_list_and_home_say_what_is_open_and_what_was_answered(talk: Talk) -> None:
    assert "答えを待っているアンケートはありません" in await talk.hanako.says("/pulse")
    assert "アンケート" not in await talk.hanako.opens_home()
    await _opened(talk)
    await _opened(talk, SCALE, code=OTHER_CODE, closes_on="2026-12-05")
    assert "アンケートが2件" in await talk.hanako.says("/pulse")
    first, second, *_ = _buttons(talk.hanako.card)
    assert (first.value, second.value) == (CODE, f"{OTHER_CODE}:1"), "what closes first stands first"
    home = await talk.hanako.opens_home()
    assert home.index("mood はどうですか") < home.index("自分の気づき")
    await _answered(talk.hanako)
    assert "アンケートが1件" in await talk.hanako.says("/pulse")
    assert "回答済みです" in talk.hanako.sees
    assert "回答済みです" in await talk.hanako.opens_home()
    assert "survey is open" in await talk.ken.says("/pulse") or "2 surveys" in talk.ken.sees
    assert "アンケートはありません" in await talk.jimu.says("/pulse")


def _published(code: str) -> str:
    """The bureau as a whole, and its two divisions."""
    whole = Group(("10",), None, 40, 30, {"4": 20, "5": 10}, "exact")
    parts = (Group((unit,), "10", 20, 15, {"4": 10, "5": 5}, "exact") for unit in ("1010", "1020"))
    return published.dump(Published(code, 5, 1.0, (Question("mood", (whole, *parts)),)))


async def test_the_list_leads_to_the_newest_results_of_ones_own_unit(talk: Talk) -> None:
    for number, code in enumerate((OTHER_CODE, CODE)):
        pulse_id = await _opened(talk, SCALE, code=code)
        await surveys.closed(talk.database, pulse_id, day=f"2026-11-{24 + number}", released=_published(code))
    unpublished = await _opened(talk, SCALE, code="once-2026-11-24")
    await surveys.closed(talk.database, unpublished)
    assert "最新の結果" in await talk.hanako.says("/pulse")
    assert [b.value for b in _buttons(talk.hanako.card)] == [CODE, OTHER_CODE]
    assert "窓口課" in await talk.hanako.presses("pulse.results")
    assert "Tax Division" in await talk.ken.sends("pulse.results", CODE)
    for value in ("once-2026-11-24", "", "x"):
        assert "このアンケートは見つかりません" in await talk.hanako.sends("pulse.results", value)
    assert "名簿に登録がない" in await talk.stranger.sends("pulse.results", CODE)


async def test_whoever_answers_in_a_channel_leaves_its_card_to_the_others(talk: Talk) -> None:
    await _opened(talk, SCALE)
    await talk.hanako.sends("pulse.tap", f"{CODE}:4")
    assert talk.hanako.reply
    assert (talk.hanako.reply.at, talk.hanako.reply.needed) == ("me", True)


async def test_two_accounts_of_a_person_are_one_answer(talk: Talk) -> None:
    await _opened(talk, SCALE)
    mobile = talk.elsewhere("hana-mobile")

    def link(tx: Tx) -> None:
        hanako = people.by_number(tx, "hanako", today="2026-11-24")
        assert hanako
        accounts.add(tx, "teams", "hana-mobile", person_id=hanako.id)

    await talk.database.transact(link)
    await talk.hanako.sends("pulse.tap", f"{CODE}:4")
    receipt = _receipt(talk.hanako)
    assert "回答済みです" in await mobile.sends("pulse.tap", f"{CODE}:1")
    assert counted(talk.database) == {(1, "", ""): 1, (1, "mood", "4"): 1}
    await mobile.sends("pulse.change", receipt)
    assert "変えました" in await mobile.presses("pulse.keep", q1=["2"])
    assert counted(talk.database) == {(1, "", ""): 1, (1, "mood", "2"): 1}


# Changing


async def test_an_answer_is_changed_with_its_receipt(talk: Talk) -> None:
    await _opened(talk)
    await _answered(talk.hanako)
    await talk.hanako.presses("回答を変える")
    assert _filled(talk.hanako.card) == [("heard",), ("time", "tools"), LINE]
    assert "変えました" in await talk.hanako.presses("pulse.keep", q1=["read"], q2=["none"], q3=["速くなった"])
    assert counted(talk.database) == {(1, "", ""): 1, (1, "adoption", "read"): 1, (1, "hindered", "none"): 1}
    assert talk.rows("select text from pulse_line") == [("速くなった",)]
    await talk.hanako.presses("回答を変える")
    assert _filled(talk.hanako.card) == [("read",), ("none",), "速くなった"]
    await talk.hanako.presses("pulse.keep", q3=[])
    assert talk.rows("select text from pulse_line") == []
    await talk.hanako.presses("回答を変える")
    await talk.hanako.presses("pulse.keep", q3=["やはり一言"])
    assert talk.rows("select text from pulse_line") == [("やはり一言",)]
    assert counted(talk.database)[1, "", ""] == 1


async def test_a_single_press_is_changed_in_a_form(talk: Talk) -> None:
    await _opened(talk, SCALE)
    await talk.hanako.sends("pulse.tap", f"{CODE}:1")
    await talk.hanako.presses("回答を変える")
    assert _filled(talk.hanako.card) == [("1",)]
    await talk.hanako.presses("pulse.keep", q1=["5"])
    assert counted(talk.database) == {(1, "", ""): 1, (1, "mood", "5"): 1}


async def test_a_receipt_works_once(talk: Talk) -> None:
    await _opened(talk)
    await _answered(talk.hanako)
    receipt = _receipt(talk.hanako)
    changed = {**ALL_THREE, "q1": ["read"]}
    await talk.hanako.sends("pulse.keep", receipt, **changed)
    newest = _receipt(talk.hanako)
    before = _everything(talk)
    assert "もう使われています" in await talk.hanako.sends("pulse.keep", receipt, **ALL_THREE)
    assert "もう使われています" in await talk.hanako.sends("pulse.change", receipt)
    assert "もう使われています" in await talk.hanako.sends("pulse.store", receipt)
    padded = f"{receipt}{'=' * (-len(receipt.partition(':')[2]) % 4)}"
    assert "もう使われています" in await talk.hanako.sends("pulse.keep", padded, **ALL_THREE)
    assert _everything(talk) == before
    assert "変えました" in await talk.hanako.sends("pulse.keep", newest, **ALL_THREE)


async def test_a_receipt_pressed_twice_at_once_counts_once(talk: Talk) -> None:
    await _opened(talk)
    await _answered(talk.hanako)
    receipt = _receipt(talk.hanako)
    changed = {**ALL_THREE, "q1": ["read"]}
    await asyncio.gather(*(talk.hanako.sends("pulse.keep", receipt, **changed) for _ in range(6)))
    found = counted(talk.database)
    assert found.pop((1, "adoption", "read")) == 1
    assert found == {key: n for key, n in COUNTED.items() if key[1] != "adoption"}
    assert talk.rows("select count(*) from pulse_spent") == [(1,)]


async def test_every_flipped_bit_of_a_receipt_is_noticed(talk: Talk) -> None:
    await _opened(talk, SCALE)
    await talk.hanako.sends("pulse.tap", f"{CODE}:1")
    code, _, text = _receipt(talk.hanako).partition(":")
    raw = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    before = _everything(talk)
    for at in range(len(raw)):
        for bit in (0, 7):
            flipped = bytes((*raw[:at], raw[at] ^ 1 << bit, *raw[at + 1 :]))
            value = f"{code}:{urlsafe_b64encode(flipped).decode().rstrip('=')}"
            assert "変えられません" in await talk.hanako.sends("pulse.keep", value, q1=["5"])
    assert _everything(talk) == before


@pytest.mark.parametrize("text", ["", "x", "=", "あ", "AAAA", "A" * 16, "A" * 100, "A" * 100_000, "\0", "../..", "{}"])
async def test_what_is_no_receipt_changes_nothing(talk: Talk, text: str) -> None:
    await _opened(talk, SCALE)
    await talk.hanako.sends("pulse.tap", f"{CODE}:1")
    before = _everything(talk)
    for action in ("pulse.keep", "pulse.change", "pulse.store"):
        assert "変えられません" in await talk.hanako.sends(action, f"{CODE}:{text}", q1=["5"]), action
    assert _everything(talk) == before


async def test_a_receipt_is_of_one_person_and_one_survey(talk: Talk) -> None:
    await _opened(talk, SCALE)
    await _opened(talk, SCALE, code=OTHER_CODE)
    await talk.hanako.sends("pulse.tap", f"{CODE}:1")
    receipt = _receipt(talk.hanako)
    for someone in (talk.hanako, talk.taro, talk.ken):
        await someone.sends("pulse.tap", f"{OTHER_CODE}:3")
    for someone in (talk.taro, talk.ken):
        await someone.sends("pulse.tap", f"{CODE}:3")
    before = _everything(talk)
    for thief in (talk.taro, talk.ken):
        for action in ("pulse.keep", "pulse.change", "pulse.store"):
            await thief.sends(action, receipt, q1=["5"])
            assert thief.reply
            assert thief.reply.refused, "of the same group or of another"
    assert "お願いしている" in await talk.jimu.sends("pulse.keep", receipt, q1=["5"])
    moved = receipt.replace(CODE, OTHER_CODE)
    assert "変えられません" in await talk.hanako.sends("pulse.keep", moved, q1=["5"])
    assert _everything(talk) == before


async def test_a_receipt_made_with_another_key_is_forged(talk: Talk) -> None:
    await _opened(talk, SCALE)
    await talk.hanako.sends("pulse.tap", f"{CODE}:1")
    salt, me = talk.rows("select salt from pulse")[0][0], talk.rows("select id from person where number='hanako'")[0][0]
    assert isinstance(me, int)
    forged = Seal(b"a guess", CODE, str(salt)).write(Receipt(1, {"mood": ("1",)}, {}), me, size=100)
    assert "変えられません" in await talk.hanako.sends("pulse.keep", f"{CODE}:{forged}", q1=["5"])
    genuine = Seal(talk.house.pulse_key, CODE, str(salt)).write(Receipt(2, {"mood": ("1",)}, {}), me, size=100)
    assert "変えられません" in await talk.hanako.sends("pulse.keep", f"{CODE}:{genuine}", q1=["5"]), "of another group"


async def test_after_the_close_nothing_can_be_answered_or_changed(talk: Talk) -> None:
    pulse_id = await _opened(talk, SCALE)
    await talk.hanako.sends("pulse.tap", f"{CODE}:1")
    receipt = _receipt(talk.hanako)
    await surveys.closed(talk.database, pulse_id)
    for action, value in (("pulse.keep", receipt), ("pulse.change", receipt), ("pulse.store", receipt)):
        assert "締め切りました" in await talk.hanako.sends(action, value, q1=["5"])
    for action, value in (("pulse.tap", f"{CODE}:5"), ("pulse.open", CODE), ("pulse.answer", CODE)):
        assert "締め切りました" in await talk.taro.sends(action, value, q1=["5"])
    assert not any(_everything(talk))
    assert "アンケートはありません" in await talk.taro.says("/pulse")


async def test_the_last_day_is_over_at_midnight_even_if_nobody_closed_it(talk: Talk) -> None:
    await _opened(talk, SCALE)
    talk.now = talk.now.replace(day=27, hour=23, minute=59)
    assert "ありがとう" in await talk.hanako.sends("pulse.tap", f"{CODE}:1")
    talk.later(minutes=1)
    assert f"{talk.now:%Y-%m-%d}" == CLOSES
    assert "締め切りました" in await talk.taro.sends("pulse.tap", f"{CODE}:1")
    assert "アンケートはありません" in await talk.taro.says("/pulse")


async def test_a_lost_card_is_said_plainly(talk: Talk) -> None:
    await _opened(talk, SCALE)
    await talk.hanako.sends("pulse.tap", f"{CODE}:1")
    assert "カードが見つからないときは変えられません" in await talk.hanako.sends("pulse.tap", f"{CODE}:2")
    assert "カードが見つからないときは変えられません" in await talk.hanako.sends("pulse.open", CODE)
    assert "控えのカードをなくすと" in await talk.hanako.says("/pulse")


async def test_the_receipt_can_be_kept_in_ones_own_chat(talk: Talk) -> None:
    await _opened(talk, SCALE)
    await talk.hanako.sends("pulse.tap", f"{CODE}:1")
    receipt = _receipt(talk.hanako)
    await talk.hanako.presses("控えを")
    assert talk.hanako.reply
    assert talk.hanako.reply.at == "chat"
    assert _receipt(talk.hanako) == f"{receipt}:chat"
    await talk.hanako.presses("回答を変える")
    await talk.hanako.presses("pulse.keep", q1=["2"])
    assert talk.hanako.reply.at == "chat", "and so is the next one"
    assert "変えました" in talk.hanako.sees
    assert _receipt(talk.hanako).endswith(":chat")
    assert counted(talk.database) == {(1, "", ""): 1, (1, "mood", "2"): 1}


# Bad input


@pytest.mark.parametrize(
    ("fields", "field", "why"),
    [
        ({"q1": []}, "q1", "この質問に答えてから"),
        ({"q2": []}, "q2", "この質問に答えてから"),
        ({"q1": ["6"]}, "q1", "選べません"),
        ({"q1": ["heard", "read"]}, "q1", "選べません"),
        ({"q1": [""]}, "q1", "選べません"),
        ({"q1": ["x" * 100_000]}, "q1", "選べません"),
        ({"q2": ["time", "none"]}, "q2", "「答えnone」は、ほかの答えと"),
        ({"q2": ["time", "time"]}, "q2", "選べません"),
        ({"q2": ["time", "adoption"]}, "q2", "選べません"),
        ({"q3": ["長" * 301]}, "q3", "長すぎます（301文字）"),
        ({"q3": ["x" * 100_000]}, "q3", "長すぎます"),
        ({"q3": ["一", "二"]}, "q3", "選べません"),
    ],
)
async def test_what_is_no_answer_comes_back_in_the_form(
    talk: Talk, fields: dict[str, list[str]], field: str, why: str
) -> None:
    await _opened(talk)
    seen = await _answered(talk.hanako, **fields)
    assert talk.hanako.reply
    assert (talk.hanako.reply.at, talk.hanako.reply.replaces) == ("dialog", True)
    assert why in _errors(talk.hanako.card)[field], seen
    assert list(_errors(talk.hanako.card)) == [field]
    assert not any(_everything(talk))
    if field != "q1":
        assert _filled(talk.hanako.card)[0] == ("heard",), "what was filled in stays"
    assert "ありがとう" in await talk.hanako.presses("pulse.answer", **ALL_THREE)
    assert counted(talk.database) == COUNTED


@pytest.mark.parametrize("fields", [{"q1": []}, {"q2": ["time", "none"]}, {"q3": ["長" * 301]}])
async def test_a_change_that_is_no_answer_leaves_the_old_one_and_its_receipt(
    talk: Talk, fields: dict[str, list[str]]
) -> None:
    await _opened(talk)
    await _answered(talk.hanako)
    before = _everything(talk)
    await talk.hanako.presses("pulse.change")
    await talk.hanako.presses("pulse.keep", **fields)
    assert _errors(talk.hanako.card)
    assert _everything(talk) == before
    assert "変えました" in await talk.hanako.presses("pulse.keep", **{**ALL_THREE, "q1": ["read"]})


@pytest.mark.parametrize(
    "value", [f"{CODE}:0", f"{CODE}:6", f"{CODE}:", f"{CODE}:４", f"{CODE}:4:4", f"{CODE}:4 ", f"{CODE}:\0", CODE]
)
async def test_a_press_outside_the_scale_counts_nothing(talk: Talk, value: str) -> None:
    await _opened(talk, SCALE)
    assert "もう使えません" in await talk.hanako.sends("pulse.tap", value)
    assert not any(_everything(talk))


@pytest.mark.parametrize("code", ["", "x", "weekly-2026-11-23", "';drop table pulse;--", "\0", "あ" * 100_000])
@pytest.mark.parametrize("action", ["tap", "open", "answer", "change", "keep", "store"])
async def test_a_survey_that_does_not_exist(talk: Talk, action: str, code: str) -> None:
    await _opened(talk)
    value = f"{code}:4" if action == "tap" else code
    assert "このアンケートは見つかりません" in await talk.hanako.sends(f"pulse.{action}", value)


async def test_fields_the_form_does_not_have_say_nothing(talk: Talk) -> None:
    await _opened(talk)
    await talk.hanako.sends("pulse.answer", CODE, **ALL_THREE, q4=["x"], voice=["y"], number=["2"], **{"": ["z"]})
    assert counted(talk.database) == COUNTED


async def test_words_are_only_words(talk: Talk) -> None:
    await _opened(talk)
    nasty = "<!channel> '; drop table pulse_line; -- {0} %s\x00\ud800 <script>"
    assert "ありがとう" in await _answered(talk.hanako, q3=[nasty])
    (kept,) = talk.rows("select text from pulse_line")[0]
    assert kept == nasty.replace("\x00", "\ufffd").replace("\ud800", "\ufffd")
    await talk.hanako.presses("回答を変える")
    assert _filled(talk.hanako.card)[2] == kept


async def test_whoever_was_not_asked_hears_who_is(talk: Talk) -> None:
    await _opened(talk, SCALE)
    for action, value in (("pulse.tap", f"{CODE}:4"), ("pulse.open", CODE), ("pulse.answer", CODE)):
        assert "「今週のアンケート」は、窓口局の人にお願いしている" in await talk.jimu.sends(action, value, q1=["4"])
    assert "名簿に登録がない" in await talk.stranger.sends("pulse.tap", f"{CODE}:4")
    assert not any(_everything(talk))


async def test_whoever_left_meanwhile_answers_no_more(talk: Talk) -> None:
    await _opened(talk, SCALE)
    hanako = talk.rows("select id from person where number = 'hanako'")[0][0]
    assert isinstance(hanako, int)
    await talk.database.transact(lambda tx: people.leave(tx, hanako, day="2026-11-24"))
    await talk.hanako.sends("pulse.tap", f"{CODE}:4")
    assert talk.hanako.reply
    assert talk.hanako.reply.refused
    assert not any(_everything(talk))


async def test_twice_at_the_same_instant_is_one_answer(talk: Talk) -> None:
    await _opened(talk, SCALE)
    seen = await asyncio.gather(*(talk.hanako.sends("pulse.tap", f"{CODE}:{n}") for n in (1, 2, 3, 4, 5)))
    assert len(seen) == 5
    found = counted(talk.database)
    assert found.pop((1, "", "")) == 1
    assert list(found.values()) == [1]
    assert talk.rows("select count(*) from pulse_ticket") == [(1,)]


async def test_a_hundred_answers_at_once_are_all_counted(talk: Talk) -> None:
    await _opened(talk, SCALE)
    staff = (talk.hanako, talk.taro, talk.kacho, talk.ken, talk.sakura)
    await asyncio.gather(*(one.sends("pulse.tap", f"{CODE}:{n % 5 + 1}") for n, one in enumerate(staff * 20)))
    found = counted(talk.database)
    assert (found[1, "", ""], found[2, "", ""]) == (3, 2)
    assert sum(n for (_, q, _), n in found.items() if q) == 5


async def test_the_same_event_delivered_twice_is_one_answer(talk: Talk) -> None:
    await _opened(talk, SCALE)
    event = Press("one-press", talk.hanako.handle, talk.hanako.place, "pulse.tap", f"{CODE}:4")
    replies = await asyncio.gather(*(talk.bot.handle(event) for _ in range(3)))
    assert sum(reply is not None for reply in replies) == 1
    assert counted(talk.database) == {(1, "", ""): 1, (1, "mood", "4"): 1}


async def test_a_close_at_the_same_instant_counts_whole_answers_or_none(talk: Talk) -> None:
    pulse_id = await _opened(talk, SCALE)
    staff = (talk.hanako, talk.taro, talk.kacho, talk.ken, talk.sakura)
    taps = [one.sends("pulse.tap", f"{CODE}:4") for one in staff]
    await asyncio.gather(*taps[:3], surveys.closed(talk.database, pulse_id), *taps[3:])
    assert not any(_everything(talk)), "nothing was counted after the close"


# Stumbling


@pytest.mark.parametrize("step", ["storage.pulse_answers.count", "bot.receipts.Seal.write"])
async def test_killed_on_the_way_nothing_is_half_done(talk: Talk, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    """After the ticket, and after the counters."""
    await _opened(talk, SCALE)
    event = Press("one-press", talk.hanako.handle, talk.hanako.place, "pulse.tap", f"{CODE}:4")

    def killed(*_: object) -> None:
        raise RuntimeError

    with monkeypatch.context() as broken:
        broken.setattr(step, killed)
        reply = await talk.bot.handle(event)
    assert reply
    assert reply.refused
    assert not any(_everything(talk))
    assert await talk.bot.handle(event), "it is not claimed either"
    assert counted(talk.database) == {(1, "", ""): 1, (1, "mood", "4"): 1}


async def test_killed_between_meeting_somebody_and_their_answer(talk: Talk, monkeypatch: pytest.MonkeyPatch) -> None:
    """An account nobody knew: it is met in a transaction of its own, and the retry answers."""
    from bot.events import Profile

    await _opened(talk, SCALE)
    await talk.database.transact(lambda tx: tx.cursor.execute("delete from account where ext_id = 'hanako'"))
    hanako = talk.elsewhere("h1", Profile(email="hanako@city.example", verified=True))
    event = Press("one-press", hanako.handle, hanako.place, "pulse.tap", f"{CODE}:4")
    with monkeypatch.context() as broken:
        broken.setattr("storage.pulse_answers.take", lambda *_: 1 / 0)
        await talk.bot.handle(event)
    assert talk.rows("select count(*) from account where ext_id = 'h1'") == [(1,)]
    assert not any(_everything(talk))
    reply = await talk.bot.handle(event)
    assert reply
    assert not reply.refused
    assert counted(talk.database) == {(1, "", ""): 1, (1, "mood", "4"): 1}


async def test_another_key_refuses_kindly_and_counts_nobody_twice(talk: Talk) -> None:
    await _opened(talk, SCALE)
    await talk.hanako.sends("pulse.tap", f"{CODE}:4")
    before = _everything(talk)
    receipt = _receipt(talk.hanako)
    for key in (b"another key", b""):
        talk.bot.house = replace(talk.house, pulse_key=key)
        for someone in (talk.hanako, talk.taro):
            assert "鍵が見つからない" in await someone.sends("pulse.tap", f"{CODE}:4")
        assert "鍵が見つからない" in await talk.hanako.sends("pulse.keep", receipt, q1=["5"])
    assert _everything(talk) == before


async def test_a_new_start_with_the_same_key_takes_the_old_receipt(talk: Talk) -> None:
    await _opened(talk, SCALE)
    await talk.hanako.sends("pulse.tap", f"{CODE}:4")
    talk.bot = Bot(talk.house, talk.database, lambda: talk.now)
    await talk.hanako.presses("pulse.change")
    assert "変えました" in await talk.hanako.presses("pulse.keep", q1=["1"])


async def test_the_largest_receipt_fits_every_platform() -> None:
    values = tuple(f"answer-number-{n:02}-long"[:20] for n in range(10))
    answers = {f"question-name-{n:06}"[:20]: values for n in range(4)}
    lines = {"question-name-000009": "0" * 32}
    asked = (*tuple(surveys.question("many", name, values) for name in answers), surveys.question("text", *lines))
    text = Seal(b"key", "x", "salt").write(Receipt(99_999, answers, lines), 1, size=pulse.size(asked))
    assert len(f"{'x' * 60}:{text}") <= 2_000, "what a button of Slack may carry"


async def test_how_long_a_receipt_is_tells_nothing(talk: Talk) -> None:
    await _opened(talk, surveys.THREE)
    lengths = set()
    forms: tuple[tuple[Someone, list[str], list[str], list[str]], ...] = (
        (talk.hanako, ["read"], ["time", "tools"], []),
        (talk.taro, ["unknown"], ["none"], ["a line of some words"]),
        (talk.kacho, ["heard"], ["tools"], ["x"]),
    )
    for someone, one, two, three in forms:
        await someone.sends("pulse.answer", CODE, q1=one, q2=two, q3=three)
        lengths.add(len(_receipt(someone)))
    assert len(lengths) == 1


async def test_a_press_from_a_place_nobody_knows_is_answered_all_the_same(talk: Talk) -> None:
    await _opened(talk, SCALE)
    event = Press("k", Handle(PLATFORM, "hanako"), Place(PLATFORM, "unknown"), "pulse.tap", f"{CODE}:4")
    assert await talk.bot.handle(event)
    assert counted(talk.database) == {(1, "", ""): 1, (1, "mood", "4"): 1}


async def test_whoever_answers_is_told_how_not_to_lose_the_receipt(talk: Talk) -> None:
    await _opened(talk)
    for someone, said in (
        (talk.hanako, ("このカードが控えで、閉じるとなくなります", "自分のチャットに残して")),
        (talk.ken, ("closing it loses it", "keep it in your own chat with the button")),
        (talk.sakura, ("とじると、なくなります", "自分のチャットにのこして")),
    ):
        seen = await _answered(someone)
        assert [part in seen for part in said] == [True, True]
