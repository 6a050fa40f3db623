"""Roles: what people may do beyond staff, in a unit and below it, from a day to a day."""

from typing import Any, NamedTuple

from sqlalchemy import bindparam, or_, select
from sqlmodel import SQLModel

from storage.columns import adding, columns, key, ref
from storage.database import Tx
from storage.people import Person, current
from storage.statements import Statement
from storage.units import UnitTree


class Role(SQLModel, table=True):
    """What a person may do beyond staff, in a unit and below it, or everywhere when `unit_id` is empty."""

    __tablename__ = "role"

    id: int | None = key()
    person_id: int = ref("person.id", index=True)
    role: str
    unit_id: int | None = ref("unit.id", index=True, null=True)
    starts_on: str
    ends_on: str | None = None


class RoleRow(NamedTuple):
    """A role and the unit it reaches down from; None is the whole organisation."""

    role: str
    unit_id: int | None


_role, _person, _tree = columns(Role), columns(Person), columns(UnitTree)
_today: Any = bindparam("today")
_roles = Statement(
    select(_role.role, _role.unit_id).where(_role.person_id == bindparam("person"), current(_role)), RoleRow
)
_holders = Statement(
    select(_role.person_id, _role.unit_id)
    .join(Person, _person.id == _role.person_id)
    .where(
        _role.role == bindparam("role"),
        current(_role),
        or_(_person.left_on.is_(None), _person.left_on > _today),
    )
    .order_by(_role.person_id, _role.unit_id)
)
_managers_above = Statement(
    select(_role.person_id)
    .join(UnitTree, _tree.ancestor == _role.unit_id)
    .where(_role.role == "manager", current(_role), _tree.descendant == bindparam("unit"))
    .order_by(_tree.depth, _role.person_id)
)
_add_role = Statement(adding(Role, "person_id", "role", "unit_id", "starts_on", "ends_on"))


def of(tx: Tx, person_id: int, *, today: str) -> list[RoleRow]:
    """The roles a person holds today."""
    return tx.all(_roles, person=person_id, today=today)


def holders(tx: Tx, role: str, *, today: str) -> list[tuple[int, int | None]]:
    """(person, unit) of everyone who holds a role today."""
    return tx.all(_holders, role=role, today=today)


def managers_of(tx: Tx, unit: int, *, today: str) -> list[int]:
    """The managers of a unit and of the units above it, nearest first."""
    return [row[0] for row in tx.all(_managers_above, unit=unit, today=today)]


def add(tx: Tx, person_id: int, role: str, *, unit_id: int | None, starts_on: str, ends_on: str | None = None) -> None:
    """Give a person a role."""
    tx.run(_add_role, person_id=person_id, role=role, unit_id=unit_id, starts_on=starts_on, ends_on=ends_on)
