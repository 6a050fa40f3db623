"""The outbox: every message the bot owes, written in the transaction that caused it, delivered by a loop."""

import json
from collections.abc import Collection
from typing import NamedTuple

from sqlalchemy import (
    ColumnElement,
    Index,
    String,
    bindparam,
    case,
    delete,
    func,
    literal,
    literal_column,
    select,
    text,
    update,
)
from sqlmodel import Field, SQLModel

from storage.columns import adding, bigint, columns, key, numbers, ref
from storage.database import Tx
from storage.statements import Statement

# Why a message waits that is for somebody on no platform yet, or away.
UNREACHED = "nowhere to send it yet"
AWAY = "away"
# Why one waits that its platform could not take yet.
LATER = "later"


class Body(SQLModel, table=True):
    """A card as JSON, stored once however many places it goes to."""

    __tablename__ = "body"

    id: int | None = key()
    key: str = Field(unique=True)
    card: str
    at: int = bigint()


class Outbox(SQLModel, table=True):
    """One message owed to a place or to a person, what it shall show, and what became of it.

    `body_id` is what it shall show now: a message that changes is one row whose body changes, so the newest always
    wins, however often sending fails. `message` is the platform's reference once it was shown.
    `state`: waiting, leased (being sent), sent, gone (nobody there), parked (given up, for a human to look at),
    dropped (withdrawn before it was shown), expired (its time had passed).
    """

    __tablename__ = "outbox"
    __table_args__ = (
        Index("ix_outbox_state_due", "state", "due_at"),
        Index(
            "ix_outbox_waiting_person",
            "person_id",
            sqlite_where=text("state = 'waiting'"),
            postgresql_where=text("state = 'waiting'"),
        ),
        Index(
            "ix_outbox_later",
            "due_at",
            "id",
            sqlite_where=text("state = 'waiting' AND error = 'later'"),
            postgresql_where=text("state = 'waiting' AND error = 'later'"),
        ),
        Index(
            "ix_outbox_message", "message", sqlite_where=text("message <> ''"), postgresql_where=text("message <> ''")
        ),
    )

    id: int | None = key()
    key: str = Field(unique=True)
    place_id: int | None = ref("place.id", null=True)
    person_id: int | None = ref("person.id", null=True)
    body_id: int = ref("body.id", index=True)
    state: str = Field(default="waiting")
    due_at: int = bigint()
    expires_at: int | None = bigint(null=True)
    lease_until: int | None = bigint(null=True)
    tries: int = 0
    error: str = ""
    message: str = ""
    sent_at: int | None = bigint(null=True)


class Owed(NamedTuple):
    """A leased message. `message` is the platform's reference when it was shown before and only changes."""

    id: int
    key: str
    place_id: int | None
    person_id: int | None
    body_id: int
    tries: int
    message: str
    due_at: int
    error: str

    @property
    def to(self) -> int:
        """Whom it is for, as one number: a place, or below zero a person, wherever they are reached."""
        return self.place_id or -(self.person_id or 0)


_body, _out = columns(Body), columns(Outbox)

_body_id = Statement(select(_body.id).where(_body.key == bindparam("key")))
_add_body = Statement(adding(Body, "key", "card", "at").on_conflict_do_nothing().returning(_body.id))
_card = Statement(select(_body.card).where(_body.id == bindparam("id")))
_sweep = Statement(
    delete(Body).where(
        _body.at < bindparam("before"), ~select(_out.id).where(_out.body_id == _body.id).correlate(Body).exists()
    )
)
_add = Statement(
    adding(Outbox, "key", "place_id", "person_id", "body_id", "due_at", "expires_at")
    .values(state="waiting", tries=0, error="", message="")
    .on_conflict_do_nothing()
)
_change = Statement(
    update(Outbox)
    .where(_out.key == bindparam("message_key"), _out.state.notin_([literal("gone"), literal("dropped")]))
    .values(
        body_id=bindparam("body"),
        due_at=bindparam("due"),
        tries=0,
        state=case((_out.state == "leased", literal("leased")), else_=literal("waiting")),
    )
)
_drop = Statement(
    update(Outbox)
    .where(_out.key == bindparam("message_key"), _out.message == "", _out.state.notin_([literal("leased")]))
    .values(state="dropped")
)
_to = func.coalesce(_out.place_id, -_out.person_id, 0)
# Their texts stand in the statement: an index on some rows only is not found through a bound value.
_waiting, _put_off = _out.state == literal_column("'waiting'"), _out.error == literal_column(f"'{LATER}'")


