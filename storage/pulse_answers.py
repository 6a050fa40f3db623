"""What is kept while a survey is open: that people answered, and how often each answer was given, never whose it was.

Nothing here refers to a person. A mark is a keyed hash whose key is not in the database; all of it is gone at close.
"""

from collections.abc import Iterable
from typing import Any, NamedTuple

from sqlalchemy import bindparam, delete, func, select, update
from sqlmodel import Field, SQLModel

from storage.columns import adding, bigint, columns, ref
from storage.database import Tx
from storage.statements import Statement

# How many answered a group is counted under no question and no answer.
ANSWERED = ""
# Counters begin here: a number that always takes as many bytes is overwritten where it stands, so that the place of a
# row in its page does not say when it was last written.
NOUGHT = 2**40


class PulseTicket(SQLModel, table=True):
    """That somebody answered a survey; the mark is theirs alone, and nobody's without the key."""

    __tablename__ = "pulse_ticket"
    __table_args__ = {"sqlite_with_rowid": False}

    pulse_id: int = ref("pulse.id", primary=True)
    mark: str = Field(primary_key=True)


class PulseTally(SQLModel, table=True):
    """How often an answer was given in a group."""

    __tablename__ = "pulse_tally"
    __table_args__ = {"sqlite_with_rowid": False}

    pulse_id: int = ref("pulse.id", primary=True)
    number: int = bigint(primary=True)
    question: str = Field(primary_key=True)
    answer: str = Field(primary_key=True)
    count: int = bigint()


class PulseSpent(SQLModel, table=True):
    """A receipt that was used: it changes nothing a second time."""

    __tablename__ = "pulse_spent"
    __table_args__ = {"sqlite_with_rowid": False}

    pulse_id: int = ref("pulse.id", primary=True)
    mark: str = Field(primary_key=True)


class PulseLine(SQLModel, table=True):
    """A free line under a key drawn by lot, so that its place says nothing about when it was written."""

    __tablename__ = "pulse_line"
    __table_args__ = {"sqlite_with_rowid": False}

    id: str = Field(primary_key=True)
    pulse_id: int = ref("pulse.id", index=True)
    number: int = bigint()
    question: str
    text: str


class Count(NamedTuple):
    """How often an answer was given in a group."""

    number: int
    question: str
    answer: str
    times: int


class LineRow(NamedTuple):
    """A free line."""

    id: str
    number: int
    question: str
    text: str


_ticket, _tally, _spent, _line = map(columns, (PulseTicket, PulseTally, PulseSpent, PulseLine))
_id: Any = bindparam("pulse")

_take = Statement(adding(PulseTicket, "pulse_id", "mark").on_conflict_do_nothing().returning(_ticket.mark))
_spend = Statement(adding(PulseSpent, "pulse_id", "mark").on_conflict_do_nothing().returning(_spent.mark))
_new = adding(PulseTally, "pulse_id", "number", "question", "answer", "count")
_count = Statement(
    _new.on_conflict_do_update(
        index_elements=["pulse_id", "number", "question", "answer"],
        set_={"count": _tally["count"] + _new.excluded["count"] - NOUGHT},
    )
)
_add_line = Statement(adding(PulseLine, "id", "pulse_id", "number", "question", "text"))
_change_line = Statement(
    update(PulseLine).where(_line.id == bindparam("line"), _line.pulse_id == _id).values(text=bindparam("text"))
)
_drop_line = Statement(delete(PulseLine).where(_line.id == bindparam("line"), _line.pulse_id == _id))
_text_of = Statement(select(_line.text).where(_line.id == bindparam("line"), _line.pulse_id == _id))
_answered = Statement(select(_ticket.mark).where(_ticket.pulse_id == _id, _ticket.mark == bindparam("mark")))
_is_spent = Statement(select(_spent.mark).where(_spent.pulse_id == _id, _spent.mark == bindparam("mark")))
_marks = Statement(select(_ticket.mark).where(_ticket.pulse_id == _id))
_counts = Statement(
    select(_tally.number, _tally.question, _tally.answer, _tally["count"] - NOUGHT).where(_tally.pulse_id == _id), Count
)
_lines = Statement(
    select(_line.id, _line.number, _line.question, _line.text).where(_line.pulse_id == _id).order_by(_line.id), LineRow
)
_times: Any = _tally["count"] - NOUGHT
_sums = Statement(
    select(_tally.question, _tally.answer, func.sum(_times), func.sum(_times * _tally.number))
    .where(_tally.pulse_id == _id)
    .group_by(_tally.question, _tally.answer)
)
_written = Statement(select(func.count(), func.sum(func.length(_line.text))).where(_line.pulse_id == _id))
_out = Statement(
    delete(PulseLine)
    .where(_line.pulse_id == _id, _line.number == bindparam("group"))
    .returning(_line.id, _line.number, _line.question, _line.text),
    LineRow,
)
_forget = tuple(
    Statement(delete(table).where(columns(table).pulse_id == _id))
    for table in (PulseTicket, PulseTally, PulseSpent, PulseLine)
)


