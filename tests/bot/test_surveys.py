"""Surveys open, are told of, close, and what came of them is told; whatever goes wrong in between."""

import asyncio
import json
from dataclasses import replace
from datetime import date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from bot import audience, pulse_inviting, pulse_lines, pulse_telling, surveys
from bot.bot import Bot, Unfinished
from bot.pulse_settings import Audience, Survey
from bot.surveys import Wanted
from bot.turn import Refusal, Turn
from storage import people, postings, pulse_answers, pulses
from storage.database import Tx
from storage.pulse_answers import NOUGHT
from tests.talk import Someone, Talk

OPENS, AFTER, NEXT = "2026-11-24T08:40:00+09:00", "2026-11-30T08:15:00+09:00", "2026-12-01T08:15:00+09:00"
CODE = "mood-2026-11-24"


def plans(talk: Talk, **said: Any) -> None:
    """Have app.yaml plan a survey."""
    survey = Survey.model_validate({"set": "environment", "day": "tue", "remind": (), **said})
    talk.sets("pulse", surveys={"mood": survey})


async def opened(talk: Talk, **said: Any) -> None:
    """A survey that opened this morning and is told of."""
    plans(talk, **said)
    await talk.ticks("pulse", OPENS)
    await talk.delivered()


async def answers(someone: Someone, **fields: list[str]) -> None:
    """Answer it."""
    await someone.sends("pulse.open", CODE)
    await someone.presses("pulse.answer", **{**{f"q{n}": ["4"] for n in range(1, 5)}, **fields})
    assert someone.reply
    assert not someone.reply.refused


def states(talk: Talk) -> list[tuple[object, ...]]:
    return talk.rows("select code, state, invited, opened_on, closes_on from pulse order by id")


def audited(talk: Talk, action: str) -> list[dict[str, Any]]:
    return [
        json.loads(str(row[0])) for row in talk.rows(f"select detail from audit where action = '{action}' order by id")
    ]


async def test_a_planned_survey_opens_on_its_day_and_not_before(talk: Talk) -> None:
    plans(talk, day="wed")
    await talk.ticks("pulse", OPENS)
    assert states(talk) == []
    await talk.ticks("pulse", "2026-11-25T08:40:00+09:00")
    assert states(talk) == [("mood-2026-11-25", "open", 8, "2026-11-25", "2026-12-01")]
    assert audited(talk, "pulse.open") == [{"of": "everyone", "invited": 8, "groups": 1, "days": 4}]


async def test_it_opens_once_however_often_the_job_runs_that_day(talk: Talk) -> None:
    plans(talk)
    for moment in (OPENS, OPENS, "2026-11-24T08:41:00+09:00"):
        await talk.ticks("pulse", moment)
    assert len(states(talk)) == 1
    await talk.ticks("pulse", "2026-12-01T08:40:00+09:00")
    assert len(states(talk)) == 2


async def test_one_that_is_asked_once_is_asked_once(talk: Talk) -> None:
    plans(talk, every="once", day="2026-11-23")
    for moment in (OPENS, "2026-11-25T08:40:00+09:00", "2026-12-01T08:40:00+09:00"):
        await talk.ticks("pulse", moment)
    assert [row[0] for row in states(talk)] == [CODE]


async def test_groups_and_questions_are_fixed_at_opening(talk: Talk) -> None:
    talk.sets("pulse", k=3)
    await opened(talk, audience={"units": ["10"]})
    groups = talk.rows("select number, units, parent, invited from pulse_group order by number")
    assert groups == [(1, '["10", "1020"]', "10", 3), (2, '["1010"]', "10", 3)]
    kept = json.loads(str(talk.rows("select tree from pulse")[0][0]))
    assert kept == {"00": None, "10": "00", "1010": "10", "1020": "10"}
    seats = talk.rows(
        "select p.number, i.number from pulse_invited i join person p on p.id = i.person_id order by p.number"
    )
    assert {str(who): number for who, number in seats} == {
        "bucho": 1,
        "ken": 1,
        "sakura": 1,
        "hanako": 2,
        "taro": 2,
        "kacho": 2,
    }
    await talk.moves("hanako", "1020", "2026-11-25")
    talk.house = talk.bot.house = replace(talk.house, pulses={})
    await answers(talk.hanako)
    assert talk.rows(f"select number, count - {NOUGHT} from pulse_tally where question = '' and count > {NOUGHT}") == [
        (2, 1)
    ]


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"audience": {"units": ["1010"]}}, "pulse_asking.too_few"),
        ({"audience": {"role": "administrator"}}, "pulse_asking.nobody"),
        ({"audience": {"units": ["77"]}}, "pulse_asking.no_unit"),
        ({"set": "nothing"}, "pulse_asking.no_set"),
    ],
)
async def test_what_cannot_be_asked_is_refused_with_the_reason(talk: Talk, said: dict[str, Any], why: str) -> None:
    plans(talk, **said)
    surveys_ = dict(talk.house.settings.pulse.surveys)
    talk.sets("pulse", surveys={**surveys_, "other": Survey.model_validate({"set": "environment", "day": "tue"})})
    await talk.ticks("pulse", OPENS)
    assert [row[0] for row in states(talk)] == ["other-2026-11-24"]
    assert audited(talk, "pulse.refuse") == [{"why": why}]


