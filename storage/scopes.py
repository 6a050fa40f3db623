"""Which deeds were done in a unit or below it, as the tree of units was at that moment."""

from collections.abc import Sequence

import numpy as np
from sqlalchemy import bindparam, select

from storage.columns import columns
from storage.database import Tx
from storage.segments import Column, Deeds
from storage.statements import Statement
from storage.units import UnitTree

# Moments are below this, which is the year 2109: with a unit before it, both are one number.
BITS = 42
LATEST = (1 << BITS) - 1
# In none of them.
NOWHERE = -1

_tree = columns(UnitTree)
_under = Statement(
    select(_tree.descendant, _tree.starts_at, _tree.ends_at)
    .where(_tree.ancestor == bindparam("unit"))
    .order_by(_tree.descendant, _tree.starts_at)
)


class Stretches:
    """Times of units, none of which overlaps another of the same unit."""

    def __init__(self, rows: Sequence[tuple[int, int, int]]) -> None:
        """`rows`: (unit, since, until), in their order."""
        unit, since, until = np.array(rows, np.int64).reshape(-1, 3).T
        self._starts = (unit << BITS) + np.minimum(since, LATEST)
        self._ends = (unit << BITS) + np.minimum(until, LATEST)
        # Most units have one, and need not be searched for: the last of each, and which have more.
        self._last = np.full(int(unit.max(initial=0)) + 1, NOWHERE)
        self._last[unit] = np.arange(len(unit))
        self._several = np.bincount(unit, minlength=len(self._last)) > 1

    def holding(self, units: Column, at: Column | int) -> Column:
        """Which of them holds each unit and moment."""
        known = np.where(units < len(self._last), units, 0)
        found = self._last[known]
        moments = (known.astype(np.int64) << BITS) + at
        rows = np.flatnonzero(self._several[known])
        found[rows] = np.searchsorted(self._starts, moments[rows], "right") - 1
        within = (known > 0) & (found != NOWHERE)
        within[within] = (self._starts[found[within]] <= moments[within]) & (
            moments[within] < self._ends[found[within]]
        )
        return np.where(within, found, NOWHERE)


def within(tx: Tx, unit: int | None, deeds: Deeds, of: str = "unit") -> Deeds:
    """Those of some deeds whose unit was in a unit or below it then; all of them where no unit is asked for."""
    if unit is None:
        return deeds
    return deeds.where(Stretches(tx.all(_under, unit=unit)).holding(deeds[of], deeds["at"]) != NOWHERE)
