"""What became of the messages whose cards were made in a time, and what people did about what they were told."""

from typing import Any, NamedTuple

from sqlalchemy import and_, bindparam, case, func, literal, literal_column, or_, select

from storage.announced_results import NOT_THERE
from storage.columns import ERASED, columns
from storage.daily import Mark
from storage.database import Tx
from storage.notes import Note
from storage.outbox import Body, Outbox
from storage.statements import Statement

# What cards are about, by how their keys begin; everything else is told together.
KINDS = {
    "daily": ("daily:",),
    "digest": ("digest:",),
    "note": ("note:", "remind:"),
    "kudos": ("kudos:",),
    "pulse": ("pulse:", "pulse-"),
    "announce": ("announce:",),
    "report": ("recognition:", "reports:", "award:", "awarded:"),
}
OTHER = "other"
ARRIVED, WAITING, LOST = "arrived", "waiting", "lost"


class Fate(NamedTuple):
    """How many messages of a kind, to people or to channels, came to what."""

    kind: str
    to_people: bool
    fate: str
    messages: int


class Answered(NamedTuple):
    """Notes of a time: how many were written, how many have their answer, and how many wait longer than they should."""

    written: int
    answered: int
    overdue: int


_out, _body, _mark, _note = columns(Outbox), columns(Body), columns(Mark), columns(Note)
_kind = case(
    *((or_(*(_body.key.like(literal(f"{start}%")) for start in starts)), kind) for kind, starts in KINDS.items()),
    else_=OTHER,
)
_fate = case(
    (or_(_out.state == "sent", _out.message != ""), ARRIVED),
    (_out.state.in_([literal("gone"), literal("parked"), literal("expired")]), LOST),
    (_out.error.in_([literal(why) for why in NOT_THERE]), LOST),
    else_=WAITING,
)
_each = (
    select(_kind.label("kind"), _out.person_id.is_not(None).label("to_people"), _fate.label("fate"))
    .select_from(Body)
    .join(Outbox, _out.body_id == _body.id)
    .where(_body.at >= bindparam("since"), _body.at < bindparam("until"), _out.state != "dropped")
    .subquery()
)
_fates = Statement(
    select(_each.c.kind, _each.c.to_people, _each.c.fate, func.count()).group_by(
        _each.c.kind, _each.c.to_people, _each.c.fate
    ),
    Fate,
)
_marked = Statement(
    select(_mark.what, func.count(_mark.person_id.distinct()))
    .where(_mark.day >= bindparam("first"), _mark.day < bindparam("end"))
    .group_by(_mark.what)
)
_late: Any = _note.due_on < bindparam("today")
_open = _note.answered_at.is_(None)
_written = Statement(
    select(func.count(), func.count(_note.answered_at), func.count(case((and_(_open, _late), 1)))).where(
        _note.at >= bindparam("since"),
        _note.at < bindparam("until"),
        _note.deleted_at.is_(None),
        _note.audience != literal_column("'office'"),
        _note.text != literal_column(f"'{ERASED}'"),
    ),
    Answered,
)


def fates(tx: Tx, *, since: int, until: int) -> list[Fate]:
    """What became of the messages of a time; those that were withdrawn are left out."""
    return [one._replace(to_people=bool(one.to_people)) for one in tx.all(_fates, since=since, until=until)]


def marked(tx: Tx, *, first: str, end: str) -> dict[str, int]:
    """How many people read ("read") and tried ("tried") a principle, from a day up to, not with, another."""
    return dict(tx.all(_marked, first=first, end=end))


def answered(tx: Tx, *, since: int, until: int, today: str) -> Answered:
    """How the notes of a time were answered."""
    return tx.one(_written, since=since, until=until, today=today) or Answered(0, 0, 0)
