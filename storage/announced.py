"""The messages of announcements in the outbox: made out, stopped and corrected many at a time.

An announcement's messages are those that show one of its cards: they are found by these, which an index serves.
"""

import json
from collections.abc import Collection, Iterable
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, String, bindparam, case, cast, func, literal, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from storage import audiences
from storage.audiences import Audience, Kind, Part, whom
from storage.columns import columns, numbers
from storage.database import Tx
from storage.outbox import Outbox
from storage.people import Person
from storage.places import Place
from storage.statements import Statement
from storage.units import UnitTree, holds

# Why somebody who wants no messages gets none, as the delivery loop puts it.
MUTED = "wants none"


class Sending(NamedTuple):
    """What the messages of an announcement have in common: their cards by language, when they are due and worth it."""

    announcement: int
    ja: int
    en: int
    easy: int
    usual: int
    due: int
    expires: int


_person, _tree, _place, _out = map(columns, (Person, UnitTree, Place, Outbox))


def _number(name: str) -> Any:
    return bindparam(name, type_=BigInteger)


_NAMES = ("key", "person_id", "place_id", "body_id", "due_at", "expires_at", "state", "tries", "error", "message")


def _key(kind: str, ident: Any) -> Any:
    return bindparam("prefix", type_=String) + literal(f"{kind}-") + cast(ident, String)


def _owing(kind: Kind, *, sqlite: bool) -> Statement[Any]:
    languages = {"ja": "ja", "en": "en", "ja-easy": "easy"}
    body = case(
        *((_person.language == lang, _number(name)) for lang, name in languages.items()), else_=_number("usual")
    )
    row = select(
        _key("person", _person.id),
        _person.id,
        cast(literal(None), BigInteger),
        body,
        _number("due"),
        _number("expires"),
        case((_person.muted, literal("gone")), else_=literal("waiting")),
        literal(0),
        case((_person.muted, literal(MUTED)), else_=literal("")),
        literal(""),
    ).where(*whom(kind, sqlite=sqlite), _person.id > audiences.after, _person.id <= bindparam("last"))
    return Statement(insert(Outbox).from_select(_NAMES, row).on_conflict_do_nothing())


_owe = {(kind, sqlite): _owing(kind, sqlite=sqlite) for kind, sqlite in audiences.WAYS}


def _channels(in_units: bool, *, sqlite: bool) -> list[Any]:
    found = [_place.private.is_(False), _place.gone_at.is_(None)]
    if in_units:
        under = select(_tree.descendant).where(_tree.ancestor.in_(numbers("units", sqlite=sqlite)), holds(_tree))
        found.append(_place.unit_id.in_(under))
    return found


def _owing_places(in_units: bool, *, sqlite: bool) -> Statement[Any]:
    row = select(
        _key("place", _place.id),
        cast(literal(None), BigInteger),
        _place.id,
        _number("usual"),
        _number("due"),
        _number("expires"),
        literal("waiting"),
        literal(0),
        literal(""),
        literal(""),
    ).where(*_channels(in_units, sqlite=sqlite))
    return Statement(insert(Outbox).from_select(_NAMES, row).on_conflict_do_nothing())


_places = {
    (some, sqlite): Statement(select(func.count()).select_from(Place).where(*_channels(some, sqlite=sqlite)))
    for some in (True, False)
    for sqlite in (True, False)
}
_owe_places = {(some, sqlite): _owing_places(some, sqlite=sqlite) for some in (True, False) for sqlite in (True, False)}


def of(*, sqlite: bool) -> Any:
    """Whether a message shows one of the cards bound as `bodies`."""
    return _out.body_id.in_(numbers("bodies", sqlite=sqlite))


# Whether it was shown, whatever it waits for now.
got = or_(_out.sent_at.is_not(None), _out.message != "")
_both = (True, False)


def _slicing(*, sqlite: bool) -> Statement[Part]:
    """The next messages of an announcement after one: how many, and the last of them."""
    some = select(_out.id).where(of(sqlite=sqlite), _out.id > bindparam("after"))
    part = some.order_by(_out.id).limit(bindparam("limit")).subquery()
    return Statement(select(func.count(), func.coalesce(func.max(part.c.id), _number("after"))).select_from(part), Part)


