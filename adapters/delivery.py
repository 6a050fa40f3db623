"""The outbox loop: lease what is due, send it, write down what became of it. Any number of loops may run."""

import asyncio
import logging
import random
from collections.abc import Mapping
from datetime import timedelta
from itertools import groupby

from adapters.platform import Gone, Later, Platform
from bot import cards
from bot.bot import Now
from bot.events import Place
from bot.schedule import millis
from bot.settings import Delivery as Limits
from storage import outbox, people, places
from storage.database import Busy, Database, Tx
from storage.outbox import Earlier, Owed
from storage.places import PlaceRow

LEASE = timedelta(seconds=60)
IDLE = 5.0
FIRST_WAIT, LONGEST_WAIT = 2.0, 3_600.0
UNREACHED = timedelta(hours=1)

log = logging.getLogger("kizuki.delivery")


class Delivery:
    """Empties the outbox through the platforms."""

    def __init__(self, database: Database, platforms: Mapping[str, Platform], limits: Limits, now: Now) -> None:
        self._database = database
        self._platforms = platforms
        self._limits = limits
        self._now = now
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._stopping = False

    def start(self) -> None:
        """Begin delivering, inside the running event loop."""
        self._database.listen(self._wake.set)
        self._task = asyncio.create_task(self._run(), name="delivery")

    def wake(self) -> None:
        """Look again now, for example after the clock was moved."""
        self._wake.set()

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
            except Busy as fault:
                log.warning("outbox out of reach: %s", fault)
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

    async def _lease(self) -> list[Owed]:
        if self._stopping:
            return []
        now = self._now()
        until = millis(now + LEASE)
        return await self._database.transact(
            lambda tx: outbox.lease(tx, now=millis(now), until=until, limit=self._limits.at_once)
        )

    async def _send_all(self, owed: list[Owed]) -> None:
        """Different places at once; what goes to the same place one after the other, oldest first."""
        ordered = sorted(owed, key=lambda o: (_goal(o), o.id))
        await asyncio.gather(*(self._send_in_turn(list(chain)) for _, chain in groupby(ordered, key=_goal)))

    async def _send_in_turn(self, chain: list[Owed]) -> None:
        for position, owed in enumerate(chain):
            try:
                await self._send(owed)
            except Later as later:
                # The place takes nothing now: what comes after must not overtake what waits.
                for waiting in chain[position:]:
                    await self._postpone(waiting, later.seconds, "later", count=False)
                return

    async def _send(self, owed: Owed) -> None:
        place, card, earlier = await self._database.read(lambda tx: _looked_up(tx, owed))
        if place is None:
            await self._postpone(owed, UNREACHED.total_seconds(), "nowhere to send it yet", count=False)
        elif earlier is not None and earlier.state != "sent":
            await self._follow(owed, earlier)
        elif (platform := self._platforms.get(place.platform)) is None:
            await self._postpone(owed, UNREACHED.total_seconds(), "its platform is off", count=False)
        else:
            await self._deliver(owed, platform, place, card, earlier.message if earlier else "")

    async def _deliver(self, owed: Owed, platform: Platform, place: PlaceRow, card: str, replaces: str) -> None:
        try:
            sent = await platform.send(_place(place), cards.load(card), key=owed.key, replaces=replaces)
        except Later:
            raise
        except Gone:
            await self._gone(owed, place)
        except Exception as fault:  # noqa: BLE001 - one message that cannot be sent must not stop the others
            await self._failed(owed, fault)
        else:
            await self._settle(owed, "sent", message=sent)

    async def _follow(self, owed: Owed, earlier: Earlier) -> None:
        """A change of a message waits for the message; where that was given up, the change is too."""
        if earlier.state in ("waiting", "leased"):
            await self._postpone(owed, FIRST_WAIT, "what it replaces is not sent yet", count=False)
        else:
            await self._settle(owed, "gone", error="what it replaces was never sent")

    async def _postpone(self, owed: Owed, seconds: float, why: str, *, count: bool) -> None:
        due = millis(self._now() + timedelta(seconds=seconds))
        await self._settle(owed, "waiting", tries=owed.tries + count, due=due, error=why)

    async def _gone(self, owed: Owed, place: PlaceRow) -> None:
        at = millis(self._now())
        await self._database.transact(lambda tx: places.mark_gone(tx, place.id, at=at))
        if owed.person_id is not None and owed.place_id is None:
            await self._postpone(owed, 0, "gone there, elsewhere next", count=True)
        else:
            await self._settle(owed, "gone", error="gone")
        log.info("gone: %s", owed.key)

    async def _failed(self, owed: Owed, fault: Exception) -> None:
        tries = owed.tries + 1
        why = type(fault).__name__
        log.warning("not sent (%s, try %d): %s", why, tries, owed.key)
        if tries >= self._limits.attempts:
            await self._settle(owed, "parked", tries=tries, error=why)
            return
        wait = min(LONGEST_WAIT, FIRST_WAIT * 2**owed.tries) * random.uniform(0.5, 1.5)
        await self._postpone(owed, wait, why, count=True)

    async def _settle(
        self, owed: Owed, state: str, *, tries: int | None = None, due: int = 0, error: str = "", message: str = ""
    ) -> None:
        now = millis(self._now())
        await self._database.transact(
            lambda tx: outbox.settle(
                tx,
                owed.id,
                state=state,
                tries=owed.tries if tries is None else tries,
                due_at=due or now,
                error=error,
                message=message,
                sent_at=now if state == "sent" else None,
            )
        )


def _looked_up(tx: Tx, owed: Owed) -> tuple[PlaceRow | None, str, Earlier | None]:
    """Where a message goes, its card, and the message it replaces."""
    place_id = owed.place_id
    if place_id is None and owed.person_id is not None:
        place_id = people.private_place(tx, owed.person_id)
    place = places.get(tx, place_id) if place_id is not None else None
    earlier = outbox.earlier(tx, owed.replaces) if owed.replaces else None
    return place, outbox.card(tx, owed.body_id), earlier


def _goal(owed: Owed) -> tuple[int, int]:
    return owed.place_id or 0, owed.person_id or 0


def _place(row: PlaceRow) -> Place:
    return Place(row.platform, row.ext_id, row.private, row.unpacked())
