"""Finding notes by their words: an index of character pairs, which is how Japanese is searched without a dictionary.

New notes are found at once: those the index does not hold yet (`indexed = false`) are looked at one by one. The index
only proposes; every hit is checked against the note's own text, so a stale entry can never show a wrong note.
A pair is stored as its two code points in hexadecimal, so that neither database's tokeniser has an opinion about it.
"""

import unicodedata
from collections.abc import Iterable
from functools import cache
from heapq import merge
from itertools import islice, pairwise
from operator import attrgetter
from typing import Any, NamedTuple

from sqlalchemy import Select, bindparam, column, false, func, or_, select, table, text

from storage.columns import columns
from storage.database import Tx
from storage.note_tags import NoteTag
from storage.notes import Note, NoteRow, rows
from storage.statements import Statement
from storage.units import UnitTree

END = "\u241f"
CHUNK = 2_000

_note, _tag, _tree = columns(Note), columns(NoteTag), columns(UnitTree)
_hits = table("note_pairs", column("rowid"))
_waiting = Statement(
    select(_note.id, _note.plain).where(_note.indexed == false()).order_by(_note.id).limit(bindparam("limit"))
)


class Wanted(NamedTuple):
    """What is looked for. `words` are folded; `me` may see own notes, `office` the office-only ones of others too.

    `large`: the unit has many units below it.
    """

    words: tuple[str, ...] = ()
    number: int | None = None
    unit_id: int | None = None
    since: int | None = None
    me: int = 0
    office: bool = False
    until: int | None = None
    kind: str = ""
    state: str = ""
    large: bool = False


def fold(words: str) -> str:
    """A text as search and suggestion compare it: full and half width alike, without case."""
    return unicodedata.normalize("NFKC", words).casefold()


def pairs(plain: str) -> list[str]:
    """The index entries of a folded text: each pair of neighbouring characters once, the last with an end mark."""
    return list(dict.fromkeys(p for run in plain.split() for p in _pairs(run + END)))


def find(tx: Tx, wanted: Wanted, *, limit: int, offset: int = 0) -> list[NoteRow]:
    """Notes that hold every word, newest first."""
    reach = limit + offset
    match = _match(tx, wanted.words)
    parts = (tx.all(Statement(q.limit(reach), NoteRow), pairs=match) for q in _queries(tx, wanted))
    return list(islice(merge(*parts, key=attrgetter("id"), reverse=True), offset, reach))


def near(tx: Tx, words: tuple[str, ...], *, since: int, limit: int) -> list[NoteRow]:
    """Recent notes for colleagues that hold every word, from the index alone: cheap enough for every draft."""
    bound = {f"word_{i}": word for i, word in enumerate(words)}
    pairs_ = _match(tx, words)
    return tx.all(_near(tx.sqlite, len(words)), **bound, pairs=pairs_, since=since, limit=limit)


def count(tx: Tx, wanted: Wanted, *, limit: int) -> int:
    """How many notes match, counted no further than `limit`."""
    match = _match(tx, wanted.words)
    return min(limit, sum(_counted(tx, query, match, limit) for query in _queries(tx, wanted)))


def index(tx: Tx, *, limit: int = CHUNK) -> int:
    """Take notes that wait into the index; returns how many."""
    found = tx.all(_waiting, limit=limit)
    if tx.sqlite:
        entries = [(i, " ".join(pairs(p))) for i, p in found]
        tx.cursor.executemany("INSERT INTO note_pairs(rowid, pairs) VALUES (?, ?)", entries)
        tx.cursor.executemany("UPDATE note SET indexed = 1 WHERE id = ?", [(i,) for i, _ in found])
    else:
        # Only while it still says what was read: an edit in between leaves it waiting for the next round.
        change = "UPDATE note SET indexed = true, pairs = array_to_tsvector(%s::text[]) WHERE id = %s AND plain = %s"
        tx.cursor.executemany(change, [(pairs(p), i, p) for i, p in found])
    return len(found)