_slice = {sqlite: _slicing(sqlite=sqlite) for sqlite in _both}
_stop = {
    sqlite: Statement(
        update(Outbox)
        .where(of(sqlite=sqlite), _out.id > bindparam("after"), _out.id <= bindparam("last"))
        .where(_out.state == literal("waiting"), _out.message == "")
        .values(state="dropped")
    )
    for sqlite in _both
}
_have = {sqlite: Statement(select(func.count()).select_from(Outbox).where(of(sqlite=sqlite), got)) for sqlite in _both}
_open = {
    sqlite: Statement(
        select(_out.id).where(of(sqlite=sqlite), _out.state.in_([literal("waiting"), literal("leased")])).limit(1)
    )
    for sqlite in _both
}
_SHOWABLE = [literal(state) for state in ("waiting", "leased", "sent", "parked")]


def _correcting() -> Statement[Any]:
    some = select(_out.id).where(_out.body_id == bindparam("was"), _out.state.in_(_SHOWABLE))
    return Statement(
        update(Outbox)
        .where(_out.id.in_(some.order_by(_out.id).limit(bindparam("limit"))))
        .values(
            body_id=_number("to"),
            due_at=case((got, _number("now")), else_=_out.due_at),
            expires_at=case((got, None), else_=_out.expires_at),
            tries=0,
            state=case((_out.state == "leased", literal("leased")), else_=literal("waiting")),
        )
    )


_change = _correcting()
_shown = Statement(select(_out.message).where(_out.key == bindparam("message_key")))
_one = Statement(select(_out.state).where(_out.key == bindparam("message_key")))


def owe(tx: Tx, audience: Audience, sending: Sending, *, today: str, after: int, last: int) -> None:
    """Owe their message to everybody of an audience between two people; whoever wants none is written down as such."""
    asked = audiences.asked(audience, today) | _shared(sending)
    tx.run(_owe[audiences.way(tx, audience)], **asked, after=after, last=last)
    tx.announce()


def _shared(sending: Sending) -> dict[str, Any]:
    return {"prefix": f"announce:{sending.announcement}:", **sending._asdict()}


def count_places(tx: Tx, units: Collection[int], *, today: str) -> int:
    """How many channels there are of units and those below them; of no units all there are."""
    return int(tx.value(_places[bool(units), tx.sqlite], units=json.dumps(list(units)), today=today))


def owe_places(tx: Tx, units: Collection[int], sending: Sending, *, today: str) -> None:
    """Owe the message to those channels."""
    asked = {"units": json.dumps(list(units)), "today": today}
    tx.run(_owe_places[bool(units), tx.sqlite], **asked, **_shared(sending))
    tx.announce()


def stop(tx: Tx, bodies: Iterable[int], *, after: int, limit: int) -> Part:
    """Have the next messages after one be owed no more, where they were not shown; returns how many were looked at.

    None of them is sent meanwhile: whoever sends asks whether the announcement was cancelled.
    """
    shown = json.dumps(list(bodies))
    part = tx.one(_slice[tx.sqlite], bodies=shown, after=after, limit=limit)
    assert part is not None  # noqa: S101 - counts are always there
    tx.run(_stop[tx.sqlite], bodies=shown, after=after, last=part.last)
    return part


def have(tx: Tx, bodies: Iterable[int]) -> int:
    """How many have got it."""
    return int(tx.value(_have[tx.sqlite], bodies=json.dumps(list(bodies))))


def is_open(tx: Tx, bodies: Iterable[int]) -> bool:
    """Whether any message waits or is being sent."""
    return tx.one(_open[tx.sqlite], bodies=json.dumps(list(bodies))) is not None


def correct(tx: Tx, was: int, to: int, *, now: int, limit: int) -> int:
    """Have some messages show another card, where they were shown too; returns how many, 0 when none is left."""
    changed = tx.run(_change, was=was, to=to, now=now, limit=limit)
    tx.announce()
    return changed


def state_for(tx: Tx, announcement_id: int, person_id: int) -> str | None:
    """What became of somebody's message, while it is kept; None for whoever it was never for."""
    found: str | None = tx.value(_one, message_key=f"announce:{announcement_id}:person-{person_id}")
    return found


def shown_to(tx: Tx, announcement_id: int, person_id: int) -> str:
    """The platform's reference of somebody's message, once it was shown."""
    return tx.value(_shown, message_key=f"announce:{announcement_id}:person-{person_id}") or ""
