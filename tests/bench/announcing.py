"""An announcement to 54,046 people: made out, cancelled and corrected while others write."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path

from adapters.app import furnish
from bot import announcements
from bot.announcement_form import USUAL
from bot.bot import Bot
from bot.cards import Buttons, Reply
from bot.events import Command, Handle, Place, Press
from bot.organisation import Organisation
from bot.platforms import Platforms
from bot.settings import Settings
from bot.turn import Turn
from storage import bulk, people, schema
from storage.bulk import NewAccount, NewPerson, NewPlace, NewUnit
from storage.database import Database, Tx
from storage.engines import open_database
from storage.postings import NewPosting
from storage.roles import NewRole
from storage.units import EVER, FOREVER, SINCE, Branch
from tests.bench.measured import Figure

ON, DAY = "playground", "2020-04-01"
SECTIONS = 900
LANGUAGES = ("ja", "", "en", "ja-easy")


class Town:
    """An organisation at one moment, and somebody else who writes notes all the time."""

    def __init__(self, bot: Bot, database: Database) -> None:
        self.bot = bot
        self.database = database
        self.now = datetime.now(bot.house.settings.zone).replace(hour=10, minute=0, second=0, microsecond=0)
        bot._now = lambda: self.now
        self._keys = 0

    async def presses(self, action: str, value: str = "", **fields: str) -> Reply:
        """The secretariat presses a button."""
        self._keys += 1
        given: dict[str, tuple[str, ...]] = {name: (text,) for name, text in fields.items()}
        reply = await self.bot.handle(Press(f"p{self._keys}", _who("1"), _chat("1"), action, value, given))
        assert reply is not None
        assert not reply.refused, action
        return reply

    async def minute(self) -> None:
        """The next minute comes."""
        self.now += timedelta(minutes=1)
        await self.bot.tick("tidy", self.now)

    @asynccontextmanager
    async def meanwhile(self) -> AsyncIterator[list[float]]:
        """How long each note of somebody else takes while something is done."""
        waited: list[float] = []
        writing = asyncio.create_task(self._writes(waited))
        await asyncio.sleep(0.05)
        yield waited
        writing.cancel()
        await asyncio.gather(writing, return_exceptions=True)

    async def _writes(self, waited: list[float]) -> None:
        while True:
            self._keys += 1
            started = time.perf_counter()
            await self.bot.handle(Command(f"n{self._keys}", _who("7"), _chat("7"), "kizuki", "番号札の紙がない"))
            waited.append(time.perf_counter() - started)


async def figures(folder: Path, staff: int) -> list[Figure]:
    """Found the organisation, then announce, correct and cancel."""
    settings = Settings(
        organisation=Organisation(name={"ja": "試験"}),
        database=f"sqlite:///{folder}/announcing.db",
        platforms=Platforms(playground=True),
    )
    schema.upgrade(settings.database)
    database = open_database(settings.database)
    await database.transact(lambda tx: _found(tx, staff))
    town = Town(Bot(furnish(settings), database, lambda: datetime.now(settings.zone)), database)
    found = await _announced(town, staff)
    database.close()
    return found


async def _announced(town: Town, staff: int) -> list[Figure]:
    said = {**USUAL, "title": "お知らせ", "text": "本文です。", "title_en": "News", "text_en": "The text."}
    preview, shown = await _timed(town.presses("announce.preview", **said))
    async with town.meanwhile() as waited:
        out, _ = await _timed(town.presses("announce.send", _value(shown, "announce.send")))
        rest, _ = await _timed(town.minute())
    assert town.database.read_now(_count) == staff
    await town.database.transact(_third)
    status, _ = await _timed(_status(town))
    async with town.meanwhile() as meanwhile:
        correct, _ = await _timed(town.presses("announce.edited", "1", **{**said, "text": "直しました。"}))
        others, _ = await _timed(town.minute())
    cancel, _ = await _timed(town.presses("announce.cancel", "1"))
    size = f"{staff:,} people"
    return [
        Figure(f"An announcement to {size}, previewed with whom it reaches", _ms(preview)),
        Figure("  made out", _ms(out + rest), "", f"a note meanwhile at worst {_ms(max(waited))}"),
        Figure("  its status with everybody by name", _ms(status)),
        Figure("  its words corrected", _ms(correct + others), "", f"a note meanwhile at worst {_ms(max(meanwhile))}"),
        Figure("  cancelled: nobody gets it from then on", _ms(cancel)),
    ]


async def _timed(work: Awaitable[Reply | None]) -> tuple[float, Reply | None]:
    started = time.perf_counter()
    reply = await work
    return time.perf_counter() - started, reply


async def _status(town: Town) -> None:
    day = town.now.date().isoformat()

    def look(tx: Tx) -> int:
        turn = Turn(tx, town.bot.house, town.now, who=people.get(tx, 1, today=day))
        return len(announcements.status(turn, 1).recipients)

    assert await town.database.read(look)


def _value(reply: Reply | None, action: str) -> str:
    assert reply
    rows = (block for block in reply.card.blocks if isinstance(block, Buttons))
    return next(button.value for buttons in rows for button in buttons.buttons if button.action == action)


def _count(tx: Tx) -> int:
    tx.cursor.execute("select count(*) from outbox where key like 'announce:%'")
    return int(tx.cursor.fetchone()[0])


def _third(tx: Tx) -> None:
    tx.cursor.execute("update outbox set state = 'sent', sent_at = 1, message = 'm' || id where id % 3 = 0")


def _found(tx: Tx, staff: int) -> None:
    top = NewUnit(1, "00", "本庁", "Head office", None, DAY)
    sections = [NewUnit(n, f"{n:04}", f"{n}課", f"Section {n}", 1, DAY) for n in range(2, SECTIONS + 2)]
    whole = ("0001-01-01", EVER, SINCE, FOREVER)
    bulk.add(tx, [top, *sections])
    bulk.add(tx, (Branch(unit.id, unit.id, *whole, 0) for unit in (top, *sections)))
    bulk.add(tx, (Branch(unit.id, 1, *whole, 1) for unit in sections))
    everybody = range(1, staff + 1)
    bulk.add(tx, (NewPerson(n, f"{n}", f"職員{n}", f"Staff {n}", "", "", LANGUAGES[n % 4], DAY) for n in everybody))
    bulk.add(tx, (NewPosting(n, 2 + n % SECTIONS, DAY, None) for n in everybody))
    # One in twenty has no account yet.
    here = [n for n in everybody if n % 20]
    bulk.add(tx, (NewAccount(ON, str(n), n) for n in here))
    bulk.add(tx, (NewPlace(ON, f"dm:{n}", True, "", None, n) for n in here))
    bulk.add(tx, [NewRole(1, "secretariat", None, DAY)])


def _who(name: str) -> Handle:
    return Handle(ON, name)


def _chat(name: str) -> Place:
    return Place(ON, f"dm:{name}", private=True)


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:,.0f} ms"
