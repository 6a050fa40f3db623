"""Messages leave for Slack no faster than Slack takes them, by workspace and by channel.

Slack takes about one message a second in a channel and some hundreds a minute in a workspace; more are answered with
429 and a Retry-After. https://docs.slack.dev/apis/web-api/rate-limits
"""

import asyncio
import time
from collections.abc import Awaitable, Callable

from adapters.slack.gate import WINDOW, Gate

# Clocks are no finer than this, in seconds.
TICK = 1e-6


class Pace:
    """When which message may go."""

    def __init__(
        self,
        *,
        per_minute: int,
        per_channel: float,
        now: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self._limits = (per_minute, per_channel)
        self._now = now
        self._sleep = sleep
        self._gates: dict[str, Gate] = {}
        self._swept = now()

    async def turn(self, workspace: str, channel: str, key: str) -> None:
        """Wait for one's turn; raises `adapters.platform.Later` where that is more than some seconds away.

        `key` is the message's: whoever comes back with it when it was told to has been waiting meanwhile.
        """
        gate = self._gate(workspace)
        while True:
            instant = gate.book(channel, key, self._now())
            while (left := gate.left(instant, self._now())) > TICK:
                await self._sleep(left)
            if gate.goes(channel, key, self._now()):
                return

    def pause(self, workspace: str, seconds: float, *, channel: str = "") -> None:
        """Have nothing go to a workspace, or to one channel of it, for some seconds: what Retry-After says."""
        self._gate(workspace).close(self._now() + seconds, channel)

    def _gate(self, workspace: str) -> Gate:
        self._sweep(self._now())
        found = self._gates.get(workspace)
        if found is None:
            found = self._gates[workspace] = Gate(*self._limits)
        return found

    def _sweep(self, now: float) -> None:
        if now - self._swept < WINDOW:
            return
        self._swept = now
        self._gates = {name: gate for name, gate in self._gates.items() if not gate.forget(now)}
