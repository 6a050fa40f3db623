"""Backups hold everything, are whole or not there, and come back on either database; nothing is ever written over."""

import asyncio
import sqlite3
import zipfile
from contextlib import closing
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from adapters.operations import archive, backups
from bot.settings import Settings
from bot.turn import House
from storage import audit, schema, snapshot
from storage.engines import open_database
from storage.schema import Unfit
from storage.snapshot import FLEETING
from tests import databases
from tests.conftest import MORNING
from tests.databases import MIGRATED, Files, Kept, Server
from tests.operations.lives import lived, of
from tests.operations.served import served, settled
from tests.talk import Talk

Rows = dict[str, list[tuple[Any, ...]]]


@pytest.fixture
async def url(house: House, kept: Kept, tmp_path: Path) -> str:
    """A database with everything in it."""
    return await lived(house, kept, tmp_path)


def everything(url: str) -> Rows:
    """Every row of every table whose rows are kept, with truth as a number; the index of words is another test's."""
    database = open_database(url)
    with schema.connected(url) as connection:
        found = {
            table.name: [column.name for column in snapshot.columns(table) if column.name != "indexed"]
            for table in snapshot.tables(connection)
        }

    def look(tx: Any) -> Rows:
        return {name: _rows(tx, name, names) for name, names in found.items()}

    try:
        return database.read_now(look)
    finally:
        database.close()


def _rows(tx: Any, name: str, names: list[str]) -> list[tuple[Any, ...]]:
    listed = ", ".join(f'"{column}"' for column in names)
    tx.cursor.execute(f'select {listed} from "{name}"')
    return sorted((tuple(int(v) if isinstance(v, bool) else v for v in row) for row in tx.cursor.fetchall()), key=repr)


def _body(tx: Any, key: int) -> None:
    tx.cursor.execute(f"insert into body (id, key, card, at) values ({key}, 'k{key}', '', 1)")


def other(name: str, folder: Path, uri: str) -> str:
    """The URL of a database that is not there, or has nothing in it."""
    if name == "sqlite":
        return f"sqlite:///{folder}/new/kizuki.db"
    return databases._fresh(uri, "restored")


def left(folder: Path) -> list[str]:
    """What lies in a folder and below besides databases and backups."""
    return [str(path) for path in folder.rglob("*") if ".part" in path.name or path.name.endswith("-journal")]


@pytest.mark.parametrize("target", ["sqlite", "postgres"])
async def test_everything_comes_back_on_either_database(
    url: str, settings: Settings, tmp_path: Path, target: str, postgres: str
) -> None:
    (tmp_path / "new").mkdir()
    restored = other(target, tmp_path, postgres)
    told = backups.backup(of(settings, url), tmp_path / "a.zip")
    before = everything(url)
    assert f"{sum(map(len, before.values())):,} rows of {len(before)} tables" in told
    assert "The audit log is whole" in backups.restore(of(settings, restored), tmp_path / "a.zip")
    after = everything(restored)
    assert after.keys() == before.keys()
    for table, rows in before.items():
        assert after[table] == rows, table
    assert len([rows for rows in before.values() if rows]) > 35, "there is something that could be lost"
    schema.check(restored)
    assert left(tmp_path) == []
    assert (tmp_path / "a.zip").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("target", ["sqlite", "postgres"])
async def test_the_restored_kizuki_serves_and_goes_on(
    url: str, house: House, settings: Settings, tmp_path: Path, target: str, postgres: str
) -> None:
    (tmp_path / "new").mkdir()
    restored = other(target, tmp_path, postgres)
    backups.backup(of(settings, url), tmp_path / "a.zip")
    backups.restore(of(settings, restored), tmp_path / "a.zip")
    database = open_database(restored)
    talk = Talk(house, database, datetime.fromisoformat(MORNING))
    talk._keys = iter(range(10_000, 20_000))  # type: ignore[assignment]
    assert talk.rows("select count(*) from note where not indexed") == [(0,)]
    assert "番号札の紙" in await talk.hanako.says("/kizuki 検索 番号札の紙"), "the index of words is there again"
    await talk.hanako.says("/kizuki 復元のあとの気づき")
    assert "記録しました" in await talk.hanako.presses("note.confirm", numbers=["1"])
    assert talk.rows("select count(*) from note where text = '復元のあとの気づき'") == [(1,)]
    await talk.grants("hanako", "secretariat")
    await database.transact(lambda tx: audit.add(tx, "role.begin", actor="x", at=1))
    with pytest.raises(Exception, match="append-only"):
        await database.transact(lambda tx: tx.cursor.execute("delete from audit"))
    database.close()
    if url.startswith("sqlite") == restored.startswith("sqlite"):
        return
    settled(tmp_path, restored)
    async with served(tmp_path) as server, aiohttp.ClientSession() as session:
        async with session.get(f"{server.address}/readyz") as answer:
            assert (answer.status, await answer.json()) == (200, {"ready": True, "reason": ""})
        async with session.get(f"{server.address}/playground/as/hana") as answer:
            assert answer.status == 200


