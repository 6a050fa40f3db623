"""Answering surveys in Slack: from the card in a channel, by the slash command, from home."""

import logging

import pytest

from tests import surveys
from tests.slack.office import Office
from tests.surveys import CODE, SCALE, THREE, counted, question

LINE = "窓口の端末が遅い"
ENGLISH = "Is the ticket number easy to see?"
COUNTED = {(1, "", ""): 1, (1, "adoption", "heard"): 1, (1, "hindered", "time"): 1, (1, "hindered", "tools"): 1}


async def _invited(office: Office, asked: tuple[object, ...]) -> int:
    pulse_id = await surveys.opened(office.database, office.bot, asked)  # type: ignore[arg-type]
    await surveys.invited(office.database, office.bot)
    await office.delivered()
    return pulse_id


async def test_one_press_in_the_channel_is_seen_by_whoever_pressed(office: Office) -> None:
    await _invited(office, SCALE)
    card = office.slack.channel("CMADO").messages[-1]
    assert "mood はどうですか" in card.plain
    assert "今週のアンケート" in card.text
    await office.hanako.presses("4", card)
    assert "ありがとうございました" in office.hanako.ephemerals[-1].plain
    assert not card.edits, "the card stays for the others"
    assert not office.taro.ephemerals
    await office.taro.presses("1", card)
    assert counted(office.database) == {(1, "", ""): 2, (1, "mood", "4"): 1, (1, "mood", "1"): 1}
    await office.hanako.presses("2", card)
    assert "回答済みです" in office.hanako.ephemerals[-1].plain
    assert counted(office.database)[1, "", ""] == 2


async def test_the_channels_button_opens_the_questions_for_whoever_pressed(office: Office) -> None:
    await _invited(office, THREE)
    await office.hanako.presses("答える", office.slack.channel("CMADO").messages[-1])
    assert office.hanako.modal
    assert not office.taro.modals
    await office.hanako.submits(q1="heard", q2=["time", "none"], q3=LINE)
    assert list(office.hanako.errors) == ["q2"]
    await office.hanako.submits(q2=["time", "tools"])
    assert "ありがとうございました" in office.hanako.sees
    assert counted(office.database) == COUNTED
    assert not office.slack.channel("CMADO").messages[-1].edits


async def test_an_answer_is_changed_while_its_dialog_is_open(office: Office) -> None:
    await _invited(office, THREE)
    await office.hanako.presses("答える", office.slack.channel("CMADO").messages[-1])
    await office.hanako.submits(q1="heard", q2=["time", "tools"], q3=LINE)
    await office.hanako.presses("回答を変える")
    assert LINE in str(office.hanako.modal and office.hanako.modal.body)
    await office.hanako.submits(q1="read")
    assert "変えました" in office.hanako.sees
    assert counted(office.database) == {(1, "", ""): 1, (1, "adoption", "read"): 1, **_rest()}
    assert office.rows("select text from pulse_line") == [(LINE,)]


def _rest() -> dict[tuple[int, str, str], int]:
    return {key: n for key, n in COUNTED.items() if key[1] == "hindered"}


async def test_the_receipt_outlives_the_dialog_in_the_persons_own_chat(office: Office) -> None:
    await _invited(office, THREE)
    await office.hanako.presses("答える", office.slack.channel("CMADO").messages[-1])
    await office.hanako.submits(q1="heard", q2=["time", "tools"])
    before = len(office.hanako.inbox)
    await office.hanako.presses("控えを")
    await office.settled()
    assert len(office.hanako.inbox) == before + 1
    assert "チャットに送りました" in office.hanako.sees
    await office.hanako.closes(all_of_them=True)
    office.later(hours=20)
    await office.hanako.presses("回答を変える", office.hanako.inbox[-1])
    await office.hanako.submits(q1="read")
    await office.settled()
    assert "チャットに送りました" in office.hanako.sees
    assert counted(office.database)[1, "adoption", "read"] == 1
    old, new = office.hanako.inbox[-2:]
    assert "変えました" in new.plain, "the new receipt stands where the old one was"
    await office.hanako.closes(all_of_them=True)
    await office.hanako.presses("回答を変える", old)
    assert "もう使われています" in office.hanako.sees
    await office.hanako.presses("回答を変える", new)
    assert office.hanako.modal


