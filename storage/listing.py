"""All notes and all thanks of a time, some thousand rows at once: for files, which hold more than memory should."""

from collections.abc import Iterator
from itertools import chain
from typing import Any, NamedTuple

from sqlalchemy import and_, bindparam, func, or_, select, true

from storage.columns import columns
from storage.database import Tx
from storage.kudos import Kudos, KudosClap, KudosTag, KudosTo
from storage.note_tags import NoteTag
from storage.notes import Note
from storage.people import Person
from storage.statements import Statement
from storage.supports import NoteSupport
from storage.together import Together
from storage.units import Unit, UnitTree

CHUNK = 5_000

_note, _note_tag, _support = columns(Note), columns(NoteTag), columns(NoteSupport)
_kudos, _to, _tag, _clap = columns(Kudos), columns(KudosTo), columns(KudosTag), columns(KudosClap)
_person, _unit, _tree = columns(Person), columns(Unit), columns(UnitTree)


class Wanted(NamedTuple):
    """Of which time, of which unit and below (None is everybody), and whether those for the secretariat alone too."""

    since: int
    until: int
    unit: int | None = None
    office: bool = False


class Named(NamedTuple):
    """Everybody's name, Japanese and English, and every unit's code and names, by their keys.

    Joined to half a million rows they would take longer than all the rest.
    """

    people: dict[int, tuple[str, str]]
    units: dict[int, tuple[str, str, str]]


# Rows as the driver hands them over: half a million of them, made into anything else, take half a second more. The last
# two columns are the numbers, in one text with commas, and how many said 「私も」 or applauded.
NOTE = (
    "id", "at", "unit_id", "author_id", "audience", "kind", "text", "state", "reason", "due_on", "answered_at"
)  # fmt: skip
KUDOS = ("id", "at", "unit_id", "giver_id", "public", "text")
ListedNote = tuple[int, int, int | None, int | None, str, str, str, str, str, str, int | None, str | None, int]
ListedKudos = tuple[int, int, int | None, int, bool, str, str | None, int]


def _during(column: Any) -> Any:
    # Not plainly the column: SQLite would walk the index of moments and sort all rows anew for every chunk.
    return and_(column + 0 >= bindparam("since"), column + 0 < bindparam("until"))


def _under(table: Any) -> Any:
    """Whether it was done in a unit or below it, where that was at the time."""
    return (
        select(_tree.descendant)
        .where(
            _tree.descendant == table.unit_id,
            _tree.ancestor == bindparam("unit"),
            table.at >= _tree.starts_at,
            table.at < _tree.ends_at,
        )
        .correlate_except(UnitTree)
        .exists()
    )


_numbers = (
    select(Together(_note_tag.counts_as))
    .where(_note_tag.note_id == _note.id, _note_tag.counts_as.is_not(None))
    .scalar_subquery()
)
_supporters = select(func.count()).where(_support.note_id == _note.id).scalar_subquery()
# The number of each colleague's tag: those of the first one, so that each stands once.
_thanks_numbers = (
    select(Together(_tag.counts_as))
    .where(_tag.kudos_id == _kudos.id, _tag.lead, _tag.counts_as.is_not(None))
    .scalar_subquery()
)
_receivers = Statement(
    select(_to.kudos_id, _to.person_id)
    .where(_to.kudos_id >= bindparam("first"), _to.kudos_id <= bindparam("last"))
    .order_by(_to.kudos_id, _to.person_id)
)
_people = Statement(select(_person.id, _person.name_ja, _person.name_en))
_units = Statement(select(_unit.id, _unit.code, _unit.name_ja, _unit.name_en))
_claps = select(func.count()).where(_clap.kudos_id == _kudos.id).scalar_subquery()

_note_there = and_(_during(_note.at), _note.deleted_at.is_(None))
_kudos_there = and_(_during(_kudos.at), _kudos.taken_back_at.is_(None))
_open = _note.audience != "office"


