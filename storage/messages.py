"""What the playground's people see: its channels and private chats, as a chat platform would keep them."""

from typing import NamedTuple

from sqlalchemy import Index, bindparam, select, update
from sqlmodel import Field, SQLModel

from storage.columns import adding, bigint, columns, key
from storage.database import Tx
from storage.statements import Statement


class Message(SQLModel, table=True):
    """A message in the playground: a person's words (`text`) or the bot's `card` as JSON.

    `only_for` is the account that alone sees it; `key` makes sending the same message twice impossible.
    """

    __tablename__ = "message"
    __table_args__ = (Index("ix_message_place", "place", "id"),)

    id: int | None = key()
    key: str = Field(unique=True)
    place: str
    author: str = ""
    only_for: str = ""
    text: str = ""
    card: str = ""
    at: int = bigint()
    edited: int = 0


class MessageRow(NamedTuple):
    """A message as the playground draws it."""

    id: int
    key: str
    place: str
    author: str
    only_for: str
    text: str
    card: str
    at: int
    edited: int


_message = columns(Message)
_names = ("key", "place", "author", "only_for", "text", "card", "at", "edited")
_fields = tuple(_message[name] for name in ("id", *_names))
_add = Statement(adding(Message, *_names).on_conflict_do_nothing().returning(_message.id))
_by_key = Statement(select(*_fields).where(_message.key == bindparam("key")), MessageRow)
_by_id = Statement(select(*_fields).where(_message.id == bindparam("id")), MessageRow)
_replace = Statement(
    update(Message)
    .where(_message.id == bindparam("message"))
    .values(card=bindparam("card"), edited=_message.edited + 1)
)
_newest = Statement(
    select(*_fields)
    .where(
        _message.place == bindparam("place"),
        _message.only_for.in_(["", bindparam("me")]),
        _message.id < bindparam("before"),
    )
    .order_by(_message.id.desc())
    .limit(bindparam("limit")),
    MessageRow,
)
FAR = 2**62


def add(
    tx: Tx,
    key: str,
    place: str,
    *,
    at: int,
    author: str = "",
    only_for: str = "",
    text: str = "",
    card: str = "",
) -> MessageRow:
    """Keep a message, once per key; returns it as it stands."""
    tx.value(_add, key=key, place=place, author=author, only_for=only_for, text=text, card=card, at=at, edited=0)
    found = tx.one(_by_key, key=key)
    assert found is not None  # noqa: S101 - just written
    return found


def replace(tx: Tx, message_id: int, card: str) -> MessageRow | None:
    """Put another card in a message's place."""
    tx.run(_replace, message=message_id, card=card)
    return tx.one(_by_id, id=message_id)


def get(tx: Tx, message_id: int) -> MessageRow | None:
    """A message by key."""
    return tx.one(_by_id, id=message_id)


def newest(tx: Tx, place: str, *, me: str, limit: int, before: int = FAR) -> list[MessageRow]:
    """The last messages of a place that `me` may see, oldest first."""
    return tx.all(_newest, place=place, me=me, limit=limit, before=before)[::-1]
