"""PostgreSQL, for many replicas: a pool of connections, one transaction per work."""

import asyncio
import random
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import psycopg
import sqlalchemy
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from storage.database import STUDENTS, Busy, Database, T, Tx, Work

POOL = 8
CLASHES = 5


class PostgresDatabase(Database):
    """Works run in threads; a deadlock or serialisation clash is tried again from the start."""

    def __init__(self, url: str) -> None:
        super().__init__(url, readers=POOL)
        connections = 2 * POOL + STUDENTS
        self._engine = sqlalchemy.create_engine(url, pool_size=connections, max_overflow=0, pool_pre_ping=True)
        self._writers = ThreadPoolExecutor(POOL, thread_name_prefix="write")

    async def transact(self, work: Work[T]) -> T:
        loop = asyncio.get_running_loop()
        result, announced = await loop.run_in_executor(self._writers, self._attempt, work)
        if announced:
            self._announce(loop)
        return result

    def read_now(self, work: Work[T]) -> T:
        with self._connection() as connection:
            cursor = connection.cursor()
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            return work(Tx(cursor, self._engine.dialect))

    def close(self) -> None:
        self._writers.shutdown(wait=True)
        super().close()
        self._engine.dispose()

    def _attempt(self, work: Work[T]) -> tuple[T, bool]:
        for attempt in range(1, CLASHES + 1):
            try:
                return self._once(work)
            except (psycopg.errors.DeadlockDetected, psycopg.errors.SerializationFailure) as clash:
                if attempt == CLASHES:
                    raise Busy(type(clash).__name__) from None
                time.sleep(random.uniform(0, 0.02 * attempt))
        raise AssertionError("unreachable")

    def _once(self, work: Work[T]) -> tuple[T, bool]:
        with self._connection() as connection:
            tx = Tx(connection.cursor(), self._engine.dialect)
            result = work(tx)
            connection.commit()
            return result, tx.announced

    @contextmanager
    def _connection(self) -> Iterator[Any]:
        try:
            connection = self._engine.raw_connection()
        except (OperationalError, PoolTimeout) as fault:
            raise Busy(type(fault).__name__) from None
        try:
            yield connection
        except (psycopg.OperationalError, psycopg.InterfaceError) as fault:
            if isinstance(fault, psycopg.errors.DeadlockDetected | psycopg.errors.SerializationFailure):
                raise
            raise Busy(type(fault).__name__) from None
        finally:
            connection.close()
