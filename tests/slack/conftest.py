"""Fixtures: the small organisation at work in a local Slack, over both transports and on both databases."""

from collections.abc import AsyncIterator
from datetime import datetime

import pytest

from bot.turn import House
from storage.database import Database
from tests.conftest import MORNING
from tests.slack.office import Office, Transport


@pytest.fixture(params=["http", "socket"])
def transport(request: pytest.FixtureRequest) -> Transport:
    """How Slack reaches kizuki."""
    found: Transport = request.param
    return found


@pytest.fixture
async def hasty(house: House, database: Database, transport: Transport) -> AsyncIterator[Office]:
    """The same, with no patience for answers that Slack does not take at once."""
    now = datetime.fromisoformat(MORNING)
    found = await Office.begin(house, database, now=now, transport=transport, patience=0.0)
    yield found
    await found.close()


@pytest.fixture
async def office(house: House, database: Database, transport: Transport) -> AsyncIterator[Office]:
    """A Tuesday morning in Slack."""
    found = await Office.begin(house, database, now=datetime.fromisoformat(MORNING), transport=transport)
    yield found
    await found.close()
    assert found.slack.faults == [], "Slack would not have shown this"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Transport and database know nothing of each other: three of their four pairs are enough."""
    spare = {item for item in items if "tests/slack" in str(item.path) and _is_fourth(item)}
    config.hook.pytest_deselected(items=list(spare))
    items[:] = [item for item in items if item not in spare]


def _is_fourth(item: pytest.Item) -> bool:
    chosen = item.callspec.params if hasattr(item, "callspec") else {}
    return chosen.get("transport") == "socket" and "postgres" in chosen.values()
