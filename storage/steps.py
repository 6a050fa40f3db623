"""How notes were answered: every step with who took it, when and why."""

from sqlalchemy import bindparam, select, update
from sqlmodel import SQLModel

from storage.columns import adding, bigint, columns, key, ref
from storage.database import Tx
from storage.notes import Note
from storage.statements import Statement


class NoteStep(SQLModel, table=True):
    """An answer: who moved the note to which state, when and why."""

    __tablename__ = "note_step"

    id: int | None = key()
    note_id: int = ref("note.id", index=True)
    person_id: int = ref("person.id")
    state: str
    reason: str
    at: int = bigint()


_note, _step = columns(Note), columns(NoteStep)
_move = Statement(
    update(Note)
    .where(_note.id == bindparam("note"), _note.state == bindparam("was"), _note.deleted_at.is_(None))
    .values(state=bindparam("to"), reason=bindparam("why"), answered_at=bindparam("answered"), due_on=bindparam("due"))
)
_add_step = Statement(adding(NoteStep, "note_id", "person_id", "state", "reason", "at"))
_steps = Statement(
    select(_step.state, _step.reason, _step.at).where(_step.note_id == bindparam("note")).order_by(_step.id)
)


def move(
    tx: Tx,
    note_id: int,
    *,
    was: str,
    to: str,
    reason: str,
    person_id: int,
    at: int,
    answered_at: int | None,
    due_on: str,
) -> bool:
    """Answer a note: from the state the answerer saw to the next; False when somebody was faster."""
    if not tx.run(_move, note=note_id, was=was, to=to, why=reason, answered=answered_at, due=due_on):
        return False
    tx.run(_add_step, note_id=note_id, person_id=person_id, state=to, reason=reason, at=at)
    return True


def of(tx: Tx, note_id: int) -> list[tuple[str, str, int]]:
    """(state, reason, moment) of every answer so far."""
    return tx.all(_steps, note=note_id)
