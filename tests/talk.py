"""The conversation driver: people of a small organisation talk to the real bot on a real database.

    await talk.hanako.says("/kizuki …")
    await talk.hanako.presses("この内容で記録する", numbers=["2"])
    assert "記録しました" in talk.hanako.sees

A press is looked up on the last card the person saw, by the button's words; the card's other fields go along as they
are chosen on it, as on a real platform. Nothing is faked but the wire: messages of the outbox are delivered by the
real loop to `Wire`, which can refuse.
"""

import itertools
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from aiohttp import web

from adapters.delivery import Delivery
from adapters.platform import Account, Gone, Later
from adapters.reminding import worth
from bot import cards
from bot.bot import Bot
from bot.cards import Button, Buttons, Card, Choice, PersonPick, Reply, TextInput
from bot.dispatch import DIALOGS
from bot.events import Command, Handle, Joined, Left, Mention, Opened, Place, Press, Profile
from bot.schedule import Calendar
from bot.settings import Settings
from bot.turn import House
from storage import accounts, people, places, postings, roles, units
from storage.database import Database, Tx

PLATFORM = "wire"
# A second platform, which can be asked who an account is.
OTHER = "teams"
STAFF = {
    # name: (unit, roles, language)
    "hanako": ("1010", (), "ja"),
    "taro": ("1010", (), "ja"),
    "kacho": ("1010", ("manager",), "ja"),
    "ken": ("1020", (), "en"),
    "sakura": ("1020", (), "ja-easy"),
    "bucho": ("10", ("manager",), "ja"),
    "jimu": ("20", ("secretariat",), "ja"),
    "chiji": ("00", ("executive",), "ja"),
}
UNITS = {
    "00": ("本庁", "Head office", None),
    "10": ("窓口局", "Counter Bureau", "00"),
    "1010": ("窓口課", "Counter Division", "10"),
    "1020": ("税務課", "Tax Division", "10"),
    "20": ("デジタル課", "Digital Division", "00"),
}
SINCE = "2020-04-01"


@dataclass
class Wire:
    """The platform at the other end: keeps what was delivered, and refuses when told to."""

    name: str = PLATFORM
    sent: dict[str, list[Card]] = field(default_factory=dict)
    messages: dict[str, tuple[str, Card]] = field(default_factory=dict)
    keys: list[str] = field(default_factory=list)
    refuse: list[Exception] = field(default_factory=list)
    gone: set[str] = field(default_factory=set)
    profiles: dict[str, Profile] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    async def profile(self, ext_id: str) -> Profile | None:
        """Who an account is, as the platform says."""
        self.asked.append(ext_id)
        if ext_id in self.gone:
            raise ConnectionError(ext_id)
        return self.profiles.get(ext_id)

    def routes(self) -> list[web.AbstractRouteDef]:
        return []

    async def start(self) -> None:
        """Nothing to open."""

    async def close(self) -> None:
        """Nothing to close."""

    async def everyone(self) -> AsyncIterator[list[Account]]:
        nobody: tuple[list[Account], ...] = ()
        for page in nobody:
            yield page

    async def places(self) -> AsyncIterator[Joined | Left]:
        nowhere: tuple[Joined | Left, ...] = ()
        for event in nowhere:
            yield event

    async def send(self, place: Place, card: Card, *, key: str, replaces: str = "") -> str:
        if self.refuse:
            raise self.refuse.pop(0)
        if place.id in self.gone:
            raise Gone
        assert not replaces or replaces in self.messages, "replaces a message that was never sent"
        self.keys.append(key)
        self.sent.setdefault(place.id, []).append(card)
        reference = replaces or f"m{len(self.messages) + 1}"
        self.messages[reference] = (place.id, card)
        return reference


