"""Roll-ups: everything digests and reports count, straight from rows that hold the unit of their own moment."""

from typing import Any, NamedTuple

from sqlalchemy import and_, bindparam, case, func, literal, or_, select

from storage.columns import columns
from storage.database import Tx
from storage.kudos import Kudos, KudosTag
from storage.notes import Note, NoteRow, NoteSupport, NoteTag, rows
from storage.people import Person, Posting
from storage.statements import Statement
from storage.units import Unit, UnitTree

_note, _note_tag, _support, _tree = columns(Note), columns(NoteTag), columns(NoteSupport), columns(UnitTree)
_kudos, _tag, _person, _posting, _unit = map(columns, (Kudos, KudosTag, Person, Posting, Unit))
_below = select(_tree.descendant).where(_tree.ancestor == bindparam("unit"))


def _during(column: Any) -> Any:
    return and_(column >= bindparam("since"), column < bindparam("until"))


class Recognised(NamedTuple):
    """A person recognised for a principle: by how many different givers, and how often."""

    person_id: int
    name_ja: str
    name_en: str
    unit_ja: str | None
    unit_en: str | None
    givers: int
    times: int


_unit_notes = Statement(
    select(_note_tag.number, func.count())
    .join(Note, _note.id == _note_tag.note_id)
    .where(_note_tag.unit_id.in_(_below), _during(_note_tag.at), _note.audience != "office")
    .group_by(_note_tag.number)
)
_unit_note_total = Statement(
    select(func.count()).where(
        _note.unit_id.in_(_below), _during(_note.at), _note.deleted_at.is_(None), _note.audience != "office"
    )
)
_unit_top = Statement(
    rows.outerjoin(NoteSupport, _support.note_id == _note.id)
    .where(_note.unit_id.in_(_below), _during(_note.at), _note.deleted_at.is_(None), _note.audience != "office")
    .group_by(_note.id, _person.id, _unit.id)
    .order_by(func.count(_support.person_id).desc(), _note.id.desc())
    .limit(bindparam("limit")),
    NoteRow,
)
_unanswered = and_(
    _note.unit_id.in_(_below),
    _note.deleted_at.is_(None),
    _note.audience != "office",
    _note.state.in_([literal("open"), literal("received"), literal("considering")]),
)
_waiting = Statement(rows.where(_unanswered).order_by(_note.due_on, _note.id).limit(bindparam("limit")), NoteRow)
_overdue = func.coalesce(func.sum(case((_note.due_on < bindparam("today"), 1), else_=0)), 0)
_count_waiting = Statement(select(func.count(), _overdue).select_from(Note).where(_unanswered))
_unit_received = Statement(
    select(_tag.number, func.count(_tag.kudos_id.distinct()))
    .where(_tag.unit_id.in_(_below), _during(_tag.at))
    .group_by(_tag.number)
)
_unit_received_total = Statement(
    select(func.count(_tag.kudos_id.distinct())).where(_tag.unit_id.in_(_below), _during(_tag.at))
)
_unit_given_total = Statement(
    select(func.count()).where(_kudos.unit_id.in_(_below), _during(_kudos.at), _kudos.taken_back_at.is_(None))
)
_notes_by_number = Statement(
    select(_note_tag.number, func.count()).where(_during(_note_tag.at)).group_by(_note_tag.number)
)
_note_total = Statement(
    select(func.count(), func.count(_note.author_id.distinct())).where(_during(_note.at), _note.deleted_at.is_(None))
)
_kudos_total = Statement(select(func.count()).where(_during(_kudos.at), _kudos.taken_back_at.is_(None)))
_state_counts = Statement(
    select(_note.state, func.count()).where(_during(_note.at), _note.deleted_at.is_(None)).group_by(_note.state)
)

