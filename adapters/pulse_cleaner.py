"""What follows the job that closes surveys: a clean-up outside every transaction, repeated until it was done."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime

from storage import pulse_cleaning
from storage.database import Database
from storage.pulse_cleaning import Unclean

JOB = "pulse-close"
PAUSES = (5.0, 30.0, 120.0)

log = logging.getLogger("kizuki.pulse")


def cleaner(database: Database) -> Callable[[datetime], Awaitable[object]]:
    """What the clock does after surveys were closed. It waits for nothing else, and the next morning does it again."""
    return lambda _: _clean(database)


async def _clean(database: Database) -> None:
    for pause in (*PAUSES, None):
        try:
            await pulse_cleaning.clean(database)
        except Unclean as why:
            log.warning("surveys are not cleaned up yet: %s", why)
            if pause is None:
                return
            await asyncio.sleep(pause)
        else:
            return
