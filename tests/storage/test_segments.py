"""What is kept as columns is never of other rows than those there are, whatever changes and whoever waits."""

import asyncio
import threading
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import partial
from itertools import pairwise
from random import Random
from unittest.mock import patch

import pytest

from adapters import columns
from bot.turn import House
from storage import daily, segments
from storage.database import Database, Tx
from storage.engines import open_database
from storage.segments import Due, deeds
from storage.series import EVERY, MARKS, NOTES, THANKS, Series
from tests.bot.test_rollups import BEGIN, DAYS, day
from tests.full_life import full_life, numbered
from tests.talk import Talk
from tests.thankful import Thankful

LATER = BEGIN + timedelta(days=DAYS + 30)
# What each series counts, written out once more.
PLAIN = {
    "kudos_tag": "select coalesce(counts_as, 0), receiver_id, giver_id, coalesce(unit_id, 0), "
    "coalesce(giver_unit_id, 0), case when lead then 1 else 0 end, kudos_id, at from kudos_tag",
    "kudos": "select id, giver_id, coalesce(unit_id, 0), case when public then 1 else 0 end, at from kudos "
    "where taken_back_at is null",
    "note": "select case when audience = 'unit' then coalesce(author_id, 0) else 0 end, coalesce(unit_id, 0), state, "
    "at from note where deleted_at is null and audience in ('unit', 'anonymous', 'nameless')",
    "note_tag": "select coalesce(t.counts_as, 0), case when n.audience = 'unit' then coalesce(n.author_id, 0) else 0 "
    "end, coalesce(t.unit_id, 0), t.at from note_tag t join note n on n.id = t.note_id where not t.office",
    "mark": "select person_id, number, case what when 'tried' then 1 else 0 end, coalesce(unit_id, 0), facet, "
    "cast(replace(day, '-', '') as integer) from mark",
}
CHANGES = (
    "delete from kudos_tag where kudos_id = {}",
    "update kudos_tag set counts_as = null where receiver_id = {}",
    "update kudos_tag set receiver_id = - receiver_id - 5000000000 where kudos_id = {} and receiver_id > 0",
    "update kudos set taken_back_at = 1 where id = {}",
    "update kudos set giver_id = (select min(id) from person) where id = {}",
    "update note set state = 'done' where id = {}",
    "update note set author_id = null where author_id = {}",
    "update note set deleted_at = 1 where id = {}",
    "update note set audience = 'anonymous' where id = {}",
    "update kudos set public = false where id = {}",
    "delete from note_tag where note_id = {}",
    "update note_tag set counts_as = 2 where note_id = {}",
    "update mark set unit_id = null, facet = 'other' where person_id = {} and number = 3",
    "delete from mark where person_id = {}",
)


def _rows(tx: Tx, one: Series) -> list[tuple[object, ...]]:
    tx.cursor.execute(PLAIN[one.table])
    return [tuple(row) for row in tx.cursor.fetchall()]


def _columns(tx: Tx, one: Series, since: int, until: int) -> list[tuple[object, ...]]:
    found = deeds(tx, one, since, until)
    names = {name: [found.names[name][code] for code in found[name].tolist()] for name in found.names}
    return sorted(zip(*(names.get(name) or found[name].tolist() for name in one.kinds), strict=True))


def _span(one: Series, rng: Random) -> tuple[int, int]:
    first, end = sorted(rng.sample(range(-40, DAYS + 40), 2))
    if one.by_day:
        return int(f"{day(first):%Y%m%d}"), int(f"{day(end):%Y%m%d}")
    since, until = (int(datetime.combine(day(n), datetime.min.time(), UTC).timestamp()) * 1000 for n in (first, end))
    return since + rng.randint(-9, 9), until + rng.randint(-9, 9)


def _same(tx: Tx, rng: Random) -> None:
    for one in EVERY:
        for since, until in ((0, 99991231 if one.by_day else 2**50), _span(one, rng)):
            wanted = sorted(row for row in _rows(tx, one) if since <= int(str(row[-1])) < until)
            assert _columns(tx, one, since, until) == wanted, (one.table, since, until)


