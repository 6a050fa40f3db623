"""Whom to ask: colleagues recognised for a principle who agreed to be asked about it."""

from typing import Any, NamedTuple

from sqlalchemy import and_, bindparam, func, select

from storage.columns import columns
from storage.database import Tx
from storage.kudos import KudosTag
from storage.people import Person, here
from storage.postings import Posting, current
from storage.statements import Statement
from storage.units import Unit


class Adviser(NamedTuple):
    """A colleague to ask, recognised for a principle by so many different people."""

    person_id: int
    name_ja: str
    name_en: str
    title_ja: str
    title_en: str
    unit_id: int | None
    unit_ja: str | None
    unit_en: str | None
    number: int
    givers: int


_tag, _person, _posting, _unit = map(columns, (KudosTag, Person, Posting, Unit))


def _asked(narrowed: Any) -> Statement[Adviser]:
    return Statement(
        select(
            _person.id,
            _person.name_ja,
            _person.name_en,
            _person.title_ja,
            _person.title_en,
            _posting.unit_id,
            _unit.name_ja,
            _unit.name_en,
            _tag.counts_as,
            func.count(_tag.giver_id.distinct()),
        )
        .select_from(Person)
        .join(KudosTag, _tag.receiver_id == _person.id)
        .outerjoin(Posting, and_(_posting.person_id == _person.id, current(_posting)))
        .outerjoin(Unit, _unit.id == _posting.unit_id)
        .where(_person.askable, here, _tag.at >= bindparam("since"), narrowed)
        .group_by(_person.id, _posting.unit_id, _unit.id, _tag.counts_as)
        .order_by(func.count(_tag.giver_id.distinct()).desc(), _person.id),
        Adviser,
    )


_for_number = _asked(_tag.counts_as == bindparam("number"))
_for_any = _asked(_tag.counts_as.is_not(None))


def advisers(tx: Tx, number: int | None, *, since: int, today: str) -> list[Adviser]:
    """Everybody to ask about a principle, or about any, by how many different people recognised them."""
    if number is None:
        return tx.all(_for_any, since=since, today=today)
    return tx.all(_for_number, number=number, since=since, today=today)
