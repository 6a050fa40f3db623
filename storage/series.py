"""What reports count, as columns of numbers: thanks, notes, what was read and tried, each a row per deed.

A deed belongs to a chunk of about a week, by which whole columns are kept (`storage.segments`): seven days of moments;
of days those of a month by seven, so that months begin with one.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Integer, and_, bindparam, case, cast, func, literal_column, select

from storage.columns import columns, numbers
from storage.daily import Mark
from storage.kudos import Kudos, KudosTag
from storage.note_tags import NoteTag
from storage.notes import Note
from storage.statements import Statement

WEEK = 7
CHUNK = WEEK * 86_400_000
# How many chunks a month of days has.
PARTS = 5
UNITS, PEOPLE = "units", "people"
SMALL, PLAIN, LONG, NAMED = "<i2", "<i4", "<i8", "named"
_tag, _kudos, _note, _note_tag, _mark = map(columns, (KudosTag, Kudos, Note, NoteTag, Mark))


@dataclass(frozen=True, slots=True)
class Series:
    """A table as columns: their kinds (`NAMED` is a text of few different ones), and its rows of some time.

    `by_day`: time is a day such as 20261124, else a moment in milliseconds. `made` is what the rows hold, in order.
    """

    table: str
    kinds: dict[str, str]
    rows: Statement[Any]
    made: tuple[str, ...]
    by_day: bool = False
    # The same of some units, or by and to some people, on SQLite (True) or PostgreSQL.
    narrow: Mapping[tuple[str, bool], Statement[Any]] = field(default_factory=dict)

    def only(self, names: Collection[str]) -> "Series":
        """The same without columns that are not wanted; time is always there."""
        return replace(self, kinds={name: kind for name, kind in self.kinds.items() if name in {*names, self.time}})

    @property
    def time(self) -> str:
        """The column of time."""
        return "day" if self.by_day else "at"

    def chunk(self, time: int) -> int:
        """The chunk that a day or moment is in."""
        return _part(time) if self.by_day else time // CHUNK

    def chunk_of(self, day: date) -> int:
        """The chunk that the beginning of a day (in UTC) is in."""
        moment = datetime(day.year, day.month, day.day, tzinfo=UTC)
        return self.chunk(int(f"{day:%Y%m%d}") if self.by_day else int(moment.timestamp()) * 1_000)

    def span(self, chunk: int) -> tuple[int, int]:
        """The time of a chunk: from, up to and not with."""
        return (_opens(chunk), _opens(chunk + 1)) if self.by_day else (chunk * CHUNK, (chunk + 1) * CHUNK)


def _part(day: int) -> int:
    months = day // 10_000 * 12 + day // 100 % 100 - 1
    return months * PARTS + (day % 100 - 1) // WEEK


def _opens(chunk: int) -> int:
    months, part = divmod(chunk, PARTS)
    return months // 12 * 10_000 + (months % 12 + 1) * 100 + 1 + part * WEEK


def _series(
    table: Any,
    kinds: dict[str, str],
    made: dict[str, Any],
    *standing: Any,
    who: Any,
    joined: Callable[[Any], Any] = lambda q: q,
) -> Series:
    """Rows come in an order that tells nothing of when they were written; `who` is the column of `PEOPLE`."""
    named = {name: made.get(name, table.get(name)).label(name) for name in kinds}
    during = and_(table.at >= bindparam("since"), table.at < bindparam("until"), *standing)
    rows = joined(select(*named.values())).where(during).order_by(table.at)
    narrow = {
        (by, sqlite): Statement(rows.where(column.in_(numbers("some", sqlite=sqlite))))
        for by, column in ((UNITS, table.unit_id), (PEOPLE, who))
        for sqlite in (True, False)
    }
    return Series(table.at.table.name, kinds, Statement(rows), tuple(kinds), narrow=narrow)


def _flag(condition: Any) -> Any:
    return case((condition, 1), else_=0)


def _or_none(column: Any) -> Any:
    return func.coalesce(column, 0)


# Of keys, 0 is none. Those of people may be far below zero (`bot.forget`).
THANKS = _series(
    _tag,
    {
        "number": SMALL,
        "receiver": LONG,
        "giver": LONG,
        "unit": PLAIN,
        "giver_unit": PLAIN,
        "lead": SMALL,
        "kudos": LONG,
        "at": LONG,
    },
    {
        "number": _or_none(_tag.counts_as),
        "receiver": _tag.receiver_id,
        "giver": _tag.giver_id,
        "unit": _or_none(_tag.unit_id),
        "giver_unit": _or_none(_tag.giver_unit_id),
        "lead": _flag(_tag.lead),
        "kudos": _tag.kudos_id,
    },
    who=_tag.receiver_id,
)
GIFTS = _series(
    _kudos,
    {"kudos": LONG, "giver": LONG, "unit": PLAIN, "public": SMALL, "at": LONG},
    {
        "kudos": _kudos.id,
        "giver": _kudos.giver_id,
        "unit": _or_none(_kudos.unit_id),
        "public": _flag(_kudos.public),
    },
    _kudos.taken_back_at.is_(None),
    who=_kudos.giver_id,
)
# Whoever did not put their name to a note is nobody here: a count of different people would tell who it was.
_author = case((_note.audience == literal_column("'unit'"), _or_none(_note.author_id)), else_=0)
NOTES = _series(
    _note,
    {"author": LONG, "unit": PLAIN, "state": NAMED, "at": LONG},
    {"author": _author, "unit": _or_none(_note.unit_id)},
    _note.deleted_at.is_(None),
    _note.audience != literal_column("'office'"),
    who=_note.author_id,
)
TAGS = _series(
    _note_tag,
    {"number": SMALL, "author": LONG, "unit": PLAIN, "at": LONG},
    {
        "number": _or_none(_note_tag.counts_as),
        "author": _author,
        "unit": _or_none(_note_tag.unit_id),
    },
    ~_note_tag.office,
    who=_note.author_id,
    joined=lambda found: found.join(Note, _note.id == _note_tag.note_id),
)
_day = cast(func.replace(_mark.day, literal_column("'-'"), literal_column("''")), Integer)
_marked = {"person": LONG, "number": SMALL, "tried": SMALL, "unit": PLAIN, "facet": NAMED, "day": PLAIN}
MARKS = Series(
    "mark",
    _marked,
    Statement(
        select(
            _mark.person_id.label("person"),
            _mark.number,
            _flag(_mark.what == literal_column("'tried'")).label("tried"),
            _or_none(_mark.unit_id).label("unit"),
            _mark.facet,
            _day.label("day"),
        ).where(_mark.day >= bindparam("since"), _mark.day < bindparam("until"))
    ),
    tuple(_marked),
    by_day=True,
)
EVERY = (THANKS, GIFTS, NOTES, TAGS, MARKS)
