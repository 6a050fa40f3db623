"""The groups in which a survey's answers are counted, fixed when it opens: none of fewer than k people. Pure.

Only who is invited where decides, never who answers. A unit with fewer than k people is counted with its smallest
siblings; the people posted to a unit itself, not to one in it, count as one of the siblings in it. Where all in a unit
together are fewer than k, the unit as a whole is such a small one in the unit above. The few who head a unit, such as
its manager, count with those of the nearest unit above where they are many: else a whole unit would have to be counted
with each of them as one.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

# People posted to a unit with others in it stand there as a group of their own from so many times k on.
MANY = 4
# The whole organisation, where several units are in no other, or there are none.
WHOLE = "*"

# Each unit's code and that of the unit it is in; None for what is in no other.
Tree = Mapping[str, str | None]


class Part(NamedTuple):
    """People counted together: one unit with all below it, a unit's own people (it is its own parent), or siblings.

    The whole organisation has no parent, written "".
    """

    number: int
    units: tuple[str, ...]
    parent: str
    invited: int


class Divided(NamedTuple):
    """The parts, the part of every person, the tree of all units they are in or below, and where each person counts."""

    parts: tuple[Part, ...]
    seats: dict[int, int]
    tree: dict[str, str | None]
    posts: dict[int, str]


class Few(Exception):
    """There are fewer than k people altogether."""


class _Heap(NamedTuple):
    """People about to be counted together: how many, whose siblings, and the units themselves they are posted to."""

    invited: int
    units: tuple[str, ...]
    own: tuple[str, ...]

    def with_(self, other: "_Heap") -> "_Heap":
        """Both together."""
        units = tuple(sorted((*self.units, *other.units)))
        return _Heap(self.invited + other.invited, units, (*self.own, *other.own))


def divide(tree: Tree, people: Mapping[int, str | None], k: int) -> Divided:
    """Who counts where; whoever is in no unit counts at the top. Raises `Few`."""
    rooted, top = _rooted(tree, people.values())
    posted = {person: code if code and code in tree else top for person, code in people.items()}
    if len(posted) < max(k, 1):
        raise Few(len(posted))
    counts_in = _lifted(rooted, Counter(posted.values()), k)
    posted = {person: counts_in[code] for person, code in sorted(posted.items())}
    work = _Division(rooted, Counter(posted.values()), k)
    work.run(top)
    number = {unit: part.number for part, heap in work.found for unit in heap.own}
    return Divided(tuple(part for part, _ in work.found), {p: number[c] for p, c in posted.items()}, rooted, posted)


def _lifted(tree: Tree, own: Counter[str], k: int) -> dict[str, str]:
    """The unit in which the people posted to each unit itself count: that one, or where they are too few one above."""
    below: defaultdict[str, list[str]] = defaultdict(list)
    for code in sorted(tree):
        below[tree[code] or ""].append(code)
    many, found = Counter(own), {code: code for code in tree}
    for code in sorted(tree, key=lambda code: (-depth(tree, code), code)):
        above = tree[code]
        if above is not None and below[code] and 0 < many[code] < MANY * k:
            many[above] += many.pop(code)
            found[code] = above
    (top,) = below[""]
    ends = {code: _last(found, code) for code in tree}
    if 0 < many[top] < k and len(below[top]) == 1:
        # What is above a single unit is no more than that unit.
        ends = {code: below[top][0] if end == top else end for code, end in ends.items()}
    return ends


def upwards(tree: Tree, unit: str | None) -> Iterator[str]:
    """A unit and those it is in, up to the top."""
    while unit is not None:
        yield unit
        unit = tree.get(unit)


def depth(tree: Tree, unit: str) -> int:
    """How many units a unit is in."""
    return sum(1 for _ in upwards(tree, unit)) - 1


def _last(found: Mapping[str, str], code: str) -> str:
    while found[code] != code:
        code = found[code]
    return code


def _rooted(tree: Tree, used: Iterable[str | None]) -> tuple[dict[str, str | None], str]:
    """The part of the tree in which there is anybody, with one unit at its top, and that unit."""
    alive: dict[str, str | None] = {}
    for code in sorted({code for code in used if code and code in tree}):
        step: str | None = code
        while step is not None and step not in alive:
            alive[step] = tree.get(step)
            step = alive[step]
    tops = sorted(code for code, above in alive.items() if above is None)
    if len(tops) == 1:
        return dict(sorted(alive.items())), tops[0]
    under = {code: WHOLE if above is None else above for code, above in alive.items()}
    return {WHOLE: None, **dict(sorted(under.items()))}, WHOLE


class _Division:
    """One division under way: from the bottom up, what is too small waits for its siblings."""

    def __init__(self, tree: Tree, own: Counter[str], k: int) -> None:
        self._own = own
        self._k = k
        self._tree = tree
        self._below: defaultdict[str, list[str]] = defaultdict(list)
        self._total = Counter(own)
        for code in sorted(tree):
            above = tree[code]
            if above is not None:
                self._below[above].append(code)
                self._add_up(above, own[code])
        self.found: list[tuple[Part, _Heap]] = []

    def _add_up(self, unit: str | None, many: int) -> None:
        while unit is not None and many:
            self._total[unit] += many
            unit = self._tree[unit]

    def run(self, unit: str) -> None:
        """Find the parts of a unit of at least k people."""
        above = self._tree[unit]
        heaps, stand = self._merged(unit)
        if not stand and len(heaps) == 1:
            self._keep(above or "", _Heap(self._total[unit], (unit,), heaps[0].own))
            return
        for heap in heaps:
            self._keep(unit, heap)
        for child in stand:
            self.run(child)

    def _merged(self, unit: str) -> tuple[list[_Heap], list[str]]:
        """A unit's people in heaps of at least k, and the units in it that stand for themselves."""
        siblings = self._siblings(unit)
        heaps, left = _heaped((self._heap(unit, code) for many, code in siblings if many < self._k), self._k)
        large = [code for many, code in siblings if many >= self._k]
        if left and heaps:
            heaps = _joined(heaps, left)
        elif left:
            heaps = [left.with_(self._heap(unit, large.pop(0)))]
        own = [self._heap(unit, unit)] if unit in large else []
        return [*heaps, *own], sorted(code for code in large if code != unit)

    def _siblings(self, unit: str) -> list[tuple[int, str]]:
        """(people, code) of the units in a unit and, under its own code, of those posted to it."""
        found = [(self._total[code], code) for code in self._below[unit]]
        return sorted((many, code) for many, code in [*found, (self._own[unit], unit)] if many)

    def _heap(self, unit: str, code: str) -> _Heap:
        """One of the siblings in a unit, with all that is below it."""
        if code == unit:
            return _Heap(self._own[unit], (unit,), (unit,))
        own, waiting = [], [code]
        while waiting:
            below = waiting.pop()
            own += [below] if self._own[below] else []
            waiting += self._below[below]
        return _Heap(self._total[code], (code,), tuple(own))

    def _keep(self, parent: str, heap: _Heap) -> None:
        self.found.append((Part(len(self.found) + 1, heap.units, parent, heap.invited), heap))


def _heaped(small: Iterable[_Heap], k: int) -> tuple[list[_Heap], _Heap | None]:
    """The smallest together until they are k; and what is left that is not."""
    heaps: list[_Heap] = []
    growing: _Heap | None = None
    for heap in small:
        growing = growing.with_(heap) if growing else heap
        if growing.invited >= k:
            heaps.append(growing)
            growing = None
    return heaps, growing


def _joined(heaps: list[_Heap], left: _Heap) -> list[_Heap]:
    smallest = min(heaps)
    return [heap.with_(left) if heap is smallest else heap for heap in heaps]
