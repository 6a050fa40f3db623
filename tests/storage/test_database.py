"""The database's promises: durable, once, each work undone alone, readers beside writers, faults in plain words."""

import asyncio
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from storage import once, schema
from storage.database import Busy, Database, Tx
from storage.engines import open_database
from storage.schema import Unfit
from storage.sqlite import SqliteDatabase


def _keys(tx: Tx) -> list[str]:
    tx.cursor.execute("select key from once order by key")
    return [row[0] for row in tx.cursor.fetchall()]


async def test_many_works_at_once_each_keep_their_own_result(database: Database) -> None:
    results = await asyncio.gather(
        *(database.transact(lambda tx, i=i: (once.claim(tx, f"k{i % 50}", at=i), i)) for i in range(200))  # type: ignore[misc]
    )
    assert [i for _, i in results] == list(range(200))
    assert sum(fresh for fresh, _ in results) == 50
    assert len(await database.read(_keys)) == 50


async def test_a_failing_work_undoes_itself_alone(database: Database) -> None:
    def fails(tx: Tx) -> None:
        once.claim(tx, "undone", at=1)
        raise RuntimeError("mine")

    outcomes = await asyncio.gather(
        database.transact(lambda tx: once.claim(tx, "before", at=1)),
        database.transact(fails),
        database.transact(lambda tx: once.claim(tx, "after", at=1)),
        return_exceptions=True,
    )
    assert isinstance(outcomes[1], RuntimeError)
    assert await database.read(_keys) == ["after", "before"]


async def test_a_reader_cannot_write(database: Database) -> None:
    with pytest.raises(Exception, match=r"read-?only"):
        await database.read(lambda tx: once.claim(tx, "no", at=1))
    assert await database.read(_keys) == []


async def test_listeners_hear_of_the_outbox_only_after_a_commit(database: Database) -> None:
    heard: list[list[str]] = []
    database.listen(lambda: heard.append(database.read_now(_keys)))

    def announced(tx: Tx) -> None:
        once.claim(tx, "told", at=1)
        tx.announce()

    def announced_and_failed(tx: Tx) -> None:
        tx.announce()
        raise RuntimeError

    await database.transact(lambda tx: once.claim(tx, "quiet", at=1))
    await asyncio.gather(database.transact(announced_and_failed), return_exceptions=True)
    assert heard == []
    await database.transact(announced)
    await asyncio.sleep(0.05)
    assert heard == [["quiet", "told"]]


async def test_a_locked_file_is_said_to_be_busy_and_works_again_afterwards(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.sqlite.LOCK_WAIT_MS", 50)
    url = f"sqlite:///{tmp_path}/k.db"
    schema.upgrade(url)
    database = open_database(url)
    other = sqlite3.connect(tmp_path / "k.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(Busy):
        await database.transact(lambda tx: once.claim(tx, "x", at=1))
    other.execute("ROLLBACK")
    assert await database.transact(lambda tx: once.claim(tx, "x", at=1))
    other.close()
    database.close()


async def test_a_full_disk_loses_the_batch_but_says_so(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/k.db"
    schema.upgrade(url)
    database = open_database(url)
    assert isinstance(database, SqliteDatabase)

    def limit(tx: Tx) -> int:
        tx.cursor.execute("PRAGMA page_count")
        pages = int(tx.cursor.fetchone()[0])
        tx.cursor.execute(f"PRAGMA max_page_count={pages}")
        return pages

    await database.transact(limit)
    with pytest.raises(Busy, match="full"):
        await database.transact(lambda tx: once.claim(tx, "x" * 1_000_000, at=1))
    assert await database.transact(lambda tx: once.claim(tx, "small", at=1))
    database.close()


async def test_what_was_acknowledged_survives_a_killed_process(tmp_path: Path) -> None:
    """A process that says a key was committed is killed at once; the key must be there."""
    url = f"sqlite:///{tmp_path}/k.db"
    schema.upgrade(url)
    script = (
        "import asyncio, os, sys\n"
        "from storage import once\n"
        "from storage.engines import open_database\n"
        "async def main():\n"
        f"    db = open_database({url!r})\n"
        "    for i in range(10_000):\n"
        "        await db.transact(lambda tx: once.claim(tx, f'k{i}', at=i))\n"
        "        os.write(1, f'{i}\\n'.encode())\n"
        "asyncio.run(main())\n"
    )
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", script, stdout=subprocess.PIPE, cwd=Path(__file__).parents[2]
    )
    assert process.stdout is not None
    said = [int(await process.stdout.readline()) for _ in range(40)]
    process.kill()
    said += [int(line) for line in (await process.stdout.read()).split()]
    await process.wait()
    database = open_database(url)
    kept = set(database.read_now(_keys))
    assert {f"k{i}" for i in said} <= kept
    database.close()


def test_a_database_of_another_version_is_refused_in_a_clear_sentence(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/k.db"
    with pytest.raises(Unfit, match=r"has no tables yet. Run `kizuki migrate` first."):
        schema.check(url)
    assert schema.upgrade(url) == (None, schema.head())
    assert schema.upgrade(url) == (schema.head(), schema.head())
    schema.check(url)
    with sqlite3.connect(tmp_path / "k.db") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    for refused in (schema.check, schema.upgrade):
        with pytest.raises(Unfit, match="newer than this program"):
            refused(url)
