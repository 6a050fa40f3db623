"""Forgetting a person: what is erased, what is handed to a nameless stand-in so that counts stay, and what remains."""

from collections.abc import Iterable, Mapping
from secrets import token_hex
from typing import Any, Literal, NamedTuple

from sqlalchemy import bindparam, delete, func, or_, select, update
from sqlmodel import SQLModel

from storage import messages
from storage.absences import Absence
from storage.accounts import Account, LinkCode, LinkTry
from storage.announcements import Announcement, AnnouncementSeen
from storage.columns import ERASED, columns
from storage.daily import LeaderMessage, Mark
from storage.database import Tx
from storage.drafts import Draft
from storage.files import File
from storage.inductions import Induction
from storage.kudos import Kudos, KudosClap, KudosTag, KudosTo
from storage.messages import Message
from storage.note_tags import NoteTag
from storage.notes import Note, NoteEdit, NoteRow
from storage.notes import rows as note_rows
from storage.outbox import Outbox
from storage.own import DIRECT
from storage.people import Person
from storage.places import Place
from storage.quota import Quota
from storage.roles import Deputy
from storage.shown import drop_bodies
from storage.sign_ins import PageSession, SignIn
from storage.statements import Statement
from storage.steps import NoteStep
from storage.supports import NoteSupport
from storage.unit_figures import UnitFigure, UnitFigureReport, UnitFigureStory

Fate = Literal["erased", "handed on", "stays"]

# What becomes of every column that refers to a person when they ask to be forgotten.
FATES: Mapping[str, Fate] = {
    "person.id": "stays",
    "person.deliver_to": "erased",
    "person.used": "erased",
    "account.person_id": "stays",
    "account.ext_id": "stays",
    "link_code.ext_id": "erased",
    "link_try.ext_id": "erased",
    "posting.person_id": "stays",
    "role.person_id": "stays",
    "deputy.person_id": "erased",
    "deputy.deputy_id": "stays",
    "absence.person_id": "erased",
    "induction.person_id": "erased",
    "note.author_id": "handed on",
    "note_tag.author_id": "handed on",
    "note_step.person_id": "handed on",
    "note_support.person_id": "handed on",
    "kudos.giver_id": "handed on",
    "kudos_tag.giver_id": "handed on",
    "kudos_to.person_id": "handed on",
    "kudos_tag.receiver_id": "handed on",
    "kudos_clap.person_id": "handed on",
    "quota.person_id": "handed on",
    "mark.person_id": "handed on",
    "leader_message.person_id": "stays",
    "announcement.person_id": "handed on",
    "announcement_seen.person_id": "handed on",
    "unit_figure.person_id": "handed on",
    "unit_figure.reporter_id": "erased",
    "unit_figure_report.person_id": "handed on",
    "unit_figure_story.person_id": "handed on",
    "draft.person_id": "erased",
    "file.person_id": "erased",
    "sign_in.person_id": "erased",
    "page_session.person_id": "erased",
    "outbox.person_id": "erased",
    # Whom a survey asked tells nothing about who answered, and the published table is checked against it.
    "pulse_invited.person_id": "stays",
    # Taken out before, as announced cards change with it.
    "award_winner.person_id": "erased",
    "award_given_to.person_id": "erased",
    "place.person_id": "erased",
    "place.account": "erased",
    "place.ext_id": "erased",
    "message.author": "erased",
    "message.only_for": "erased",
    "audit.actor": "stays",
    "audit.subject": "stays",
}

_person: Any = bindparam("person")
_account, _code, _try, _place = map(columns, (Account, LinkCode, LinkTry, Place))
_note, _tag, _edit, _kudos, _to, _kudos_tag = map(columns, (Note, NoteTag, NoteEdit, Kudos, KudosTo, KudosTag))
_out, _message, _people, _deputy, _leader = map(columns, (Outbox, Message, Person, Deputy, LeaderMessage))

_rekey = Statement(update(Person).where(_people.id == _person).values(id=bindparam("to")))
_hold = Statement(select(_people.id).where(_people.id == _person).with_for_update())


def _moved(model: type[SQLModel], column: str, *narrower: Any) -> Statement[Any]:
    own = columns(model)[column]
    return Statement(update(model).where(own == _person, *narrower).values({column: bindparam("to")}))


