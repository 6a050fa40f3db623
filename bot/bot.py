"""The bot: every event and every scheduled run passes through here, each in one transaction, each once."""

import asyncio
import logging
import sys
import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any, TypeVar

from bot import accounts, announcements_reading, intake, jobs, places, receipts, staged, trace
from bot.cards import Block, Card, Quote, Reply, say
from bot.dispatch import ACTIONS, UNASKED, dispatch, only_looks, refused
from bot.events import Command, Event, Handle, Opened, Place, Press, Profile, cleaned
from bot.intake import Said, TakenIn
from bot.jobs import Run
from bot.pulse import SECRET
from bot.schedule import millis
from bot.staged import Staged
from bot.studies import Crowded, Studies
from bot.turn import House, Refusal, TakesLong, Turn
from bot.watch import Ended, Outcome, Seen
from storage import once, outbox, people
from storage.database import Busy, Database, Tx

T = TypeVar("T")
Now = Callable[[], datetime]
# What a platform says of one of its accounts; None where it cannot be asked.
Directory = Callable[[str], Awaitable[Profile | None]]

log = logging.getLogger("kizuki")

LOOK_UP = 1.2
# How long an answer may be on its way before it counts as lost.
INSURED = timedelta(minutes=1)


class Unfinished(Exception):
    """A part of a scheduled run failed; what was done is done, the slot may be tried again."""


class Unmet(Exception):
    """Nobody knows who is behind a handle: its platform is to be asked."""

    def __init__(self, handle: Handle) -> None:
        super().__init__()
        self.handle = handle


class Duplicate(Exception):
    """This event was acted on before."""


