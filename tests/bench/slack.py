"""Slack: requests and presses beside a bare Bolt handler of the same run; the outbox with and without pacing."""

import asyncio
import itertools
import json
import statistics
import sys
import time
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from functools import cache, partial
from pathlib import Path
from urllib.parse import quote

from adapters.app import CONTENT, furnish
from adapters.delivery import Delivery
from adapters.slack.assembly import assembled
from bot import cards
from bot.bot import Bot
from bot.cards import Card, say
from bot.settings import Delivery as Limits
from storage import outbox, owed, places, schema
from storage.database import Tx
from storage.engines import open_database
from tests.bench.measured import Figure
from tests.bench.slack_server import settings_of
from tests.bench.wire import closed_loop, fast_slack, open_loop

COUNT, ROUNDS, AT_ONCE = 2_000, 3, 32
STEADY, SECONDS = 300, 10
MESSAGES = 6_000
PACED_PER_MINUTE, PACED_SECONDS = 1_200, 20
NEVER = 100_000
EXAMPLES = CONTENT / "packs" / "tokyo" / "1.0.0" / "examples"


async def figures(folder: Path) -> list[Figure]:
    """Everything the chat at the counter waits for, and what the organisation is sent."""
    posted: list[float] = []
    server, api = await fast_slack(posted)
    rounds = [await _round(folder / f"slack{i}.db", api) for i in range(ROUNDS)]
    middle = {name: statistics.median(r[name] for r in rounds) for name in rounds[0]}
    free = await _outbox(folder / "free.db", api, posted, count=MESSAGES, per_minute=NEVER, per_channel=1_000)
    paced, above = await _paced(folder / "paced.db", api, posted)
    server.close()
    beside = f"{middle['bare command']:,.0f}/s, p99 {middle['bare p99']:.1f} ms a bare Bolt handler"
    ratio, pressed = (middle[k] / middle[b] for k, b in (("command", "bare command"), ("press", "bare press")))
    return [
        Figure("Slack: /kizuki to a durable draft", f"{ratio:.2f} × ({middle['command']:,.0f}/s)", "≥ 0.35 ×", beside),
        Figure(f"  at {STEADY}/s, p99", f"{middle['p99']:.1f} ms", "≤ 50 ms", f"{middle['bare p99']:.1f} ms bare"),
        Figure(
            "Slack: a press, to the card in its place",
            f"{pressed:.2f} × ({middle['press']:,.0f}/s)",
            "≥ 0.5 ×",
            f"{middle['bare press']:,.0f}/s bare",
        ),
        Figure("Slack: outbox before pacing", f"{free:,.0f}/s", "≥ 1,500/s"),
        Figure("  with pacing, of the limit", f"{paced:.1%}, {above} above it", "≥ 98 %, 0"),
    ]


async def _round(database: Path, api: str) -> dict[str, float]:
    found: dict[str, float] = {}
    hooks = api.removesuffix("api/") + "respond"
    for kind, mark in (("bare", "bare "), ("kizuki", "")):
        async with _served(kind, database, api) as port:
            command = partial(_command, hooks)
            await closed_loop(port, map(command, range(10**6, 10**6 + 100)), at_once=4)
            found[f"{mark}command"] = await closed_loop(port, map(command, range(COUNT)), at_once=AT_ONCE)
            presses = (_press(i, hooks) for i in range(COUNT))
            found[f"{mark}press"] = await closed_loop(port, presses, at_once=AT_ONCE)
            steady = partial(_steady, hooks)
            taken = await open_loop(port, steady, per_second=STEADY, seconds=SECONDS)
            found[f"{mark}p99"] = statistics.quantiles(taken, n=100)[98] * 1000
    return found


@asynccontextmanager
async def _served(kind: str, database: Path, api: str) -> AsyncIterator[int]:
    """A server in a process of its own; this loop goes on answering it as Slack while it starts."""
    command = [sys.executable, "-m", "tests.bench.slack_server", kind, str(database), api]
    process = await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE)
    assert process.stdout is not None
    assert process.stdin is not None
    yield int(await process.stdout.readline())
    process.stdin.close()
    await process.wait()


