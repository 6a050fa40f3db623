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
from storage.rollups import Together
from storage.statements import Statement
from storage.supports import NoteSupport
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


class ListedNote(NamedTuple):
    """A note with its numbers, in one text with commas, and how many said 「私も」."""

    id: int
    at: int
    unit: str | None
    unit_ja: str | None
    unit_en: str | None
    author_ja: str | None
    author_en: str | None
    audience: str
    kind: str
    text: str
    state: str
    reason: str
    due_on: str
    answered_at: int | None
    numbers: str | None
    supporters: int


class ListedKudos(NamedTuple):
    """A kudos with its numbers, in one text with commas, and its applause."""

    id: int
    at: int
    unit: str | None
    unit_ja: str | None
    unit_en: str | None
    giver_ja: str
    giver_en: str
    public: bool
    text: str
    numbers: str | None
    claps: int


class Thanked(NamedTuple):
    """A colleague a kudos went to."""

    kudos_id: int
    name_ja: str
    name_en: str


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
_names = Statement(
    select(_to.kudos_id, _person.name_ja, _person.name_en)
    .join(Person, _person.id == _to.person_id)
    .where(_to.kudos_id >= bindparam("first"), _to.kudos_id <= bindparam("last"))
    .order_by(_to.kudos_id, _to.person_id),
    Thanked,
)
_claps = select(func.count()).where(_clap.kudos_id == _kudos.id).scalar_subquery()

_note_there = and_(_during(_note.at), _note.deleted_at.is_(None))
_kudos_there = and_(_during(_kudos.at), _kudos.taken_back_at.is_(None))
_open = _note.audience != "office"


def _notes(where: Any) -> Statement[ListedNote]:
    middle = (_person.name_ja, _person.name_en, _note.audience, _note.kind, _note.text, _note.state, _note.reason)
    return Statement(
        select(_note.id, _note.at, _unit.code, _unit.name_ja, _unit.name_en, *middle, _note.due_on, _note.answered_at)
        .add_columns(_numbers, _supporters)
        .select_from(Note)
        .outerjoin(Person, _person.id == _note.author_id)
        .outerjoin(Unit, _unit.id == _note.unit_id)
        .where(_note.id > bindparam("after"), _note_there, where)
        .order_by(_note.id)
        .limit(CHUNK),
        ListedNote,
    )


def _thanks(where: Any) -> Statement[ListedKudos]:
    return Statement(
        select(_kudos.id, _kudos.at, _unit.code, _unit.name_ja, _unit.name_en, _person.name_ja, _person.name_en)
        .add_columns(_kudos.public, _kudos.text, _thanks_numbers, _claps)
        .select_from(Kudos)
        .join(Person, _person.id == _kudos.giver_id)
        .outerjoin(Unit, _unit.id == _kudos.unit_id)
        .where(_kudos.id > bindparam("after"), _kudos_there, where)
        .order_by(_kudos.id)
        .limit(CHUNK),
        ListedKudos,
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
    True: or_(
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


def notes(tx: Tx, wanted: Wanted) -> Iterator[ListedNote]:
    """The notes that stand, oldest first."""
    return chain.from_iterable(_chunks(tx, _note_lists[wanted.unit is not None, wanted.office], _bound(wanted)))


def count_notes(tx: Tx, wanted: Wanted) -> int:
    """How many those are."""
    return int(tx.value(_note_counts[wanted.unit is not None, wanted.office], **_bound(wanted)))


def thanks(tx: Tx, wanted: Wanted) -> Iterator[tuple[ListedKudos, list[Thanked]]]:
    """The kudos that stand and were given or received there, oldest first, and whom each went to."""
    for part in _chunks(tx, _kudos_lists[wanted.unit is not None], _bound(wanted)):
        names: dict[int, list[Thanked]] = {}
        for one in tx.all(_names, first=part[0].id, last=part[-1].id):
            names.setdefault(one.kudos_id, []).append(one)
        yield from ((row, names.get(row.id, [])) for row in part)


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
        after = found[-1].id
        found = tx.all(statement, **bound, after=after) if len(found) == CHUNK else []
