"""What is known of who can be reached: one statement a kind of row, for everybody at once; `bot.reach` judges."""

import json
from collections import defaultdict
from typing import Any, NamedTuple

from sqlalchemy import JSON, and_, cast, func, literal, literal_column, select

from storage.accounts import Account
from storage.audit import Audit
from storage.columns import columns, numbers
from storage.database import Tx
from storage.outbox import Body, Outbox
from storage.people import Person, here
from storage.places import Place
from storage.postings import Posting, current
from storage.statements import Statement
from storage.units import Unit, below

# How the cards begin that go to everybody who subscribed, and how long that is with the day behind it.
DAILY = "daily:"
PERSON = "person:"
_DATED = len(DAILY) + len("2026-11-24")


class Member(NamedTuple):
    """Somebody who works here today, with the unit they are in."""

    id: int
    number: str
    name_ja: str
    name_en: str
    listed: bool
    muted: bool
    joined_on: str
    unit: str | None
    unit_ja: str | None
    unit_en: str | None


class Chat(NamedTuple):
    """A private place of a person, and when its account was linked.

    `conversation` is what its address says of that, if anything.
    """

    person_id: int
    platform: str
    conversation: str | None
    gone_at: int | None
    gone_why: str
    linked_at: int | None


class Known(NamedTuple):
    """An account of a person of which no chat is known, there or gone."""

    person_id: int
    platform: str
    kind: str
    linked_at: int | None


class Ended(NamedTuple):
    """That an account was taken from a person; `why` is empty where somebody did it by hand."""

    person_id: int
    platform: str
    why: str
    at: int


class Channels(NamedTuple):
    """How many channels of a platform are as they are: there, or gone and why, in a word."""

    platform: str
    gone: bool
    why: str
    places: int


class Sent(NamedTuple):
    """What became of one person's card of a day."""

    person_id: int
    state: str


_person, _posting, _unit, _account = map(columns, (Person, Posting, Unit, Account))
_place, _out, _body, _audit = map(columns, (Place, Outbox, Body, Audit))

_members = (
    select(
        *(_person[name] for name in Member._fields[:7]),
        _unit.code.label("unit"),
        _unit.name_ja.label("unit_ja"),
        _unit.name_en.label("unit_en"),
    )
    .select_from(Person)
    .outerjoin(Posting, and_(_posting.person_id == _person.id, current(_posting)))
    .outerjoin(Unit, _unit.id == _posting.unit_id)
    .where(here)
    .order_by(_person.id)
)
_everyone = Statement(_members, Member)
_counted_all = Statement(select(_person.id, _person.muted).where(here))
_counted_under = Statement(
    select(_person.id, _person.muted)
    .join(Posting, and_(_posting.person_id == _person.id, current(_posting)))
    .where(here, _posting.unit_id.in_(below))
)
_under = Statement(_members.where(_posting.unit_id.in_(below)), Member)


def _conversation(*, sqlite: bool) -> Any:
    if sqlite:
        return func.json_extract(_place.address, literal_column("'$.conversation'"))
    return cast(_place.address, JSON).op("->>")(literal_column("'conversation'"))


_chats = {
    sqlite: Statement(
        select(
            _place.person_id,
            _place.platform,
            _conversation(sqlite=sqlite),
            _place.gone_at,
            _place.gone_why,
            _account.linked_at,
        )
        .select_from(Place)
        .outerjoin(Account, and_(_account.platform == _place.platform, _account.ext_id == _place.account))
        .where(_place.private, _place.person_id.is_not(None)),
        Chat,
    )
    for sqlite in (True, False)
}
_chat_there = (
    select(_place.id)
    .where(
        _place.platform == _account.platform,
        _place.account == _account.ext_id,
        _place.private,
        _place.person_id == _account.person_id,
    )
    .correlate(Account)
    .exists()
)
_accounts = Statement(
    select(*(_account[name] for name in Known._fields)).where(_account.person_id.is_not(None), ~_chat_there), Known
)
_ended = Statement(
    select(_audit.subject, _audit.at, _audit.detail)
    .where(_audit.action == literal("link.end"), _audit.subject.like(literal(f"{PERSON}%")))
    .order_by(_audit.id)
)
_gone = _place.gone_at.is_not(None)
_counted = (
    select(_place.platform, _gone, _place.gone_why, func.count())
    .where(_place.private.is_(False))
    .group_by(_place.platform, _gone, _place.gone_why)
    .order_by(_place.platform, _gone, func.count().desc(), _place.gone_why)
)
_channels = Statement(_counted, Channels)
_channels_under = Statement(_counted.where(_place.unit_id.in_(below)), Channels)
_waiting = Statement(
    select(_out.person_id, func.count())
    .where(_out.state == literal_column("'waiting'"), _out.person_id.is_not(None), _out.place_id.is_(None))
    .group_by(_out.person_id)
)
_daily = Statement(select(_body.id, _body.key).where(_body.key.like(literal(f"{DAILY}%"))))
_sent = {
    sqlite: Statement(
        select(_out.person_id, _out.state).where(
            _out.body_id.in_(numbers("bodies", sqlite=sqlite)), _out.person_id.is_not(None)
        ),
        Sent,
    )
    for sqlite in (True, False)
}


def members(tx: Tx, *, today: str, unit: int | None = None) -> list[Member]:
    """Everyone who works here today, or in a unit and below."""
    if unit is None:
        return tx.all(_everyone, today=today)
    return tx.all(_under, today=today, unit=unit)


def counted(tx: Tx, *, today: str, unit: int | None = None) -> list[tuple[int, bool]]:
    """Of the same people only who it is and whether they want no messages."""
    return tx.all(_counted_all, today=today) if unit is None else tx.all(_counted_under, today=today, unit=unit)


def chats(tx: Tx) -> list[Chat]:
    """Every private place that is somebody's."""
    return tx.all(_chats[tx.sqlite])


def accounts(tx: Tx) -> list[Known]:
    """Every account that is somebody's, but for those whose chat says more."""
    return tx.all(_accounts)


def ended(tx: Tx) -> list[Ended]:
    """The last account that was taken from each person: a closed one is nobody's, only the audit log knows whose."""
    last = {subject: (at, json.loads(detail)) for subject, at, detail in tx.all(_ended)}
    return [_taken(subject, at, detail) for subject, (at, detail) in last.items()]


def _taken(subject: str, at: int, detail: dict[str, Any]) -> Ended:
    return Ended(int(subject.removeprefix(PERSON)), detail.get("platform", ""), detail.get("why", ""), at)


def channels(tx: Tx, *, today: str, unit: int | None = None) -> list[Channels]:
    """How many channels there are, of all or of a unit and below, by platform and by why they are gone."""
    found = tx.all(_channels) if unit is None else tx.all(_channels_under, today=today, unit=unit)
    return [row._replace(gone=bool(row.gone)) for row in found]


def waiting(tx: Tx) -> dict[int, int]:
    """How many messages wait for each person that were shown nowhere yet."""
    return dict(tx.all(_waiting))


def last_daily(tx: Tx) -> tuple[str, list[Sent]]:
    """The last day a daily card was owed to people, and what became of each; no day where there was none."""
    bodies: dict[str, list[int]] = defaultdict(list)
    for body, name in tx.all(_daily):
        bodies[name[len(DAILY) : _DATED]].append(body)
    for day in sorted(bodies, reverse=True):
        if sent := tx.all(_sent[tx.sqlite], bodies=json.dumps(bodies[day])):
            return day, sent
    return "", []
