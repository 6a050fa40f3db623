"""The everyday loop: notes and kudos through the real bot, durable, and suggestions."""

import statistics
from datetime import datetime
from pathlib import Path

from adapters.app import furnish
from bot.bot import Bot
from bot.cards import Buttons, Reply
from bot.events import Command, Event, Handle, Mention, Place, Press
from bot.organisation import Organisation
from bot.settings import Kudos, Settings
from storage import accounts, once, people, postings, schema
from storage.database import Database, Tx
from storage.engines import open_database
from tests.bench.measured import Figure, rate
from tests.talk import PLATFORM, found

AT_ONCE = 64
COUNT = 6_000
ROUNDS = 3
PLACE = Place(PLATFORM, "madoguchi")
WHO = Handle(PLATFORM, "hanako")


async def figures(folder: Path) -> list[Figure]:
    """Notes and kudos a second, and the time of a suggestion."""
    rounds = [await _round(folder / f"loop{i}.db") for i in range(ROUNDS)]
    names = rounds[0].keys()
    middle = {name: statistics.median(r[name] for r in rounds) for name in names}
    bare = f"{middle['bare']:,.0f}/s one durable insert through transact"
    return [
        Figure("Confirmed notes, SQLite FULL, 64 at once", f"{middle['confirm']:,.0f}/s", "≥ 3,000/s", bare),
        Figure("  the draft before it (suggestion, card)", f"{middle['draft']:,.0f}/s"),
        Figure("  both steps together", f"{1 / (1 / middle['draft'] + 1 / middle['confirm']):,.0f}/s"),
        Figure("Kudos confirmed, likewise", f"{middle['kudos']:,.0f}/s", "≥ 3,000/s", bare),
    ]


async def _round(path: Path) -> dict[str, float]:
    settings = Settings(
        organisation=Organisation(name={"ja": "試験"}, closed=("12-29..01-03",)),
        database=f"sqlite:///{path}",
        kudos=Kudos(daily_cap=100),
    )
    schema.upgrade(settings.database)
    database = open_database(settings.database)
    await database.transact(found)
    house = furnish(settings)
    bot = Bot(house, database, lambda: datetime.now(settings.zone))
    result = {
        "bare": await rate(COUNT, AT_ONCE, lambda i: _bare(database, i)),
        "draft": await rate(COUNT, AT_ONCE, lambda i: bot.handle(_draft(i))),
        "confirm": await rate(COUNT, AT_ONCE, lambda i: bot.handle(_confirm(i))),
        "kudos": await _kudos(bot, database),
    }
    stored = database.read_now(_counts)
    assert stored == (COUNT, COUNT), f"measured something that did not happen: {stored}"
    database.close()
    return result


async def _bare(database: Database, i: int) -> bool:
    return await database.transact(lambda tx: once.claim(tx, f"bare{i}", at=i))


def _draft(i: int) -> Event:
    return Command(f"d{i}", WHO, PLACE, "kizuki", f"窓口で同じ住所を三回書いてもらっている {i}")


def _confirm(i: int) -> Event:
    return Press(f"c{i}", WHO, PLACE, "note.confirm", str(i + 1), {"numbers": ("1", "2")})


async def _kudos(bot: Bot, database: Database) -> float:
    """Drafts first, unmeasured; then every confirmation, by givers who each stay under the daily cap."""
    await database.transact(_givers)
    drafts: list[str] = []

    async def draft(i: int) -> None:
        who = Handle(PLATFORM, f"giver{i % 60}")
        to = Mention(Handle(PLATFORM, "taro"), "@taro")
        words = f"@taro 引き継ぎ資料が丁寧で助かりました {i} #10"
        reply = await bot.handle(Command(f"k{i}", who, PLACE, "kudos", words, (to,)))
        drafts.append(f"{i % 60}:{_value(reply)}")

    await rate(COUNT, AT_ONCE, draft)

    async def confirm(i: int) -> object:
        giver, _, value = drafts[i].partition(":")
        fields: dict[str, tuple[str, ...]] = {"numbers": ("10",), "visible": ("public",)}
        return await bot.handle(
            Press(f"g{i}", Handle(PLATFORM, f"giver{giver}"), PLACE, "kudos.confirm", value, fields)
        )

    return await rate(COUNT, AT_ONCE, confirm)


def _givers(tx: Tx) -> None:
    for i in range(60):
        person = people.add(tx, number=f"g{i}", name_ja=f"人{i}", name_en=f"P{i}", joined_on="2020-04-01")
        accounts.add(tx, PLATFORM, f"giver{i}", person_id=person)
        postings.add(tx, person, 3, starts_on="2020-04-01")


def _value(reply: Reply | None) -> str:
    assert reply is not None
    return next(b.value for block in reply.card.blocks if isinstance(block, Buttons) for b in block.buttons)


def _counts(tx: Tx) -> tuple[int, int]:
    tx.cursor.execute("select (select count(*) from note), (select count(*) from kudos)")
    row = tx.cursor.fetchone()
    return int(row[0]), int(row[1])
