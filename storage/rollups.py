"""What every unit did at once: a few walks over indexes, each unit's people and numbers handed over as one text.

Handing a row over costs more than counting it: half a million rows take 0.4 s, the same in 3,500 texts 0.1 s.
"""

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from sqlalchemy import String, and_, bindparam, false, func, literal_column, or_, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from storage.columns import columns
from storage.database import Tx
from storage.kudos import Kudos, KudosTag
from storage.note_tags import NoteTag
from storage.notes import Note
from storage.people import Person
from storage.postings import Posting, current
from storage.statements import Statement
from storage.units import UnitTree, holds

_note, _note_tag, _kudos, _tag, _tree = map(columns, (Note, NoteTag, Kudos, KudosTag, UnitTree))
_person, _posting = columns(Person), columns(Posting)


class Span(NamedTuple):
    """From a moment up to, not with, another."""

    since: int
    until: int


class Moved(NamedTuple):
    """A time inside a period, and the period: asks for what was done in that time by the units moved in the period."""

    since: int
    until: int
    opens: int
    closes: int


class Together(FunctionElement[str]):
    """The values of a column of integers in one text, with commas between them."""

    name, type, inherit_cache = "together", String(), True


@compiles(Together, "sqlite")
def _in_sqlite(element: Together, compiler: SQLCompiler, **how: Any) -> str:
    return f"group_concat({compiler.process(element.clauses, **how)})"


@compiles(Together, "postgresql")
def _in_postgres(element: Together, compiler: SQLCompiler, **how: Any) -> str:
    return f"string_agg(CAST({compiler.process(element.clauses, **how)} AS VARCHAR), ',')"


class Noted(NamedTuple):
    """A unit's notes: how many, and whoever wrote each of those that have an author."""

    unit: int
    notes: int
    authors: list[int]


class Thanked(NamedTuple):
    """A unit's recognitions: how many, and the number and the receiver of every principle of each."""

    unit: int
    times: int
    numbers: list[int]
    receivers: list[int]


def _during(column: Any) -> Any:
    return and_(column >= bindparam("since"), column < bindparam("until"))


def apart(text: str | None) -> list[int]:
    """The integers of such a text."""
    found: list[int] = json.loads(f"[{text or ''}]")
    return found


def _paired(texts: tuple[str | None, str | None] | None) -> Iterator[tuple[int, int]]:
    people, times = texts or (None, None)
    return zip(apart(people), apart(times), strict=True)


def _inside(column: Any) -> Any:
    return and_(column > bindparam("opens"), column < bindparam("closes"))


# Written out, not bound: the planner must see that these are the conditions of `ix_note_counted_writer`.
_counted = and_(_note.deleted_at.is_(None), _note.audience != literal_column("'office'"), _during(_note.at))
_tagged = and_(_note_tag.office == false(), _during(_note_tag.at))
# Only what stands has tags. One number for a kudos and a receiver, both below 2³¹, is counted faster than a pair.
_recognition = _tag.kudos_id * 4_294_967_296 + _tag.receiver_id
# Not plainly `at`: SQLite would then walk the index of moments and look every row up for its unit or giver.
_given = and_(_kudos.taken_back_at.is_(None), _kudos.at + 0 >= bindparam("since"), _kudos.at + 0 < bindparam("until"))
_moved = select(_tree.descendant).where(or_(_inside(_tree.starts_at), _inside(_tree.ends_at)))


def _by_unit(unit: Any, *what: Any, where: Any) -> tuple[Statement[Any], Statement[Any]]:
    """Of every unit that has any, and of those only that were moved."""
    every = select(unit, *what).where(where, unit.is_not(None)).group_by(unit)
    return Statement(every), Statement(every.where(unit.in_(_moved)))


_notes = _by_unit(_note.unit_id, func.count(), Together(_note.author_id), where=_counted)
_numbers = _by_unit(_note_tag.unit_id, Together(_note_tag.counts_as), where=_tagged)
_thanks = _by_unit(
    _tag.unit_id,
    func.count(_recognition.distinct()),
    Together(_tag.counts_as),
    Together(_tag.receiver_id),
    where=_during(_tag.at),
)
_gifts = _by_unit(_kudos.unit_id, func.count(), where=_given)


def _each(person: Any, *, where: Any) -> Statement[Any]:
    """People in one text, and how often each in another, in the same order: both are made in one pass."""
    each = select(person.label("person"), func.count().label("times")).where(where).group_by(person).subquery()
    return Statement(select(Together(each.c.person), Together(each.c.times)))


