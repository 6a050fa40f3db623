"""Many rows at once under keys of one's own, for filling an empty database with years of history."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from sqlalchemy import bindparam, func, select
from sqlmodel import SQLModel

from storage.accounts import Account
from storage.columns import adding, columns
from storage.database import Tx
from storage.kudos import Kudos, KudosClap, KudosTag, KudosTo
from storage.note_tags import NoteTag
from storage.notes import Note
from storage.people import UNSET, Person
from storage.places import Place
from storage.postings import NewPosting, Posting
from storage.quota import Quota
from storage.roles import NewRole, Role
from storage.statements import Statement
from storage.steps import NoteStep
from storage.supports import NoteSupport
from storage.units import Branch, Unit, UnitDescent, UnitState, UnitTree


class NewUnit(NamedTuple):
    """A unit under its parent."""

    id: int
    code: str
    name_ja: str
    name_en: str
    parent_id: int | None
    starts_on: str
    ends_on: str | None = None


class NewState(NamedTuple):
    """What a unit is called and where it is, from a day on."""

    unit_id: int
    starts_on: str
    name_ja: str
    name_en: str
    parent_id: int | None


class NewDescent(NamedTuple):
    """That a unit came from another on a day."""

    predecessor: int
    successor: int
    day: str


class NewPerson(NamedTuple):
    """A member of staff."""

    id: int
    number: str
    name_ja: str
    name_en: str
    title_ja: str
    title_en: str
    language: str
    joined_on: str


class NewAccount(NamedTuple):
    """A handle of a person."""

    platform: str
    ext_id: str
    person_id: int


class NewPlace(NamedTuple):
    """A channel or a private chat."""

    platform: str
    ext_id: str
    private: bool
    title: str
    unit_id: int | None
    person_id: int | None


class NewNote(NamedTuple):
    """A note in the state it came to; it waits for the search index."""

    id: int
    author_id: int
    unit_id: int
    kind: str
    text: str
    plain: str
    audience: str
    pack: str
    version: str
    state: str
    reason: str
    due_on: str
    at: int
    answered_at: int | None


class NewTag(NamedTuple):
    """A principle number of a note."""

    note_id: int
    number: int
    at: int
    unit_id: int
    office: bool
    author_id: int


class NewSupport(NamedTuple):
    """A person's 「私も」."""

    note_id: int
    person_id: int
    at: int


class NewStep(NamedTuple):
    """An answer to a note."""

    note_id: int
    person_id: int
    state: str
    reason: str
    at: int


class NewKudos(NamedTuple):
    """Thanks."""

    id: int
    giver_id: int
    unit_id: int
    text: str
    public: bool
    pack: str
    version: str
    day: str
    at: int


class NewThanked(NamedTuple):
    """A colleague thanked."""

    kudos_id: int
    person_id: int
    unit_id: int


class NewKudosTag(NamedTuple):
    """A principle of a kudos, for a colleague thanked."""

    kudos_id: int
    receiver_id: int
    number: int
    giver_id: int
    unit_id: int
    giver_unit_id: int
    at: int
    lead: bool


class NewClap(NamedTuple):
    """A person's applause."""

    kudos_id: int
    person_id: int
    at: int


class NewQuota(NamedTuple):
    """How many colleagues a person thanked on a day."""

    person_id: int
    day: str
    used: int


Row = (
    NewUnit
    | NewState
    | NewDescent
    | Branch
    | NewPerson
    | NewAccount
    | NewPosting
    | NewRole
    | NewPlace
    | NewNote
    | NewTag
    | NewSupport
    | NewStep
    | NewKudos
    | NewThanked
    | NewKudosTag
    | NewClap
    | NewQuota
)


def _insert(model: type[SQLModel], row: Any, **always: object) -> Statement[Any]:
    return Statement(adding(model, *row._fields).values(**always))


_ADD: dict[type[Row], Statement[Any]] = {
    NewUnit: _insert(Unit, NewUnit),
    NewState: _insert(UnitState, NewState),
    NewDescent: _insert(UnitDescent, NewDescent),
    Branch: _insert(UnitTree, Branch),
    NewPerson: _insert(Person, NewPerson, **UNSET, bot=False, listed=True, askable=False),
    NewAccount: _insert(Account, NewAccount, kind="member", how="start", held=False),
    NewPosting: _insert(Posting, NewPosting),
    NewRole: _insert(Role, NewRole, source="grant"),
    NewPlace: _insert(Place, NewPlace, address="{}", account="", daily=True, kudos=False, gone_why=""),
    NewNote: _insert(Note, NewNote, indexed=False),
    NewTag: _insert(NoteTag, NewTag, counts_as=bindparam("number")),
    NewSupport: _insert(NoteSupport, NewSupport),
    NewStep: _insert(NoteStep, NewStep),
    NewKudos: _insert(Kudos, NewKudos),
    NewThanked: _insert(KudosTo, NewThanked),
    NewKudosTag: _insert(KudosTag, NewKudosTag, counts_as=bindparam("number")),
    NewClap: _insert(KudosClap, NewClap),
    NewQuota: _insert(Quota, NewQuota),
}
_NUMBERED = (Unit, Person, Note, Kudos)
_used = select(func.count()).select_from(
    select(columns(Unit).id).union_all(select(columns(Person).id)).limit(1).subquery()
)
_is_used = Statement(_used)
_numbering = {
    model: Statement(
        select(
            func.setval(
                func.pg_get_serial_sequence(model.__tablename__, "id"),
                select(func.max(columns(model).id)).scalar_subquery(),
            )
        )
    )
    for model in _NUMBERED
}


def empty(tx: Tx) -> bool:
    """Whether nobody works here yet, so that keys from 1 are free."""
    return not tx.value(_is_used)


def add(tx: Tx, rows: Iterable[Row]) -> None:
    """Insert rows of any kinds: those others refer to first, and of one kind in their order."""
    kinds: dict[type[Row], list[Row]] = {kind: [] for kind in _ADD}
    for row in rows:
        kinds[type(row)].append(row)
    for kind, found in kinds.items():
        if found:
            tx.many(_ADD[kind], [row._asdict() for row in found])


def number_on(tx: Tx) -> None:
    """Have the database number its next rows after those that came with keys; SQLite does so by itself."""
    if not tx.sqlite:
        for statement in _numbering.values():
            tx.value(statement)
