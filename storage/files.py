"""Files made for one person, kept for a short time, handed to nobody else."""

from typing import NamedTuple

from sqlalchemy import bindparam, delete, select
from sqlmodel import Field, SQLModel

from storage.columns import adding, bigint, columns, ref
from storage.database import Tx
from storage.statements import Statement


class File(SQLModel, table=True):
    """A file for a person. `token` is not to be guessed; `content` is text."""

    __tablename__ = "file"

    token: str = Field(primary_key=True)
    person_id: int = ref("person.id", index=True)
    name: str
    media: str
    content: str
    at: int = bigint()
    expires_at: int = bigint(index=True)


class FileRow(NamedTuple):
    """A file as adapters see it."""

    token: str
    person_id: int
    name: str
    media: str
    content: str


_file = columns(File)
_add = Statement(adding(File, "token", "person_id", "name", "media", "content", "at", "expires_at"))
_get = Statement(
    select(_file.token, _file.person_id, _file.name, _file.media, _file.content).where(
        _file.token == bindparam("token"), _file.expires_at > bindparam("now")
    ),
    FileRow,
)
_expire = Statement(delete(File).where(_file.expires_at <= bindparam("now")))
_drop = Statement(delete(File).where(_file.person_id == bindparam("person")))


def add(tx: Tx, token: str, *, person_id: int, name: str, media: str, content: str, at: int, expires_at: int) -> None:
    """Keep a file for a person."""
    row = {"token": token, "person_id": person_id, "name": name, "media": media, "content": content}
    tx.run(_add, **row, at=at, expires_at=expires_at)


def get(tx: Tx, token: str, *, now: int) -> FileRow | None:
    """A file that has not expired; whoever asks checks whose it is."""
    return tx.one(_get, token=token, now=now)


def expire(tx: Tx, *, now: int) -> int:
    """Let go of files whose time is over; returns how many."""
    return tx.run(_expire, now=now)


def drop(tx: Tx, person_id: int) -> None:
    """Let go of every file of a person."""
    tx.run(_drop, person=person_id)
