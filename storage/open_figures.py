"""What units noted and were thanked for in a time, by principle, with the people behind it: for what is published."""

from typing import Any, NamedTuple

from sqlalchemy import and_, bindparam, false, func, select

from storage.columns import columns
from storage.database import Tx
from storage.kudos import KudosTag
from storage.note_tags import NoteTag
from storage.statements import Statement
from storage.together import Together, apart

_note_tag, _tag = columns(NoteTag), columns(KudosTag)


class Cell(NamedTuple):
    """How often in a unit itself for a principle, and by whom; of thanks also whom they went to."""

    unit: int | None
    number: int
    times: int
    by: frozenset[int]
    to: frozenset[int] | None = None


def _during(column: Any) -> Any:
    return and_(column >= bindparam("since"), column < bindparam("until"))


_notes = Statement(
    select(_note_tag.unit_id, _note_tag.counts_as, func.count(), Together(_note_tag.author_id))
    .where(_during(_note_tag.at), _note_tag.office == false(), _note_tag.counts_as.is_not(None))
    .group_by(_note_tag.unit_id, _note_tag.counts_as)
)
_thanks = Statement(
    select(_tag.unit_id, _tag.counts_as, func.count(), Together(_tag.giver_id), Together(_tag.receiver_id))
    .where(_during(_tag.at), _tag.counts_as.is_not(None))
    .group_by(_tag.unit_id, _tag.counts_as)
)
_first = Statement(select(func.min(_note_tag.at)))
_first_thanks = Statement(select(func.min(_tag.at)))


def notes(tx: Tx, *, since: int, until: int) -> list[Cell]:
    """Notes for colleagues, by the unit they were written in; one with two principles counts for both."""
    found = tx.all(_notes, since=since, until=until)
    return [Cell(unit, number, times, frozenset(apart(by))) for unit, number, times, by in found]


def thanks(tx: Tx, *, since: int, until: int) -> list[Cell]:
    """Thanks, each colleague thanked counted, by the unit they were received in."""
    found = tx.all(_thanks, since=since, until=until)
    return [Cell(unit, number, n, frozenset(apart(by)), frozenset(apart(to))) for unit, number, n, by, to in found]


def first(tx: Tx) -> int | None:
    """The moment of the first note or thanks."""
    return min((at for at in (tx.value(_first), tx.value(_first_thanks)) if at is not None), default=None)
