"""Drafts: what a person began and has not confirmed. Nothing here counts anywhere."""

import json
from typing import Any, NamedTuple

from sqlalchemy import bindparam, delete, select, update
from sqlmodel import SQLModel

from storage.columns import adding, bigint, columns, key, ref
from storage.database import Tx
from storage.statements import Statement


class Draft(SQLModel, table=True):
    """A note or kudos being written; `became` is the key of what it turned into."""

    __tablename__ = "draft"

    id: int | None = key()
    person_id: int = ref("person.id")
    kind: str
    text: str
    data: str
    expires_at: int = bigint(index=True)
    became: int | None = bigint(null=True)


class DraftRow(NamedTuple):
    """A draft as features see it."""

    id: int
    person_id: int
    kind: str
    text: str
    data: str
    expires_at: int
    became: int | None

    def unpacked(self) -> dict[str, Any]:
        """What the feature kept beside the text."""
        found: dict[str, Any] = json.loads(self.data)
        return found


_draft = columns(Draft)
_add = Statement(adding(Draft, "person_id", "kind", "text", "data", "expires_at").returning(_draft.id))
_get = Statement(
    select(_draft.id, _draft.person_id, _draft.kind, _draft.text, _draft.data, _draft.expires_at, _draft.became)
    .where(_draft.id == bindparam("id"))
    .with_for_update(),
    DraftRow,
)
_settle = Statement(
    update(Draft)
    .where(_draft.id == bindparam("draft"), _draft.became.is_(None))
    .values(became=bindparam("key"), text="", data="{}")
)
_keep = Statement(update(Draft).where(_draft.id == bindparam("draft")).values(data=bindparam("packed")))
_drop = Statement(delete(Draft).where(_draft.id == bindparam("draft")))
_expire = Statement(delete(Draft).where(_draft.expires_at < bindparam("before")))


def add(tx: Tx, *, person_id: int, kind: str, text: str, data: dict[str, Any], expires_at: int) -> int:
    """Keep a draft; returns its key."""
    packed = json.dumps(data, ensure_ascii=False)
    return int(tx.value(_add, person_id=person_id, kind=kind, text=text, data=packed, expires_at=expires_at))


def get(tx: Tx, draft_id: int) -> DraftRow | None:
    """A draft by key, held until the transaction ends: of two presses at once the second sees what the first did."""
    return tx.one(_get, id=draft_id)


def keep(tx: Tx, draft_id: int, data: dict[str, Any]) -> None:
    """Keep other data beside a draft's text."""
    tx.run(_keep, draft=draft_id, packed=json.dumps(data, ensure_ascii=False))


def settle(tx: Tx, draft_id: int, *, became: int) -> bool:
    """Turn a draft into something final, once; False when that happened before."""
    return tx.run(_settle, draft=draft_id, key=became) == 1


def drop(tx: Tx, draft_id: int) -> None:
    """Throw a draft away."""
    tx.run(_drop, draft=draft_id)


def expire(tx: Tx, *, before: int) -> int:
    """Throw away drafts nobody came back to; returns how many."""
    return tx.run(_expire, before=before)
