"""Who read and tried principles in a unit, and how many work there: for the weekly digest."""

from typing import NamedTuple

from sqlalchemy import and_, bindparam, func, select

from storage.columns import columns
from storage.daily import Mark
from storage.database import Tx
from storage.postings import Posting, current
from storage.reports import View
from storage.statements import Statement
from storage.units import UnitTree, holds

_mark, _tree, _posting = columns(Mark), columns(UnitTree), columns(Posting)


class Marked(NamedTuple):
    """What was marked ("read" or "tried"): by how many people, and how often."""

    what: str
    people: int
    times: int


class Days(NamedTuple):
    """A unit and everything below it, from a day up to, not with, another; `today` says who is where now."""

    unit: int
    first: str
    end: str
    today: str
    view: View = "then"


_during = and_(_mark.day >= bindparam("first"), _mark.day < bindparam("end"))
_counted = (_mark.what, func.count(_mark.person_id.distinct()), func.count())
_there_then = and_(
    _mark.unit_id == _tree.descendant,
    _mark.day >= _tree.starts_on,
    _mark.day < _tree.ends_on,
    _tree.ancestor == bindparam("unit"),
)
_here_now = and_(_posting.unit_id == _tree.descendant, _tree.ancestor == bindparam("unit"), holds(_tree))
_marked = {
    "then": Statement(
        select(*_counted).select_from(Mark).join(UnitTree, _there_then).where(_during).group_by(_mark.what), Marked
    ),
    "now": Statement(
        select(*_counted)
        .select_from(UnitTree)
        .join(Posting, _here_now)
        .join(Mark, _mark.person_id == _posting.person_id)
        .where(_during, current(_posting))
        .group_by(_mark.what),
        Marked,
    ),
}
_working = Statement(
    select(func.count()).select_from(UnitTree).join(Posting, _here_now).where(current(_posting), holds(_tree))
)


def marked(tx: Tx, of: Days) -> dict[str, Marked]:
    """What was read and tried in a unit and below, or by the people who are there today; without what nobody did."""
    bound = of._asdict()
    del bound["view"]
    if of.view == "then":
        del bound["today"]
    return {row.what: row for row in tx.all(_marked[of.view], **bound)}


def staff(tx: Tx, unit: int, *, today: str) -> int:
    """How many people work in a unit and below today."""
    return int(tx.value(_working, unit=unit, today=today))
