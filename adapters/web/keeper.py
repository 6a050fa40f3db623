"""Works the figures of pages out before anybody asks, and anew before they are missed, beside the requests."""

import asyncio
import logging
from collections.abc import AsyncIterator
from time import perf_counter

from aiohttp import web

from adapters.web.site import Site
from bot import page_models, trace
from bot.kept import OLDEST, Recipe
from storage.database import Tx

# How often it looks what is due, how long what nobody asked for stays as it is, and how long a start waits for it.
PAUSE = 5.0
READY = OLDEST / 2
FIRST = 2.0
# As long as something took, for so much of it others have the machine for themselves.
REST = 1.0

log = logging.getLogger("kizuki.web")


class Keeper:
    """Runs as long as the web application does; every replica has its own."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._site.kept.renewed = True

    async def run(self, _: web.Application) -> AsyncIterator[None]:
        """For `cleanup_ctx`: what is under way when it ends is waited for, as it reads from the database."""
        end, begun = asyncio.Event(), asyncio.Event()
        working = asyncio.create_task(self._work(end, begun))
        # Nobody is let in before the first page is ready, unless that takes long.
        await _ended(begun, FIRST)
        yield
        end.set()
        await working

    async def _work(self, end: asyncio.Event, begun: asyncio.Event) -> None:
        while not end.is_set():
            for recipe in await self._due():
                started = perf_counter()
                await self._renew(recipe)
                begun.set()
                if await _ended(end, REST * (perf_counter() - started)):
                    return
            begun.set()
            await _ended(end, PAUSE)

    async def _due(self) -> list[Recipe[object]]:
        """What somebody misses first, then what is to be ready."""
        try:
            standing = await self._site.bot.database.read(self._standing)
        except Exception as fault:  # noqa: BLE001 - nobody waits for this; the next round may do better
            log.warning("figures of pages: %s", trace.where(fault))
            return []
        kept = self._site.kept
        kept.hold(standing)
        late = [recipe for recipe in standing if (age := kept.age(recipe)) is None or age >= READY]
        return list({recipe.key: recipe for recipe in [*kept.due(), *late]}.values())

    def _standing(self, tx: Tx) -> list[Recipe[object]]:
        return list(page_models.standing(self._site.turn(tx)))

    async def _renew(self, recipe: Recipe[object]) -> None:
        def work(tx: Tx) -> None:
            self._site.kept.renew(recipe, self._site.turn(tx))

        try:
            await self._site.bot.database.study(work)
        except Exception as fault:  # noqa: BLE001 - whoever asks for it is told
            log.warning("figures of pages: %s %s", recipe.key[0], trace.where(fault))


async def _ended(end: asyncio.Event, seconds: float) -> bool:
    """Whether the end came within so many seconds."""
    try:
        await asyncio.wait_for(end.wait(), seconds)
    except TimeoutError:
        return False
    return True
