"""One replica at a time: whoever holds the lease leads, the others look again and again."""

import asyncio
import contextlib
import logging
import secrets
from datetime import timedelta

from bot.bot import Now
from bot.schedule import millis
from storage import leases
from storage.database import Database

TERM = timedelta(seconds=30)
RENEW, RETRY = 10.0, 2.0

log = logging.getLogger("kizuki.leadership")


class Leadership:
    """This process's part in a race for a name."""

    def __init__(self, database: Database, now: Now, name: str) -> None:
        self._database = database
        self._now = now
        self._name = name
        self._holder = secrets.token_hex(8)
        self._until = 0
        self._closing = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    @property
    def held(self) -> bool:
        """Whether this process leads now."""
        return millis(self._now()) < self._until

    def start(self) -> None:
        """Keep what is held, inside the running event loop."""
        self._task = asyncio.create_task(self._keep(), name=f"leads {self._name}")

    async def close(self) -> None:
        """Let somebody else lead at once."""
        self._closing.set()
        if self._task:
            await self._task
        if not self._until:
            return
        self._until = 0
        try:
            await self._database.transact(lambda tx: leases.give_back(tx, self._name, self._holder))
        except Exception as fault:  # noqa: BLE001 - it runs out by itself
            log.warning("%s: not given back: %s", self._name, type(fault).__name__)

    async def sure(self) -> bool:
        """Lead if nobody else does; whether this process leads."""
        return self.held or await self._take()

    async def _take(self) -> bool:
        now = self._now()
        until = millis(now + TERM)
        taken = await self._database.transact(
            lambda tx: leases.take(tx, self._name, self._holder, now=millis(now), until=until)
        )
        if taken != bool(self._until):
            log.info("%s: %s", self._name, "led from here" if taken else "led by another replica")
        self._until = until if taken else 0
        return taken

    async def _keep(self) -> None:
        pause = RENEW
        while not await self._closed_within(pause):
            pause = RENEW
            try:
                if self._until:
                    await self._take()
            except Exception as fault:  # noqa: BLE001 - it is tried until it has run out, and then taken anew
                log.warning("%s: not renewed: %s", self._name, type(fault).__name__)
                pause = RETRY

    async def _closed_within(self, seconds: float) -> bool:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._closing.wait()
        return self._closing.is_set()
