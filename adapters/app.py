"""The composition root: the one place that knows every concrete thing. Nothing is built at import time."""

import asyncio
import logging
import sys
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from aiohttp import web

from adapters import models, pulse_key
from adapters.auditing import note_settings
from adapters.clock import Clock, Time, triggers
from adapters.delivery import Delivery
from adapters.directories import JOB as DIRECTORY
from adapters.directories import Directories
from adapters.learner import JOB, Learner
from adapters.operations.health import Health
from adapters.operations.watched import WatchedDatabase, watched
from adapters.platform import Platform, Streaming
from adapters.pulse_cleaner import JOB as CLEANS
from adapters.pulse_cleaner import cleaner
from adapters.reminding import worth
from adapters.web.keeper import Keeper
from adapters.web.site import Site
from bot import editions, pack_files, phrases, question_files, settings, vocabulary
from bot.bot import Bot
from bot.documents import Fault, Faults
from bot.organisation import LANGUAGES, Organisation
from bot.packs import Pack
from bot.schedule import Calendar, millis
from bot.settings import Settings
from bot.turn import House
from bot.vocabulary import Vocabulary
from storage import schema
from storage.database import Database
from storage.engines import open_database

if TYPE_CHECKING:
    from adapters.operations.figures import Figures

ROOT = Path(__file__).resolve().parent.parent
CONTENT = ROOT / "content"
BODY_LIMIT = 256 * 1024
# How long requests may take to be answered once kizuki was asked to stop.
FINISH_S = 20.0
# After so long a thread that works figures out lets requests go on, which ask for the interpreter many times each.
GIVE_WAY_S = 0.0005

T = TypeVar("T")

log = logging.getLogger("kizuki")


def furnish(config: Settings, *, content: Path = CONTENT) -> House:
    """Everything the bot needs besides a database; raises `Faults` with all that is wrong in content."""
    faults: list[Fault] = []
    told = _unless(faults, lambda: packed(content, config.pack))
    texts = _unless(faults, lambda: phrases.load(content / "locales", LANGUAGES))
    pulses = _unless(faults, lambda: question_files.load(content / "pulses"))
    if faults or told is None or texts is None or pulses is None:
        raise Faults(faults)
    pack, words = told
    suggester, calendar = models.suggester(pack, words, config.cache), Calendar(config.organisation)
    return House(config, texts, pack, words, suggester, calendar, pulses, pulse_key.given(config))


def _unless(faults: list[Fault], load: Callable[[], T]) -> T | None:
    """What is loaded, unless it has faults, which are added to the others."""
    try:
        return load()
    except Faults as broken:
        faults.extend(broken.faults)
        return None


def packed(content: Path, edition: str) -> tuple[Pack, Vocabulary]:
    """A pack by its name and version, with its words and examples; raises `Faults`."""
    return vocabulary.read_all(pack_files.found(content / "packs", edition))


def check(path: Path, *, content: Path = CONTENT) -> House:
    """Read app.yaml and all content and furnish the house; raises `Faults` with every fault of all at once."""
    faults: list[Fault] = []
    config = None
    try:
        config = settings.load(path)
        triggers(config, str(path))
        faults.extend(_platform_faults(config, path))
        faults.extend(Fault(str(path), 1, text) for text in pulse_key.faults(config))
    except Faults as broken:
        faults.extend(broken.faults)
    try:
        house = furnish(config or Settings(organisation=_NOBODY), content=content)
    except Faults as broken:
        raise Faults([*faults, *broken.faults]) from None
    faults.extend(Fault(str(path), 1, text) for text in _survey_faults(house))
    if faults or config is None:
        raise Faults(faults)
    return house


def _survey_faults(house: House) -> list[str]:
    """Surveys that are planned and ask what is not there."""
    planned = house.settings.pulse.surveys.items()
    known = ", ".join(house.pulses)
    return [
        f"pulse.surveys.{name}: there is no question set '{survey.set}': {known}"
        for name, survey in planned
        if survey.set not in house.pulses
    ]


def _platform_faults(config: Settings, path: Path) -> list[Fault]:
    """What only a platform can tell of its part of app.yaml."""
    found: list[str] = []
    if config.platforms.slack is not None:
        from adapters.slack import vault

        found += vault.check(config.platforms.slack)
    if config.platforms.teams is not None:
        from adapters.teams import credentials

        found += credentials.faults(config.platforms.teams)
    return [Fault(str(path), 1, text) for text in found]


_NOBODY = Organisation(name={"ja": "—"})


