"""The tree of units, with every unit's ancestors written out so that a roll-up is one join."""

from typing import NamedTuple

from sqlalchemy import bindparam, select
from sqlmodel import Field, SQLModel

from storage.columns import adding, bigint, columns, key, ref
from storage.database import Tx
from storage.statements import Statement


class Unit(SQLModel, table=True):
    """A bureau, division or section, from its first to its last day."""

    __tablename__ = "unit"

    id: int | None = key()
    code: str = Field(unique=True)
    name_ja: str
    name_en: str
    parent_id: int | None = ref("unit.id", index=True, null=True)
    starts_on: str
    ends_on: str | None = None


class UnitTree(SQLModel, table=True):
    """Every unit under each of its ancestors, itself included at depth 0."""

    __tablename__ = "unit_tree"
    __table_args__ = {"sqlite_with_rowid": False}

    descendant: int = ref("unit.id", primary=True)
    ancestor: int = ref("unit.id", primary=True, index=True)
    depth: int = bigint()


class UnitRow(NamedTuple):
    """A unit as features see it."""

    id: int
    code: str
    name_ja: str
    name_en: str
    parent_id: int | None

    def name(self, lang: str) -> str:
        """Its name in a language; everything but English reads Japanese."""
        return self.name_en if lang == "en" else self.name_ja


_unit, _tree = columns(Unit), columns(UnitTree)
# A unit and everything below it; binds `unit`.
below = select(_tree.descendant).where(_tree.ancestor == bindparam("unit"))
_fields = (_unit.id, _unit.code, _unit.name_ja, _unit.name_en, _unit.parent_id)

_by_id = Statement(select(*_fields).where(_unit.id == bindparam("id")), UnitRow)
_by_code = Statement(select(*_fields).where(_unit.code == bindparam("code")), UnitRow)
_all = Statement(select(*_fields).order_by(_unit.code), UnitRow)
_add = Statement(adding(Unit, "code", "name_ja", "name_en", "parent_id", "starts_on", "ends_on").returning(_unit.id))
_add_tree = Statement(adding(UnitTree, "descendant", "ancestor", "depth"))
_under = Statement(
    select(_tree.depth).where(_tree.descendant == bindparam("unit"), _tree.ancestor == bindparam("above"))
)
_above = Statement(select(_tree.ancestor, _tree.depth).where(_tree.descendant == bindparam("unit")))


def get(tx: Tx, unit_id: int) -> UnitRow | None:
    """A unit by its key."""
    return tx.one(_by_id, id=unit_id)


def by_code(tx: Tx, code: str) -> UnitRow | None:
    """A unit by its code."""
    return tx.one(_by_code, code=code)


def everything(tx: Tx) -> list[UnitRow]:
    """All units in the order of their codes."""
    return tx.all(_all)


def is_under(tx: Tx, unit: int, above: int) -> bool:
    """Whether a unit is `above` or somewhere below it."""
    return tx.one(_under, unit=unit, above=above) is not None


def add(
    tx: Tx,
    *,
    code: str,
    name_ja: str,
    name_en: str,
    parent_id: int | None,
    starts_on: str,
    ends_on: str | None = None,
) -> int:
    """Add a unit under its parent; returns its key."""
    unit_id = int(
        tx.value(
            _add,
            code=code,
            name_ja=name_ja,
            name_en=name_en,
            parent_id=parent_id,
            starts_on=starts_on,
            ends_on=ends_on,
        )
    )
    above = [] if parent_id is None else tx.all(_above, unit=parent_id)
    rows = [(unit_id, 0), *((ancestor, depth + 1) for ancestor, depth in above)]
    tx.many(_add_tree, ({"descendant": unit_id, "ancestor": a, "depth": d} for a, d in rows))
    return unit_id
