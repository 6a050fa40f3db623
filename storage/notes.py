"""Field notes: the note, its principle numbers, who supports it, how it was answered, and what it was before."""

from typing import NamedTuple

from sqlalchemy import Index, bindparam, func, select, text, update
from sqlmodel import SQLModel

from storage import note_tags
from storage.columns import ERASED, adding, bigint, columns, key, ref
from storage.database import Tx
from storage.note_tags import NoteTag
from storage.people import Person
from storage.statements import Statement
from storage.units import Unit, below

# What waits for the answer of a unit: the condition of an index, which a statement has to say in the same words.
WAITING = f"answered_at IS NULL AND deleted_at IS NULL AND audience <> 'office' AND text <> '{ERASED}'"
# The same of what only the secretariat answers.
OFFICE = "(audience = 'office' OR unit_id IS NULL) AND answered_at IS NULL AND deleted_at IS NULL"


class Note(SQLModel, table=True):
    """A confirmed note. `audience`: unit, anonymous (no name to colleagues), nameless (nobody knows who) or office
    (secretariat only). `receipt` is the hash of what the writer of a nameless note holds.

    `none_offered`: whether "none fits" was offered first; None where nothing was suggested.
    `state`: open, received, considering, adopted, done, declined. `plain` is the text as search sees it.
    """

    __tablename__ = "note"
    __table_args__ = (
        # All that counting the notes of units needs.
        Index("ix_note_unit_at", "unit_id", "at", "author_id", "deleted_at", "audience"),
        Index("ix_note_author_at", "author_id", "at"),
        Index("ix_note_at", "at"),
        Index(
            "ix_note_counted_state",
            "state",
            "at",
            sqlite_where=text("deleted_at IS NULL AND audience <> 'office'"),
            postgresql_where=text("deleted_at IS NULL AND audience <> 'office'"),
        ),
        Index(
            "ix_note_counted_writer",
            "author_id",
            "at",
            sqlite_where=text("deleted_at IS NULL AND audience <> 'office'"),
            postgresql_where=text("deleted_at IS NULL AND audience <> 'office'"),
        ),
        Index(
            "ix_note_waiting",
            "unit_id",
            "due_on",
            sqlite_where=text(WAITING),
            postgresql_where=text(WAITING),
        ),
        Index("ix_note_office", "due_on", "id", sqlite_where=text(OFFICE), postgresql_where=text(OFFICE)),
        Index(
            "ix_note_decided",
            "state",
            "answered_at",
            "at",
            "unit_id",
            sqlite_where=text("answered_at IS NOT NULL AND deleted_at IS NULL AND audience <> 'office'"),
            postgresql_where=text("answered_at IS NOT NULL AND deleted_at IS NULL AND audience <> 'office'"),
        ),
        Index("uq_note_receipt", "receipt", unique=True),
        Index("ix_note_pending", "id", sqlite_where=text("indexed = 0"), postgresql_where=text("NOT indexed")),
    )

    id: int | None = key()
    author_id: int | None = ref("person.id", null=True)
    unit_id: int | None = ref("unit.id", null=True)
    kind: str
    text: str
    plain: str
    audience: str
    pack: str
    version: str
    state: str = "open"
    reason: str = ""
    due_on: str
    at: int = bigint()
    answered_at: int | None = bigint(null=True)
    deleted_at: int | None = bigint(null=True)
    indexed: bool = False
    none_offered: bool | None = None
    receipt: str | None = None


class NoteEdit(SQLModel, table=True):
    """What a note was before its writer changed or deleted it."""

    __tablename__ = "note_edit"

    id: int | None = key()
    note_id: int = ref("note.id", index=True)
    what: str
    text: str
    kind: str
    numbers: str
    at: int = bigint()


class NoteRow(NamedTuple):
    """A note as features see it; who may see the author is decided in `bot`."""

    id: int
    author_id: int | None
    author_ja: str | None
    author_en: str | None
    unit_id: int | None
    unit_ja: str | None
    unit_en: str | None
    kind: str
    text: str
    audience: str
    pack: str
    version: str
    state: str
    reason: str
    due_on: str
    at: int
    answered_at: int | None
    deleted_at: int | None
    indexed: bool


_note, _tag, _edit = columns(Note), columns(NoteTag), columns(NoteEdit)
_person, _unit = columns(Person), columns(Unit)

fields = (
    _note.id,
    _note.author_id,
    _person.name_ja,
    _person.name_en,
    _note.unit_id,
    _unit.name_ja,
    _unit.name_en,
    *(
        _note[name]
        for name in (
            "kind",
            "text",
            "audience",
            "pack",
            "version",
            "state",
            "reason",
            "due_on",
            "at",
            "answered_at",
            "deleted_at",
            "indexed",
        )
    ),
)
rows = (
    select(*fields)
    .select_from(Note)
    .outerjoin(Person, _person.id == _note.author_id)
    .outerjoin(Unit, _unit.id == _note.unit_id)
)

