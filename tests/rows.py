"""The rows of a database, for comparing two of them."""

from hashlib import sha256
from typing import Any

from sqlmodel import SQLModel

from storage.database import Tx

TABLES = sorted(SQLModel.metadata.tables)


def rows(tx: Tx, sql: str) -> list[tuple[Any, ...]]:
    """What a query finds."""
    tx.cursor.execute(sql)
    return [tuple(row) for row in tx.cursor.fetchall()]


def digest(tx: Tx) -> str:
    """One text for all rows of all tables: equal where the databases hold the same."""
    found = sha256()
    for table in TABLES:
        for row in sorted(map(repr, rows(tx, f'select * from "{table}"'))):
            found.update(f"{table}{row}\n".encode())
    return found.hexdigest()
