"""Thanks between people of different units, as larger rings are looked for in them."""

import json
from collections.abc import Collection
from typing import Any

from sqlalchemy import and_, bindparam, func, or_, select

from storage.columns import columns, numbers
from storage.database import Tx
from storage.kudos import Kudos, KudosTag, KudosTo
from storage.statements import Statement
from storage.together import Together, apart

_tag, _kudos, _to = map(columns, (KudosTag, Kudos, KudosTo))


def _during(column: Any) -> Any:
    return and_(column >= bindparam("since"), column < bindparam("until"))


def _across(one: Any, other: Any) -> Any:
    """Whether two units are not the same; who is in none is of another."""
    return or_(one != other, one.is_(None), other.is_(None))


_thanked = {
    sqlite: Statement(
        select(_kudos.giver_id, Together(_to.person_id))
        .join(KudosTo, _to.kudos_id == _kudos.id)
        .where(
            _kudos.giver_id.in_(numbers("people", sqlite=sqlite)),
            _during(_kudos.at),
            _kudos.taken_back_at.is_(None),
            _across(_kudos.unit_id, _to.unit_id),
        )
        .group_by(_kudos.giver_id)
    )
    for sqlite in (True, False)
}
_givers = {
    sqlite: Statement(
        select(_tag.receiver_id, func.count(_tag.giver_id.distinct()))
        .where(
            _tag.receiver_id.in_(numbers("people", sqlite=sqlite)),
            _during(_tag.at),
            _across(_tag.giver_unit_id, _tag.unit_id),
        )
        .group_by(_tag.receiver_id)
    )
    for sqlite in (True, False)
}


def thanked(tx: Tx, people: Collection[int], *, since: int, until: int) -> dict[int, frozenset[int]]:
    """Whom some people thanked in other units."""
    rows = tx.all(_thanked[tx.sqlite], people=json.dumps(list(people)), since=since, until=until)
    return {who: frozenset(apart(text)) for who, text in rows}


def givers(tx: Tx, people: Collection[int], *, since: int, until: int) -> dict[int, int]:
    """By how many of other units some people were thanked."""
    return dict(tx.all(_givers[tx.sqlite], people=json.dumps(list(people)), since=since, until=until))
