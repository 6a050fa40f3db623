"""`kizuki run`: one scheduled job, by hand."""

from datetime import datetime

from adapters import pulse_key
from adapters.clock import Time
from adapters.learner import JOB, Learner
from adapters.pulse_cleaner import JOB as CLEANS
from adapters.pulse_cleaner import cleaner
from bot import editions
from bot.bot import Bot
from bot.schedule import millis
from bot.turn import House
from storage import schema
from storage.engines import open_database


async def run_job(house: House, job: str, slot: datetime) -> int:
    """Run a job for a slot; what it owes waits in the outbox for a running `serve`. Returns how many runs were done."""
    schema.check(house.settings.database)
    database = open_database(house.settings.database)
    try:
        house = pulse_key.keyed(house)
        bot = Bot(house, database, Time(house.settings).now)
        await database.transact(lambda tx: editions.settle(tx, house.pack, at=millis(bot.now())))
        done = await bot.tick(job, slot)
        if done and job == JOB:
            await _learn(bot, slot)
        if done and job == CLEANS:
            await cleaner(database)(slot)
        return done
    finally:
        database.close()


async def _learn(bot: Bot, slot: datetime) -> None:
    """Make an attempt; where it fails or is interrupted, its slot is given back."""
    try:
        await Learner(bot).attempt()
    except BaseException:
        await bot.release(JOB, slot)
        raise
