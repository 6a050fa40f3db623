"""Announcements: what the secretariat tells whom and when, and who is known to have read or pressed what."""

import json
from collections.abc import Iterable
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, bindparam, delete, func, literal, or_, select, update
from sqlmodel import Field, SQLModel

from storage.columns import adding, bigint, columns, key, numbers, ref
from storage.database import Tx
from storage.people import Person
from storage.statements import Statement

# How far stopping has come, when it is through.
ALL_STOPPED = -1
PLANNED, SENDING, SENT, CANCELLED = "planned", "sending", "sent", "cancelled"
# Whoever wrote it may not send it any more: it waits for somebody who may.
HELD = "held"


class Announcement(SQLModel, table=True):
    """An announcement. `words` is its title and text by language as JSON, `units` the keys of the units it is for.

    `done` is the last person whose message is owed, or the last message that was stopped (`ALL_STOPPED` for all);
    `revision` is how often its words were corrected, and while it is `stale`, some messages still show earlier words.
    `totals` is what became of it, kept when the messages themselves are not.
    """

    __tablename__ = "announcement"

    id: int | None = key()
    person_id: int = ref("person.id")
    words: str
    number: int | None = None
    edition: str
    does: str
    link: str
    whom: str
    units: str
    state: str = Field(index=True)
    due_at: int = bigint()
    expires_at: int = bigint()
    at: int = bigint()
    done: int = bigint()
    revision: int = bigint()
    stale: bool = False
    totals: str = ""


class AnnouncementSeen(SQLModel, table=True):
    """That somebody is known to have read an announcement, or pressed its button, and when first."""

    __tablename__ = "announcement_seen"
    __table_args__ = {"sqlite_with_rowid": False}

    announcement_id: int = ref("announcement.id", primary=True)
    person_id: int = ref("person.id", primary=True, index=True)
    read_at: int | None = bigint(null=True)
    pressed_at: int | None = bigint(null=True)


class AnnouncementRow(NamedTuple):
    """An announcement as features see it, with the name of who wrote it."""

    id: int
    person_id: int
    words: str
    number: int | None
    edition: str
    does: str
    link: str
    whom: str
    units: str
    state: str
    due_at: int
    expires_at: int
    at: int
    done: int
    revision: int
    stale: bool
    totals: str
    name_ja: str
    name_en: str


class NewAnnouncement(NamedTuple):
    """An announcement that is to go out."""

    person_id: int
    words: str
    number: int | None
    edition: str
    does: str
    link: str
    whom: str
    units: str
    due_at: int
    expires_at: int
    at: int


_one, _seen, _person = map(columns, (Announcement, AnnouncementSeen, Person))
_id: Any = bindparam("announcement")
_own = tuple(_one[name] for name in AnnouncementRow._fields[:-2])
_rows = select(*_own, _person.name_ja, _person.name_en).join(Person, _person.id == _one.person_id)
_add = Statement(
    adding(Announcement, *NewAnnouncement._fields)
    .values(state=PLANNED, done=0, revision=0, stale=False, totals="")
    .returning(_one.id)
)
_get = Statement(_rows.where(_one.id == _id), AnnouncementRow)
_hold = Statement(_rows.where(_one.id == _id).with_for_update(of=Announcement.__table__), AnnouncementRow)  # type: ignore[attr-defined]
_all = Statement(_rows.order_by(_one.id.desc()).limit(bindparam("limit")), AnnouncementRow)
_due = Statement(
    select(_one.id)
    .where(
        or_(
            (_one.state == PLANNED) & (_one.due_at <= bindparam("now")),
            _one.state == SENDING,
            _one.stale.is_(True),
            (_one.state.in_([literal(SENT), literal(CANCELLED)])) & (_one.totals == ""),
        )
    )
    .order_by(_one.id)
)
_begun = Statement(select(_one.id).where(_one.state != PLANNED, _one.due_at >= bindparam("since")).order_by(_one.id))
_is_seen = Statement(select(_seen.read_at).where(_seen.announcement_id == _id, _seen.person_id == bindparam("person")))
_cancelled = {
    sqlite: Statement(select(_one.id).where(_one.id.in_(numbers("ids", sqlite=sqlite)), _one.state == CANCELLED))
    for sqlite in (True, False)
}
_move = Statement(update(Announcement).where(_one.id == _id).values(state=bindparam("to"), done=bindparam("last")))
_correct = Statement(
    update(Announcement)
    .where(_one.id == _id)
    .values(
        words=bindparam("said"), revision=_one.revision + bindparam("more", type_=BigInteger), stale=bindparam("shown")
    )
)
_take_over = Statement(
    update(Announcement)
    .where(_one.id == _id)
    .values(person_id=bindparam("by"), state=PLANNED, due_at=bindparam("due"), expires_at=bindparam("expires"))
)
_fresh = Statement(update(Announcement).where(_one.id == _id).values(stale=False))
_sum_up = Statement(update(Announcement).where(_one.id == _id).values(totals=bindparam("counted")))
_new_seen = adding(AnnouncementSeen, "announcement_id", "person_id", "read_at", "pressed_at")
_see = Statement(
    _new_seen.on_conflict_do_update(
        index_elements=["announcement_id", "person_id"],
        set_={
            name: func.coalesce(_seen[name], _new_seen.excluded[name])  # the first time counts
            for name in ("read_at", "pressed_at")
        },
    )
)
_seen_at = Statement(
    select(_seen.pressed_at).where(_seen.announcement_id == _id, _seen.person_id == bindparam("person"))
)
_old_seen = Statement(
    delete(AnnouncementSeen).where(func.coalesce(_seen.pressed_at, _seen.read_at) < bindparam("before"))
)