@cache
def texts() -> list[str]:
    """What people write: the pack's Japanese examples, as different from one another as real notes."""
    lines = (line for file in sorted(EXAMPLES.glob("*.jsonl")) for line in file.read_text().splitlines())
    found = (json.loads(line) for line in lines)
    return [e["text"] for e in found if e["lang"] == "ja" and e.get("style") == "chat"]


def _command(hooks: str, number: int) -> bytes:
    text = quote(f"{texts()[number % len(texts())]} {number}")
    return (
        f"token=x&team_id=T1&team_domain=test&channel_id=C1&channel_name=madoguchi&user_id=U1&user_name=hanako"
        f"&command=%2Fkizuki&text={text}&api_app_id=A1&is_enterprise_install=false"
        f"&response_url={quote(hooks, safe='')}&trigger_id={number}.1.a"
    ).encode()


def _steady(hooks: str, number: int) -> bytes:
    return _command(hooks, number + 10**7)


def _press(number: int, hooks: str) -> bytes:
    """The press that confirms the draft of so many commands before."""
    boxes = {"type": "checkboxes", "selected_options": [{"value": "1"}, {"value": "2"}]}
    payload = {
        "type": "block_actions",
        "user": {"id": "U1", "team_id": "T1"},
        "team": {"id": "T1", "domain": "test"},
        "channel": {"id": "C1", "name": "madoguchi"},
        "container": {"type": "message", "message_ts": "1.1", "channel_id": "C1", "is_ephemeral": True},
        "trigger_id": f"{number}.2.b",
        "response_url": hooks,
        "state": {"values": {"numbers": {"v": boxes}}},
        "actions": [
            {
                "type": "button",
                "action_id": "note.confirm:6-0",
                "block_id": "b",
                "value": str(number + 101),
                "action_ts": f"1700000000.{number:06d}",
            }
        ],
    }
    return b"payload=" + quote(json.dumps(payload)).encode()


async def _paced(path: Path, api: str, posted: list[float]) -> tuple[float, int]:
    """The share of the limit that was used, and how many messages went above it in any sliding minute."""
    count = PACED_PER_MINUTE * PACED_SECONDS // 60
    start = len(posted)
    per_second = await _outbox(path, api, posted, count=count, per_minute=PACED_PER_MINUTE, per_channel=1_000)
    sent = posted[start:]
    window = PACED_PER_MINUTE // 60
    # Looked at by the second, which is stricter than Slack's minute.
    above = sum(1 for a, b in zip(sent, itertools.islice(sent, window, None), strict=False) if b - a < 0.95)
    return per_second / (PACED_PER_MINUTE / 60), above


async def _outbox(
    path: Path, api: str, posted: list[float], *, count: int, per_minute: int, per_channel: float
) -> float:
    """Messages a second from the database to the wire, each to a channel of its own."""
    settings = settings_of(path, api, per_minute=per_minute, per_channel=per_channel)
    settings = settings.model_copy(update={"delivery": Limits(at_once=100)})
    schema.upgrade(settings.database)
    database = open_database(settings.database)
    await database.transact(lambda tx: _owe(tx, count))
    bot = Bot(furnish(settings), database, lambda: datetime.now(settings.zone))
    assert settings.platforms.slack
    platform = assembled(bot, database, settings.platforms.slack)
    await platform.start()
    delivery = Delivery(database, {"slack": platform}, settings, bot.now)
    before, started = len(posted), time.perf_counter()
    delivery.start()
    while len(posted) - before < count:
        await asyncio.sleep(0.02)
    taken = time.perf_counter() - started
    await delivery.close()
    await platform.close()
    states = database.read_now(owed.counts)
    assert dict(states) == {"sent": count}, states
    database.close()
    return count / taken


def _owe(tx: Tx, count: int) -> None:
    text = "今日の行動規範：利用者の目で見ると、手続きのどこで迷うかが分かります。"
    body = outbox.body(tx, "bench", cards.dump(Card((say(text),), text)), at=1)
    for number in range(count):
        address = {"enterprise": "", "team": "T1", "channel": f"C{number}"}
        place = places.save(tx, platform="slack", ext_id=f"T1:C{number}", private=False, address=address)
        outbox.post(tx, f"bench:{number}", body, due_at=1, place_id=place)
