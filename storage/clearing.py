"""Letting go of what is older than its time: one statement per kind of data."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import and_, bindparam, delete, false, func, literal, or_, select, update
from sqlmodel import SQLModel

from storage.absences import Absence
from storage.accounts import Account, LinkCode, LinkTry
from storage.columns import ERASED, columns
from storage.daily import Mark
from storage.database import Tx
from storage.files import File
from storage.inductions import Induction
from storage.kudos import Kudos
from storage.messages import Message
from storage.notes import Note, NoteEdit, NoteRow
from storage.notes import rows as note_rows
from storage.outbox import Outbox
from storage.people import Person
from storage.places import Place
from storage.roles import Deputy
from storage.statements import Statement

# At most so many texts are cleared in one night; the rest follows in the next ones.
AT_ONCE = 5_000
FINAL = [literal(state) for state in ("sent", "gone", "dropped", "expired", "parked")]

_before: Any = bindparam("before")
_day: Any = bindparam("day")
_person, _account, _place, _out = map(columns, (Person, Account, Place, Outbox))
_note, _edit, _kudos, _deputy, _message = map(columns, (Note, NoteEdit, Kudos, Deputy, Message))
_limit: Any = bindparam("limit")


def _dropped(model: type[SQLModel], *where: Any) -> Statement[Any]:
    return Statement(delete(model).where(*where))


_left = Statement(
    select(_person.id)
    .where(_person.left_on <= _day, _person.number.not_like("left:%"), _person.number.not_like("erased:%"))
    .order_by(_person.id)
)
_gone = select(_person.id).where(_person.left_on <= _day)
_departing = Statement(
    select(_account.person_id, func.count())
    .where(_account.person_id.in_(_gone))
    .group_by(_account.person_id)
    .order_by(_account.person_id)
)
_release = Statement(
    update(Account)
    .where(_account.person_id == bindparam("person"))
    .values(person_id=None, how="", linked_at=None, checked_at=bindparam("now"))
)
_release_chats = Statement(
    update(Place)
    .where(_place.person_id == bindparam("person"))
    .values(person_id=None, gone_at=func.coalesce(_place.gone_at, bindparam("now")))
)
_chats_of_gone = select(_place.id).where(_place.private, _place.person_id.in_(_gone))
_drop_owed = Statement(
    update(Outbox)
    .where(
        _out.state.in_([literal("waiting"), literal("parked")]),
        or_(_out.person_id.in_(_gone), _out.place_id.in_(_chats_of_gone)),
    )
    .values(state="dropped")
)
_accounts = _dropped(
    Account,
    _account.person_id.is_(None),
    _account.held == false(),
    func.coalesce(_account.checked_at, 0) < _before,
)
_known = (
    select(_account.ext_id)
    .where(_account.platform == _place.platform, _account.ext_id == _place.account)
    .correlate(Place)
    .exists()
)
_chats = _dropped(
    Place,
    _place.private,
    _place.person_id.is_(None),
    or_(_place.gone_at < _before, and_(_place.account != "", ~_known)),
    ~select(_out.id).where(_out.place_id == _place.id).correlate(Place).exists(),
)
# A channel's card of a note or of thanks stays known as long as these: it has to follow what becomes of them.
_standing = and_(
    _out.place_id.is_not(None),
    _out.person_id.is_(None),
    _out.state == "sent",
    or_(_out.key.like("note:%"), _out.key.like("kudos:%")),
)
_messages = _dropped(Outbox, _out.state.in_(FINAL), _out.due_at < _before, ~_standing)
# Never the newest: SQLite would give its number, which other messages may know, to the next one.
_said = _dropped(Message, _message.at < _before, _message.id < select(func.max(_message.id)).scalar_subquery())
_edits = _dropped(NoteEdit, _edit.at < _before)
_marks = _dropped(Mark, columns(Mark).day < _day)
_absences = _dropped(Absence, columns(Absence).ends_on < _day)
_deputies = _dropped(Deputy, _deputy.ends_on < _day)
_inductions = _dropped(Induction, columns(Induction).starts_on < _day)
_codes = _dropped(LinkCode, columns(LinkCode).expires_at < _before)
_tries = _dropped(LinkTry, columns(LinkTry).since < _before)
_files = _dropped(File, columns(File).expires_at < _before)
_old_notes = {
    column: Statement(
        note_rows.where(_note[column] < _before, _note.text != ERASED).order_by(_note.id).limit(_limit), NoteRow
    )
    for column in ("at", "deleted_at")
}
_old_kudos = {
    column: Statement(
        select(_kudos.id).where(_kudos[column] < _before, _kudos.text != ERASED).order_by(_kudos.id).limit(_limit)
    )
    for column in ("at", "taken_back_at")
}
_drop_key = Statement(delete(Outbox).where(_out.key == bindparam("message")))


def left(tx: Tx, *, day: str) -> list[int]:
    """Who left on a day or before and still has a name."""
    return [row[0] for row in tx.all(_left, day=day)]


def departing(tx: Tx, *, day: str) -> list[tuple[int, int]]:
    """(person, how many accounts) of everyone who has left by a day and is still linked."""
    return tx.all(_departing, day=day)


def drop_owed(tx: Tx, *, day: str) -> int:
    """Drop what waits for those who have left by a day; returns how many messages."""
    return tx.run(_drop_owed, day=day)


def release(tx: Tx, person_id: int, *, at: int) -> None:
    """Have a person's accounts and private chats be nobody's; a verified e-mail brings them back."""
    tx.run(_release, person=person_id, now=at)
    tx.run(_release_chats, person=person_id, now=at)


def strangers(tx: Tx, *, before: int) -> int:
    """Know accounts and private chats no more that belonged to nobody since a moment."""
    return tx.run(_accounts, before=before) + tx.run(_chats, before=before)


def messages(tx: Tx, *, before: int) -> int:
    """Drop messages that were done with before a moment, and the playground's."""
    return tx.run(_messages, before=before) + tx.run(_said, before=before)


