"""What is being done and shown right now, so that a closing kizuki can wait for it."""

import asyncio
import logging
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

T = TypeVar("T")

log = logging.getLogger("kizuki.chat")


class UnderWay:
    """Counts what has begun and not ended, in requests and behind their answers."""

    def __init__(self) -> None:
        self._count = 0
        self._tasks: set[asyncio.Task[Any]] = set()
        self._idle = asyncio.Event()
        self._idle.set()

    @contextmanager
    def one(self) -> Iterator[None]:
        """Something is being done."""
        self._count += 1
        self._idle.clear()
        try:
            yield
        finally:
            self._count -= 1
            if not self._count:
                self._idle.set()

    def task(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Do something behind an answer; that it failed is written down, never why in words."""
        task = asyncio.create_task(self._counted(work))
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    async def ended(self, seconds: float) -> bool:
        """Wait until nothing is under way, so long at the most; whether it came to that."""
        try:
            async with asyncio.timeout(seconds):
                # Something may have begun in the moment in which nothing was under way.
                while self._count:
                    await self._idle.wait()
        except TimeoutError:
            return False
        return True

    async def _counted(self, work: Coroutine[Any, Any, T]) -> T:
        with self.one():
            return await work

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (fault := task.exception()) is not None:
            log.error("behind an answer: %s", type(fault).__name__)
