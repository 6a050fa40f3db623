"""The database's version: bring it up to date, or say in one sentence why it cannot be used.

Alembic is imported only to migrate: a server that merely looks at the version holds 11 MB less without it.
"""

from pathlib import Path
from typing import Any

import sqlalchemy
from sqlalchemy.engine import Connection

from storage.database import Tx
from storage.statements import Statement

MIGRATIONS = Path(__file__).parent / "migrations"
# Another replica's migration of a large file may take this long.
LOCK_WAIT_S = 60

_version = Statement(sqlalchemy.text("SELECT version_num FROM alembic_version"))


class Unfit(Exception):
    """The database is of another version than this program."""


def upgrade(url: str) -> tuple[str | None, str]:
    """Bring a database up to date in one transaction, wholly or not at all; returns its version before and after."""
    with connected(url) as connection:
        begin_alone(connection)
        before = current(connection)
        refuse_newer(before)
        migrate(connection)
        connection.commit()
    return before, head()


def check(url: str) -> None:
    """Raise `Unfit` unless a database has exactly this program's version."""
    with connected(url) as connection:
        found = current(connection)
    if found == head():
        return
    refuse_newer(found)
    state = "has no tables yet" if found is None else f"is at version {found}, this program needs {head()}"
    raise Unfit(f"The database {state}. Run `kizuki migrate` first.")


def version(tx: Tx) -> str:
    """The version of a database that has one."""
    return str(tx.value(_version))


def head() -> str:
    """The version this program needs."""
    return max(_known())


def _known() -> set[str]:
    """Every version there is a migration to: its file's name begins with it."""
    return {path.stem.partition("_")[0] for path in (MIGRATIONS / "versions").glob("[0-9]*.py")}


def refuse_newer(found: str | None) -> None:
    """Raise `Unfit` for a version this program does not know."""
    if found is not None and found not in _known():
        raise Unfit(f"The database is at version {found}, which is newer than this program. Update kizuki first.")


def connected(url: str) -> Connection:
    """A connection that ends when it is closed; the folder of an SQLite file is made."""
    path = url.removeprefix("sqlite:///")
    arguments: dict[str, Any] = {}
    if path != url:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        arguments = {"timeout": LOCK_WAIT_S}
    address = url.replace("postgresql://", "postgresql+psycopg://", 1)
    return sqlalchemy.create_engine(address, poolclass=_pool(), connect_args=arguments).connect()


def begin_alone(connection: Connection) -> None:
    """Begin the transaction; of two replicas that start together the second waits, then finds nothing left to do."""
    if connection.dialect.name == "postgresql":
        connection.execute(sqlalchemy.text("SELECT pg_advisory_xact_lock(4712202)"))
    else:
        # The driver begins nothing of its own before CREATE or ALTER: each would be committed at once.
        driver: Any = connection.connection.driver_connection
        driver.isolation_level = None
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def _pool() -> Any:
    return sqlalchemy.pool.NullPool


def current(connection: Connection) -> str | None:
    """The version a database is at; None where it has no tables yet."""
    if not sqlalchemy.inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(sqlalchemy.text("SELECT version_num FROM alembic_version")).scalar()


def migrate(connection: Connection, to: str = "head") -> None:
    """Bring a database to a version, within the transaction of the connection."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    command.upgrade(config, to)