def _take(*which: ColumnElement[bool], sqlite: bool) -> Statement[Owed]:
    due = (
        select(_out.id)
        .where(_waiting, *which, _out.due_at <= bindparam("now"), _to.notin_(numbers("busy", sqlite=sqlite)))
        .order_by(_out.due_at, _out.id)
        .limit(bindparam("limit"))
    )
    return Statement(
        update(Outbox)
        .where(_out.id.in_(due if sqlite else due.with_for_update(skip_locked=True)))
        .values(state="leased", lease_until=bindparam("until"))
        .returning(*(_out[name] for name in Owed._fields)),
        Owed,
    )


_take_again = {sqlite: _take(_put_off, sqlite=sqlite) for sqlite in (True, False)}
_take_any = {sqlite: _take(sqlite=sqlite) for sqlite in (True, False)}
_expire = Statement(
    update(Outbox)
    .where(_out.state == "waiting", _out.due_at <= bindparam("now"), _out.expires_at <= bindparam("now"))
    .values(state="expired")
)
_recover = Statement(
    update(Outbox)
    .where(_out.state == "leased", _out.lease_until < bindparam("now"))
    .values(state="waiting", lease_until=None, tries=_out.tries + 1)
)
settled = Statement(
    update(Outbox)
    .where(_out.id == bindparam("owed"), _out.state == "leased", _out.lease_until == bindparam("lease"))
    .values(
        # Changed while it was being sent: what was sent is not what it shall show, so it waits again.
        state=case((_out.body_id == bindparam("shown"), bindparam("to", type_=String)), else_=literal("waiting")),
        error=bindparam("why"),
        message=case((bindparam("ref", type_=String) == "", _out.message), else_=bindparam("ref", type_=String)),
        # Where it was shown is where it changes, whatever account its reader uses by then.
        place_id=func.coalesce(_out.place_id, bindparam("place")),
        sent_at=bindparam("at"),
        due_at=case((_out.body_id == bindparam("shown"), bindparam("due")), else_=_out.due_at),
        tries=bindparam("count"),
        lease_until=None,
    )
)
_wake = Statement(
    update(Outbox)
    .where(
        _out.person_id == bindparam("person"),
        _out.state == literal_column("'waiting'"),
        _out.error.in_([literal(UNREACHED), literal(AWAY)]),
    )
    .values(due_at=bindparam("now"))
)
_cancel = Statement(
    delete(Outbox).where(_out.key == bindparam("message_key"), _out.state == "waiting", _out.message == "")
)
_keys = Statement(select(_out.key).where(_out.key.like(bindparam("pattern", type_=String))))
_shown = Statement(
    select(_body.card)
    .join(Outbox, _out.body_id == _body.id)
    .where(_out.message == bindparam("ref", type_=String), _out.message != literal_column("''"))
    .order_by(_out.id.desc())
    .limit(1)
)
_soonest = Statement(select(func.min(_out.due_at)).where(_out.state == "waiting"))


def body(tx: Tx, key: str, card: str, *, at: int) -> int:
    """Store a card under a key that says what it is; a second call with the key gives the first card's id."""
    fresh = tx.value(_add_body, key=key, card=card, at=at)
    return int(fresh if fresh is not None else tx.value(_body_id, key=key))


def known_body(tx: Tx, key: str) -> int | None:
    """The id of a stored card, if it is stored."""
    found: int | None = tx.value(_body_id, key=key)
    return found


