"""SQLite, the embedded default: one writer thread commits many works together, readers have their own connections."""

import asyncio
import queue
import sqlite3
import threading
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy.dialects.sqlite import dialect as sqlite_dialect

from storage.database import Busy, Database, T, Tx, Work

BATCH = 128
LOCK_WAIT_MS = 5_000
CACHE_KIB = 32_768

FILE_FAULTS = frozenset(
    (
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_CANTOPEN,
    )
)

_Outcome = tuple[bool, Any]


class _Item(NamedTuple):
    work: Work[Any]
    done: "asyncio.Future[Any]"
    loop: asyncio.AbstractEventLoop


class SqliteDatabase(Database):
    """Group commit: each waiting work in its own savepoint, one durable commit for all of them."""

    def __init__(self, url: str) -> None:
        super().__init__(url, readers=4)
        self._path = url.removeprefix("sqlite:///")
        Path(self._path).parent.mkdir(parents=True, exist_ok=True)
        self._dialect = sqlite_dialect()
        self._queue: queue.SimpleQueue[_Item | None] = queue.SimpleQueue()
        self._local = threading.local()
        self._opened: list[sqlite3.Connection] = []
        self._writer: threading.Thread | None = None
        self._guard = threading.Lock()

    async def transact(self, work: Work[T]) -> T:
        loop = asyncio.get_running_loop()
        done: asyncio.Future[T] = loop.create_future()
        if self._writer is None:
            self._start()
        self._queue.put(_Item(work, done, loop))
        return await done

    def read_now(self, work: Work[T]) -> T:
        try:
            connection = self._reader()
            cursor = connection.cursor()
            cursor.execute("BEGIN")
            try:
                return work(Tx(cursor, self._dialect))
            finally:
                connection.rollback()
                cursor.close()
        except sqlite3.Error as fault:
            if _of_the_file(fault):
                raise _busy(fault) from None
            raise

    def close(self) -> None:
        if self._writer is not None:
            self._queue.put(None)
            self._writer.join()
            self._writer = None
        super().close()
        for connection in self._opened:
            connection.close()
        self._opened.clear()

    def _start(self) -> None:
        self._writer = threading.Thread(target=self._write, name="writer", daemon=True)
        self._writer.start()

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, check_same_thread=False, isolation_level=None, cached_statements=512)
        for pragma in (
            f"busy_timeout={LOCK_WAIT_MS}",
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            "secure_delete=ON",
            f"cache_size=-{CACHE_KIB}",
            "temp_store=MEMORY",
        ):
            connection.execute(f"PRAGMA {pragma}")
        with self._guard:
            self._opened.append(connection)
        return connection

    def _reader(self) -> sqlite3.Connection:
        found: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if found is None or found not in self._opened:
            found = self._local.connection = self._connect()
            found.execute("PRAGMA query_only=ON")
        return found

    def _write(self) -> None:
        connection: sqlite3.Connection | None = None
        while (batch := self._next_batch()) is not None:
            try:
                connection = connection or self._connect()
                outcomes, announced = self._commit(connection, batch)
            except sqlite3.Error as fault:
                outcomes, announced = [(False, _busy(fault))] * len(batch), False
                connection = _rolled_back(connection)
            self._deliver(batch, outcomes, announced)

    def _next_batch(self) -> list[_Item] | None:
        first = self._queue.get()
        if first is None:
            return None
        batch = [first]
        while len(batch) < BATCH and not self._queue.empty():
            item = self._queue.get()
            if item is None:
                self._queue.put(None)
                break
            batch.append(item)
        return batch

    def _commit(self, connection: sqlite3.Connection, batch: list[_Item]) -> tuple[list[_Outcome], bool]:
        cursor = connection.cursor()
        cursor.execute("BEGIN IMMEDIATE")
        announced = False
        outcomes: list[_Outcome] = []
        for item in batch:
            tx = Tx(cursor, self._dialect)
            outcomes.append(_in_savepoint(cursor, item.work, tx))
            announced |= tx.announced and outcomes[-1][0]
        cursor.execute("COMMIT")
        cursor.close()
        return outcomes, announced

    def _deliver(self, batch: list[_Item], outcomes: list[_Outcome], announced: bool) -> None:
        by_loop: dict[asyncio.AbstractEventLoop, list[tuple[asyncio.Future[Any], _Outcome]]] = {}
        for item, outcome in zip(batch, outcomes, strict=True):
            by_loop.setdefault(item.loop, []).append((item.done, outcome))
        for loop, settled in by_loop.items():
            if loop.is_closed():
                continue
            loop.call_soon_threadsafe(_settle, settled)
            if announced:
                self._announce(loop)


def _in_savepoint(cursor: sqlite3.Cursor, work: Work[Any], tx: Tx) -> _Outcome:
    cursor.execute("SAVEPOINT work")
    try:
        result = work(tx)
    except Exception as fault:
        if isinstance(fault, sqlite3.Error) and _of_the_file(fault):
            raise
        cursor.execute("ROLLBACK TO work")
        cursor.execute("RELEASE work")
        return False, fault
    cursor.execute("RELEASE work")
    return True, result


def _of_the_file(fault: sqlite3.Error) -> bool:
    """Whether the fault is the file's (locked, full, damaged), not the statement's: then the whole batch fails."""
    code: int | None = getattr(fault, "sqlite_errorcode", None)
    return code is not None and code & 0xFF in FILE_FAULTS


def _settle(settled: list[tuple["asyncio.Future[Any]", _Outcome]]) -> None:
    for done, (fine, value) in settled:
        if done.cancelled():
            continue
        if fine:
            done.set_result(value)
        else:
            # A future refuses StopIteration, and whoever awaits it would wait for ever.
            done.set_exception(RuntimeError("StopIteration") if isinstance(value, StopIteration) else value)


def _rolled_back(connection: sqlite3.Connection | None) -> sqlite3.Connection | None:
    if connection is not None and connection.in_transaction:
        connection.rollback()
    return connection


def _busy(fault: sqlite3.Error) -> Busy:
    # The driver's own words name tables and columns, never values.
    return Busy(f"{type(fault).__name__}: {fault}")