def take(tx: Tx, pulse_id: int, mark: str) -> bool:
    """Note that somebody answered; False when they had."""
    return tx.value(_take, pulse_id=pulse_id, mark=mark) is not None


def spend(tx: Tx, pulse_id: int, mark: str) -> bool:
    """Use a receipt up; False when it was."""
    return tx.value(_spend, pulse_id=pulse_id, mark=mark) is not None


def is_spent(tx: Tx, pulse_id: int, mark: str) -> bool:
    """Whether a receipt was used."""
    return tx.one(_is_spent, pulse=pulse_id, mark=mark) is not None


def count(tx: Tx, pulse_id: int, number: int, changes: Iterable[tuple[str, str, int]]) -> None:
    """Add to the counters of a group: (question, answer, how many more), in one order for everybody.

    PostgreSQL numbers the transaction that wrote a row: there, counters that stay as they are are written as well.
    """
    common = {"pulse_id": pulse_id, "number": number}
    written = [(q, a, n) for q, a, n in sorted(changes) if n or not tx.sqlite]
    tx.many(_count, [{**common, "question": q, "answer": a, "count": NOUGHT + n} for q, a, n in written])


def prepare(tx: Tx, pulse_id: int, numbers: Iterable[int], answers: Iterable[tuple[str, str]]) -> None:
    """Make every counter of a survey that opens, for each group and each (question, answer)."""
    every = sorted(answers)
    common = {"pulse_id": pulse_id, "count": NOUGHT}
    tx.many(_count, [{**common, "number": n, "question": q, "answer": a} for n in numbers for q, a in every])


def add_line(tx: Tx, pulse_id: int, row: LineRow) -> None:
    """Keep a free line."""
    tx.run(_add_line, pulse_id=pulse_id, **row._asdict())


def change_line(tx: Tx, pulse_id: int, line: str, text: str) -> bool:
    """Put other words in a free line's place; False when it is not there."""
    return tx.run(_change_line, pulse=pulse_id, line=line, text=text) == 1


def drop_line(tx: Tx, pulse_id: int, line: str) -> None:
    """Take a free line away."""
    tx.run(_drop_line, pulse=pulse_id, line=line)


def mix(tx: Tx, pulse_id: int, number: int) -> None:
    """Write the free lines of a group anew in the order of their keys.

    Both databases keep rows, within a page, in the order in which they were written, and PostgreSQL numbers the
    transaction that wrote them.
    """
    rows = sorted(tx.all(_out, pulse=pulse_id, group=number))
    tx.many(_add_line, [{"pulse_id": pulse_id, **row._asdict()} for row in rows])


def text_of(tx: Tx, pulse_id: int, line: str) -> str:
    """The words of a free line, for whoever holds the receipt that names it."""
    return tx.value(_text_of, pulse=pulse_id, line=line) or ""


def answered(tx: Tx, pulse_id: int, mark: str) -> bool:
    """Whether somebody answered."""
    return tx.one(_answered, pulse=pulse_id, mark=mark) is not None


def marks(tx: Tx, pulse_id: int) -> set[str]:
    """The marks of everybody who answered."""
    return {row[0] for row in tx.all(_marks, pulse=pulse_id)}


def counts(tx: Tx, pulse_id: int) -> list[Count]:
    """All counters of a survey."""
    return tx.all(_counts, pulse=pulse_id)


def sums(tx: Tx, pulse_id: int) -> frozenset[tuple[object, ...]]:
    """What changes with every answer, of all groups together, and takes no time to read: to see that there was none."""
    found = (*tx.all(_sums, pulse=pulse_id), *tx.all(_written, pulse=pulse_id))
    return frozenset(tuple(row) for row in found)


def lines(tx: Tx, pulse_id: int) -> list[LineRow]:
    """All free lines, in the order of their keys, which are drawn by lot."""
    return tx.all(_lines, pulse=pulse_id)


def forget(tx: Tx, pulse_id: int) -> None:
    """Let go of everything that was kept while the survey was open."""
    for statement in _forget:
        tx.run(statement, pulse=pulse_id)
