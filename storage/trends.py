"""What was noted and thanked for in a time, by principle, and of a unit in stretches of equal length in one walk.

A stretch is numbered from 0; `length` is how long one is, in milliseconds.
"""

from typing import Any

from sqlalchemy import and_, bindparam, false, func, literal_column, select, true

from storage.columns import columns
from storage.database import Tx
from storage.kudos import Kudos, KudosTag, KudosTo
from storage.note_tags import NoteTag
from storage.notes import Note
from storage.people import Person, here
from storage.postings import Posting, current
from storage.reports import Asked, View
from storage.statements import Statement
from storage.units import Unit, UnitRow, UnitTree, below, holds

STATES = ("open", "received", "considering", "adopted", "done", "declined")
# Three months, in milliseconds.
LATELY = 92 * 24 * 3_600_000

_tag, _note_tag = columns(KudosTag), columns(NoteTag)
_person, _posting = columns(Person), columns(Posting)
_note, _kudos, _to, _tree = map(columns, (Note, Kudos, KudosTo, UnitTree))
_unit = columns(Unit)


def _during(column: Any) -> Any:
    return and_(column >= bindparam("since"), column < bindparam("until"))


_by_number = select(_tag.counts_as, func.count()).where(_tag.lead == true(), _tag.counts_as.is_not(None))
_kudos_by_number = Statement(_by_number.where(_during(_tag.at)).group_by(_tag.counts_as))
# By the kudos of the time, which is quicker as long as they are few.
_kudos_by_number_lately = Statement(
    _by_number.join(Kudos, _kudos.id == _tag.kudos_id)
    .where(_during(_kudos.at), _kudos.taken_back_at.is_(None))
    .group_by(_tag.counts_as)
)
_notes_of = Statement(
    select(func.count()).where(
        _note_tag.counts_as == bindparam("number"), _during(_note_tag.at), _note_tag.office == false()
    )
)
_kudos_of = Statement(
    select(_tag.at).where(_tag.counts_as == bindparam("number"), _during(_tag.at), _tag.lead == true())
)

_staff = Statement(
    select(func.count())
    .select_from(Posting)
    .join(Person, _person.id == _posting.person_id)
    .where(current(_posting), here, _posting.unit_id.in_(below))
)


def _stretch(column: Any) -> Any:
    """The number of the stretch a moment is in; a division of integers, of which both databases cut the rest off."""
    return (column - bindparam("since")).op("/", precedence=8)(bindparam("length")).label("stretch")


def _in_stretches(column: Any, source: Any, what: Any) -> Statement[Any]:
    number = _stretch(column)
    return Statement(source.add_columns(number, what).group_by(literal_column("stretch")))


# Written out, not bound: the planner must see that these are the conditions of the indexes `ix_note_counted_…`.
_counted = and_(_during(_note.at), _note.deleted_at.is_(None), _note.audience != literal_column("'office'"))
_notes_in = Statement(select(func.count()).where(_note.state == bindparam("state"), _counted))
_units = select().select_from(UnitTree)
_here_now = and_(
    _posting.unit_id == _tree.descendant, current(_posting), _tree.ancestor == bindparam("unit"), holds(_tree)
)


def _there_then(table: Any) -> Any:
    within = and_(table.at >= _tree.starts_at, table.at < _tree.ends_at)
    return and_(table.unit_id == _tree.descendant, within, _tree.ancestor == bindparam("unit"))


_staff_now = _units.join(Posting, _here_now)
_received = func.count(_tag.kudos_id.distinct())
_unit_notes: dict[View, Statement[Any]] = {
    "then": _in_stretches(_note.at, _units.join(Note, _there_then(_note)).where(_counted), func.count()),
    "now": _in_stretches(
        _note.at, _staff_now.join(Note, _note.author_id == _posting.person_id).where(_counted), func.count()
    ),
}
_unit_thanks: dict[View, Statement[Any]] = {
    "then": _in_stretches(_tag.at, _units.join(KudosTag, _there_then(_tag)).where(_during(_tag.at)), _received),
    "now": _in_stretches(
        _tag.at,
        _staff_now.join(KudosTo, _to.person_id == _posting.person_id)
        .join(KudosTag, and_(_tag.kudos_id == _to.kudos_id, _tag.receiver_id == _to.person_id))
        .where(_during(_tag.at)),
        _received,
    ),
}
_parts = Statement(
    select(*(_unit[name] for name in UnitRow._fields)).where(_unit.parent_id == bindparam("unit")).order_by(_unit.code),
    UnitRow,
)
_below = Statement(select(func.count()).select_from(below.subquery()))


def note_states(tx: Tx, *, since: int, until: int) -> dict[str, int]:
    """How many notes of a time are in which state now: a short walk for each, where one for all would be long."""
    return {state: int(tx.value(_notes_in, state=state, since=since, until=until)) for state in STATES}


def of_unit(tx: Tx, of: Asked, *, length: int) -> tuple[dict[int, int], dict[int, int]]:
    """A unit's notes, and the kudos it received, in each stretch."""
    found = (tx.all(statements[of.view], **of.bound, length=length) for statements in (_unit_notes, _unit_thanks))
    noted, thanked = map(dict, found)
    return noted, thanked


def parts(tx: Tx, unit: int) -> list[UnitRow]:
    """The units right below one, those that are no more or not yet among them."""
    return tx.all(_parts, unit=unit)


def size(tx: Tx, unit: int, *, today: str) -> int:
    """How many units there are in a unit and below it today, itself included."""
    return int(tx.value(_below, unit=unit, today=today))


def kudos_by_number(tx: Tx, *, since: int, until: int) -> dict[int, int]:
    """Kudos per principle; a kudos to several colleagues is one."""
    lately = until - since < LATELY
    return dict(tx.all(_kudos_by_number_lately if lately else _kudos_by_number, since=since, until=until))


def notes_of(tx: Tx, number: int, *, since: int, until: int) -> int:
    """How many notes a principle has."""
    return int(tx.value(_notes_of, number=number, since=since, until=until))


def kudos_of(tx: Tx, number: int, *, since: int, until: int) -> list[int]:
    """When a principle's kudos were given, in order: one walk, however many stretches are counted afterwards."""
    return sorted(row[0] for row in tx.all(_kudos_of, number=number, since=since, until=until))


def staff(tx: Tx, unit: int, *, today: str) -> int:
    """How many people work in a unit and below it today."""
    return int(tx.value(_staff, unit=unit, today=today))