def edits(tx: Tx, *, before: int) -> int:
    """Drop what notes said before they were changed or deleted."""
    return tx.run(_edits, before=before)


def marks(tx: Tx, *, day: str) -> int:
    """Drop who read and tried what before a day."""
    return tx.run(_marks, day=day)


def absences(tx: Tx, *, day: str) -> int:
    """Drop absences that ended before a day."""
    return tx.run(_absences, day=day)


def deputies(tx: Tx, *, day: str) -> int:
    """Drop who stood in for whom until before a day."""
    return tx.run(_deputies, day=day)


def inductions(tx: Tx, *, day: str) -> int:
    """Drop first days that began before a day."""
    return tx.run(_inductions, day=day)


def codes(tx: Tx, *, before: int) -> int:
    """Drop codes that held until before a moment, and wrong ones typed before it."""
    return tx.run(_codes, before=before) + tx.run(_tries, before=before)


def files(tx: Tx, *, now: int) -> int:
    """Drop files whose time is over."""
    return tx.run(_files, before=now)


def old_notes(tx: Tx, *, before: int, deleted: bool) -> list[NoteRow]:
    """Notes that were written, or deleted, before a moment and still have words."""
    return tx.all(_old_notes["deleted_at" if deleted else "at"], before=before, limit=AT_ONCE)


def old_kudos(tx: Tx, *, before: int, taken_back: bool) -> list[int]:
    """Kudos that were given, or taken back, before a moment and still have words."""
    found = tx.all(_old_kudos["taken_back_at" if taken_back else "at"], before=before, limit=AT_ONCE)
    return [row[0] for row in found]


def drop_cards(tx: Tx, keys: Iterable[str]) -> None:
    """Forget messages by their keys: their cards hold words that are gone."""
    tx.many(_drop_key, [{"message": key} for key in keys])