_mine = select(_note.id).where(_note.author_id == _person)
_given = select(_kudos.id).where(_kudos.giver_id == _person)
_received = select(_to.kudos_id).where(_to.person_id == _person)
# Tags before what they are found by.
_handed_on = (
    _moved(KudosTag, "giver_id", _kudos_tag.kudos_id.in_(_given)),
    _moved(Kudos, "giver_id"),
    _moved(KudosTag, "receiver_id", _kudos_tag.kudos_id.in_(_received)),
    _moved(KudosTo, "person_id"),
    _moved(KudosClap, "person_id"),
    _moved(NoteSupport, "person_id"),
    _moved(NoteStep, "person_id"),
    _moved(Mark, "person_id"),
    _moved(Announcement, "person_id"),
    _moved(AnnouncementSeen, "person_id"),
    _moved(UnitFigure, "person_id"),
    _moved(UnitFigureReport, "person_id"),
    _moved(UnitFigureStory, "person_id"),
)
_past_quota = Statement(
    update(Quota)
    .where(columns(Quota).person_id == _person, columns(Quota).day < bindparam("today"))
    .values(person_id=bindparam("to"))
)
_tags_to = _moved(NoteTag, "author_id", _tag.note_id.in_(_mine))
_notes_to = _moved(Note, "author_id")
_nameless = Statement(
    update(Note)
    .where(_note.author_id == _person, _note.deleted_at.is_(None), _note.audience != "office")
    .values(audience="nameless")
)
_drop_edits = Statement(delete(NoteEdit).where(_edit.note_id.in_(_mine)))
_notes = Statement(note_rows.where(_note.author_id == _person).order_by(_note.id), NoteRow)
_empty_note = Statement(
    update(Note).where(_note.id == bindparam("note")).values(text=ERASED, plain=ERASED, indexed=False)
)
_empty_given = Statement(update(Kudos).where(_kudos.giver_id == _person).values(text=ERASED))
_empty_kudos = Statement(update(Kudos).where(_kudos.id == bindparam("kudos")).values(text=ERASED))


def _dropped(model: type[SQLModel], column: str = "person_id", *narrower: Any) -> Statement[Any]:
    return Statement(delete(model).where(columns(model)[column] == _person, *narrower))


# By person, and by the private chats: two ways in, each with an index of its own.
_chats = select(_place.id).where(_place.person_id == _person, _place.private)
_owed = (_out.person_id == _person, _out.place_id.in_(_chats))
_owed_bodies = tuple(Statement(select(_out.body_id).where(way).distinct()) for way in _owed)
_drop_owed = tuple(Statement(delete(Outbox).where(way)) for way in _owed)
_drop_chats = Statement(delete(Place).where(_place.person_id == _person, _place.private))
_leave_places = Statement(update(Place).where(_place.person_id == _person).values(person_id=None, account=""))
_erased = (
    _dropped(Draft),
    _dropped(File),
    _dropped(SignIn),
    _dropped(PageSession),
    _dropped(Absence),
    _dropped(Induction),
    _dropped(Deputy),
    Statement(update(UnitFigure).where(columns(UnitFigure).reporter_id == _person).values(reporter_id=None)),
)
_over = Statement(
    delete(Deputy).where(
        _deputy.deputy_id == _person, _deputy.ends_on.is_not(None), _deputy.ends_on <= bindparam("today")
    )
)
_by_handle = {
    model: Statement(
        delete(model).where(
            columns(model).platform == bindparam("platform"), columns(model).ext_id == bindparam("ext_id")
        )
    )
    for model in (LinkCode, LinkTry)
}
_drop_accounts = _dropped(Account)
_drop_said = Statement(
    delete(Message).where(
        or_(
            _message.author == bindparam("account"),
            _message.only_for == bindparam("account"),
            _message.place == bindparam("chat"),
        )
    )
)
_planned = Statement(
    update(LeaderMessage)
    .where(_leader.person_id == _person, _leader.state == "planned", _leader.day > bindparam("today"))
    .values(state="withdrawn")
)
# Whoever wants no messages at all gets none afterwards either.
_reset = Statement(
    update(Person)
    .where(_people.id == _person)
    .values(
        language="",
        quiet_from="",
        quiet_to="",
        daily=False,
        digest=True,
        reminders=True,
        pulse=True,
        askable=False,
        deliver_to="",
        used="",
    )
)
_rename = Statement(
    update(Person)
    .where(_people.id == _person)
    .values(
        number=bindparam("number"),
        name_ja=ERASED,
        name_en=ERASED,
        title_ja="",
        title_en="",
        email=None,
        language="",
        quiet_from="",
        quiet_to="",
        deliver_to="",
        used="",
    )
)


