"""Which units a deed counts for: its own and all above it, as the tree of units was at that moment."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import pairwise

import numpy as np

from bot import tallies
from storage.scopes import NOWHERE, Stretches
from storage.segments import Column

Row = tuple[int, int, int, int]


class Ancestry:
    """Every unit as a node for each time in which those above it stayed the same, with the units it counts for."""

    def __init__(self, rows: Iterable[Row]) -> None:
        """`rows`: (unit, an ancestor or itself, since, until)."""
        found = sorted(_stretches(rows))
        self._stretches = Stretches([(unit, since, until) for unit, since, until, _ in found])
        self._first = np.cumsum([0, *(len(above) for *_, above in found)])
        self._above = np.array([one for *_, above in found for one in above], np.int64)

    def nodes(self, units: Column, at: Column | int) -> Column:
        """The node of each deed."""
        return self._stretches.holding(units, at)

    def rows(self, nodes: Column) -> tuple[Column, Column]:
        """(row, a unit it counts for) of deeds with their nodes."""
        rows = np.flatnonzero(nodes != NOWHERE)
        node = nodes[rows]
        sizes = self._first[node + 1] - self._first[node]
        ends = np.cumsum(sizes)
        place = np.arange(ends[-1] if len(ends) else 0) - np.repeat(ends - sizes, sizes)
        return np.repeat(rows, sizes), self._above[np.repeat(self._first[node], sizes) + place]

    def times(self, nodes: Column) -> dict[int, int]:
        """How many deeds count for each unit."""
        node, count = _counted(nodes)
        rows, unit = self.rows(node)
        return _summed(unit, count[rows])

    def times_by(self, nodes: Column, labels: Column) -> dict[int, dict[int, int]]:
        """The same by a small label of each deed."""
        found: defaultdict[int, dict[int, int]] = defaultdict(dict)
        for label in tallies.distinct(labels).tolist():
            for unit, count in self.times(nodes[labels == label]).items():
                found[unit][label] = count
        return found

    def different(self, nodes: Column, keys: Column) -> dict[int, int]:
        """How many different keys the deeds have that count for each unit."""
        node, key = tallies.pairs(nodes + 1, keys)
        rows, unit = self.rows(node - 1)
        return tallies.different(unit, key[rows])


def _stretches(rows: Iterable[Row]) -> Iterator[tuple[int, int, int, tuple[int, ...]]]:
    """(unit, since, until, all it counts for) of each unit and each time without a change."""
    lines: defaultdict[int, list[tuple[int, int, int]]] = defaultdict(list)
    for unit, above, since, until in rows:
        lines[unit].append((since, until, above))
    for unit, known in lines.items():
        if len({stretch[:2] for stretch in known}) == 1:
            yield unit, *known[0][:2], tuple(above for *_, above in known)
            continue
        cuts = sorted({moment for since, until, _ in known for moment in (since, until)})
        for begin, end in pairwise(cuts):
            if line := tuple(above for since, until, above in known if since <= begin and end <= until):
                yield unit, begin, end, line


def _counted(nodes: Column) -> tuple[Column, Column]:
    count = np.bincount(nodes + 1)[1:]
    node = np.flatnonzero(count)
    return node, count[node]


def _summed(units: Column, counts: Column) -> dict[int, int]:
    total = np.bincount(units, counts) if len(units) else np.zeros(0)
    known = np.flatnonzero(total)
    return dict(zip(known.tolist(), total[known].astype(np.int64).tolist(), strict=True))
