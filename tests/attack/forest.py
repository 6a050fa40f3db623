"""The sets of posts that published groups speak of, as a tree whose leaves are the smallest of them."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from heapq import heapify, heappop, heappush

from bot.published import Group
from tests.attack.evidence import Survey

Key = tuple[tuple[str, ...], str | None]
Bounds = tuple[list[int], list[int]]


@dataclass
class Forest:
    """Nodes by number, parents first; what no child covers is a node of its own. `crossing` did not fit into a tree."""

    units: list[frozenset[str]] = field(default_factory=list)
    up: list[int] = field(default_factory=list)
    below: list[list[int]] = field(default_factory=list)
    size: list[int] = field(default_factory=list)
    node: dict[Key, int] = field(default_factory=dict)
    leaf_of: dict[str, int] = field(default_factory=dict)
    crossing: dict[Key, frozenset[str]] = field(default_factory=dict)
    rests: set[int] = field(default_factory=set)

    def add(self, units: frozenset[str], up: int, size: int) -> int:
        """A new node."""
        number = len(self.units)
        self.units.append(units)
        self.up.append(up)
        self.below.append([])
        self.size.append(size)
        if up >= 0:
            self.below[up].append(number)
        return number

    def leaves(self) -> list[int]:
        """The nodes with nothing below."""
        return [n for n, below in enumerate(self.below) if not below]

    def free(self) -> Bounds:
        """What is known of a figure of which nothing is known."""
        return [0] * len(self.size), list(self.size)


def key(group: Group) -> Key:
    """What makes two groups of a survey the same people."""
    return group.units, group.parent


def grown(survey: Survey) -> Forest:
    """The tree of all groups of all questions of a survey."""
    forest = Forest()
    sets = {key(g): survey.units(g) for q in survey.published.questions for g in q.groups}
    forest.add(frozenset(survey.headcount), -1, len(survey.invited))
    forest.leaf_of = dict.fromkeys(survey.headcount, 0)
    for name, units in sorted(sets.items(), key=lambda item: -len(item[1])):
        if units:
            _place(forest, name, units, survey.headcount)
    _rests(forest, survey.headcount)
    return forest


def _place(forest: Forest, name: Key, units: frozenset[str], heads: dict[str, int]) -> None:
    owners = {forest.leaf_of[u] for u in units}
    owner = owners.pop()
    if owners:
        forest.crossing[name] = units
        return
    if len(units) < len(forest.units[owner]):
        owner = forest.add(units, owner, _people(units, heads))
        forest.leaf_of.update(dict.fromkeys(units, owner))
    forest.node[name] = owner


def _rests(forest: Forest, heads: dict[str, int]) -> None:
    """People in a group whom none of the groups below it counts."""
    for parent, children in enumerate(list(forest.below)):
        if children:
            rest = forest.units[parent].difference(*(forest.units[c] for c in children))
            if rest:
                number = forest.add(rest, parent, _people(rest, heads))
                forest.rests.add(number)
                forest.leaf_of.update(dict.fromkeys(rest, number))


def _people(units: Iterable[str], heads: dict[str, int]) -> int:
    return sum(heads[u] for u in units)


def tighten(forest: Forest, bounds: Bounds) -> bool:
    """Whole-number bounds of one figure made as narrow as the tree's sums allow, which is exact for one figure."""
    lo, hi = bounds
    before = sum(hi) - sum(lo)
    for parent in range(len(lo) - 1, -1, -1):
        if children := forest.below[parent]:
            lo[parent] = max(lo[parent], sum([lo[c] for c in children]))
            hi[parent] = min(hi[parent], sum([hi[c] for c in children]))
    for parent, children in enumerate(forest.below):
        if children:
            _share(lo, hi, parent, children)
    return sum(hi) - sum(lo) < before


def _share(lo: list[int], hi: list[int], parent: int, children: list[int]) -> None:
    low, high = sum([lo[c] for c in children]), sum([hi[c] for c in children])
    if low == high:
        return
    # What the parent has beyond (or lacks of) the children's bounds is what any child may move at most.
    up, down = hi[parent] - low, high - lo[parent]
    for c in children:
        at_least, at_most = hi[c] - down, lo[c] + up
        lo[c], hi[c] = max(lo[c], at_least), min(hi[c], at_most)


class Union:
    """Exact bounds of one figure for any union of leaves."""

    def __init__(self, forest: Forest, bounds: Bounds) -> None:
        self.forest, self.lo, self.hi = forest, *bounds
        below = forest.below
        self.low = [sum([self.lo[c] for c in b]) for b in below]
        self.high = [sum([self.hi[c] for c in b]) for b in below]

    def of(self, leaves: frozenset[int]) -> tuple[int, int]:
        """The figure's bounds for the leaves together."""
        part = {leaf: (self.lo[leaf], self.hi[leaf], 0, 0) for leaf in leaves}
        order = [-leaf for leaf in leaves]
        heapify(order)
        while order:
            node = -heappop(order)
            up = self.forest.up[node]
            if up >= 0 and up not in part:
                part[up] = (0, 0, self.low[up], self.high[up])
                heappush(order, -up)
            self._climb(part, node, up)
        return part[0][:2] if part else (0, 0)

    def _climb(self, part: dict[int, tuple[int, int, int, int]], node: int, up: int) -> None:
        """A finished node's share inside and outside the union is added to the node above."""
        if self.forest.below[node]:
            part[node] = self._finished(part[node], node)
        if up >= 0:
            a, b, c, d = part[up]
            e, f, g, h = part[node]
            part[up] = (a + e, b + f, c + g - self.lo[node], d + h - self.hi[node])

    def _finished(self, found: tuple[int, int, int, int], node: int) -> tuple[int, int, int, int]:
        a, b, c, d = found
        lo, hi = self.lo[node], self.hi[node]
        return max(a, lo - d), min(b, hi - c), max(c, lo - b), min(d, hi - a)
