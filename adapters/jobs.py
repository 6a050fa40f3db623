"""`kizuki run`: one scheduled job, by hand."""

from datetime import datetime

from adapters.clock import Time
from bot.bot import Bot
from bot.turn import House
from storage import schema
from storage.engines import open_database


async def run_job(house: House, job: str, slot: datetime) -> int:
    """Run a job for a slot; what it owes waits in the outbox for a running `serve`. Returns how many runs were done."""
    schema.check(house.settings.database)
    database = open_database(house.settings.database)
    try:
        return await Bot(house, database, Time(house.settings).now).tick(job, slot)
    finally:
        database.close()
