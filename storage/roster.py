"""What an import of the roster reads at once and writes at once: people, postings, roles and units by the thousand."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from sqlalchemy import bindparam, delete, func, literal, or_, select, update

from storage.columns import adding, columns
from storage.database import Tx
from storage.people import UNSET, Person
from storage.postings import NewPosting, Posting
from storage.roles import NewRole, Role
from storage.statements import Statement
from storage.units import Unit

SOURCE = "roster"
# Any number will do that no other lock of this database has.
_LOCK = 54_046_003


class Known(NamedTuple):
    """A person as the database has them, also one who left, and bots."""

    id: int
    number: str
    name_ja: str
    name_en: str
    title_ja: str
    title_en: str
    email: str | None
    language: str
    bot: bool
    joined_on: str
    left_on: str | None
    listed: bool


class Posted(NamedTuple):
    """A posting that has not ended on the day an import is of."""

    id: int
    person_id: int
    unit_id: int
    starts_on: str
    ends_on: str | None


class Held(NamedTuple):
    """A role an earlier import gave, that has not ended on the day an import is of."""

    id: int
    person_id: int
    role: str
    unit_id: int | None
    starts_on: str
    ends_on: str | None


class NewPerson(NamedTuple):
    """A person to be added."""

    number: str
    name_ja: str
    name_en: str
    title_ja: str
    title_en: str
    email: str | None
    language: str
    joined_on: str


class Named(NamedTuple):
    """What a person is called from now on."""

    person: int
    name_ja: str
    name_en: str
    title_ja: str
    title_en: str
    email: str | None


class Employed(NamedTuple):
    """A person's number and the days they work here."""

    person: int
    number: str
    joined_on: str
    left_on: str | None


_person, _posting, _role, _unit = map(columns, (Person, Posting, Role, Unit))
_day: Any = bindparam("day")
_hold = Statement(select(func.pg_advisory_xact_lock(literal(_LOCK))))
_people = Statement(select(*(_person[name] for name in Known._fields)), Known)
_postings = Statement(
    select(*(_posting[name] for name in Posted._fields))
    .where(or_(_posting.ends_on.is_(None), _posting.ends_on > _day))
    .order_by(_posting.person_id, _posting.starts_on),
    Posted,
)
_ended = Statement(
    select(_posting.person_id, func.max(_posting.ends_on)).where(_posting.ends_on <= _day).group_by(_posting.person_id)
)
_roles = Statement(
    select(*(_role[name] for name in Held._fields))
    .where(_role.source == literal(SOURCE), or_(_role.ends_on.is_(None), _role.ends_on > _day))
    .order_by(_role.person_id, _role.starts_on, _role.id),
    Held,
)
_keys = Statement(select(_person.number, _person.id))
_add_person = Statement(adding(Person, *NewPerson._fields).values(**UNSET, bot=False, listed=True, askable=False))
_one = _person.id == bindparam("person")
_free = Statement(update(Person).where(_one).values(email=None))
_name = Statement(update(Person).where(_one).values({name: bindparam(name) for name in Named._fields[1:]}))
_employ = Statement(
    update(Person).where(_one).values(listed=True, **{name: bindparam(name) for name in Employed._fields[1:]})
)
_leave = Statement(update(Person).where(_one).values(left_on=_day))
_speak = Statement(update(Person).where(_one, _person.language == "").values(language=bindparam("lang")))
_add_posting = Statement(adding(Posting, *NewPosting._fields))
_cut = Statement(update(Posting).where(_posting.id == bindparam("posting")).values(ends_on=_day))
_drop = Statement(delete(Posting).where(_posting.id == bindparam("posting")))
_add_role = Statement(adding(Role, *NewRole._fields).values(source=SOURCE))
_end_role = Statement(update(Role).where(_role.id == bindparam("role")).values(ends_on=_day))
_drop_role = Statement(delete(Role).where(_role.id == bindparam("role")))
_begin_unit = Statement(update(Unit).where(_unit.id == bindparam("unit")).values(starts_on=_day))
_end_unit = Statement(update(Unit).where(_unit.id == bindparam("unit")).values(ends_on=_day))


