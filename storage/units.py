"""The tree of units as it was, is and will be, with every unit's ancestors written out: a roll-up is one join."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from sqlalchemy import and_, bindparam, case, delete, func, or_, select, update
from sqlmodel import Field, SQLModel

from storage.columns import adding, bigint, columns, key, ref
from storage.database import Tx
from storage.statements import Statement

# What has always been so, and what no end is known of: as days and as moments.
ALWAYS, EVER = "0001-01-01", "9999-12-31"
SINCE, FOREVER = 0, 253_402_300_799_000


class Unit(SQLModel, table=True):
    """A bureau, division or section, from its first to its last day, as it is called and where it is today."""

    __tablename__ = "unit"

    id: int | None = key()
    code: str = Field(unique=True)
    name_ja: str
    name_en: str
    parent_id: int | None = ref("unit.id", index=True, null=True)
    starts_on: str
    ends_on: str | None = None


class UnitState(SQLModel, table=True):
    """What a unit is called and which unit it is in, from a day on, until the next such row."""

    __tablename__ = "unit_state"
    __table_args__ = {"sqlite_with_rowid": False}

    unit_id: int = ref("unit.id", primary=True)
    starts_on: str = Field(primary_key=True)
    name_ja: str
    name_en: str
    parent_id: int | None = bigint(null=True)


class UnitDescent(SQLModel, table=True):
    """That a unit came from another on a day. One that gave all it had to a single unit was merged or replaced."""

    __tablename__ = "unit_descent"
    __table_args__ = {"sqlite_with_rowid": False}

    predecessor: int = ref("unit.id", primary=True)
    successor: int = ref("unit.id", primary=True)
    day: str


class UnitTree(SQLModel, table=True):
    """Every unit under each of its ancestors (itself included at depth 0), for the days this held.

    A unit that ended is under what took it over, or under the unit it was in; a unit that took others over has them
    under it before that day too. No two rows of a unit and an ancestor overlap. The same days as moments, so that
    contributions can be compared with them.
    """

    __tablename__ = "unit_tree"
    __table_args__ = {"sqlite_with_rowid": False}

    descendant: int = ref("unit.id", primary=True)
    ancestor: int = ref("unit.id", primary=True, index=True)
    starts_on: str = Field(primary_key=True)
    ends_on: str
    starts_at: int = bigint()
    ends_at: int = bigint()
    depth: int = bigint()


class UnitRow(NamedTuple):
    """A unit as features see it."""

    id: int
    code: str
    name_ja: str
    name_en: str
    parent_id: int | None
    starts_on: str
    ends_on: str | None

    def name(self, lang: str) -> str:
        """Its name in a language; everything but English reads Japanese."""
        return self.name_en if lang == "en" and self.name_en else self.name_ja


class StateRow(NamedTuple):
    """A unit's name and parent from a day on."""

    unit_id: int
    starts_on: str
    name_ja: str
    name_en: str
    parent_id: int | None


class Branch(NamedTuple):
    """A row of the tree: a unit under an ancestor, from a day up to (not with) a day, and the same as moments."""

    descendant: int
    ancestor: int
    starts_on: str
    ends_on: str
    starts_at: int
    ends_at: int
    depth: int


_unit, _tree, _state, _descent = map(columns, (Unit, UnitTree, UnitState, UnitDescent))
_today: Any = bindparam("today")


def holds(tree: Any) -> Any:
    """Whether a row of the tree holds today; binds `today`."""
    return and_(tree.starts_on <= _today, tree.ends_on > _today)


# A unit and everything below it today; binds `unit` and `today`.
below = select(_tree.descendant).where(_tree.ancestor == bindparam("unit"), holds(_tree))
_fields = tuple(_unit[name] for name in UnitRow._fields)

_by_id = Statement(select(*_fields).where(_unit.id == bindparam("id")), UnitRow)
_by_code = Statement(select(*_fields).where(_unit.code == bindparam("code")), UnitRow)
_all = Statement(select(*_fields).order_by(_unit.code), UnitRow)
_tops = Statement(
    select(_unit.id)
    .where(
        _unit.parent_id.is_(None),
        _unit.starts_on <= _today,
        or_(_unit.ends_on.is_(None), _unit.ends_on > _today),
    )
    .order_by(_unit.code)
)
_add = Statement(adding(Unit, *UnitRow._fields[1:]).returning(_unit.id))
_add_tree = Statement(adding(UnitTree, *Branch._fields))
_clear_tree = Statement(delete(UnitTree))
_under = Statement(
    select(_tree.depth).where(_tree.descendant == bindparam("unit"), _tree.ancestor == bindparam("above"), holds(_tree))
)
_above = Statement(select(_tree.ancestor, _tree.depth).where(_tree.descendant == bindparam("unit"), holds(_tree)))
_parents = Statement(
    select(_tree.descendant, func.max(case((_tree.depth == 1, _tree.ancestor))))
    .where(holds(_tree))
    .group_by(_tree.descendant)
    .order_by(func.max(_tree.depth).desc())
)
_branches = Statement(select(*(_tree[name] for name in Branch._fields)), Branch)
_states = Statement(
    select(*(_state[name] for name in StateRow._fields)).order_by(_state.unit_id, _state.starts_on), StateRow
)
_new_state = adding(UnitState, *StateRow._fields)
_save_state = Statement(
    _new_state.on_conflict_do_update(
        index_elements=["unit_id", "starts_on"],
        set_={name: _new_state.excluded[name] for name in ("name_ja", "name_en", "parent_id")},
    )
)
_descents = Statement(select(_descent.predecessor, _descent.successor, _descent.day))
_add_descent = Statement(adding(UnitDescent, "predecessor", "successor", "day").on_conflict_do_nothing())
_end = Statement(update(Unit).where(_unit.id == bindparam("unit")).values(ends_on=bindparam("day")))
_earlier = _state.unit_id.table.alias("earlier").c
_newest = (
    select(func.max(_earlier.starts_on))
    .where(_earlier.unit_id == _unit.id, _earlier.starts_on <= _today)
    .correlate(Unit)
    .scalar_subquery()
)
_due = Statement(
    select(_unit.id, _state.name_ja, _state.name_en, _state.parent_id)
    .select_from(Unit)
    .join(UnitState, and_(_state.unit_id == _unit.id, _state.starts_on == _newest))
    .where(
        or_(
            _state.name_ja != _unit.name_ja,
            _state.name_en != _unit.name_en,
            _state.parent_id.is_distinct_from(_unit.parent_id),
        )
    )
)
_become = Statement(
    update(Unit)
    .where(_unit.id == bindparam("unit"))
    .values(name_ja=bindparam("ja"), name_en=bindparam("en"), parent_id=bindparam("parent"))
)
_split = _descent.predecessor.table.alias("split").c
_taken_over = Statement(
    select(*_fields)
    .join(UnitDescent, _descent.predecessor == _unit.id)
    .where(
        _descent.successor == bindparam("unit"),
        ~select(_split.successor)
        .where(_split.predecessor == _unit.id, _split.successor != _descent.successor)
        .correlate(Unit, UnitDescent)
        .exists(),
    )
    .order_by(_unit.code),
    UnitRow,
)


