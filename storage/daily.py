"""The daily principle: who read and tried which one, and what leaders wrote about it."""

from typing import NamedTuple

from sqlalchemy import Index, bindparam, func, select, update
from sqlalchemy import text as sql
from sqlmodel import Field, SQLModel

from storage.columns import adding, bigint, columns, key, ref
from storage.database import Tx
from storage.people import Person
from storage.statements import Statement


class Mark(SQLModel, table=True):
    """That a person read or tried a principle on a day, once, in the unit they were in."""

    __tablename__ = "mark"
    __table_args__ = (
        Index("ix_mark_unit_day", "unit_id", "day", "what", "number", "person_id"),
        # All that is counted of some days.
        Index("ix_mark_day", "day", "person_id", "number", "what", "unit_id", "facet"),
        {"sqlite_with_rowid": False},
    )

    person_id: int = ref("person.id", primary=True)
    number: int = Field(primary_key=True)
    what: str = Field(primary_key=True)
    day: str = Field(primary_key=True)
    facet: str
    unit_id: int | None = bigint(null=True)
    pack: str
    version: str


class LeaderMessage(SQLModel, table=True):
    """Words of an executive on a principle, for one day's card; `state` is planned or withdrawn.

    `number` is one of `edition`, such as tokyo@1.1.0.
    """

    __tablename__ = "leader_message"
    __table_args__ = (
        Index(
            "ix_leader_message_planned",
            "day",
            unique=True,
            sqlite_where=sql("state = 'planned'"),
            postgresql_where=sql("state = 'planned'"),
        ),
    )

    id: int | None = key()
    person_id: int = ref("person.id")
    number: int
    text: str
    day: str
    state: str = "planned"
    at: int = bigint()
    edition: str | None = None


class LeaderRow(NamedTuple):
    """A leader's message with who speaks."""

    id: int
    person_id: int
    name_ja: str
    name_en: str
    title_ja: str
    title_en: str
    number: int
    text: str
    day: str
    state: str
    edition: str | None


_mark, _leader, _person = columns(Mark), columns(LeaderMessage), columns(Person)
_add_mark = Statement(
    adding(Mark, "person_id", "number", "what", "day", "facet", "unit_id", "pack", "version")
    .on_conflict_do_nothing()
    .returning(_mark.number)
)
_count = Statement(
    select(func.count(_mark.person_id.distinct())).where(
        _mark.number == bindparam("number"), _mark.what == bindparam("what"), _mark.day == bindparam("on")
    )
)
_add_leader = Statement(
    adding(LeaderMessage, "person_id", "number", "text", "day", "at", "edition")
    .values(state="planned")
    .returning(_leader.id)
)
_rows = select(
    _leader.id,
    _leader.person_id,
    _person.name_ja,
    _person.name_en,
    _person.title_ja,
    _person.title_en,
    _leader.number,
    _leader.text,
    _leader.day,
    _leader.state,
    _leader.edition,
).join(Person, _person.id == _leader.person_id)
_on = Statement(
    _rows.where(_leader.day == bindparam("on"), _leader.state == "planned").order_by(_leader.id).limit(1),
    LeaderRow,
)
_get = Statement(_rows.where(_leader.id == bindparam("id")), LeaderRow)
_withdraw = Statement(
    update(LeaderMessage)
    .where(_leader.id == bindparam("message"), _leader.state == "planned")
    .values(state="withdrawn")
)


def mark(
    tx: Tx,
    person_id: int,
    number: int,
    what: str,
    *,
    day: str,
    facet: str,
    unit_id: int | None,
    pack: str,
    version: str,
) -> bool:
    """Count that a person read or tried a principle on a day; False when it was counted before."""
    fresh = tx.value(
        _add_mark,
        person_id=person_id,
        number=number,
        what=what,
        day=day,
        facet=facet,
        unit_id=unit_id,
        pack=pack,
        version=version,
    )
    return fresh is not None


def marks(tx: Tx, number: int, what: str, *, day: str) -> int:
    """How many people marked a principle on a day."""
    return int(tx.value(_count, number=number, what=what, on=day))


def plan(tx: Tx, *, person_id: int, number: int, edition: str, text: str, day: str, at: int) -> int | None:
    """Keep a leader's message for a day; returns its key, or None when the day is taken."""
    row = {"person_id": person_id, "number": number, "edition": edition, "text": text, "day": day, "at": at}
    found: int | None = tx.value(_add_leader, **row)
    return found


def leader_on(tx: Tx, day: str) -> LeaderRow | None:
    """The leader's message of a day."""
    return tx.one(_on, on=day)


def leader(tx: Tx, message_id: int) -> LeaderRow | None:
    """A leader's message by key."""
    return tx.one(_get, id=message_id)


def withdraw(tx: Tx, message_id: int) -> bool:
    """Take a planned message back."""
    return tx.run(_withdraw, message=message_id) == 1