def hold(tx: Tx) -> None:
    """Have another import wait until this one is done; SQLite has one writer anyway."""
    if not tx.sqlite:
        tx.value(_hold)


def people(tx: Tx) -> list[Known]:
    """Everybody there ever was."""
    return tx.all(_people)


def postings(tx: Tx, *, day: str) -> list[Posted]:
    """Every posting that holds on a day or begins later, a person's in their order."""
    return tx.all(_postings, day=day)


def ended(tx: Tx, *, day: str) -> dict[int, str]:
    """Person → the last day before or on a day at which a posting of theirs ended."""
    return dict(tx.all(_ended, day=day))


def roles(tx: Tx, *, day: str) -> list[Held]:
    """Every role of earlier imports that holds on a day or begins later, a person's in their order."""
    return tx.all(_roles, day=day)


def keys(tx: Tx) -> dict[str, int]:
    """Staff number → key of everybody."""
    return dict(tx.all(_keys))


def add_people(tx: Tx, rows: Iterable[NewPerson]) -> None:
    """Add people."""
    tx.many(_add_person, [row._asdict() for row in rows])


def free_emails(tx: Tx, people: Iterable[int]) -> None:
    """Take e-mails away, so that others or the same people can have them: no two may have one at any time."""
    tx.many(_free, [{"person": person} for person in people])


def name(tx: Tx, rows: Iterable[Named]) -> None:
    """Call people by other names, titles and e-mails."""
    tx.many(_name, [row._asdict() for row in rows])


def employ(tx: Tx, rows: Iterable[Employed]) -> None:
    """Have people be on the roster, under their number, from a day."""
    tx.many(_employ, [row._asdict() for row in rows])


def leave(tx: Tx, people: Iterable[int], *, day: str) -> None:
    """Mark the day from which people no longer work here."""
    tx.many(_leave, [{"person": person, "day": day} for person in people])


def speak(tx: Tx, rows: Iterable[tuple[int, str]]) -> None:
    """(person, language): write to people in a language unless they chose one."""
    tx.many(_speak, [{"person": person, "lang": lang} for person, lang in rows])


def post(tx: Tx, rows: Iterable[NewPosting]) -> None:
    """Begin postings; those they end are cut before."""
    tx.many(_add_posting, [row._asdict() for row in rows])


def cut(tx: Tx, rows: Iterable[tuple[int, str]]) -> None:
    """(posting, day): end postings."""
    tx.many(_cut, [{"posting": posting, "day": day} for posting, day in rows])


def drop(tx: Tx, postings: Iterable[int]) -> None:
    """Remove postings that will never begin."""
    tx.many(_drop, [{"posting": posting} for posting in postings])


def give(tx: Tx, rows: Iterable[NewRole]) -> None:
    """Give roles."""
    tx.many(_add_role, [row._asdict() for row in rows])


def end_roles(tx: Tx, rows: Iterable[tuple[int, str]]) -> None:
    """(role, day): end roles."""
    tx.many(_end_role, [{"role": role, "day": day} for role, day in rows])


def drop_roles(tx: Tx, roles: Iterable[int]) -> None:
    """Remove roles that will never begin."""
    tx.many(_drop_role, [{"role": role} for role in roles])


def begin_units(tx: Tx, rows: Iterable[tuple[int, str]]) -> None:
    """(unit, day): have units begin earlier."""
    tx.many(_begin_unit, [{"unit": unit, "day": day} for unit, day in rows])


def end_units(tx: Tx, rows: Iterable[tuple[int, str]]) -> None:
    """(unit, day): mark the day from which units are no more."""
    tx.many(_end_unit, [{"unit": unit, "day": day} for unit, day in rows])