class Tally(NamedTuple):
    """How much of a kind there is of a person."""

    notes: int
    kudos_given: int
    kudos_received: int
    marks: int


def _counted(model: type[SQLModel], column: str) -> Any:
    own = columns(model)[column]
    return select(func.count()).where(own == _person).scalar_subquery()


_tally = Statement(
    select(
        _counted(Note, "author_id"),
        _counted(Kudos, "giver_id"),
        _counted(KudosTo, "person_id"),
        _counted(Mark, "person_id"),
    ),
    Tally,
)


def hold(tx: Tx, person_id: int) -> None:
    """Have whatever else is being stored of a person at this instant come before or after, never in between."""
    tx.value(_hold, person=person_id)


def rekey(tx: Tx, person_id: int, *, to: int) -> int:
    """Give a person nothing refers to yet another key; returns it."""
    tx.run(_rekey, person=person_id, to=to)
    return to


def tally(tx: Tx, person_id: int) -> Tally:
    """How much of each kind there is that counts."""
    found = tx.one(_tally, person=person_id)
    assert found is not None  # noqa: S101 - counts are always there
    return found


def notes_of(tx: Tx, person_id: int) -> list[NoteRow]:
    """A person's notes, deleted ones too."""
    return tx.all(_notes, person=person_id)


def hand_on(tx: Tx, person_id: int, *, to: int, today: str) -> None:
    """Have a stand-in be the one who gave, received, supported, answered and read; today's quota stays used up."""
    for statement in _handed_on:
        tx.run(statement, person=person_id, to=to)
    tx.run(_past_quota, person=person_id, to=to, today=today)


def hand_notes_on(tx: Tx, person_id: int, *, to: int | None) -> None:
    """Have a person's notes be a stand-in's, or nobody's; what they were before a change is dropped."""
    tx.run(_drop_edits, person=person_id)
    if to is None:
        tx.run(_nameless, person=person_id)
    tx.run(_tags_to, person=person_id, to=to)
    tx.run(_notes_to, person=person_id, to=to)


def empty_notes(tx: Tx, note_ids: Iterable[int]) -> None:
    """Take the words from notes; their index entries are forgotten before."""
    tx.many(_empty_note, [{"note": note_id} for note_id in note_ids])


def empty_given(tx: Tx, person_id: int) -> None:
    """Take the words from every kudos a person gave."""
    tx.run(_empty_given, person=person_id)


def empty_kudos(tx: Tx, kudos_ids: Iterable[int]) -> None:
    """Take the words from kudos."""
    tx.many(_empty_kudos, [{"kudos": kudos_id} for kudos_id in kudos_ids])


def drop_owed(tx: Tx, person_id: int) -> None:
    """Drop every message to a person, sent or not, their private chats, and the cards nobody else is shown."""
    bodies = [body for found in _owed_bodies for (body,) in tx.all(found, person=person_id)]
    for statement in _drop_owed:
        tx.run(statement, person=person_id)
    drop_bodies(tx, bodies)
    tx.run(_drop_chats, person=person_id)
    tx.run(_leave_places, person=person_id)


def drop_rest(tx: Tx, person_id: int, *, today: str) -> None:
    """Drop what counts nowhere: drafts, files, absences, first days, deputies; planned messages of leaders too."""
    for statement in _erased:
        tx.run(statement, person=person_id)
    tx.run(_over, person=person_id, today=today)
    tx.run(_planned, person=person_id, today=today)


def drop_of_account(tx: Tx, platform: str, ext_id: str) -> None:
    """Drop the codes an account was shown or typed."""
    for statement in _by_handle.values():
        tx.run(statement, platform=platform, ext_id=ext_id)


def drop_said(tx: Tx, account: str, *, at: int) -> None:
    """Drop what an account of the playground wrote and was shown alone.

    An empty message nowhere goes in first: SQLite would give the number of the newest, which windows know, to another.
    """
    messages.add(tx, f"{ERASED}{token_hex(8)}", "", at=at)
    tx.run(_drop_said, account=account, chat=f"{DIRECT}{account}")


def drop_accounts(tx: Tx, person_id: int) -> None:
    """Know none of a person's accounts any more."""
    tx.run(_drop_accounts, person=person_id)


def reset(tx: Tx, person_id: int) -> None:
    """Have a person's settings be as on the first day."""
    tx.run(_reset, person=person_id)


def rename(tx: Tx, person_id: int, number: str) -> None:
    """Take name, title, e-mail and staff number from a person; `number` stands in the last one's place."""
    tx.run(_rename, person=person_id, number=number)