async def test_without_a_key_nothing_is_asked(talk: Talk) -> None:
    plans(talk)
    talk.house = talk.bot.house = replace(talk.house, pulse_key=b"")
    await talk.ticks("pulse", OPENS)
    assert audited(talk, "pulse.refuse") == [{"why": "pulse_asking.no_key"}]


async def test_a_channel_is_told_once_and_the_one_above_where_a_unit_has_none(talk: Talk) -> None:
    await talk.database.transact(
        lambda tx: tx.cursor.execute("update place set gone_at = 1 where ext_id in ('zeimu', 'digital')")
    )
    await opened(talk)
    told = {name: len(talk.channel(name)) for name in ("all", "kyoku", "madoguchi", "zeimu", "digital")}
    assert told == {"all": 1, "kyoku": 1, "madoguchi": 1, "zeimu": 0, "digital": 0}
    assert talk.hanako.inbox == []
    assert "全部で4問" in talk.channel("madoguchi")[0]


async def test_the_card_in_the_channel_opens_the_questions_for_whoever_presses(talk: Talk) -> None:
    await opened(talk)
    card = talk.wire.sent["madoguchi"][0]
    await talk.hanako.presses("答える", card)
    assert talk.hanako.reply
    assert talk.hanako.reply.at == "dialog"


async def test_people_are_told_one_by_one_unless_they_want_none(talk: Talk) -> None:
    await talk.kacho.says("/kizuki settings")
    await talk.kacho.presses("保存する", gets=["digest"])
    await talk.bucho.says("/kizuki settings")
    await talk.bucho.presses("保存する", gets=["pulse", "muted"])
    await talk.taro.says("/kizuki 不在 11/24-11/25")
    await opened(talk, invite="person")
    told = [name for name in talk.everyone if Someone(talk, name).inbox]
    assert told == ["hanako", "ken", "sakura", "jimu", "chiji"]
    assert talk.channel("madoguchi") == []
    talk.now = datetime.fromisoformat("2026-11-26T09:00:00+09:00")
    await talk.delivered()
    assert len(talk.taro.inbox) == 1
    # Who is not told may answer all the same.
    await answers(talk.kacho)


async def test_an_invitation_that_is_over_is_not_sent(talk: Talk) -> None:
    plans(talk, invite="person", days_open=1)
    await talk.ticks("pulse", OPENS)
    talk.now = datetime.fromisoformat("2026-11-25T00:00:01+09:00")
    await talk.delivered()
    assert talk.hanako.inbox == []


async def test_a_survey_ends_at_midnight_of_the_organisation_also_when_clocks_change(talk: Talk) -> None:
    """In New York the clock goes back in the night before 1 November 2026, at two."""
    talk.sets("organisation", timezone="America/New_York")
    zone = talk.house.settings.zone

    def ends(day: str) -> str:
        turn = Turn(None, talk.house, datetime(2026, 10, 30, 9, tzinfo=zone))  # type: ignore[arg-type]
        at = pulse_inviting.ends(turn, SimpleNamespace(closes_on=day))  # type: ignore[arg-type]
        return datetime.fromtimestamp(at / 1000, zone).isoformat()

    assert ends("2026-11-01") == "2026-11-01T00:00:00-04:00"
    assert ends("2026-11-02") == "2026-11-02T00:00:00-05:00"


