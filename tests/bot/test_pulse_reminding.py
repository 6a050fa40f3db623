"""Reminders of surveys: only who has not answered gets one, and nothing that is stored or logged says who that is."""

import asyncio
import logging
from datetime import datetime

import pytest

from adapters.delivery import Delivery
from adapters.platform import Gone, Later
from adapters.reminding import worth
from bot import pulse_reminding
from bot.cards import Card
from bot.events import Place
from bot.pulse_reminding import Reminder
from bot.pulse_settings import Survey
from storage import people
from storage.database import Tx
from tests.talk import PLATFORM, Someone, Talk

OPENS, SECOND, FOURTH = (f"2026-11-{day}T08:40:00+09:00" for day in (24, 25, 27))
THIRD = "2026-11-26T08:40:00+09:00"
CODE = "mood-2026-11-24"
# Every column of a reminder but its number, its name and whose it is.
COLUMNS = "place_id, body_id, state, due_at, expires_at, lease_until, tries, error, message, sent_at"


async def _opened(talk: Talk, **said: object) -> None:
    survey = Survey.model_validate({"set": "environment", "day": "tue", "invite": "channel", **said})
    talk.sets("pulse", surveys={"mood": survey})
    await talk.ticks("pulse", OPENS)
    await talk.delivered()


async def _answers(*people: Someone) -> None:
    for someone in people:
        await someone.sends("pulse.open", CODE)
        fields = {f"q{n}": ["4"] for n in range(1, 5)}
        await someone.presses("pulse.answer", **fields)
        assert someone.reply
        assert not someone.reply.refused


def _reminded(talk: Talk) -> list[str]:
    return sorted(name for name in talk.everyone if any("までです" in t or "until" in t for t in _inbox(talk, name)))


def _inbox(talk: Talk, name: str) -> list[str]:
    return Someone(talk, name).inbox


def _rows(talk: Talk) -> list[tuple[object, ...]]:
    return talk.rows(f"select {COLUMNS} from outbox where key like 'pulse-remind:%' order by id")


def _alike(talk: Talk) -> set[tuple[object, ...]]:
    """The rows as far as they can differ; the card is the one of the person's language."""
    return {(place, *rest) for place, _, *rest in _rows(talk)}


async def test_only_those_who_have_not_answered_are_reminded(talk: Talk) -> None:
    await _opened(talk)
    await _answers(talk.hanako, talk.ken, talk.jimu)
    await talk.ticks("pulse", SECOND)
    await talk.delivered()
    assert _reminded(talk) == ["bucho", "chiji", "kacho", "sakura", "taro"]
    assert "だれに届いたかは、kizuki の記録に残りません" in talk.taro.inbox[0]


async def test_whoever_answers_between_two_reminders_gets_the_first_only(talk: Talk) -> None:
    await _opened(talk)
    for moment in (SECOND, THIRD, FOURTH):
        await talk.ticks("pulse", moment)
        await talk.delivered()
        if moment == SECOND:
            await _answers(talk.taro)
    assert (len(talk.taro.inbox), len(talk.kacho.inbox)) == (1, 2)


async def test_the_rows_of_those_who_answered_and_those_who_did_not_are_the_same(talk: Talk) -> None:
    await _opened(talk)
    await _answers(talk.hanako, talk.jimu, talk.bucho)
    await talk.ticks("pulse", SECOND)
    assert (len(_rows(talk)), len(_alike(talk)), len({row[1] for row in _rows(talk)})) == (8, 1, 3)
    places = "select id, address, gone_at, gone_why from place order by id"
    before = talk.rows(places)
    await talk.delivered()
    assert _rows(talk) == []
    assert talk.rows(places) == before
    assert len(_reminded(talk)) == 5


async def test_while_reminders_wait_the_rows_are_the_same_too(talk: Talk) -> None:
    await _opened(talk)
    await _answers(talk.hanako, talk.jimu, talk.bucho)
    talk.sets("delivery", at_once=1)
    talk.delivery = Delivery(
        talk.database, talk.wires, talk.house.settings, lambda: talk.now, worth(lambda: talk.house)
    )
    talk.wire.refuse = [Later(600)]
    await talk.ticks("pulse", SECOND)
    await talk.delivered()
    assert len(_rows(talk)) >= 5
    assert len(_alike(talk)) == 1
    talk.later(minutes=11)
    await talk.delivered()
    assert _rows(talk) == []
    assert _reminded(talk) == ["chiji", "kacho", "ken", "sakura", "taro"]


async def test_what_is_put_off_leaves_no_row_whoever_answered(talk: Talk) -> None:
    await _opened(talk)
    await _answers(talk.hanako, talk.jimu, talk.bucho)
    await talk.ticks("pulse", SECOND)
    talk.wire.refuse = [Later(60), Later(600), Later(5), Later(60), Later(60)]
    await talk.delivered()
    assert (_rows(talk), _reminded(talk)) == ([], [])
    talk.later(seconds=61)
    await talk.delivered()
    assert _reminded(talk) == []
    await _answers(talk.kacho)
    talk.wire.refuse = []
    talk.later(minutes=10)
    await talk.delivered()
    assert _reminded(talk) == ["chiji", "ken", "sakura", "taro"]
    talk.later(minutes=10)
    await talk.delivered()
    assert [len(_inbox(talk, name)) for name in ("chiji", "ken", "sakura", "taro")] == [1, 1, 1, 1]


