"""The principle numbers of notes: as they were given, what they count for now, and their rank among suggestions."""

from sqlalchemy import Index, bindparam, delete, select
from sqlmodel import Field, SQLModel

from storage.columns import adding, bigint, columns, ref
from storage.database import Tx
from storage.statements import Statement


class NoteTag(SQLModel, table=True):
    """A principle number of a note, with what roll-ups need beside it so that they read this table alone.

    `number` is as it was tagged, `counts_as` the number it counts for in the version of the principles in use: None
    where that version has none left. `rank` is its place among the suggestions, 1 for the first; None without any.
    """

    __tablename__ = "note_tag"
    __table_args__ = (
        Index("ix_note_tag_number_at", "counts_as", "at", "office", "author_id"),
        Index("ix_note_tag_unit_at", "unit_id", "at", "counts_as", "office"),
        Index("ix_note_tag_at", "at"),
        {"sqlite_with_rowid": False},
    )

    note_id: int = ref("note.id", primary=True)
    number: int = Field(primary_key=True)
    at: int = bigint()
    unit_id: int | None = bigint(null=True)
    office: bool = False
    counts_as: int | None = None
    rank: int | None = None
    author_id: int | None = bigint(null=True)


_tag = columns(NoteTag)
_of = Statement(
    select(_tag.counts_as)
    .where(_tag.note_id == bindparam("note"), _tag.counts_as.is_not(None))
    .order_by(_tag.counts_as)
)
_tagged = Statement(select(_tag.number).where(_tag.note_id == bindparam("note")).order_by(_tag.number))
_add = Statement(
    adding(
        NoteTag, "note_id", "number", "at", "unit_id", "office", "counts_as", "rank", "author_id"
    ).on_conflict_do_nothing()
)
_drop = Statement(delete(NoteTag).where(_tag.note_id == bindparam("note")))


def add(
    tx: Tx,
    note_id: int,
    numbers: tuple[int, ...],
    *,
    at: int,
    unit_id: int | None,
    office: bool,
    author_id: int | None = None,
    ranked: tuple[int, ...] = (),
) -> None:
    """Give a note its numbers, of the version in use."""
    row = {"note_id": note_id, "at": at, "unit_id": unit_id, "office": office, "author_id": author_id}
    tx.many(_add, [row | {"number": n, "counts_as": n, "rank": rank_in(ranked, n)} for n in numbers])


def rank_in(ranked: tuple[int, ...], number: int) -> int | None:
    """The place of a number among suggestions, 1 for the first; None where nothing was suggested."""
    return ranked.index(number) + 1 if number in ranked else None


def of(tx: Tx, note_id: int) -> tuple[int, ...]:
    """The principle numbers a note counts for now, in order."""
    return tuple(row[0] for row in tx.all(_of, note=note_id))


def as_tagged(tx: Tx, note_id: int) -> tuple[int, ...]:
    """The numbers a note was given, in the version of the principles it names."""
    return tuple(row[0] for row in tx.all(_tagged, note=note_id))


def drop(tx: Tx, note_id: int) -> None:
    """Take all numbers from a note."""
    tx.run(_drop, note=note_id)
