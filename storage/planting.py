"""Filling a new database with the rows of a snapshot: wholly or not at all."""

import os
import secrets
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import psycopg
import sqlalchemy
from sqlalchemy import Table
from sqlalchemy.engine import Connection

from storage import audit, schema, search
from storage.audit import Verdict
from storage.database import Tx
from storage.schema import Unfit
from storage.snapshot import SQLITE, columns, sequences, tables

BATCH = 2_000
# What a migration itself writes into a new database.
BORN = frozenset(("audit_head",))
UNDONE = "Nothing was left behind."
NOT_EMPTY = "The database is not empty ({table} has rows): a backup is restored into a new one, never over another."


class Seeds(Protocol):
    """What is planted: the version it is of, and the rows of every table under the names of their columns."""

    version: str
    columns: Mapping[str, Sequence[str]]
    numbered: Mapping[str, int]

    def rows(self, table: str) -> Iterable[Sequence[Any]]:
        """The rows of a table."""


class Planted(NamedTuple):
    """How many rows came, the version the database is at, and what checking the audit log said."""

    rows: int
    version: str
    audit: Verdict


def plant(url: str, seeds: Seeds) -> Planted:
    """Fill a database that is empty or not there, and bring it up to date; raises `Unfit` where it is neither."""
    schema.refuse_newer(seeds.version)
    if not url.startswith(SQLITE):
        with _alone(url) as connection:
            return _planted(connection, seeds)
    target = Path(url.removeprefix(SQLITE))
    _refuse_used(target)
    draft = target.with_name(f".{target.name}.{secrets.token_hex(8)}.part")
    try:
        with _alone(f"{SQLITE}{draft}") as connection:
            planted = _planted(connection, seeds)
        _put(draft, target)
    finally:
        for part in (draft, draft.with_name(f"{draft.name}-journal")):
            part.unlink(missing_ok=True)
    return planted


@contextmanager
def _alone(url: str) -> Iterator[Connection]:
    """A transaction that nobody else is in, committed where all went well."""
    with schema.connected(url) as connection:
        schema.begin_alone(connection)
        yield connection
        connection.commit()


def _planted(connection: Connection, seeds: Seeds) -> Planted:
    if schema.current(connection) is None:
        schema.migrate(connection, seeds.version)
    found = tables(connection)
    _refuse_others(connection, found, seeds)
    with _unguarded(connection, found):
        count = sum(_fill(connection, table, seeds) for table in found)
    _number(connection, found, seeds.numbered)
    schema.migrate(connection)
    tx = Tx(connection.connection.cursor(), connection.dialect)
    while search.index(tx):
        continue
    if not tx.sqlite:
        # Until PostgreSQL has looked by itself, it would plan as for empty tables.
        connection.exec_driver_sql("ANALYZE")
    return Planted(count, schema.head(), audit.verify(tx))


def _refuse_others(connection: Connection, found: Sequence[Table], seeds: Seeds) -> None:
    """Only a database of the same tables, in which nobody wrote anything yet."""
    version = schema.current(connection)
    if version != seeds.version:
        raise Unfit(f"The database has tables of version {version}, the backup is of {seeds.version}: use a new one.")
    _refuse_rows(connection, found)
    here = {table.name: {column.name for column in columns(table)} for table in found}
    if here != {name: set(names) for name, names in seeds.columns.items()}:
        raise Unfit(f"The backup does not hold the tables of version {seeds.version}.")


@contextmanager
def _unguarded(connection: Connection, found: Sequence[Table]) -> Iterator[None]:
    """Let rows in that the database itself would take one by one only: those of the audit log."""
    if connection.dialect.name == "postgresql":
        _each(connection, found, "DISABLE")
        yield
        _each(connection, found, "ENABLE")
        return
    triggers = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"
    guards = connection.exec_driver_sql(triggers).all()
    for name, _ in guards:
        connection.exec_driver_sql(f"DROP TRIGGER {name}")
    yield
    for _, text in guards:
        connection.exec_driver_sql(text)