_of_number = Statement(
    select(
        func.count(_tag.kudos_id.distinct()),
        func.count(_tag.receiver_id.distinct()),
        func.count(_tag.giver_id.distinct()),
    ).where(_tag.number == bindparam("number"), _during(_tag.at))
)
_givers = func.count(_tag.giver_id.distinct())
_top = (
    select(_tag.receiver_id, _givers.label("givers"), func.count().label("times"))
    .where(_tag.number == bindparam("number"), _during(_tag.at))
    .group_by(_tag.receiver_id)
    .order_by(_givers.desc(), func.count().desc(), _tag.receiver_id)
    .limit(bindparam("limit"))
    .subquery()
)
_recognised = Statement(
    select(
        _top.c.receiver_id, _person.name_ja, _person.name_en, _unit.name_ja, _unit.name_en, _top.c.givers, _top.c.times
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
    .order_by(_top.c.givers.desc(), _top.c.times.desc(), _top.c.receiver_id),
    Recognised,
)


def unit_notes(tx: Tx, unit: int, *, since: int, until: int) -> dict[int, int]:
    """Notes per principle of a unit and everything below it."""
    return dict(tx.all(_unit_notes, unit=unit, since=since, until=until))


def unit_note_total(tx: Tx, unit: int, *, since: int, until: int) -> int:
    """How many notes a unit and everything below it wrote, with or without a number."""
    return int(tx.value(_unit_note_total, unit=unit, since=since, until=until))


def unit_top_notes(tx: Tx, unit: int, *, since: int, until: int, limit: int) -> list[NoteRow]:
    """The most supported notes of a unit and below."""
    return tx.all(_unit_top, unit=unit, since=since, until=until, limit=limit)


def waiting(tx: Tx, unit: int, *, limit: int) -> list[NoteRow]:
    """Notes of a unit and below that wait for an answer, the most overdue first."""
    return tx.all(_waiting, unit=unit, limit=limit)


def count_waiting(tx: Tx, unit: int, *, today: str) -> tuple[int, int]:
    """(waiting, of them overdue) in a unit and below."""
    found = tx.one(_count_waiting, unit=unit, today=today) or (0, 0)
    return int(found[0]), int(found[1])


def unit_kudos(tx: Tx, unit: int, *, since: int, until: int) -> dict[int, int]:
    """Kudos per principle received in a unit and below."""
    return dict(tx.all(_unit_received, unit=unit, since=since, until=until))


def unit_kudos_totals(tx: Tx, unit: int, *, since: int, until: int) -> tuple[int, int]:
    """(received, given) kudos of a unit and below."""
    received = tx.value(_unit_received_total, unit=unit, since=since, until=until)
    given = tx.value(_unit_given_total, unit=unit, since=since, until=until)
    return int(received), int(given)


def notes_by_number(tx: Tx, *, since: int, until: int) -> dict[int, int]:
    """Notes per principle of the whole organisation."""
    return dict(tx.all(_notes_by_number, since=since, until=until))


def note_totals(tx: Tx, *, since: int, until: int) -> tuple[int, int]:
    """(notes, people who wrote them) of the whole organisation."""
    found = tx.one(_note_total, since=since, until=until) or (0, 0)
    return int(found[0]), int(found[1])


def kudos_total(tx: Tx, *, since: int, until: int) -> int:
    """How many kudos stand, of the whole organisation."""
    return int(tx.value(_kudos_total, since=since, until=until))


def note_states(tx: Tx, *, since: int, until: int) -> dict[str, int]:
    """How many notes of a period are in which state now."""
    return dict(tx.all(_state_counts, since=since, until=until))


def kudos_of_number(tx: Tx, number: int, *, since: int, until: int) -> tuple[int, int, int]:
    """(kudos, people recognised, different givers) of one principle."""
    found = tx.one(_of_number, number=number, since=since, until=until) or (0, 0, 0)
    return int(found[0]), int(found[1]), int(found[2])


def recognised(tx: Tx, number: int, *, since: int, until: int, today: str, limit: int) -> list[Recognised]:
    """Who was recognised for a principle, by different givers first; ties by how often, then by who was first here."""
    return tx.all(_recognised, number=number, since=since, until=until, today=today, limit=limit)
