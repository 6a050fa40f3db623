"""Whom something is told to one by one: everybody, people in units, of a role; counted and taken slice by slice."""

import json
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, and_, bindparam, case, func, select

from storage.columns import columns, numbers
from storage.database import Tx
from storage.people import Person, here
from storage.places import Place
from storage.postings import Posting, current
from storage.roles import holding
from storage.statements import Statement
from storage.units import UnitTree, holds

# Whether an audience is narrowed to units, and to a role.
Kind = tuple[bool, bool]


class Audience(NamedTuple):
    """Whom it goes to: those in units (none: everywhere), of a role ("": any)."""

    units: tuple[int, ...] = ()
    role: str = ""


class Reached(NamedTuple):
    """How many there are, how many of them want no messages, and how many have no chat known yet."""

    people: int
    muted: int
    chatless: int


class Part(NamedTuple):
    """A slice of an audience: how many, and the last person of it."""

    people: int
    last: int


_person, _posting, _tree, _place = map(columns, (Person, Posting, UnitTree, Place))
# One list of everybody with a chat, looked into for each: counting takes a third of looking each one up.
_chats = select(_place.person_id).where(_place.private, _place.gone_at.is_(None), _place.person_id.is_not(None))
_chatless = _person.id.notin_(_chats)
# The person after whom a slice begins.
after: Any = bindparam("after", type_=BigInteger)


def _inside(*, sqlite: bool) -> Any:
    found = (
        select(_posting.id)
        .join(UnitTree, _tree.descendant == _posting.unit_id)
        .where(_posting.person_id == _person.id, current(_posting), holds(_tree))
        .where(_tree.ancestor.in_(numbers("units", sqlite=sqlite)))
    )
    return found.correlate(Person).exists()


def whom(kind: Kind, *, sqlite: bool) -> list[Any]:
    """What holds of a person of an audience of a kind."""
    in_units, of_role = kind
    inside = [_inside(sqlite=sqlite)] if in_units else []
    return [here, *inside, *([_person.id.in_(holding)] if of_role else [])]


def _counting(kind: Kind, *, sqlite: bool) -> Statement[Reached]:
    muted = func.coalesce(func.sum(case((_person.muted, 1), else_=0)), 0)
    chatless = func.coalesce(func.sum(case((and_(~_person.muted, _chatless), 1), else_=0)), 0)
    return Statement(
        select(func.count(), muted, chatless).select_from(Person).where(*whom(kind, sqlite=sqlite)), Reached
    )


def _slicing(kind: Kind, *, sqlite: bool) -> Statement[Part]:
    some = select(_person.id).where(*whom(kind, sqlite=sqlite), _person.id > after)
    part = some.order_by(_person.id).limit(bindparam("limit")).subquery()
    return Statement(select(func.count(), func.coalesce(func.max(part.c.id), after)).select_from(part), Part)


WAYS: list[tuple[Kind, bool]] = [
    ((a, b), sqlite) for a in (True, False) for b in (True, False) for sqlite in (True, False)
]
_count = {(kind, sqlite): _counting(kind, sqlite=sqlite) for kind, sqlite in WAYS}
_slice = {(kind, sqlite): _slicing(kind, sqlite=sqlite) for kind, sqlite in WAYS}


def way(tx: Tx, audience: Audience) -> tuple[Kind, bool]:
    """Which of the statements for every kind of audience is this one's."""
    return (bool(audience.units), bool(audience.role)), tx.sqlite


def asked(audience: Audience, today: str) -> dict[str, Any]:
    """What those statements are given."""
    return {"units": json.dumps(audience.units), "role": audience.role, "today": today}


def count(tx: Tx, audience: Audience, *, today: str) -> Reached:
    """How many people an audience is today."""
    found = tx.one(_count[way(tx, audience)], **asked(audience, today))
    assert found is not None  # noqa: S101 - counts are always there
    return found


def part(tx: Tx, audience: Audience, *, today: str, after: int, limit: int) -> Part:
    """The next people of an audience after one."""
    found = tx.one(_slice[way(tx, audience)], **asked(audience, today), after=after, limit=limit)
    assert found is not None  # noqa: S101 - counts are always there
    return found
