"""「私も」: who else sees what a note says, each person once."""

from sqlalchemy import bindparam, delete, select
from sqlmodel import SQLModel

from storage.columns import adding, bigint, columns, ref
from storage.database import Tx
from storage.statements import Statement


class NoteSupport(SQLModel, table=True):
    """One person's 「私も」, once."""

    __tablename__ = "note_support"
    __table_args__ = {"sqlite_with_rowid": False}

    note_id: int = ref("note.id", primary=True)
    person_id: int = ref("person.id", primary=True)
    at: int = bigint()


_support = columns(NoteSupport)
_add_support = Statement(
    adding(NoteSupport, "note_id", "person_id", "at").on_conflict_do_nothing().returning(_support.note_id)
)
_drop_support = Statement(
    delete(NoteSupport).where(_support.note_id == bindparam("note"), _support.person_id == bindparam("person"))
)
_supporters = Statement(select(_support.person_id).where(_support.note_id == bindparam("note")).order_by(_support.at))


def add(tx: Tx, note_id: int, person_id: int, *, at: int) -> bool:
    """Count a person's 「私も」; False when it was counted before."""
    return tx.value(_add_support, note_id=note_id, person_id=person_id, at=at) is not None


def withdraw(tx: Tx, note_id: int, person_id: int) -> bool:
    """Take a 「私も」 back."""
    return tx.run(_drop_support, note=note_id, person=person_id) == 1


def of(tx: Tx, note_id: int) -> list[int]:
    """Who said 「私も」, first to last."""
    return [row[0] for row in tx.all(_supporters, note=note_id)]
