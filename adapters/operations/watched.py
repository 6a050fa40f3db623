"""What is timed on its way: works of the database and messages to a platform."""

import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Protocol

from aiohttp import web

from adapters.platform import Account, Gone, Later, Platform
from bot.cards import Card
from bot.events import Joined, Left, Place, Profile
from storage.database import Busy, Database, T, Tx, Work


class Gauge(Protocol):
    """Takes the figures."""

    def worked(self, kind: str, outcome: str, *, waited: float, seconds: float) -> None:
        """The database did a work, or refused to."""

    def sent(self, name: str, outcome: str, seconds: float) -> None:
        """A message was given to a platform."""


class WatchedDatabase(Database):
    """A database whose works are timed: until they began, and until they ended."""

    def __init__(self, database: Database, gauge: Gauge) -> None:
        # Everything is done by the other one, which has threads of its own.
        self.url = database.url
        self._database = database
        self._gauge = gauge

    async def transact(self, work: Work[T]) -> T:
        """Have a work done."""
        with self._timed("write") as timed:
            return await self._database.transact(timed.begun_by(work))

    async def read(self, work: Work[T]) -> T:
        """Have something read."""
        with self._timed("read") as timed:
            return await self._database.read(timed.begun_by(work))

    async def study(self, work: Work[T]) -> T:
        """Have something read that may take long."""
        with self._timed("study") as timed:
            return await self._database.study(timed.begun_by(work))

    def read_now(self, work: Work[T]) -> T:
        """Have something read in this thread."""
        with self._timed("read") as timed:
            return self._database.read_now(timed.begun_by(work))

    def listen(self, listener: Callable[[], None]) -> None:
        """Have `listener` called after commits that put something into the outbox."""
        self._database.listen(listener)

    def close(self) -> None:
        """Let go of every connection."""
        self._database.close()

    @contextmanager
    def _timed(self, kind: str) -> "Iterator[_Begun]":
        asked, begun, outcome = time.perf_counter(), _Begun(), "done"
        try:
            yield begun
        except BaseException as fault:
            # What a feature raises, such as a refusal, undoes its work and is no trouble of the database.
            outcome = "busy" if isinstance(fault, Busy) else "undone"
            raise
        finally:
            now = time.perf_counter()
            self._gauge.worked(kind, outcome, waited=(begun.at or now) - asked, seconds=now - asked)


class _Begun:
    """When a work began; where it clashed with another it begins again, and the first time counts."""

    def __init__(self) -> None:
        self.at = 0.0

    def begun_by(self, work: Work[T]) -> Work[T]:
        """The work, which notes when it begins."""

        def noting(tx: Tx) -> T:
            self.at = self.at or time.perf_counter()
            return work(tx)

        return noting


class WatchedPlatform:
    """A platform of which is counted what it is given and what it says to that."""

    def __init__(self, platform: Platform, gauge: Gauge) -> None:
        self._platform = platform
        self._gauge = gauge
        self.name = platform.name

    async def send(self, place: Place, card: Card, *, key: str, replaces: str = "") -> str:
        """Deliver a card and return the platform's reference to the message."""
        started, outcome = time.perf_counter(), "failed"
        try:
            found = await self._platform.send(place, card, key=key, replaces=replaces)
            outcome = "sent"
        except Later:
            outcome = "later"
            raise
        except Gone:
            outcome = "gone"
            raise
        else:
            return found
        finally:
            self._gauge.sent(self.name, outcome, time.perf_counter() - started)

    def routes(self) -> Sequence[web.AbstractRouteDef]:
        """The HTTP routes of the platform."""
        return self._platform.routes()

    async def start(self) -> None:
        """Open what needs opening."""
        await self._platform.start()

    async def close(self) -> None:
        """Let go of it again."""
        await self._platform.close()

    async def profile(self, ext_id: str) -> Profile | None:
        """What the platform says of one of its accounts."""
        return await self._platform.profile(ext_id)

    def everyone(self) -> AsyncIterator[list[Account]]:
        """Everybody on the platform."""
        return self._platform.everyone()

    def places(self) -> AsyncIterator[Joined | Left]:
        """What changed in where the bot is."""
        return self._platform.places()


def watched(platforms: Mapping[str, Platform], gauge: Gauge) -> dict[str, Platform]:
    """The same platforms, counted."""
    return {name: WatchedPlatform(platform, gauge) for name, platform in platforms.items()}
