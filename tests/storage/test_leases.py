"""Leases: one holder at a time, whoever races for it."""

import asyncio
import threading
from collections import Counter

from storage import leases
from storage.database import Database
from storage.engines import open_database


async def _take(database: Database, holder: str, *, now: int, until: int) -> bool:
    return await database.transact(lambda tx: leases.take(tx, "bell", holder, now=now, until=until))


async def _holder(database: Database, now: int) -> str | None:
    return await database.read(lambda tx: leases.holder(tx, "bell", now=now))


async def test_what_is_free_is_taken_and_nobody_else_gets_it(database: Database) -> None:
    assert await _holder(database, 0) is None
    assert await _take(database, "east", now=0, until=30)
    assert not await _take(database, "west", now=29, until=60)
    assert await _holder(database, 29) == "east"


async def test_a_holder_renews(database: Database) -> None:
    assert await _take(database, "east", now=0, until=30)
    assert await _take(database, "east", now=20, until=50)
    assert not await _take(database, "west", now=49, until=80)
    assert await _holder(database, 49) == "east"


async def test_what_ran_out_is_anybodys(database: Database) -> None:
    assert await _take(database, "east", now=0, until=30)
    assert await _holder(database, 30) is None
    assert await _take(database, "west", now=30, until=60)
    assert not await _take(database, "east", now=31, until=61), "too late to renew"
    assert await _holder(database, 31) == "west"


async def test_what_is_given_back_is_free_at_once_and_only_its_holder_gives_it_back(database: Database) -> None:
    assert await _take(database, "east", now=0, until=30)
    await database.transact(lambda tx: leases.give_back(tx, "bell", "west"))
    assert await _holder(database, 1) == "east"
    await database.transact(lambda tx: leases.give_back(tx, "bell", "east"))
    assert await _holder(database, 1) is None
    assert await _take(database, "west", now=1, until=31)


async def test_names_have_nothing_to_do_with_each_other(database: Database) -> None:
    assert await _take(database, "east", now=0, until=30)
    assert await database.transact(lambda tx: leases.take(tx, "gong", "west", now=0, until=30))
    assert await _holder(database, 1) == "east"


async def test_of_many_that_race_one_wins(database_url: str) -> None:
    """Each racer has its own connections, as another replica would; round after round the lease has just run out."""
    rounds, racers = 30, 5
    won: Counter[int] = Counter()
    line = threading.Barrier(racers)
    lock = threading.Lock()

    def race(name: str) -> None:
        database = open_database(database_url)

        async def run() -> None:
            for turn in range(rounds):
                line.wait(30)
                if await _take(database, name, now=turn, until=turn + 1):
                    with lock:
                        won[turn] += 1

        try:
            asyncio.run(run())
        finally:
            database.close()

    await asyncio.gather(*(asyncio.to_thread(race, f"racer{i}") for i in range(racers)))
    assert won == Counter(dict.fromkeys(range(rounds), 1))
