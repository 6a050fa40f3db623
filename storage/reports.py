"""Roll-ups: everything digests and reports count, straight from rows that hold the unit of their own moment."""

from typing import Any, Literal, NamedTuple

from sqlalchemy import and_, bindparam, case, false, func, literal_column, or_, select

from storage.columns import ERASED, columns
from storage.database import Tx
from storage.kudos import Kudos, KudosTag, KudosTo
from storage.note_tags import NoteTag
from storage.notes import Note, NoteRow, rows
from storage.people import Person
from storage.postings import Posting, current
from storage.statements import Statement
from storage.supports import NoteSupport
from storage.units import Unit, UnitTree, below, holds

_note, _note_tag, _support = columns(Note), columns(NoteTag), columns(NoteSupport)
_kudos, _tag, _to, _person, _posting = map(columns, (Kudos, KudosTag, KudosTo, Person, Posting))
_unit, _tree = columns(Unit), columns(UnitTree)

View = Literal["then", "now"]
VIEWS: dict[str, View] = {"then": "then", "now": "now"}


def _during(column: Any) -> Any:
    return and_(column >= bindparam("since"), column < bindparam("until"))


class Asked(NamedTuple):
    """Whose figures, of which time, and read in which way; `today` says who is where now."""

    unit: int
    since: int
    until: int
    today: str
    view: View = "then"

    @property
    def bound(self) -> dict[str, Any]:
        """What the statements bind; `today` only where people are looked for where they are now."""
        given = self._asdict()
        del given["view"]
        if self.view == "then":
            del given["today"]
        return given


_units = select().select_from(UnitTree)
# What was done in a unit or below it, where that was at the time; and by the people who are there today, wherever
# they were. Both bind `unit`; the second `today` as well, and is never asked for pulse numbers.


def _there_then(table: Any) -> Any:
    return and_(
        table.unit_id == _tree.descendant,
        table.at >= _tree.starts_at,
        table.at < _tree.ends_at,
        _tree.ancestor == bindparam("unit"),
    )


_here_now = and_(
    _posting.unit_id == _tree.descendant, current(_posting), _tree.ancestor == bindparam("unit"), holds(_tree)
)
# Written out, not bound: the planner must see that these are the conditions of the indexes `ix_note_counted_…`.
_counted = and_(_during(_note.at), _note.deleted_at.is_(None), _note.audience != literal_column("'office'"))
_tags_then = _units.join(NoteTag, _there_then(_note_tag)).where(_during(_note_tag.at), _note_tag.office == false())
_staff_now = _units.join(Posting, _here_now)
# Only what people put their names to goes with them: whoever came from elsewhere alone would be known by the rest.
_notes_now = _staff_now.join(Note, _note.author_id == _posting.person_id).where(
    _counted, _note.audience == literal_column("'unit'")
)
_tags_now = _notes_now.join(NoteTag, _note_tag.note_id == _note.id)
_received_then = _units.join(KudosTag, _there_then(_tag)).where(_during(_tag.at))
_received_now = (
    _staff_now.join(KudosTo, _to.person_id == _posting.person_id)
    .join(KudosTag, and_(_tag.kudos_id == _to.kudos_id, _tag.receiver_id == _to.person_id))
    .where(_during(_tag.at))
)
_given = and_(_during(_kudos.at), _kudos.taken_back_at.is_(None))


def _by_number(source: Any, number: Any, what: Any) -> Statement[Any]:
    return Statement(source.add_columns(number, what).where(number.is_not(None)).group_by(number))


_unit_notes = {
    "then": _by_number(_tags_then, _note_tag.counts_as, func.count()),
    "now": _by_number(_tags_now, _note_tag.counts_as, func.count()),
}
_notes_then = _units.join(Note, _there_then(_note)).where(_counted)
_unit_note_total = {
    "then": Statement(_notes_then.add_columns(func.count())),
    "now": Statement(_notes_now.add_columns(func.count())),
}


def _most_supported(source: Any) -> Statement[NoteRow]:
    ids = source.add_columns(_note.id).subquery()
    return Statement(
        rows.join(ids, ids.c.id == _note.id)
        .outerjoin(NoteSupport, _support.note_id == _note.id)
        .group_by(_note.id, _person.id, _unit.id)
        .order_by(func.count(_support.person_id).desc(), _note.id.desc())
        .limit(bindparam("limit")),
        NoteRow,
    )


_unit_top = {"then": _most_supported(_notes_then), "now": _most_supported(_notes_now)}
# Written out as in the index `ix_note_waiting`.
_unanswered = and_(
    _note.unit_id.in_(below),
    _note.deleted_at.is_(None),
    _note.audience != literal_column("'office'"),
    _note.answered_at.is_(None),
    _note.text != literal_column(f"'{ERASED}'"),
)


def _listed_by_day(found: Any) -> Statement[NoteRow]:
    # Whole rows only of the few that are shown: the others are looked through in the index.
    first = select(_note.id).where(found).order_by(_note.due_on, _note.id).limit(bindparam("limit")).subquery("first")
    return Statement(rows.join(first, first.c.id == _note.id).order_by(_note.due_on, _note.id), NoteRow)


