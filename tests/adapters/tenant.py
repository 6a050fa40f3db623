"""A tenant of Teams at the far end, in virtual time: it counts every window as published and refuses too much."""

import asyncio
from bisect import bisect_right
from collections import Counter
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import NamedTuple

from adapters.delivery import Delivery
from adapters.pace import Pace
from adapters.platform import Gone, Later
from adapters.teams.rates import of_tenant
from adapters.windows import Windows
from bot.cards import Card, dump, say
from bot.events import Place
from bot.organisation import Organisation
from bot.schedule import millis
from bot.settings import Settings
from storage import outbox, owed, people, places
from storage.database import Tx, Work
from tests.adapters.virtual import BEGINNING, Inline, Loop, T, moment, run
from tests.databases import migrated
from tests.talk import PLATFORM, Wire

PER_SECOND = 50
# The published windows, written here once more: what the adapter believes is not what it is measured by.
TENANT: Windows = ((PER_SECOND, 1.0),)
CONVERSATION: Windows = ((7, 1.0), (8, 2.0), (60, 30.0), (1_800, 3_600.0))
# Of a hundred people, so many have blocked the bot; of a hundred requests, so many fail for the time being.
BLOCKED, FAILING = 3, 1
# Seconds: a request and its answer together; how much one request is longer on its way than another.
TOGETHER, JITTER = (0.02, 0.3), 0.005
TIMER, COMMIT = 0.002, 0.02


class Disk(Inline):
    """A database that takes as long as a durable one."""

    async def transact(self, work: Work[T]) -> T:
        await asyncio.sleep(COMMIT)
        return await super().transact(work)


class Counted:
    """What arrives, counted in sliding windows."""

    def __init__(self, windows: Windows) -> None:
        self._windows = windows
        self._most = max(most for most, _ in windows)
        self._arrived: list[float] = []

    def takes(self, at: float) -> bool:
        """Whether one more may arrive at a moment, which it then does; one that left before may arrive after it."""
        place = bisect_right(self._arrived, at)
        self._arrived.insert(place, at)
        if any(self._breaks(place, most, seconds) for most, seconds in self._windows):
            del self._arrived[place]
            return False
        del self._arrived[: -2 * self._most]
        return True

    def _breaks(self, place: int, most: int, seconds: float) -> bool:
        ends = range(max(place, most), min(place + most + 1, len(self._arrived)))
        return any(self._arrived[end] - self._arrived[end - most] < seconds for end in ends)


class Tenant(Wire):
    """The tenant, reached through the pace as the adapter does it."""

    def __init__(self, *, dice: Random, per_second: int = PER_SECOND) -> None:
        super().__init__()
        self.dice = dice
        self.loop = asyncio.get_running_loop()
        self.pace = Pace(of_tenant(per_second=per_second), now=self.loop.time, sleep=self._sleep)
        self.shown: Counter[str] = Counter()
        self.times: dict[str, float] = {}
        self.turns, self.requests, self.refused, self.failed = 0, 0, 0, 0
        self._all, self._each = Counted(TENANT), dict[str, Counted]()

    async def _sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds + self.dice.uniform(0, TIMER))

    async def send(self, place: Place, card: Card, *, key: str, replaces: str = "") -> str:
        self.turns += 1
        await self.pace.turn("tenant", place.id, key)
        # What is on its way arrives then, also where this program is busy meanwhile.
        arrival = self.loop.time() + 0.01 + self.dice.uniform(0, JITTER)
        try:
            self._arrives(place, key, arrival)
        finally:
            await asyncio.sleep(self.dice.uniform(*TOGETHER))
        return key

    def _arrives(self, place: Place, key: str, at: float) -> None:
        self.requests += 1
        each = self._each.setdefault(place.id, Counted(CONVERSATION))
        if not (self._all.takes(at) and each.takes(at)):
            self.refused += 1
            self.pace.pause("tenant", 1)
            raise Later(1)
        if place.id in self.gone:
            raise Gone
        if self.dice.randrange(100) < FAILING:
            self.failed += 1
            raise Later(self.dice.uniform(1, 3))
        self.shown[place.id] += 1
        self.times[key] = at


