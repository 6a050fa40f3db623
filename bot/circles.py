"""Rings of four and more, and groups closed in themselves: whose thanks come, at last, from the one whom they thank.

Beginning with whom somebody thanked, everybody is added who was thanked for the larger part by those already there.
Only thanks between different units are followed: colleagues of one unit who thank each other are a team, and what a
unit gives is limited by itself. docs/recognition.md says how well this tells rings from honest groups.
"""

from collections import Counter
from collections.abc import Callable, Collection, Mapping
from itertools import chain
from math import ceil

# So much of what somebody was thanked for has to come from those already there.
SHARE = 2 / 3
# Of so many people the longest ring is that is looked for.
LONGEST = 12
_EXACT = 1e-9

Thanked = Callable[[Collection[int]], Mapping[int, Collection[int]]]
Givers = Callable[[Collection[int]], Mapping[int, int]]


class Around:
    """Whom everybody thanked in other units, and by how many of other units they were; each is looked up once."""

    def __init__(self, thanked: Thanked, givers: Givers) -> None:
        self._thanked, self._givers = thanked, givers
        self.thanked: dict[int, Collection[int]] = {}
        self.givers: dict[int, int] = {}

    def thanks_of(self, people: Collection[int]) -> None:
        """Find out whom some people thanked."""
        fresh = set(people).difference(self.thanked)
        self.thanked |= dict.fromkeys(fresh, ()) | dict(self._thanked(fresh) if fresh else {})

    def thanks_to(self, people: Collection[int]) -> None:
        """Find out by how many some people were thanked."""
        fresh = set(people).difference(self.givers)
        self.givers |= dict(self._givers(fresh) if fresh else {})


class _Group:
    """All whose thanks come from one person, as far as they have been followed."""

    def __init__(self, first: int, around: Around) -> None:
        self._first, self._around = first, around
        self.people: set[int] = set()
        self._times: Counter[int] = Counter()
        self.newest: set[int] = {first}

    def reach(self) -> None:
        """Count whom the newest thanked."""
        self._times.update(chain.from_iterable(self._around.thanked[one] for one in self.newest))

    @property
    def open(self) -> set[int]:
        """Who was thanked from the group and is not in it."""
        return self._times.keys() - self.people - {self._first} if self.newest else set()

    def begin(self) -> None:
        """Whoever was thanked by the first is in it."""
        self.newest = set(self._around.thanked[self._first]) - {self._first}
        self.people |= self.newest

    def grow(self) -> None:
        """Let in who was thanked by it for the larger part."""
        self.newest = {one for one in self.open if self._times[one] >= enough(self._around.givers[one])}
        self.people |= self.newest


def enough(givers: int) -> int:
    """How many of somebody's givers have to be in a group."""
    return ceil(SHARE * givers - _EXACT)


def closed(people: Collection[int], around: Around) -> dict[int, frozenset[int]]:
    """Whose thanks, at last, come from each of some people."""
    groups = {person: _Group(person, around) for person in people}
    around.thanks_of(people)
    for group in groups.values():
        group.begin()
    for _ in range(LONGEST - 2):
        growing = [group for group in groups.values() if group.newest]
        around.thanks_of(set(chain.from_iterable(group.newest for group in growing)))
        for group in growing:
            group.reach()
        around.thanks_to(set(chain.from_iterable(group.open for group in growing)))
        for group in growing:
            group.grow()
    return {person: frozenset(group.people) for person, group in groups.items()}
