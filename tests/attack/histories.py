"""Everyone's way through the surveys, and which unions of published pieces are nearly the same people."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from tests.attack.overlap import OUTSIDE, cuts
from tests.attack.sheet import Sheet

Rows = tuple[int, ...]
Pair = tuple[int, int]
# As many people as no rule calls few.
HEAVY = 25


@dataclass(frozen=True, eq=False)
class Partition:
    """A survey's people in pieces: each leaf's piece (or outside), and each piece's leaves."""

    survey: int
    piece: tuple[int, ...]
    leaves: dict[int, list[int]]


@dataclass(frozen=True)
class Cut:
    """Leaves of one survey and leaves of another that differ by few people: the rows gone and the rows come."""

    old: frozenset[int]
    new: frozenset[int]
    gone: Rows
    came: Rows


@dataclass
class Histories:
    """People with the same posts in all surveys are one row; `where` is each row's leaf in each survey, or outside."""

    sheets: list[Sheet]
    people: list[list[str]] = field(default_factory=list)
    where: list[list[int]] = field(default_factory=list)
    partitions: dict[tuple[int, tuple[int, ...]], Partition] = field(default_factory=dict)
    heavy: int = 0
    several: list[tuple[int, int]] = field(default_factory=list)
    even: dict[Partition, list[int]] = field(default_factory=dict)
    odd: dict[Partition, list[int]] = field(default_factory=dict)

    def partition(self, survey: int, piece: tuple[int, ...]) -> Partition:
        """The one object that stands for this partition."""
        name = (survey, piece)
        if name not in self.partitions:
            leaves: dict[int, list[int]] = defaultdict(list)
            for leaf, at in enumerate(piece):
                leaves[at].append(leaf)
            made = self.partitions[name] = Partition(survey, piece, leaves)
            places = [OUTSIDE if n < 0 else piece[n] for n in self.where[survey]]
            self.even[made] = [OUTSIDE if p < 0 else 2 * p for p in places]
            self.odd[made] = [OUTSIDE if p < 0 else 2 * p + 1 for p in places]
        return self.partitions[name]

    def cuts(self, old: Partition, new: Partition) -> Iterator[Cut]:
        """The pairs of unions of pieces that differ by 1 to k−1 people.

        In the graph a piece of the old survey is an even number, one of the new an odd one.
        """
        k = min(self.sheets[p.survey].survey.k for p in (old, new))
        edges = self._edges(self.even[old], self.odd[new])
        sides = list(cuts(edges, k))
        few = self._few(old, new, edges, k if sides else 0)
        for side in sides:
            left, right = {n for n in side if not n % 2}, {n for n in side if n % 2}
            yield Cut(_leaves(old, left), _leaves(new, right), few.gone(left, right), few.came(left, right))

    def _edges(self, even: list[int], odd: list[int]) -> Counter[Pair]:
        """How many people are in both pieces; rows of k or more come first, and that they are k is enough."""
        edges = Counter(zip(even[self.heavy :], odd[self.heavy :], strict=True))
        for row, count in self.several:
            edges[even[row], odd[row]] += count - 1
        for pair in set(zip(even[: self.heavy], odd[: self.heavy], strict=True)):
            edges[pair] += HEAVY
        edges.pop((OUTSIDE, OUTSIDE), None)
        return edges

    def _few(self, old: Partition, new: Partition, edges: Counter[Pair], k: int) -> "_Few":
        rows: dict[Pair, list[int]] = defaultdict(list)
        if not k:
            return _Few(rows)
        for row, pair in enumerate(zip(self.even[old], self.odd[new], strict=True)):
            if edges.get(pair, k) < k:
                rows[pair].append(row)
        return _Few(rows)

    def names(self, rows: Rows) -> tuple[str, ...]:
        """Who the rows are."""
        return tuple(sorted(p for r in rows for p in self.people[r]))

    def leaves(self, survey: int, rows: Rows) -> dict[int, int]:
        """How many of the rows' people are in each leaf of a survey."""
        found: Counter[int] = Counter()
        for row in rows:
            if (leaf := self.where[survey][row]) != OUTSIDE:
                found[leaf] += len(self.people[row])
        return found

    def count(self, rows: Rows) -> int:
        """How many people the rows are."""
        return sum(len(self.people[r]) for r in rows)


class _Few:
    """Who is in a piece of one survey and in a piece of the other, where that is few people."""

    def __init__(self, rows: dict[Pair, list[int]]) -> None:
        self.rows = rows
        self.after: dict[int, list[int]] = defaultdict(list)
        self.before: dict[int, list[int]] = defaultdict(list)
        for a, b in rows:
            self.after[a].append(b)
            self.before[b].append(a)

    def gone(self, left: set[int], right: set[int]) -> Rows:
        """Rows in the left pieces but not in the right."""
        return tuple(r for a in left for b in self.after.get(a, ()) if b not in right for r in self.rows[a, b])

    def came(self, left: set[int], right: set[int]) -> Rows:
        """Rows in the right pieces but not in the left."""
        return tuple(r for b in right for a in self.before.get(b, ()) if a not in left for r in self.rows[a, b])


def _leaves(partition: Partition, pieces: set[int]) -> frozenset[int]:
    return frozenset(leaf for piece in pieces for leaf in partition.leaves[piece // 2])


def histories(sheets: list[Sheet]) -> Histories:
    """Everyone's way through the surveys."""
    surveys = [s.survey for s in sheets]
    everyone = {p: None for s in surveys for p in s.invited}
    posts: dict[tuple[str | None, ...], list[str]] = defaultdict(list)
    columns = [[s.invited.get(p) for p in everyone] for s in surveys]
    for person, way in zip(everyone, zip(*columns, strict=True), strict=True):
        posts[way].append(person)
    ways = sorted(posts, key=lambda way: len(posts[way]), reverse=True)
    found = Histories(sheets, [posts[way] for way in ways])
    k = max((s.k for s in surveys), default=0)
    found.heavy = sum(len(people) >= k for people in found.people)
    found.several = [(r, len(p)) for r, p in enumerate(found.people) if 1 < len(p) < k]
    for column, known in zip(zip(*ways, strict=True), sheets, strict=True):
        found.where.append([OUTSIDE if u is None else known.forest.leaf_of[u] for u in column])
    return found
