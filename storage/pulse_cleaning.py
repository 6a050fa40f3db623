"""Cleaning up after surveys that were closed: what was deleted must be in no free page and in no log either.

Both databases delete by marking. Here the tables of surveys are written anew, in the order of their keys, so that
neither what stood there nor the order in which it came is left in the file. It runs outside the transactions of
features, and may run at any time: what is kept stays as it is.
"""

import asyncio
import re
import sqlite3
import time
from contextlib import closing

import psycopg
from sqlmodel import SQLModel

from storage.database import Database
from storage.pulse_answers import PulseLine, PulseSpent, PulseTally, PulseTicket
from storage.pulses import Pulse

TABLES: tuple[type[SQLModel], ...] = (PulseTicket, PulseTally, PulseSpent, PulseLine, Pulse)
WAIT_MS, TRIES, PAUSE = 20_000, 5, 0.5
POSTGRES_WAIT_MS = 2_000
# What PostgreSQL says of rows that an older view of the data keeps alive.
LEFT = re.compile(r"(\d+) dead row versions cannot be removed")


class Unclean(Exception):
    """The database was too busy to be cleaned up; the next time does it."""


async def clean(database: Database) -> None:
    """Have nothing left of what was deleted from surveys; raises `Unclean` where the database gave no chance to."""
    await asyncio.to_thread(_clean_sqlite if database.url.startswith("sqlite") else _clean_postgres, database.url)


def _clean_sqlite(url: str) -> None:
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)) as connection:
        # A table that is emptied without being asked row by row has all its pages overwritten; foreign keys would ask.
        for pragma in (f"busy_timeout={WAIT_MS}", "secure_delete=ON", "foreign_keys=OFF", "temp_store=MEMORY"):
            connection.execute(f"PRAGMA {pragma}")
        try:
            _write_anew(connection)
        except sqlite3.OperationalError as busy:
            raise Unclean(str(busy)) from None
        _empty_log(connection)


def _write_anew(connection: sqlite3.Connection) -> None:
    connection.execute("BEGIN IMMEDIATE")
    try:
        for table in map(_name, TABLES):
            # Names of our own tables, nothing that anybody wrote.
            connection.execute(f"CREATE TEMP TABLE kept AS SELECT * FROM main.{table}")  # noqa: S608
            connection.execute(f"DELETE FROM main.{table}")  # noqa: S608
            connection.execute(f"INSERT INTO main.{table} SELECT * FROM temp.kept ORDER BY 1, 2")  # noqa: S608
            connection.execute("DROP TABLE temp.kept")
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def _empty_log(connection: sqlite3.Connection) -> None:
    """Move the write-ahead log into the file and cut it off, as soon as nobody reads in it."""
    for _ in range(TRIES):
        busy, *_ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        if not busy:
            return
        time.sleep(PAUSE)
    raise Unclean("readers hold the write-ahead log")


def _clean_postgres(url: str) -> None:
    """A full vacuum writes a table to a new file and gives the old one back, but for what others still look at."""
    said: list[str] = []
    with psycopg.connect(url.replace("postgresql+psycopg://", "postgresql://"), autocommit=True) as connection:
        connection.add_notice_handler(lambda notice: said.append(f"{notice.message_primary} {notice.message_detail}"))
        # Whoever reads a table meanwhile waits behind this.
        connection.execute(f"SET lock_timeout = {POSTGRES_WAIT_MS}")
        try:
            for table in map(_name, TABLES):
                connection.execute(f"VACUUM (FULL, FREEZE, VERBOSE) {table}")
        except psycopg.errors.LockNotAvailable as busy:
            raise Unclean(str(busy)) from None
    if any(int(left) for notice in said for left in LEFT.findall(notice)):
        raise Unclean("somebody still looks at what was deleted")


def _name(table: type[SQLModel]) -> str:
    return str(table.__tablename__)
