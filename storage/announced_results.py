"""What became of the messages of announcements: counted, and listed one by one."""

import json
from collections.abc import Iterable
from typing import Any, NamedTuple

from sqlalchemy import String, and_, bindparam, case, func, literal, or_, select

from storage.announced import got, of
from storage.announcements import AnnouncementSeen
from storage.columns import columns
from storage.database import Tx
from storage.outbox import UNREACHED, Outbox
from storage.people import Person
from storage.places import Place
from storage.postings import Posting, current
from storage.statements import Statement
from storage.units import Unit

# What a message came to, for one person or place; the first that holds.
PRESSED, READ, GOT, CANCELLED, UNREACHABLE, WAITING = "pressed", "read", "sent", "cancelled", "unreachable", "waiting"
GROUPS = (PRESSED, READ, GOT, WAITING, UNREACHABLE, CANCELLED)
# Why a message waits whose platform app.yaml has off, or which is looked for elsewhere.
NOT_THERE = (UNREACHED, "its platform is off", "gone there, elsewhere next")
EVERY = 2**31


class Recipient(NamedTuple):
    """One whom a message is for: a person with their unit, or a channel; and what it came to."""

    id: int
    person_id: int | None
    name_ja: str
    name_en: str
    unit_ja: str | None
    unit_en: str | None
    group: str
    state: str
    error: str
    sent_at: int | None
    read_at: int | None
    pressed_at: int | None


_person, _posting, _place, _unit = map(columns, (Person, Posting, Place, Unit))
_out, _seen = columns(Outbox), columns(AnnouncementSeen)
_group = case(
    (_seen.pressed_at.is_not(None), PRESSED),
    (_seen.read_at.is_not(None), READ),
    (got, GOT),
    (_out.state == "dropped", CANCELLED),
    (_out.state == "expired", bindparam("expired", type_=String)),
    (_out.state.in_([literal("gone"), literal("parked")]), UNREACHABLE),
    (_out.error.in_([literal(why) for why in NOT_THERE]), UNREACHABLE),
    else_=WAITING,
)
_with_seen = and_(_seen.announcement_id == bindparam("announcement"), _seen.person_id == _out.person_id)


def _counted(*, sqlite: bool) -> Statement[Any]:
    found = select(_group.label("what")).select_from(Outbox).outerjoin(AnnouncementSeen, _with_seen)
    each = found.where(of(sqlite=sqlite)).subquery()
    return Statement(select(each.c.what, func.count()).group_by(each.c.what))


def _listing(*, sqlite: bool) -> Statement[Recipient]:
    found = (
        select(
            _out.id,
            _out.person_id,
            func.coalesce(_person.name_ja, _place.title),
            func.coalesce(_person.name_en, _place.title),
            _unit.name_ja.label("unit_ja"),
            _unit.name_en.label("unit_en"),
            _group.label("what"),
            _out.state,
            _out.error,
            _out.sent_at,
            _seen.read_at,
            _seen.pressed_at,
        )
        .select_from(Outbox)
        .outerjoin(Person, _person.id == _out.person_id)
        .outerjoin(Posting, and_(_posting.person_id == _person.id, current(_posting)))
        .outerjoin(Place, _place.id == _out.place_id)
        .outerjoin(Unit, _unit.id == func.coalesce(_posting.unit_id, _place.unit_id))
        .outerjoin(AnnouncementSeen, _with_seen)
        .where(of(sqlite=sqlite), or_(bindparam("group", type_=String) == "", _group == bindparam("group")))
        .order_by(_out.id)
        .limit(bindparam("limit"))
        .offset(bindparam("offset"))
    )
    return Statement(found, Recipient)


_by_group = {sqlite: _counted(sqlite=sqlite) for sqlite in (True, False)}
_listed = {sqlite: _listing(sqlite=sqlite) for sqlite in (True, False)}
_presses = Statement(
    select(func.count())
    .select_from(AnnouncementSeen)
    .where(_seen.announcement_id == bindparam("announcement"), _seen.pressed_at.is_not(None))
)


def counts(tx: Tx, announcement_id: int, bodies: Iterable[int], *, expired: str) -> dict[str, int]:
    """How many messages came to what; `expired` is the group of those whose time was over."""
    shown = json.dumps(list(bodies))
    return dict(tx.all(_by_group[tx.sqlite], announcement=announcement_id, bodies=shown, expired=expired))


def recipients(
    tx: Tx,
    announcement_id: int,
    bodies: Iterable[int],
    *,
    expired: str,
    today: str,
    group: str = "",
    offset: int = 0,
    limit: int = EVERY,
) -> list[Recipient]:
    """Whom it is for and what it came to, of one group or of all, in the order in which it was made out."""
    asked = {"announcement": announcement_id, "bodies": json.dumps(list(bodies)), "expired": expired, "today": today}
    return tx.all(_listed[tx.sqlite], **asked, group=group, offset=offset, limit=limit)


def presses(tx: Tx, announcement_id: int) -> int:
    """How many people pressed its button, those in channels too."""
    return int(tx.value(_presses, announcement=announcement_id))
