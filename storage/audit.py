"""The audit log: who changed what and when, never contents; append-only, each entry bound to the one before it.

An entry's hash is SHA-256 over the hash before it and the entry's own fields as JSON. Triggers in the database itself
refuse changes and deletions and take no entry but the next one; whoever removes the triggers and edits an entry breaks
the chain from there on, and whoever computes the whole chain anew, or cuts entries off its end, arrives at another last
hash than the one that was written down elsewhere.
"""

import json
from collections.abc import Iterator
from hashlib import sha256
from typing import NamedTuple

from sqlalchemy import String, bindparam, func, select, update
from sqlmodel import Field, SQLModel

from storage.columns import adding, bigint, columns
from storage.database import Tx
from storage.statements import Statement

BEGINNING = "0" * 64
PAGE = 5_000
# The smallest key a database can hold: an entry somebody put in before the first one is seen too.
LOWEST = -(2**63)


class Audit(SQLModel, table=True):
    """One entry. `actor` and `subject` name a person by key ("person:12"), or what else acted or was acted on."""

    __tablename__ = "audit"
    __table_args__ = {"sqlite_with_rowid": False}

    id: int = bigint(primary=True)
    at: int = bigint()
    actor: str = Field(index=True)
    action: str
    subject: str = Field(index=True)
    detail: str
    hash: str


class AuditHead(SQLModel, table=True):
    """The newest entry, in the one row that everybody who adds another meets at."""

    __tablename__ = "audit_head"

    id: int = Field(primary_key=True)
    entry: int = bigint()
    hash: str


class Entry(NamedTuple):
    """An entry as it is read."""

    id: int
    at: int
    actor: str
    action: str
    subject: str
    detail: str
    hash: str


class Verdict(NamedTuple):
    """What checking the chain found: how many entries, the last hash, and the first entry that does not fit, if any.

    `known` is the entry whose hash was asked for (0 is the beginning, before any entry); None if there is none.
    """

    entries: int
    head: str
    broken: int | None
    known: int | None


_audit, _head = columns(Audit), columns(AuditHead)
_fields = tuple(_audit[name] for name in Entry._fields)
_newest_known = select(_head.entry, _head.hash).where(_head.id == 1)
_hold = Statement(_newest_known.with_for_update())
_end = Statement(_newest_known)
_advance = Statement(
    update(AuditHead).where(_head.id == 1).values(entry=bindparam("newest"), hash=bindparam("newest_hash"))
)
_add = Statement(adding(Audit, *Entry._fields))
_page = Statement(
    select(*_fields).where(_audit.id >= bindparam("first")).order_by(_audit.id).limit(bindparam("limit")), Entry
)
_begins = bindparam("action", type_=String)
_newest = Statement(
    select(*_fields)
    .where(func.substr(_audit.action, 1, func.length(_begins)) == _begins)
    .order_by(_audit.id.desc())
    .limit(bindparam("limit")),
    Entry,
)
_latest = Statement(select(*_fields).where(_audit.action == _begins).order_by(_audit.id.desc()).limit(1), Entry)
_about = Statement(
    select(*_fields)
    .where((_audit.actor == bindparam("who")) | (_audit.subject == bindparam("who")))
    .order_by(_audit.id),
    Entry,
)


def add(tx: Tx, action: str, *, actor: str, subject: str = "", at: int, **detail: object) -> None:
    """Write an entry down. `detail` is counts, days, codes and states; never what somebody wrote."""
    number, before = hold(tx)
    text = json.dumps(detail, ensure_ascii=False, sort_keys=True)
    entry = Entry(number + 1, at, actor, action, subject, text, "")
    entry = entry._replace(hash=linked(before, entry))
    tx.run(_add, **entry._asdict())
    tx.run(_advance, newest=entry.id, newest_hash=entry.hash)


def hold(tx: Tx) -> tuple[int, str]:
    """The number and the hash of the newest entry; until the commit nobody else adds one."""
    return tx.one(_hold) or (0, BEGINNING)


def linked(before: str, entry: Entry) -> str:
    """The hash of an entry that follows one with the hash `before`."""
    # SQLite lets anybody store bytes in a column of texts: an entry that was tampered with so has a hash as well.
    packed = json.dumps([before, *entry[:-1]], ensure_ascii=False, default=repr)
    return sha256(packed.encode()).hexdigest()


def verify(tx: Tx, *, expect: str = "") -> Verdict:
    """Work through the whole chain; `expect` is a hash noted earlier, looked for among those of the entries."""
    before, count, known = BEGINNING, 0, 0 if expect == BEGINNING else None
    for entry in _all(tx):
        if entry.id != count + 1 or entry.hash != linked(before, entry):
            return Verdict(count, before, count + 1, known)
        before, count = entry.hash, count + 1
        known = count if before == expect else known
    return Verdict(count, before, _beyond(tx, count, before), known)


def _beyond(tx: Tx, count: int, last: str) -> int | None:
    """The first entry in which a chain that fits in itself and the note of its newest entry differ."""
    number, noted = tx.one(_end) or (0, "")
    if (number, noted) == (count, last):
        return None
    return max(count, 1) if number == count else min(number, count) + 1


def newest(tx: Tx, *, limit: int, action: str = "") -> list[Entry]:
    """The newest entries, of actions that begin with `action`."""
    return tx.all(_newest, limit=limit, action=action)


def latest(tx: Tx, action: str) -> Entry | None:
    """The newest entry of an action."""
    return tx.one(_latest, action=action)


def about(tx: Tx, who: str) -> list[Entry]:
    """Every entry in which somebody acted or was acted on."""
    return tx.all(_about, who=who)


def _all(tx: Tx) -> Iterator[Entry]:
    first = LOWEST
    while page := tx.all(_page, first=first, limit=PAGE):
        yield from page
        first = page[-1].id + 1
