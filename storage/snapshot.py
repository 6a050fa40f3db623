"""Everything in a database as it is at one moment, row by row, the same from SQLite and from PostgreSQL.

Rows come in the order of their keys, whatever order they were written in, so that a copy tells no more than the rows.
"""

import os
import sqlite3
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy
from sqlalchemy import Column, MetaData, Table
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.engine import Connection

from storage import schema
from storage.schema import Unfit

SQLITE = "sqlite:///"
VERSION = "alembic_version"
# What holds for minutes and would be wrong or a danger later: leases, codes, sessions; and what is made from the rest.
FLEETING = frozenset(("lease", "link_code", "link_try", "install_state", "sign_in", "page_session", "segment"))
# SQLite's index of words, which is made again from the notes.
INDEX = "note_pairs"
PAGE = 2_000


class Snapshot:
    """One moment of a database."""

    def __init__(self, connection: Connection, version: str) -> None:
        self.version = version
        self.tables = tables(connection)
        self._connection = connection

    @property
    def kind(self) -> str:
        """Which database it is of."""
        return self._connection.dialect.name

    def rows(self, table: Table) -> Iterator[Sequence[Any]]:
        """Every row of a table, in the order of its key."""
        wanted = sqlalchemy.select(*columns(table)).order_by(*table.primary_key.columns)
        found = self._connection.execution_options(yield_per=PAGE).execute(wanted)
        return (tuple(row) for row in found)

    def numbered(self) -> dict[str, int]:
        """The last number PostgreSQL gave in each table that it numbers: rows that are gone keep theirs."""
        if self.kind != "postgresql":
            return {}
        return {name: last for name in sequences(self._connection, self.tables) if (last := self._last(name))}

    def _last(self, table: str) -> int | None:
        # As text: a sequence is read like a table, and its name comes from the database itself.
        wanted = "SELECT pg_sequence_last_value(pg_get_serial_sequence(:table, 'id')::regclass)"
        found: int | None = self._connection.execute(sqlalchemy.text(wanted), {"table": table}).scalar()
        return found


def tables(connection: Connection) -> list[Table]:
    """The tables whose rows are kept, each after those it refers to."""
    metadata = MetaData()
    metadata.reflect(connection, only=lambda name, _: not name.startswith(INDEX) and name not in {VERSION, *FLEETING})
    return metadata.sorted_tables


def columns(table: Table) -> list[Column[Any]]:
    """The columns whose values are kept."""
    return [column for column in table.columns if not isinstance(column.type, TSVECTOR)]


def sequences(connection: Connection, found: Sequence[Table]) -> list[str]:
    """The tables that PostgreSQL numbers."""
    wanted = sqlalchemy.text("SELECT pg_get_serial_sequence(:table, 'id')")
    keyed = [table.name for table in found if "id" in table.columns]
    return [name for name in keyed if connection.execute(wanted, {"table": name}).scalar() is not None]


@contextmanager
def taken(url: str, *, beside: Path) -> Iterator[Snapshot]:
    """A snapshot to read from, while others go on writing; `beside` is a folder with room for a copy of SQLite's file.

    Raises `Unfit` for a database that is empty, newer than this program, or damaged.
    """
    with _copied(url, beside) as address, _reading(address) as connection:
        version = schema.current(connection)
        if version is None:
            raise Unfit("The database has no tables yet: there is nothing to keep.")
        schema.refuse_newer(version)
        yield Snapshot(connection, version)


@contextmanager
def _copied(url: str, beside: Path) -> Iterator[str]:
    """The address of what can be read for as long as it takes."""
    if not url.startswith(SQLITE):
        yield url
        return
    source = Path(url.removeprefix(SQLITE))
    if not source.exists():
        raise Unfit(f"There is no database at {source}.")
    handle, name = tempfile.mkstemp(dir=beside, prefix=".kizuki-", suffix=".part")
    os.close(handle)
    try:
        _copy(source, name)
        yield f"{SQLITE}{name}"
    finally:
        for part in ("", "-journal", "-wal", "-shm"):
            Path(f"{name}{part}").unlink(missing_ok=True)


def _copy(source: Path, name: str) -> None:
    try:
        with closing(sqlite3.connect(source)) as live, closing(sqlite3.connect(name)) as copy:
            live.backup(copy)
            copy.execute("PRAGMA journal_mode=DELETE")
            verdict = copy.execute("PRAGMA quick_check(1)").fetchone()[0]
    except sqlite3.DatabaseError as fault:
        if getattr(fault, "sqlite_errorcode", 0) & 0xFF in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
            verdict = str(fault)
        else:
            raise OSError(f"the copy could not be made: {fault}") from None
    if verdict != "ok":
        raise Unfit(f"The database {source} is damaged ({verdict}): restore it from an earlier backup.")


@contextmanager
def _reading(url: str) -> Iterator[Connection]:
    with schema.connected(url) as connection:
        if connection.dialect.name == "postgresql":
            connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        yield connection
