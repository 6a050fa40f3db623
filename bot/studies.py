"""Long reading, such as reports: beside everything else, and of what one person asks for one thing at a time."""

import asyncio
from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from storage.database import Database, Work

T = TypeVar("T")

# So much of one person's is at work or in line; whoever asks for more is told to wait.
MOST = 3


class Crowded(Exception):
    """What this person asked for before is not done yet."""


@dataclass(slots=True)
class _Line:
    """Who is at work for a person, and how many are there with those in line."""

    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    length: int = 0


class Studies:
    """The way to the threads for long reading."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lines: dict[Hashable, _Line] = {}
        self._going: set[asyncio.Task[Any]] = set()

    async def of(self, whom: Hashable, work: Work[T], *, most: int = MOST) -> T:
        """Read something for somebody, after what they asked for before; raises `Crowded` where `most` is there.

        Whoever stops waiting leaves it to be done: a thread cannot be stopped.
        """
        line = self._lines.setdefault(whom, _Line())
        if line.length >= most:
            raise Crowded
        line.length += 1
        task = asyncio.create_task(self._done(whom, line, work))
        self._going.add(task)
        task.add_done_callback(self._going.discard)
        return await asyncio.shield(task)

    async def _done(self, whom: Hashable, line: _Line, work: Work[T]) -> T:
        try:
            async with line.turn:
                return await self._database.study(work)
        finally:
            line.length -= 1
            if not line.length:
                del self._lines[whom]