async def test_it_closes_the_morning_after_its_last_day(talk: Talk) -> None:
    await opened(talk)
    await talk.ticks("pulse-close", "2026-11-27T08:15:00+09:00")
    assert states(talk)[0][1] == "open"
    await answers(talk.hanako)
    await talk.ticks("pulse-close", AFTER)
    assert states(talk)[0][1] == "closed"
    assert talk.rows("select salt, key_check, closed_on from pulse") == [("", "", "2026-11-30")]
    for table in ("ticket", "tally", "spent", "line"):
        assert talk.rows(f"select count(*) from pulse_{table}") == [(0,)]
    assert len(audited(talk, "pulse.close")) == 1


async def test_what_came_of_it_is_told_where_it_was_asked_and_to_managers(talk: Talk) -> None:
    await opened(talk)
    await talk.ticks("pulse-close", AFTER)
    talk.later(hours=1)
    await talk.delivered()
    shown = talk.shown_in("madoguchi")
    assert "締め切りました" in shown[0]
    assert "みんなの声" in shown[1]
    assert [len(person.inbox) for person in (talk.kacho, talk.bucho, talk.jimu, talk.hanako)] == [1, 1, 1, 0]
    assert "どう動いたかを知らせる" in talk.jimu.inbox[0]
    assert "どう動いたかを知らせる" not in talk.kacho.inbox[0]


async def test_an_invitation_nobody_saw_is_not_shown_as_closed(talk: Talk) -> None:
    plans(talk)
    await talk.ticks("pulse", OPENS)
    await talk.ticks("pulse-close", AFTER)
    await talk.delivered()
    assert not any("締め切りました" in text for text in talk.channel("madoguchi"))


async def test_free_lines_go_to_the_manager_without_name_day_or_order(talk: Talk) -> None:
    talk.sets("pulse", k=3)
    await opened(talk, set="voice", audience={"units": ["10"]})
    lines = [f"声その{n}" for n in range(3)]
    for someone, text in zip((talk.hanako, talk.taro, talk.kacho), lines, strict=True):
        await answers(someone, q1=[text])
    for someone in (talk.bucho, talk.ken, talk.sakura):
        await answers(someone, q1=[])
    await talk.ticks("pulse-close", AFTER)
    await talk.delivered()
    told = [text for text in talk.kacho.inbox if "声その" in text]
    assert len(told) == 1
    assert all(line in told[0] for line in lines)
    assert not any("声その" in text for text in [*talk.bucho.inbox, *talk.taro.inbox, *talk.channel("madoguchi")])
    assert talk.rows("select count(*) from pulse_line") == [(0,)]


async def test_many_lines_are_several_messages_in_no_order(talk: Talk) -> None:
    await opened(talk)
    written = [f"声{n:02}。" for n in range(45)]

    def tell(tx: Tx) -> None:
        turn = Turn(tx, talk.house, talk.now)
        pulse = pulses.by_code(tx, CODE)
        assert pulse
        pulse_lines.tell(turn, pulse, [(("1010",), text) for text in written])

    await talk.database.transact(tell)
    await talk.delivered()
    told = "\n".join(talk.kacho.inbox)
    assert len(talk.kacho.inbox) == 3
    found = sorted(written, key=told.index)
    assert found != written
    assert all(told.count(text) == 1 for text in written)


