"""A message to 3,000 people in real time: the real outbox, delivery, pace and HTTP, to a far end that counts."""

import asyncio
import re
import time
from collections import Counter
from datetime import datetime
from pathlib import Path
from random import Random

from adapters.app import furnish
from adapters.delivery import Delivery
from adapters.teams.assembly import assembled
from adapters.teams.origin import private
from bot import cards
from bot.bot import Bot
from bot.cards import Card, say
from storage import outbox, owed, people, places, schema
from storage.database import Tx
from storage.engines import open_database
from tests.adapters.tenant import CONVERSATION, PER_SECOND, TENANT, Counted
from tests.bench.measured import Figure
from tests.bench.teams_server import settings_of
from tests.bench.teams_wire import TENANT as ORGANISATION
from tests.bench.teams_wire import Far, account

PEOPLE, BLOCKED, FAILING = 3_000, 3, 1
GOAL = 1.03
TO = re.compile(rb"/conversations/([^/]+)/activities")


class Strict:
    """The far end: it counts every window as published, and some of it fails."""

    def __init__(self) -> None:
        self.dice = Random(1)
        self.blocked = {f"a%3A{n}" for n in range(PEOPLE) if self.dice.randrange(100) < BLOCKED}
        self.shown: Counter[str] = Counter()
        self.refused = self.failed = 0
        self.times: list[float] = []
        self._all, self._each = Counted(TENANT), dict[str, Counted]()

    def took(self, head: bytes) -> tuple[int, bytes]:
        """The answer to a message."""
        found = TO.search(head)
        to, now = found[1].decode() if found else "", time.perf_counter()
        each = self._each.setdefault(to, Counted(CONVERSATION))
        if not (self._all.takes(now) and each.takes(now)):
            self.refused += 1
            return 429, b'{"error":{"code":"TooManyRequests"}}'
        if to in self.blocked:
            return 403, b'{"error":{"code":"MessageWritesBlocked"}}'
        if self.dice.randrange(100) < FAILING:
            self.failed += 1
            return 502, b"{}"
        self.shown[to] += 1
        self.times.append(now)
        return 200, b'{"id":"1"}'


async def figures(folder: Path) -> list[Figure]:
    """The time beside the least that the limit allows; what failed and was tried again may come after."""
    strict = Strict()
    far = Far(strict.took)
    server = await far.start()
    states, started = await _broadcast(folder / "broadcast.db", far, strict)
    server.close()
    assert all(count == 1 for count in strict.shown.values()), "somebody got it twice"
    assert len(strict.shown) == PEOPLE - len(strict.blocked), "somebody was left out"
    assert states.keys() <= {"sent", "waiting"}, states
    floor, first = PEOPLE / PER_SECOND, sorted(strict.times)[int(0.98 * len(strict.times))] - started
    whole = max(strict.times) - started
    what = f"Teams, a message to {PEOPLE:,} (real time)"
    told = f"{strict.refused} × 429; {len(strict.blocked)} gone, {strict.failed} × 502; 98 % after {first:.1f} s"
    return [Figure(what, f"{whole:.1f} s (+{whole / floor - 1:.1%})", f"≤ {floor * GOAL:.1f} s", told)]


async def _broadcast(path: Path, far: Far, strict: Strict) -> tuple[dict[str, int], float]:
    """What became of the messages, and when delivery began."""
    settings = settings_of(path, far.url, per_second=PER_SECOND)
    schema.upgrade(settings.database)
    database = open_database(settings.database)
    await database.transact(lambda tx: _owe(tx, far.url))
    bot = Bot(furnish(settings), database, lambda: datetime.now(settings.zone).replace(hour=12))
    assert settings.platforms.teams
    platform = assembled(bot, settings.platforms.teams, tokens=_token)
    await platform.start()
    delivery = Delivery(database, {"teams": platform}, settings, bot.now)
    started = time.perf_counter()
    delivery.start()
    while len(strict.shown) < PEOPLE - len(strict.blocked):
        await asyncio.sleep(0.05)
    await delivery.close()
    await platform.close()
    states = dict(database.read_now(owed.counts))
    database.close()
    return states, started


async def _token() -> str:
    return "token"


def _owe(tx: Tx, service: str) -> None:
    text = "今日の行動規範：利用者の目で見ると、手続きのどこで迷うかが分かります。"
    body = outbox.body(tx, "bench", cards.dump(Card((say(text),), text)), at=1)
    for n in range(PEOPLE):
        person = people.add(tx, number=f"m{n}", name_ja=f"人{n}", name_en=f"P{n}", joined_on="2020-04-01")
        where = private(service, ORGANISATION, account(n), f"29:{n}", f"a:{n}")
        places.save(
            tx,
            platform="teams",
            ext_id=where.id,
            private=True,
            address=where.address,
            person_id=person,
            account=where.id,
        )
        outbox.post(tx, f"bench:{n}", body, due_at=1, person_id=person)
