"""Who waits for whom, on PostgreSQL: SQLite has one writer, there the same holds by itself."""

import asyncio
import threading

import psycopg
import pytest

from storage import notes, outbox
from storage.database import Busy, Tx
from storage.postgres import PostgresDatabase
from tests.talk import Talk


async def _noted(talk: Talk) -> None:
    await talk.hanako.says("/kizuki 番号札の紙がない")
    await talk.hanako.presses("note.confirm", numbers=["1"])


async def test_a_held_note_makes_the_next_wait(talk: Talk) -> None:
    await _noted(talk)
    inside, go = threading.Event(), threading.Event()
    order: list[str] = []

    def first(tx: Tx) -> None:
        notes.hold(tx, 1)
        inside.set()
        go.wait(5)
        order.append("first")

    def second(tx: Tx) -> None:
        notes.hold(tx, 1)
        order.append("second")

    one = asyncio.create_task(talk.database.transact(first))
    await asyncio.to_thread(inside.wait, 5)
    two = asyncio.create_task(talk.database.transact(second))
    await asyncio.sleep(0.3)
    go.set()
    await asyncio.gather(one, two)
    assert order == ["first", "second"]


async def test_a_deadlock_is_tried_again(talk: Talk) -> None:
    if not isinstance(talk.database, PostgresDatabase):
        assert talk.database.url.startswith("sqlite")
        return
    faults: list[Exception] = [psycopg.errors.DeadlockDetected(), psycopg.errors.SerializationFailure()]

    def work(_: Tx) -> int:
        if faults:
            raise faults.pop()
        return 1

    assert await talk.database.transact(work) == 1


async def test_a_loop_takes_what_no_other_loop_holds_and_does_not_wait(talk: Talk) -> None:
    await _noted(talk)
    if not isinstance(talk.database, PostgresDatabase):
        assert talk.rows("select count(*) from outbox") == [(1,)]
        return
    inside, go = threading.Event(), threading.Event()
    now = round(talk.now.timestamp() * 1000)

    def first(tx: Tx) -> int:
        found = outbox.lease(tx, now=now, until=now + 1000, limit=5)
        inside.set()
        go.wait(5)
        return len(found)

    one = asyncio.create_task(talk.database.transact(first))
    await asyncio.to_thread(inside.wait, 5)
    async with asyncio.timeout(3):
        other = await talk.database.transact(lambda tx: outbox.lease(tx, now=now, until=now + 1000, limit=5))
    go.set()
    assert (await one, len(other)) == (1, 0)


async def test_a_clash_that_never_ends_is_said_to_be_busy(talk: Talk) -> None:
    def work(_: Tx) -> None:
        raise psycopg.errors.DeadlockDetected

    expected = Busy if isinstance(talk.database, PostgresDatabase) else psycopg.errors.DeadlockDetected
    with pytest.raises(expected):
        await talk.database.transact(work)
