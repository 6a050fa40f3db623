"""What a replica says of itself: that it lives, why it takes no requests, and figures in which nobody is named."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer
from prometheus_client.parser import text_string_to_metric_families
from pydantic import ValidationError

from adapters.app import Application, build
from adapters.operations import health
from adapters.operations.figures import PLATFORMS
from bot import trace
from bot.dispatch import ACTIONS
from bot.events import Command, Handle, Joined, Place, Press
from bot.schedule import millis
from bot.settings import Quiet, Schedule, Server, Settings
from bot.turn import House
from storage import outbox
from storage.database import Tx
from tests.databases import Kept, filled
from tests.operations.served import inhabited
from tests.talk import resettled

TOKEN = "0123456789abcdef-scraper"
NASTY = '極秘"の\n相談{x="y"}'
# Whatever time it is when this runs, nothing is due.
RARE = {
    "daily": Schedule(cron="0 9 29 2 *", days="working", grace=timedelta(minutes=1)),
    "tidy": Schedule(cron="* * * * *", grace=timedelta(minutes=1)),
}
OUTCOMES = {"done", "duplicate", "refused", "busy", "broken"}
ENDED = {"done", "nothing", "failed"}


@pytest.fixture
async def settings_for(kept: Kept, tmp_path: Path, settings: Settings) -> Settings:
    """What app.yaml says: figures for whoever has the token."""
    url = await filled(kept, "inhabited", tmp_path, inhabited)
    server = Server(port=0, metrics=True, metrics_token=TOKEN)
    update = {"database": url, "server": server, "quiet": Quiet(start="00:00", end="00:00"), "schedules": RARE}
    return settings.model_copy(update=update)


@asynccontextmanager
async def running(house: House, settings: Settings) -> AsyncIterator[tuple[Application, "TestClient[Any, Any]"]]:
    """A started application, and somebody who asks it."""
    application = build(resettled(house, settings))
    async with TestClient(TestServer(application.web())) as client:
        try:
            await application.start()
            yield application, client
        finally:
            await application.close()


async def ready(client: "TestClient[Any, Any]") -> tuple[int, str]:
    """What /readyz says."""
    answer = await client.get("/readyz")
    return answer.status, (await answer.json())["reason"]


async def figures(client: "TestClient[Any, Any]", token: str = TOKEN) -> str:
    """What /metrics says."""
    answer = await client.get("/metrics", headers={"Authorization": f"Bearer {token}"})
    assert answer.status == 200
    return await answer.text()


async def test_it_is_ready_once_it_began_and_not_when_it_stops(house: House, settings_for: Settings) -> None:
    application = build(resettled(house, settings_for))
    async with TestClient(TestServer(application.web())) as client:
        assert await ready(client) == (503, "starting")
        assert (await client.get("/healthz")).status == 200
        await application.start()
        assert await ready(client) == (200, "")
        application.health.phase = "stopping"
        assert await ready(client) == (503, "stopping")
        assert (await client.get("/healthz")).status == 200, "it lives until it has ended"
        await application.close()


async def test_every_part_that_stands_still_is_named(
    house: House, settings_for: Settings, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    async with running(house, settings_for) as (application, client):
        assert await ready(client) == (200, "")
        with monkeypatch.context() as patched:
            patched.setattr(application.delivery, "_looked", application.delivery._looked - 61)
            patched.setattr(application.delivery, "_step", asyncio.Event().wait)
            assert await ready(client) == (503, "outbox")
        application.delivery._looked += 1_000
        scheduler = application.clock._scheduler
        with monkeypatch.context() as patched:
            job = scheduler.get_jobs()[0]
            patched.setattr(job, "next_run_time", job.next_run_time - timedelta(days=40))
            patched.setattr(scheduler, "get_jobs", lambda: [job])
            assert await ready(client) == (503, "clock")
        assert await ready(client) == (200, "")
        await application.database.transact(lambda tx: _run(tx, "update alembic_version set version_num = '0001'"))
        assert await ready(client) == (503, "schema")
        await application.database.transact(lambda tx: _run(tx, "drop table alembic_version"))
        assert await ready(client) == (503, "database")
        assert "kizuki_ready 0.0" in await figures(client)
    assert "not ready: schema" in caplog.text
    assert caplog.text.count("not ready: database") == 1, "told once, however often it is asked"


async def test_a_database_that_does_not_answer_is_not_waited_for(
    house: House, settings_for: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running(house, settings_for) as (application, client):
        monkeypatch.setattr(health, "PATIENCE_S", 0.05)
        monkeypatch.setattr(application.health, "_database", Silent())
        assert await ready(client) == (503, "database")
        assert "kizuki_outbox_waiting{" not in await figures(client), "nothing is said of what is not known"


async def test_figures_only_for_whoever_has_the_token(house: House, settings_for: Settings) -> None:
    async with running(house, settings_for) as (_, client):
        for wrong in (
            {},
            {"Authorization": f"Bearer {TOKEN}x"},
            {"Authorization": TOKEN},
            {"Authorization": "Bearer é"},
        ):
            assert (await client.get("/metrics", headers=wrong)).status == 401
        assert (await client.get(f"/metrics?token={TOKEN}")).status == 401
        assert "kizuki_ready 1.0" in await figures(client)
    server = settings_for.server.model_copy(update={"metrics": False})
    async with running(house, settings_for.model_copy(update={"server": server})) as (application, client):
        assert (await client.get("/metrics")).status == 404
        assert application.figures is None
        assert await ready(client) == (200, "")


def test_a_token_that_could_be_guessed_is_refused() -> None:
    with pytest.raises(ValidationError, match="is shorter than 16 characters"):
        Server.model_validate({"metrics": "on", "metrics_token": "secret"})
    assert Server.model_validate({"metrics": "on", "logs": "json"}).metrics
    assert not Server.model_validate({"metrics": "off"}).metrics


async def test_no_label_names_a_person_a_unit_a_text_or_a_key(house: House, settings_for: Settings) -> None:
    async with running(house, settings_for) as (application, client):
        await _all_sorts(application)
        for address in PAGES_ASKED:
            await client.get(address)
        await client.request("SODAN", "/dashboard/notes")
        found = await figures(client)
        for name in ("hanako", "taro", "madoguchi", '"1010"', "極秘", "相談", "番号札", "key-", "dm:"):
            assert name not in found
        jobs = set(map(str, settings_for.schedules))
        known = {
            "platform": {*PLATFORMS},
            "action": {*(f"press {a}" for a in ACTIONS), "press ?", "command ?", "opened", "joined", "left"}
            | {f"command {name}" for name in trace.COMMANDS}
            | {"page GET /dashboard/notes", "page GET /dashboard/units/{code}", "page GET /dashboard/in/{secret}"}
            | {"page GET /dashboard", "page GET /dashboard/", "page ?"},
            "status": {"2xx", "3xx", "4xx"},
            "outcome": OUTCOMES | ENDED | {"undone", "sent", "later", "gone"},
            "job": jobs,
            "kind": {"read", "write", "study"},
        }
        for sample in _samples(found):
            if not sample.name.startswith("kizuki_"):
                assert set(sample.labels) <= {"generation", *PYTHON}
                continue
            for label, value in sample.labels.items():
                assert label == "le" or value in known[label], (sample.name, label, value)


async def test_everything_is_counted_that_was_done(house: House, settings_for: Settings) -> None:
    async with running(house, settings_for) as (application, client):
        await _all_sorts(application)
        for address in PAGES_ASKED:
            await client.get(address, allow_redirects=False)
        await application.bot.tick("daily", datetime(2026, 11, 24, 9, tzinfo=settings_for.zone))
        found = {(s.name, *sorted(s.labels.values())): s.value for s in _samples(await figures(client))}
        assert found["kizuki_requests_seconds_count", "command kizuki", "done", "playground"] == 1
        assert found["kizuki_requests_seconds_count", "command kizuki", "duplicate", "playground"] == 1
        assert found["kizuki_requests_seconds_count", "other", "press ?", "refused"] == 1
        hidden = "kizuki_requests_seconds_count", "other", "press pulse.answer", "refused"
        assert found[hidden] == 1, "few may use a platform: which it was could tell who it was"
        assert found["kizuki_pages_seconds_count", "4xx", "page GET /dashboard/notes"] == 2
        assert found["kizuki_pages_seconds_count", "3xx", "page GET /dashboard"] == 1
        assert found["kizuki_pages_seconds_count", "4xx", "page ?"] == 1
        assert found["kizuki_suggestions_seconds_count",] >= 1
        assert found["kizuki_ticks_seconds_count", "daily", "done"] == 1
        assert found["kizuki_survey_closes_seconds_count",] == 0
        assert found["kizuki_database_seconds_count", "done", "write"] > 2
        assert found["kizuki_database_wait_seconds_count", "write"] > 2
        assert found["process_resident_memory_bytes",] > 1_000_000


async def test_what_is_owed_is_told_by_platform(house: House, settings_for: Settings) -> None:
    async with running(house, settings_for) as (application, client):
        await application.delivery.close()
        now = millis(application.bot.now())
        await application.database.transact(lambda tx: _owe(tx, now))
        found = {(s.name, *s.labels.values()): s.value for s in _samples(await figures(client))}
        owed = {k: v for k, v in found.items() if k[0].startswith("kizuki_outbox") and v}
        oldest = owed.pop(("kizuki_outbox_oldest_seconds", "playground"))
        assert 299 < oldest < 330
        assert owed == {
            ("kizuki_outbox_waiting", "playground"): 4,
            ("kizuki_outbox_late", "playground"): 2,
            ("kizuki_outbox_parked", "playground"): 1,
            ("kizuki_outbox_waiting", "other"): 1,
        }


async def test_messages_that_were_sent_are_counted(house: House, settings_for: Settings) -> None:
    async with running(house, settings_for) as (application, client):
        before = millis(application.bot.now())

        def owe(tx: Tx) -> None:
            outbox.post(tx, "k:1", outbox.body(tx, "b", CARD, at=1), due_at=before, place_id=_chat(tx))

        await application.database.transact(owe)
        async with asyncio.timeout(10):
            while 'kizuki_outbox_sent_total{platform="playground"} 1.0' not in await figures(client):
                await asyncio.sleep(0.02)
        assert 'kizuki_sends_seconds_count{outcome="sent",platform="playground"} 1.0' in await figures(client)


PAGES_ASKED = (
    "/dashboard",
    "/dashboard/notes?q=相談",
    "/dashboard/notes?q=極秘",
    "/dashboard/units/1010",
    "/dashboard/in/" + "key-" * 10,
    "/dashboard/極秘",
)


class Silent:
    """A database that takes every question and answers none."""

    async def read(self, _: object) -> None:
        await asyncio.Event().wait()


CARD = '{"blocks":[],"summary":"あなたへ","lang":"ja"}'
PYTHON = {"implementation", "major", "minor", "patchlevel", "version"}


async def _all_sorts(application: Application) -> None:
    """What people do, what forged requests do, and what nobody foresaw."""
    here = Place("playground", "dm:hanako", private=True)
    hanako = Handle("playground", "hanako")
    first = Command("key-1", hanako, here, "kizuki", f"番号札の紙がない {NASTY}")
    elsewhere = Place(NASTY, NASTY)
    for event in (
        first,
        first,
        Command("key-2", hanako, here, NASTY, NASTY),
        Press("key-3", Handle(NASTY, NASTY), elsewhere, NASTY, NASTY, {}),
        Press("key-4", hanako, here, "note.confirm", NASTY, {NASTY: (NASTY,)}),
        Press("key-5", hanako, here, "pulse.answer", NASTY, {}),
        Joined("key-6", elsewhere, NASTY),
    ):
        await application.bot.handle(event)


def _samples(found: str) -> list[Any]:
    return [sample for family in text_string_to_metric_families(found) for sample in family.samples]


def _owe(tx: Tx, now: int) -> None:
    """Four that wait, one for later and one only just due; one that was given up; one that can be sent nowhere."""
    body = outbox.body(tx, "b", CARD, at=1)
    tx.cursor.execute("select id from person where number = 'hanako'")
    person = int(tx.cursor.fetchone()[0])
    outbox.post(tx, "k:1", body, due_at=now - 300_000, place_id=_chat(tx))
    outbox.post(tx, "k:2", body, due_at=now - 70_000, person_id=person)
    outbox.post(tx, "k:3", body, due_at=now + 70_000, person_id=person)
    outbox.post(tx, "k:4", body, due_at=now - 900_000, person_id=person)
    outbox.post(tx, "k:5", body, due_at=now + 70_000)
    outbox.post(tx, "k:7", body, due_at=now - 5_000, person_id=person)
    outbox.post(tx, "k:6", body, due_at=now - 900_000, person_id=person)
    tx.cursor.execute("update outbox set state = 'parked' where key = 'k:4'")
    tx.cursor.execute("update outbox set state = 'sent' where key = 'k:6'")


def _chat(tx: Tx) -> int:
    tx.cursor.execute("select id from place where ext_id = 'dm:hanako'")
    return int(tx.cursor.fetchone()[0])


def _run(tx: Tx, sql: str) -> None:
    tx.cursor.execute(sql)