def get(tx: Tx, unit_id: int) -> UnitRow | None:
    """A unit by its key."""
    return tx.one(_by_id, id=unit_id)


def by_code(tx: Tx, code: str) -> UnitRow | None:
    """A unit by its code."""
    return tx.one(_by_code, code=code)


def everything(tx: Tx) -> list[UnitRow]:
    """All units there ever were or will be, in the order of their codes."""
    return tx.all(_all)


def tops(tx: Tx, *, today: str) -> list[int]:
    """The units that are in no other."""
    return [row[0] for row in tx.all(_tops, today=today)]


def is_under(tx: Tx, unit: int, above: int, *, today: str) -> bool:
    """Whether a unit is `above` or somewhere below it, today."""
    return tx.one(_under, unit=unit, above=above, today=today) is not None


def above(tx: Tx, unit: int, *, today: str) -> dict[int, int]:
    """The unit and those it is in, with how far above they are."""
    return dict(tx.all(_above, unit=unit, today=today))


def parents(tx: Tx, *, today: str) -> list[tuple[int, int | None]]:
    """(unit, the unit it is in) of today, those furthest down first."""
    return tx.all(_parents, today=today)


def taken_over(tx: Tx, unit: int) -> list[UnitRow]:
    """The units that became part of a unit wholly."""
    return tx.all(_taken_over, unit=unit)


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
    """Add a unit under its parent in a tree that never changes; returns its key."""
    row = {"code": code, "name_ja": name_ja, "name_en": name_en, "parent_id": parent_id}
    unit_id = int(tx.value(_add, **row, starts_on=starts_on, ends_on=ends_on))
    parents = [] if parent_id is None else tx.all(_above, unit=parent_id, today=starts_on)
    rows = [(unit_id, 0), *((ancestor, depth + 1) for ancestor, depth in parents)]
    grow(tx, (Branch(unit_id, a, ALWAYS, EVER, SINCE, FOREVER, d) for a, d in rows))
    save_states(tx, [StateRow(unit_id, starts_on, name_ja, name_en, parent_id)])
    return unit_id


def found(tx: Tx, row: UnitRow) -> int:
    """Add a unit whose place in the tree is worked out afterwards; returns its key."""
    return int(tx.value(_add, **{k: v for k, v in row._asdict().items() if k != "id"}))


def states(tx: Tx) -> list[StateRow]:
    """Every unit's names and parents, oldest first."""
    return tx.all(_states)


def save_states(tx: Tx, rows: Iterable[StateRow]) -> None:
    """Keep what units are called and where they are from a day on."""
    tx.many(_save_state, [row._asdict() for row in rows])


def descents(tx: Tx) -> list[tuple[int, int, str]]:
    """(predecessor, successor, day) of every unit that came from others."""
    return tx.all(_descents)


def descend(tx: Tx, predecessor: int, successor: int, *, day: str) -> None:
    """Remember that a unit came from another."""
    tx.run(_add_descent, predecessor=predecessor, successor=successor, day=day)


def end(tx: Tx, unit_id: int, *, day: str) -> None:
    """Mark the day from which a unit is no more."""
    tx.run(_end, unit=unit_id, day=day)


def tree(tx: Tx) -> list[Branch]:
    """The whole tree through time."""
    return tx.all(_branches)


def grow(tx: Tx, branches: Iterable[Branch]) -> None:
    """Add rows to the tree."""
    tx.many(_add_tree, [branch._asdict() for branch in branches])


def replant(tx: Tx, branches: Iterable[Branch]) -> None:
    """Put another tree in the place of the one there is."""
    tx.run(_clear_tree)
    grow(tx, branches)


def turn_over(tx: Tx, *, today: str) -> int:
    """Have units be called as they are called today, and be where they are; returns how many changed."""
    due = tx.all(_due, today=today)
    tx.many(_become, ({"unit": u, "ja": ja, "en": en, "parent": p} for u, ja, en, p in due))
    return len(due)
