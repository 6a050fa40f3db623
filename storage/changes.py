"""Notes that led to a change: adopted or done in a period, and how long that took; and what a unit's notes came to."""

import json
from collections.abc import Iterable
from typing import Any

from sqlalchemy import and_, bindparam, exists, func, literal_column, select

from storage.columns import ERASED, columns, numbers
from storage.database import Tx
from storage.notes import Note, NoteRow, rows
from storage.statements import Statement
from storage.supports import NoteSupport
from storage.together import Together, apart
from storage.units import UnitTree

DAY = 86_400_000

_note, _tree, _support = map(columns, (Note, UnitTree, NoteSupport))
# Written out, not bound: the planner must see that these are the conditions of the notes' indexes.
_counted = and_(_note.deleted_at.is_(None), _note.audience != literal_column("'office'"))
STATES = ("adopted", "done")
_decided = and_(_counted, _note.answered_at >= bindparam("since"), _note.answered_at < bindparam("until"))
_changed = and_(_decided, _note.state.in_([literal_column(f"'{state}'") for state in STATES]))
_written = and_(_counted, _note.at >= bindparam("since"), _note.at < bindparam("until"))
_there = and_(
    _note.unit_id == _tree.descendant,
    _note.at >= _tree.starts_at,
    _note.at < _tree.ends_at,
    _tree.ancestor == bindparam("unit"),
)
_within = exists().where(_there).correlate(Note)
_days = select(Together((_note.answered_at - _note.at) // DAY)).where(_changed)
# In the order of the index, which ends with the notes' own keys on SQLite.
_newest = (
    rows.where(_decided, _note.state == bindparam("state"), _note.text != ERASED)
    .order_by(_note.answered_at.desc(), _note.at.desc(), _note.unit_id.desc(), _note.id.desc())
    .limit(bindparam("limit"))
)
_all_days, _unit_days = Statement(_days), Statement(_days.where(_within))
_all_newest, _unit_newest = Statement(_newest, NoteRow), Statement(_newest.where(_within), NoteRow)
_supports = {
    sqlite: Statement(
        select(_support.note_id, func.count())
        .where(_support.note_id.in_(numbers("notes", sqlite=sqlite)))
        .group_by(_support.note_id)
    )
    for sqlite in (True, False)
}


def _of(unit: int | None) -> dict[str, Any]:
    return {} if unit is None else {"unit": unit}


def days(tx: Tx, *, since: int, until: int, unit: int | None = None) -> list[int]:
    """How many whole days each note waited that was adopted or done in a time, of a unit and below or of all."""
    statement = _all_days if unit is None else _unit_days
    return apart(tx.value(statement, since=since, until=until, **_of(unit)))


def newest(tx: Tx, *, since: int, until: int, limit: int, unit: int | None = None) -> list[NoteRow]:
    """The newest of those that still have words, so many of each state."""
    statement = _all_newest if unit is None else _unit_newest
    return [
        note
        for state in STATES
        for note in tx.all(statement, since=since, until=until, state=state, limit=limit, **_of(unit))
    ]


def supporters(tx: Tx, notes: Iterable[int]) -> dict[int, int]:
    """How many said 「私も」 to some notes."""
    return dict(tx.all(_supports[tx.sqlite], notes=json.dumps(list(notes))))
