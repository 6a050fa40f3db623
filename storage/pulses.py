"""Surveys: what is asked of whom and when, the groups in which answers are counted, and what was published."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from sqlalchemy import bindparam, func, literal_column, select, update
from sqlmodel import Field, SQLModel

from storage.columns import adding, bigint, columns, key, ref
from storage.database import Tx
from storage.statements import Statement

# While it closes nobody answers any more, and nothing is published yet.
OPEN, CLOSING, CLOSED = "open", "closing", "closed"


class Pulse(SQLModel, table=True):
    """A survey. Its questions are kept as they were asked; `salt` is gone once it is closed.

    `released` is the published table, `pieces` which groups were published together and within which bounds.
    `follow_up` is what was heard and done about it, as JSON, oldest first.
    """

    __tablename__ = "pulse"

    id: int | None = key()
    code: str = Field(unique=True)
    name: str
    questions: str
    audience: str
    tree: str
    k: int = bigint()
    invited: int = bigint()
    opened_on: str = Field(index=True)
    closes_on: str
    closed_on: str | None = None
    state: str = Field(index=True)
    salt: str
    key_check: str = ""
    released: str = ""
    pieces: str = ""
    follow_up: str = ""


class PulseGroup(SQLModel, table=True):
    """The smallest number of people whose answers are counted together, fixed when the survey opens.

    `units` are the codes of the units it is made of as JSON; `parent` is the unit those are in.
    """

    __tablename__ = "pulse_group"
    __table_args__ = {"sqlite_with_rowid": False}

    pulse_id: int = ref("pulse.id", primary=True)
    number: int = bigint(primary=True)
    units: str
    parent: str
    invited: int = bigint()


class PulseInvited(SQLModel, table=True):
    """That a person may answer a survey, and the group in which they count."""

    __tablename__ = "pulse_invited"
    __table_args__ = {"sqlite_with_rowid": False}

    pulse_id: int = ref("pulse.id", primary=True)
    person_id: int = ref("person.id", primary=True, index=True)
    number: int = bigint()


class PulseRow(NamedTuple):
    """A survey as features see it."""

    id: int
    code: str
    name: str
    questions: str
    audience: str
    tree: str
    k: int
    invited: int
    opened_on: str
    closes_on: str
    closed_on: str | None
    state: str
    salt: str
    key_check: str
    released: str
    pieces: str
    follow_up: str


class GroupRow(NamedTuple):
    """A group of a survey."""

    number: int
    units: str
    parent: str
    invited: int


class NewPulse(NamedTuple):
    """A survey that is to be opened."""

    code: str
    name: str
    questions: str
    audience: str
    tree: str
    k: int
    invited: int
    opened_on: str
    closes_on: str
    salt: str
    key_check: str


_pulse, _group, _invited = map(columns, (Pulse, PulseGroup, PulseInvited))
_fields = tuple(_pulse[name] for name in PulseRow._fields)
_group_fields = tuple(_group[name] for name in GroupRow._fields)
# Without what is large and of no use to whoever answers.
_LARGE = ("tree", "released", "pieces")
_light = tuple(literal_column("''").label(n) if n in _LARGE else _pulse[n] for n in PulseRow._fields)
_id: Any = bindparam("pulse")
_day: Any = bindparam("today")

_add = Statement(
    adding(Pulse, *NewPulse._fields).values(state=OPEN, released="", pieces="", follow_up="").returning(_pulse.id)
)
_add_group = Statement(adding(PulseGroup, "pulse_id", *GroupRow._fields))
_add_invited = Statement(adding(PulseInvited, "pulse_id", "person_id", "number"))
_get = Statement(select(*_fields).where(_pulse.id == _id), PulseRow)
_by_code = Statement(select(*_fields).where(_pulse.code == bindparam("code")), PulseRow)
_all = Statement(select(*_light).order_by(_pulse.opened_on, _pulse.id), PulseRow)
_named = Statement(
    select(*_light)
    .where(_pulse.name == bindparam("name"), _pulse.state == CLOSED, _pulse.released != "")
    .order_by(_pulse.opened_on),
    PulseRow,
)
_openings = Statement(
    select(_pulse.opened_on).where(_pulse.name == bindparam("name")).order_by(_pulse.opened_on, _pulse.id)
)
_follow = Statement(update(Pulse).where(_pulse.id == _id).values(follow_up=bindparam("said")))
_running = Statement(select(*_fields).where(_pulse.state != CLOSED).order_by(_pulse.closes_on, _pulse.id), PulseRow)
_mine = Statement(
    select(*_light)
    .join(PulseInvited, _invited.pulse_id == _pulse.id)
    .where(_invited.person_id == bindparam("person"), _pulse.state == OPEN, _pulse.closes_on > _day)
    .order_by(_pulse.closes_on, _pulse.id),
    PulseRow,
)
_newest = Statement(
    select(*_light)
    .where(_pulse.state == CLOSED, _pulse.released != "")
    .order_by(_pulse.closed_on.desc(), _pulse.id.desc())
    .limit(bindparam("limit")),
    PulseRow,
)
_seat = Statement(select(_invited.number).where(_invited.pulse_id == _id, _invited.person_id == bindparam("person")))
_groups = Statement(select(*_group_fields).where(_group.pulse_id == _id).order_by(_group.number), GroupRow)
_people = Statement(select(_invited.person_id, _invited.number).where(_invited.pulse_id == _id))
_lately = Statement(
    select(_invited.person_id, func.max(_pulse.opened_on))
    .join(Pulse, _pulse.id == _invited.pulse_id)
    .where(_pulse.name == bindparam("name"), _pulse.opened_on >= bindparam("since"))
    .group_by(_invited.person_id)
)
_asking = select(*_light).where(_pulse.code == bindparam("code"))
_asked, _shared = Statement(_asking, PulseRow), Statement(_asking.with_for_update(read=True), PulseRow)
_in_turn = Statement(select(func.pg_advisory_xact_lock(4_712_203)))
_alone = Statement(select(*_fields).where(_pulse.id == _id).with_for_update(), PulseRow)
_stop = Statement(update(Pulse).where(_pulse.id == _id, _pulse.state == OPEN).values(state=CLOSING))
_close = Statement(
    update(Pulse)
    .where(_pulse.id == _id, _pulse.state != CLOSED)
    .values(
        state=CLOSED,
        salt="",
        key_check="",
        closed_on=bindparam("day"),
        released=bindparam("released"),
        pieces=bindparam("pieces"),
    )
)


def add(tx: Tx, new: NewPulse, groups: Iterable[GroupRow], people: Iterable[tuple[int, int]]) -> int:
    """Open a survey with its groups and its (person, group); returns its key."""
    pulse_id = int(tx.value(_add, **new._asdict()))
    tx.many(_add_group, [{"pulse_id": pulse_id, **group._asdict()} for group in groups])
    tx.many(_add_invited, [{"pulse_id": pulse_id, "person_id": p, "number": n} for p, n in people])
    return pulse_id


def get(tx: Tx, pulse_id: int) -> PulseRow | None:
    """A survey by its key."""
    return tx.one(_get, pulse=pulse_id)


def by_code(tx: Tx, code: str) -> PulseRow | None:
    """A survey by what it is called, such as weekly-2026-11-24."""
    return tx.one(_by_code, code=code)


def everything(tx: Tx) -> list[PulseRow]:
    """All surveys, as `asking` has them, oldest first."""
    return tx.all(_all)


def published(tx: Tx, name: str) -> list[PulseRow]:
    """The surveys of a question set whose results were published, as `asking` has them, oldest first."""
    return tx.all(_named, name=name)


def running(tx: Tx) -> list[PulseRow]:
    """The surveys that are not closed yet, those that close first before the others; some may be about to."""
    return tx.all(_running)


def open_for(tx: Tx, person_id: int, *, today: str) -> list[PulseRow]:
    """The surveys a person may answer today, as `asking` has them, those that close first before the others."""
    return tx.all(_mine, person=person_id, today=today)


def newest(tx: Tx, *, limit: int) -> list[PulseRow]:
    """The surveys whose results were published last, as `asking` has them, newest first."""
    return tx.all(_newest, limit=limit)


def seat(tx: Tx, pulse_id: int, person_id: int) -> int | None:
    """The group in which a person counts, or None for who was not invited."""
    found: int | None = tx.value(_seat, pulse=pulse_id, person=person_id)
    return found


def groups(tx: Tx, pulse_id: int) -> list[GroupRow]:
    """The groups of a survey."""
    return tx.all(_groups, pulse=pulse_id)


def people(tx: Tx, pulse_id: int) -> list[tuple[int, int]]:
    """(person, group) of everybody who was invited."""
    return tx.all(_people, pulse=pulse_id)


def lately(tx: Tx, name: str, *, since: str) -> dict[int, str]:
    """Who was invited to a question set since a day, and when last."""
    return dict(tx.all(_lately, name=name, since=since))


def openings(tx: Tx, name: str) -> list[str]:
    """The days on which a question set was asked, oldest first."""
    return [row[0] for row in tx.all(_openings, name=name)]


def follow(tx: Tx, pulse_id: int, said: str) -> None:
    """Keep what was heard and done about it, all of it as JSON."""
    tx.run(_follow, pulse=pulse_id, said=said)


def asking(tx: Tx, code: str) -> PulseRow | None:
    """A survey as whoever answers needs it: its tree and its tables, which are large, are left out."""
    return tx.one(_asked, code=code)


def hold(tx: Tx, code: str) -> PulseRow | None:
    """The same as it stays until this transaction ends; many may hold it at once, and whoever closes it waits."""
    return tx.one(_shared, code=code)


def hold_alone(tx: Tx, pulse_id: int) -> PulseRow | None:
    """A survey that nobody else holds until this transaction ends; one closes after another, never two at once."""
    if not tx.sqlite:
        tx.one(_in_turn)
    return tx.one(_alone, pulse=pulse_id)


def stop(tx: Tx, pulse_id: int) -> None:
    """Let nobody answer a survey any more."""
    tx.run(_stop, pulse=pulse_id)


def close(tx: Tx, pulse_id: int, *, day: str, released: str, pieces: str) -> bool:
    """Close a survey with what is published of it, and forget its salt; False when it was closed before."""
    return tx.run(_close, pulse=pulse_id, day=day, released=released, pieces=pieces) == 1