_authors = _each(_note.author_id, where=and_(_counted, _note.author_id.is_not(None)))
_givers = _each(_kudos.giver_id, where=_given)
_tag_authors = Statement(
    select(_note_tag.counts_as, Together(_note_tag.author_id))
    .where(_tagged, _note_tag.counts_as.is_not(None))
    .group_by(_note_tag.counts_as)
)
_recognised = select(_tag.kudos_id, _tag.receiver_id).distinct().where(_during(_tag.at)).subquery("recognised")
_receivers = Statement(select(Together(_recognised.c.receiver_id)))
_tag_receivers = Statement(
    select(_tag.counts_as, Together(_tag.receiver_id))
    .where(_during(_tag.at), _tag.counts_as.is_not(None))
    .group_by(_tag.counts_as)
)
_homes = Statement(
    select(_posting.unit_id, Together(_posting.person_id)).where(current(_posting)).group_by(_posting.unit_id)
)
_newest_person = Statement(select(func.coalesce(func.max(_person.id), 0)))
# The farthest ancestors first.
_far = (_tree.depth.desc(), _tree.ancestor)
_under = Statement(
    select(_tree.descendant, _tree.ancestor, _tree.starts_at, _tree.ends_at)
    .where(_tree.starts_at < bindparam("until"), _tree.ends_at > bindparam("since"))
    .order_by(*_far)
)
_under_on = Statement(select(_tree.descendant, _tree.ancestor).where(holds(_tree)).order_by(*_far))


def _asked(tx: Tx, pair: tuple[Statement[Any], Statement[Any]], of: Span | Moved) -> list[Any]:
    return tx.all(pair[isinstance(of, Moved)], **of._asdict())


def under(tx: Tx, of: Span) -> list[tuple[int, int, int, int]]:
    """(unit, ancestor, since, until) of the tree as far as it held in a period, each unit under itself too.

    The farthest ancestors come first.
    """
    return tx.all(_under, **of._asdict())


def under_on(tx: Tx, *, day: str) -> list[tuple[int, int]]:
    """(unit, ancestor) of the tree as it is on a day, in the same order."""
    return tx.all(_under_on, today=day)


def homes(tx: Tx, *, day: str) -> Iterator[tuple[int, list[int]]]:
    """(unit, who is posted to the unit itself) on a day."""
    return ((unit, apart(people)) for unit, people in tx.all(_homes, today=day))


def newest_person(tx: Tx) -> int:
    """The largest key of a person; 0 where there is nobody."""
    return int(tx.value(_newest_person))


def notes(tx: Tx, of: Span | Moved) -> Iterator[Noted]:
    """The notes of each unit itself."""
    return (Noted(unit, count, apart(authors)) for unit, count, authors in _asked(tx, _notes, of))


def numbers(tx: Tx, of: Span | Moved) -> Iterator[tuple[int, list[int]]]:
    """(unit, the number of every principle of its notes) of each unit itself."""
    return ((unit, apart(found)) for unit, found in _asked(tx, _numbers, of))


def thanks(tx: Tx, of: Span | Moved) -> Iterator[Thanked]:
    """The recognitions of each unit itself: each colleague thanked by each kudos."""
    return (Thanked(unit, n, apart(of_each), apart(who)) for unit, n, of_each, who in _asked(tx, _thanks, of))


def gifts(tx: Tx, of: Span | Moved) -> list[tuple[int, int]]:
    """(unit, kudos given) of each unit itself."""
    return _asked(tx, _gifts, of)


def authors(tx: Tx, of: Span) -> Iterator[tuple[int, int]]:
    """(person, notes) of everyone who is known to have written any."""
    return _paired(tx.one(_authors, **of._asdict()))


def authors_by_number(tx: Tx, of: Span) -> Iterator[tuple[int, list[int]]]:
    """(principle, whoever wrote each of its notes)."""
    return ((number, apart(found)) for number, found in tx.all(_tag_authors, **of._asdict()))


def receivers(tx: Tx, of: Span) -> list[int]:
    """Each colleague thanked by each kudos."""
    return apart(tx.value(_receivers, **of._asdict()))


def receivers_by_number(tx: Tx, of: Span) -> Iterator[tuple[int, list[int]]]:
    """(principle, each colleague thanked for it by each kudos)."""
    return ((number, apart(found)) for number, found in tx.all(_tag_receivers, **of._asdict()))


def givers(tx: Tx, of: Span) -> Iterator[tuple[int, int]]:
    """(person, kudos given that stand) of everyone who gave any."""
    return _paired(tx.one(_givers, **of._asdict()))
