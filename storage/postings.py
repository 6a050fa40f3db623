"""Postings: which unit a person works in, from a day to a day."""

from typing import Any, NamedTuple

from sqlalchemy import Index, and_, bindparam, or_, select, update
from sqlalchemy import text as sql
from sqlmodel import Field, SQLModel

from storage.columns import adding, columns, key, ref
from storage.database import Tx
from storage.statements import Statement
from storage.units import UnitTree


class Posting(SQLModel, table=True):
    """The time a person works in a unit; `ends_on` is the first day elsewhere. A person is in one unit at a time."""

    __tablename__ = "posting"
    __table_args__ = (
        Index(
            "ix_posting_open",
            "person_id",
            unique=True,
            sqlite_where=sql("ends_on IS NULL"),
            postgresql_where=sql("ends_on IS NULL"),
        ),
        Index("ix_posting_start", "person_id", "starts_on", unique=True),
    )

    id: int | None = key()
    person_id: int = ref("person.id")
    unit_id: int = ref("unit.id", index=True)
    starts_on: str = Field(index=True)
    ends_on: str | None = None


class NewPosting(NamedTuple):
    """A posting to be added, for many at once."""

    person_id: int
    unit_id: int
    starts_on: str
    ends_on: str | None


_today: Any = bindparam("today")


def current(table: Any) -> Any:
    """Whether a row with first and last day holds today; binds `today`."""
    return and_(table.starts_on <= _today, or_(table.ends_on.is_(None), table.ends_on > _today))


_posting, _tree = columns(Posting), columns(UnitTree)
_add = Statement(adding(Posting, "person_id", "unit_id", "starts_on", "ends_on"))
_end = Statement(
    update(Posting)
    .where(
        _posting.person_id == bindparam("person"),
        _posting.starts_on < bindparam("day"),
        or_(_posting.ends_on.is_(None), _posting.ends_on > bindparam("day")),
    )
    .values(ends_on=bindparam("day"))
)
_of = Statement(
    select(_posting.unit_id, _posting.starts_on, _posting.ends_on)
    .where(_posting.person_id == bindparam("person"))
    .order_by(_posting.starts_on)
)


def add(tx: Tx, person_id: int, unit_id: int, *, starts_on: str, ends_on: str | None = None) -> None:
    """Post a person to a unit."""
    tx.run(_add, person_id=person_id, unit_id=unit_id, starts_on=starts_on, ends_on=ends_on)


def move(tx: Tx, person_id: int, unit_id: int, *, day: str) -> None:
    """End a person's posting on a day and begin one in another unit."""
    tx.run(_end, person=person_id, day=day)
    add(tx, person_id, unit_id, starts_on=day)


def of(tx: Tx, person_id: int) -> list[tuple[int, str, str | None]]:
    """(unit, first day, first day elsewhere) of a person, oldest first."""
    return tx.all(_of, person=person_id)
