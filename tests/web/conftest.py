"""A conversation on SQLite alone, for what has nothing to do with the database."""

from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path

import pytest

from bot.turn import House
from storage.engines import open_database
from tests.conftest import MORNING
from tests.databases import MIGRATED, Files
from tests.talk import Talk


@pytest.fixture
async def talk_here(house: House, sqlite_kept: Files, tmp_path: Path) -> AsyncIterator[Talk]:
    """A small organisation to talk to, on a Tuesday morning."""
    database = open_database(sqlite_kept.copy(MIGRATED, tmp_path))
    yield await Talk.begin(house, database, now=datetime.fromisoformat(MORNING))
    database.close()