@pytest.mark.parametrize("step", ["invite", "open_one"])
async def test_an_opening_that_is_cut_short_is_done_again_from_the_start(
    talk: Talk, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    plans(talk)
    where = pulse_inviting if step == "invite" else surveys
    fine = getattr(where, step)

    def cut(*given: Any) -> None:
        fine(*given)
        raise ConnectionError

    monkeypatch.setattr(where, step, cut)
    with pytest.raises(Unfinished):
        await talk.ticks("pulse", OPENS)
    assert states(talk) == []
    assert talk.rows("select count(*) from outbox where key like 'pulse:%'") == [(0,)]
    monkeypatch.setattr(where, step, fine)
    await talk.ticks("pulse", OPENS)
    await talk.delivered()
    assert len(states(talk)) == 1
    assert len(talk.channel("madoguchi")) == 1


@pytest.mark.parametrize(
    ("where", "step"),
    [
        (pulses, "close"),
        (pulse_answers, "forget"),
        (pulse_inviting, "take_down"),
        (pulse_lines, "tell"),
        (pulse_telling, "_before"),
    ],
)
async def test_a_closing_that_is_cut_short_loses_and_repeats_nothing(
    talk: Talk, monkeypatch: pytest.MonkeyPatch, where: Any, step: str
) -> None:
    await opened(talk)
    for someone in (talk.hanako, talk.taro, talk.kacho, talk.ken, talk.sakura):
        await answers(someone)
    before = talk.rows("select number, question, answer, count from pulse_tally order by 1, 2, 3")
    fine = getattr(where, step)

    def cut(*given: Any, **named: Any) -> Any:
        fine(*given, **named)
        raise ConnectionError

    monkeypatch.setattr(where, step, cut)
    with pytest.raises(Unfinished):
        await talk.ticks("pulse-close", AFTER)
    if where is not pulse_telling:
        assert states(talk)[0][1] == "closing"
        assert talk.rows("select number, question, answer, count from pulse_tally order by 1, 2, 3") == before
    monkeypatch.setattr(where, step, fine)
    await talk.ticks("pulse-close", NEXT)
    talk.later(hours=1)
    await talk.delivered()
    assert states(talk)[0][1] == "closed"
    assert len(talk.shown_in("madoguchi")) == 2
    assert [len(person.inbox) for person in (talk.kacho, talk.bucho, talk.jimu)] == [1, 1, 1]


async def test_results_are_told_once_on_whatever_day(talk: Talk) -> None:
    await opened(talk)
    for moment in (AFTER, AFTER, NEXT, "2026-12-02T08:15:00+09:00"):
        await talk.ticks("pulse-close", moment)
        talk.later(hours=1)
        await talk.delivered()
        await talk.grants("ken", "manager", "1020")
    assert talk.ken.inbox == []
    assert len(talk.channel("madoguchi")) == 3  # the invitation, that it is closed, the results
    assert len(talk.kacho.inbox) == 1


async def test_replicas_that_race_open_and_close_once(talk: Talk) -> None:
    plans(talk)
    others = [Bot(talk.house, talk.database, lambda: talk.now) for _ in range(4)]
    talk.now = datetime.fromisoformat(OPENS)
    await asyncio.gather(*(one.tick("pulse", talk.now) for one in others))
    assert len(states(talk)) == 1
    talk.now = datetime.fromisoformat(AFTER)
    await asyncio.gather(*(one.tick("pulse-close", talk.now) for one in others), return_exceptions=True)
    await talk.delivered()
    assert len(audited(talk, "pulse.close")) == 1


async def test_a_survey_opened_twice_a_day_has_two_codes(talk: Talk) -> None:
    def open_one(tx: Tx) -> str:
        turn = Turn(tx, talk.house, talk.now)
        asked = surveys.ask(talk.house, "weekly", turn.today)
        return surveys.open_one(turn, Wanted("once-weekly", asked, Audience())).code

    codes = [await talk.database.transact(open_one) for _ in range(3)]
    assert codes == ["once-weekly-2026-11-24", "once-weekly-2-2026-11-24", "once-weekly-3-2026-11-24"]


async def test_a_week_has_one_principle_and_ten_weeks_have_ten(talk: Talk) -> None:
    days = [date(2026, 11, 23) + timedelta(days=n) for n in range(70)]
    numbers = [surveys.principle_of(talk.house, day).number for day in days]
    assert all(len(set(numbers[n : n + 7])) == 1 for n in range(0, 70, 7))
    assert sorted(numbers[::7]) == sorted(talk.house.pack.numbers)


async def test_thousands_are_asked_at_once(talk: Talk) -> None:
    """Not a measurement: it fails where something grows with the square."""

    def hire(tx: Tx) -> None:
        tx.cursor.execute("select id from unit order by id")
        homes = [row[0] for row in tx.cursor.fetchall()]
        for n in range(3_000):
            person = people.add(tx, number=f"n{n}", name_ja="x", name_en="x", joined_on="2020-04-01")
            postings.add(tx, person, homes[n % len(homes)], starts_on="2020-04-01")

    await talk.database.transact(hire)
    plans(talk, invite="person")
    started = asyncio.get_running_loop().time()
    await talk.ticks("pulse", OPENS)
    assert asyncio.get_running_loop().time() - started < 5
    assert states(talk)[0][2] == 3_008
    assert len(talk.rows("select number from pulse_group")) == 5


async def test_a_refusal_names_the_field(talk: Talk) -> None:
    def look(tx: Tx) -> None:
        audience.invited(Turn(tx, talk.house, talk.now), "x", Audience(units=("77", "10")))

    with pytest.raises(Refusal) as refused:
        talk.database.read_now(look)
    assert (refused.value.field, refused.value.values) == ("units", {"codes": "77"})
