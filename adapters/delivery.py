"""The outbox loop: lease what is due, send it, write down what became of it. Any number of loops may run."""

import asyncio
import logging
import random
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from itertools import groupby
from typing import NamedTuple

from adapters.platform import Gone, Later, Platform
from bot import cards
from bot.bot import Now
from bot.events import Place
from bot.schedule import after_quiet, millis
from bot.settings import Settings
from storage import absences, outbox, people, places
from storage.database import Database, Tx
from storage.outbox import Owed
from storage.people import PersonRow
from storage.places import PlaceRow

LEASE = timedelta(seconds=60)
LONGEST_SEND = 30.0
IDLE = 5.0
FIRST_WAIT, LONGEST_WAIT = 2.0, 3_600.0
OFF = timedelta(hours=1)
# Whoever arrives has what waits sent at once; this only looks whether that was missed.
UNREACHED = timedelta(days=1)

log = logging.getLogger("kizuki.delivery")


class Leased(NamedTuple):
    """A message this loop holds, until when."""

    owed: Owed
    until: int


class Found(NamedTuple):
    """What sending a message needs."""

    place: PlaceRow | None
    person: PersonRow | None
    back_on: str | None
    card: str


class Delivery:
    """Empties the outbox through the platforms."""

    def __init__(self, database: Database, platforms: Mapping[str, Platform], settings: Settings, now: Now) -> None:
        self._database = database
        self._platforms = platforms
        self._limits = settings.delivery
        self._quiet = settings.quiet
        self._now = now
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._stopping = False

    def start(self) -> None:
        """Begin delivering, inside the running event loop."""
        self._database.listen(self._wake.set)
        self._task = asyncio.create_task(self._run(), name="delivery")

    async def close(self) -> None:
        """Finish what is being sent and stop."""
        self._stopping = True
        self._wake.set()
        if self._task:
            await self._task

    async def drain(self) -> int:
        """Send what is due now until nothing is; returns how many were looked at."""
        seen = 0
        while owed := await self._lease():
            seen += len(owed)
            await self._send_all(owed)
        return seen

    async def _run(self) -> None:
        while not self._stopping:
            self._wake.clear()
            try:
                await self.drain()
                pause = await self._pause()
            except Exception as fault:  # noqa: BLE001 - whatever it was, what is owed is still owed: look again soon
                log.warning("outbox out of reach: %s", type(fault).__name__)
                pause = IDLE
            try:
                async with asyncio.timeout(pause):
                    await self._wake.wait()
            except TimeoutError:
                continue

    async def _pause(self) -> float:
        soonest = await self._database.read(outbox.soonest)
        if soonest is None:
            return IDLE
        return min(IDLE, max(0.05, (soonest - millis(self._now())) / 1000))

    async def _lease(self) -> list[Leased]:
        if self._stopping:
            return []
        now = self._now()
        until = millis(now + LEASE)
        owed = await self._database.transact(
            lambda tx: outbox.lease(tx, now=millis(now), until=until, limit=self._limits.at_once)
        )
        return [Leased(o, until) for o in owed]

    async def _send_all(self, leased: list[Leased]) -> None:
        """Different places at once; what goes to the same place one after the other, oldest first."""
        ordered = sorted(leased, key=_goal)
        chains = [list(chain) for _, chain in groupby(ordered, key=lambda one: _goal(one)[:2])]
        done = await asyncio.gather(*(self._send_in_turn(chain) for chain in chains), return_exceptions=True)
        for fault in done:
            if isinstance(fault, BaseException):
                raise fault

    async def _send_in_turn(self, chain: list[Leased]) -> None:
        for position, one in enumerate(chain):
            try:
                await self._send(one)
            except Later as later:
                # The place takes nothing now: what comes after must not overtake what waits.
                for waiting in chain[position:]:
                    await self._postpone(waiting, later.seconds, "later", tries=waiting.owed.tries)
                return

    async def _send(self, one: Leased) -> None:
        found = await self._database.read(lambda tx: _looked_up(tx, one.owed, self._now().date().isoformat()))
        if found.person is not None and await self._held_back(one, found.person, found.back_on):
            return
        platform = self._platforms.get(found.place.platform) if found.place else None
        if found.place is None or platform is None:
            why, wait = ("its platform is off", OFF) if found.place else (outbox.UNREACHED, UNREACHED)
            await self._postpone(one, wait.total_seconds(), why, tries=one.owed.tries)
            if found.place is None and one.owed.person_id is not None:
                await self._arrived_meanwhile(one.owed.person_id)
        else:
            await self._deliver(one, platform, found.place, found.card)

    async def _arrived_meanwhile(self, person_id: int) -> None:
        """Whoever came to a platform while their message was held was not woken for it: look once more."""
        if await self._database.read(lambda tx: people.private_place(tx, person_id)) is not None:
            now = millis(self._now())
            await self._database.transact(lambda tx: outbox.wake(tx, person_id, now=now))

    async def _held_back(self, one: Leased, person: PersonRow, back_on: str | None) -> bool:
        """Wishes count when a message goes out, not when it was written: no messages, quiet hours, away, gone."""
        now = self._now()
        if person.muted or (person.left_on is not None and person.left_on <= now.date().isoformat()):
            await self._settle(one, "gone", error="wants none" if person.muted else "left")
            return True
        if back_on is not None and not one.owed.message:
            back = datetime.combine(date.fromisoformat(back_on), time(), now.tzinfo)
            await self._postpone(one, (back - now).total_seconds(), outbox.AWAY, tries=one.owed.tries)
            return True
        awake = after_quiet(now, person.quiet_from or self._quiet.start, person.quiet_to or self._quiet.end)
        if awake > now and not one.owed.message:
            await self._postpone(one, (awake - now).total_seconds(), "quiet hours", tries=one.owed.tries)
            return True
        return False

    async def _deliver(self, one: Leased, platform: Platform, place: PlaceRow, card: str) -> None:
        try:
            async with asyncio.timeout(LONGEST_SEND):
                sent = await platform.send(_place(place), cards.load(card), key=one.owed.key, replaces=one.owed.message)
        except Later:
            raise
        except Gone:
            await self._gone(one, place)
        except Exception as fault:  # noqa: BLE001 - one message that cannot be sent must not stop the others
            await self._failed(one, fault)
        else:
            await self._settle(one, "sent", message=sent, place_id=place.id)

    async def _postpone(self, one: Leased, seconds: float, why: str, *, tries: int) -> None:
        due = millis(self._now() + timedelta(seconds=seconds))
        await self._settle(one, "waiting", tries=tries, due=due, error=why)

    async def _gone(self, one: Leased, place: PlaceRow) -> None:
        at = millis(self._now())
        await self._database.transact(lambda tx: places.mark_gone(tx, place.id, at=at))
        if one.owed.person_id is not None and one.owed.place_id is None and not one.owed.message:
            await self._postpone(one, 0, "gone there, elsewhere next", tries=one.owed.tries + 1)
        else:
            await self._settle(one, "gone", error="gone")
        log.info("gone: message %d", one.owed.id)

    async def _failed(self, one: Leased, fault: Exception) -> None:
        tries, why = one.owed.tries + 1, type(fault).__name__
        log.warning("not sent (%s, try %d): message %d", why, tries, one.owed.id)
        if tries >= self._limits.attempts:
            await self._settle(one, "parked", tries=tries, error=why)
            return
        wait = min(LONGEST_WAIT, FIRST_WAIT * 2**one.owed.tries) * random.uniform(0.5, 1.5)
        await self._postpone(one, wait, why, tries=tries)

    async def _settle(
        self,
        one: Leased,
        state: str,
        *,
        tries: int | None = None,
        due: int = 0,
        error: str = "",
        message: str = "",
        place_id: int | None = None,
    ) -> None:
        now = millis(self._now())
        await self._database.transact(
            lambda tx: outbox.settle(
                tx,
                one.owed,
                lease=one.until,
                state=state,
                tries=one.owed.tries if tries is None else tries,
                due_at=due or now,
                error=error,
                message=message,
                place_id=place_id,
                sent_at=now if state == "sent" else None,
            )
        )


def _looked_up(tx: Tx, owed: Owed, today: str) -> Found:
    """Where a message goes, whose it is, and its card."""
    person = people.get(tx, owed.person_id, today=today) if owed.person_id is not None else None
    place_id = owed.place_id
    if place_id is None and owed.person_id is not None:
        place_id = people.private_place(tx, owed.person_id)
    place = places.get(tx, place_id) if place_id is not None else None
    back_on = absences.until(tx, person.id, today=today) if person is not None else None
    return Found(place, person, back_on, outbox.card(tx, owed.body_id))


def _goal(one: Leased) -> tuple[int, int, int]:
    return one.owed.place_id or 0, one.owed.person_id or 0, one.owed.id


def _place(row: PlaceRow) -> Place:
    return Place(row.platform, row.ext_id, row.private, row.unpacked())
