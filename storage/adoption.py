"""How far principles have come by what people did: who read, tried, noted and was recognised, where and in which week.

People come as texts of keys, a unit and a number at a time, as in `storage.rollups`.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from sqlalchemy import Integer, and_, bindparam, case, cast, false, func, literal, literal_column, select

from storage.columns import columns, numbers
from storage.daily import Mark
from storage.database import Tx
from storage.kudos import KudosTag
from storage.note_tags import NoteTag
from storage.notes import Note
from storage.outbox import Body, Outbox
from storage.people import Person, here
from storage.places import Place
from storage.postings import Posting, current
from storage.rollups import Together, apart
from storage.statements import Statement

# A person's key and a number below this are one number.
SHIFT = 1_024
DAILY = "daily:"
_DAY = slice(len(DAILY), len(DAILY) + len("2026-11-24"))


class Coded(NamedTuple):
    """What was done in a unit itself (None is no unit): people's keys, each times `SHIFT` plus what the walk is for."""

    unit: int | None
    codes: list[int]


class Tried(NamedTuple):
    """Who tried something in a unit itself, and on which day (20261124), in the same order."""

    unit: int | None
    people: list[int]
    days: list[int]


class Thanked(NamedTuple):
    """Who was thanked in a unit itself, with the week (as in `Coded`), and for which number, in the same order."""

    unit: int | None
    codes: list[int]
    numbers: list[int]


class Facet(NamedTuple):
    """What one way of telling achieved: how often its cards were read or tried."""

    facet: str
    what: str
    times: int


class Came(NamedTuple):
    """Somebody who is in their unit since a day, and works here since another."""

    person: int
    since: str
    joined: str


_mark, _written, _note, _tag, _out, _body = map(columns, (Mark, Note, NoteTag, KudosTag, Outbox, Body))
_place, _posting, _person = map(columns, (Place, Posting, Person))
_marked = and_(_mark.day >= bindparam("first"), _mark.day < bindparam("end"))
_noted = and_(
    _note.at >= bindparam("since"),
    _note.at < bindparam("until"),
    _note.office == false(),
    _note.author_id.is_not(None),
    _note.counts_as.is_not(None),
)
_thanked = and_(_tag.at >= bindparam("since"), _tag.at < bindparam("until"), _tag.counts_as.is_not(None))


# One walk over an index, a unit at a time; whatever is to be known beside a person is put into the same number.
_marks = Statement(
    select(
        _mark.unit_id, Together(_mark.person_id * SHIFT + _mark.number * 2 + case((_mark.what == "tried", 1), else_=0))
    )
    .where(_marked)
    .group_by(_mark.unit_id)
)
_tries = Statement(
    select(
        _mark.unit_id,
        Together(_mark.person_id),
        Together(cast(func.replace(_mark.day, literal_column("'-'"), literal_column("''")), Integer)),
    )
    .where(_marked, _mark.what == literal_column("'tried'"))
    .group_by(_mark.unit_id)
)


def _week(at: Any) -> Any:
    return (at - bindparam("since")) // bindparam("week_millis")


