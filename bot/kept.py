"""Figures that are the same for everybody who may see them, kept for a moment. Nothing personal is put in here."""

from collections.abc import Callable, Hashable
from threading import Lock
from time import perf_counter
from typing import Any, TypeVar

T = TypeVar("T")

# Kept so much longer than working them out took, and never longer than this: little is saved by keeping what is cheap.
TIMES = 100
LONGEST = 60.0
MOST = 400


class Underway(Exception):
    """Another is working it out: whoever waits here would keep others from reading; ask again in a moment."""


class Kept:
    """A small cache. Of several who ask for the same at once, one works it out."""

    def __init__(self, clock: Callable[[], float] = perf_counter) -> None:
        self._clock = clock
        self._found: dict[Hashable, tuple[float, Any]] = {}
        self._locks: dict[Hashable, Lock] = {}
        self._guard = Lock()

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """What was made for this key a moment ago, or else now; raises `Underway` where another is making it.

        While another makes it anew, what is a little too old still does.
        """
        lock, known = self._lock(key), self._found.get(key)
        if known and self._clock() < known[0]:
            return known[1]  # type: ignore[no-any-return]
        if not lock.acquire(blocking=False):
            if known and self._clock() < known[0] + LONGEST:
                return known[1]  # type: ignore[no-any-return]
            raise Underway
        try:
            known = self._found.get(key)
            return known[1] if known and self._clock() < known[0] else self._made(key, make)
        finally:
            lock.release()

    def _made(self, key: Hashable, make: Callable[[], T]) -> T:
        started = self._clock()
        made = make()
        ended = self._clock()
        self._put(key, made, ended + min(LONGEST, TIMES * (ended - started)))
        return made

    def _lock(self, key: Hashable) -> Lock:
        with self._guard:
            return self._locks.setdefault(key, Lock())

    def _put(self, key: Hashable, made: object, until: float) -> None:
        with self._guard:
            if len(self._found) >= MOST:
                self._found.clear()
                self._locks = {key: self._locks[key]}
            self._found[key] = (until, made)
