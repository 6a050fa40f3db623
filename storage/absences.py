"""Absences: the days on which a person is sent nothing."""

from typing import Any, NamedTuple

from sqlalchemy import bindparam, delete, func, select, update
from sqlmodel import Field, SQLModel

from storage.columns import adding, columns, key, ref
from storage.database import Tx
from storage.statements import Statement


class Absence(SQLModel, table=True):
    """Days on which a person is away; `ends_on` is the first day back. `told` once the return was summed up."""

    __tablename__ = "absence"

    id: int | None = key()
    person_id: int = ref("person.id", index=True)
    starts_on: str
    ends_on: str = Field(index=True)
    told: bool = False


class AbsenceRow(NamedTuple):
    """An absence as features see it."""

    id: int
    person_id: int
    starts_on: str
    ends_on: str


_absence = columns(Absence)
_today: Any = bindparam("today")
_fields = tuple(_absence[name] for name in AbsenceRow._fields)
_add = Statement(adding(Absence, "person_id", "starts_on", "ends_on").values(told=False))
_until = Statement(
    select(func.max(_absence.ends_on)).where(
        _absence.person_id == bindparam("person"), _absence.starts_on <= _today, _absence.ends_on > _today
    )
)
_coming = Statement(
    select(*_fields)
    .where(_absence.person_id == bindparam("person"), _absence.ends_on > _today)
    .order_by(_absence.starts_on),
    AbsenceRow,
)
_away = Statement(select(_absence.person_id).where(_absence.starts_on <= _today, _absence.ends_on > _today))
_back = Statement(
    select(*_fields).where(_absence.told.is_(False), _absence.ends_on <= _today).order_by(_absence.id), AbsenceRow
)
_tell = Statement(
    update(Absence).where(_absence.id == bindparam("absence"), _absence.told.is_(False)).values(told=True)
)
_cut = Statement(
    update(Absence)
    .where(
        _absence.person_id == bindparam("person"),
        _absence.starts_on < bindparam("day"),
        _absence.ends_on > bindparam("day"),
    )
    .values(ends_on=bindparam("day"))
)
_drop = Statement(delete(Absence).where(_absence.id == bindparam("absence")))
_drop_coming = Statement(
    delete(Absence).where(
        _absence.person_id == bindparam("person"),
        _absence.starts_on >= bindparam("day"),
        _absence.starts_on < bindparam("until"),
    )
)


def drop(tx: Tx, absence_id: int) -> None:
    """Have an absence not be."""
    tx.run(_drop, absence=absence_id)


def add(tx: Tx, person_id: int, *, starts_on: str, ends_on: str) -> None:
    """Note that a person is away from a day up to, not with, another."""
    tx.run(_add, person_id=person_id, starts_on=starts_on, ends_on=ends_on)


def until(tx: Tx, person_id: int, *, today: str) -> str | None:
    """The first day back of somebody who is away today."""
    found: str | None = tx.value(_until, person=person_id, today=today)
    return found


def coming(tx: Tx, person_id: int, *, today: str) -> list[AbsenceRow]:
    """A person's running and planned absences."""
    return tx.all(_coming, person=person_id, today=today)


def away(tx: Tx, *, today: str) -> set[int]:
    """Everybody who is away today."""
    return {row[0] for row in tx.all(_away, today=today)}


def ended(tx: Tx, *, today: str) -> list[AbsenceRow]:
    """Absences that are over and not summed up yet."""
    return tx.all(_back, today=today)


def tell(tx: Tx, absence_id: int) -> bool:
    """Mark an absence as summed up; False when it was."""
    return tx.run(_tell, absence=absence_id) == 1


def cut(tx: Tx, person_id: int, *, day: str, until: str) -> None:
    """Have a person be back on a day: what runs ends, what was to begin from then up to `until` is dropped."""
    tx.run(_drop_coming, person=person_id, day=day, until=until)
    tx.run(_cut, person=person_id, day=day)
