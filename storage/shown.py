"""Messages that show what a person wrote, gave or received, wherever they stand: those that forgetting changes."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from sqlalchemy import String, and_, bindparam, cast, delete, func, literal, or_, select, union_all

from storage.columns import columns
from storage.database import Tx
from storage.kudos import Kudos, KudosTo
from storage.notes import Note
from storage.outbox import Body, Outbox
from storage.statements import Statement


class Shown(NamedTuple):
    """A message: its row, what it shows, its key (note:12, note:12:…, kudos:7, kudos:7:3), and what became of it."""

    id: int
    body_id: int
    key: str
    state: str

    @property
    def about(self) -> int:
        """The note or the kudos it is about."""
        return int(self.key.split(":")[1])

    @property
    def changeable(self) -> bool:
        """Whether changing it changes what is kept and shown; else nobody sees it any more."""
        return self.state not in ("gone", "dropped")


_note, _kudos, _to, _out, _body = map(columns, (Note, Kudos, KudosTo, Outbox, Body))
_person: Any = bindparam("person")
_fields = (_out.id, _out.body_id, _out.key, _out.state)


def _text(column: Any) -> Any:
    return cast(column, String)


_received = select(_to.kudos_id).where(_to.person_id == _person)
_notes = Statement(
    select(*_fields)
    .select_from(Note)
    .join(Outbox, _out.key == "note:" + _text(_note.id))
    .where(_note.author_id == _person),
    Shown,
)
_thanks = Statement(
    select(*_fields)
    .select_from(Kudos)
    .join(Outbox, _out.key == "kudos:" + _text(_kudos.id))
    .where(or_(_kudos.giver_id == _person, _kudos.id.in_(_received))),
    Shown,
)
_told = Statement(
    select(*_fields)
    .select_from(Kudos)
    .join(KudosTo, _to.kudos_id == _kudos.id)
    .join(Outbox, _out.key == "kudos:" + _text(_kudos.id) + ":" + _text(_to.person_id))
    .where(_kudos.giver_id == _person),
    Shown,
)


_position = {True: func.instr, False: func.strpos}


def _number(key: Any, kind: str, position: Any) -> Any:
    """The number in a key such as note:12:…"""
    rest = func.substr(key, len(kind) + 2)
    return func.substr(rest, 1, position(rest + ":", literal(":")) - 1)


_mine = select(_text(_note.id)).where(_note.author_id == _person)
_ours = select(_text(_kudos.id)).where(or_(_kudos.giver_id == _person, _kudos.id.in_(_received)))


def _begins(key: Any, kind: str, *, sqlite: bool) -> Any:
    """Whether a key is of a kind; as a range on SQLite, whose order is that of the bytes: the keys' index serves."""
    return and_(key > f"{kind}:", key < f"{kind};") if sqlite else key.like(f"{kind}:%")


def _news_of_notes(*, sqlite: bool) -> Statement[Shown]:
    named = _number(_out.key, "note", _position[sqlite])
    found = (_begins(_out.key, "note", sqlite=sqlite), _out.key.like("note:%:%"), named.in_(_mine))
    return Statement(select(*_fields).where(*found), Shown)


def _every_body(*, sqlite: bool) -> Statement[Any]:
    position = _position[sqlite]
    of_note = and_(_begins(_body.key, "note", sqlite=sqlite), _number(_body.key, "note", position).in_(_mine))
    of_kudos = and_(_begins(_body.key, "kudos", sqlite=sqlite), _number(_body.key, "kudos", position).in_(_ours))
    return Statement(union_all(select(_body.id).where(of_note), select(_body.id).where(of_kudos)))


_news = {sqlite: _news_of_notes(sqlite=sqlite) for sqlite in (True, False)}
_bodies = {sqlite: _every_body(sqlite=sqlite) for sqlite in (True, False)}
_drop = Statement(delete(Outbox).where(_out.id == bindparam("owed")))
_drop_body = Statement(
    delete(Body).where(
        _body.id == bindparam("body"), ~select(_out.id).where(_out.body_id == _body.id).correlate(Body).exists()
    )
)


def notes(tx: Tx, person_id: int) -> list[Shown]:
    """The cards of a person's notes in channels."""
    return tx.all(_notes, person=person_id)


def news(tx: Tx, person_id: int) -> list[Shown]:
    """What else was sent about a person's notes: news of answers, and those for the secretariat."""
    return tx.all(_news[tx.sqlite], person=person_id)


def thanks(tx: Tx, person_id: int) -> list[Shown]:
    """The cards in channels of the kudos from and to a person."""
    return tx.all(_thanks, person=person_id)


def told(tx: Tx, person_id: int) -> list[Shown]:
    """What those were sent whom a person thanked."""
    return tx.all(_told, person=person_id)


def bodies(tx: Tx, person_id: int) -> list[int]:
    """Every card ever made of a person's notes and of the kudos from and to them, shown now or not."""
    return [row[0] for row in tx.all(_bodies[tx.sqlite], person=person_id)]


def drop(tx: Tx, messages: Iterable[Shown]) -> None:
    """Drop messages that nobody sees any more."""
    tx.many(_drop, [{"owed": one.id} for one in messages])


def drop_bodies(tx: Tx, among: Iterable[int]) -> None:
    """Drop those cards that no message shows any more."""
    tx.many(_drop_body, [{"body": body} for body in set(among)])
