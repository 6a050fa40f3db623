"""What the delivery loop asks and writes for many leased messages at once."""

import json
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from sqlalchemy import bindparam, delete, func, literal_column, select

from storage import announcements
from storage.absences import Absence
from storage.columns import columns, numbers
from storage.database import Tx
from storage.outbox import Body, Outbox, Owed, settled
from storage.people import Person, chat
from storage.places import Place, PlaceRow
from storage.statements import Statement

# How the keys of announcements' messages begin; and the end of what is not to be sent at all.
ANNOUNCED, OVER = "announce:", 0
# The state of a message of which nothing is kept.
FORGOTTEN = "forgotten"


class Outcome(NamedTuple):
    """What became of a message that was leased until `lease`: the rest as in its row."""

    owed: Owed
    lease: int
    state: str
    tries: int
    due_at: int
    error: str = ""
    message: str = ""
    sent_at: int | None = None
    place_id: int | None = None


class Reader(NamedTuple):
    """Whose message it is, and their wishes; `back_on` is the first day back of somebody who is away."""

    id: int
    muted: bool
    left_on: str | None
    quiet_from: str
    quiet_to: str
    back_on: str | None


class Found(NamedTuple):
    """What sending a message needs: where it goes if anywhere, whose it is if anybody's, and its card as JSON.

    After `expires_at` it is not to be sent any more, though it was leased before.
    """

    place: PlaceRow | None
    reader: Reader | None
    card: str
    expires_at: int | None


_body, _out, _person, _place = columns(Body), columns(Outbox), columns(Person), columns(Place)
_absence = columns(Absence)
_today: Any = bindparam("today")
_back_on = (
    select(func.max(_absence.ends_on))
    .where(_absence.person_id == _person.id, _absence.starts_on <= _today, _absence.ends_on > _today)
    .correlate(Person)
    .scalar_subquery()
)
_wishes = (_person.id, _person.muted, _person.left_on, _person.quiet_from, _person.quiet_to, _back_on)
_forget = Statement(
    delete(Outbox).where(
        _out.id == bindparam("owed"), _out.state == literal_column("'leased'"), _out.lease_until == bindparam("lease")
    )
)
_readers = {
    sqlite: Statement(
        select(_out.id, _out.expires_at, func.coalesce(_out.place_id, chat), *_wishes)
        .select_from(Outbox)
        .outerjoin(Person, _person.id == _out.person_id)
        .where(_out.id.in_(numbers("ids", sqlite=sqlite)))
    )
    for sqlite in (True, False)
}
_places = {
    sqlite: Statement(
        select(*(_place[name] for name in PlaceRow._fields)).where(_place.id.in_(numbers("ids", sqlite=sqlite))),
        PlaceRow,
    )
    for sqlite in (True, False)
}
_cards = {
    sqlite: Statement(select(_body.id, _body.card).where(_body.id.in_(numbers("ids", sqlite=sqlite))))
    for sqlite in (True, False)
}


def found(tx: Tx, owed: Sequence[Owed], *, today: str) -> list[Found]:
    """What sending needs, for each of the messages in turn."""
    readers = {row[0]: row[1:] for row in tx.all(_readers[tx.sqlite], ids=_listed(o.id for o in owed), today=today)}
    goals = _listed({row[1] for row in readers.values() if row[1] is not None})
    places = {place.id: place for place in tx.all(_places[tx.sqlite], ids=goals)}
    cards: dict[int, str] = dict(tx.all(_cards[tx.sqlite], ids=_listed({o.body_id for o in owed})))
    stopped = _stopped(tx, owed)
    return [_found(readers[o.id], places, cards[o.body_id], stopped=o.id in stopped) for o in owed]


def _stopped(tx: Tx, owed: Sequence[Owed]) -> set[int]:
    """The messages of announcements that were cancelled: they are not sent, however many of them wait still."""
    of = {one.id: int(one.key.split(":")[1]) for one in owed if one.key.startswith(ANNOUNCED)}
    gone = announcements.cancelled(tx, set(of.values())) if of else set()
    return {message for message, announcement in of.items() if announcement in gone}


def _found(row: tuple[Any, ...], places: dict[int, PlaceRow], card: str, *, stopped: bool) -> Found:
    reader = Reader(*row[2:]) if row[2] is not None else None
    return Found(places.get(row[1]), reader, card, OVER if stopped else row[0])


def _listed(ids: Iterable[int]) -> str:
    return json.dumps(list(ids))


def settle(tx: Tx, outcomes: Sequence[Outcome]) -> None:
    """Write down what became of messages; those whose lease had run out are left as they are."""
    # Always in the order of their rows: two loops that write at once must not wait for each other.
    in_order = sorted(outcomes, key=lambda one: one.owed.id)
    tx.many(settled, [_written(outcome) for outcome in in_order if outcome.state != FORGOTTEN])
    tx.many(_forget, [{"owed": one.owed.id, "lease": one.lease} for one in in_order if one.state == FORGOTTEN])


def _written(outcome: Outcome) -> dict[str, object]:
    return {
        "owed": outcome.owed.id,
        "lease": outcome.lease,
        "shown": outcome.owed.body_id,
        "to": outcome.state,
        "why": outcome.error,
        "ref": outcome.message,
        "at": outcome.sent_at,
        "place": outcome.place_id,
        "due": outcome.due_at,
        "count": outcome.tries,
    }
