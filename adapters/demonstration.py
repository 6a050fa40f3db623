"""What `kizuki demo` opens: a made-up organisation in a database of its own."""

import asyncio
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import yaml

from adapters import pulse_key
from adapters.app import CONTENT, furnish
from bot import demo, demo_pulse
from bot.organisation import Organisation
from bot.platforms import Platforms
from bot.pulse_settings import Pulse
from bot.settings import Server, Settings
from bot.turn import House
from storage import schema
from storage.engines import open_database

FOLDER, HOST = CONTENT / "demo", "127.0.0.1"


@contextmanager
def prepared(port: int, keep: Path | None = None) -> Iterator[House]:
    """A furnished house whose database holds the demo organisation; gone afterwards unless `keep` names a file.

    Port 0 is any free one, which is chosen here: links to the pages are made before anything listens.
    """
    with tempfile.TemporaryDirectory(prefix="kizuki-demo-") as folder:
        path = (keep or Path(folder) / "demo.db").absolute()
        house = furnish(demo_settings(port or _free(), f"sqlite:///{path}"))
        house = pulse_key.keyed(house)
        fresh = not path.exists()
        if fresh:
            schema.upgrade(house.settings.database)
        yield asyncio.run(_inhabited(house, fresh=fresh))


def _free() -> int:
    """A port on which nothing listens now."""
    with socket.socket() as found:
        found.bind((HOST, 0))
        return int(found.getsockname()[1])


def demo_settings(port: int, database: str) -> Settings:
    """The settings of the demo: everything usual, in the browser, on this machine only."""
    found = yaml.safe_load((FOLDER / "organisation.yaml").read_text(encoding="utf-8"))
    name = {"ja": found["name"]["ja"], "en": found["name"]["en"]}
    return Settings(
        organisation=Organisation(name=name, closed=("12-29..01-03",)),
        database=database,
        server=Server(port=port),
        platforms=Platforms(playground=True),
    )


async def _inhabited(house: House, *, fresh: bool) -> House:
    """The house with its people, and with a survey that comes round on the weekday on which the last one opened."""
    database = open_database(house.settings.database)
    now = datetime.now(house.settings.zone)
    if fresh:
        await database.transact(lambda tx: demo.seed(tx, house, FOLDER, now=now))
    opened = await database.read(lambda tx: demo_pulse.newest(tx) or now.date())
    database.close()
    plan = Pulse(surveys={demo_pulse.NAME: demo_pulse.plan(opened)})
    return replace(house, settings=house.settings.model_copy(update={"pulse": plan}))
