"""Time as an adapter: cron lines from app.yaml become ticks, missed ones are caught up with, and a demo may travel."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.cron import CronTrigger

from bot import surveys
from bot.bot import Bot
from bot.documents import Fault, Faults
from bot.schedule import Calendar, moment
from bot.settings import Settings
from bot.turn import Turn
from storage.database import Tx

WORTH_SEEING = ("daily", "digest", "recognition")
OPENS, CLOSES = "pulse", "pulse-close"
# What a journey through time leaves out: it cleans, learns, and shows nothing.
BEHIND = ("tidy", "learn", "retention", "directory")
HORIZON = timedelta(days=70)
RETRY = timedelta(minutes=1)
MOMENT = timedelta(milliseconds=1)
OVERDUE = timedelta(minutes=1)

log = logging.getLogger("kizuki.clock")


class Time:
    """The time it is, in the organisation's time zone; in a demo it may run ahead."""

    def __init__(self, settings: Settings, *, ahead: timedelta = timedelta()) -> None:
        self._zone = settings.zone
        self._ahead = ahead

    def now(self) -> datetime:
        """This moment."""
        return datetime.now(self._zone) + self._ahead

    def move(self, to: datetime) -> None:
        """Let it be `to`; time never runs backwards."""
        self._ahead += max(timedelta(), to - self.now())


