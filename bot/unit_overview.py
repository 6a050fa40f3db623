"""How a unit stands, with everything below it, read as it was then or for the people who are there now."""

from collections.abc import Mapping
from dataclasses import dataclass

from bot import spans
from bot.reports import Period
from bot.turn import Turn
from storage import reports, trends, units
from storage.notes import NoteRow
from storage.reports import Asked, View
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
    waiting, overdue = reports.count_waiting(turn.tx, unit.id, today=turn.day)
    return UnitOverview(
        unit,
        _above(turn, unit),
        period,
        view,
        counted(turn, unit.id, period, view),
        counted(turn, unit.id, spans.before(turn, period), view),
        _weeks(turn, unit.id, spans.weeks(turn, period.end), view),
        tuple(_part(turn, one, period, view) for one in trends.parts(turn.tx, unit.id) if _is_there(one, turn.day)),
        waiting,
        overdue,
        trends.staff(turn.tx, unit.id, today=turn.day),
        is_large(turn, unit.id),
    )


def is_large(turn: Turn, unit_id: int) -> bool:
    """Whether there are many units below one."""
    return trends.size(turn.tx, unit_id, today=turn.day) > LARGE


def _part(turn: Turn, unit: UnitRow, period: Period, view: View) -> Part:
    of = Asked(unit.id, period.since, period.until, turn.day, view)
    given = reports.unit_kudos_totals(turn.tx, of)[1]
    return Part(unit, reports.unit_note_total(turn.tx, of), given, reports.unit_notes(turn.tx, of))


def counted(turn: Turn, unit_id: int, period: Period, view: View) -> Counts:
    """What a unit and everything below it did in a period."""
    of = Asked(unit_id, period.since, period.until, turn.day, view)
    received, given = reports.unit_kudos_totals(turn.tx, of)
    return Counts(
        reports.unit_note_total(turn.tx, of),
        received,
        given,
        reports.unit_notes(turn.tx, of),
        reports.unit_kudos(turn.tx, of),
    )


def top_notes(turn: Turn, unit_id: int, period: Period, view: View) -> list[NoteRow]:
    """The most supported notes."""
    return reports.unit_top_notes(turn.tx, Asked(unit_id, period.since, period.until, turn.day, view), limit=TOP)


def due_notes(turn: Turn, unit_id: int) -> list[NoteRow]:
    """What waits for an answer, the most overdue first."""
    return reports.waiting(turn.tx, unit_id, today=turn.day, limit=DUE)


def existing(turn: Turn) -> list[UnitRow]:
    """The units there are today."""
    return [u for u in units.everything(turn.tx) if _is_there(u, turn.day)]


def _weeks(turn: Turn, unit_id: int, found: list[Period], view: View) -> tuple[tuple[Period, int, int], ...]:
    """All weeks in one walk, where they are equally long."""
    whole = spans.stretches(found)
    if whole is None:
        return tuple(week for one in found for week in _weeks(turn, unit_id, [one], view))
    since, until, length = whole
    noted, thanked = trends.of_unit(turn.tx, Asked(unit_id, since, until, turn.day, view), length=length)
    return tuple((period, noted.get(n, 0), thanked.get(n, 0)) for n, period in enumerate(found))


def _above(turn: Turn, unit: UnitRow) -> tuple[UnitRow, ...]:
    """The units it is in, the farthest first."""
    depths = units.above(turn.tx, unit.id, today=turn.day)
    found = (units.get(turn.tx, one) for one, depth in sorted(depths.items(), key=lambda pair: -pair[1]) if depth)
    return tuple(one for one in found if one)


def _is_there(unit: UnitRow, day: str) -> bool:
    return unit.starts_on <= day and (unit.ends_on is None or unit.ends_on > day)
