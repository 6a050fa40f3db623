"""Stopping loses nothing: a real process under load, asked to stop and killed, on both databases."""

import asyncio
import signal
from pathlib import Path
from time import monotonic

import pytest
from aiohttp import ClientSession

from adapters.app import FINISH_S
from tests.databases import Kept, filled
from tests.operations.served import Served, crowd, inhabited, rows, served, settled

NOTES = "select text from note"


@pytest.fixture
async def url(kept: Kept, tmp_path: Path) -> str:
    """A database with a small organisation, named in an app.yaml."""
    found = await filled(kept, "inhabited", tmp_path, inhabited)
    settled(tmp_path, found)
    return found


async def test_asked_to_stop_under_load_it_answers_what_it_took_and_gives_back_what_it_held(
    url: str, tmp_path: Path
) -> None:
    async with served(tmp_path) as server, crowd(url, lambda: server.address) as people, ClientSession() as session:
        window = await session.get(f"{server.address}/playground/api/events?as=hanako")
        while len(people.stored) < 60:
            await asyncio.sleep(0.02)
        asked = monotonic()
        assert await server.ended(signal.SIGTERM) == 0
        assert monotonic() - asked < FINISH_S, "an open window is not waited for"
        window.close()
    assert set(people.answers) == {200}, "nobody was told of a failure"
    assert {text for (text,) in rows(url, NOTES)} >= set(people.stored)
    assert rows(url, "select count(*) from outbox where state = 'leased'") == [(0,)]
    assert rows(url, "select count(*) from lease") == [(0,)], "another replica delivers at once"
    assert "Traceback" not in server.logged
    assert "broken" not in server.logged


async def test_killed_under_load_and_started_again_it_has_all_it_confirmed(url: str, tmp_path: Path) -> None:
    now: list[Served] = []
    async with crowd(url, lambda: now[-1].address if now else "http://127.0.0.1:9") as people:
        for _ in range(2):
            async with served(tmp_path) as server:
                now.append(server)
                before = len(people.stored)
                while len(people.stored) < before + 40:
                    await asyncio.sleep(0.02)
                assert await server.ended(signal.SIGKILL) == -signal.SIGKILL
    stored = [text for (text,) in rows(url, NOTES)]
    assert set(stored) >= set(people.stored)
    assert len(stored) == len(set(stored)), "nothing was stored twice"
    owed = rows(url, "select count(*) from outbox where key like 'note:%'")
    assert owed[0][0] >= len(people.stored), "every note has its message, sent or still owed"