def forget(tx: Tx, note: NoteRow) -> None:
    """Take a note's words out of the index before they change."""
    if not note.indexed:
        return
    if tx.sqlite:
        change = "INSERT INTO note_pairs(note_pairs, rowid, pairs) VALUES ('delete', ?, ?)"
        tx.cursor.execute(change, (note.id, " ".join(pairs(fold(note.text)))))
    else:
        tx.cursor.execute("UPDATE note SET pairs = NULL WHERE id = %s", (note.id,))


def _pairs(run: str) -> Iterable[str]:
    return (f"{ord(a):x}x{ord(b):x}" for a, b in pairwise(run))


def _counted(tx: Tx, query: Select[Any], match: str, limit: int) -> int:
    inner = query.with_only_columns(_note.id).order_by(None).limit(limit).subquery()
    return int(tx.value(Statement(select(func.count()).select_from(inner)), pairs=match))


@cache
def _near(sqlite: bool, words: int) -> Statement[NoteRow]:
    """The query of `near`, compiled once for a number of words: it runs for every draft."""
    position = func.instr if sqlite else func.strpos
    query = rows.where(
        _note.deleted_at.is_(None),
        _note.audience != "office",
        _note.at >= bindparam("since"),
        *(position(_note.plain, bindparam(f"word_{i}")) > 0 for i in range(words)),
    )
    return Statement(_matching(query, sqlite).limit(bindparam("limit")), NoteRow)


def _queries(tx: Tx, wanted: Wanted) -> list[Select[Any]]:
    every = _visible(tx, wanted).order_by(_note.id.desc())
    if not wanted.words:
        return [every]
    return [every.where(_note.indexed == false()), _matching(every, tx.sqlite)]


def _visible(tx: Tx, wanted: Wanted) -> Select[Any]:
    query = rows.where(_note.deleted_at.is_(None))
    if not wanted.office:
        query = query.where(or_(_note.audience != "office", _note.author_id == wanted.me))
    if wanted.number is not None:
        # Looked up for each note, newest first, so that a frequent number stops at the limit.
        tagged = select(_tag.note_id).where(_tag.note_id == _note.id, _tag.counts_as + 0 == wanted.number)
        query = query.where(tagged.correlate(Note).exists())
    if wanted.unit_id is not None:
        # A large unit has so many that walking all notes, newest first, comes to its end sooner.
        unit = _note.unit_id + 0 if wanted.large else _note.unit_id
        query = query.where(unit.in_(select(_tree.descendant).where(_tree.ancestor == wanted.unit_id)))
    if wanted.since is not None:
        query = query.where(_note.at >= wanted.since)
    if wanted.until is not None:
        query = query.where(_note.at < wanted.until)
    if wanted.kind:
        query = query.where(_note.kind == wanted.kind)
    if wanted.state:
        query = query.where(_note.state == wanted.state)
    position = func.instr if tx.sqlite else func.strpos
    return query.where(*(position(_note.plain, word) > 0 for word in wanted.words))


def _matching(query: Select[Any], sqlite: bool) -> Select[Any]:
    """The query with the index in front of it; binds `pairs`."""
    if sqlite:
        # Joined, not `IN (…)`: the index hands out row ids newest first, so a frequent word stops at the limit.
        found = query.join(_hits, _hits.c.rowid == _note.id).order_by(None).order_by(_hits.c.rowid.desc())
        return found.where(text("note_pairs MATCH :pairs"))
    return (
        query.where(_note.indexed, text("note.pairs @@ CAST(:pairs AS tsquery)"))
        .order_by(None)
        .order_by(_note.id.desc())
    )


def _match(tx: Tx, words: tuple[str, ...]) -> str:
    """What the index is asked for: every pair of every word."""
    return (" AND " if tx.sqlite else " & ").join(t for word in words for t in _terms(tx, word))


def _terms(tx: Tx, word: str) -> list[str]:
    if len(word) == 1:
        first = f"{ord(word):x}x"
        return [f"{first}*" if tx.sqlite else f"'{first}':*"]
    return [p if tx.sqlite else f"'{p}'" for p in _pairs(word)]
