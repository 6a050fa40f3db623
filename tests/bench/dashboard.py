"""The pages at 54,046 staff: the first one by itself, and 50 requests a second from many people at once."""

import asyncio
import sys
import time
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from datetime import time as clock
from pathlib import Path
from random import Random
from typing import NamedTuple

from aiohttp import ClientSession, DummyCookieJar, web

from adapters import columns
from adapters.app import GIVE_WAY_S, furnish
from adapters.web.keeper import Keeper
from adapters.web.site import Site
from bot.bot import Bot
from bot.organisation import Organisation
from bot.platforms import Platforms
from bot.settings import Settings
from bot.sign_ins import hashed
from storage import pulses, roles, schema, sign_ins
from storage.database import Database, Tx
from storage.engines import open_database
from tests.bench import big, dashboard_things
from tests.bench.measured import Figure

HOST = "127.0.0.1"
PEOPLE, PER_SECOND, WARMING, SECONDS, READY = 300, 50, 10, 40, 20
ALL = "all:"
# What people open, and how often of a hundred times: every page there is.
VISITS = {
    "": 25,
    "principles/": 1,
    "principles/3": 9,
    "units/": 1,
    "units/{unit}": 15,
    "units/{unit}?view=now": 3,
    "notes": 8,
    "notes?q=窓口": 5,
    "notes?principle=3": 4,
    "kudos": 7,
    "pulse": 2,
    "pulse/{survey}": 3,
    "pulse/{survey}?unit={unit}": 2,
    "adoption": 3,
    "awards": 1,
    "figures": 1,
    "settings": 1,
}
# The same of those who look after everybody: one visitor in eleven.
OFFICE = {
    "units/{top}": 2,
    "adoption": 1,
    "recognition": 1,
    "announcements": 1,
    "announcements/1": 1,
    "reach": 1,
    "delivery": 1,
    "suggestions": 1,
}
OFFICERS = 5


class Visitor(NamedTuple):
    """Somebody who is signed in: their cookie, their unit, the unit above all and the newest survey."""

    cookie: str
    unit: str
    top: str
    survey: str

    def address(self, path: str) -> str:
        """Where a page is for them."""
        return path.format(unit=self.unit, top=self.top, survey=self.survey)


def _settings(database: str) -> Settings:
    organisation = Organisation(name={"ja": "試験"}, closed=("12-29..01-03",))
    return Settings(organisation=organisation, database=database, platforms=Platforms(playground=True))


def _now(config: Settings) -> datetime:
    return datetime.combine(big.UNTIL, clock(10), config.zone)


async def figures(folder: Path, staff: int) -> list[Figure]:
    """Fill a database unless there is one in the folder, then measure."""
    config = _settings(f"sqlite:///{folder}/big.db")
    fresh = not (folder / "big.db").exists()
    schema.upgrade(config.database)
    if fresh:
        big._filled(furnish(config), staff)
    database = open_database(config.database)
    if not await database.read(pulses.everything):
        await database.transact(lambda tx: dashboard_things.add(tx, furnish(config), big.UNTIL))
    columns.keep(config)
    visitors = await database.transact(lambda tx: _visitors(tx, config))
    database.close()
    async with _served(config.database) as address:
        first = await _one(address, "", visitors[0])
        # Whatever all see alike is made ready in the background, as it is after every start.
        await asyncio.sleep(READY)
        again = [await _one(address, "", visitor) for visitor in visitors[1:20]]
        # Figures that all see alike are worked out within the first seconds.
        await _load(address, visitors, WARMING)
        each, done = await _load(address, visitors, SECONDS)
    return [
        Figure("Dashboard: the first page, asked for at the moment of the start", f"{first * 1000:.0f} ms", "≤ 150 ms"),
        Figure("the same, some seconds later", f"{_at(again, 50):.0f} ms, p95 {_at(again, 95):.0f}", "≤ 150 ms"),
        Figure(f"Dashboard at {done / SECONDS:.0f} requests a second", _told(_all(each)), "p95 ≤ 150 ms"),
        *(Figure(f"  /{path} ({len(times)})", _told(times)) for path, times in sorted(each.items())),
    ]


