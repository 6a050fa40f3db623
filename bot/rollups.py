"""Roll-ups of every unit at once, read as it was then or by where people are now."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import pairwise

from bot.reports import Period
from storage import rollups, units
from storage.database import Tx
from storage.reports import View
from storage.rollups import Moved, Span

# A unit's ancestors, the farthest first, and the unit itself.
Line = tuple[int, ...]
# Is nobody's key, so that it is in no unit.
NOWHERE = 0


@dataclass(frozen=True, slots=True)
class Figures:
    """A unit's period, with everything below it. `notes` counts those without a number too.

    `received` counts each colleague once per kudos, `recognised` different people; `staff` is who is posted there on
    the period's last day, or today where people are looked for where they are now.
    """

    notes: int
    writers: int
    by_number: dict[int, int]
    received: int
    recognised: int
    given: int
    received_by_number: dict[int, int]
    staff: int


@dataclass(slots=True)
class _Sum:
    """What is added up; people by their keys, so that nobody is counted twice."""

    notes: int = 0
    writers: set[int] = field(default_factory=set)
    by_number: Counter[int] = field(default_factory=Counter)
    received: int = 0
    recognised: set[int] = field(default_factory=set)
    given: int = 0
    received_by_number: Counter[int] = field(default_factory=Counter)
    staff: int = 0

    def take(self, part: "_Sum") -> None:
        """Add what a unit below did."""
        self.notes += part.notes
        self.writers |= part.writers
        self.received += part.received
        self.recognised |= part.recognised
        self.given += part.given
        self.staff += part.staff
        for number, count in part.by_number.items():
            self.by_number[number] += count
        for number, count in part.received_by_number.items():
            self.received_by_number[number] += count

    def figures(self) -> Figures:
        """The same as plain figures."""
        return Figures(
            self.notes,
            len(self.writers),
            dict(self.by_number),
            self.received,
            len(self.recognised),
            self.given,
            dict(self.received_by_number),
            self.staff,
        )


Sums = defaultdict[Line, _Sum]


class _Lines:
    """Every unit's ancestors in a period; those of a unit moved inside it differ between its `spans`."""

    def __init__(self, rows: Iterable[tuple[int, int, int, int]], period: Span) -> None:
        self._always: defaultdict[int, list[tuple[int, int, int]]] = defaultdict(list)
        cuts = {period.since, period.until}
        self.moved: set[int] = set()
        for unit, ancestor, since, until in rows:
            self._always[unit].append((ancestor, since, until))
            if since > period.since or until < period.until:
                cuts.update(moment for moment in (since, until) if period.since < moment < period.until)
                self.moved.add(unit)
        self.all_moved = len(self.moved) == len(self._always)
        self.spans = [Span(*ends) for ends in pairwise(sorted(cuts))]

    def of(self, unit: int, at: int) -> Line:
        """A unit's ancestors at a moment of the period."""
        return tuple(ancestor for ancestor, since, until in self._always[unit] if since <= at < until)


def tree(tx: Tx, period: Period, view: View, *, today: str) -> dict[int, Figures]:
    """The figures of all units there ever were.

    "then": what was done counts for the unit it was done in and those that unit was in at that moment. "now": it counts
    for where its person is posted today, and for nobody where that is nowhere or the person is not known.
    """
    span = Span(period.since, period.until)
    last = (period.end - timedelta(days=1)).isoformat()
    sums = _now(tx, span, today) if view == "now" else _then(tx, span, last)
    totals = _totals(sums)
    return {unit.id: totals[unit.id].figures() for unit in units.everything(tx)}


def _totals(sums: Sums) -> defaultdict[int, _Sum]:
    """What belongs to each unit of a line: to its last, and then with what its neighbours did to those above."""
    totals: defaultdict[int, _Sum] = defaultdict(_Sum)
    for length in range(max(map(len, sums), default=0), 0, -1):
        for line in [line for line in sums if len(line) == length]:
            part = sums.pop(line)
            sums[line[:-1]].take(part)
            if line[-1] in totals:
                totals[line[-1]].take(part)
            else:
                totals[line[-1]] = part
    return totals


def _then(tx: Tx, period: Span, last: str) -> Sums:
    lines = _Lines(rollups.under(tx, period), period)
    sums: Sums = defaultdict(_Sum)
    if not lines.all_moved:
        _done(tx, sums, lines, period, leave=lines.moved)
    if lines.moved:
        for span in lines.spans:
            _done(tx, sums, lines, Moved(*span, *period), leave=set())
    for unit, people in rollups.homes(tx, day=last):
        sums[lines.of(unit, period.until - 1)].staff += len(people)
    return sums


def _done(tx: Tx, sums: Sums, lines: _Lines, of: Span | Moved, *, leave: set[int]) -> None:
    """Add what units did in a time, but for those to `leave` out."""
    here: dict[int, _Sum] = _Here(sums, lines, of.since, leave)
    for unit, notes, authors in rollups.notes(tx, of):
        here[unit].notes += notes
        here[unit].writers.update(authors)
    for unit, numbers in rollups.numbers(tx, of):
        here[unit].by_number.update(numbers)
    for unit, times, numbers, receivers in rollups.thanks(tx, of):
        here[unit].received += times
        here[unit].received_by_number.update(numbers)
        here[unit].recognised.update(receivers)
    for unit, given in rollups.gifts(tx, of):
        here[unit].given += given


class _Here(dict[int, _Sum]):
    """The sum to which what a unit does at a moment belongs; that of units left out leads nowhere."""

    def __init__(self, sums: Sums, lines: _Lines, at: int, leave: set[int]) -> None:
        super().__init__((unit, _Sum()) for unit in leave)
        self._sums, self._lines, self._at = sums, lines, at

    def __missing__(self, unit: int) -> _Sum:
        self[unit] = self._sums[self._lines.of(unit, self._at)]
        return self[unit]


def _now(tx: Tx, period: Span, today: str) -> Sums:
    found: defaultdict[int, _Sum] = defaultdict(_Sum)
    # A list by the people's keys: looking half a million of them up takes half of what a dict would.
    home = [NOWHERE] * (rollups.newest_person(tx) + 1)
    for unit, people in rollups.homes(tx, day=today):
        found[unit].staff = len(people)
        for person in people:
            home[person] = unit
    _by_home(tx, period, home, found)
    lines: defaultdict[int, list[int]] = defaultdict(list)
    for unit, ancestor in rollups.under_on(tx, day=today):
        lines[unit].append(ancestor)
    sums: Sums = defaultdict(_Sum)
    for unit, part in found.items():
        sums[tuple(lines[unit])].take(part)
    return sums


def _by_home(tx: Tx, period: Span, home: list[int], found: defaultdict[int, _Sum]) -> None:
    """Add what people did to where each of them is."""

    def at_home(people: Iterable[int]) -> Iterable[tuple[int, int]]:
        return Counter(map(home.__getitem__, people)).items()

    for person, count in rollups.authors(tx, period):
        found[home[person]].notes += count
        found[home[person]].writers.add(person)
    for person, count in rollups.givers(tx, period):
        found[home[person]].given += count
    for person, count in Counter(rollups.receivers(tx, period)).items():
        found[home[person]].received += count
        found[home[person]].recognised.add(person)
    for number, people in rollups.authors_by_number(tx, period):
        for unit, count in at_home(people):
            found[unit].by_number[number] += count
    for number, people in rollups.receivers_by_number(tx, period):
        for unit, count in at_home(people):
            found[unit].received_by_number[number] += count
