"""The database: works in transactions, reads beside them, on SQLite or PostgreSQL, without the caller knowing which."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol, TypeVar

from sqlalchemy import Dialect

from storage.statements import Params, R, Row, Statement, fetched

T = TypeVar("T")


class Busy(Exception):
    """The database could not take the work now: locked, full, read-only or out of reach. Nothing was stored."""


class Cursor(Protocol):
    """What both drivers' cursors can do."""

    @property
    def rowcount(self) -> int: ...

    def execute(self, text: str, params: Any = ..., /) -> Any: ...
    def executemany(self, text: str, params: Any, /) -> Any: ...
    def fetchone(self) -> Any: ...
    def fetchall(self) -> Any: ...


class Tx:
    """One transaction, as features see it."""

    __slots__ = ("announced", "cursor", "dialect")

    def __init__(self, cursor: Cursor, dialect: Dialect) -> None:
        self.cursor = cursor
        self.dialect = dialect
        self.announced = False

    @property
    def sqlite(self) -> bool:
        """Whether this is SQLite; only `storage` asks."""
        return self.dialect.name == "sqlite"

    def run(self, statement: Statement[Any], **params: Any) -> int:
        """Run a change; returns the number of rows it touched."""
        self._execute(statement, params)
        return self.cursor.rowcount

    def many(self, statement: Statement[Any], rows: Iterable[Params]) -> None:
        """Run a change once per row of parameters."""
        compiled = statement.compiled(self.dialect)
        self.cursor.executemany(compiled.text, [compiled.bind(r) for r in rows])

    def one(self, statement: Statement[R], **params: Any) -> R | None:
        """The first row, or None."""
        self._execute(statement, params)
        found: Row | None = self.cursor.fetchone()
        return None if found is None else fetched([found], statement.row)[0]

    def all(self, statement: Statement[R], **params: Any) -> list[R]:
        """Every row."""
        self._execute(statement, params)
        return fetched(self.cursor.fetchall(), statement.row)

    def all_bytes(self, statement: Statement[R], **params: Any) -> list[R]:
        """Every row, with its bytes as they are stored: PostgreSQL would else send them as text, twice as long."""
        compiled = statement.compiled(self.dialect)
        cursor: Any = self.cursor
        cursor.execute(compiled.text, compiled.bind(params), **({} if self.sqlite else {"binary": True}))
        return fetched(cursor.fetchall(), statement.row)

    def value(self, statement: Statement[Any], **params: Any) -> Any:
        """The first column of the first row, or None."""
        self._execute(statement, params)
        found: Row | None = self.cursor.fetchone()
        return None if found is None else found[0]

    def announce(self) -> None:
        """Say that something waits in the outbox; listeners hear it after the commit."""
        self.announced = True

    def _execute(self, statement: Statement[Any], params: Mapping[str, Any]) -> None:
        compiled = statement.compiled(self.dialect)
        self.cursor.execute(compiled.text, compiled.bind(params))


Work = Callable[[Tx], T]
# So many long readings go on at once: with one more a machine with two cores has nothing left for the short ones.
STUDENTS = 2


class Database(ABC):
    """What SQLite and PostgreSQL have in common; `open_database` chooses."""

    def __init__(self, url: str, *, readers: int) -> None:
        self.url = url
        self._readers = ThreadPoolExecutor(readers, thread_name_prefix="read")
        self._students = ThreadPoolExecutor(STUDENTS, thread_name_prefix="study")
        self._listeners: list[Callable[[], None]] = []
        self._closing = False

    @abstractmethod
    async def transact(self, work: Work[T]) -> T:
        """Run `work` in a transaction and return its result after the commit; its exceptions undo it alone."""

    @abstractmethod
    def read_now(self, work: Work[T]) -> T:
        """Run a reading `work` in this thread, on one consistent view of the data."""

    async def read(self, work: Work[T]) -> T:
        """Run a reading `work` beside the writers, on one consistent view of the data."""
        return await asyncio.get_running_loop().run_in_executor(self._readers, self.read_now, work)

    async def study(self, work: Work[T]) -> T:
        """`read` for what may take seconds, on threads of its own: however many wait here, `read` goes on as usual."""
        return await asyncio.get_running_loop().run_in_executor(self._students, self._studied, work)

    def listen(self, listener: Callable[[], None]) -> None:
        """Have `listener` called on the event loop after commits that put something into the outbox."""
        self._listeners.append(listener)

    def close(self) -> None:
        """Finish what was accepted and let go of every connection."""
        self._closing = True
        self._students.shutdown(wait=True)
        self._readers.shutdown(wait=True)

    def _studied(self, work: Work[T]) -> T:
        # What stands in line when the end comes is not begun any more.
        if self._closing:
            raise Busy("closing")
        return self.read_now(work)

    def _announce(self, loop: asyncio.AbstractEventLoop) -> None:
        for listener in self._listeners:
            loop.call_soon_threadsafe(listener)
