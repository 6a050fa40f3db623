"""Roles: what people may do beyond staff, in a unit and below it, from a day to a day, and who stands in for whom."""

from typing import Any, NamedTuple

from sqlalchemy import and_, bindparam, exists, literal, or_, select, union, update
from sqlmodel import SQLModel

from storage.columns import adding, columns, key, ref
from storage.database import Tx
from storage.people import Person, here
from storage.postings import current
from storage.statements import Statement
from storage.units import UnitTree, holds

# What a deputy may do in another's absence; to speak as an executive or to administer cannot be handed on.
DELEGATED = ("manager", "secretariat")
# What a standing deputy is: of a manager's duties only to read the digest and to answer notes.
DELEGATE = "delegate"


class Role(SQLModel, table=True):
    """What a person may do beyond staff, in a unit and below it, or everywhere when `unit_id` is empty.

    `source`: roster (kept by imports) or grant (given by an administrator).
    """

    __tablename__ = "role"

    id: int | None = key()
    person_id: int = ref("person.id", index=True)
    role: str
    unit_id: int | None = ref("unit.id", index=True, null=True)
    starts_on: str
    ends_on: str | None = None
    source: str = "grant"


class Deputy(SQLModel, table=True):
    """That a colleague stands in for a person: from a day to a day with what of their roles can be handed on; without
    an end until further notice as their delegate, for the units they managed on the day it began.
    """

    __tablename__ = "deputy"

    id: int | None = key()
    person_id: int = ref("person.id", index=True)
    deputy_id: int = ref("person.id", index=True)
    starts_on: str
    ends_on: str | None = None


class RoleRow(NamedTuple):
    """A role and the unit it reaches down from; None is the whole organisation."""

    role: str
    unit_id: int | None


class NewRole(NamedTuple):
    """A role to be given, for many at once."""

    person_id: int
    role: str
    unit_id: int | None
    starts_on: str
    ends_on: str | None = None


class HeldRow(NamedTuple):
    """A role as lists and audits show it."""

    id: int
    person_id: int
    role: str
    unit_id: int | None
    starts_on: str
    ends_on: str | None
    source: str


class StandingRow(NamedTuple):
    """That somebody, until further notice, is a manager's delegate."""

    id: int
    person_id: int
    deputy_id: int


_role, _deputy, _person, _tree = map(columns, (Role, Deputy, Person, UnitTree))
_today: Any = bindparam("today")
_delegated = [literal(name) for name in DELEGATED]
_stood_in = (
    select(_deputy.deputy_id.label("person_id"), _role.role, _role.unit_id)
    .join(Role, _role.person_id == _deputy.person_id)
    .join(Person, _person.id == _deputy.person_id)
    .where(_deputy.ends_on.is_not(None), current(_deputy), current(_role), _role.role.in_(_delegated), here)
)
_own = select(_role.person_id, _role.role, _role.unit_id).where(current(_role))
_is_standing = _deputy.ends_on.is_(None)
# What somebody came to manage later is nothing they named a delegate for.
_lasts = and_(_role.role == literal("manager"), _role.starts_on <= _deputy.starts_on, current(_role))
_delegates = (
    select(_deputy.deputy_id.label("person_id"), literal(DELEGATE).label("role"), _role.unit_id)
    .join(Role, _role.person_id == _deputy.person_id)
    .join(Person, _person.id == _deputy.person_id)
    .where(_is_standing, current(_deputy), _lasts, here)
)
_held = union(_own, _stood_in, _delegates).subquery("held")
# Whoever holds a role today or stands in for somebody who does; binds `role` and `today`.
holding = select(_held.c.person_id).where(_held.c.role == bindparam("role"))
_roles = Statement(
    union(
        select(_role.role, _role.unit_id).where(_role.person_id == bindparam("person"), current(_role)),
        select(_role.role, _role.unit_id)
        .select_from(Deputy)
        .join(Role, _role.person_id == _deputy.person_id)
        .join(Person, _person.id == _deputy.person_id)
        .where(
            _deputy.deputy_id == bindparam("person"),
            _deputy.ends_on.is_not(None),
            current(_deputy),
            current(_role),
            _role.role.in_(_delegated),
            here,
        ),
        _delegates.with_only_columns(literal(DELEGATE), _role.unit_id).where(_deputy.deputy_id == bindparam("person")),
    ),
    RoleRow,
)
_holders = Statement(
    select(_held.c.person_id, _held.c.unit_id)
    .join(Person, _person.id == _held.c.person_id)
    .where(_held.c.role == bindparam("role"), here)
    .order_by(_held.c.person_id, _held.c.unit_id)
)
_managers_above = Statement(
    select(_held.c.person_id)
    .join(UnitTree, _tree.ancestor == _held.c.unit_id)
    .join(Person, _person.id == _held.c.person_id)
    .where(_held.c.role == "manager", _tree.descendant == bindparam("unit"), holds(_tree), here)
    .order_by(_tree.depth, _held.c.person_id)
)
_add_role = Statement(adding(Role, "person_id", "role", "unit_id", "starts_on", "ends_on", "source"))
_fields = tuple(_role[name] for name in HeldRow._fields)
_all = Statement(
    select(*_fields)
    .where(or_(_role.ends_on.is_(None), _role.ends_on > _today))
    .order_by(_role.role, _role.unit_id, _role.person_id),
    HeldRow,
)
_of_person = Statement(
    select(*_fields).where(_role.person_id == bindparam("person")).order_by(_role.starts_on, _role.id), HeldRow
)
_end = Statement(
    update(Role)
    .where(_role.id == bindparam("role_id"), or_(_role.ends_on.is_(None), _role.ends_on > bindparam("day")))
    .values(ends_on=bindparam("day"))
)
_add_deputy = Statement(adding(Deputy, "person_id", "deputy_id", "starts_on", "ends_on"))
_end_deputies = Statement(
    update(Deputy)
    .where(
        _deputy.person_id == bindparam("person"),
        _deputy.starts_on < bindparam("until"),
        _deputy.ends_on > bindparam("day"),
    )
    .values(ends_on=bindparam("day"))
)
_standing = select(_deputy.id, _deputy.person_id, _deputy.deputy_id).where(_is_standing)
_between = Statement(
    _standing.where(or_(_deputy.person_id == bindparam("person"), _deputy.deputy_id == bindparam("person"))).order_by(
        _deputy.id
    ),
    StandingRow,
)
_works = exists().where(_person.id == _deputy.deputy_id, here).correlate(Deputy)
_manages = exists().where(_role.person_id == _deputy.person_id, _person.id == _deputy.person_id, _lasts, here)
_lapsed = Statement(
    _standing.where(or_(~_works, ~_manages.correlate(Deputy))).order_by(_deputy.id),
    StandingRow,
)
_end_standing = Statement(
    update(Deputy).where(_deputy.id == bindparam("deputy_row"), _is_standing).values(ends_on=_today)
)


