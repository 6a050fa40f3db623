"""Whether anything was taken away since: by refusing to be listed, being forgotten, leaving, or taking thanks back."""

from typing import NamedTuple

from sqlalchemy import case, func, select

from storage.columns import ERASED, columns
from storage.database import Tx
from storage.kudos import Kudos
from storage.people import Person
from storage.statements import Statement


class Withdrawn(NamedTuple):
    """Counts that differ as soon as somebody or something may not be shown any more that could be before."""

    people: int
    refusing: int
    who: int
    left: int
    nameless: int
    taken_back: int


_person, _kudos = columns(Person), columns(Kudos)
_people = Statement(
    select(
        func.count(),
        func.count(case((~_person.honour, 1))),
        # Not only how many: one may refuse while another does no more.
        func.coalesce(func.sum(case((~_person.honour, _person.id % 1_000_003), else_=0)), 0),
        func.count(_person.left_on),
        func.count(case((_person.name_ja == ERASED, 1))),
    )
)
_taken_back = Statement(select(func.max(_kudos.taken_back_at)).where(_kudos.taken_back_at.is_not(None)))


def now(tx: Tx) -> Withdrawn:
    """How it is at this moment."""
    found = tx.one(_people) or (0, 0, 0, 0, 0)
    return Withdrawn(*(int(count or 0) for count in (*found, tx.value(_taken_back))))
