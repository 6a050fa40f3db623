"""The small organisation of tests/talk.py in a local Teams: the real platform, the real bot, a real database."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from aiohttp import web
from pydantic import SecretStr

from adapters.delivery import Delivery
from adapters.directories import Directories
from bot.bot import Bot
from bot.platforms import Platforms
from bot.platforms import Teams as Settings
from bot.turn import House
from storage import places, units
from storage.database import Database, Tx
from tests.talk import STAFF, found
from tests.teams.conversations import Conversation
from tests.teams.person import Person
from tests.teams.server import LocalTeams

if TYPE_CHECKING:
    from adapters.teams.app import Teams

CHANNELS = {"1010": "窓口課", "1020": "税務課", "20": "デジタル課"}
PATH = "teams/messages"


class Office:
    """kizuki in a tenant. Time stands still until `later`; messages go out when `delivered` is called."""

    platform: "Teams"
    delivery: Delivery

    def __init__(
        self, house: House, database: Database, teams: LocalTeams, now: datetime, *, patience: float = 600.0
    ) -> None:
        self.teams = teams
        self.patience = patience
        self.database = database
        self.now = now
        self.bot = Bot(house, database, lambda: self.now)
        self._runner: web.AppRunner | None = None
        people = {name: teams.person(name, **_about(name)) for name in STAFF}
        self.hanako, self.taro, self.kacho, self.ken = (people[n] for n in ("hanako", "taro", "kacho", "ken"))
        self.sakura, self.bucho, self.jimu, self.chiji = (people[n] for n in ("sakura", "bucho", "jimu", "chiji"))
        self.everyone: list[Person] = list(people.values())
        self.team = teams.team("試験都庁", *CHANNELS.values(), members=self.everyone)
        self.general, self.madoguchi, self.zeimu, self.digital = self.team.channels

    @classmethod
    async def begin(
        cls,
        house: House,
        database: Database,
        *,
        now: datetime,
        shape: Callable[[LocalTeams], None] | None = None,
        patience: float = 600.0,
        **more: Any,
    ) -> "Office":
        """Open the tenant and start kizuki in it; `more` goes into the settings of Teams."""
        teams = LocalTeams()
        if shape is not None:
            shape(teams)
        await teams.start()
        platforms = Platforms(teams=teams_settings(teams, **more))
        settings = house.settings.model_copy(update={"platforms": platforms})
        office = cls(replace(house, settings=settings), database, teams, now, patience=patience)
        await database.transact(partial(_staffed, office=office))
        await office.start()
        return office

    async def start(self) -> None:
        """Put kizuki together and start it, with a web server for what Teams sends."""
        from adapters.teams.assembly import assembled

        settings = self.bot.house.settings.platforms.teams
        assert settings
        self.platform = assembled(self.bot, settings, patience=self.patience, tokens=self.teams.bearer)
        self.bot.directories = {"teams": self.platform.profile}
        self.delivery = Delivery(self.database, {"teams": self.platform}, self.bot.house.settings, lambda: self.now)
        await self.platform.start()
        application = web.Application()
        application.router.add_routes(self.platform.routes())
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.2)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.teams.app_url = f"http://127.0.0.1:{self._runner.addresses[0][1]}/{PATH}"

    async def close_kizuki(self) -> None:
        """Close kizuki, as a stop of the server does."""
        await self.platform.close()
        assert self._runner
        await self._runner.cleanup()

    async def close(self) -> None:
        """Close kizuki, then Teams."""
        await self.close_kizuki()
        await self.teams.stop()

    async def restart(self) -> None:
        """Stop kizuki and start it anew in the same tenant."""
        await self.close_kizuki()
        await self.start()

    def later(self, **time: float) -> None:
        """Let time pass."""
        self.now += timedelta(**time)

    async def delivered(self) -> None:
        """Have the outbox emptied of what is due."""
        await self.delivery.drain()

    async def settled(self) -> None:
        """Let what is still being shown behind an answer be shown."""
        under_way = getattr(self.platform, "under_way", None)
        assert under_way is None or await under_way.ended(3), "something is still being shown"

    async def platform_reads_directory(self) -> None:
        """What every night does: Teams is asked who is there, and where the bot is."""
        assert await Directories(self.bot, {"teams": self.platform}).read()

    def place(self, channel: Conversation) -> str:
        """A channel or chat, as kizuki calls it."""
        return f"{channel.tenant}:{channel.id}"

    def rows(self, sql: str) -> list[tuple[object, ...]]:
        """Look into the database directly."""

        def look(tx: Tx) -> list[tuple[object, ...]]:
            tx.cursor.execute(sql)
            rows: list[tuple[object, ...]] = tx.cursor.fetchall()
            return rows

        return self.database.read_now(look)


def teams_settings(teams: LocalTeams, **more: Any) -> Settings:
    """One tenant at this local Teams, by a password; paced so that no test waits."""
    given: dict[str, Any] = {
        "app_id": teams.app_id,
        "tenant": teams.home.id,
        "password": SecretStr(teams.password),
        "openid": teams.openid,
        "local": teams.url,
        "per_second": 1_000,
    }
    return Settings(**{**given, **more})


def _about(name: str) -> dict[str, Any]:
    """Whose client speaks which language."""
    return {"locale": "en-US"} if STAFF[name][2] == "en" else {}


def _staffed(tx: Tx, *, office: Office) -> None:
    """Everyone on the roster and nobody with an account: Teams says who they are. Each unit's channel is known."""
    found(tx)
    tx.cursor.execute("delete from place")
    tx.cursor.execute("delete from account")
    channels = {c.name: c for c in office.team.channels}
    for code, title in CHANNELS.items():
        unit = units.by_code(tx, code)
        assert unit
        channel = channels[title]
        address = {"service": office.teams.url, "tenant": channel.tenant, "conversation": channel.id}
        address |= {"team": office.team.id, "channel": title}
        places.save(
            tx,
            platform="teams",
            ext_id=office.place(channel),
            private=False,
            address=address,
            title=title,
            unit_id=unit.id,
        )


__all__ = ["STAFF", "Office"]