def _visitors(tx: Tx, config: Settings) -> list[Visitor]:
    """People of many units, each of whom may read of their own; the first look after everybody."""
    at, day = round(_now(config).timestamp() * 1000), big.UNTIL.isoformat()
    tx.cursor.execute("select code from unit where parent_id is null order by code limit 1")
    (top,) = tx.cursor.fetchone()
    tx.cursor.execute("select code from pulse order by id desc limit 1")
    (survey,) = tx.cursor.fetchone()
    tx.cursor.execute(
        "select p.person_id, u.id, u.code from posting p join unit u on u.id = p.unit_id "
        f"where p.ends_on is null and p.person_id % 170 = 7 order by p.person_id limit {PEOPLE}"
    )
    found = []
    for n, (person, unit, code) in enumerate(tx.cursor.fetchall()):
        cookie = f"{person}-{time.time_ns()}"
        sign_ins.begin(tx, person, mark=hashed(cookie), form="f", how="link", at=at)
        whole = n < OFFICERS
        roles.add(tx, person, "secretariat" if whole else "manager", unit_id=None if whole else unit, starts_on=day)
        found.append(Visitor(cookie, code, top, survey))
    return found


@asynccontextmanager
async def _served(database: str) -> AsyncIterator[str]:
    """The pages in a process of their own."""
    command = (sys.executable, "-m", "tests.bench.dashboard", database)
    server = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    assert server.stdout
    port = int(await server.stdout.readline())
    try:
        yield f"http://{HOST}:{port}/dashboard/"
    finally:
        server.terminate()
        await server.wait()


async def _one(address: str, path: str, visitor: Visitor) -> float:
    async with ClientSession(cookie_jar=DummyCookieJar()) as session:
        return await _opened(session, address, path, visitor)


async def _opened(session: ClientSession, address: str, path: str, visitor: Visitor) -> float:
    """The seconds until a page is there wholly."""
    started = time.perf_counter()
    url = address + visitor.address(path)
    async with session.get(url, headers={"Cookie": f"kizuki={visitor.cookie}"}) as response:
        await response.read()
        assert response.status == 200, (url, response.status)
    return time.perf_counter() - started


async def _load(address: str, visitors: list[Visitor], seconds: int) -> tuple[dict[str, list[float]], int]:
    """So many requests a second, whether the ones before were answered or not."""
    rng, each = Random(1), defaultdict[str, list[float]](list)
    paths = [*VISITS, *(ALL + path for path in OFFICE)]
    weights = [*VISITS.values(), *OFFICE.values()]
    async with ClientSession(cookie_jar=DummyCookieJar()) as session:

        async def visit(path: str) -> None:
            office = path.startswith(ALL)
            path = path.removeprefix(ALL)
            visitor = rng.choice(visitors[:OFFICERS] if office else visitors[OFFICERS:])
            each[f"{path} {ALL if office else ''}"].append(await _opened(session, address, path, visitor))

        started, tasks = time.perf_counter(), []
        for n in range(PER_SECOND * seconds):
            await asyncio.sleep(max(0.0, started + n / PER_SECOND - time.perf_counter()))
            path = rng.choices(paths, weights)[0]
            tasks.append(asyncio.create_task(visit(path)))
        await asyncio.gather(*tasks)
    return dict(each), len(tasks)


def _all(each: dict[str, list[float]]) -> list[float]:
    return [seconds for times in each.values() for seconds in times]


def _at(times: list[float], percent: int) -> float:
    return sorted(times)[min(len(times) - 1, len(times) * percent // 100)] * 1000


def _told(times: list[float]) -> str:
    return f"p50 {_at(times, 50):.0f} ms, p95 {_at(times, 95):.0f}, p99 {_at(times, 99):.0f}"


async def _serve(database_url: str) -> None:
    sys.setswitchinterval(GIVE_WAY_S)
    config = _settings(database_url)
    database: Database = open_database(database_url)
    app = web.Application()
    site = Site(Bot(furnish(config), database, lambda: _now(config)))
    site.join(app)
    app.cleanup_ctx.append(Keeper(site).run)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, HOST, 0).start()
    print(runner.addresses[0][1], flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_serve(sys.argv[1]))
