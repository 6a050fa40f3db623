"""How a unit stands, with everything below it, read as it was then or for the people who are there now."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from bot import spans
from bot.deeds_of import Done, Placed, done, done_in, placed
from bot.reports import Period
from bot.turn import Turn
from storage import reports, sizes, units
from storage.notes import NoteRow
from storage.reports import Asked, View
from storage.rollups import Span
from storage.units import UnitRow

TOP, DUE = 3, 5
# Of a unit with more units below it no single notes are shown: finding them takes long, and others answer them.
LARGE = 100


@dataclass(frozen=True, slots=True)
class Counts:
    """What a unit did in a time."""

    notes: int
    received: int
    given: int
    by_number: Mapping[int, int]
    kudos_by_number: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class Part:
    """What a unit below did."""

    unit: UnitRow
    notes: int
    given: int
    by_number: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class UnitOverview:
    """A unit's period, the same days before, its last weeks, and the units in it. `staff` is who is there today."""

    unit: UnitRow
    above: tuple[UnitRow, ...]
    period: Period
    view: View
    now: Counts
    before: Counts
    weeks: tuple[tuple[Period, int, int], ...]
    parts: tuple[Part, ...]
    waiting: int
    overdue: int
    staff: int
    large: bool


def build(turn: Turn, unit: UnitRow, period: Period, view: View) -> UnitOverview:
    """A unit's figures; the caller asked `may`."""
    before, weeks = spans.before(turn, period), spans.weeks(turn, period.end)
    parts = [one for one in sizes.parts(turn.tx, unit.id) if _is_there(one, turn.day)]
    large = is_large(turn, unit.id)
    found = _placed(turn, (before, period, *weeks), view, [unit, *parts], large=large)
    mine = found.of(unit.id)
    waiting, overdue = reports.count_waiting(turn.tx, unit.id, today=turn.day)
    return UnitOverview(
        unit,
        _above(turn, unit),
        period,
        view,
        _counts(mine.during(period.since, period.until)),
        _counts(mine.during(before.since, before.until)),
        tuple(_week(mine, week) for week in weeks),
        tuple(_parts(found, parts, period)),
        waiting,
        overdue,
        sizes.staff(turn.tx, unit.id, today=turn.day),
        large,
    )


def _placed(turn: Turn, periods: Sequence[Period], view: View, found: Sequence[UnitRow], *, large: bool) -> Placed:
    """What counts for a unit, the first, and the others, which lie in it, in any of some periods."""
    tx, day = turn.tx, turn.day
    span = Span(min(one.since for one in periods), max(one.until for one in periods))
    what = done(tx, *span) if large else done_in(tx, span, view, found[0].id, today=day)
    return placed(tx, what, span, view, today=day, above={one.id for one in found})


def _counts(found: Done) -> Counts:
    return Counts(len(found.notes), found.received, len(found.gifts), found.notes_by_number(), found.kudos_by_number())


def _week(found: Done, week: Period) -> tuple[Period, int, int]:
    of = found.during(week.since, week.until)
    return week, len(of.notes), of.received


def _parts(found: Placed, parts: Iterable[UnitRow], period: Period) -> Iterator[Part]:
    """What each of some units did in a period."""
    ancestry, of = found.ancestry, found.done.during(period.since, period.until)
    notes, given = ancestry.times(found.place(of.notes, "author")), ancestry.times(found.place(of.gifts, "giver"))
    tags = of.tags.where(of.tags["number"] != 0)
    by_number = ancestry.times_by(found.place(tags, "author"), tags["number"])
    for unit in parts:
        yield Part(unit, notes.get(unit.id, 0), given.get(unit.id, 0), by_number.get(unit.id, {}))


def is_large(turn: Turn, unit_id: int) -> bool:
    """Whether there are many units below one."""
    return sizes.size(turn.tx, unit_id, today=turn.day) > LARGE


def top_notes(turn: Turn, unit_id: int, period: Period, view: View) -> list[NoteRow]:
    """The most supported notes."""
    return reports.unit_top_notes(turn.tx, Asked(unit_id, period.since, period.until, turn.day, view), limit=TOP)


def due_notes(turn: Turn, unit_id: int) -> list[NoteRow]:
    """What waits for an answer, the most overdue first."""
    return reports.waiting(turn.tx, unit_id, today=turn.day, limit=DUE)


def existing(turn: Turn) -> list[UnitRow]:
    """The units there are today."""
    return [u for u in units.everything(turn.tx) if _is_there(u, turn.day)]


def _above(turn: Turn, unit: UnitRow) -> tuple[UnitRow, ...]:
    """The units it is in, the farthest first."""
    depths = units.above(turn.tx, unit.id, today=turn.day)
    found = (units.get(turn.tx, one) for one, depth in sorted(depths.items(), key=lambda pair: -pair[1]) if depth)
    return tuple(one for one in found if one)


def _is_there(unit: UnitRow, day: str) -> bool:
    return unit.starts_on <= day and (unit.ends_on is None or unit.ends_on > day)