class Someone:
    """A member of staff at their keyboard, on one platform; `elsewhere` is another account, in its private chat."""

    def __init__(self, talk: "Talk", name: str, platform: str = PLATFORM) -> None:
        self._talk = talk
        self.name = name
        self.handle = Handle(platform, name)
        self.place = _seat(name) if platform == PLATFORM else Place(platform, f"dm:{name}", private=True)
        self.reply: Reply | None = None
        self.card: Card | None = None

    @property
    def sees(self) -> str:
        """The last card as text."""
        return cards.plain(self.card) if self.card else ""

    async def says(self, text: str, *, key: str = "") -> str:
        """Type `/kizuki …` or `/kudos …`; names written @name become mentions. Returns what is seen then."""
        command, _, rest = text.removeprefix("/").partition(" ")
        named = [n for n in self._talk.everyone if f"@{n}" in rest]
        mentions = tuple(Mention(Handle(PLATFORM, n), f"@{n}") for n in named)
        event = Command(key or self._talk.key(), self.handle, self.place, command, rest, mentions)
        return self._shown(await self._talk.bot.handle(event))

    async def presses(self, words: str, on: Card | None = None, /, **fields: list[str]) -> str:
        """Press the button that carries these words (or this action), with the card's fields as they stand."""
        card = on or self.card
        assert card is not None
        button = _button(card, words)
        return await self.sends(button.action, button.value, **{**_standing(card), **fields})

    async def sends(self, action: str, value: str = "", /, **fields: list[str]) -> str:
        """Send a press as a forged or stale card might."""
        given = {name: tuple(values) for name, values in fields.items()}
        event = Press(self._talk.key(), self.handle, self.place, action, value, given)
        reply = await self._talk.bot.handle(event)
        opened = reply is not None and reply.at == "dialog" and not reply.replaces
        # Which word was meant decides what command.run opens.
        foreseen = action in DIALOGS or action == "command.run"
        assert not opened or foreseen, f"{action} opens a dialog: a platform must know that beforehand"
        return self._shown(reply)

    async def opens_home(self) -> str:
        """Open the bot's home."""
        return self._shown(await self._talk.bot.handle(Opened(self._talk.key(), self.handle, self.place)))

    @property
    def inbox(self) -> list[str]:
        """What was delivered to this person in private, oldest first."""
        return [cards.plain(c) for c in self._talk.wires[self.handle.platform].sent.get(f"dm:{self.name}", [])]

    def _shown(self, reply: Reply | None) -> str:
        self.reply = reply
        if reply is not None:
            self.card = reply.card
        return self.sees


UNITS_CHANNEL = {"1010": "madoguchi", "1020": "zeimu", "10": "kyoku", "20": "digital", "00": "all"}


def _seat(name: str) -> Place:
    return Place(PLATFORM, UNITS_CHANNEL[STAFF[name][0]] if name in STAFF else "all")


class Talk:
    """The organisation, its bot, its clock, and everyone in it by name."""

    def __init__(self, house: House, database: Database, now: datetime) -> None:
        self.now = now
        self.house = house
        self.database = database
        self.bot = Bot(house, database, lambda: self.now)
        self.wire = Wire()
        self.wires = {PLATFORM: self.wire, OTHER: Wire(OTHER)}
        self.delivery = Delivery(database, self.wires, house.settings, lambda: self.now, worth(lambda: self.bot.house))
        self.bot.directories = {OTHER: self.wires[OTHER].profile}
        self.everyone = [*STAFF, "robo", "moto"]
        self._keys = itertools.count(1)
        self.hanako, self.taro, self.kacho, self.ken = (Someone(self, n) for n in ("hanako", "taro", "kacho", "ken"))
        self.sakura, self.bucho, self.jimu, self.chiji = (
            Someone(self, n) for n in ("sakura", "bucho", "jimu", "chiji")
        )
        self.stranger = Someone(self, "stranger")

    @classmethod
    async def begin(cls, house: House, database: Database, *, now: datetime) -> "Talk":
        """Found the organisation in an empty database."""
        await database.transact(found)
        return cls(house, database, now)

    def key(self) -> str:
        """A key nobody used before."""
        return f"event-{next(self._keys)}"

    def elsewhere(self, name: str, profile: Profile | None = None) -> Someone:
        """An account on the other platform, and what that platform says of it."""
        if profile:
            self.wires[OTHER].profiles[name] = profile
        return Someone(self, name, OTHER)

    def sets(self, part: str, **values: object) -> None:
        """Have app.yaml say something else, in this conversation alone."""
        settings = self.bot.house.settings
        changed = getattr(settings, part).model_copy(update=values)
        self.house = self.bot.house = replace(self.bot.house, settings=settings.model_copy(update={part: changed}))

    async def grants(self, name: str, role: str, unit: str = "") -> None:
        """Give somebody a role, in a unit or everywhere."""

        def give(tx: Tx) -> None:
            today = self.now.date().isoformat()
            person, found = people.by_number(tx, name, today=today), units.by_code(tx, unit)
            assert person
            roles.add(tx, person.id, role, unit_id=found and found.id, starts_on=SINCE)

        await self.database.transact(give)

    async def moves(self, name: str, code: str, day: str) -> None:
        """Post somebody to another unit from a day on."""

        def work(tx: Tx) -> None:
            person, unit = people.by_number(tx, name, today=day), units.by_code(tx, code)
            assert person
            assert unit
            postings.move(tx, person.id, unit.id, day=day)

        await self.database.transact(work)

    async def ticks(self, job: str, moment: str) -> int:
        """Let it be a moment, and a job be due."""
        self.now = datetime.fromisoformat(moment)
        return await self.bot.tick(job, self.now)

    def later(self, **time: float) -> None:
        """Let time pass."""
        self.now += timedelta(**time)

    async def delivered(self) -> None:
        """Have the outbox emptied of what is due."""
        await self.delivery.drain()

    def channel(self, name: str) -> list[str]:
        """What was delivered to a channel, oldest first."""
        return [cards.plain(c) for c in self.wire.sent.get(name, [])]

    def shown_in(self, name: str) -> list[str]:
        """What a channel shows now, after replacements."""
        return [cards.plain(c) for place, c in self.wire.messages.values() if place == name]

    def rows(self, sql: str) -> list[tuple[object, ...]]:
        """Look into the database directly."""

        def look(tx: Tx) -> list[tuple[object, ...]]:
            tx.cursor.execute(sql)
            found: list[tuple[object, ...]] = tx.cursor.fetchall()
            return found

        return self.database.read_now(look)