async def test_a_row_is_gone_before_its_reminder_is_sent(talk: Talk, monkeypatch: pytest.MonkeyPatch) -> None:
    await _opened(talk)
    await _answers(talk.hanako, talk.jimu, talk.bucho)
    await talk.ticks("pulse", SECOND)
    send, left = talk.wire.send, list[object]()

    async def sending(place: Place, card: Card, *, key: str, replaces: str = "") -> str:
        left.append(talk.rows(f"select count(*) from outbox where key = '{key}'"))
        return await send(place, card, key=key, replaces=replaces)

    monkeypatch.setattr(talk.wire, "send", sending)
    await talk.delivered()
    assert left == [[(0,)]] * 5


async def test_what_is_put_off_until_tomorrow_is_let_go(talk: Talk) -> None:
    await _opened(talk)
    await talk.ticks("pulse", SECOND)
    talk.wire.refuse = [Later(20 * 3600)] * 8
    await talk.delivered()
    talk.wire.refuse = []
    talk.later(hours=21)
    await talk.delivered()
    assert _reminded(talk) == []


async def test_what_fails_leaves_no_trace_of_who_was_tried(talk: Talk, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "kizuki")
    await _opened(talk)
    await _answers(talk.hanako, talk.jimu, talk.bucho)
    await talk.ticks("pulse", SECOND)
    caplog.clear()
    talk.wire.refuse = [ConnectionError("x"), Gone(), RuntimeError("y")]
    for _ in range(8):
        await talk.delivered()
        assert len(_alike(talk)) <= 1
        talk.later(seconds=5)
    assert _rows(talk) == []
    assert talk.rows("select count(*) from place where gone_at is not null") == [(0,)]
    assert not [record for record in caplog.records if record.name == "kizuki.delivery"]
    # Only the one whose platform says it is gone goes without.
    assert len(_reminded(talk)) == 4


async def test_a_message_that_never_goes_through_is_let_go(talk: Talk) -> None:
    await _opened(talk)
    await _answers(talk.taro)
    await talk.ticks("pulse", SECOND)
    talk.wire.refuse = [RuntimeError("y")] * 50
    for _ in range(6):
        await talk.delivered()
        talk.later(seconds=5)
    assert _rows(talk) == []


async def test_a_leaver_an_opted_out_and_a_muted_person_are_not_reminded(talk: Talk) -> None:
    await _opened(talk)
    await talk.kacho.says("/kizuki settings")
    await talk.kacho.presses("保存する", gets=["digest", "reminders"])
    await talk.bucho.says("/kizuki settings")
    await talk.bucho.presses("保存する", gets=["digest", "reminders", "pulse", "muted"])

    def leave(tx: Tx) -> None:
        person = people.by_number(tx, "taro", today="2026-11-24")
        assert person
        people.leave(tx, person.id, day="2026-11-25")

    await talk.database.transact(leave)
    await talk.ticks("pulse", SECOND)
    assert len(_rows(talk)) == 5
    await talk.delivered()
    assert _reminded(talk) == ["chiji", "hanako", "jimu", "ken", "sakura"]


async def test_wishes_count_when_it_is_sent(talk: Talk) -> None:
    await _opened(talk)
    await talk.ticks("pulse", SECOND)
    await talk.kacho.says("/kizuki settings")
    await talk.kacho.presses("保存する", gets=["digest", "reminders"])
    await talk.delivered()
    assert "kacho" not in _reminded(talk)


async def test_who_is_away_is_reminded_on_a_day_they_are_back(talk: Talk) -> None:
    await _opened(talk)
    await talk.taro.says("/kizuki 不在 11/25-11/26")
    for moment in (SECOND, THIRD, FOURTH):
        await talk.ticks("pulse", moment)
        await talk.delivered()
        assert ("taro" in _reminded(talk)) is (moment == FOURTH)
    assert len([text for text in talk.taro.inbox if "までです" in text]) == 1


async def test_reminders_stop_with_the_survey(talk: Talk) -> None:
    await _opened(talk, days_open=2, remind=[2, 3, 4])
    await talk.ticks("pulse", SECOND)
    talk.now = talk.now.replace(day=26)
    await talk.delivered()
    assert _reminded(talk) == []
    await talk.ticks("pulse", THIRD)
    await talk.delivered()
    assert _reminded(talk) == []


async def test_nobody_is_reminded_of_what_is_over_or_of_nothing(talk: Talk) -> None:
    await _opened(talk)

    def worth_(code: str, moment: str, day: str = "") -> bool:
        when, reminder = datetime.fromisoformat(moment), Reminder(code, 1, day or moment[:10])
        return talk.database.read_now(lambda tx: pulse_reminding.worth(talk.house, tx, reminder, when))

    assert worth_(CODE, FOURTH)
    assert not worth_(CODE, FOURTH, "2026-11-26")
    assert not worth_(CODE, "2026-11-28T00:00:00+09:00")
    assert not worth_("mood-2020-01-01", FOURTH)
    await talk.ticks("pulse-close", "2026-11-30T08:15:00+09:00")
    assert not worth_(CODE, FOURTH)


async def test_a_survey_without_reminders_sends_none(talk: Talk) -> None:
    await _opened(talk, remind=[])
    await talk.ticks("pulse", SECOND)
    assert _rows(talk) == []


async def test_a_loop_that_cannot_ask_reminds_nobody(talk: Talk) -> None:
    await _opened(talk)
    await talk.ticks("pulse", SECOND)
    await Delivery(talk.database, {PLATFORM: talk.wire}, talk.house.settings, lambda: talk.now).drain()
    assert _reminded(talk) == []
    assert _rows(talk) == []


async def test_of_two_replicas_one_reminds(talk: Talk) -> None:
    await _opened(talk)
    done = await asyncio.gather(*(talk.ticks("pulse", SECOND) for _ in range(4)))
    assert sum(done) == 2
    await talk.delivered()
    assert len(talk.taro.inbox) == 1