def _notes(where: Any) -> Statement[ListedNote]:
    return Statement(
        select(*(_note[name] for name in NOTE), _numbers, _supporters)
        .where(_note.id > bindparam("after"), _note_there, where)
        .order_by(_note.id)
        .limit(CHUNK)
    )


def _thanks(where: Any) -> Statement[ListedKudos]:
    return Statement(
        select(*(_kudos[name] for name in KUDOS), _thanks_numbers, _claps)
        .where(_kudos.id > bindparam("after"), _kudos_there, where)
        .order_by(_kudos.id)
        .limit(CHUNK)
    )


def _counted(table: Any, where: Any) -> Statement[Any]:
    return Statement(select(func.count()).select_from(table).where(where))


# By whether a unit is asked for, and whether those for the secretariat alone are in.
_note_where = {
    (unit, office): and_(_under(_note) if unit else true(), true() if office else _open)
    for unit in (False, True)
    for office in (False, True)
}
_note_lists = {key: _notes(where) for key, where in _note_where.items()}
_note_counts = {key: _counted(Note, and_(_note_there, where)) for key, where in _note_where.items()}
_kudos_where = {
    False: true(),
    # Of a unit only what everybody may read: in a small one, that somebody was thanked in private tells who.
    True: _kudos.public
    & or_(
        _under(_kudos),
        select(_to.kudos_id)
        .join(UnitTree, _tree.descendant == _to.unit_id)
        .where(
            _to.kudos_id == _kudos.id,
            _tree.ancestor == bindparam("unit"),
            _kudos.at >= _tree.starts_at,
            _kudos.at < _tree.ends_at,
        )
        .correlate(Kudos)
        .exists(),
    ),
}
_kudos_lists = {key: _thanks(where) for key, where in _kudos_where.items()}
_kudos_counts = {key: _counted(Kudos, and_(_kudos_there, where)) for key, where in _kudos_where.items()}


def names(tx: Tx) -> Named:
    """What people and units are called."""
    people = {key: (ja, en) for key, ja, en in tx.all(_people)}
    return Named(people, {key: (code, ja, en) for key, code, ja, en in tx.all(_units)})


def notes(tx: Tx, wanted: Wanted) -> Iterator[ListedNote]:
    """The notes that stand, oldest first."""
    return chain.from_iterable(_chunks(tx, _note_lists[wanted.unit is not None, wanted.office], _bound(wanted)))


def count_notes(tx: Tx, wanted: Wanted) -> int:
    """How many those are."""
    return int(tx.value(_note_counts[wanted.unit is not None, wanted.office], **_bound(wanted)))


def thanks(tx: Tx, wanted: Wanted) -> Iterator[tuple[ListedKudos, list[int]]]:
    """The kudos that stand and were given or received there, oldest first, and whom each went to."""
    for part in _chunks(tx, _kudos_lists[wanted.unit is not None], _bound(wanted)):
        found: dict[int, list[int]] = {}
        for kudos, person in tx.all(_receivers, first=part[0][0], last=part[-1][0]):
            found.setdefault(kudos, []).append(person)
        yield from ((row, found.get(row[0], [])) for row in part)


def count_thanks(tx: Tx, wanted: Wanted) -> int:
    """How many those are."""
    return int(tx.value(_kudos_counts[wanted.unit is not None], **_bound(wanted)))


def _bound(wanted: Wanted) -> dict[str, int]:
    span = {"since": wanted.since, "until": wanted.until}
    return span if wanted.unit is None else {**span, "unit": wanted.unit}


def _chunks(tx: Tx, statement: Statement[Any], bound: dict[str, int]) -> Iterator[list[Any]]:
    found, after = tx.all(statement, **bound, after=0), 0
    while found:
        yield found
        after = found[-1][0]
        found = tx.all(statement, **bound, after=after) if len(found) == CHUNK else []
