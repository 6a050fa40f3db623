"""To whom the cards of each principle were sent, and who is new where they work: for how far principles have come."""

import json
from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

from sqlalchemy import and_, bindparam, false, literal, select

from storage.columns import columns, numbers
from storage.database import Tx
from storage.outbox import Body, Outbox
from storage.people import Person, here
from storage.places import Place
from storage.postings import Posting, current
from storage.statements import Statement

DAILY = "daily:"
_DAY = slice(len(DAILY), len(DAILY) + len("2026-11-24"))


class Came(NamedTuple):
    """Somebody who is in their unit since a day, and works here since another."""

    person: int
    since: str
    joined: str


_out, _body, _place, _posting, _person = map(columns, (Outbox, Body, Place, Posting, Person))
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