class Bot:
    """One core for every platform. Features run inside; adapters only turn requests into events and draw replies."""

    def __init__(self, house: House, database: Database, now: Now) -> None:
        self.house = house
        self.database = database
        self.studies = Studies(database)
        self.directories: dict[str, Directory] = {}
        self._now = now

    async def handle(self, event: Event, *, insured: bool = False) -> Reply | None:
        """Act on an event and return what to show; None when it was acted on before or needs no answer.

        An `insured` answer, which is not shown in the answer to the request itself, is not missed in silence: unless
        `shown` is called within a minute, the person is asked in their own chat to say it once more.
        """
        started = time.perf_counter()
        outcome: Outcome = "done"
        why = ""
        event = cleaned(event)
        try:
            return await self._act(event, insured=insured)
        except Duplicate:
            outcome = "duplicate"
            return None
        except _Refused as refused:
            outcome, why = "refused", refused.key
            return _asked_for(event, refused.reply)
        except Busy:
            outcome = "busy"
            return self._sorry(event, "cards.busy")
        except Exception as fault:  # noqa: BLE001 - the person hears of it, and the log says where, never what
            outcome, why = "broken", trace.where(fault)
            return self._sorry(event, "cards.broken")
        finally:
            took = time.perf_counter() - started
            seen = Seen(trace.named(event, ACTIONS), outcome, took, trace.key(event), trace.platform(event), why)
            log.info("%s %s %.1f ms %s", seen.action, seen.told, took * 1000, seen.key, extra={"seen": seen})
            self.house.watch.request(seen)

    async def shown(self, event: Event) -> None:
        """The answer to an insured event was shown."""
        await self.database.transact(lambda tx: outbox.cancel(tx, f"answer:{event.key}"))

    async def _act(self, event: Event, *, insured: bool) -> Reply | None:
        """Claim an event and answer it; whoever nobody knows is met first, which stays however the event ends."""
        try:
            if only_looks(self.house.phrases, event):
                turn = await self.database.transact(lambda tx: self._begun(tx, event, insured=insured))
                return await self._looked(turn, event)
            return await self.database.transact(lambda tx: self._answer(self._begun(tx, event, insured=insured), event))
        except Unmet as stranger:
            await self._meet(event, stranger.handle)
            return await self._act(event, insured=insured)

    async def _looked(self, turn: Turn, event: Event) -> Reply | None:
        """Answer what changes nothing beside the writers, and what takes long beside all others."""

        def look(tx: Tx, *, hurried: bool = False) -> Reply | None:
            return self._answer(replace(self._turn(tx, event), hurried=hurried), event)

        try:
            return await self.database.read(partial(look, hurried=True))
        except TakesLong:
            pass
        try:
            return await self.studies.of(turn.who.id if turn.who else turn.handle, look)
        except Crowded:
            late = Refusal("cards.one_at_a_time")
            raise _Refused(late.key, refused(turn, late)) from None

    async def _meet(self, event: Event, handle: Handle) -> None:
        profile = await self._profile(handle)
        await self.database.transact(lambda tx: self._met(tx, event, handle, profile))

    def _met(self, tx: Tx, event: Event, handle: Handle, profile: Profile | None) -> None:
        """Who it is and where they can be written to, at once: what waited for them must find its way."""
        accounts.meet(Turn(tx, self.house, self._now(), key=f"meet:{handle.id}"), handle, profile)
        turn = self._turn(tx, event)
        places.remember(turn, handle, event.where)
        if profile and profile.chat:
            places.remember(turn, handle, profile.chat)

    async def take_in(self, platform: str, found: Iterable[Said]) -> TakenIn:
        """Bring accounts up to date with what a platform says of them: pages of its directory, or one that changed.

        Nobody is written to because of it: whoever is linked is welcomed when they first do something themselves.
        """
        total = TakenIn()
        for part in intake.parts(found):
            total = total.plus(await self.database.transact(partial(self._take_in, platform=platform, part=part)))
        return total

    async def keep(self, handle: Handle, chat: Place) -> None:
        """Remember where an account is written to, which the platform told on the way."""
        await self.database.transact(lambda tx: self._keep(tx, handle, chat))

    def _keep(self, tx: Tx, handle: Handle, chat: Place) -> None:
        turn = Turn(tx, self.house, self._now(), key=f"chat:{handle.id}", actor="directory")
        account = accounts.known(turn, handle)
        places.keep_chat(turn, handle, chat, places.find(turn, chat), account and account.person_id)

    async def has_read(self, handle: Handle, was_read: Callable[[str], bool]) -> None:
        """A platform told what somebody has read: `was_read` says it of a message by its reference.

        It tells of every message people read; only news of an announcement is written down.
        """
        now = self._now()

        def news(tx: Tx) -> list[int]:
            turn = Turn(tx, self.house, now, handle=handle)
            _recognise(turn, handle)
            return announcements_reading.news(turn, was_read)

        def keep(tx: Tx) -> None:
            turn = Turn(tx, self.house, now, handle=handle)
            _recognise(turn, handle)
            announcements_reading.keep(turn, announcements_reading.news(turn, was_read))

        if await self.database.read(news):
            await self.database.transact(keep)

    def _take_in(self, tx: Tx, *, platform: str, part: list[Said]) -> TakenIn:
        turn = Turn(tx, self.house, self._now(), key=f"directory:{platform}", actor="directory")
        return intake.take_in(turn, platform, part)

    async def _profile(self, handle: Handle) -> Profile | None:
        try:
            async with asyncio.timeout(LOOK_UP):
                return await self.directories[handle.platform](handle.id)
        except Exception as fault:  # noqa: BLE001 - whoever cannot be looked up is a stranger for now
            log.warning("directory of %s: %s", handle.platform, type(fault).__name__)
            return None

    def now(self) -> datetime:
        """This moment in the organisation's time zone."""
        return self._now()

    async def read(self, query: Callable[..., T], *args: Any) -> T:
        """Run a query for a page, a file or a list, beside the writers."""
        return await self.database.read(lambda tx: query(tx, *args))

    async def read_as(self, handle: Handle, query: Callable[..., T], *args: Any) -> T:
        """Run a query for a page or a file as the person behind a handle; it is given a turn, to ask `may`."""

        def work(tx: Tx) -> T:
            turn = Turn(tx, self.house, self._now(), handle=handle)
            _recognise(turn, handle)
            return query(turn, *args)

        return await self.database.read(work)

    async def study_as(self, handle: Handle, query: Callable[..., T], *args: Any) -> T:
        """`read_as` for what may take long, after what the same person asked for before."""

        def work(tx: Tx) -> T:
            turn = Turn(tx, self.house, self._now(), handle=handle)
            _recognise(turn, handle)
            return query(turn, *args)

        who = await self.read_as(handle, lambda turn: turn.who)
        return await self.studies.of(who.id if who else handle, work, most=sys.maxsize)

    async def tick(self, job: str, slot: datetime) -> int:
        """Run what a schedule has due at `slot`, unless somebody did; returns how many runs were done here.

        A run that fails does not stop the others; `Unfinished` says at the end that the slot is worth another try.
        """
        slot = slot.astimezone(self.house.settings.zone)
        schedule = self.house.settings.schedules.get(job)  # type: ignore[call-overload]
        if schedule is None or not self.house.calendar.falls_on(schedule.days, slot.date()):
            return 0
        started, done, failed = time.perf_counter(), 0, 0
        for scope, run in await jobs.runs(self.database, job, slot):
            try:
                done += await self._run(run, job, scope, slot)
            except Exception as fault:  # noqa: BLE001 - the other runs are due as well
                failed += 1
                log.error("tick %s %s: %s", job, slot.isoformat(), trace.where(fault))
        ended: Ended = "failed" if failed else "done" if done else "nothing"
        seen = Seen(f"tick {job}", ended, time.perf_counter() - started, slot.isoformat())
        log.info("tick %s %s: %d runs, %d failed", job, slot.isoformat(), done, failed, extra={"seen": seen})
        self.house.watch.tick(job, seen)
        if failed:
            raise Unfinished(job)
        return done

    async def release(self, job: str, slot: datetime) -> None:
        """Give a slot back whose work was not done after all, so that whoever comes next takes it."""
        due = millis(slot.astimezone(self.house.settings.zone))
        await self.database.transact(lambda tx: once.release_slot(tx, job, "", due=due))

    async def last_slot(self, job: str) -> int | None:
        """When the newest run of a job that anybody took was due."""
        return await self.database.read(lambda tx: once.last_slot(tx, job))

    async def _run(self, run: Run | Staged, job: str, scope: str, slot: datetime) -> int:
        """Do it unless somebody did: the claim is in the transaction that ends it."""

        def within(tx: Tx, work: Callable[[Turn], Any]) -> Any:
            return work(Turn(tx, self.house, slot, key=f"{job}:{scope}:{millis(slot)}"))

        def claimed(tx: Tx, work: Callable[[Turn], Any]) -> int:
            if not once.claim_slot(tx, job, scope, due=millis(slot), at=millis(self._now())):
                return 0
            within(tx, work)
            return 1

        if isinstance(run, Staged):
            started = time.perf_counter()
            done: int = await staged.run(self.database, run, within, claimed)
            if done and job == "pulse-close":
                self.house.watch.closed(time.perf_counter() - started)
            return done
        return await self.database.transact(lambda tx: claimed(tx, run))

    def _begun(self, tx: Tx, event: Event, *, insured: bool) -> Turn:
        """The turn of an event, which is claimed, and its account and place remembered, first."""
        hidden, secret = trace.hides(event), isinstance(event, Press) and event.action in SECRET
        key = receipts.claim(self.house.pulse_key, event.key) if hidden else event.key
        if not once.claim(tx, key, at=_day(self._now())):
            raise Duplicate
        turn = self._turn(tx, event)
        if isinstance(event, Command | Press | Opened):
            if turn.who is None and event.who.platform in self.directories and accounts.unmet(turn, event.who):
                raise Unmet(event.who)
            if secret:
                # Nothing is written of who pressed: PostgreSQL would number it like what they answered.
                return replace(turn, key=key)
            places.remember(turn, event.who, event.where)
            if insured and turn.who:
                turn.tell_person(turn.who, f"answer:{event.key}", self._unanswered, body="unanswered", wait=INSURED)
        return turn

    def _unanswered(self, lang: str) -> Card:
        """What is said where an answer was lost; it holds nothing of what was asked."""
        text = self.house.phrases(lang, "cards.unanswered")
        return Card((say(text),), text, lang)

    def _turn(self, tx: Tx, event: Event) -> Turn:
        turn = Turn(tx, self.house, self._now(), where=event.where, key=event.key)
        if isinstance(event, Command | Press | Opened):
            turn.handle = event.who
            _recognise(turn, event.who)
        return turn

    def _answer(self, turn: Turn, event: Event) -> Reply | None:
        try:
            return dispatch(turn, event)
        except Refusal as refusal:
            raise _Refused(refusal.key, refused(turn, refusal)) from None

    def _sorry(self, event: Event, key: str) -> Reply | None:
        """When nothing could be stored: say so and give the text back."""
        lang = self.house.lang
        text = event.text if isinstance(event, Command) else ""
        if isinstance(event, Press):
            text = event.first("text") or event.first("reason")
        message = self.house.phrases(lang, key)
        blocks: tuple[Block, ...] = (say(message), *((Quote(text),) if text else ()))
        return _asked_for(event, Reply(Card(blocks, message, lang), refused=True))


class _Refused(Exception):
    """A refusal on its way out of the transaction that it undoes."""

    def __init__(self, key: str, reply: Reply) -> None:
        super().__init__(key)
        self.key = key
        self.reply = reply


def _asked_for(event: Event, reply: Reply) -> Reply | None:
    """A refusal, but not of what nobody asked for: such as an offer after a reaction to a colleague's message."""
    return None if isinstance(event, Press) and event.action in UNASKED else reply


def _recognise(turn: Turn, handle: Handle) -> None:
    """Who works here behind a handle; whoever left, and every bot, is a stranger who may only read."""
    person = people.resolve(turn.tx, handle.platform, handle.id, today=turn.day)
    turn.who = turn.present(person)
    turn.standing = "" if turn.who else accounts.standing(turn, handle, person)


def _day(now: datetime) -> int:
    """The day an event was acted on, no nearer: its key names an account, and the moment would say what it did."""
    return millis(now.replace(hour=0, minute=0, second=0, microsecond=0))
