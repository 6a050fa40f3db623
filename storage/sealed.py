"""Sealed notes: nameless ones that wait to be told at a moment that says nothing about when they were written.

Nothing here names a person, an account, an event or a moment. They become notes together, in an order drawn by lot.
"""

from typing import NamedTuple

from sqlalchemy import bindparam, delete, select, update
from sqlmodel import Field, SQLModel

from storage.columns import adding, bigint, columns
from storage.database import Tx
from storage.statements import Statement


class Sealed(SQLModel, table=True):
    """A nameless note with its numbers, and the hash of the receipt its writer holds."""

    __tablename__ = "sealed"
    __table_args__ = {"sqlite_with_rowid": False}

    receipt: str = Field(primary_key=True)
    unit_id: int | None = bigint(null=True)
    kind: str
    text: str
    numbers: str
    pack: str
    version: str


class SealedRow(NamedTuple):
    """A sealed note."""

    receipt: str
    unit_id: int | None
    kind: str
    text: str
    numbers: str
    pack: str
    version: str


_sealed = columns(Sealed)
_add = Statement(adding(Sealed, *SealedRow._fields))
_open = Statement(delete(Sealed).returning(*(_sealed[name] for name in SealedRow._fields)), SealedRow)
_blend = Statement(update(Sealed).values(kind=_sealed.kind))
_get = Statement(
    select(*(_sealed[name] for name in SealedRow._fields)).where(_sealed.receipt == bindparam("receipt")), SealedRow
)
_drop = Statement(delete(Sealed).where(_sealed.receipt == bindparam("receipt")))


def add(tx: Tx, row: SealedRow) -> None:
    """Keep a nameless note until it is told."""
    tx.run(_add, **row._asdict())


def open_all(tx: Tx) -> list[SealedRow]:
    """Take every sealed note out, in the order of their receipts, which are drawn by lot."""
    # One statement: what is sealed or taken back at this instant comes before or after, never in between.
    return sorted(tx.all(_open))


def get(tx: Tx, receipt: str) -> SealedRow | None:
    """A sealed note by the hash of its receipt."""
    return tx.one(_get, receipt=receipt)


def blend(tx: Tx) -> None:
    """Write every row anew: PostgreSQL numbers the transaction that wrote a row, which would join it to its event."""
    tx.run(_blend)


def drop(tx: Tx, receipt: str) -> bool:
    """Throw a sealed note away; False when it was told already."""
    return tx.run(_drop, receipt=receipt) == 1