def post(
    tx: Tx,
    key: str,
    body_id: int,
    *,
    due_at: int,
    place_id: int | None = None,
    person_id: int | None = None,
    expires_at: int | None = None,
) -> None:
    """Owe a message to a place or a person; the same key is owed once. After `expires_at` it is not worth sending."""
    tx.run(
        _add,
        key=key,
        place_id=place_id,
        person_id=person_id,
        body_id=body_id,
        due_at=due_at,
        expires_at=expires_at,
    )
    tx.announce()


def post_many(tx: Tx, rows: list[dict[str, object]]) -> None:
    """Owe many messages at once; each row as the arguments of `post`."""
    blank = {"place_id": None, "person_id": None, "expires_at": None}
    tx.many(_add, [blank | row for row in rows])
    tx.announce()


def change(tx: Tx, key: str, body_id: int, *, due_at: int) -> None:
    """Have a message show something else: replaced where it was shown, shown like this where it was not yet."""
    tx.run(_change, message_key=key, body=body_id, due=due_at)
    tx.announce()


def withdraw(tx: Tx, key: str, body_id: int, *, due_at: int) -> None:
    """Take a message back: never sent where it was not shown yet, replaced by `body_id` where it was."""
    if not tx.run(_drop, message_key=key):
        change(tx, key, body_id, due_at=due_at)


def cancel(tx: Tx, key: str) -> bool:
    """Owe a message no more that nobody was sent, and leave no trace of it; False where it was on its way already."""
    return tx.run(_cancel, message_key=key) == 1


def keys(tx: Tx, pattern: str) -> list[str]:
    """The keys of the messages that fit a pattern of LIKE."""
    return [row[0] for row in tx.all(_keys, pattern=pattern)]


def lease(tx: Tx, *, now: int, until: int, limit: int, busy: Collection[int] = ()) -> list[Owed]:
    """Take messages that are due, so that no other loop sends them; a crash gives them back after `until`.

    First those that were put off and whose time has come, then what is due longest; returned oldest first. None is
    taken that is for one of the `busy` (see `Owed.to`).
    """
    tx.run(_expire, now=now)
    tx.run(_recover, now=now)
    asked = {"now": now, "until": until, "busy": json.dumps(list(busy))}
    found = tx.all(_take_again[tx.sqlite], limit=limit, **asked)
    if len(found) < limit:
        found += tx.all(_take_any[tx.sqlite], limit=limit - len(found), **asked)
    return sorted(found)


def wake(tx: Tx, person_id: int, *, now: int) -> int:
    """Have what waits for a person who could not be reached, or was away, go out now; returns how many messages."""
    woken = tx.run(_wake, person=person_id, now=now)
    if woken:
        tx.announce()
    return woken


def sweep(tx: Tx, *, before: int) -> int:
    """Drop cards that no message shows any more; returns how many."""
    return tx.run(_sweep, before=before)


def card(tx: Tx, body_id: int) -> str:
    """A stored card as JSON."""
    return str(tx.value(_card, id=body_id))


def settle(
    tx: Tx,
    owed: Owed,
    *,
    lease: int,
    state: str,
    tries: int,
    due_at: int,
    error: str = "",
    message: str = "",
    sent_at: int | None = None,
    place_id: int | None = None,
) -> bool:
    """Write down what became of a message; False when its lease had run out and somebody else has it."""
    changed = tx.run(
        settled,
        owed=owed.id,
        lease=lease,
        shown=owed.body_id,
        to=state,
        why=error,
        ref=message,
        at=sent_at,
        place=place_id,
        due=due_at,
        count=tries,
    )
    return changed == 1


def shown(tx: Tx, message: str) -> str | None:
    """The card, as JSON, that a message shows whose reference the platform gave; None for what is not the bot's."""
    found: str | None = tx.value(_shown, ref=message)
    return found


def soonest(tx: Tx) -> int | None:
    """When the next waiting message is due."""
    found: int | None = tx.value(_soonest)
    return found
