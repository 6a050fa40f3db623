"""The outbox as an engineer looks at it: how much is owed, what was given up; never a content."""

from typing import NamedTuple

from sqlalchemy import bindparam, func, select, update

from storage.columns import columns
from storage.database import Tx
from storage.outbox import Outbox
from storage.places import Place
from storage.statements import Statement


class Parked(NamedTuple):
    """A message that was given up; never its content."""

    id: int
    key: str
    state: str
    platform: str | None
    place: str | None
    person_id: int | None
    tries: int
    error: str
    due_at: int


_out, _place = columns(Outbox), columns(Place)

_counts = Statement(select(_out.state, func.count()).group_by(_out.state).order_by(_out.state))
_list = Statement(
    select(
        _out.id,
        _out.key,
        _out.state,
        _place.platform,
        _place.ext_id,
        _out.person_id,
        _out.tries,
        _out.error,
        _out.due_at,
    )
    .outerjoin(Place, _place.id == _out.place_id)
    .where(_out.state == bindparam("state"))
    .order_by(_out.id)
    .limit(bindparam("limit")),
    Parked,
)
_revive = Statement(
    update(Outbox)
    .where(_out.state == "parked", (bindparam("every") == 1) | (_out.id == bindparam("owed")))
    .values(state="waiting", tries=0, due_at=bindparam("now"), error="")
)


def counts(tx: Tx) -> list[tuple[str, int]]:
    """How many messages are in each state."""
    return tx.all(_counts)


def listing(tx: Tx, state: str, *, limit: int) -> list[Parked]:
    """Messages in a state, oldest first."""
    return tx.all(_list, state=state, limit=limit)


def revive(tx: Tx, *, now: int, owed_id: int | None = None) -> int:
    """Send a parked message again, or all of them; returns how many."""
    found = tx.run(_revive, every=int(owed_id is None), owed=owed_id or 0, now=now)
    tx.announce()
    return found