def _marked(org: Thankful) -> None:
    for _ in range(60):
        on, who = day(org.rng.randrange(DAYS)), org.rng.choice(list(org.posted))
        facet, what = org.rng.choice(["text", "idea", "story"]), org.rng.choice(["read", "tried"])
        number, unit = org.rng.randint(1, 5), org.home(who, on)
        daily.mark(
            org.tx, who, number, what, day=on.isoformat(), facet=facet, unit_id=unit, pack="tokyo", version="1.0.0"
        )


def _keep_some(tx: Tx, rng: Random) -> list[Due]:
    due = segments.due(tx, LATER)
    for one in (kept := [one for one in due if rng.random() < 0.8]):
        segments.keep(tx, one)
    return kept


class _Undo(Exception):
    """Leaves nothing behind."""


def _lived(tx: Tx, seed: int) -> None:
    org = Thankful(tx, Random(seed))
    org.fill()
    _marked(org)
    assert len(_keep_some(tx, org.rng)) > 20
    _same(tx, org.rng)
    for _ in range(6):
        change = org.rng.choice(CHANGES)
        tx.cursor.execute(change.format(*(org.rng.randint(1, 40) for _ in range(change.count("{}")))))
        _same(tx, org.rng)
        if org.rng.random() < 0.5:
            _keep_some(tx, org.rng)
            _same(tx, org.rng)
    org.thank()
    org.write()
    _marked(org)
    _same(tx, org.rng)
    raise _Undo


async def test_columns_are_the_rows_whatever_changes(database: Database) -> None:
    for seed in range(12):
        with pytest.raises(_Undo):
            await database.transact(partial(_lived, seed=seed))


@pytest.mark.parametrize("change", CHANGES)
async def test_every_change_drops_what_it_touches(database: Database, change: str) -> None:
    """Each of them once, with everything kept: none may go by without a trigger."""

    def work(tx: Tx) -> None:
        org = Thankful(tx, Random(3))
        org.fill()
        _marked(org)
        for one in segments.due(tx, LATER):
            segments.keep(tx, one)
        for n in range(1, 41):
            tx.cursor.execute(change.format(*[n] * change.count("{}")))
        assert tx.cursor.rowcount >= 0
        _same(tx, org.rng)
        raise _Undo

    with pytest.raises(_Undo):
        await database.transact(work)


def _all_kept(tx: Tx, today: date) -> int:
    due = segments.due(tx, today)
    for one in due:
        segments.keep(tx, one)
    return len(due)


async def test_what_was_kept_in_another_form_is_read_by_row_and_kept_anew(database: Database) -> None:
    def work(tx: Tx) -> None:
        org = Thankful(tx, Random(1))
        org.fill()
        count = _all_kept(tx, LATER)
        assert count > 20
        assert segments.due(tx, LATER) == []
        tx.cursor.execute("update segment set name = 'giver:<i2', data = data where name = 'giver:<i8'")
        _same(tx, org.rng)
        again = segments.due(tx, LATER)
        assert {one.series.table for one in again} == {"kudos", "kudos_tag"}
        for one in again:
            segments.keep(tx, one)
        assert segments.due(tx, LATER) == []
        tx.cursor.execute("select count(*) from segment where name = 'giver:<i2'")
        assert tx.cursor.fetchone()[0] == 0
        raise _Undo

    with pytest.raises(_Undo):
        await database.transact(work)


async def test_what_is_not_over_is_not_kept(database: Database) -> None:
    def work(tx: Tx) -> None:
        org = Thankful(tx, Random(2))
        org.fill()
        last = max(at for (at,) in _all(tx, "select at from kudos_tag"))
        on = datetime.fromtimestamp(last / 1000, UTC).date()
        wanted = THANKS.chunk(last)
        for days in range(-1, 12):
            kept = {one.chunk for one in segments.due(tx, on + timedelta(days=days)) if one.series is THANKS}
            closes = datetime.fromtimestamp(THANKS.span(wanted)[1] / 1000, UTC).date()
            assert (wanted in kept) == (on + timedelta(days=days) > closes), days
        raise _Undo

    with pytest.raises(_Undo):
        await database.transact(work)


