"""Fixtures: the small organisation at work in a local Teams, on both databases."""

from collections.abc import AsyncIterator
from datetime import datetime

import pytest

from bot.turn import House
from storage.database import Database
from tests.conftest import MORNING
from tests.teams.desk import Desk
from tests.teams.office import Office
from tests.teams.server import LocalTeams


@pytest.fixture
async def hasty(house: House, database: Database) -> AsyncIterator[Office]:
    """The same, with no patience for answers that Teams does not take at once; its faults are not looked at."""
    found = await Office.begin(house, database, now=datetime.fromisoformat(MORNING), patience=0.0)
    yield found
    await found.close()


@pytest.fixture
async def office(house: House, database: Database) -> AsyncIterator[Office]:
    """A Tuesday morning in Teams. Limits are off, so that a quick test is not a fast bot."""
    found = await Office.begin(house, database, now=datetime.fromisoformat(MORNING))
    found.teams.limits.off()
    yield found
    await found.close()
    assert found.teams.faults == [], "Teams would not have shown this"


@pytest.fixture
async def targeted(house: House, database: Database) -> AsyncIterator[Office]:
    """The same, with answers in channels that only one person sees."""
    found = await Office.begin(house, database, now=datetime.fromisoformat(MORNING), targeted=True)
    found.teams.limits.off()
    yield found
    await found.close()
    assert found.teams.faults == [], "Teams would not have shown this"


@pytest.fixture
async def telling(house: House, database: Database) -> AsyncIterator[Office]:
    """The same, where Teams tells what people have read."""
    found = await Office.begin(house, database, now=datetime.fromisoformat(MORNING), receipts=True)
    found.teams.limits.off()
    yield found
    await found.close()
    assert found.teams.faults == [], "Teams would not have shown this"


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    """A Teams with a bot."""
    async with LocalTeams() as teams:
        found = Desk(teams)
        await found.start()
        yield found
        await found.stop()
