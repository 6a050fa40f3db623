"""Fixtures: a furnished house, a migrated empty database on each backend, and a conversation to hold on it."""

import gc
import os
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from adapters.app import furnish
from bot.organisation import Organisation
from bot.platforms import Platforms
from bot.settings import Settings
from bot.turn import House
from storage.database import Database
from storage.engines import open_database
from tests import databases, shipped
from tests.databases import MIGRATED, Files, Kept, Server
from tests.talk import Talk

databases.in_memory()
shipped.read_once()

# Models are trained once for all tests, also for those that start a process of their own somewhere else.
os.environ.setdefault("KIZUKI_CACHE", str(Path(__file__).parents[1] / "var" / "cache"))

# A Tuesday morning, the day after a national holiday.
MORNING = "2026-11-24T10:00:00+09:00"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Golden files are rewritten on request, and then looked at."""
    parser.addoption("--update-golden", action="store_true", help="rewrite golden files")


def pytest_collection_finish() -> None:
    """Have the collector of garbage leave alone what lasts as long as the session: modules, and every test there is."""
    gc.collect()
    gc.freeze()


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
    return replace(furnish(settings), pulse_key=b"a key for tests, known to everybody")


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """A real PostgreSQL server; its URL without a database's name."""
    with databases.server() as uri:
        yield uri


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty SQLite file, for copying."""
    file = tmp_path_factory.mktemp("migrated") / "kizuki.db"
    databases.migrated(f"sqlite:///{file}")
    return file


@pytest.fixture(scope="session")
def sqlite_kept(tmp_path_factory: pytest.TempPathFactory) -> Files:
    """SQLite files to be copied."""
    return Files(tmp_path_factory.mktemp("kept"))


@pytest.fixture(scope="session")
def postgres_kept(postgres: str) -> Server:
    """PostgreSQL databases to be copied."""
    return Server(postgres)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def kept(request: pytest.FixtureRequest) -> Kept:
    """Databases to be copied, on each backend in turn."""
    found: Kept = request.getfixturevalue(f"{request.param}_kept")
    return found


@pytest.fixture
def database_url(kept: Kept, tmp_path: Path) -> str:
    """The URL of a migrated, empty database, on each backend in turn."""
    return kept.copy(MIGRATED, tmp_path)


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
