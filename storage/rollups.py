"""What roll-ups need beside the deeds themselves: how units lie in each other, and who is posted where."""

import json
from collections.abc import Collection, Iterator
from typing import NamedTuple

from sqlalchemy import bindparam, func, select

from storage.columns import columns, numbers
from storage.database import Tx
from storage.people import Person
from storage.postings import Posting, current
from storage.statements import Statement
from storage.together import Together, apart
from storage.units import UnitTree, holds

_tree, _person, _posting = columns(UnitTree), columns(Person), columns(Posting)


class Span(NamedTuple):
    """From a moment up to, not with, another."""

    since: int
    until: int


_posted = select(_posting.unit_id, Together(_posting.person_id)).where(current(_posting)).group_by(_posting.unit_id)
_homes = Statement(_posted)
_homes_in = {
    sqlite: Statement(_posted.where(_posting.unit_id.in_(numbers("inside", sqlite=sqlite)))) for sqlite in (True, False)
}
_newest_person = Statement(select(func.coalesce(func.max(_person.id), 0)))
_under = select(_tree.descendant, _tree.ancestor, _tree.starts_at, _tree.ends_at).where(
    _tree.starts_at < bindparam("until"), _tree.ends_at > bindparam("since")
)
_under_on = select(_tree.descendant, _tree.ancestor).where(holds(_tree))
_all_under, _all_under_on = Statement(_under), Statement(_under_on)
_some = {sqlite: _tree.ancestor.in_(numbers("above", sqlite=sqlite)) for sqlite in (True, False)}
_some_under = {sqlite: Statement(_under.where(some)) for sqlite, some in _some.items()}
_some_under_on = {sqlite: Statement(_under_on.where(some)) for sqlite, some in _some.items()}


def under(tx: Tx, of: Span, above: Collection[int] | None = None) -> list[tuple[int, int, int, int]]:
    """(unit, ancestor, since, until) of the tree as far as it held in a period, each unit under itself too.

    `above`: of these ancestors only.
    """
    if above is None:
        return tx.all(_all_under, **of._asdict())
    return tx.all(_some_under[tx.sqlite], **of._asdict(), above=json.dumps(list(above)))


def under_on(tx: Tx, above: Collection[int] | None = None, *, day: str) -> list[tuple[int, int]]:
    """(unit, ancestor) of the tree as it is on a day, likewise."""
    if above is None:
        return tx.all(_all_under_on, today=day)
    return tx.all(_some_under_on[tx.sqlite], today=day, above=json.dumps(list(above)))


def homes(tx: Tx, inside: Collection[int] | None = None, *, day: str) -> Iterator[tuple[int, list[int]]]:
    """(unit, who is posted to the unit itself) on a day, of some units or of all."""
    if inside is None:
        rows = tx.all(_homes, today=day)
    else:
        rows = tx.all(_homes_in[tx.sqlite], today=day, inside=json.dumps(list(inside)))
    return ((unit, apart(people)) for unit, people in rows)


def newest_person(tx: Tx) -> int:
    """The largest key of a person; 0 where there is nobody."""
    return int(tx.value(_newest_person))
