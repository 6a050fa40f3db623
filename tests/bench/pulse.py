"""A survey that everybody answers within half a minute: each answer durable and counted once, and how long it took.

Everybody sends the form with three questions once, as Slack or Teams sends it, to a whole kizuki in a process of its
own; the load comes from this one, on the same machine. At the end the server is killed, not stopped: what it had
answered must be in the database.
"""

import asyncio
import math
import os
import shutil
import statistics
import sys
import time
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple

from tests.bench.measured import Figure
from tests.bench.pulse_load import Load
from tests.bench.pulse_server import house_of
from tests.bench.pulse_survey import Opened, Way, by_slack, by_teams, check, opened
from tests.bench.teams_wire import Far
from tests.bench.wire import fast_slack

SECONDS, EVERYBODY = 30, 54_046
AT_ONCE, LINES = 32, 256
# So many requests that store nothing come before those that count.
WARMING = 300


class Run(NamedTuple):
    """What was measured: seconds of each answer from when it was due, how long all took, CPU µs of an answer."""

    taken: list[float]
    lasted: float
    server: float
    load: float

    @property
    def rate(self) -> float:
        """Answers a second."""
        return len(self.taken) / self.lasted

    @property
    def p99(self) -> float:
        """Milliseconds."""
        return statistics.quantiles(self.taken, n=100)[98] * 1000


async def figures(folder: Path, staff: int) -> list[Figure]:
    """Everybody answers by Slack, then everybody by Teams."""
    slack, api = await fast_slack([])
    far = Far()
    teams = await far.start()
    house = house_of(folder / "pulse.db", api, far.url)
    survey = await opened(house, folder / "pulse.db", staff)
    told = f"{len(set(survey.seats.values())):,} groups"
    found = [Figure(f"Opening a survey of {staff:,} people: {told}", f"{survey.took:.1f} s")]
    for way in (by_slack(survey, house), by_teams(survey, house, far)):
        found += await _measured(way, survey, api, far.url)
    slack.close()
    teams.close()
    return found


async def _measured(way: Way, survey: Opened, api: str, far: str) -> list[Figure]:
    pace, count = EVERYBODY / SECONDS, len(survey.seats)
    bare, free, paced = (
        await _bare(way, count),
        await _kizuki(way, survey, api, far),
        await _kizuki(way, survey, api, far, pace),
    )
    late = "" if paced.lasted < count / pace + 1 else f", {paced.rate:,.0f}/s were reached"
    p50 = statistics.median(paced.taken) * 1000
    return [
        Figure(
            f"{way.name}: {count:,} people answer three questions, {pace:,.0f} a second, p99",
            f"{paced.p99:,.1f} ms (p50 {p50:,.1f}){late}",
            "≤ 250 ms",
            "each durable and counted once",
        ),
        Figure("  all of them in", f"{paced.lasted:.1f} s", f"{count / pace:.1f} s"),
        Figure(
            f"  as fast as it goes, {AT_ONCE} at once",
            f"{free.rate / bare.rate:.2f} × ({free.rate:,.0f}/s)",
            f"≥ {pace:,.0f}/s",
            f"{bare.rate:,.0f}/s a bare echo",
        ),
        Figure(
            "  CPU of an answer: server, load",
            f"{free.server:,.0f} µs, {free.load:,.0f} µs",
            f"≤ {1e6 / pace:,.0f} µs",
            f"{bare.server:,.0f} µs, {bare.load:,.0f} µs a bare echo",
        ),
    ]


async def _bare(way: Way, count: int) -> Run:
    async with _served(way.command, way.given) as (port, pid):
        return await _loaded(Load(port, way.bare, way.wrap, lines=AT_ONCE), count, pid)


async def _kizuki(way: Way, survey: Opened, api: str, far: str, pace: float = math.inf) -> Run:
    """One run on a copy of the database, and whether afterwards everything is there."""
    copy = survey.database.with_name("answered.db")
    for end in ("", ".key"):
        shutil.copy(f"{survey.database}{end}", f"{copy}{end}")
    async with _served(["tests.bench.pulse_server", "kizuki", str(copy), api, far]) as (port, pid):
        await Load(port, way.warming, way.wrap, lines=AT_ONCE).run(WARMING)
        lines = AT_ONCE if pace == math.inf else LINES
        run = await _loaded(Load(port, way.body, way.wrap, lines=lines), len(survey.seats), pid, pace)
    check(copy, survey)
    for left in copy.parent.glob("answered.db*"):
        left.unlink()
    return run


async def _loaded(load: "Load", count: int, pid: int, pace: float = math.inf) -> Run:
    """Send so many requests and see what they cost."""
    before, mine, started = _cpu(pid), time.process_time(), time.perf_counter()
    taken = await load.run(count, pace)
    lasted = time.perf_counter() - started
    server, own = _cpu(pid) - before, time.process_time() - mine
    return Run(taken, lasted, server / count * 1e6, own / count * 1e6)


def _cpu(pid: int) -> float:
    """The seconds of CPU that a process has used, all threads together."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@asynccontextmanager
async def _served(command: list[str], given: bytes = b"") -> AsyncIterator[tuple[int, int]]:
    """The port and id of a server in a process of its own, which is killed at the end."""
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", *command, stdin=PIPE, stdout=PIPE)
    assert process.stdout is not None
    assert process.stdin is not None
    process.stdin.write(given)
    try:
        yield int(await process.stdout.readline()), process.pid
    finally:
        process.kill()
        await process.wait()
