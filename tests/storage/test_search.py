"""Search finds what an obviously right scan finds, whatever the index holds."""

import random
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storage import notes, search
from storage.database import Database, Tx
from storage.search import Wanted, fold
from tests.talk import found as founded

LETTERS = "窓口住所傘カナa1 "
texts = st.text(alphabet=LETTERS, min_size=1, max_size=12)


def _write(tx: Tx, text: str) -> int:
    author, unit = _somebody(tx)
    return notes.add(
        tx,
        author_id=author,
        unit_id=unit,
        kind="notice",
        text=text,
        plain=fold(text),
        audience="unit",
        pack="tokyo",
        version="1.0.0",
        due_on="2026-12-01",
        at=1,
        numbers=(1,),
    )


def _somebody(tx: Tx) -> tuple[int, int]:
    tx.cursor.execute("select person_id, unit_id from posting order by id limit 1")
    person, unit = tx.cursor.fetchone()
    return person, unit


class _Undo(Exception):
    """Leaves nothing behind for the next example."""


@given(written=st.lists(texts, max_size=12), asked=st.lists(texts, min_size=1, max_size=2), cut=st.integers(0, 12))
@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_search_equals_a_plain_scan(database: Database, written: list[str], asked: list[str], cut: int) -> None:
    words = tuple(w for a in asked for w in fold(a).split())
    if not words:
        return

    def work(tx: Tx) -> None:
        founded(tx)
        ids = {}
        for i, text in enumerate(written):
            ids[_write(tx, text)] = fold(text)
            if i == cut:
                search.index(tx)
        expected = sorted((i for i, plain in ids.items() if all(w in plain for w in words)), reverse=True)
        assert [n.id for n in search.find(tx, Wanted(words), limit=100)] == expected
        assert search.count(tx, Wanted(words), limit=100) == len(expected)
        search.index(tx)
        assert [n.id for n in search.find(tx, Wanted(words), limit=100)] == expected
        raise _Undo

    with pytest.raises(_Undo):
        await database.transact(work)


async def test_pages_follow_each_other_without_gap_or_repeat(database: Database) -> None:
    await database.transact(founded)
    rng, number = random.Random(3), count(1)
    for _ in range(4):
        await database.transact(lambda tx: [_write(tx, f"窓口 {next(number)}") for _ in range(10)])
        if rng.random() < 0.5:
            await database.transact(search.index)
    pages = [
        [n.id for n in await database.read(lambda tx, o=o: search.find(tx, Wanted(("窓口",)), limit=7, offset=o))]  # type: ignore[misc]
        for o in range(0, 42, 7)
    ]
    flat = [i for page in pages for i in page]
    assert flat == sorted(flat, reverse=True)
    assert len(set(flat)) == 40


async def test_an_edited_note_is_found_by_its_new_words_only(database: Database) -> None:
    await database.transact(founded)
    note_id = await database.transact(lambda tx: _write(tx, "傘が足りない"))
    await database.transact(search.index)

    def edit(tx: Tx) -> None:
        note = notes.get(tx, note_id)
        assert note is not None
        search.forget(tx, note)
        text, edition = "椅子が足りない", ("tokyo", "1.1.0")
        notes.change(tx, note, text=text, plain=text, kind="notice", numbers=(1,), edition=edition, at=2)

    await database.transact(edit)
    for _ in range(2):
        for words, expected in ((("傘",), []), (("椅子",), [note_id]), (("足りない",), [note_id])):
            found = await database.read(lambda tx, w=words: search.find(tx, Wanted(w), limit=5))  # type: ignore[misc]
            assert [n.id for n in found] == expected
        await database.transact(search.index)
