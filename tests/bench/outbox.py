"""The outbox: how many messages a second go out, through a platform whose own work costs nothing."""

import asyncio
import statistics
import time
from datetime import datetime
from pathlib import Path

from adapters.delivery import Delivery
from bot.cards import Card, Heading, Quote, dump, row, say
from bot.events import Place
from bot.organisation import Organisation
from bot.schedule import millis
from bot.settings import Quiet, Settings
from storage import outbox, owed, people, places, schema
from storage.database import Database, Tx
from storage.engines import open_database
from tests.bench.measured import Figure, rate
from tests.talk import PLATFORM, Wire

COUNT = 6_000
ROUNDS = 3
HANGING = 200
CARD = dump(Card((Heading("今日の原則"), Quote("窓口で同じ住所を三回書かない"), say("はい"), row()), "今日の原則"))


class Nothing(Wire):
    """A platform that takes everything at once, but at one place nothing."""

    taken = 0

    async def send(self, place: Place, card: Card, *, key: str, replaces: str = "") -> str:
        if place.id == "hangs":
            await asyncio.sleep(3_600)
        self.taken += 1
        return key


async def figures(folder: Path) -> list[Figure]:
    """Messages a second: one card to everybody, a card for each, and while a place hangs that is owed much."""
    shared = [await _round(folder / f"shared{i}.db") for i in range(ROUNDS)]
    own = [await _round(folder / f"own{i}.db", own=True) for i in range(ROUNDS)]
    hanging = [await _round(folder / f"hanging{i}.db", hanging=HANGING) for i in range(ROUNDS)]
    bare = f"{statistics.median(b for _, b in shared):,.0f}/s one durable update through transact, 50 at once"
    return [
        Figure("Messages delivered, SQLite FULL, one card", f"{_middle(shared):,.0f}/s", "≥ 1,500/s", bare),
        Figure("  a card for each", f"{_middle(own):,.0f}/s", "≥ 1,500/s"),
        Figure(f"  behind {HANGING} to a place that hangs", f"{_middle(hanging):,.0f}/s", "≥ 1,500/s"),
    ]


def _middle(rounds: list[tuple[float, float]]) -> float:
    return statistics.median(delivered for delivered, _ in rounds)


async def _round(path: Path, *, own: bool = False, hanging: int = 0) -> tuple[float, float]:
    settings = Settings(
        organisation=Organisation(name={"ja": "試験"}),
        database=f"sqlite:///{path}",
        quiet=Quiet(start="00:00", end="00:00"),
    )
    schema.upgrade(settings.database)
    database = open_database(settings.database)
    now = datetime.now(settings.zone)
    await database.transact(lambda tx: _owe(tx, millis(now), own=own, hanging=hanging))
    platform = Nothing()
    delivery = Delivery(database, {PLATFORM: platform}, settings, lambda: datetime.now(settings.zone))
    started = time.perf_counter()
    draining = asyncio.create_task(delivery.drain())
    while platform.taken < COUNT:
        await asyncio.sleep(0.01)
    if not hanging:
        assert await draining == COUNT
    measured = COUNT / (time.perf_counter() - started)
    sent = dict(database.read_now(owed.counts))["sent"]
    assert COUNT - 500 <= sent <= COUNT, f"measured something that did not happen: {sent}"
    draining.cancel()
    bare = await rate(COUNT, 50, lambda i: _bare(database, i)) if not hanging else 0.0
    database.close()
    return measured, bare


async def _bare(database: Database, i: int) -> int:
    def work(tx: Tx) -> int:
        tx.cursor.execute("update outbox set tries = tries + 1 where id = ?", (i + 1,))
        return tx.cursor.rowcount

    return await database.transact(work)


def _owe(tx: Tx, now: int, *, own: bool, hanging: int) -> None:
    """People with a private chat each, a message to each, before them some to one place."""
    slow = places.save(tx, platform=PLATFORM, ext_id="hangs", private=False, address={})
    body = outbox.body(tx, "all", CARD, at=now)
    for i in range(hanging):
        outbox.post(tx, f"hangs{i}", body, due_at=now - 2, place_id=slow)
    for i in range(COUNT):
        person = people.add(tx, number=f"n{i}", name_ja=f"人{i}", name_en=f"P{i}", joined_on="2020-04-01")
        places.save(tx, platform=PLATFORM, ext_id=f"dm{i}", private=True, address={"to": i}, person_id=person)
        card = outbox.body(tx, f"own{i}", CARD.replace("三回", f"{i}回"), at=now) if own else body
        outbox.post(tx, f"m{i}", card, due_at=now - 1, person_id=person)
