"""What the outbox still owes, by platform, as monitoring asks for it: numbers and times, nothing of any message."""

from typing import NamedTuple

from sqlalchemy import bindparam, case, func, literal_column, select

from storage.columns import columns
from storage.database import Tx
from storage.outbox import Outbox
from storage.people import Person, chat
from storage.places import Place
from storage.statements import Statement

GRACE_MS = 60_000


class Backlog(NamedTuple):
    """How many messages wait, were given up, are late, and for how many seconds the oldest of those has been due."""

    waiting: int = 0
    parked: int = 0
    late: int = 0
    oldest_seconds: float = 0.0

    def plus(self, other: "Backlog") -> "Backlog":
        """Both together."""
        oldest = max(self.oldest_seconds, other.oldest_seconds)
        return Backlog(self.waiting + other.waiting, self.parked + other.parked, self.late + other.late, oldest)


class _Counted(NamedTuple):
    platform: str | None
    waiting: int
    parked: int
    late: int
    oldest: int | None


_out, _person, _place = columns(Outbox), columns(Person), columns(Place)
_owed = (
    select(func.coalesce(_out.place_id, chat).label("goal"), _out.state, _out.due_at)
    .select_from(Outbox)
    .outerjoin(Person, _person.id == _out.person_id)
    .where(_out.state.in_([literal_column(f"'{state}'") for state in ("waiting", "leased", "parked")]))
    .subquery()
)
_parked = _owed.c.state == literal_column("'parked'")
_late = ~_parked & (_owed.c.due_at < bindparam("late"))
_counts = Statement(
    select(
        _place.platform,
        func.sum(case((_parked, 0), else_=1)),
        func.sum(case((_parked, 1), else_=0)),
        func.sum(case((_late, 1), else_=0)),
        func.min(case((_late, _owed.c.due_at))),
    )
    .select_from(_owed)
    .outerjoin(Place, _place.id == _owed.c.goal)
    .group_by(_place.platform),
    _Counted,
)


def owed(tx: Tx, *, now: int) -> dict[str, Backlog]:
    """What is owed by platform; under "" what can be sent nowhere yet."""
    return {row.platform or "": _backlog(row, now) for row in tx.all(_counts, late=now - GRACE_MS)}


def _backlog(row: _Counted, now: int) -> Backlog:
    oldest = 0.0 if row.oldest is None else (now - row.oldest) / 1000
    return Backlog(int(row.waiting), int(row.parked), int(row.late), oldest)
