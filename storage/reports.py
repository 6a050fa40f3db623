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


class Recognised(NamedTuple):
    """A person recognised for a principle: by how many different givers, and how often."""

    person_id: int
    name_ja: str
    name_en: str
    unit_ja: str | None
    unit_en: str | None
    givers: int
    times: int


class OfNumber(NamedTuple):
    """The kudos of one principle."""

    kudos: int
    people: int
    givers: int
    recognised: tuple[Recognised, ...]


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
_notes_now = _staff_now.join(Note, _note.author_id == _posting.person_id).where(_counted)
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
_unanswered = and_(
    _note.unit_id.in_(below),
    _note.deleted_at.is_(None),
    _note.audience != "office",
    _note.answered_at.is_(None),
    _note.text != ERASED,
)


def _listed_by_day(found: Any) -> Statement[NoteRow]:
    return Statement(rows.where(found).order_by(_note.due_on, _note.id).limit(bindparam("limit")), NoteRow)


_waiting = _listed_by_day(_unanswered)
_due_on = Statement(
    rows.where(
        _note.answered_at.is_(None),
        _note.deleted_at.is_(None),
        _note.audience != "office",
        _note.text != ERASED,
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
_notes_by_number = Statement(
    select(_note_tag.counts_as, func.count())
    .where(_during(_note_tag.at), _note_tag.office == false(), _note_tag.counts_as.is_not(None))
    .group_by(_note_tag.counts_as)
)
_writers = Statement(
    select(func.count()).select_from(
        select(_note.author_id).where(_counted, _note.author_id.is_not(None)).group_by(_note.author_id).subquery()
    )
)
_kudos_total = Statement(select(func.count()).where(_during(_kudos.at), _kudos.taken_back_at.is_(None)))
_state_counts = Statement(select(_note.state, func.count()).where(_counted).group_by(_note.state))
_office = and_(
    or_(_note.audience == "office", _note.unit_id.is_(None)), _note.answered_at.is_(None), _note.deleted_at.is_(None)
)
_office_under = and_(_office, _note.unit_id.in_(below))


_office_waiting, _office_waiting_under = _listed_by_day(_office), _listed_by_day(_office_under)
_count_office, _count_office_under = (
    Statement(select(func.count(), _overdue).select_from(Note).where(found)) for found in (_office, _office_under)
)
# Walks the index in the givers' order, so that counting different ones needs no memory of those seen.
_givers = Statement(
    select(func.count()).select_from(
        select(_tag.giver_id)
        .where(_tag.counts_as == bindparam("number"), _during(_tag.at))
        .group_by(_tag.giver_id)
        .subquery()
    )
)
_each = (
    select(
        _tag.receiver_id,
        func.count(_tag.giver_id.distinct()).label("givers"),
        func.count().label("times"),
        func.sum(case((_tag.lead, 1), else_=0)).label("led"),
    )
    .where(_tag.counts_as == bindparam("number"), _during(_tag.at))
    .group_by(_tag.receiver_id)
    .subquery()
)
# The totals of all rows beside the first few of them: one walk through the index for both.
_top = (
    select(_each, func.count().over().label("people"), func.sum(_each.c.led).over().label("kudos"))
    .order_by(_each.c.givers.desc(), _each.c.times.desc(), _each.c.receiver_id)
    .limit(bindparam("limit"))
    .subquery()
)
_recognised = Statement(
    select(
        _top.c.people,
        _top.c.kudos,
        _top.c.receiver_id,
        _person.name_ja,
        _person.name_en,
        _unit.name_ja,
        _unit.name_en,
        _top.c.givers,
        _top.c.times,
    )
    .join(Person, _person.id == _top.c.receiver_id)
    .outerjoin(
        Posting,
        and_(
            _posting.person_id == _person.id,
            _posting.starts_on <= bindparam("today"),
            or_(_posting.ends_on.is_(None), _posting.ends_on > bindparam("today")),
        ),
    )
    .outerjoin(Unit, _unit.id == _posting.unit_id)
    .order_by(_top.c.givers.desc(), _top.c.times.desc(), _top.c.receiver_id)
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


def notes_by_number(tx: Tx, *, since: int, until: int) -> dict[int, int]:
    """Notes per principle of the whole organisation."""
    return dict(tx.all(_notes_by_number, since=since, until=until))


def writers(tx: Tx, *, since: int, until: int) -> int:
    """How many people wrote a note, of the whole organisation."""
    return int(tx.value(_writers, since=since, until=until))


def kudos_total(tx: Tx, *, since: int, until: int) -> int:
    """How many kudos stand, of the whole organisation."""
    return int(tx.value(_kudos_total, since=since, until=until))


def note_states(tx: Tx, *, since: int, until: int) -> dict[str, int]:
    """How many notes of a period are in which state now."""
    return dict(tx.all(_state_counts, since=since, until=until))


def of_number(tx: Tx, number: int, *, since: int, until: int, today: str, limit: int) -> OfNumber:
    """The kudos of one principle: totals, and who was recognised.

    By different givers first; ties by how often, then by who was first here.
    """
    found = tx.all(_recognised, number=number, since=since, until=until, today=today, limit=limit)
    givers = int(tx.value(_givers, number=number, since=since, until=until))
    people, given = (int(found[0][0]), int(found[0][1])) if found else (0, 0)
    return OfNumber(given, people, givers, tuple(Recognised(*row[2:]) for row in found))


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
