"""Read models: the figures behind every digest and report, as plain frozen data. Drawings are made elsewhere."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from bot.schedule import millis
from bot.settings import Settings
from storage import note_tags, practice, reports, supports, units
from storage.database import Tx
from storage.notes import NoteRow
from storage.reports import Asked, View
from storage.units import UnitRow

TOP_NOTES = 3
WAITING_SHOWN = 5
# A week is compared with the mean of so many before it.
WEEKS_BEFORE = 4
WEEK_MILLIS = 7 * 24 * 3_600_000
# Answers due within so many days are due soon.
SOON = 7


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
class Usual:
    """What a week had on average of the four before."""

    notes: float
    received: float
    given: float
    tried: float


@dataclass(frozen=True, slots=True)
class Digest:
    """A unit's week: a unit and everything below it. `read` and `tried` are people, `tries` how often; `due_now` is
    how many answers are due in the seven days from today on."""

    unit: UnitRow
    period: Period
    today: str
    view: View
    took_over: tuple[UnitRow, ...]
    staff: int
    usual: Usual
    read: int
    tried: int
    tries: int
    notes: int
    by_number: dict[int, int]
    top: tuple[ListedNote, ...]
    waiting: int
    overdue: int
    due_now: int
    due: tuple[ListedNote, ...]
    received: int
    given: int
    kudos_by_number: dict[int, int]
    silent: int | None


def between(settings: Settings, first: date, end: date) -> Period:
    """A period of whole days in the organisation's time zone."""
    since, until = (millis(datetime.combine(d, time(), settings.zone)) for d in (first, end))
    return Period(first, end, since, until)


def digest(
    tx: Tx, unit_id: int, period: Period, numbers: tuple[int, ...], *, today: str, view: View = "then", least: int = 0
) -> Digest:
    """A unit's digest for a week, of what was done there then or by the people who are there now.

    Of fewer than `least` people nothing is told of who read and tried: it would be about each of them.
    """
    unit = units.get(tx, unit_id)
    assert unit is not None  # noqa: S101 - the caller found it
    asked = Asked(unit_id, period.since, period.until, today, view)
    by_number = reports.unit_notes(tx, asked)
    kudos_by_number = reports.unit_kudos(tx, asked)
    waiting, overdue = reports.count_waiting(tx, unit_id, today=today)
    received, given = reports.unit_kudos_totals(tx, asked)
    staff = practice.staff(tx, unit_id, today=today)
    marked = practice.marked(tx, _days(period, unit_id, today, view)) if staff >= least else {}
    soon = (date.fromisoformat(today) + timedelta(days=SOON)).isoformat()
    return Digest(
        unit=unit,
        period=period,
        today=today,
        view=view,
        took_over=_taken_over(tx, unit_id, period),
        staff=staff,
        usual=_usual(tx, asked, period),
        read=marked["read"].people if "read" in marked else 0,
        tried=marked["tried"].people if "tried" in marked else 0,
        tries=marked["tried"].times if "tried" in marked else 0,
        notes=reports.unit_note_total(tx, asked),
        by_number=by_number,
        top=tuple(_listed(tx, n) for n in reports.unit_top_notes(tx, asked, limit=TOP_NOTES)),
        waiting=waiting,
        overdue=overdue,
        due_now=reports.count_due(tx, unit_id, today=today, until=soon),
        due=tuple(_listed(tx, n) for n in reports.waiting(tx, unit_id, today=today, limit=WAITING_SHOWN)),
        received=received,
        given=given,
        kudos_by_number=kudos_by_number,
        silent=_silent(numbers, by_number, kudos_by_number, period.first),
    )


def _days(period: Period, unit: int, today: str, view: View) -> practice.Days:
    return practice.Days(unit, period.first.isoformat(), period.end.isoformat(), today, view)


def _usual(tx: Tx, asked: Asked, period: Period) -> Usual:
    """The mean of the four weeks before."""
    first = period.first - WEEKS_BEFORE * timedelta(weeks=1)
    asked = asked._replace(since=period.since - WEEKS_BEFORE * WEEK_MILLIS, until=period.since)
    received, given = reports.unit_kudos_totals(tx, asked)
    days = practice.Days(asked.unit, first.isoformat(), period.first.isoformat(), asked.today, asked.view)
    tried = practice.marked(tx, days).get("tried")
    found = (reports.unit_note_total(tx, asked), received, given, tried.times if tried else 0)
    return Usual(*(count / WEEKS_BEFORE for count in found))


def _taken_over(tx: Tx, unit_id: int, period: Period) -> tuple[UnitRow, ...]:
    """Units that became part of this one, wholly and lately enough that their figures are in the period before."""
    earlier = (period.first - (period.end - period.first)).isoformat()
    found = units.taken_over(tx, unit_id)
    return tuple(u for u in found if u.ends_on is not None and u.ends_on > earlier)


def _listed(tx: Tx, note: NoteRow) -> ListedNote:
    if note.audience != "unit":
        # Who wrote it must not travel with the figures, into a file for example.
        note = note._replace(author_id=None, author_ja=None, author_en=None)
    return ListedNote(note, note_tags.of(tx, note.id), len(supports.of(tx, note.id)))


def _silent(numbers: tuple[int, ...], noted: dict[int, int], thanked: dict[int, int], first: date) -> int | None:
    """A principle nobody mentioned; where there are several, another one every week."""
    unsaid = [n for n in numbers if n not in noted and n not in thanked]
    return unsaid[first.toordinal() // 7 % len(unsaid)] if unsaid else None
