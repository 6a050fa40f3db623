"""What was learnt from confirmed notes: which notes to learn from, and every attempt with what it brought."""

from typing import NamedTuple

from sqlalchemy import and_, bindparam, case, exists, false, func, or_, select
from sqlmodel import SQLModel

from storage.columns import ERASED, adding, bigint, columns, key
from storage.database import Tx
from storage.note_tags import NoteTag
from storage.notes import Note
from storage.statements import Statement

# How many suggestions are shown at once.
SHOWN = 3
# No note has a number above this.
EVERY = 2**62


class Lesson(SQLModel, table=True):
    """An attempt to learn from the organisation's notes, and whether suggestions are made by what it brought.

    `through` is the newest note it looked at. `hits_…` and `firsts_…` count notes of the held-out part with a right
    number among the first three, and in the first place, before and after.
    """

    __tablename__ = "lesson"

    id: int | None = key()
    pack: str
    version: str
    through: int = bigint()
    notes: int
    held_out: int
    hits_before: int
    hits_after: int
    firsts_before: int
    firsts_after: int
    adopted: bool
    at: int = bigint()


class LessonRow(NamedTuple):
    """An attempt as features see it."""

    id: int
    pack: str
    version: str
    through: int
    notes: int
    held_out: int
    hits_before: int
    hits_after: int
    firsts_before: int
    firsts_after: int
    adopted: bool
    at: int


class Confirmed(NamedTuple):
    """A note with the numbers a person chose for it; none at all means that no principle fits."""

    id: int
    text: str
    numbers: tuple[int, ...]


class Chosen(NamedTuple):
    """How suggestions did on notes that were confirmed.

    `firsts`: the first suggestion was chosen; `hits`: one of the first three; `silent`: "none fits" was offered first
    and chosen.
    """

    notes: int
    firsts: int
    hits: int
    about_nothing: int
    silent: int


class OfNumber(NamedTuple):
    """How often a principle was chosen where principles were suggested; as the first, and as one of the first three."""

    number: int
    notes: int
    firsts: int
    hits: int


_lesson, _note, _tag = columns(Lesson), columns(Note), columns(NoteTag)
_names = tuple(name for name in LessonRow._fields if name != "id")
_add = Statement(adding(Lesson, *_names))
_rows = select(*(_lesson[name] for name in LessonRow._fields)).where(
    _lesson.pack == bindparam("pack"), _lesson.version == bindparam("version")
)
_newest = Statement(_rows.order_by(_lesson.id.desc()).limit(1), LessonRow)
_every = Statement(_rows.order_by(_lesson.id.desc()).limit(bindparam("limit")), LessonRow)
# Notes for the secretariat alone are nobody's lesson.
_open = and_(_note.deleted_at.is_(None), _note.audience != "office", _note.text != ERASED)
_texts = Statement(
    select(_note.id, _note.text)
    .where(
        _open,
        _note.id <= bindparam("through"),
        # A note whose principles are all gone is not one that fitted none.
        or_(
            ~exists().where(_tag.note_id == _note.id),
            exists().where(_tag.note_id == _note.id, _tag.counts_as.is_not(None)),
        ),
    )
    .order_by(_note.id.desc())
    .limit(bindparam("limit"))
)
_tags = Statement(
    select(_tag.note_id, _tag.counts_as)
    .where(_tag.note_id >= bindparam("first"), _tag.counts_as.is_not(None))
    .order_by(_tag.note_id, _tag.number)
)
_during = and_(_note.at >= bindparam("since"), _note.at < bindparam("until"))
_best = (
    select(_tag.note_id, func.min(_tag.rank).label("rank"))
    .where(
        _tag.at >= bindparam("since"),
        _tag.at < bindparam("until"),
        _tag.rank.is_not(None),
        _tag.office == false(),
    )
    .group_by(_tag.note_id)
    .subquery()
)
_ranks = Statement(select(_best.c.rank, func.count()).group_by(_best.c.rank))
# Only notes that were suggested something: a number of theirs has a rank, unless nothing that was suggested fitted.
_by_number = Statement(
    select(
        _tag.counts_as,
        func.count(),
        func.count(case((_tag.rank == 1, 1))),
        func.count(case((_tag.rank <= SHOWN, 1))),
    )
    .where(
        _tag.at >= bindparam("since"),
        _tag.at < bindparam("until"),
        _tag.rank.is_not(None),
        _tag.counts_as.is_not(None),
        _tag.office == false(),
    )
    .group_by(_tag.counts_as)
    .order_by(_tag.counts_as),
    OfNumber,
)
_about_nothing = Statement(
    select(_note.none_offered, func.count())
    .where(_during, _open, _note.none_offered.is_not(None), ~exists().where(_tag.note_id == _note.id))
    .group_by(_note.none_offered)
)


def confirmed(tx: Tx, *, limit: int, through: int = EVERY) -> list[Confirmed]:
    """The newest confirmed notes up to one with their numbers, oldest first."""
    texts = tx.all(_texts, limit=limit, through=through)
    if not texts:
        return []
    numbers: dict[int, list[int]] = {}
    for note_id, number in tx.all(_tags, first=texts[-1][0]):
        numbers.setdefault(note_id, []).append(number)
    return [Confirmed(i, text, tuple(numbers.get(i, ()))) for i, text in reversed(texts)]


def add(tx: Tx, lesson: LessonRow) -> None:
    """Write down an attempt; its id is given by the database."""
    tx.run(_add, **{name: getattr(lesson, name) for name in _names})


def newest(tx: Tx, pack: str, version: str) -> LessonRow | None:
    """The last attempt for a version: it alone says whether the organisation's notes are used, and which."""
    return tx.one(_newest, pack=pack, version=version)


def attempts(tx: Tx, pack: str, version: str, *, limit: int) -> list[LessonRow]:
    """The last attempts for a version, newest first."""
    return tx.all(_every, pack=pack, version=version, limit=limit)


def chosen(tx: Tx, *, since: int, until: int) -> Chosen:
    """How suggestions did on the notes of a period; what was tagged without any is left out."""
    ranks: dict[int, int] = dict(tx.all(_ranks, since=since, until=until))
    silent: dict[bool, int] = dict(tx.all(_about_nothing, since=since, until=until))
    hits = sum(n for rank, n in ranks.items() if rank <= SHOWN)
    return Chosen(sum(ranks.values()), ranks.get(1, 0), hits, sum(silent.values()), silent.get(True, 0))


def by_number(tx: Tx, *, since: int, until: int) -> list[OfNumber]:
    """How often each principle that was chosen had been suggested."""
    return tx.all(_by_number, since=since, until=until)