async def test_a_tapped_answer_is_changed_from_its_own_card(office: Office) -> None:
    await _invited(office, SCALE)
    await office.hanako.presses("4", office.slack.channel("CMADO").messages[-1])
    await office.hanako.presses("回答を変える", office.hanako.ephemerals[-1])
    await office.hanako.submits(q1="1")
    assert counted(office.database) == {(1, "", ""): 1, (1, "mood", "1"): 1}


async def test_the_slash_command_lists_what_is_open(office: Office) -> None:
    await office.hanako.types("/pulse", channel="CMADO")
    assert "答えを待っているアンケートはありません" in office.hanako.sees
    await surveys.opened(office.database, office.bot, (question("nps", "recommendation"),))
    await office.hanako.types("/pulse", channel="CMADO")
    await office.hanako.presses("10")
    assert "ありがとうございました" in office.hanako.sees
    assert len([m for m in office.hanako.ephemerals if "ありがとう" in m.plain]) == 1, "in the place of the list"
    await office.hanako.types("/pulse")
    assert "回答済みです" in office.hanako.sees
    await office.jimu.types("/pulse")
    assert "アンケートはありません" in office.jimu.sees


async def test_home_has_the_question_and_hears_of_the_answer(office: Office) -> None:
    await surveys.opened(office.database, office.bot, SCALE)
    await office.hanako.opens_home()
    assert office.hanako.home
    assert "mood はどうですか" in office.hanako.home.plain
    await office.hanako.presses("4", office.hanako.home)
    await office.settled()
    assert "ありがとうございました" in office.hanako.sees
    assert "回答済みです" in office.hanako.home.plain
    assert counted(office.database) == {(1, "", ""): 1, (1, "mood", "4"): 1}


async def test_after_the_close_the_channels_card_says_so(office: Office) -> None:
    pulse_id = await _invited(office, SCALE)
    await surveys.closed(office.database, pulse_id)
    await office.hanako.presses("4", office.slack.channel("CMADO").messages[-1])
    assert "締め切りました" in office.hanako.ephemerals[-1].plain
    assert counted(office.database) == {}


async def test_the_log_and_the_database_know_nobody(office: Office, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    await _invited(office, SCALE)
    keys = {key for (key,) in office.rows("select key from once")}
    caplog.clear()
    await office.hanako.presses("4", office.slack.channel("CMADO").messages[-1])
    assert counted(office.database)
    lines = [r.getMessage() for r in caplog.records if r.name == "kizuki" and "pulse.tap" in r.getMessage()]
    assert len(lines) == 1
    assert lines[0].endswith(" ms -")
    for word in (CODE, office.hanako.id):
        assert not any(word in r.getMessage() for r in caplog.records if r.name.startswith("kizuki")), word
    new = {str(key) for (key,) in office.rows("select key from once")} - keys
    assert all(key.startswith("pulse:") for key in new)
    assert new


async def test_the_secretariat_asks_in_three_languages_with_lots(office: Office) -> None:
    jimu = office.jimu
    await jimu.types("/pulse new")
    assert jimu.modal
    await jimu.submits(set="own", question="番号札は見やすいですか", answers="はい\nいいえ", answers_en="Yes")
    assert list(jimu.errors) == ["answers_en"]
    await jimu.submits(question_en=ENGLISH, answers_en="Yes\nNo", whom="panel", panel="12")
    assert list(jimu.errors) == ["whom"], "one in twelve is too few here"
    await jimu.submits(whom="everyone")
    assert "English：Is the ticket number easy to see?（Yes / No）" in jimu.sees
    await jimu.presses("この内容で始める")
    assert "アンケートを始めました" in jimu.sees
