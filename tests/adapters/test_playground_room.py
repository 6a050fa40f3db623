"""A playground for tests: a strict small bot, a clock that stands still, three colleagues, two channels."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, cast
from zoneinfo import ZoneInfo

from aiohttp import ClientResponse, web
from aiohttp.test_utils import TestClient, TestServer

from adapters.playground.app import Playground
from bot import phrases, settings
from bot.bot import Bot
from bot.cards import Button, Card, Reply, row, say
from bot.events import Event, Handle
from bot.organisation import LANGUAGES, Organisation
from bot.turn import House
from storage import accounts, people, places, postings, roles, units
from storage.database import Database, T
from storage.engines import open_database
from tests.databases import migrated

CONTENT = Path(__file__).parent.parent.parent / "content"
TOKYO = ZoneInfo("Asia/Tokyo")
FRIDAY = datetime(2026, 11, 20, 9, 5, tzinfo=TOKYO)


class StrictBot:
    """Answers what a test lays out for it, and fails when one act reaches it twice."""

    def __init__(self, database: Database, house: House, now: Callable[[], datetime]) -> None:
        self.now = now
        self.database = database
        self.house = house
        self.events: list[Event] = []
        self.answer: Callable[[Event], Reply | None] = lambda _: Reply(card("はい"))

    async def handle(self, event: Event) -> Reply | None:
        assert event.key not in [e.key for e in self.events], "one act, two events"
        self.events.append(event)
        await asyncio.sleep(0.02)
        return self.answer(event)

    async def read(self, query: Callable[..., T], *args: Any) -> T:
        return await self.database.read(lambda tx: query(tx, *args))

    async def read_as(self, handle: Handle, query: Callable[..., T], *args: Any) -> T:
        return await Bot(self.house, self.database, self.now).read_as(handle, query, *args)

    async def study_as(self, handle: Handle, query: Callable[..., T], *args: Any) -> T:
        return await Bot(self.house, self.database, self.now).study_as(handle, query, *args)


class StillClock:
    """A clock that only moves when told to, with a digest on Monday and a principle each morning."""

    def __init__(self) -> None:
        self.time = FRIDAY

    def now(self) -> datetime:
        return self.time

    async def upcoming(self) -> tuple[str, datetime] | None:
        nine = self.time.replace(hour=9, minute=0)
        following = nine if nine > self.time else nine + timedelta(days=1)
        return ("digest" if following.weekday() == 0 else "daily"), following

    async def travel(self, to: datetime) -> None:
        self.time = to


class Room:
    """A running playground with three colleagues."""

    def __init__(
        self, bot: StrictBot, clock: StillClock, playground: Playground, client: "TestClient[Any, Any]"
    ) -> None:
        self.bot = bot
        self.clock = clock
        self.playground = playground
        self.client = client

    async def post(self, name: str, account: str, act: str, **data: Any) -> ClientResponse:
        body = {"as": account, "id": f"act-{act:0>8}", **data}
        return await self.client.post(f"/playground/api/{name}", json=body, headers={"X-Kizuki": "1"})

    async def says(self, account: str, act: str, text: str, place: str = "hiroba") -> dict[str, Any]:
        return await found(await self.post("say", account, act, place=place, text=text))

    async def sees(self, account: str, place: str = "hiroba") -> list[dict[str, Any]]:
        query = {"as": account, "place": place}
        answer = await found(await self.client.get("/playground/api/messages", params=query))
        return cast("list[dict[str, Any]]", answer["messages"])

    async def state(self, account: str) -> dict[str, Any]:
        return await found(await self.client.get("/playground/api/state", params={"as": account}))

    @asynccontextmanager
    async def stream(self, account: str, after: str) -> AsyncIterator["Stream"]:
        query = {"as": account, "after": after}
        async with self.client.get("/playground/api/events", params=query) as response:
            assert response.status == 200
            yield Stream(response)


class Stream:
    """What one window is sent."""

    def __init__(self, response: ClientResponse) -> None:
        self._response = response

    async def next(self) -> tuple[str, Any]:
        """The kind and the data of the next event."""
        kind = ""
        while line := await asyncio.wait_for(self._response.content.readline(), 3):
            name, _, value = line.decode().strip().partition(": ")
            kind = value if name == "event" else kind
            if name == "data":
                return kind, json.loads(value)
        return "end", None


def card(text: str, *buttons: Button) -> Card:
    return Card((say(text), row(*buttons)), text)


async def found(response: ClientResponse) -> dict[str, Any]:
    assert response.status == 200, await response.text()
    return cast("dict[str, Any]", await response.json())


def seeded(tx: Any) -> None:
    unit = units.add(
        tx, code="10", name_ja="窓口課", name_en="Counter Division", parent_id=None, starts_on="2020-04-01"
    )
    for account, ja, en, role in (
        ("hanako", "気付 はな", "Hana Kizuki", ""),
        ("taro", "窓口 たろう", "Taro Madoguchi", "manager"),
        ("ben", "ベン", "Ben", ""),
    ):
        person = people.add(tx, number=account, name_ja=ja, name_en=en, joined_on="2020-04-01", language="ja")
        accounts.add(tx, "playground", account, person_id=person)
        postings.add(tx, person, unit, starts_on="2020-04-01")
        if role:
            roles.add(tx, person, role, unit_id=unit, starts_on="2020-04-01")
    for place in ("hiroba", "madoguchi"):
        places.save(tx, platform="playground", ext_id=place, private=False, address={}, title=f"部屋 {place}")


@cache
def furnished() -> House:
    """A house with the real words and no pack: the fake bot needs none."""
    config = settings.Settings(organisation=Organisation(name={"ja": "みらい都庁", "en": "Mirai"}))
    nothing = cast("tuple[Any, Any, Any, Any]", (None, None, None, None))
    return House(config, phrases.load(CONTENT / "locales", LANGUAGES), *nothing)


@asynccontextmanager
async def opened(folder: Path, house: House) -> AsyncIterator[Room]:
    """A running playground with a database of its own."""
    url = f"sqlite:///{folder / 'playground.db'}"
    migrated(url)
    database = open_database(url)
    await database.transact(seeded)
    clock = StillClock()
    bot = StrictBot(database, house, clock.now)
    playground = Playground(bot, database, clock, house.phrases)
    app = web.Application()
    app.add_routes(playground.routes())
    async with TestClient(TestServer(app, host="127.0.0.1")) as client:
        await playground.start()
        yield Room(bot, clock, playground, client)
        await playground.close()
    database.close()


async def test_the_room_opens_for_everybody_in_it(tmp_path: Path) -> None:
    async with opened(tmp_path, furnished()) as room:
        page = await (await room.client.get("/playground/")).text()
        assert re.findall(r'href="/playground/as/(\w+)', page) == ["taro", "ben", "hanako"]
