"""Learning on schedule: attempts run in a process of their own, so that nobody waits for them.

One replica makes the attempt and writes down what it brought; every replica sees that within a minute and makes its
suggestions the same way.
"""

import asyncio
import contextlib
import logging
import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TypeVar

from adapters import models
from bot import learning
from bot.bot import Bot
from bot.packs import Pack
from bot.schedule import millis
from bot.suggest import Suggester
from bot.training import Labelled
from bot.turn import House
from bot.vocabulary import Vocabulary
from storage import learning as storage_learning
from storage.database import Tx
from storage.learning import LessonRow

JOB = "learn"
EVERY = 60.0
T = TypeVar("T")

log = logging.getLogger("kizuki.learning")


class Learner:
    """Keeps a bot's suggestions as good as its organisation's notes allow."""

    def __init__(self, bot: Bot) -> None:
        self._bot = bot
        self._used: int | None = None
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Follow what is learnt, here or by another replica, until closed."""
        self._task = asyncio.create_task(self._follow_on())

    async def close(self) -> None:
        """Stop; what was written down stays."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def attempt(self) -> LessonRow | None:
        """Try to learn from the notes there are; None while there are too few."""
        house, at = self._bot.house, millis(self._bot.now())
        notes = await self._bot.read(learning.material)
        if len(notes) < learning.FEWEST:
            log.info("learn: %d notes, %d are needed", len(notes), learning.FEWEST)
            return None
        make = partial(learning.attempt, house.pack, house.vocabulary, notes, trainer(house), at=at)
        found = await _apart(make)
        assert found is not None  # noqa: S101 - there were enough
        lesson = found.lesson
        await self._bot.database.transact(lambda tx: storage_learning.add(tx, lesson))
        log.info(
            "learn: %d notes, held out %d, hit@3 %d to %d, top-1 %d to %d, %s",
            lesson.notes,
            lesson.held_out,
            lesson.hits_before,
            lesson.hits_after,
            lesson.firsts_before,
            lesson.firsts_after,
            "used" if lesson.adopted else "not used",
        )
        await self.follow()
        return lesson

    async def follow(self, *, anew: bool = False) -> None:
        """Make suggestions the way the newest attempt says; `anew` after the pack itself was read again."""
        house = self._bot.house
        newest = await self._bot.read(_newest, house.pack)
        if (newest.id if newest else 0) == (self._used or 0) and not anew:
            return
        notes = await self._bot.read(learning.in_use, house.pack)
        suggester = await _apart(partial(learning.learnt, house.pack, house.vocabulary, notes, trainer(house)))
        if self._bot.house is house:
            self._bot.house = replace(house, suggester=suggester)
            self._used = newest.id if newest else 0

    async def _follow_on(self) -> None:
        while True:
            try:
                await self.follow()
            except Exception as fault:  # noqa: BLE001 - suggestions stay as they are; the next minute tries again
                log.error("learn: %s", type(fault).__name__)
            await asyncio.sleep(EVERY)


def trainer(house: House) -> Callable[[Sequence[Labelled]], Suggester]:
    """How a house's suggesters are made from lessons; can be handed to another process."""
    return partial(_made, house.pack, house.vocabulary, house.settings.cache)


def _made(pack: Pack, words: Vocabulary, cache: Path | None, lessons: Sequence[Labelled]) -> Suggester:
    model = models.trained(lessons, pack.numbers, cache)
    return Suggester(pack.numbers, words.words, model, taught=len(words.examples))


def _newest(tx: Tx, pack: Pack) -> LessonRow | None:
    return storage_learning.newest(tx, pack.id, pack.version)


async def _apart(work: Callable[[], T]) -> T:
    """Run slow work in another process, behind everything else on this machine."""
    # Imported when it is needed: most processes never learn.
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    with ProcessPoolExecutor(1, mp_context=get_context("spawn"), initializer=os.nice, initargs=(10,)) as pool:
        return await asyncio.get_running_loop().run_in_executor(pool, work)
