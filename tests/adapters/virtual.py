"""An event loop whose time passes at once: whoever sleeps an hour is woken as soon as nobody is awake."""

import asyncio
import selectors
import sqlite3
from collections.abc import Coroutine
from datetime import datetime, timedelta
from typing import Any, TypeVar

from storage.database import Tx, Work
from storage.sqlite import SqliteDatabase

T = TypeVar("T")
BEGINNING = datetime.fromisoformat("2026-11-24T10:00:00+09:00")


class _Jumping(selectors.SelectSelector):
    """Waits for nothing: it puts the clock forward instead."""

    now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        assert timeout is not None, "everybody waits for somebody else"
        self.now += max(0.0, timeout)
        return super().select(0)


class Loop(asyncio.SelectorEventLoop):
    """Time passes only while everybody sleeps, and then at once."""

    def __init__(self) -> None:
        self._clock = _Jumping()
        super().__init__(self._clock)

    def time(self) -> float:
        """Seconds since the beginning."""
        return self._clock.now

    def stall(self, seconds: float) -> None:
        """Be busy with something else: time passes and nobody is woken."""
        self._clock.now += seconds


def run(work: Coroutine[Any, Any, T]) -> T:
    """The result of what may take hours."""
    with asyncio.Runner(loop_factory=Loop) as runner:
        return runner.run(work)


def moment() -> datetime:
    """What time it is in the running loop."""
    return BEGINNING + timedelta(seconds=asyncio.get_running_loop().time())


class Inline(SqliteDatabase):
    """A database that is done before anybody else is awake: its threads do not know of this time."""

    _only: sqlite3.Connection | None = None

    async def transact(self, work: Work[T]) -> T:
        """Run a work in a transaction of its own."""
        self._only = self._only or self._connect()
        cursor = self._only.cursor()
        cursor.execute("BEGIN IMMEDIATE")
        tx = Tx(cursor, self._dialect)
        result = work(tx)
        cursor.execute("COMMIT")
        if tx.announced:
            self._announce(asyncio.get_running_loop())
        await asyncio.sleep(0)
        return result

    async def read(self, work: Work[T]) -> T:
        """Run a reading work."""
        await asyncio.sleep(0)
        return self.read_now(work)
