"""The outbox loop: lease what is due, send it, write down what became of it. Of any number of replicas one does it."""

import asyncio
import contextlib
import logging
import random
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from time import monotonic

from adapters.chains import Chains, Leased
from adapters.leadership import Leadership
from adapters.ledger import Ledger
from adapters.platform import Gone, Later, Platform
from adapters.reminding import Reminding, Worth, forgotten
from bot import cards, pulse_reminding
from bot.bot import Now
from bot.events import Place
from bot.schedule import after_quiet, millis
from bot.settings import Settings
from storage import deliveries, outbox, people, places
from storage.database import Database
from storage.deliveries import Found, Outcome, Reader
from storage.outbox import Owed
from storage.places import PlaceRow

LEASE = timedelta(seconds=60)
LONGEST_SEND = 30.0
IDLE, CROWDED, LOOK = 1.0, 0.5, 3.0
SILENT = 60.0
FIRST_WAIT, LONGEST_WAIT = 2.0, 3_600.0
OFF = timedelta(hours=1)
# Whoever arrives has what waits sent at once; this only looks whether that was missed.
UNREACHED = timedelta(days=1)
# What was looked up longer ago, in ms, is looked up again before it is sent.
FRESH = 2_000

log = logging.getLogger("kizuki.delivery")
# A message to everybody is one card.
_card = lru_cache(maxsize=64)(cards.load)


