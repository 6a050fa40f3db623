"""Notes to read page by page, narrowed by words, principle, unit, days, kind and state."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from bot import note_view, spans
from bot.find import LONGEST, MOST_WORDS
from bot.people import Thing, may
from bot.schedule import millis
from bot.turn import Refusal, Turn
from bot.unit_overview import is_large
from storage import note_tags, notes, search, steps, supports, units
from storage.notes import NoteRow
from storage.search import Wanted, fold

PAGE = 20
COUNTED = 1_000
STATES = ("open", "received", "considering", "adopted", "done", "declined")


@dataclass(frozen=True, slots=True)
class Filter:
    """What is looked for; "" and None are anything. `unit` is a code, days are both included."""

    words: str = ""
    number: int | None = None
    unit: str = ""
    first: date | None = None
    last: date | None = None
    kind: str = ""
    state: str = ""
    page: int = 1


@dataclass(frozen=True, slots=True)
class Entry:
    """A note as its reader may see it: `by` says no more than that."""

    note: NoteRow
    by: str
    day: date
    numbers: tuple[int, ...]
    support: int


@dataclass(frozen=True, slots=True)
class Listing:
    """A page of what was found. `total` is counted no further than `COUNTED`; there are no pages beyond."""

    entries: tuple[Entry, ...]
    total: int
    page: int
    pages: int

    @property
    def is_more(self) -> bool:
        """Whether there is more than can be leafed through."""
        return self.total >= COUNTED


def found(turn: Turn, of: Filter) -> Listing:
    """A page of notes, newest first; raises `Refusal` for what cannot be looked for, and for a page there is not."""
    wanted = _wanted(turn, of)
    total = search.count(turn.tx, wanted, limit=COUNTED)
    last = pages(total)
    check_page(of.page, last)
    rows = search.find(turn.tx, wanted, limit=PAGE, offset=(of.page - 1) * PAGE)
    return Listing(tuple(entry(turn, note) for note in rows), total, of.page, last)


def newest(turn: Turn, of: Filter, *, limit: int) -> tuple[Entry, ...]:
    """The first few of a list, when nobody leafs through it."""
    return tuple(entry(turn, note) for note in search.find(turn.tx, _wanted(turn, of), limit=limit))


def pages(total: int) -> int:
    """How many pages there are; an empty list has one."""
    return max(1, -(-total // PAGE))


def check_page(page: int, last: int) -> None:
    """Refuse a page there is not."""
    if not 1 <= page <= last:
        raise Refusal("dashboard.no_such_page", n=last)


def entry(turn: Turn, note: NoteRow) -> Entry:
    """A note with what its reader may know."""
    named = may(turn, "note.name", note_view.thing(note))
    by = note_view.by_line(turn.t, note, turn.lang, named=named)
    numbers, support = note_tags.of(turn.tx, note.id), len(supports.of(turn.tx, note.id))
    return Entry(note, by, turn.local(note.at).date(), numbers, support)


def one(turn: Turn, note_id: int) -> tuple[Entry, tuple[tuple[datetime, str, str], ...]] | None:
    """A note and (moment, state, reason) of every answer, if there is one its reader may see."""
    note = notes.get(turn.tx, note_id)
    if note is None or note.deleted_at is not None or not may(turn, "note.see", note_view.thing(note)):
        return None
    taken = tuple((turn.local(at), state, reason) for state, reason, at in steps.of(turn.tx, note.id))
    return entry(turn, note), taken


def _wanted(turn: Turn, of: Filter) -> Wanted:
    if len(of.words) > LONGEST or len(of.words.split()) > MOST_WORDS:
        raise Refusal("find.too_long", longest=LONGEST, words=MOST_WORDS)
    if of.first and of.last and of.last < of.first:
        raise Refusal("dashboard.reversed")
    if of.first and of.first > turn.today:
        raise Refusal("dashboard.in_future", day=turn.today)
    if any(day and day < spans.OLDEST for day in (of.first, of.last)):
        raise Refusal("dashboard.too_old", year=str(spans.OLDEST.year))
    unit = _unit(turn, of.unit)
    return Wanted(
        tuple(fold(of.words).split()),
        of.number,
        unit,
        _start(turn, of.first),
        turn.me.id,
        office=may(turn, "note.see", Thing(audience="office")),
        until=_start(turn, of.last and min(of.last, turn.today) + timedelta(days=1)),
        kind=of.kind,
        state=of.state,
        large=unit is not None and is_large(turn, unit),
    )


def _unit(turn: Turn, code: str) -> int | None:
    if not code:
        return None
    unit = units.by_code(turn.tx, code)
    if unit is None:
        raise Refusal("dashboard.no_unit")
    return unit.id


def _start(turn: Turn, day: date | None) -> int | None:
    return None if day is None else millis(datetime.combine(day, time(), turn.settings.zone))