def _all(tx: Tx, text: str) -> list[tuple[int, ...]]:
    tx.cursor.execute(text)
    return [tuple(row) for row in tx.cursor.fetchall()]


def test_chunks_of_days_follow_each_other_without_a_gap() -> None:
    days = [date(2027, 12, 20) + timedelta(days=n) for n in range(100)]
    for one in days:
        number = int(f"{one:%Y%m%d}")
        opens, closes = MARKS.span(MARKS.chunk(number))
        assert opens <= number < closes
        assert MARKS.chunk_of(one) == MARKS.chunk(number)
    chunks = sorted({MARKS.chunk(int(f"{one:%Y%m%d}")) for one in days})
    for before, after in pairwise(chunks):
        assert MARKS.span(before)[1] <= MARKS.span(after)[0]


async def test_a_change_that_is_under_way_is_waited_for(database_url: str) -> None:
    """On PostgreSQL a change that began before keeping did finds nothing to drop, and must not be lost."""
    if not database_url.startswith("postgresql"):
        pytest.skip("SQLite has one writer")
    one, other = open_database(database_url), open_database(database_url)
    org: list[Thankful] = []

    def fill(tx: Tx) -> None:
        org.append(Thankful(tx, Random(4)))
        org[0].fill()

    await one.transact(fill)
    written, go_on, kept = threading.Event(), threading.Event(), threading.Event()

    def change(tx: Tx) -> None:
        org[0].tx = tx
        org[0].thank()
        org[0].write()
        written.set()
        assert go_on.wait(20)

    def keep(tx: Tx) -> None:
        assert written.wait(20)
        _all_kept(tx, LATER)
        kept.set()

    threads = [threading.Thread(target=_run, args=(db, work)) for db, work in ((one, change), (other, keep))]
    for thread in threads:
        thread.start()
    assert not kept.wait(0.5), "it was kept beside a change"
    go_on.set()
    for thread in threads:
        thread.join(20)
    assert kept.is_set()
    one.read_now(partial(_same, rng=Random(1)))
    one.close()
    other.close()


def _run(database: Database, work: Callable[[Tx], None]) -> None:
    asyncio.run(database.transact(work))


# The night, a migration, a restore, and forgetting


async def test_the_night_keeps_them_and_is_done_once(talk: Talk) -> None:
    await full_life(talk)
    talk.later(days=15)
    await talk.bot.tick("retention", talk.now)
    first = talk.rows("select series, chunk, name from segment order by 1, 2, 3")
    assert {row[0] for row in first} >= {"note"}
    await talk.bot.tick("retention", talk.now)
    assert talk.rows("select series, chunk, name from segment order by 1, 2, 3") == first


async def test_forgetting_leaves_no_key_in_what_is_kept(talk: Talk) -> None:
    await full_life(talk)
    me = await talk.database.read(lambda tx: numbered(tx, "hanako"))
    key = me.to_bytes(8, "little", signed=True)
    await talk.database.transact(partial(_all_kept, today=date(2026, 12, 24)))
    held = "select data from segment where name in ('author:<i8', 'person:<i8', 'giver:<i8', 'receiver:<i8')"
    assert any(key in bytes(data) for (data,) in talk.rows(held))  # type: ignore[call-overload]
    await talk.hanako.sends("forget.ask")
    await talk.hanako.presses("forget.sure", texts=["erase"])
    assert "消しました" in await talk.hanako.presses("forget.done")
    assert not any(key in bytes(data) for (data,) in talk.rows(held))  # type: ignore[call-overload]


def test_a_migration_keeps_what_never_was(house: House, database_url: str) -> None:
    settings = house.settings.model_copy(update={"database": database_url})
    database = open_database(database_url)
    asyncio.run(database.transact(lambda tx: Thankful(tx, Random(5)).fill()))
    with patch.object(columns, "datetime") as clock:
        clock.now.return_value = datetime.combine(LATER, datetime.min.time())
        assert columns.keep(settings) > 20
        assert columns.keep(settings) == 0
    assert database.read_now(lambda tx: len(deeds(tx, NOTES, 0, 2**50))) > 10
    database.close()


def test_every_table_that_is_counted_is_a_series() -> None:
    assert {one.table for one in EVERY} == set(PLAIN)