class Clock:
    """Ticks the bot when schedules fire. Replicas may all run one: the bot's slots decide who does the work."""

    def __init__(
        self,
        bot: Bot,
        settings: Settings,
        calendar: Calendar,
        time: Time,
        after: Mapping[str, Callable[[datetime], Awaitable[object]]] | None = None,
    ) -> None:
        """`after` is what follows a run of a job that was done here, told the slot.

        It may begin a task and return it: where that ends with False, the slot was given back and is tried again.
        """
        self._bot = bot
        self._settings = settings
        self._calendar = calendar
        self._time = time
        self._after = after or {}
        self._triggers = triggers(settings)
        self._seen: dict[str, datetime] = {}
        self._scheduler: Any = AsyncIOScheduler(timezone=settings.zone)
        self._guard = asyncio.Lock()

    def now(self) -> datetime:
        """This moment in the organisation's time zone."""
        return self._time.now()

    async def start(self) -> None:
        """Catch up with what was missed, then tick on time."""
        now = self.now()
        for job in self._triggers:
            await self._catch_up(job, now)
        for job, trigger in self._triggers.items():
            # Several missed firings become one: `_fire` looks up every slot since the last one itself.
            options = {"misfire_grace_time": None, "coalesce": True, "max_instances": 1}
            self._scheduler.add_job(self._fire, trigger, args=[job], id=job, **options)
        self._scheduler.start()
        for job in self._triggers:
            await self._fire(job)

    def alive(self) -> bool:
        """Whether it ticks: nothing is due that was not begun."""
        due = [job.next_run_time for job in self._scheduler.get_jobs()]
        running: bool = self._scheduler.running
        return running and all(at > datetime.now(at.tzinfo) - OVERDUE for at in due)

    async def close(self) -> None:
        """Tick no more; a run that is under way is finished first."""
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)
        async with self._guard:
            return

    async def upcoming(self) -> tuple[str, datetime] | None:
        """The next scheduled event that a visitor would notice: of surveys only what opens or closes one."""
        now = self.now()
        found = [(slot, job) for job in WORTH_SEEING for slot in self._first(job, now)]
        found += await self._bot.read(self._surveys, now)
        return (min(found)[1], min(found)[0]) if found else None

    def _surveys(self, tx: Tx, now: datetime) -> list[tuple[datetime, str]]:
        """When the next survey opens and when the next one closes, as things stand."""
        turn = Turn(tx, self._bot.house, now)
        does = ((OPENS, surveys.opening(turn)), (CLOSES, surveys.closing(turn)))
        found = ((self._next(job, now, would), job) for job, would in does)
        return [(slot, job) for slot, job in found if slot]

    def _next(self, job: str, after: datetime, would: Callable[[date], bool]) -> datetime | None:
        return next((slot for slot in self._slots(job, after, after + HORIZON) if would(slot.date())), None)

    async def travel(self, to: datetime) -> None:
        """Move a demo's time forward, running everything that is due on the way, in order."""
        async with self._guard:
            now = self.now()
            jobs = [j for j in self._triggers if j not in BEHIND]
            slots = sorted((slot, job) for job in jobs for slot in self._slots(job, now, to))
            for slot, job in slots:
                self._time.move(slot)
                await self._tick(job, slot)
            self._time.move(to)
            self._seen = dict.fromkeys(self._triggers, self.now())

    async def _fire(self, job: str) -> None:
        """Run every slot since the last one; what fails is tried again in a minute, as long as its grace lasts."""
        async with self._guard:
            now = self.now()
            since = max(self._seen[job], now - self._grace(job))
            self._log_skipped(job, self._seen[job], since)
            slots = list(self._slots(job, since, now))
            self._seen[job] = now
            for slot in slots:
                if not await self._tick(job, slot):
                    self._again(job, slot)
                    return

    def _again(self, job: str, slot: datetime) -> None:
        """Look in a minute at a slot and those after it."""
        self._seen[job] = min(self._seen[job], slot - MOMENT)
        if self._scheduler.running:
            when = {"run_date": datetime.now(slot.tzinfo) + RETRY, "id": f"{job} again", "replace_existing": True}
            self._scheduler.add_job(self._fire, "date", args=[job], misfire_grace_time=None, **when)

    def _grace(self, job: str) -> timedelta:
        return self._settings.schedules[job].grace  # type: ignore[index]

    def _log_skipped(self, job: str, since: datetime, until: datetime) -> None:
        skipped = sum(1 for _ in self._slots(job, since, until)) if since < until else 0
        if skipped and job in WORTH_SEEING:
            log.warning("%s: %d runs were missed for longer than the grace period and are skipped", job, skipped)

    async def _tick(self, job: str, slot: datetime) -> bool:
        try:
            done = await self._bot.tick(job, slot)
            if done and job in self._after:
                self._watch(await self._after[job](slot), job, slot)
        except Exception as fault:  # noqa: BLE001 - the next slot must still run; what failed was rolled back
            log.error("tick %s %s failed: %s", job, slot.isoformat(), type(fault).__name__)
            return False
        return True

    def _watch(self, begun: object, job: str, slot: datetime) -> None:
        """See to it that a slot is tried again if the task that was begun for it fails."""

        def ended(task: asyncio.Task[object]) -> None:
            if not task.cancelled() and (task.exception() or not task.result()):
                self._again(job, slot)

        if isinstance(begun, asyncio.Task):
            begun.add_done_callback(ended)

    async def _catch_up(self, job: str, now: datetime) -> None:
        """Run slots missed inside the grace period; older ones are only logged."""
        last = await self._bot.last_slot(job)
        if last is not None:
            self._log_skipped(job, moment(last, self._settings.zone), now - self._grace(job))
        self._seen[job] = now - self._grace(job)

    def _first(self, job: str, after: datetime) -> list[datetime]:
        return next(([slot] for slot in self._slots(job, after, after + HORIZON)), [])

    def _slots(self, job: str, after: datetime, until: datetime) -> Iterator[datetime]:
        """The moments after `after`, up to `until`, at which a job is due; none for one that is off."""
        if job not in self._triggers:
            return
        trigger, schedule = self._triggers[job], self._settings.schedules[job]  # type: ignore[index]
        slot: datetime | None = trigger.get_next_fire_time(None, after + MOMENT)
        while slot is not None and slot <= until:
            if self._calendar.falls_on(schedule.days, slot.date()):
                yield slot
            slot = trigger.get_next_fire_time(None, slot + MOMENT)


def triggers(settings: Settings, file: str = "app.yaml") -> dict[str, Any]:
    """A cron trigger per job; raises `Faults` for lines that are not cron."""
    found, faults = {}, []
    for job, schedule in settings.schedules.items():
        try:
            found[str(job)] = CronTrigger.from_crontab(schedule.cron, timezone=settings.zone)
        except ValueError as fault:
            faults.append(Fault(file, 1, f"schedules.{job}.cron '{schedule.cron}': {fault}"))
    if faults:
        raise Faults(faults)
    return found