def resettled(house: House, settings: Settings) -> House:
    """What `furnish` makes of other settings with the same pack, made of a house there is: reading a pack is slow."""
    return replace(house, settings=settings, calendar=Calendar(settings.organisation))


def found(tx: Tx) -> None:
    """Write the organisation into an empty database."""
    ids: dict[str, int] = {}
    for code, (ja, en, parent) in UNITS.items():
        above = ids[parent] if parent else None
        ids[code] = units.add(tx, code=code, name_ja=ja, name_en=en, parent_id=above, starts_on=SINCE)
        places.save(
            tx, platform=PLATFORM, ext_id=UNITS_CHANNEL[code], private=False, address={}, title=ja, unit_id=ids[code]
        )
    for name, (unit, held, lang) in STAFF.items():
        person = _hired(tx, name, ids[unit], lang)
        for role in held:
            reach = ids[unit] if role == "manager" else None
            roles.add(tx, person, role, unit_id=reach, starts_on=SINCE)
    _hired(tx, "robo", ids["20"], "ja", bot=True)
    _hired(tx, "moto", ids["1010"], "ja", left_on="2026-04-01")


def _hired(tx: Tx, name: str, unit: int, lang: str, *, bot: bool = False, left_on: str | None = None) -> int:
    person = people.add(
        tx,
        number=name,
        name_ja=name,
        name_en=name.title(),
        email=f"{name}@city.example",
        joined_on=SINCE,
        language=lang,
        bot=bot,
        left_on=left_on,
    )
    accounts.add(tx, PLATFORM, name, person_id=person)
    postings.add(tx, person, unit, starts_on=SINCE)
    places.save(tx, platform=PLATFORM, ext_id=f"dm:{name}", private=True, address={}, person_id=person, account=name)
    return person


def _button(card: Card, words: str) -> Button:
    buttons = [b for block in card.blocks if isinstance(block, Buttons) for b in block.buttons]
    found = [b for b in buttons if words in (b.text, b.action)] or [b for b in buttons if words in b.text]
    assert found, f"no button {words!r} among {[b.text for b in buttons]}"
    return found[0]


def _standing(card: Card) -> dict[str, list[str]]:
    """Every field of a card as it is chosen or filled in."""
    fields: dict[str, list[str]] = {}
    for block in card.blocks:
        match block:
            case Choice() | PersonPick():
                fields[block.name] = list(block.chosen)
            case TextInput():
                fields[block.name] = [block.value] if block.value else []
            case _:
                continue
    return fields


__all__ = ["Gone", "Later", "Talk", "Wire"]
