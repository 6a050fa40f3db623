"""Time at its edges: what failed is tried again, what is due on a journey runs in order."""

import sqlite3
from datetime import datetime
from pathlib import Path

import pytest

from bot.turn import House
from storage.database import Busy, Database
from tests.adapters.test_clock import _at, _clock, _slots
from tests.talk import found


async def test_a_slot_that_failed_is_tried_again(
    house: House, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await database.transact(found)
    clock, time = _clock(house, database, "2026-11-24T08:59")
    await clock.start()
    real, faults = clock._bot.tick, [RuntimeError()]

    async def tick(job: str, slot: datetime) -> int:
        if faults:
            raise faults.pop()
        return await real(job, slot)

    monkeypatch.setattr(clock._bot, "tick", tick)
    time.move(_at("2026-11-24T09:00"))
    await clock._fire("daily")
    assert _slots(database) == []
    time.move(_at("2026-11-24T09:01"))
    await clock._fire("daily")
    await clock.close()
    assert _slots(database) == [_at("2026-11-24T09:00")]


async def test_travelling_runs_what_is_due_in_the_order_of_time(
    house: House, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await database.transact(found)
    clock, _ = _clock(house, database, "2026-11-24T08:00")
    ticked: list[tuple[datetime, str]] = []

    async def tick(job: str, slot: datetime) -> int:
        ticked.append((slot, job))
        return 1

    monkeypatch.setattr(clock._bot, "tick", tick)
    await clock.travel(_at("2026-12-01T10:00"))
    assert [job for _, job in ticked[:2]] == ["pulse-close", "digest"]
    assert ticked == sorted(ticked)


async def test_a_locked_file_is_busy_for_readers_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from storage.sqlite import SqliteDatabase

    database = SqliteDatabase(f"sqlite:///{tmp_path}/x.db")

    def locked() -> sqlite3.Connection:
        fault = sqlite3.OperationalError("database is locked")
        fault.sqlite_errorcode = sqlite3.SQLITE_BUSY
        raise fault

    monkeypatch.setattr(database, "_reader", locked)
    with pytest.raises(Busy):
        await database.read(lambda tx: tx.value)
    database.close()