_waiting = _listed_by_day(_unanswered)
_due_on = Statement(
    rows.where(
        _note.answered_at.is_(None),
        _note.deleted_at.is_(None),
        _note.audience != literal_column("'office'"),
        _note.text != literal_column(f"'{ERASED}'"),
        _note.unit_id.is_not(None),
        _note.due_on > bindparam("after"),
        _note.due_on <= bindparam("until"),
    ).order_by(_note.due_on, _note.id),
    NoteRow,
)
_overdue = func.coalesce(func.sum(case((_note.due_on < bindparam("today"), 1), else_=0)), 0)
_count_waiting = Statement(select(func.count(), _overdue).select_from(Note).where(_unanswered))
_due_soon = Statement(
    select(func.count())
    .select_from(Note)
    .where(_unanswered, _note.due_on >= bindparam("today"), _note.due_on < bindparam("until_day"))
)
_unit_received = {
    "then": _by_number(_received_then, _tag.counts_as, func.count(_tag.kudos_id.distinct())),
    "now": _by_number(_received_now, _tag.counts_as, func.count(_tag.kudos_id.distinct())),
}
_unit_received_total = {
    "then": Statement(_received_then.add_columns(func.count(_tag.kudos_id.distinct()))),
    "now": Statement(_received_now.add_columns(func.count(_tag.kudos_id.distinct()))),
}
_unit_given_total = {
    "then": Statement(_units.join(Kudos, _there_then(_kudos)).add_columns(func.count()).where(_given)),
    "now": Statement(
        _staff_now.join(Kudos, _kudos.giver_id == _posting.person_id).add_columns(func.count()).where(_given)
    ),
}
# Written out as in the index `ix_note_office`.
_office = and_(
    or_(_note.audience == literal_column("'office'"), _note.unit_id.is_(None)),
    _note.answered_at.is_(None),
    _note.deleted_at.is_(None),
)
_office_under = and_(_office, _note.unit_id.in_(below))


_office_waiting, _office_waiting_under = _listed_by_day(_office), _listed_by_day(_office_under)
_count_office, _count_office_under = (
    Statement(select(func.count(), _overdue).select_from(Note).where(found)) for found in (_office, _office_under)
)


def unit_notes(tx: Tx, of: Asked) -> dict[int, int]:
    """Notes per principle of a unit and everything below it."""
    return dict(tx.all(_unit_notes[of.view], **of.bound))


def unit_note_total(tx: Tx, of: Asked) -> int:
    """How many notes a unit and everything below it wrote, with or without a number."""
    return int(tx.value(_unit_note_total[of.view], **of.bound))


def unit_top_notes(tx: Tx, of: Asked, *, limit: int) -> list[NoteRow]:
    """The most supported notes of a unit and below."""
    return tx.all(_unit_top[of.view], **of.bound, limit=limit)


def waiting(tx: Tx, unit: int, *, today: str, limit: int) -> list[NoteRow]:
    """Notes of a unit and below that wait for an answer, the most overdue first."""
    return tx.all(_waiting, unit=unit, today=today, limit=limit)


def due_on(tx: Tx, *, after: str, until: str) -> list[NoteRow]:
    """Notes of units that wait for an answer by a day after one and up to another."""
    return tx.all(_due_on, after=after, until=until)


def count_waiting(tx: Tx, unit: int, *, today: str) -> tuple[int, int]:
    """(waiting, of them overdue) in a unit and below."""
    found = tx.one(_count_waiting, unit=unit, today=today) or (0, 0)
    return int(found[0]), int(found[1])


def count_due(tx: Tx, unit: int, *, today: str, until: str) -> int:
    """How many notes of a unit and below wait for an answer that is due from today up to, not with, a day."""
    return int(tx.value(_due_soon, unit=unit, today=today, until_day=until))


def unit_kudos(tx: Tx, of: Asked) -> dict[int, int]:
    """Kudos per principle received in a unit and below."""
    return dict(tx.all(_unit_received[of.view], **of.bound))


def unit_kudos_totals(tx: Tx, of: Asked) -> tuple[int, int]:
    """(received, given) kudos of a unit and below."""
    received = tx.value(_unit_received_total[of.view], **of.bound)
    given = tx.value(_unit_given_total[of.view], **of.bound)
    return int(received), int(given)


def office_waiting(tx: Tx, *, today: str, limit: int, unit: int | None = None) -> list[NoteRow]:
    """Unanswered notes that only the secretariat can answer, of a unit and below or of all, the most overdue first."""
    if unit is None:
        return tx.all(_office_waiting, limit=limit)
    return tx.all(_office_waiting_under, unit=unit, today=today, limit=limit)


def count_office(tx: Tx, *, today: str, unit: int | None = None) -> tuple[int, int]:
    """(waiting, of them overdue) of those."""
    bound: dict[str, Any] = {} if unit is None else {"unit": unit}
    waiting, overdue = tx.one(_count_office_under if bound else _count_office, today=today, **bound) or (0, 0)
    return int(waiting), int(overdue)
