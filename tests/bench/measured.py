"""One row of the table, and how a median is taken."""

import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable
from typing import NamedTuple


class Figure(NamedTuple):
    """A measurement in words: what, its median, its goal, and the bare thing beside it."""

    what: str
    median: str
    goal: str = ""
    reference: str = ""


def median_of(runs: int, work: Callable[[], object]) -> float:
    """The median seconds of several runs."""
    return statistics.median(_timed(work) for _ in range(runs))


def _timed(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


async def rate(count: int, at_once: int, do: Callable[[int], Awaitable[object]]) -> float:
    """How many a second, with so many waiting at once."""
    numbers = iter(range(count))

    async def worker() -> None:
        for number in numbers:
            await do(number)

    started = time.perf_counter()
    await asyncio.gather(*(worker() for _ in range(at_once)))
    return count / (time.perf_counter() - started)
