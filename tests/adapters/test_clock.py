"""Time: slots run once however many processes tick, missed ones are made up for, older ones are not."""

import asyncio
import logging
from datetime import datetime, timedelta

import pytest

from adapters.clock import Clock, Time, triggers
from bot.bot import Bot
from bot.documents import Faults
from bot.organisation import Organisation
from bot.pulse_settings import Survey
from bot.settings import Schedule, Settings
from bot.turn import House
from storage.database import Database
from tests.talk import Talk, found


def _at(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}+09:00")


class _Still(Time):
    """A clock that stands where it is put."""

    def __init__(self, settings: Settings, at: datetime) -> None:
        super().__init__(settings)
        self.at = at

    def now(self) -> datetime:
        return self.at

    def move(self, to: datetime) -> None:
        self.at = max(self.at, to)


def _clock(house: House, database: Database, at: str) -> tuple[Clock, _Still]:
    time = _Still(house.settings, _at(at))
    return Clock(Bot(house, database, time.now), house.settings, house.calendar, time), time


def _slots(database: Database, job: str = "daily") -> list[datetime]:
    def look(tx) -> list[datetime]:  # type: ignore[no-untyped-def]
        tx.cursor.execute(f"select due from slot where job = '{job}' order by due")
        return [datetime.fromtimestamp(r[0] / 1000, _at("2026-01-01T00:00").tzinfo) for r in tx.cursor.fetchall()]

    return database.read_now(look)


async def test_two_processes_on_one_database_never_run_a_slot_twice(house: House, database: Database) -> None:
    await database.transact(found)
    bots = [Bot(house, database, lambda: _at("2026-11-24T09:00")) for _ in range(4)]
    done = await asyncio.gather(*(b.tick("daily", _at("2026-11-24T09:00")) for b in bots for _ in range(3)))
    assert sorted(done) == [0] * 11 + [1]
    assert _slots(database) == [_at("2026-11-24T09:00")]


async def test_a_missed_slot_inside_its_grace_runs_at_start(house: House, database: Database) -> None:
    await database.transact(found)
    clock, _ = _clock(house, database, "2026-11-24T11:30")
    await clock.start()
    await clock.close()
    assert _slots(database) == [_at("2026-11-24T09:00")]


async def test_older_slots_are_skipped_and_logged(
    house: House, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    await database.transact(found)
    clock, _ = _clock(house, database, "2026-11-17T09:30")
    await clock.start()
    await clock.close()
    caplog.set_level(logging.WARNING)
    clock, _ = _clock(house, database, "2026-11-24T20:00")
    await clock.start()
    await clock.close()
    assert _slots(database) == [_at("2026-11-17T09:00")]
    assert "daily: 4 runs were missed" in caplog.text, "Wednesday to Friday, and Tuesday after the holiday"


async def test_travelling_runs_everything_on_the_way_in_order(house: House, database: Database) -> None:
    await database.transact(found)
    clock, time = _clock(house, database, "2026-11-20T18:00")
    assert await clock.upcoming() == ("digest", _at("2026-11-24T08:30")), (
        "Monday is a holiday: the week starts on Tuesday"
    )
    await clock.travel(_at("2026-12-01T12:00"))
    assert time.at == _at("2026-12-01T12:00")
    assert [d.day for d in _slots(database)] == [24, 25, 26, 27, 30, 1]
    assert {d.day for d in _slots(database, "digest")} == {24, 30}
    assert _slots(database, "recognition") == [_at("2026-12-01T09:30")]


async def test_the_real_scheduler_fires_on_the_minute(house: House, database: Database) -> None:
    """A real APScheduler, a real second: the cron line fires and its slot is the minute itself."""
    await database.transact(found)
    every = Schedule(cron="* * * * *", days="all")
    settings = house.settings.model_copy(update={"schedules": {"daily": every}})
    time = Time(settings)
    clock = Clock(Bot(house, database, time.now), settings, house.calendar, time)
    await clock.start()
    before = len(_slots(database))
    await clock._fire("daily")
    assert len(_slots(database)) == before
    clock._seen["daily"] = time.now() - timedelta(minutes=2)
    await clock._fire("daily")
    await clock.close()
    assert all(s.second == 0 for s in _slots(database))


async def test_one_failing_run_does_not_stop_the_next(talk: Talk, caplog: pytest.LogCaptureFixture) -> None:
    class Broken(Bot):
        async def tick(self, job: str, slot: datetime) -> int:
            raise RuntimeError("secret words")

    time = _Still(talk.house.settings, _at("2026-11-24T11:30"))
    clock = Clock(Broken(talk.house, talk.database, time.now), talk.house.settings, talk.house.calendar, time)
    await clock.start()
    await clock.close()
    assert "failed: RuntimeError" in caplog.text
    assert "secret words" not in caplog.text


def test_a_line_that_is_not_cron_is_named() -> None:
    settings = Settings(organisation=Organisation(name={"ja": "x"}), schedules={"daily": Schedule(cron="61 9 * * *")})
    with pytest.raises(Faults, match=r"schedules\.daily\.cron .61 9"):
        triggers(settings)


async def test_a_visitor_stops_where_a_survey_opens_and_where_its_results_come(talk: Talk) -> None:
    """Also one that the secretariat opened by hand; days on which no survey opens or closes are passed by."""
    weekly = Survey.model_validate({"set": "environment", "day": "wed", "days_open": 2})
    talk.sets("pulse", surveys={"mood": weekly})
    time = _Still(talk.house.settings, _at("2026-11-24T10:00"))
    clock = Clock(Bot(talk.house, talk.database, time.now), talk.house.settings, talk.house.calendar, time)
    seen = []
    while time.at < _at("2026-12-02T12:00"):
        coming = await clock.upcoming()
        assert coming
        seen.append(coming)
        await clock.travel(coming[1])
    surveys_ = [(job, f"{slot:%m-%dT%H:%M}") for job, slot in seen if job.startswith("pulse")]
    assert surveys_ == [
        ("pulse", "11-25T08:40"),
        ("pulse-close", "11-27T08:15"),
        ("pulse", "12-02T08:40"),
    ]
    assert [slot for job, slot in seen if job == "daily"][:2] == [_at("2026-11-25T09:00"), _at("2026-11-26T09:00")]
    assert talk.rows("select code, state from pulse order by id") == [
        ("mood-2026-11-25", "closed"),
        ("mood-2026-12-02", "open"),
    ]


async def test_a_survey_that_was_opened_by_hand_is_a_stop_when_it_closes(talk: Talk) -> None:
    time = _Still(talk.house.settings, _at("2026-11-24T10:00"))
    clock = Clock(Bot(talk.house, talk.database, time.now), talk.house.settings, talk.house.calendar, time)
    await talk.jimu.says("/pulse new")
    await talk.jimu.presses("survey.preview", set=["environment"], days=["1"])
    await talk.jimu.presses("survey.launch")
    assert await clock.upcoming() == ("pulse-close", _at("2026-11-25T08:15"))
    await clock.travel(_at("2026-11-25T08:15"))
    assert await clock.upcoming() == ("daily", _at("2026-11-25T09:00"))
    assert talk.rows("select state from pulse") == [("closed",)]


async def test_what_is_off_is_no_stop(talk: Talk) -> None:
    usual = talk.house.settings.schedules
    settings = talk.house.settings.model_copy(update={"schedules": {"daily": usual["daily"]}})
    time = _Still(settings, _at("2026-11-24T10:00"))
    clock = Clock(Bot(talk.house, talk.database, time.now), settings, talk.house.calendar, time)
    assert await clock.upcoming() == ("daily", _at("2026-11-25T09:00"))
