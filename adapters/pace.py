"""Messages leave for a platform no faster than it takes them, by workspace (or tenant) and by channel.

Whoever is faster is answered with 429 and a Retry-After. What each platform takes stands in its own folder: `rates.py`.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable

from adapters.gate import Gate, Limits

# Clocks are no finer than this, in seconds.
TICK = 1e-6
SWEEP = 60.0


class Pace:
    """When which message may go."""

    def __init__(
        self,
        limits: Limits,
        *,
        now: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self._limits = limits
        self._now = now
        self._sleep = sleep
        self._gates: dict[str, Gate] = {}
        self._swept = now()

    async def turn(self, workspace: str, channel: str, key: str, *, urgent: bool = False) -> None:
        """Wait for one's turn; raises `adapters.platform.Later` where that is more than some seconds away.

        `key` is the message's: whoever comes back with it when it was told to has been waiting meanwhile. `urgent` is
        what somebody waits for: it goes before everything that was put off.
        """
        gate = self._gate(workspace)
        while True:
            instant = gate.book(channel, key, self._now(), urgent=urgent)
            try:
                while (left := gate.left(channel, instant, self._now())) > TICK:
                    await self._sleep(left)
            except BaseException:
                gate.give_up(channel, instant)
                raise
            if gate.goes(channel, key, instant, self._now()):
                return

    def pause(self, workspace: str, seconds: float, *, channel: str = "") -> None:
        """Have nothing go to a workspace, or to one channel of it, for some seconds: what Retry-After says."""
        self._gate(workspace).close(self._now() + seconds, channel)

    def _gate(self, workspace: str) -> Gate:
        self._sweep(self._now())
        found = self._gates.get(workspace)
        if found is None:
            found = self._gates[workspace] = Gate(self._limits)
        return found

    def _sweep(self, now: float) -> None:
        if now - self._swept < SWEEP:
            return
        self._swept = now
        self._gates = {name: gate for name, gate in self._gates.items() if not gate.forget(now)}