async def test_numbers_of_rows_that_are_gone_are_not_given_again(
    house: House, settings: Settings, tmp_path: Path, postgres_kept: Server, postgres: str
) -> None:
    """A card that still shows note 9 must not act on another note."""
    url = await lived(house, postgres_kept, tmp_path)
    database = open_database(url)
    await database.transact(lambda tx: tx.cursor.execute("select setval('note_id_seq', 4711)"))
    database.close()
    backups.backup(of(settings, url), tmp_path / "a.zip")
    restored = other("postgres", tmp_path, postgres)
    backups.restore(of(settings, restored), tmp_path / "a.zip")
    database = open_database(restored)
    talk = Talk(house, database, datetime.fromisoformat(MORNING))
    talk._keys = iter(range(10_000, 20_000))  # type: ignore[assignment]
    await talk.hanako.says("/kizuki 復元のあとの気づき")
    await talk.hanako.presses("note.confirm", numbers=["1"])
    assert talk.rows("select max(id) from note") == [(4712,)]
    database.close()


async def test_what_is_written_meanwhile_is_in_it_wholly_or_not_at_all(
    url: str, settings: Settings, tmp_path: Path
) -> None:
    database = open_database(url)
    over = False

    async def write() -> int:
        count = 0
        while not over:
            count += 1
            await database.transact(lambda tx: audit.add(tx, "role.begin", actor="x", subject="y" * 500, at=1))
        return count

    writers = [asyncio.create_task(write()) for _ in range(4)]
    for number in range(3):
        await asyncio.sleep(0.05)
        await asyncio.to_thread(backups.backup, of(settings, url), tmp_path / f"{number}.zip")
    over = True
    written = sum(await asyncio.gather(*writers))
    database.close()
    entries = []
    for number in range(3):
        with archive.opened(tmp_path / f"{number}.zip") as found:
            rows = list(found.rows("audit"))
            ((_, head, last),) = found.rows("audit_head")
            assert (rows[-1][0], rows[-1][-1]) == (head, last), "both of one moment"
            entries.append(len(rows))
    assert entries[0] < entries[1] < entries[2]
    assert written > 100


async def test_codes_and_sessions_are_left_out(url: str, settings: Settings, tmp_path: Path) -> None:
    backups.backup(of(settings, url), tmp_path / "a.zip")
    with zipfile.ZipFile(tmp_path / "a.zip") as file:
        names = {Path(name).stem for name in file.namelist()}
        everything_in_it = b"".join(map(file.read, file.namelist())).decode()
    assert not names & FLEETING
    assert "123456" not in everything_in_it, "the code that links an account"
    assert settings.database not in everything_in_it


async def test_rows_are_in_the_order_of_their_keys(kept: Kept, settings: Settings, tmp_path: Path) -> None:
    """Not in the one they were written in, which could tell more than the rows do."""
    url = kept.copy(MIGRATED, tmp_path)
    database = open_database(url)
    for key in (3, 1, 2):
        await database.transact(partial(_body, key=key))
    database.close()
    backups.backup(of(settings, url), tmp_path / "a.zip")
    with archive.opened(tmp_path / "a.zip") as found:
        assert [row[0] for row in found.rows("body")] == [1, 2, 3]


async def test_a_backup_of_an_earlier_version_comes_back_in_this_one(
    house: House, settings: Settings, tmp_path: Path, kept: Kept
) -> None:
    url = kept.empty(tmp_path)
    with schema.connected(url) as connection:
        schema.begin_alone(connection)
        schema.migrate(connection, "0006")
        connection.exec_driver_sql("insert into body (id, key, card, at) values (7, 'k', '番号札', 1)")
        connection.commit()
    backups.backup(of(settings, url), tmp_path / "a.zip")
    (tmp_path / "new").mkdir()
    restored = f"sqlite:///{tmp_path}/new/kizuki.db"
    assert f"is at version {schema.head()} now" in backups.restore(of(settings, restored), tmp_path / "a.zip")
    schema.check(restored)
    assert everything(restored)["body"] == [(7, "k", "番号札", 1)]


async def test_a_database_with_anything_in_it_is_left_as_it_is(url: str, settings: Settings, tmp_path: Path) -> None:
    backups.backup(of(settings, url), tmp_path / "a.zip")
    before = everything(url)
    with pytest.raises(Unfit, match=r"The database is not empty \(.+ has rows\)"):
        backups.restore(of(settings, url), tmp_path / "a.zip")
    assert everything(url) == before
    assert left(tmp_path) == []


async def test_a_new_database_may_have_its_tables_already(
    url: str, settings: Settings, tmp_path: Path, kept: Kept, postgres: str
) -> None:
    backups.backup(of(settings, url), tmp_path / "a.zip")
    (tmp_path / "new").mkdir()
    restored = other("sqlite" if isinstance(kept, Files) else "postgres", tmp_path, postgres)
    schema.upgrade(restored)
    backups.restore(of(settings, restored), tmp_path / "a.zip")
    assert everything(restored) == everything(url)


def test_a_file_that_somebody_uses_is_not_replaced(migrated_file: Path, settings: Settings, tmp_path: Path) -> None:
    url = databases.migrated(f"sqlite:///{tmp_path}/kizuki.db")
    backups.backup(of(settings, url), tmp_path / "a.zip")
    with closing(sqlite3.connect(tmp_path / "kizuki.db")) as connection:
        connection.execute("pragma journal_mode=wal")
        connection.execute("begin")
        connection.execute("select * from once").fetchall()
        with pytest.raises(Unfit, match="is in use: stop kizuki first"):
            backups.restore(of(settings, url), tmp_path / "a.zip")
    (tmp_path / "kizuki.db").unlink()
    (tmp_path / "kizuki.db-wal").write_bytes(b"of another database")
    with pytest.raises(Unfit, match="without its database"):
        backups.restore(of(settings, url), tmp_path / "a.zip")
