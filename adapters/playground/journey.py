"""Moving the clock: from one scheduled event to the next, each with its own time on what arrives."""

import asyncio
from datetime import datetime, timedelta

from adapters.playground.guard import Refused
from adapters.playground.needs import ClockLike
from adapters.playground.stream import Hub

FARTHEST = timedelta(days=400)
STEPS = 60
QUIET = 0.12
PATIENCE = 3.0


class Journey:
    """One visitor travels at a time; the others wait."""

    def __init__(self, clock: ClockLike, hub: Hub) -> None:
        self._clock = clock
        self._hub = hub
        self._one_at_a_time = asyncio.Lock()

    async def to(self, text: str) -> None:
        """To a moment, written as a day with a time, stopping at every event on the way."""
        async with self._one_at_a_time:
            moment = _moment(text, self._clock.now())
            for _ in range(STEPS):
                following = await self._clock.upcoming()
                if following is None or following[1] >= moment:
                    break
                await self._step(following[1])
            await self._step(moment)

    async def until(self, job: str) -> None:
        """To the next event, or on until one of a kind has come."""
        async with self._one_at_a_time:
            for _ in range(STEPS):
                following = await self._clock.upcoming()
                if following is None:
                    raise Refused(422, "nothing_due")
                await self._step(following[1])
                if job in ("", following[0]):
                    return

    async def _step(self, moment: datetime) -> None:
        """Go there and let arrive what was caused, so that it carries the time at which it was due."""
        await self._clock.travel(moment)
        self._hub.publish(None)
        loop = asyncio.get_running_loop()
        latest = loop.time() + PATIENCE
        seen = ""
        while seen != self._hub.cursor and loop.time() < latest:
            seen = self._hub.cursor
            await asyncio.sleep(QUIET)


def _moment(text: str, now: datetime) -> datetime:
    try:
        found = datetime.fromisoformat(text)
        found = found if found.tzinfo else found.replace(tzinfo=now.tzinfo)
        ahead = found - now
    except (ValueError, OverflowError):
        raise Refused(422, "no_moment") from None
    if not timedelta(0) < ahead <= FARTHEST:
        raise Refused(422, "past" if ahead <= timedelta(0) else "too_far")
    return found
