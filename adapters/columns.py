"""What reports count, kept as columns when nobody waits: after a migration or a restore, for what is over."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import partial

from bot.settings import Settings
from storage import segments
from storage.database import Database
from storage.engines import open_database


def keep(settings: Settings) -> int:
    """Keep whatever is over and not kept; returns how many chunks."""
    database = open_database(settings.database)
    try:
        # In a thread of its own: whoever calls may be on an event loop.
        with ThreadPoolExecutor(1) as pool:
            return pool.submit(asyncio.run, _kept(database, settings)).result()
    finally:
        database.close()


async def _kept(database: Database, settings: Settings) -> int:
    today = datetime.now(settings.zone).date()
    due = await database.read(lambda tx: segments.due(tx, today))
    for one in due:
        await database.transact(partial(segments.keep, of=one))
    return len(due)
