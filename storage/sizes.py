"""How many people and units there are: of the whole organisation, and in a unit and below it."""

from sqlalchemy import bindparam, func, select

from storage.columns import columns
from storage.database import Tx
from storage.people import Person, here
from storage.postings import Posting, current
from storage.statements import Statement
from storage.units import Unit, UnitRow, below

_person, _posting, _unit = columns(Person), columns(Posting), columns(Unit)
_staff = Statement(
    select(func.count())
    .select_from(Posting)
    .join(Person, _person.id == _posting.person_id)
    .where(current(_posting), here, _posting.unit_id.in_(below))
)
_everybody = Statement(select(func.count()).select_from(Person).where(here))
_parts = Statement(
    select(*(_unit[name] for name in UnitRow._fields)).where(_unit.parent_id == bindparam("unit")).order_by(_unit.code),
    UnitRow,
)
_below = Statement(select(func.count()).select_from(below.subquery()))


def parts(tx: Tx, unit: int) -> list[UnitRow]:
    """The units right below one, those that are no more or not yet among them."""
    return tx.all(_parts, unit=unit)


def size(tx: Tx, unit: int, *, today: str) -> int:
    """How many units there are in a unit and below it today, itself included."""
    return int(tx.value(_below, unit=unit, today=today))


def staff(tx: Tx, unit: int, *, today: str) -> int:
    """How many people work in a unit and below it today."""
    return int(tx.value(_staff, unit=unit, today=today))


def everybody(tx: Tx, *, today: str) -> int:
    """How many people work here today."""
    return int(tx.value(_everybody, today=today))