def add(tx: Tx, new: NewAnnouncement) -> int:
    """Keep an announcement that is planned; returns its key."""
    return int(tx.value(_add, **new._asdict()))


def get(tx: Tx, announcement_id: int) -> AnnouncementRow | None:
    """An announcement by its key."""
    return tx.one(_get, announcement=announcement_id)


def hold(tx: Tx, announcement_id: int) -> AnnouncementRow | None:
    """The same, held until the transaction ends: nobody cancels it while a part of it is made out."""
    return tx.one(_hold, announcement=announcement_id)


def newest(tx: Tx, *, limit: int) -> list[AnnouncementRow]:
    """The last ones that were written, newest first."""
    return tx.all(_all, limit=limit)


def due(tx: Tx, *, now: int) -> list[int]:
    """Those about which something is to be done: begin, go on, correct, or sum up."""
    return [row[0] for row in tx.all(_due, now=now)]


def begun(tx: Tx, *, since: int) -> list[int]:
    """Those that were due since a moment and have begun to go out."""
    return [row[0] for row in tx.all(_begun, since=since)]


def is_seen(tx: Tx, announcement_id: int, person_id: int) -> bool:
    """Whether somebody is known to have read an announcement."""
    return tx.one(_is_seen, announcement=announcement_id, person=person_id) is not None


def cancelled(tx: Tx, among: Iterable[int]) -> set[int]:
    """Those of some announcements that were cancelled."""
    return {row[0] for row in tx.all(_cancelled[tx.sqlite], ids=json.dumps(list(among)))}


def move(tx: Tx, announcement_id: int, *, to: str, done: int) -> None:
    """Have an announcement be in a state, with messages owed to everybody up to a person."""
    tx.run(_move, announcement=announcement_id, to=to, last=done)


def take_over(tx: Tx, announcement_id: int, person_id: int, *, due_at: int, expires_at: int) -> None:
    """Have an announcement be planned by somebody else, for a moment."""
    tx.run(_take_over, announcement=announcement_id, by=person_id, due=due_at, expires=expires_at)


def correct(tx: Tx, announcement_id: int, words: str, *, begun: bool) -> None:
    """Have an announcement say something else; where it has `begun`, messages show the earlier words for now."""
    tx.run(_correct, announcement=announcement_id, said=words, shown=begun, more=int(begun))


def freshen(tx: Tx, announcement_id: int) -> None:
    """No message shows earlier words any more."""
    tx.run(_fresh, announcement=announcement_id)


def sum_up(tx: Tx, announcement_id: int, totals: str) -> None:
    """Keep what became of an announcement."""
    tx.run(_sum_up, announcement=announcement_id, counted=totals)


def see(tx: Tx, announcement_id: int, person_id: int, *, read_at: int, pressed_at: int | None) -> bool:
    """Remember that somebody read an announcement, and pressed its button if so; False when they had pressed before."""
    before = tx.value(_seen_at, announcement=announcement_id, person=person_id)
    tx.run(_see, announcement_id=announcement_id, person_id=person_id, read_at=read_at, pressed_at=pressed_at)
    return before is None


def forget_seen(tx: Tx, *, before: int) -> int:
    """Forget who read and pressed what before a moment; returns how many."""
    return tx.run(_old_seen, before=before)
