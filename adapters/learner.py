"""Learning beside the bot: in a process of its own, so that nobody waits for it.

One replica makes the attempt and writes down what it brought; every replica sees that within a minute and makes its
suggestions the same way.
"""

import asyncio
import contextlib
import logging
import pickle
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Awaitable, Coroutine, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any, Literal, TypeVar

from adapters import models
from adapters.apprentice import Answer, Plain, Task
from bot import learning, model
from bot.bot import Bot
from bot.packs import Pack
from bot.schedule import millis
from bot.suggest import Suggester
from bot.turn import House
from storage import learning as storage_learning
from storage.database import Tx
from storage.learning import Confirmed, LessonRow

JOB = "learn"
EVERY = 60.0
CHILD = (sys.executable, "-P", "-m", "adapters.apprentice")
T = TypeVar("T")

log = logging.getLogger("kizuki.learning")


class Failed(Exception):
    """The child made nothing of its task."""


class Learner:
    """Keeps a bot's suggestions as good as its organisation's notes allow."""

    def __init__(self, bot: Bot) -> None:
        self._bot = bot
        self._used: str | None = learning.digest(())
        self._tasks: set[asyncio.Task[Any]] = set()
        self._trying: asyncio.Task[bool] | None = None
        self._slots: list[datetime] = []
        self._following = asyncio.Lock()

    def start(self) -> None:
        """Follow what is learnt, here or by another replica, until closed."""
        self._own(self._follow_on())

    async def close(self) -> None:
        """Stop at once; what was written down stays, and the slot of an attempt under way is given back."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._give_back()

    async def attempt_later(self, slot: datetime) -> asyncio.Task[bool]:
        """Begin an attempt for a claimed slot, unless one is under way; the task says whether it came to its end."""
        self._slots.append(slot)
        if self._trying is None or self._trying.done():
            self._trying = self._own(self._try())
        return self._trying

    async def attempt(self) -> LessonRow | None:
        """Try to learn from the notes there are; None while there are too few and none are used."""
        lesson = await self._lesson()
        if lesson is not None:
            await _succeeds(self.follow())
        return lesson

    async def follow(self, *, anew: bool = False) -> None:
        """Make suggestions the way the newest attempt says; `anew` after the pack itself was read again."""
        if anew:
            self._used = None
        async with self._following:
            house = self._bot.house
            notes, digest = await self._bot.read(_in_use, house.pack)
            if digest == self._used and not anew:
                return
            found = await _suggester(house, notes)
            if self._bot.house is house:
                self._bot.house, self._used = replace(house, suggester=found), digest

    async def renew(self) -> None:
        """Follow after the pack was read again; where that fails, the next minute tries again."""
        await asyncio.wait([self._own(_succeeds(self.follow(anew=True)))])

    def _own(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """A task that ends with the learner."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _follow_on(self) -> None:
        while True:
            await _succeeds(self.follow())
            await asyncio.sleep(EVERY)

    async def _try(self) -> bool:
        """Whether an attempt came to its end; where it failed or was cancelled, its slots are given back."""
        tried = False
        try:
            if tried := await _succeeds(self._lesson()):
                self._slots.clear()
        finally:
            await self._give_back()
        if tried:
            await _succeeds(self.follow())
        return tried

    async def _give_back(self) -> None:
        while self._slots:
            await _succeeds(self._bot.release(JOB, self._slots.pop()))

    async def _lesson(self) -> LessonRow | None:
        """Make an attempt and write it down."""
        house, at = self._bot.house, millis(self._bot.now())
        notes = await self._bot.read(learning.material)
        lesson: LessonRow | None
        if len(notes) < learning.FEWEST:
            lesson = await self._unlearnt(house.pack, notes, at)
        else:
            lesson = await _apart(_task("attempt", house, notes, at))
        if lesson is not None:
            await self._bot.database.transact(partial(storage_learning.add, lesson=lesson))
            _log(lesson)
        return lesson

    async def _unlearnt(self, pack: Pack, notes: Sequence[Confirmed], at: int) -> LessonRow | None:
        """The lesson of too few notes; None where none are used anyway."""
        log.info("learn: %d notes, %d are needed", len(notes), learning.FEWEST)
        newest = await self._bot.read(storage_learning.newest, pack.id, pack.version)
        return learning.too_few(pack, notes, at=at) if newest and newest.adopted else None


def _in_use(tx: Tx, pack: Pack) -> tuple[list[Confirmed], str]:
    notes = learning.in_use(tx, pack)
    return notes, learning.digest(notes)


async def _suggester(house: House, notes: Sequence[Confirmed]) -> Suggester:
    """The suggester that has learnt from these notes; raises `Failed`."""
    if not notes:
        return await asyncio.to_thread(models.suggester, house.pack, house.vocabulary, house.settings.cache)
    plain: Plain = await _apart(_task("learnt", house, notes, 0))
    found = await asyncio.to_thread(model.loaded, *plain)
    return Suggester.by(house.pack, house.vocabulary, found)


def _task(work: Literal["attempt", "learnt"], house: House, notes: Sequence[Confirmed], at: int) -> Task:
    return Task(work, house.pack, house.vocabulary, notes, at, house.settings.cache)


async def _apart(task: Task) -> Any:
    """Have a task done by a process of its own, which ends with this call however it ends; raises `Failed`."""
    question = await asyncio.to_thread(pickle.dumps, task)
    child = await asyncio.create_subprocess_exec(*CHILD, stdin=PIPE, stdout=PIPE, start_new_session=True)
    try:
        answer, _ = await child.communicate(question)
    finally:
        await _end(child)
    if child.returncode:
        raise _failed(f"exit {child.returncode}")
    made, fault = await asyncio.to_thread(_read, answer)
    if fault:
        raise _failed(fault)
    return made


def _read(answer: bytes) -> Answer:
    found: Answer = pickle.loads(answer)  # noqa: S301 - from a process that this one started
    return found


async def _end(child: Process) -> None:
    if child.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            child.kill()
    await child.wait()


def _failed(how: str) -> Failed:
    log.error("learn: the process that learns ended with %s", how)
    return Failed()


async def _succeeds(work: Awaitable[object]) -> bool:
    """Whether some work succeeds; of a fault only the kind is logged, never its message."""
    try:
        await work
    except Exception as fault:  # noqa: BLE001 - suggestions stay as they are; it is tried again
        log.error("learn: %s", type(fault).__name__)
        return False
    return True


def _log(lesson: LessonRow) -> None:
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
