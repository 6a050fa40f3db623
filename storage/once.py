"""What was done already: event keys and scheduled slots, each claimed by inserting it."""

from sqlalchemy import bindparam, delete, select
from sqlmodel import Field, SQLModel

from storage.columns import adding, bigint, columns
from storage.database import Tx
from storage.statements import Statement


class Once(SQLModel, table=True):
    """An event that was acted on; the key says what the person did, not which delivery told of it."""

    __tablename__ = "once"
    __table_args__ = {"sqlite_with_rowid": False}

    key: str = Field(primary_key=True)
    at: int = bigint()


class Slot(SQLModel, table=True):
    """A scheduled run that somebody took: job, what it is for, and the moment it was due."""

    __tablename__ = "slot"
    __table_args__ = {"sqlite_with_rowid": False}

    job: str = Field(primary_key=True)
    scope: str = Field(primary_key=True)
    due: int = bigint(primary=True)
    at: int = bigint()


_once, _slot = columns(Once), columns(Slot)

_claim = Statement(adding(Once, "key", "at").on_conflict_do_nothing().returning(_once.key))
_claim_slot = Statement(adding(Slot, "job", "scope", "due", "at").on_conflict_do_nothing().returning(_slot.job))
_release_slot = Statement(
    delete(Slot).where(_slot.job == bindparam("job"), _slot.scope == bindparam("scope"), _slot.due == bindparam("due"))
)
_last_slot = Statement(select(_slot.due).where(_slot.job == bindparam("job")).order_by(_slot.due.desc()).limit(1))
_forget = Statement(delete(Once).where(_once.at < bindparam("before")))

_forget_slots = Statement(delete(Slot).where(_slot.job == bindparam("job"), _slot.due < bindparam("before")))


def claim(tx: Tx, key: str, *, at: int) -> bool:
    """Take an event; False when it was taken before."""
    return tx.value(_claim, key=key, at=at) is not None


def claim_slot(tx: Tx, job: str, scope: str, *, due: int, at: int) -> bool:
    """Take a scheduled run; False when it was taken before, by this replica or another."""
    return tx.value(_claim_slot, job=job, scope=scope, due=due, at=at) is not None


def release_slot(tx: Tx, job: str, scope: str, *, due: int) -> None:
    """Give a scheduled run back that was taken and not done."""
    tx.run(_release_slot, job=job, scope=scope, due=due)


def last_slot(tx: Tx, job: str) -> int | None:
    """When the newest run of a job that anybody took was due."""
    found: int | None = tx.value(_last_slot, job=job)
    return found


def forget(tx: Tx, *, before: int) -> int:
    """Drop event keys older than any platform's last delivery; returns how many."""
    return tx.run(_forget, before=before)


def forget_slots(tx: Tx, job: str, *, before: int) -> int:
    """Drop a frequent job's old slots, which no catch-up looks at any more; returns how many."""
    return tx.run(_forget_slots, job=job, before=before)