class Broadcast(NamedTuple):
    """How a broadcast went: seconds, and counts."""

    seconds: float
    people: int
    reached: int
    twice: int
    blocked: int
    requests: int
    refused: int
    failed: int
    turns: int
    states: dict[str, int]
    newcomers: list[float]
    times: list[float]

    @property
    def floor(self) -> float:
        """The seconds it takes at the least: one request for everybody."""
        return self.people / PER_SECOND

    @property
    def longest_gap(self) -> float:
        """The longest time in which nothing arrived."""
        return max(later - earlier for earlier, later in pairwise(self.times))


def broadcast(folder: Path, count: int, *, newcomers: int = 10, seed: int = 1) -> Broadcast:
    """A message to everybody through the real outbox, while now and then somebody new is owed one, in virtual time."""
    migrated(f"sqlite:///{folder}/kizuki.db")
    database = Disk(f"sqlite:///{folder}/kizuki.db")
    try:
        return run(_broadcast(database, count, newcomers, Random(seed)))
    finally:
        database.close()


async def _broadcast(database: Inline, count: int, newcomers: int, dice: Random) -> Broadcast:
    tenant = Tenant(dice=dice)
    tenant.gone = {f"m{i}" for i in range(count) if dice.randrange(100) < BLOCKED}
    delivery = Delivery(database, {PLATFORM: tenant}, Settings(organisation=Organisation(name={"ja": "試験"})), moment)
    await database.transact(lambda tx: owe(tx, "m", count, at=millis(BEGINNING)))
    delivery.start()
    busy = asyncio.create_task(_busy(tenant))
    arrivals = asyncio.create_task(_arrivals(database, tenant, newcomers, count / PER_SECOND))
    waited = await arrivals
    while len(tenant.times) < count + newcomers - len(tenant.gone):
        await asyncio.sleep(0.5)
    busy.cancel()
    await delivery.close()
    times = [at for key, at in tenant.times.items() if key.startswith("m:")]
    return Broadcast(
        seconds=max(times),
        people=count,
        reached=len(times),
        twice=sum(n - 1 for n in tenant.shown.values()),
        blocked=len(tenant.gone),
        requests=tenant.requests,
        refused=tenant.refused,
        failed=tenant.failed,
        turns=tenant.turns,
        states=dict(database.read_now(owed.counts)),
        newcomers=waited,
        times=sorted(times),
    )


async def _arrivals(database: Inline, tenant: Tenant, count: int, seconds: float) -> list[float]:
    """Somebody new every now and then, and how long each waited."""
    begun = {}
    for i in range(count):
        await asyncio.sleep(seconds * 0.9 / count)
        begun[f"new{i}:0"] = tenant.loop.time()
        await database.transact(lambda tx, i=i: owe(tx, f"new{i}", 1, at=millis(moment())))  # type: ignore[misc]
    while not begun.keys() <= tenant.times.keys():
        await asyncio.sleep(0.1)
    return [tenant.times[key] - at for key, at in begun.items()]


async def _busy(tenant: Tenant) -> None:
    """Now and then this program is late with everything."""
    loop = tenant.loop
    assert isinstance(loop, Loop)
    while True:
        await asyncio.sleep(tenant.dice.uniform(5, 30))
        loop.stall(tenant.dice.uniform(0.02, 0.3))


def owe(tx: Tx, name: str, count: int, *, at: int) -> None:
    """Owe so many people, each in a chat of their own, the same card."""
    body = outbox.body(tx, name, dump(Card((say("はい"),), "はい")), at=at)
    for i in range(count):
        person = people.add(tx, number=f"{name}{i}", name_ja=f"人{i}", name_en=f"P{i}", joined_on="2020-04-01")
        places.save(tx, platform=PLATFORM, ext_id=f"{name}{i}", private=True, address={}, person_id=person)
        outbox.post(tx, f"{name}:{i}", body, due_at=at, person_id=person)
