"""The database's version: bring it up to date, or say in one sentence why it cannot be used.

Alembic is imported only to migrate: a server that merely looks at the version holds 11 MB less without it.
"""

from pathlib import Path
from typing import Any

import sqlalchemy
from sqlalchemy.engine import Connection

MIGRATIONS = Path(__file__).parent / "migrations"
# Another replica's migration of a large file may take this long.
LOCK_WAIT_S = 60


class Unfit(Exception):
    """The database is of another version than this program."""


def upgrade(url: str) -> tuple[str | None, str]:
    """Bring a database up to date in one transaction, wholly or not at all; returns its version before and after."""
    with _connected(url) as connection:
        _begin_alone(connection)
        before = _current(connection)
        _refuse_newer(before)
        _migrate(connection)
        connection.commit()
    return before, head()


def check(url: str) -> None:
    """Raise `Unfit` unless a database has exactly this program's version."""
    with _connected(url) as connection:
        current = _current(connection)
    if current == head():
        return
    _refuse_newer(current)
    state = "has no tables yet" if current is None else f"is at version {current}, this program needs {head()}"
    raise Unfit(f"The database {state}. Run `kizuki migrate` first.")


def head() -> str:
    """The version this program needs."""
    return max(_known())


def _known() -> set[str]:
    """Every version there is a migration to: its file's name begins with it."""
    return {path.stem.partition("_")[0] for path in (MIGRATIONS / "versions").glob("[0-9]*.py")}


def _refuse_newer(current: str | None) -> None:
    if current is not None and current not in _known():
        raise Unfit(f"The database is at version {current}, which is newer than this program. Update kizuki first.")


def _connected(url: str) -> Connection:
    path = url.removeprefix("sqlite:///")
    arguments: dict[str, Any] = {}
    if path != url:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        arguments = {"timeout": LOCK_WAIT_S}
    address = url.replace("postgresql://", "postgresql+psycopg://", 1)
    return sqlalchemy.create_engine(address, poolclass=_pool(), connect_args=arguments).connect()


def _begin_alone(connection: Connection) -> None:
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


def _current(connection: Connection) -> str | None:
    if not sqlalchemy.inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(sqlalchemy.text("SELECT version_num FROM alembic_version")).scalar()


def _migrate(connection: Connection) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
