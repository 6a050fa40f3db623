"""The audit log: who changed what and when, never contents; append-only, each entry bound to the one before it.

An entry's hash is SHA-256 over the hash before it and the entry's own fields as JSON. Triggers refuse changes and
deletions in the database itself; whoever removes the triggers and edits an entry breaks the chain from there on, and
whoever computes the whole chain anew arrives at another last hash than the one that was written down elsewhere.
"""

import json
from collections.abc import Iterator
from hashlib import sha256
from typing import NamedTuple

from sqlalchemy import bindparam, select, update
from sqlmodel import Field, SQLModel

from storage.columns import adding, bigint, columns
from storage.database import Tx
from storage.statements import Statement

BEGINNING = "0" * 64
PAGE = 5_000


class Audit(SQLModel, table=True):
    """One entry. `actor` and `subject` name a person by key ("person:12"), or what else acted or was acted on."""

    __tablename__ = "audit"

    id: int = bigint(primary=True)
    at: int = bigint(index=True)
    actor: str
    action: str
    subject: str
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
    """What checking the chain found: how many entries, the last hash, and the first entry that does not fit, if any."""

    entries: int
    head: str
    broken: int | None


_audit, _head = columns(Audit), columns(AuditHead)
_fields = tuple(_audit[name] for name in Entry._fields)
_hold = Statement(select(_head.entry, _head.hash).where(_head.id == 1).with_for_update())
_advance = Statement(
    update(AuditHead).where(_head.id == 1).values(entry=bindparam("newest"), hash=bindparam("newest_hash"))
)
_add = Statement(adding(Audit, *Entry._fields))
_page = Statement(
    select(*_fields).where(_audit.id > bindparam("after")).order_by(_audit.id).limit(bindparam("limit")), Entry
)
_newest = Statement(
    select(*_fields)
    .where(_audit.action.like(bindparam("action")))
    .order_by(_audit.id.desc())
    .limit(bindparam("limit")),
    Entry,
)
_about = Statement(
    select(*_fields)
    .where((_audit.actor == bindparam("who")) | (_audit.subject == bindparam("who")))
    .order_by(_audit.id),
    Entry,
)


def add(tx: Tx, action: str, *, actor: str, subject: str = "", at: int, **detail: object) -> None:
    """Write an entry down. `detail` is counts, days, codes and states; never what somebody wrote."""
    number, before = tx.one(_hold) or (0, BEGINNING)
    text = json.dumps(detail, ensure_ascii=False, sort_keys=True)
    entry = Entry(number + 1, at, actor, action, subject, text, "")
    entry = entry._replace(hash=linked(before, entry))
    tx.run(_add, **entry._asdict())
    tx.run(_advance, newest=entry.id, newest_hash=entry.hash)


def linked(before: str, entry: Entry) -> str:
    """The hash of an entry that follows one with the hash `before`."""
    packed = json.dumps([before, *entry[:-1]], ensure_ascii=False)
    return sha256(packed.encode()).hexdigest()


def verify(tx: Tx, *, expect: str = "") -> Verdict:
    """Work through the whole chain; `expect` is a hash noted earlier that has to be in it still."""
    before, count, missing = BEGINNING, 0, expect
    for entry in _all(tx):
        count += 1
        if entry.id != count or entry.hash != linked(before, entry):
            return Verdict(count, before, count)
        before = entry.hash
        missing = "" if before == missing else missing
    number, head = tx.one(_hold) or (0, BEGINNING)
    fits = (number, head) == (count, before) and not missing
    return Verdict(count, before, None if fits else count + 1)


def newest(tx: Tx, *, limit: int, action: str = "") -> list[Entry]:
    """The newest entries, of actions that begin with `action`."""
    return tx.all(_newest, limit=limit, action=f"{action}%")


def about(tx: Tx, who: str) -> list[Entry]:
    """Every entry in which somebody acted or was acted on."""
    return tx.all(_about, who=who)


def _all(tx: Tx) -> Iterator[Entry]:
    after = 0
    while page := tx.all(_page, after=after, limit=PAGE):
        yield from page
        after = page[-1].id
