"""Teams: a press, proved, done durably and answered with the card in its place, beside botbuilder's bare echo."""

import asyncio
import json
import statistics
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

from tests.bench.measured import Figure
from tests.bench.slack import texts
from tests.bench.teams_wire import Far
from tests.bench.wire import closed_loop, open_loop

COUNT, ROUNDS, AT_ONCE = 2_000, 3, 32
STEADY, SECONDS = 300, 10


async def figures(folder: Path) -> list[Figure]:
    """What a press costs."""
    far = Far()
    server = await far.start()
    rounds = [await _round(folder / f"teams{i}.db", far) for i in range(ROUNDS)]
    server.close()
    middle = {name: statistics.median(r[name] for r in rounds) for name in rounds[0]}
    ratio = middle["press"] / middle["bare press"]
    return [
        Figure(
            "Teams: a press, to the card in its place",
            f"{ratio:.2f} × ({middle['press']:,.0f}/s)",
            "≥ 0.6 ×",
            f"{middle['bare press']:,.0f}/s botbuilder's bare echo",
        ),
        Figure(f"  at {STEADY}/s, p99", f"{middle['p99']:.1f} ms", "≤ 50 ms", f"{middle['bare p99']:.1f} ms bare"),
    ]


async def _round(database: Path, far: Far) -> dict[str, float]:
    found: dict[str, float] = {}
    wrap = far.proved()
    total = COUNT + STEADY * SECONDS
    for kind, mark in (("bare", "bare "), ("kizuki", "")):
        async with _served(kind, database, far) as port:
            if kind == "kizuki":
                await closed_loop(port, map(partial(_words, far), range(total)), at_once=AT_ONCE, wrap=wrap)
                await _quiet(far)
            presses = map(partial(_press, far), range(COUNT))
            found[f"{mark}press"] = await closed_loop(port, presses, at_once=AT_ONCE, wrap=wrap)
            await _quiet(far)
            later = partial(_later, far)
            taken = await open_loop(port, later, per_second=STEADY, seconds=SECONDS, wrap=wrap)
            found[f"{mark}p99"] = statistics.quantiles(taken, n=100)[98] * 1000
    return found


async def _quiet(far: Far) -> None:
    """Wait until everything that is shown behind an answer was shown."""
    seen = -1
    while seen != len(far.calls):
        seen = len(far.calls)
        await asyncio.sleep(1)


@asynccontextmanager
async def _served(kind: str, database: Path, far: Far) -> AsyncIterator[int]:
    """A server in a process of its own; this loop goes on answering it as Microsoft while it starts."""
    command = [sys.executable, "-m", "tests.bench.teams_server", kind, str(database), far.url]
    process = await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE)
    assert process.stdout is not None
    assert process.stdin is not None
    process.stdin.write(json.dumps(far.keys).encode() + b"\n")
    yield int(await process.stdout.readline())
    process.stdin.close()
    await process.wait()


def _words(far: Far, number: int) -> bytes:
    """A note in words, whose draft is confirmed afterwards."""
    said = f"{texts()[number % len(texts())]} {number}"
    return json.dumps(far.activity(number, type="message", text=said)).encode()


def _press(far: Far, number: int) -> bytes:
    """The press that confirms a draft."""
    data = {"a": "note.confirm", "v": str(number + 1), "m:numbers": "1,2", "c:kind": "notice"}
    action = {"type": "Action.Execute", "verb": "note.confirm", "data": data}
    value = {"action": action, "trigger": "manual"}
    more = {"type": "invoke", "name": "adaptiveCard/action", "replyToId": "1", "value": value}
    return json.dumps(far.activity(number + 10**6, **more)).encode()


def _later(far: Far, number: int) -> bytes:
    return _press(far, number + COUNT)
