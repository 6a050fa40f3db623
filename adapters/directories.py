"""Every night each platform is asked who is there, so that people can be reached who never wrote to the bot."""

import asyncio
import logging
from collections.abc import Mapping
from datetime import datetime

from adapters.platform import Platform
from bot.bot import Bot

JOB = "directory"
# What one night may take: Slack lists 54,046 people in five minutes, Teams in a quarter of an hour.
LONGEST_S = 4 * 3_600

log = logging.getLogger("kizuki.directory")


class Directories:
    """Reads the directories of all platforms, in a task of its own; whoever holds the slot does it."""

    def __init__(self, bot: Bot, platforms: Mapping[str, Platform]) -> None:
        self._bot = bot
        self._platforms = platforms
        self._tasks: set[asyncio.Task[bool]] = set()

    async def read_later(self, slot: datetime) -> asyncio.Task[bool]:
        """Begin to read for a claimed slot; the task says whether all came to its end, else the slot is given back."""
        task = asyncio.create_task(self._read(slot), name="directories")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def close(self) -> None:
        """Stop reading; another replica, or the next start, takes the slot."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def read(self) -> bool:
        """Read every platform's directory; one that fails does not keep the others from it."""
        done = [await self._one(name, platform) for name, platform in self._platforms.items()]
        return all(done)

    async def _read(self, slot: datetime) -> bool:
        whole = False
        try:
            whole = await self.read()
        finally:
            if not whole:
                await self._bot.release(JOB, slot)
        return whole

    async def _one(self, name: str, platform: Platform) -> bool:
        try:
            async with asyncio.timeout(LONGEST_S):
                async for page in platform.everyone():
                    await self._bot.take_in(name, page)
                async for event in platform.places():
                    await self._bot.handle(event)
        except Exception as fault:  # noqa: BLE001 - the next platform, and the next night, are to have their turn
            log.warning("the directory of %s was not read to its end: %s", name, type(fault).__name__)
            return False
        return True
