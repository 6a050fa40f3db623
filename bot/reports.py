"""Read models: the figures behind every digest and report, as plain frozen data. Drawings are made elsewhere."""

from dataclasses import dataclass
from datetime import date, datetime, time

from bot.schedule import millis
from bot.settings import Settings
from storage import note_tags, reports, supports, units
from storage.database import Tx
from storage.notes import NoteRow
from storage.reports import Asked, Recognised, View
from storage.units import UnitRow

TOP_NOTES = 3
WAITING_SHOWN = 5
RECOGNISED_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Period:
    """Days from `first` up to, not with, `end`; `since` and `until` are the same as stored moments."""

    first: date
    end: date
    since: int
    until: int


@dataclass(frozen=True, slots=True)
class ListedNote:
    """A note of a report with its numbers and how many said 「私も」."""

    note: NoteRow
    numbers: tuple[int, ...]
    support: int


@dataclass(frozen=True, slots=True)
class Digest:
    """A unit's week: a unit and everything below it."""

    unit: UnitRow
    period: Period
    today: str
    view: View
    took_over: tuple[UnitRow, ...]
    notes: int
    notes_before: int
    by_number: dict[int, int]
    top: tuple[ListedNote, ...]
    waiting: int
    overdue: int
    due: tuple[ListedNote, ...]
    received: int
    given: int
    kudos_by_number: dict[int, int]
    silent: int | None


@dataclass(frozen=True, slots=True)
class OfPrinciple:
    """One principle in a recognition report."""

    number: int
    notes: int
    kudos: int
    people: int
    givers: int
    recognised: tuple[Recognised, ...]


@dataclass(frozen=True, slots=True)
class Recognition:
    """The organisation's month (or longer)."""

    period: Period
    notes: int
    writers: int
    kudos: int
    states: dict[str, int]
    principles: tuple[OfPrinciple, ...]


def between(settings: Settings, first: date, end: date) -> Period:
    """A period of whole days in the organisation's time zone."""
    since, until = (millis(datetime.combine(d, time(), settings.zone)) for d in (first, end))
    return Period(first, end, since, until)


def digest(
    tx: Tx, unit_id: int, period: Period, numbers: tuple[int, ...], *, today: str, view: View = "then"
) -> Digest:
    """A unit's digest for a week, of what was done there then or by the people who are there now."""
    unit = units.get(tx, unit_id)
    assert unit is not None  # noqa: S101 - the caller found it
    asked = Asked(unit_id, period.since, period.until, today, view)
    before = asked._replace(since=2 * period.since - period.until, until=period.since)
    by_number = reports.unit_notes(tx, asked)
    kudos_by_number = reports.unit_kudos(tx, asked)
    waiting, overdue = reports.count_waiting(tx, unit_id, today=today)
    received, given = reports.unit_kudos_totals(tx, asked)
    top = reports.unit_top_notes(tx, asked, limit=TOP_NOTES)
    return Digest(
        unit,
        period,
        today,
        view,
        _taken_over(tx, unit_id, period),
        reports.unit_note_total(tx, asked),
        reports.unit_note_total(tx, before),
        by_number,
        tuple(_listed(tx, n) for n in top),
        waiting,
        overdue,
        tuple(_listed(tx, n) for n in reports.waiting(tx, unit_id, today=today, limit=WAITING_SHOWN)),
        received,
        given,
        kudos_by_number,
        _silent(numbers, by_number, kudos_by_number, period.first),
    )


def _taken_over(tx: Tx, unit_id: int, period: Period) -> tuple[UnitRow, ...]:
    """Units that became part of this one, wholly and lately enough that their figures are in the period before."""
    earlier = (period.first - (period.end - period.first)).isoformat()
    found = units.taken_over(tx, unit_id)
    return tuple(u for u in found if u.ends_on is not None and u.ends_on > earlier)


def recognition(tx: Tx, period: Period, numbers: tuple[int, ...], *, today: str) -> Recognition:
    """The organisation's recognition report."""
    span = {"since": period.since, "until": period.until}
    states = reports.note_states(tx, **span)
    by_number = reports.notes_by_number(tx, **span)
    return Recognition(
        period,
        sum(states.values()),
        reports.writers(tx, **span),
        reports.kudos_total(tx, **span),
        states,
        tuple(_of_principle(tx, n, by_number.get(n, 0), span, today) for n in numbers),
    )


def _of_principle(tx: Tx, number: int, count: int, span: dict[str, int], today: str) -> OfPrinciple:
    found = reports.of_number(tx, number, **span, today=today, limit=RECOGNISED_SHOWN)
    return OfPrinciple(number, count, found.kudos, found.people, found.givers, found.recognised)


def _listed(tx: Tx, note: NoteRow) -> ListedNote:
    if note.audience != "unit":
        # Who wrote it must not travel with the figures, into a file for example.
        note = note._replace(author_id=None, author_ja=None, author_en=None)
    return ListedNote(note, note_tags.of(tx, note.id), len(supports.of(tx, note.id)))


def _silent(numbers: tuple[int, ...], noted: dict[int, int], thanked: dict[int, int], first: date) -> int | None:
    """A principle nobody mentioned; where there are several, another one every week."""
    unsaid = [n for n in numbers if n not in noted and n not in thanked]
    return unsaid[first.toordinal() // 7 % len(unsaid)] if unsaid else None
