"""Which units a principle has reached, and how they lie in each other."""

import json
from collections.abc import Collection

from sqlalchemy import bindparam, func, or_, select

from storage.columns import columns, numbers
from storage.database import Tx
from storage.kudos import KudosTag
from storage.note_tags import NoteTag
from storage.postings import Posting, current
from storage.statements import Statement
from storage.together import Together, apart
from storage.units import Unit, UnitTree, holds

_tag, _note_tag, _posting, _unit, _tree = map(columns, (KudosTag, NoteTag, Posting, Unit, UnitTree))


_sizes = Statement(select(_posting.unit_id, func.count()).where(current(_posting)).group_by(_posting.unit_id))
_alive = or_(_unit.ends_on.is_(None), _unit.ends_on > bindparam("today"))
_children = Statement(
    select(_tree.descendant)
    .join(Unit, _unit.id == _tree.descendant)
    .where(_tree.ancestor == bindparam("unit"), _tree.depth == 1, holds(_tree), _alive)
    .order_by(_unit.code)
)
_under = {
    sqlite: Statement(
        select(_tree.ancestor, Together(_tree.descendant))
        .where(_tree.ancestor.in_(numbers("units", sqlite=sqlite)), holds(_tree))
        .group_by(_tree.ancestor)
    )
    for sqlite in (True, False)
}
# Where everything of a unit that is no more counts: in the nearest unit above it, the heir first.
_nearest = Statement(
    select(_tree.descendant, _tree.ancestor)
    .where(holds(_tree), _tree.depth > 0)
    .order_by(_tree.descendant, _tree.depth, _tree.ancestor)
)


def sizes(tx: Tx, *, day: str) -> dict[int, int]:
    """How many people are posted to each unit itself on a day."""
    return dict(tx.all(_sizes, today=day))


def children(tx: Tx, unit: int, *, day: str) -> list[int]:
    """The units right below a unit on a day, in the order of their codes."""
    return [row[0] for row in tx.all(_children, unit=unit, today=day)]


def under(tx: Tx, units: Collection[int], *, day: str) -> dict[int, list[int]]:
    """What is in some units or below them on a day, each itself too."""
    return {unit: apart(text) for unit, text in tx.all(_under[tx.sqlite], units=json.dumps(list(units)), today=day)}


def above(tx: Tx, *, day: str) -> list[tuple[int, int]]:
    """(unit, a unit above it) of a day, the nearest first."""
    return tx.all(_nearest, today=day)