class Delivery:
    """Empties the outbox through the platforms."""

    def __init__(
        self,
        database: Database,
        platforms: Mapping[str, Platform],
        settings: Settings,
        now: Now,
        worth: Worth | None = None,
    ) -> None:
        """`worth` says of a reminder whether it is still to be sent; without it none is."""
        self._database = database
        self._platforms = platforms
        self._limits = settings.delivery
        self._quiet = settings.quiet
        self._now = now
        self._wake = asyncio.Event()
        self._chains = Chains(self._send, at_once=self._limits.at_once, changed=self._wake.set)
        self._ledger = Ledger(database)
        self._reminding = Reminding(database, worth)
        self._leadership = Leadership(database, now, "delivery")
        self._task: asyncio.Task[None] | None = None
        self._looked = 0.0
        self._stop = asyncio.Event()

    def start(self) -> None:
        """Begin delivering, inside the running event loop, whenever no other replica does."""
        self._database.listen(self._wake.set)
        self._leadership.start()
        self._looked = monotonic()
        self._task = asyncio.create_task(self._run(), name="delivery")

    def alive(self) -> bool:
        """Whether the loop goes on and could look into the database lately."""
        return self._task is not None and not self._task.done() and monotonic() - self._looked < SILENT

    async def close(self) -> None:
        """Finish what is being sent, give back what is not, and stop."""
        self._stop.set()
        self._wake.set()
        await self._leave()
        if self._task:
            await self._task
        await self._chains.finish()
        await self._leadership.close()

    async def drain(self) -> int:
        """Send what is due now until nothing is; returns how many were looked at."""
        seen = 0
        while True:
            self._wake.clear()
            # While anything is on its way, nothing more may be leased than this: it says nothing of what is due.
            idle = not self._chains.busy
            took = await self._fill()
            seen += took
            if idle and not took:
                self._chains.check()
                return seen
            if took < self._limits.at_once:
                await _within(IDLE, self._wake)

    async def _run(self) -> None:
        while not self._stop.is_set():
            try:
                pause = await self._step()
                self._looked = monotonic()
            except Exception as fault:  # noqa: BLE001 - whatever it was, what is owed is still owed: look again soon
                log.warning("outbox out of reach: %s", type(fault).__name__)
                pause = IDLE
            await _within(pause, self._wake)

    async def _step(self) -> float:
        """Take what is due; returns after how many seconds there may be more."""
        if not await self._leadership.sure():
            await self._leave()
            await _within(LOOK, self._stop)
            return 0.0
        self._wake.clear()
        took = await self._fill()
        if self._chains.crowded:
            return IDLE
        return 0.0 if took == self._limits.at_once else await self._pause()

    async def _pause(self) -> float:
        soonest = await self._database.read(outbox.soonest)
        if soonest is None:
            return IDLE
        least = CROWDED if self._chains.full() else 0.05
        return min(IDLE, max(least, (soonest - millis(self._now())) / 1000))

    def _may_send(self) -> bool:
        return not self._stop.is_set() and (self._task is None or self._leadership.held)

    async def _fill(self) -> int:
        """Lease some of what is due, if there is room, and have it sent; returns how many."""
        self._chains.check()
        if self._chains.crowded or not self._may_send():
            return 0
        now = self._now()
        again = self._reminding.again(millis(now))
        for one in again:
            self._chains.add(one)
        until, busy = millis(now + LEASE), self._chains.full()
        owed = await self._database.transact(
            lambda tx: outbox.lease(tx, now=millis(now), until=until, limit=self._limits.at_once, busy=busy)
        )
        try:
            found = await self._look_up(owed)
        except Exception:
            await self._ledger.write([_waiting_still(one, until) for one in owed])
            raise
        await self._begin([Leased(o, until, f, millis(now)) for o, f in zip(owed, found, strict=True)])
        return len(owed) + len(again)

    async def _look_up(self, owed: Sequence[Owed]) -> list[Found]:
        today = self._now().date().isoformat()
        return await self._database.read(lambda tx: deliveries.found(tx, owed, today=today)) if owed else []

    async def _begin(self, leased: Sequence[Leased]) -> None:
        now, put_off = millis(self._now()), []
        for one in leased:
            if not self._may_send():
                put_off.append(_given_back(one))
            elif until := self._chains.held(one.goal, now=now) or self._reminding.held(one.owed, now):
                put_off.append(_waits(one, until, outbox.LATER))
            else:
                self._chains.add(one)
        if put_off:
            await self._ledger.write(put_off)

    async def _leave(self) -> None:
        """Give back what is leased and not begun, so that another replica can take it at once."""
        left = self._chains.unbegun()
        try:
            if left:
                await self._ledger.write([_given_back(one) for one in left])
        except Exception as fault:  # noqa: BLE001 - the leases run out by themselves
            log.warning("not given back: %s", type(fault).__name__)

    async def _send(self, one: Leased, behind: deque[Leased]) -> None:
        """Send a message and write down what became of it, and of what is behind it where that cannot follow."""
        if not self._may_send() or one.until - millis(self._now()) <= LONGEST_SEND * 1000:
            await self._ledger.write([_given_back(o) for o in (one, *_taken(behind))])
            return
        try:
            outcome = await self._sent(await self._fresh(one))
        except Later as later:
            # The place takes nothing now: what comes after must not overtake what waits.
            due = self._in(later.seconds)
            self._chains.hold(one.goal, until=due, now=millis(self._now()))
            outcomes = [_waits(o, due, outbox.LATER) for o in (one, *_taken(behind))]
        except Gone as gone:
            # What is behind may be reached elsewhere: it is looked up anew.
            outcomes = [await self._gone(one, gone.why), *(_given_back(o) for o in _taken(behind))]
        else:
            outcomes = [outcome]
        await self._ledger.write(outcomes)
        if outcomes[0].error == outbox.UNREACHED and one.owed.person_id is not None:
            await self._arrived_meanwhile(one.owed.person_id)

    async def _fresh(self, one: Leased) -> Leased:
        if millis(self._now()) - one.at <= FRESH:
            return one
        return one._replace(found=(await self._look_up([one.owed]))[0])

    async def _sent(self, one: Leased) -> Outcome:
        place, reader = one.found.place, one.found.reader
        if _is_over(one, millis(self._now())):
            return self._ended(one, "expired", error="over")
        kept = self._held_back(one, reader) if reader else None
        if kept:
            return kept
        platform = self._platforms.get(place.platform) if place else None
        if place is None or platform is None:
            why, wait = ("its platform is off", OFF) if place else (outbox.UNREACHED, UNREACHED)
            return _waits(one, self._in(wait.total_seconds()), why)
        deliver = self._reminded if pulse_reminding.of(one.owed.key) else self._delivered
        return await deliver(one, platform, place)

    async def _reminded(self, one: Leased, platform: Platform, place: PlaceRow) -> Outcome:
        """A reminder, after everything that is the same for those who answered and those who did not.

        Its row goes first: how long sending takes, and what comes of it, shows in no copy of the database.
        """

        async def send() -> None:
            async with asyncio.timeout(LONGEST_SEND):
                await platform.send(_place(place), _card(one.found.card), key=one.owed.key)

        await self._ledger.write([forgotten(one)])
        await self._reminding.deal_with(one, self._now(), send)
        return forgotten(one)

    async def _arrived_meanwhile(self, person_id: int) -> None:
        """Whoever came to a platform while their message was held was not woken for it: look once more."""
        if await self._database.read(lambda tx: people.private_place(tx, person_id)) is not None:
            now = millis(self._now())
            await self._database.transact(lambda tx: outbox.wake(tx, person_id, now=now))

    def _held_back(self, one: Leased, reader: Reader) -> Outcome | None:
        """Wishes count when a message goes out, not when it was written: no messages, quiet hours, away, gone."""
        now = self._now()
        if reader.muted or (reader.left_on is not None and reader.left_on <= now.date().isoformat()):
            return self._ended(one, "gone", error="wants none" if reader.muted else "left")
        if one.owed.message:
            return None
        if reader.back_on is not None:
            back = datetime.combine(date.fromisoformat(reader.back_on), time(), now.tzinfo)
            return _waits(one, millis(back), outbox.AWAY)
        awake = after_quiet(now, reader.quiet_from or self._quiet.start, reader.quiet_to or self._quiet.end)
        return _waits(one, millis(awake), "quiet hours") if awake > now else None

    async def _delivered(self, one: Leased, platform: Platform, place: PlaceRow) -> Outcome:
        owed = one.owed
        try:
            async with asyncio.timeout(LONGEST_SEND):
                sent = await platform.send(_place(place), _card(one.found.card), key=owed.key, replaces=owed.message)
        except (Later, Gone):
            raise
        except Exception as fault:  # noqa: BLE001 - one message that cannot be sent must not stop the others
            return self._failed(one, fault)
        now = millis(self._now())
        return Outcome(owed, one.until, "sent", owed.tries, now, message=sent, sent_at=now, place_id=place.id)

    async def _gone(self, one: Leased, why: str) -> Outcome:
        owed, place, at = one.owed, one.found.place, millis(self._now())
        if place:
            await self._database.transact(lambda tx: places.mark_gone(tx, place.id, at=at, why=why))
        log.info("gone: message %d", owed.id)
        if owed.person_id is not None and owed.place_id is None and not owed.message:
            return _waits(one, at, "gone there, elsewhere next", tries=owed.tries + 1)
        return self._ended(one, "gone", error="gone")

    def _failed(self, one: Leased, fault: Exception) -> Outcome:
        tries, why = one.owed.tries + 1, type(fault).__name__
        log.warning("not sent (%s, try %d): message %d", why, tries, one.owed.id)
        if tries >= self._limits.attempts:
            return self._ended(one, "parked", error=why, tries=tries)
        wait = min(LONGEST_WAIT, FIRST_WAIT * 2**one.owed.tries) * random.uniform(0.5, 1.5)
        return _waits(one, self._in(wait), why, tries=tries)

    def _ended(self, one: Leased, state: str, *, error: str, tries: int | None = None) -> Outcome:
        count = one.owed.tries if tries is None else tries
        return Outcome(one.owed, one.until, state, count, millis(self._now()), error)

    def _in(self, seconds: float) -> int:
        return millis(self._now() + timedelta(seconds=seconds))


def _waits(one: Leased, due: int, why: str, *, tries: int | None = None) -> Outcome:
    return Outcome(one.owed, one.until, "waiting", one.owed.tries if tries is None else tries, due, why)


def _is_over(one: Leased, now: int) -> bool:
    """Whether a message's time ended, or it was stopped, while it was held here; what was shown only changes."""
    ends = one.found.expires_at
    return ends is not None and ends <= now and not one.owed.message


def _given_back(one: Leased) -> Outcome:
    return _waiting_still(one.owed, one.until)


def _waiting_still(owed: Owed, until: int) -> Outcome:
    return Outcome(owed, until, "waiting", owed.tries, owed.due_at, owed.error)


def _taken(behind: deque[Leased]) -> Iterable[Leased]:
    taken = tuple(behind)
    behind.clear()
    return taken


def _place(row: PlaceRow) -> Place:
    return Place(row.platform, row.ext_id, row.private, row.unpacked())


async def _within(seconds: float, event: asyncio.Event) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()