_add = Statement(
    adding(
        Note,
        "author_id",
        "unit_id",
        "kind",
        "text",
        "plain",
        "audience",
        "pack",
        "version",
        "due_on",
        "at",
        "none_offered",
        "receipt",
    )
    .values(state="open", reason="", indexed=False)
    .returning(_note.id)
)
_get = Statement(rows.where(_note.id == bindparam("id")), NoteRow)
_hold = Statement(select(_note.id).where(_note.id == bindparam("id")).with_for_update())
_change = Statement(
    update(Note)
    .where(_note.id == bindparam("note"))
    .values(
        text=bindparam("words"),
        plain=bindparam("folded"),
        kind=bindparam("sort"),
        pack=bindparam("by_pack"),
        version=bindparam("by_version"),
        indexed=False,
    )
)
_delete = Statement(
    update(Note).where(_note.id == bindparam("note"), _note.deleted_at.is_(None)).values(deleted_at=bindparam("now"))
)
_add_edit = Statement(adding(NoteEdit, "note_id", "what", "text", "kind", "numbers", "at"))
_edits = Statement(
    select(_edit.what, _edit.text, _edit.kind, _edit.numbers, _edit.at)
    .where(_edit.note_id == bindparam("note"))
    .order_by(_edit.id)
)
_mine = Statement(
    rows.where(_note.author_id == bindparam("person"), _note.deleted_at.is_(None))
    .order_by(_note.at.desc(), _note.id.desc())
    .limit(bindparam("limit")),
    NoteRow,
)
_count_mine = Statement(select(func.count()).where(_note.author_id == bindparam("person"), _note.deleted_at.is_(None)))
_by_receipt = Statement(rows.where(_note.receipt == bindparam("receipt")), NoteRow)
_recent = Statement(
    rows.where(
        _note.unit_id.in_(below),
        _note.at >= bindparam("since"),
        _note.deleted_at.is_(None),
        _note.audience != "office",
        _note.text != ERASED,
    )
    .order_by(_note.at.desc(), _note.id.desc())
    .limit(bindparam("limit")),
    NoteRow,
)
_latest = Statement(
    rows.join(NoteTag, _tag.note_id == _note.id)
    .where(
        _tag.counts_as == bindparam("number"),
        _tag.at >= bindparam("since"),
        _note.deleted_at.is_(None),
        _note.audience != "office",
        _note.text != ERASED,
    )
    .order_by(_tag.at.desc(), _note.id.desc())
    .limit(1),
    NoteRow,
)


def add(
    tx: Tx,
    *,
    author_id: int | None,
    unit_id: int | None,
    kind: str,
    text: str,
    plain: str,
    audience: str,
    pack: str,
    version: str,
    due_on: str,
    at: int,
    numbers: tuple[int, ...],
    ranked: tuple[int, ...] = (),
    none_offered: bool | None = None,
    receipt: str | None = None,
) -> int:
    """Store a confirmed note with its numbers; `ranked` is what was suggested, likeliest first. Returns its key."""
    note_id = int(
        tx.value(
            _add,
            author_id=author_id,
            unit_id=unit_id,
            kind=kind,
            text=text,
            plain=plain,
            audience=audience,
            pack=pack,
            version=version,
            due_on=due_on,
            at=at,
            none_offered=none_offered,
            receipt=receipt,
        )
    )
    office = audience == "office"
    note_tags.add(tx, note_id, numbers, at=at, unit_id=unit_id, office=office, author_id=author_id, ranked=ranked)
    return note_id


def get(tx: Tx, note_id: int) -> NoteRow | None:
    """A note by key, deleted ones too."""
    return tx.one(_get, id=note_id)


def hold(tx: Tx, note_id: int) -> None:
    """Have whoever else changes this note wait until this transaction ends; SQLite has one writer anyway."""
    tx.value(_hold, id=note_id)


def change(
    tx: Tx,
    note: NoteRow,
    *,
    text: str,
    plain: str,
    kind: str,
    numbers: tuple[int, ...],
    edition: tuple[str, str],
    at: int,
) -> None:
    """Give a note other words, kind or numbers, of an edition (pack, version); what it was is kept."""
    _keep(tx, note, "edit", at)
    pack, version = edition
    tx.run(_change, note=note.id, words=text, folded=plain, sort=kind, by_pack=pack, by_version=version)
    note_tags.drop(tx, note.id)
    office = note.audience == "office"
    note_tags.add(tx, note.id, numbers, at=note.at, unit_id=note.unit_id, office=office, author_id=note.author_id)


def remove(tx: Tx, note: NoteRow, *, at: int) -> bool:
    """Delete a note from every list and count; what it was is kept in its history."""
    _keep(tx, note, "delete", at)
    note_tags.drop(tx, note.id)
    return tx.run(_delete, note=note.id, now=at) == 1


def history(tx: Tx, note_id: int) -> list[tuple[str, str, str, str, int]]:
    """(what was done, earlier text, kind, numbers, moment) of every change."""
    return tx.all(_edits, note=note_id)


def mine(tx: Tx, person_id: int, *, limit: int) -> list[NoteRow]:
    """A person's own notes, newest first."""
    return tx.all(_mine, person=person_id, limit=limit)


def count_mine(tx: Tx, person_id: int) -> int:
    """How many notes a person wrote."""
    return int(tx.value(_count_mine, person=person_id))


def latest(tx: Tx, number: int, *, since: int) -> NoteRow | None:
    """The newest note of a principle that colleagues may read."""
    return tx.one(_latest, number=number, since=since)


def recent(tx: Tx, unit: int, *, since: int, today: str, limit: int) -> list[NoteRow]:
    """The newest notes of a unit and below that colleagues may read."""
    return tx.all(_recent, unit=unit, since=since, today=today, limit=limit)


def by_receipt(tx: Tx, receipt: str) -> NoteRow | None:
    """The nameless note whose writer holds a receipt with this hash."""
    return tx.one(_by_receipt, receipt=receipt)


def _keep(tx: Tx, note: NoteRow, what: str, at: int) -> None:
    earlier = ",".join(map(str, note_tags.as_tagged(tx, note.id)))
    tx.run(_add_edit, note_id=note.id, what=what, text=note.text, kind=note.kind, numbers=earlier, at=at)
