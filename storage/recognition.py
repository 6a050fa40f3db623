"""Thanks as a recognition report walks them: texts handed over instead of rows, and everything of a principle at once.

Only thanks that stand have tags, so that nothing here asks whether one was taken back.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

from sqlalchemy import and_, bindparam, case, exists, func, select

from storage.columns import columns
from storage.database import Tx
from storage.kudos import Kudos, KudosTag
from storage.people import Person
from storage.rollups import Together, apart
from storage.statements import Statement
from storage.units import UnitTree

_tag, _kudos, _person, _tree = map(columns, (KudosTag, Kudos, Person, UnitTree))
_since: Any = bindparam("since")
_until: Any = bindparam("until")


class Row(NamedTuple):
    """A principle of thanks to somebody of a unit or below; number 0 is one that the pack has no longer."""

    number: int
    receiver: int
    giver: int
    unit: int
    own: int
    at: int
    kudos: int
    lead: int


class Counted(NamedTuple):
    """The thanks of a principle: how many kudos, to how many people, and (receiver, times) of those thanked often."""

    kudos: int
    people: int
    often: list[tuple[int, int]]


class Thanked(NamedTuple):
    """Whose first thanks ever are in a period, and (receiver, how many units) of those whom other units thanked."""

    first: list[int]
    outside: list[tuple[int, int]]


def _during(column: Any) -> Any:
    return and_(column >= _since, column < _until)


_own = case((_tag.giver_unit_id == _tag.unit_id, 1), else_=0)
_giver_unit = func.coalesce(_tag.giver_unit_id, 0)
_led = case((_tag.lead, 1), else_=0)
_by_receiver = (
    select(_tag.receiver_id.label("receiver"), func.count().label("times"), func.sum(_led).label("led"))
    .where(_tag.counts_as == bindparam("number"), _during(_tag.at))
    .group_by(_tag.receiver_id)
    .subquery()
)
_frequent = _by_receiver.c.times >= bindparam("least")
_of_number = Statement(
    select(
        func.coalesce(func.sum(_by_receiver.c.led), 0),
        func.count(),
        Together(case((_frequent, _by_receiver.c.receiver))),
        Together(case((_frequent, _by_receiver.c.times))),
    )
)
# Walks the index in the givers' order, so that counting different ones needs no memory of those seen.
_givers = Statement(
    select(func.count()).select_from(
        select(_tag.giver_id)
        .where(_tag.counts_as == bindparam("number"), _during(_tag.at))
        .group_by(_tag.giver_id)
        .subquery()
    )
)
_kudos_by_number = Statement(
    select(_tag.counts_as, func.sum(_led)).where(_during(_tag.at), _tag.counts_as.is_not(None)).group_by(_tag.counts_as)
)
_elsewhere = and_(_during(_tag.at), _tag.giver_unit_id.is_distinct_from(_tag.unit_id))
_everybody = (
    select(
        _tag.receiver_id.label("receiver"),
        func.min(_tag.at).label("first"),
        func.count(case((_elsewhere, _tag.giver_unit_id)).distinct()).label("outside"),
    )
    .group_by(_tag.receiver_id)
    .subquery()
)
_wide = _everybody.c.outside >= bindparam("least")
_receivers = Statement(
    select(
        Together(case((_during(_everybody.c.first), _everybody.c.receiver))),
        Together(case((_wide, _everybody.c.receiver))),
        Together(case((_wide, _everybody.c.outside))),
    )
)


def _gave(when: Any) -> Any:
    return exists().where(_kudos.giver_id == _person.id, _kudos.taken_back_at.is_(None), when).correlate(Person)


_first_givers = Statement(select(Together(_person.id)).where(_gave(_during(_kudos.at)), ~_gave(_kudos.at < _since)))
# Of a unit and everything below it, where that was at the time.
_there = and_(
    _tag.unit_id == _tree.descendant,
    _tag.at >= _tree.starts_at,
    _tag.at < _tree.ends_at,
    _tree.ancestor == bindparam("unit"),
)
_fields = (_tag.receiver_id, _tag.giver_id, _giver_unit, _own, _tag.at, _tag.kudos_id, _led)
_of_unit = Statement(
    select(func.coalesce(_tag.counts_as, 0), *map(Together, _fields))
    .select_from(UnitTree)
    .join(KudosTag, _there)
    .where(_during(_tag.at))
    .group_by(_tag.counts_as)
)
_givers_there = Statement(
    select(Together(_kudos.giver_id))
    .select_from(UnitTree)
    .join(
        Kudos,
        and_(_kudos.unit_id == _tree.descendant, _kudos.at >= _tree.starts_at, _kudos.at < _tree.ends_at),
    )
    .where(_tree.ancestor == bindparam("unit"), _during(_kudos.at), _kudos.taken_back_at.is_(None))
)


def of_number(tx: Tx, number: int, *, since: int, until: int, least: int) -> Counted:
    """The thanks of everybody for a principle, and those thanked at least so many times."""
    found = tx.one(_of_number, number=number, since=since, until=until, least=least)
    kudos, people, receivers, times = found or (0, 0, "", "")
    return Counted(int(kudos), int(people), list(zip(apart(receivers), apart(times), strict=True)))


def givers(tx: Tx, number: int, *, since: int, until: int) -> int:
    """How many different people gave thanks for a principle."""
    return int(tx.value(_givers, number=number, since=since, until=until))


def by_number(tx: Tx, *, since: int, until: int) -> dict[int, int]:
    """How many kudos of each principle there are, of those that have any."""
    return {number: int(kudos) for number, kudos in tx.all(_kudos_by_number, since=since, until=until) if kudos}


def thanked(tx: Tx, *, since: int, until: int, least: int) -> Thanked:
    """Everybody's first thanks, and those whom at least so many other units thanked."""
    first, people, outside = tx.one(_receivers, since=since, until=until, least=least) or ("", "", "")
    return Thanked(sorted(apart(first)), list(zip(apart(people), apart(outside), strict=True)))


def first_givers(tx: Tx, *, since: int, until: int) -> list[int]:
    """Who gave thanks for the first time ever."""
    return sorted(apart(tx.value(_first_givers, since=since, until=until)))


def of_unit(tx: Tx, unit: int, *, since: int, until: int) -> Iterator[Row]:
    """Every principle of all thanks to people who were in a unit or below it then."""
    for number, *texts in tx.all(_of_unit, unit=unit, since=since, until=until):
        for row in zip(*map(apart, texts), strict=True):
            yield Row(number, *row)


def givers_in_unit(tx: Tx, unit: int, *, since: int, until: int) -> set[int]:
    """Who gave thanks while in a unit or below it."""
    return set(apart(tx.value(_givers_there, unit=unit, since=since, until=until)))