def _each(connection: Connection, found: Sequence[Table], what: str) -> None:
    for table in found:
        connection.exec_driver_sql(f'ALTER TABLE "{table.name}" {what} TRIGGER USER')


def _fill(connection: Connection, table: Table, seeds: Seeds) -> int:
    """Write the rows of a table; returns how many."""
    names = list(seeds.columns[table.name])
    if table.name in BORN:
        connection.execute(table.delete())
    rows = iter(seeds.rows(table.name))
    if table.name == "note":
        rows = _unindexed(rows, names.index("indexed"))
    listed = ", ".join(f'"{name}"' for name in names)
    cursor = connection.connection.cursor()
    # Names of our own tables and columns, held against those of the database before.
    insert = f'INSERT INTO "{table.name}" ({listed}) VALUES ({", ".join("?" * len(names))})'  # noqa: S608
    try:
        if connection.dialect.name == "postgresql":
            return _copy(cursor, f'COPY "{table.name}" ({listed}) FROM STDIN', rows)
        return _insert(cursor, insert, rows)
    except psycopg.Error as fault:
        # What PostgreSQL says may quote a value.
        raise Unfit(f"PostgreSQL takes no rows of {table.name}: {type(fault).__name__}. {UNDONE}") from None
    except sqlite3.Error as fault:
        raise Unfit(f"SQLite takes no rows of {table.name}: {fault}. {UNDONE}") from None


def _unindexed(rows: Iterator[Sequence[Any]], position: int) -> Iterator[Sequence[Any]]:
    """Notes that wait to be taken into the index of words, which is not kept."""
    return ([*row[:position], False, *row[position + 1 :]] for row in rows)


def _copy(cursor: Any, statement: str, rows: Iterator[Sequence[Any]]) -> int:
    count = 0
    with cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)
            count += 1
    return count


def _insert(cursor: Any, statement: str, rows: Iterator[Sequence[Any]]) -> int:
    count = 0
    while batch := list(islice(rows, BATCH)):
        cursor.executemany(statement, batch)
        count += len(batch)
    return count


def _number(connection: Connection, found: Sequence[Table], numbered: Mapping[str, int]) -> None:
    """Have PostgreSQL go on with the numbers that follow, also where the last ones are gone."""
    if connection.dialect.name != "postgresql":
        return
    for name in sequences(connection, found):
        newest = connection.exec_driver_sql(f'SELECT max(id) FROM "{name}"').scalar() or 0  # noqa: S608
        if last := max(newest, numbered.get(name, 0)):
            wanted = sqlalchemy.text("SELECT setval(pg_get_serial_sequence(:table, 'id'), :last)")
            connection.execute(wanted, {"table": name, "last": last})


def _refuse_used(target: Path) -> None:
    """Raise `Unfit` unless the file may be replaced: it is not there, or is nobody's and has nothing in it."""
    if not target.exists():
        if target.with_name(f"{target.name}-wal").exists():
            raise Unfit(f"{target}-wal is there without its database: move it away first.")
        return
    try:
        with closing(sqlite3.connect(target, timeout=1)) as connection:
            used = connection.execute("PRAGMA journal_mode=DELETE").fetchone()[0] != "delete"
    except sqlite3.OperationalError:
        used = True
    if used:
        raise Unfit(f"{target} is in use: stop kizuki first.")
    with schema.connected(f"{SQLITE}{target}") as connection:
        _refuse_rows(connection, tables(connection))


def _refuse_rows(connection: Connection, found: Sequence[Table]) -> None:
    for table in found:
        any_row = sqlalchemy.select(sqlalchemy.exists(table.select()))
        if table.name not in BORN and connection.execute(any_row).scalar():
            raise Unfit(NOT_EMPTY.format(table=table.name))


def _put(draft: Path, target: Path) -> None:
    """Have the file on the disk under its own name, whole or not at all."""
    for path in (draft, target.parent):
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
        if path == draft:
            draft.replace(target)
