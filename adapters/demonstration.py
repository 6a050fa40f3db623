"""What `kizuki demo` opens: a made-up organisation in a database of its own."""

import asyncio
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import yaml

from adapters.app import CONTENT, furnish
from bot import demo
from bot.organisation import Organisation
from bot.platforms import Platforms
from bot.settings import Server, Settings
from bot.turn import House
from storage import schema
from storage.engines import open_database

FOLDER = CONTENT / "demo"


@contextmanager
def prepared(port: int, keep: Path | None = None) -> Iterator[House]:
    """A furnished house whose database holds the demo organisation; gone afterwards unless `keep` names a file."""
    with tempfile.TemporaryDirectory(prefix="kizuki-demo-") as folder:
        path = (keep or Path(folder) / "demo.db").absolute()
        house = furnish(demo_settings(port, f"sqlite:///{path}"))
        if not path.exists():
            schema.upgrade(house.settings.database)
            asyncio.run(_seed(house))
        yield house


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


async def _seed(house: House) -> None:
    database = open_database(house.settings.database)
    now = datetime.now(house.settings.zone)
    await database.transact(lambda tx: demo.seed(tx, house, FOLDER, now=now))
    database.close()
