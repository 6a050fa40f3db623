"""The database's promises: durable, once, each work undone alone, readers beside writers, faults in plain words."""

import asyncio
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from alembic import command, op

from storage import once, schema
from storage.database import STUDENTS, Busy, Database, Tx
from storage.engines import open_database
from storage.schema import Unfit
from storage.sqlite import SqliteDatabase
from tests.databases import migrated


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


async def test_long_readings_keep_nobody_from_reading_and_end_with_the_database(database: Database) -> None:
    begun, go_on = threading.Semaphore(0), threading.Event()

    def long(tx: Tx) -> list[str]:
        begun.release()
        assert go_on.wait(10)
        return _keys(tx)

    going = [asyncio.create_task(database.study(long)) for _ in range(STUDENTS)]
    for _ in going:
        while not begun.acquire(blocking=False):
            await asyncio.sleep(0.005)
    in_line = [asyncio.create_task(database.study(long)) for _ in range(16)]
    await database.transact(lambda tx: once.claim(tx, "meanwhile", at=1))
    assert await database.read(_keys) == ["meanwhile"]
    assert not any(task.done() for task in (*going, *in_line))
    closing = asyncio.create_task(asyncio.to_thread(database.close))
    while not database._closing:
        await asyncio.sleep(0.005)
    go_on.set()
    await closing
    assert await asyncio.gather(*going) == [["meanwhile"]] * STUDENTS
    for task in in_line:
        with pytest.raises(Busy):
            await task


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
    migrated(url)
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
    migrated(url)
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
    migrated(url)
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


def _schema(path: Path) -> list[tuple[str, str]]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute("select name, sql from sqlite_master order by name").fetchall()


@pytest.mark.parametrize("begun_at", [None, "0001"])
def test_an_interrupted_migration_leaves_nothing_and_can_be_repeated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, begun_at: str | None
) -> None:
    url, path = f"sqlite:///{tmp_path}/k.db", tmp_path / "k.db"
    if begun_at:
        with monkeypatch.context() as until:
            real = command.upgrade
            until.setattr(command, "upgrade", lambda config, _: real(config, begun_at))
            schema.upgrade(url)
    before, calls, create = _schema(path), iter(range(9)), op.create_index

    def interrupted(*words: Any, **options: Any) -> None:
        if next(calls) == 1:
            raise KeyboardInterrupt
        create(*words, **options)

    with monkeypatch.context() as broken:
        broken.setattr(op, "create_index", interrupted)
        with pytest.raises(KeyboardInterrupt):
            schema.upgrade(url)
    assert _schema(path) == before
    assert schema.upgrade(url) == (begun_at, schema.head())
    schema.check(url)


def test_replicas_that_migrate_at_once_on_one_file_all_succeed(tmp_path: Path) -> None:
    """Each waits until all are ready, and takes its time between two statements."""
    script = (
        "import sys, time\n"
        "from alembic import command, op\n"
        "from storage import schema\n"
        "create = op.create_index\n"
        "op.create_index = lambda *w, **o: (time.sleep(0.01), create(*w, **o))\n"
        "print('ready', flush=True)\n"
        "sys.stdin.readline()\n"
        f"print(schema.upgrade('sqlite:///{tmp_path}/k.db'))\n"
    )
    replicas = [
        subprocess.Popen(
            [sys.executable, "-c", script],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[2],
        )
        for _ in range(2)
    ]
    for replica in replicas:
        assert replica.stdout is not None
        assert replica.stdout.readline() == "ready\n"
    for replica in replicas:
        assert replica.stdin is not None
        replica.stdin.write("\n")
        replica.stdin.flush()
    told = [replica.communicate(timeout=60) for replica in replicas]
    assert [replica.returncode for replica in replicas] == [0, 0], told
    head = schema.head()
    assert sorted(out for out, _ in told) == sorted([f"{(None, head)}\n", f"{(head, head)}\n"])
    schema.check(f"sqlite:///{tmp_path}/k.db")