_notes = Statement(
    select(_written.unit_id, Together(_written.author_id * SHIFT + _week(_written.at)))
    .where(
        _written.at >= bindparam("since"),
        _written.at < bindparam("until"),
        _written.deleted_at.is_(None),
        _written.audience != literal_column("'office'"),
        _written.author_id.is_not(None),
    )
    .group_by(_written.unit_id)
)
_thanks = Statement(
    select(_tag.unit_id, Together(_tag.receiver_id * SHIFT + _week(_tag.at)), Together(_tag.counts_as))
    .where(_thanked)
    .group_by(_tag.unit_id)
)
_by_number = select(_note.counts_as, Together(_note.author_id)).where(_noted).group_by(_note.counts_as)
_numbers = Statement(_by_number)
_numbers_in = {
    sqlite: Statement(_by_number.where(_note.unit_id.in_(numbers("units", sqlite=sqlite)))) for sqlite in (True, False)
}
_facets = Statement(
    select(_mark.facet, _mark.what, func.count()).where(_marked).group_by(_mark.facet, _mark.what),
    Facet,
)
_bodies = Statement(
    select(_body.id, _body.key).where(
        _body.key >= literal(DAILY) + bindparam("first"), _body.key < literal(DAILY) + bindparam("end")
    )
)
_sent = {
    sqlite: select(_out.person_id, _place.unit_id)
    .select_from(Outbox)
    .outerjoin(Place, and_(_place.id == _out.place_id, _place.private == false()))
    .where(_out.body_id.in_(numbers("bodies", sqlite=sqlite)), _out.state == literal("sent"))
    .distinct()
    for sqlite in (True, False)
}
_reached = {sqlite: Statement(found) for sqlite, found in _sent.items()}
_came = Statement(
    select(_posting.person_id, _posting.starts_on, _person.joined_on)
    .join(Person, _person.id == _posting.person_id)
    .where(current(_posting), here, _posting.starts_on >= bindparam("after")),
    Came,
)


def marks(tx: Tx, *, first: str, end: str) -> Iterator[Coded]:
    """Who read (number · 2) and tried (number · 2 + 1) what, by unit, on some days."""
    return (Coded(unit, apart(codes)) for unit, codes in tx.all(_marks, first=first, end=end))


def tries(tx: Tx, *, first: str, end: str) -> Iterator[Tried]:
    """Who tried anything on which day, by unit."""
    return (Tried(unit, apart(who), apart(on)) for unit, who, on in tx.all(_tries, first=first, end=end))


def notes(tx: Tx, *, since: int, until: int, week_millis: int) -> Iterator[Coded]:
    """Who wrote a note in which week, by unit; notes to the secretariat alone and nameless ones are left out."""
    found = tx.all(_notes, since=since, until=until, week_millis=week_millis)
    return (Coded(unit, apart(codes)) for unit, codes in found)


def note_numbers(
    tx: Tx, *, since: int, until: int, units: Iterable[int] | None = None
) -> Iterator[tuple[int, list[int]]]:
    """(principle, who wrote a note with its number), of some units or of all."""
    if units is None:
        rows = tx.all(_numbers, since=since, until=until)
    else:
        rows = tx.all(_numbers_in[tx.sqlite], since=since, until=until, units=json.dumps(sorted(units)))
    return ((number, apart(people)) for number, people in rows)


def thanks(tx: Tx, *, since: int, until: int, week_millis: int) -> Iterator[Thanked]:
    """Who was thanked for what in which week, by unit."""
    found = tx.all(_thanks, since=since, until=until, week_millis=week_millis)
    return (Thanked(unit, apart(codes), apart(tags)) for unit, codes, tags in found)


def facets(tx: Tx, *, first: str, end: str) -> list[Facet]:
    """What each way of telling achieved in the whole organisation."""
    return tx.all(_facets, first=first, end=end)


def sent_on(tx: Tx, *, first: str, end: str) -> dict[str, list[int]]:
    """The cards of each day that are still known."""
    found: defaultdict[str, list[int]] = defaultdict(list)
    for body, key in tx.all(_bodies, first=first, end=end):
        found[key[_DAY]].append(body)
    return dict(found)


def reached(tx: Tx, bodies: Iterable[int]) -> tuple[set[int], set[int]]:
    """(people who were sent one of these cards, units in whose channel one stood)."""
    rows = tx.all(_reached[tx.sqlite], bodies=json.dumps(list(bodies)))
    return {person for person, _ in rows if person is not None}, {unit for _, unit in rows if unit is not None}


def came(tx: Tx, *, after: str, today: str) -> list[Came]:
    """Who is in their unit only since a day or later."""
    return tx.all(_came, after=after, today=today)
