"""Figures that are the same for everybody who may see them, kept for a while and made anew before they are missed.

Nothing is put in here that depends on who asks. What holds names says by its `stamp` whether they may still be shown.
"""

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from math import inf
from threading import Lock
from time import perf_counter
from typing import Any, Generic, TypeVar

from bot.turn import Turn

T = TypeVar("T")
D = TypeVar("D")

# New for so much longer than making it took, and never longer than this: little is saved by keeping what is cheap.
TIMES = 100
LONGEST = 300.0
# Where somebody makes things anew beside the requests, what is not new any more is still shown for so long.
OLDEST = 900.0
# Without them only as long as another is at it.
LATE = 60.0
MOST = 800


class Underway(Exception):
    """Another is working it out: whoever waits here would keep others from reading; ask again in a moment."""


class Aside(Exception):
    """It is to be worked out first, by `fill`, where that keeps nobody from reading."""

    def __init__(self, recipe: "Recipe[Any]") -> None:
        super().__init__(recipe.key[0])
        self.recipe = recipe


@dataclass(frozen=True, slots=True)
class Recipe(Generic[T]):
    """How figures are made: `key` says of what, `make` works them out in a turn of nobody.

    `stamp` says what they would have to look like now: where that is not as it was when they were made, they are
    made anew at once. What may take long is worked out `aside`, never by whoever asks for it.
    """

    key: tuple[Hashable, ...]
    make: Callable[[Turn], T]
    stamp: Callable[[Turn, T], object] | None = None
    aside: bool = False


@dataclass(slots=True)
class Made(Generic[T]):
    """Figures, when they were made, until when they count as new and until when they may be shown; what was drawn."""

    recipe: Recipe[T]
    value: T
    at: datetime
    began: float
    new_until: float
    shown_until: float
    stamp: object = None
    asked: float = 0.0
    drawings: dict[Hashable, Any] = field(default_factory=dict)

    def drawn(self, key: Hashable, draw: Callable[[T], D]) -> D:
        """What was drawn of these figures under this key, or is drawn now."""
        if key not in self.drawings:
            self.drawings[key] = draw(self.value)
        return self.drawings[key]  # type: ignore[no-any-return]


class Kept:
    """A small cache, the longest unasked given up first. Of several who ask for the same at once, one works it out."""

    def __init__(self, clock: Callable[[], float] = perf_counter, *, renewed: bool = False) -> None:
        """`renewed`: somebody makes anew, beside the requests, what is asked for."""
        self._clock = clock
        self.renewed = renewed
        self._found: dict[Hashable, Made[Any]] = {}
        self._locks: dict[Hashable, Lock] = {}
        self._held: frozenset[Hashable] = frozenset()
        self._guard = Lock()

    def hold(self, recipes: Iterable[Recipe[Any]]) -> None:
        """Give none of these up, whether anybody asks for them or not; those that were held before are given up."""
        self._held = frozenset(recipe.key for recipe in recipes)

    def at(self) -> "AtHand":
        """The same for a request that comes in now."""
        return AtHand(self, self._clock())

    def get(self, recipe: Recipe[T], turn: Turn, *, since: float = inf) -> Made[T]:
        """What was made by this recipe lately, or after `since`, or else now.

        Raises `Underway` where another is making it, and `Aside` where it is not to be made here.
        """
        known = self._known(recipe, turn)
        now = self._clock()
        if known and (now < (known.shown_until if self.renewed else known.new_until) or known.began >= since):
            return known
        lock = self._lock(recipe.key)
        if not lock.acquire(blocking=False):
            if known and now < known.shown_until:
                return known
            raise Underway
        try:
            # Somebody may have made it in between.
            known = self._known(recipe, turn)
            if known and self._clock() < known.new_until:
                return known
            if recipe.aside:
                raise Aside(recipe)
            return self._made(recipe, turn)
        finally:
            lock.release()

    def fill(self, recipe: Recipe[T], turn: Turn) -> None:
        """Make what somebody misses, unless somebody is at it or did it meanwhile."""
        lock = self._lock(recipe.key)
        if lock.acquire(blocking=False):
            try:
                known = self._known(recipe, turn)
                if known is None or self._clock() >= known.new_until:
                    self._made(recipe, turn)
            finally:
                lock.release()

    def renew(self, recipe: Recipe[T], turn: Turn) -> None:
        """Make it anew, unless somebody is at it."""
        lock = self._lock(recipe.key)
        if lock.acquire(blocking=False):
            try:
                self._made(recipe, turn)
            finally:
                lock.release()

    def due(self) -> list[Recipe[Any]]:
        """What somebody asked for since it was made and is not new any more, the longest ago first."""
        now = self._clock()
        with self._guard:
            found = [made for made in self._found.values() if made.asked > made.began and made.new_until <= now]
        return [made.recipe for made in sorted(found, key=lambda made: made.began)]

    def age(self, recipe: Recipe[Any]) -> float | None:
        """How many seconds ago something was made; None where it is not there."""
        known = self._found.get(recipe.key)
        return None if known is None else self._clock() - known.began

    def _known(self, recipe: Recipe[T], turn: Turn) -> Made[T] | None:
        known: Made[T] | None = self._found.get(recipe.key)
        if known is None:
            return None
        known.asked = self._clock()
        if recipe.stamp and recipe.stamp(turn, known.value) != known.stamp:
            return None
        return known

    def _made(self, recipe: Recipe[T], turn: Turn) -> Made[T]:
        before = self._found.get(recipe.key)
        began = self._clock()
        value = recipe.make(turn)
        stamp = recipe.stamp(turn, value) if recipe.stamp else None
        ended = self._clock()
        new_until = ended + min(LONGEST, TIMES * (ended - began))
        shown_until = new_until + (OLDEST if self.renewed else LATE)
        made = Made(recipe, value, turn.now, began, new_until, shown_until, stamp, before.asked if before else began)
        self._put(made)
        return made

    def _lock(self, key: Hashable) -> Lock:
        with self._guard:
            return self._locks.setdefault(key, Lock())

    def _put(self, made: Made[Any]) -> None:
        with self._guard:
            self._found[made.recipe.key] = made
            if len(self._found) > MOST:
                loose = self._found.keys() - self._held
                oldest = min(loose, key=lambda key: self._found[key].asked)
                del self._found[oldest]
                self._locks.pop(oldest, None)


@dataclass(frozen=True, slots=True)
class AtHand:
    """What is kept, as one request sees it: what was made after it came in is new to it."""

    kept: Kept
    since: float

    def get(self, recipe: Recipe[T], turn: Turn) -> Made[T]:
        """What was made by this recipe lately; raises as `Kept.get` does."""
        return self.kept.get(recipe, turn, since=self.since)
