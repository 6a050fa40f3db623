"""Inductions: the first days of a person in a unit, with one principle a working day."""

from typing import Any, NamedTuple

from sqlalchemy import bindparam, literal, or_, select, update
from sqlmodel import Field, SQLModel

from storage.accounts import ROSTER, Account
from storage.columns import adding, bigint, columns, ref
from storage.database import Tx
from storage.people import Person
from storage.postings import Posting, current
from storage.statements import Statement


class Induction(SQLModel, table=True):
    """A person's first days. `first` when they are new altogether, else new in `unit_id`; `stopped` by one press."""

    __tablename__ = "induction"
    __table_args__ = {"sqlite_with_rowid": False}

    person_id: int = ref("person.id", primary=True)
    starts_on: str = Field(primary_key=True, index=True)
    unit_id: int | None = bigint(null=True)
    first: bool = False
    stopped: bool = False


class InductionRow(NamedTuple):
    """An induction as features see it."""

    person_id: int
    starts_on: str
    unit_id: int | None
    first: bool
    stopped: bool


_induction, _posting, _account, _person = map(columns, (Induction, Posting, Account, Person))
_today: Any = bindparam("today")
_fields = tuple(_induction[name] for name in InductionRow._fields)
_add = Statement(
    adding(Induction, "person_id", "starts_on", "unit_id", "first")
    .values(stopped=False)
    .on_conflict_do_nothing()
    .returning(_induction.person_id)
)
# Has an account of which a directory is not all that is known: nobody is written to because a list was read.
_here = (
    select(_account.person_id)
    .join(Person, _person.id == _account.person_id)
    .where(_account.person_id == _posting.person_id, or_(_account.how != literal(ROSTER), _person.used != literal("")))
    .correlate(Posting)
    .exists()
)
_arrived = Statement(
    select(_posting.person_id)
    .where(
        _posting.starts_on > bindparam("after"),
        current(_posting),
        _here,
        ~select(_induction.person_id)
        .where(_induction.person_id == _posting.person_id, _induction.starts_on >= _posting.starts_on)
        .correlate(Posting)
        .exists(),
    )
    .order_by(_posting.person_id)
)
_running = Statement(
    select(*_fields)
    .where(_induction.starts_on >= bindparam("since"), _induction.starts_on <= _today, _induction.stopped.is_(False))
    .order_by(_induction.person_id, _induction.starts_on),
    InductionRow,
)
_of = Statement(
    select(*_fields).where(_induction.person_id == bindparam("person")).order_by(_induction.starts_on), InductionRow
)
_stop = Statement(
    update(Induction)
    .where(
        _induction.person_id == bindparam("person"),
        _induction.stopped.is_(False),
        _induction.starts_on < bindparam("before"),
    )
    .values(stopped=True)
)


def begin(tx: Tx, person_id: int, *, starts_on: str, unit_id: int | None, first: bool) -> bool:
    """Begin a person's first days; False when they began that day already."""
    return tx.value(_add, person_id=person_id, starts_on=starts_on, unit_id=unit_id, first=first) is not None


def arrived(tx: Tx, *, after: str, today: str) -> list[int]:
    """Who is in a unit since a day after `after`, has come to kizuki by now, and was not welcomed there yet."""
    return [row[0] for row in tx.all(_arrived, after=after, today=today)]


def running(tx: Tx, *, since: str, today: str) -> list[InductionRow]:
    """Inductions that began since a day and were not stopped."""
    return tx.all(_running, since=since, today=today)


def of(tx: Tx, person_id: int) -> list[InductionRow]:
    """Every induction of a person."""
    return tx.all(_of, person=person_id)


def stop(tx: Tx, person_id: int, *, before: str = "9999-12-31") -> int:
    """End a person's first days that began before a day; returns how many were running."""
    return tx.run(_stop, person=person_id, before=before)
