"""A database in which everything there is was done once."""

from datetime import datetime
from pathlib import Path

from bot.settings import Settings
from bot.turn import House
from storage.engines import open_database
from tests.conftest import MORNING
from tests.databases import MIGRATED, Kept
from tests.full_life import full_life
from tests.talk import Talk

LIVED = "lived"


async def lived(house: House, kept: Kept, folder: Path) -> str:
    """A database in which everything there is was done once; made once."""
    if LIVED not in kept:
        url = kept.copy(MIGRATED, folder)
        database = open_database(url)
        talk = await Talk.begin(house, database, now=datetime.fromisoformat(MORNING))
        await full_life(talk)
        await talk.bot.tick("tidy", talk.now)
        database.close()
        kept.keep(url, LIVED)
    return kept.copy(LIVED, folder)


def of(settings: Settings, url: str) -> Settings:
    """What app.yaml says, with a database."""
    return settings.model_copy(update={"database": url})
