"""The database's version: bring it up to date, or say in one sentence why it cannot be used."""

from pathlib import Path
from typing import Any

import sqlalchemy
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.engine import Connection

MIGRATIONS = Path(__file__).parent / "migrations"


class Unfit(Exception):
    """The database is of another version than this program."""


def upgrade(url: str) -> tuple[str | None, str]:
    """Bring a database up to date; returns its version before and after."""
    with _connected(url) as connection:
        before = _current(connection)
        _refuse_newer(before)
        if connection.dialect.name == "postgresql":
            # Two replicas that start together: the second waits here and finds nothing left to do.
            connection.execute(sqlalchemy.text("SELECT pg_advisory_xact_lock(4712202)"))
        command.upgrade(_config(connection), "head")
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
    found = ScriptDirectory(str(MIGRATIONS)).get_current_head()
    assert found is not None  # noqa: S101 - there is at least one migration
    return found


def _refuse_newer(current: str | None) -> None:
    known = {script.revision for script in ScriptDirectory(str(MIGRATIONS)).walk_revisions()}
    if current is not None and current not in known:
        raise Unfit(f"The database is at version {current}, which is newer than this program. Update kizuki first.")


def _connected(url: str) -> Connection:
    path = url.removeprefix("sqlite:///")
    if path != url:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
    engine = sqlalchemy.create_engine(url.replace("postgresql://", "postgresql+psycopg://", 1), poolclass=_pool())
    return engine.connect()


def _pool() -> Any:
    return sqlalchemy.pool.NullPool


def _current(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    return config