def of(tx: Tx, person_id: int, *, today: str) -> list[RoleRow]:
    """The roles a person holds today, also those of people they stand in for."""
    return tx.all(_roles, person=person_id, today=today)


def holders(tx: Tx, role: str, *, today: str) -> list[tuple[int, int | None]]:
    """(person, unit) of everyone who holds a role today or stands in for somebody who does."""
    return tx.all(_holders, role=role, today=today)


def managers_of(tx: Tx, unit: int, *, today: str) -> list[int]:
    """The managers of a unit and of the units above it, nearest first."""
    return [row[0] for row in tx.all(_managers_above, unit=unit, today=today)]


def add(
    tx: Tx,
    person_id: int,
    role: str,
    *,
    unit_id: int | None,
    starts_on: str,
    ends_on: str | None = None,
    source: str = "grant",
) -> None:
    """Give a person a role."""
    tx.run(
        _add_role, person_id=person_id, role=role, unit_id=unit_id, starts_on=starts_on, ends_on=ends_on, source=source
    )


def everything(tx: Tx, *, today: str) -> list[HeldRow]:
    """Every role held today or later."""
    return tx.all(_all, today=today)


def history(tx: Tx, person_id: int) -> list[HeldRow]:
    """Every role a person ever held."""
    return tx.all(_of_person, person=person_id)


def end(tx: Tx, role_id: int, *, day: str) -> bool:
    """End a role on a day; False when it had ended."""
    return tx.run(_end, role_id=role_id, day=day) == 1


def stand_in(tx: Tx, person_id: int, deputy_id: int, *, starts_on: str, ends_on: str | None) -> None:
    """Have a colleague stand in for a person."""
    tx.run(_add_deputy, person_id=person_id, deputy_id=deputy_id, starts_on=starts_on, ends_on=ends_on)


def end_deputies(tx: Tx, person_id: int, *, day: str, until: str) -> None:
    """Have nobody stand in for a person from a day on; who was to begin at `until` or later still does."""
    tx.run(_end_deputies, person=person_id, day=day, until=until)


def standing(tx: Tx, person_id: int) -> list[StandingRow]:
    """Whom a person named as delegates, and who named them."""
    return tx.all(_between, person=person_id)


def lapsed(tx: Tx, *, today: str) -> list[StandingRow]:
    """Delegates where either left, or the manager manages none of the units any more for which they were named."""
    return tx.all(_lapsed, today=today)


def end_standing(tx: Tx, row_id: int, *, today: str) -> bool:
    """Have somebody no longer be a delegate; False when it had ended."""
    return tx.run(_end_standing, deputy_row=row_id, today=today) == 1