@dataclass
class Application:
    """A running kizuki: one web application, the clock, the outbox, the platforms."""

    house: House
    database: Database
    bot: Bot
    clock: Clock
    delivery: Delivery
    learner: Learner
    directories: Directories
    health: Health
    figures: "Figures | None" = None
    platforms: dict[str, Platform] = field(default_factory=dict)

    def web(self) -> web.Application:
        """All routes of all platforms, with health beside them."""
        app = web.Application(client_max_size=BODY_LIMIT)
        token = self.house.settings.server.metrics_token.get_secret_value()
        app.router.add_routes(self.health.routes(self.figures, token))
        app.on_shutdown.append(self._end_streams)
        for platform in self.platforms.values():
            app.router.add_routes(platform.routes())
        site = Site(self.bot)
        site.join(app)
        if self.house.settings.web.dashboard:
            app.cleanup_ctx.append(Keeper(site).run)
        return app

    async def start(self) -> None:
        """Start what runs by itself; raises `Unmoved` where the database counts by other principles than these."""
        at = millis(self.bot.now())
        await self.database.transact(lambda tx: editions.settle(tx, self.house.pack, at=at))
        await self.database.transact(lambda tx: note_settings(tx, self.house.settings, at))
        for platform in self.platforms.values():
            await platform.start()
        self.delivery.start()
        self.learner.start()
        await self.clock.start()
        self.health.phase = "running"

    async def _end_streams(self, _: object) -> None:
        for platform in self.platforms.values():
            if isinstance(platform, Streaming):
                platform.end_streams()

    async def close(self) -> None:
        """Stop in the order that loses nothing: no new ticks, then the last deliveries, then the database."""
        await self.clock.close()
        await self.learner.close()
        await self.directories.close()
        await self.delivery.close()
        for platform in self.platforms.values():
            await platform.close()
        self.database.close()

    async def reload(self, path: Path) -> None:
        """Read the pack, its words and examples and all phrases anew; where anything is wrong, all stays as it is.

        Settings hold until the next start. It never raises.
        """
        try:
            found = await asyncio.to_thread(check, path)
            if found.pack.edition != self.bot.house.pack.edition:
                raise Faults([Fault(str(path), 1, f"another pack needs a start: {found.pack.edition}")])
        except Faults as broken:
            for fault in broken.faults:
                log.error("not read anew: %s", fault)
            return
        except Exception as fault:  # noqa: BLE001 - nobody waits for this task; what runs goes on
            log.error("not read anew: %s", type(fault).__name__)
            return
        here = self.bot.house
        found = replace(found, settings=here.settings, calendar=here.calendar, pulse_key=here.pulse_key)
        self.bot.house = replace(found, watch=here.watch)
        log.info("content was read anew: %s", found.pack.edition)
        await self.learner.renew()


def build(house: House, *, ahead: timedelta = timedelta()) -> Application:
    """Put a kizuki together; must run inside the event loop."""
    config = house.settings
    house = pulse_key.keyed(house)
    schema.check(config.database)
    database = open_database(config.database)
    if figures := _figures(config):
        house, database = replace(house, watch=figures), WatchedDatabase(database, figures)
    time = Time(config, ahead=ahead)
    bot = Bot(house, database, time.now)
    learner = Learner(bot)
    platforms: dict[str, Platform] = {}
    directories = Directories(bot, platforms)
    after = {JOB: learner.attempt_later, DIRECTORY: directories.read_later, CLEANS: cleaner(database)}
    clock = Clock(bot, config, house.calendar, time, after=after)
    platforms.update(_platforms(house, database, bot, clock))
    bot.directories = {name: platform.profile for name, platform in platforms.items()}
    ways = watched(platforms, figures) if figures else platforms
    delivery = Delivery(database, ways, config, time.now, worth(lambda: bot.house))
    health = Health(database, time.now, {"outbox": delivery.alive, "clock": clock.alive})
    return Application(house, database, bot, clock, delivery, learner, directories, health, figures, platforms)


def _figures(config: Settings) -> "Figures | None":
    """What counts, where app.yaml wants figures."""
    if not config.server.metrics:
        return None
    from adapters.operations.figures import Figures

    return Figures()


def _platforms(house: House, database: Database, bot: Bot, clock: Clock) -> dict[str, Platform]:
    """The platforms that are on; a library is imported only where it is needed."""
    found: dict[str, Platform] = {}
    if house.settings.platforms.playground:
        from adapters.playground.app import Playground

        found["playground"] = Playground(bot, database, clock, house.phrases)
    if slack := house.settings.platforms.slack:
        from adapters.slack.assembly import assembled

        found["slack"] = assembled(bot, database, slack)
    if teams := house.settings.platforms.teams:
        from adapters.teams.assembly import assembled as assembled_teams

        found["teams"] = assembled_teams(bot, teams)
    return found


async def serve(application: Application, *, ready: Callable[[str], None], stop: asyncio.Event) -> None:
    """Listen until `stop` is set; `ready` is told the address once it can be opened."""
    sys.setswitchinterval(GIVE_WAY_S)
    server = application.house.settings.server
    runner = web.AppRunner(application.web(), access_log=None, shutdown_timeout=FINISH_S)
    await runner.setup()
    site = web.TCPSite(runner, server.host, server.port)
    try:
        await site.start()
        await application.start()
        host = "127.0.0.1" if server.host in ("0.0.0.0", "::") else server.host  # noqa: S104 - only for the message
        ready(f"http://{host}:{runner.addresses[0][1]}")
        await stop.wait()
    finally:
        application.health.phase = "stopping"
        # Nobody new is let in and requests are answered before anything they need is closed.
        await runner.cleanup()
        await application.close()
