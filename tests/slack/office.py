"""The small organisation of tests/talk.py in a local Slack: the real platform, the real bot, a real database."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Literal

from aiohttp import web
from pydantic import SecretStr

from adapters.delivery import Delivery
from adapters.directories import Directories
from adapters.slack.app import Slack
from adapters.slack.assembly import assembled
from bot.bot import Bot
from bot.platforms import Platforms
from bot.platforms import Slack as Settings
from bot.turn import House
from storage import places, units
from storage.database import Database, Tx
from tests.slack import payloads
from tests.slack.deliveries import Answer
from tests.slack.person import Person
from tests.slack.server import LocalSlack
from tests.talk import STAFF, found

Transport = Literal["http", "socket"]
CHANNELS = {"1010": ("CMADO", "窓口課"), "1020": ("CZEI", "税務課"), "20": ("CDIGI", "デジタル課")}


class Office:
    """kizuki in a workspace. Time stands still until `later`; messages go out when `delivered` is called."""

    def __init__(
        self, house: House, database: Database, slack: LocalSlack, now: datetime, *, patience: float = 600.0
    ) -> None:
        self.slack = slack
        self._patience = {"patience": patience, "start": 0.5}
        self.database = database
        self.now = now
        self.bot = Bot(house, database, lambda: self.now)
        settings = house.settings.platforms.slack
        assert settings
        self._settings = settings
        self.platform: Slack = assembled(self.bot, database, settings, **self._patience)
        self.bot.directories = {"slack": self.platform.profile}
        self.delivery = Delivery(database, {"slack": self.platform}, house.settings, lambda: self.now)
        self._runner: web.AppRunner | None = None
        self.hanako, self.taro, self.kacho, self.ken = (slack.person(n) for n in ("hanako", "taro", "kacho", "ken"))
        self.sakura, self.bucho, self.jimu, self.chiji = (slack.person(n) for n in ("sakura", "bucho", "jimu", "chiji"))

    @classmethod
    async def begin(
        cls,
        house: House,
        database: Database,
        *,
        now: datetime,
        transport: Transport = "http",
        shape: Callable[[LocalSlack], None] | None = None,
        patience: float = 600.0,
        **more: Any,
    ) -> "Office":
        """Open the workspace and start kizuki in it; `more` goes into the settings of Slack."""
        slack = LocalSlack(transport=transport)
        if shape is not None:
            shape(slack)
        await slack.start()
        found_settings = house.settings.model_copy(
            update={"platforms": Platforms(slack=slack_settings(slack, transport, **more))}
        )
        await database.transact(partial(_staffed, org=slack.home.enterprise or "T1", enterprise=slack.home.enterprise))
        office = cls(replace(house, settings=found_settings), database, slack, now, patience=patience)
        for channel, title in CHANNELS.values():
            slack.opens(channel, title, *office.everyone)
        await office.start()
        return office

    @property
    def everyone(self) -> list[Person]:
        """All who work here."""
        return [self.hanako, self.taro, self.kacho, self.ken, self.sakura, self.bucho, self.jimu, self.chiji]

    async def start(self) -> None:
        """Start the platform, and the web server or the socket that Slack's requests come over."""
        await self.platform.start()
        application = web.Application()
        application.router.add_routes(self.platform.routes())
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.2)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        await self.connected()
        self.slack.app_url = f"http://127.0.0.1:{self._runner.addresses[0][1]}/slack/events"

    async def connected(self) -> None:
        """Wait until the socket is open, where there is one."""
        async with asyncio.timeout(5):
            while self.slack.transport == "socket" and not self.slack.sockets.open:
                await asyncio.sleep(0.01)

    async def close_kizuki(self) -> None:
        """Close kizuki, as a stop of the server does."""
        await self.platform.close()
        assert self._runner
        await self._runner.cleanup()

    async def close(self) -> None:
        """Close kizuki, then Slack."""
        await self.close_kizuki()
        await self.slack.stop()

    async def restart(self) -> None:
        """Stop kizuki and start it anew in the same workspace."""
        await self.close_kizuki()
        self.platform = assembled(self.bot, self.database, self._settings, **self._patience)
        self.delivery = Delivery(self.database, {"slack": self.platform}, self.bot.house.settings, lambda: self.now)
        await self.start()

    def later(self, **time: float) -> None:
        """Let time pass."""
        self.now += timedelta(**time)

    async def delivered(self) -> None:
        """Have the outbox emptied of what is due."""
        await self.delivery.drain()

    async def settled(self) -> None:
        """Let what is still being shown behind an answer be shown."""
        assert await self.platform.under_way.ended(3), "something is still being shown"

    async def platform_reads_directory(self) -> None:
        """What every night does: Slack is asked who is there, and where the bot is."""
        assert await Directories(self.bot, {"slack": self.platform}).read()

    async def invites(self, person: Person, channel: str) -> None:
        """Somebody brings the bot into a channel, and Slack tells of it."""
        bot = person.workspace.bot_user
        self.slack.channel(channel).members.append(bot)
        await self.hears("member_joined_channel", user=bot, channel=channel, inviter=person.id)

    async def hears(self, kind: str, **event: Any) -> Answer:
        """Slack tells of an event that no person's own doing is."""
        found = {"type": kind, "event_ts": self.slack.ts(), **event}
        payload = payloads.event_callback(self.slack, self.slack.home, found)
        return await self.slack.deliveries.deliver("event", payload)

    def rows(self, sql: str) -> list[tuple[object, ...]]:
        """Look into the database directly."""

        def look(tx: Tx) -> list[tuple[object, ...]]:
            tx.cursor.execute(sql)
            rows: list[tuple[object, ...]] = tx.cursor.fetchall()
            return rows

        return self.database.read_now(look)


def slack_settings(slack: LocalSlack, transport: Transport, **more: Any) -> Settings:
    """One workspace by its token, at this local Slack; paced so that no test waits."""
    given: dict[str, Any] = {
        "transport": transport,
        "signing_secret": SecretStr(slack.signing_secret),
        "app_token": SecretStr(slack.app_token),
        "bot_token": SecretStr(slack.token),
        "api": slack.api,
        "per_minute": 60_000,
        "per_channel": 1_000,
        "reaction": "clap",
    }
    return Settings(**{**given, **more})


def _staffed(tx: Tx, *, org: str, enterprise: str) -> None:
    """Everyone on the roster and nobody with an account: Slack says who they are."""
    found(tx)
    tx.cursor.execute("delete from place")
    tx.cursor.execute("delete from account")
    for code, (channel, title) in CHANNELS.items():
        unit = units.by_code(tx, code)
        assert unit
        address = {"enterprise": enterprise, "team": "T1", "channel": channel}
        places.save(
            tx,
            platform="slack",
            ext_id=f"{org}:{channel}",
            private=False,
            address=address,
            title=title,
            unit_id=unit.id,
        )


__all__ = ["STAFF", "Office"]
