"""The dated tree of units, worked out from what units were called, where they were and what they came from."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from storage.units import ALWAYS, EVER, FOREVER, SINCE, Branch, StateRow, UnitRow

Parents = dict[int, int | None]
# Each unit's ancestors and how far above they are.
Held = dict[int, dict[int, int]]


class Tangled(Exception):
    """Units that are above each other on a day."""

    def __init__(self, units: tuple[int, ...], day: str) -> None:
        super().__init__(f"units {', '.join(map(str, units))} are above each other on {day}")
        self.units = units
        self.day = day


class Heir(NamedTuple):
    """The only unit that came from one that ended, and the day it did."""

    unit: int
    day: str


Heirs = Mapping[int, Heir]


def grown(
    units: Sequence[UnitRow],
    states: Sequence[StateRow],
    descents: Sequence[tuple[int, int, str]],
    at: Callable[[str], int],
) -> list[Branch]:
    """Every unit under each of its ancestors, for the days this held; `at` says at which moment a day begins.

    A circle among the parents of any day is a `Tangled`. Only the units below a change are looked at again.
    """
    heirs = _heirs(units, descents)
    days = _changes(units, states, heirs)
    rows = _Rows(at)
    parents: Parents = {}
    held: Held = {unit.id: {unit.id: 0} for unit in units}
    for day in sorted(days.keys() | {ALWAYS}):
        parents.update(days.get(day, {}))
        given = {p: heir.unit for p, heir in heirs.items() if day < heir.day}
        for unit in _touched(held, days, day=day, heirs=heirs):
            now = _inherited(_line(unit, parents, day=day), given)
            rows.turn(unit, held[unit] if day > ALWAYS else {}, now=now, day=day)
            held[unit] = now
    return rows.all()


def _heirs(units: Sequence[UnitRow], descents: Iterable[tuple[int, int, str]]) -> Heirs:
    """What took all of a unit over. One that goes on gave only a part away, and one that was split has no one heir."""
    ended = {unit.id for unit in units if unit.ends_on is not None}
    known = {unit.id for unit in units}
    found: defaultdict[int, list[Heir]] = defaultdict(list)
    for predecessor, successor, day in descents:
        if predecessor in ended and successor in known and successor != predecessor:
            found[predecessor].append(Heir(successor, day))
    return {predecessor: heirs[0] for predecessor, heirs in found.items() if len(heirs) == 1}


def _changes(units: Sequence[UnitRow], states: Sequence[StateRow], heirs: Heirs) -> dict[str, Parents]:
    """Day → the units that get a parent on it; what has no beginning is on `ALWAYS`."""
    of: defaultdict[int, list[StateRow]] = defaultdict(list)
    for state in sorted(states, key=lambda state: state.starts_on):
        of[state.unit_id].append(state)
    known = {unit.id for unit in units}
    days: defaultdict[str, Parents] = defaultdict(dict)
    for unit in units:
        for day, parent in _parents(unit, of[unit.id], heirs.get(unit.id)):
            if day < EVER:
                days[max(day, ALWAYS)][unit.id] = parent if parent in known else None
    # A day on which nothing begins may still be the one before which an heir held what it took over.
    for heir in heirs.values():
        if heir.day < EVER:
            days[max(heir.day, ALWAYS)].update({})
    return days


def _parents(unit: UnitRow, states: Sequence[StateRow], heir: Heir | None) -> Iterator[tuple[str, int | None]]:
    """(day, parent) in order: that of its first day for all time before, and after its end that of its last day."""
    end = max(unit.ends_on or EVER, unit.starts_on)
    first = [s for s in states if s.starts_on <= unit.starts_on]
    yield ALWAYS, (first[-1] if first else states[0]).parent_id if states else unit.parent_id
    yield from ((s.starts_on, s.parent_id) for s in states if unit.starts_on < s.starts_on < end)
    if heir:
        yield end, heir.unit


def _touched(held: Held, days: Mapping[str, Parents], *, day: str, heirs: Heirs) -> list[int]:
    """The units whose ancestors may change on a day: those below a unit that moves or is handed over."""
    if day == ALWAYS:
        return list(held)
    moved = set(days[day]).union(p for p, heir in heirs.items() if heir.day == day)
    return [unit for unit, ancestors in held.items() if not moved.isdisjoint(ancestors)]


def _line(unit: int, parents: Parents, *, day: str) -> dict[int, int]:
    line: dict[int, int] = {}
    above: int | None = unit
    while above is not None:
        if above in line:
            raise Tangled(_circle(list(line)[line[above] :]), day)
        line[above] = len(line)
        above = parents[above]
    return line


def _circle(units: list[int]) -> tuple[int, ...]:
    """The same circle, whichever of its units was met first."""
    first = units.index(min(units))
    return tuple(units[first:] + units[:first])


def _inherited(line: dict[int, int], given: Mapping[int, int]) -> dict[int, int]:
    """A unit's line and, one step further each, those that were to take over something in it."""
    steps = [(depth + 1, given[unit]) for unit, depth in line.items() if unit in given]
    while steps:
        steps.sort(reverse=True)
        depth, unit = steps.pop()
        if unit not in line:
            line[unit] = depth
            if unit in given:
                steps.append((depth + 1, given[unit]))
    return line


class _Rows:
    """The rows of the tree while they grow: open ones have a first day and no last one yet."""

    def __init__(self, at: Callable[[str], int]) -> None:
        self._at = at
        self._open: dict[tuple[int, int], tuple[str, int]] = {}
        self._closed: list[Branch] = []
        self._moments = {ALWAYS: SINCE, EVER: FOREVER}

    def turn(self, unit: int, before: Mapping[int, int], *, now: Mapping[int, int], day: str) -> None:
        """Close a unit's rows that hold no longer from a day on, and open those that begin to."""
        for ancestor in (a for a, depth in before.items() if now.get(a) != depth):
            self._close(unit, ancestor, day)
        for ancestor, depth in now.items():
            if before.get(ancestor) != depth:
                self._open[unit, ancestor] = (day, depth)

    def all(self) -> list[Branch]:
        """Every row; those still open have no known end."""
        for unit, ancestor in list(self._open):
            self._close(unit, ancestor, EVER)
        return self._closed

    def _close(self, unit: int, ancestor: int, end: str) -> None:
        start, depth = self._open.pop((unit, ancestor))
        self._closed.append(Branch(unit, ancestor, start, end, self._moment(start), self._moment(end), depth))

    def _moment(self, day: str) -> int:
        if day not in self._moments:
            self._moments[day] = self._at(day)
        return self._moments[day]
