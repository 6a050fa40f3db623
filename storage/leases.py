"""Leases: what only one process may do at a time, and who does it until when."""

from sqlalchemy import bindparam, delete, or_, select
from sqlmodel import Field, SQLModel

from storage.columns import adding, bigint, columns
from storage.database import Tx
from storage.statements import Statement


class Lease(SQLModel, table=True):
    """Who holds a name, until when."""

    __tablename__ = "lease"

    name: str = Field(primary_key=True)
    holder: str
    until: int = bigint()


_lease = columns(Lease)
_new = adding(Lease, "name", "holder", "until")
_take = Statement(
    _new.on_conflict_do_update(
        index_elements=["name"],
        set_={"holder": _new.excluded.holder, "until": _new.excluded.until},
        where=or_(_lease.holder == _new.excluded.holder, _lease.until <= bindparam("now")),
    )
)
_give_back = Statement(delete(Lease).where(_lease.name == bindparam("of"), _lease.holder == bindparam("by")))
_holder = Statement(select(_lease.holder).where(_lease.name == bindparam("of"), _lease.until > bindparam("now")))


def take(tx: Tx, name: str, holder: str, *, now: int, until: int) -> bool:
    """Hold a name that is free, has run out, or is held already, which renews it; False where somebody else has it."""
    return tx.run(_take, name=name, holder=holder, now=now, until=until) > 0


def give_back(tx: Tx, name: str, holder: str) -> None:
    """Let go of a name, if it is held."""
    tx.run(_give_back, of=name, by=holder)


def holder(tx: Tx, name: str, *, now: int) -> str | None:
    """Who holds a name now."""
    found: str | None = tx.value(_holder, of=name, now=now)
    return found
