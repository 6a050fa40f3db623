"""What is leased and on its way: one message at a time to each place, oldest first, and many places at once."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import NamedTuple

from storage.deliveries import Found
from storage.outbox import Owed

# Of what waits for one place no more is leased than this and one lease: it must not keep others out.
DEEP = 8
FORGET = 1_024


class Leased(NamedTuple):
    """A message this process holds until a moment, with what sending needs as it was `at` a moment, both in ms."""

    owed: Owed
    until: int
    found: Found
    at: int

    @property
    def goal(self) -> int:
        """Where it goes, as one number; what goes to the same place stays in order."""
        return self.found.place.id if self.found.place else self.owed.to


Send = Callable[[Leased, deque[Leased]], Awaitable[None]]


class Chains:
    """Messages by goal. `send` is given the oldest of a goal and what waits behind it, which it may take away.

    `changed` is called when there is room for more, and when nothing is left.
    """

    def __init__(self, send: Send, *, at_once: int, changed: Callable[[], None]) -> None:
        self._send = send
        self._at_once = at_once
        self._changed = changed
        self._chains: dict[int, deque[Leased]] = {}
        self._ready: deque[int] = deque()
        self._crowd = at_once
        self._held: dict[int, int] = {}
        self._forget = FORGET
        self._workers: set[asyncio.Task[None]] = set()
        self._fault: Exception | None = None

    @property
    def busy(self) -> bool:
        """Whether anything is on its way."""
        return bool(self._workers)

    @property
    def crowded(self) -> bool:
        """Whether enough places wait for their turn."""
        return len(self._ready) >= self._crowd

    def check(self) -> None:
        """Raise what went wrong since the last look."""
        fault, self._fault = self._fault, None
        if fault is not None:
            raise fault

    def add(self, one: Leased) -> None:
        """Have a message sent after everything that goes to the same place."""
        chain = self._chains.get(one.goal)
        if chain is None:
            chain = self._chains[one.goal] = deque()
            self._ready.append(one.goal)
        chain.append(one)
        if len(self._workers) < self._at_once and self._ready:
            self._workers.add(asyncio.create_task(self._work()))

    def full(self) -> set[int]:
        """Whom enough is leased for (see `Owed.to`)."""
        deep = [(goal, chain) for goal, chain in self._chains.items() if len(chain) >= DEEP]
        return {one.owed.to for _, chain in deep for one in chain} | {goal for goal, _ in deep}

    def unbegun(self) -> list[Leased]:
        """Take away everything for places to which nothing is on its way."""
        found = [one for goal in self._ready for one in self._chains.pop(goal)]
        self._ready.clear()
        return found

    def hold(self, goal: int, *, until: int, now: int) -> None:
        """Have a place be sent nothing before a moment."""
        if len(self._held) >= self._forget:
            self._held = {g: t for g, t in self._held.items() if t > now}
            self._forget = max(FORGET, 2 * len(self._held))
        self._held[goal] = until

    def held(self, goal: int, *, now: int) -> int:
        """Until when a place is sent nothing; 0 where it is."""
        until = self._held.get(goal, 0)
        return until if until > now else 0

    async def finish(self) -> None:
        """Wait until nothing is on its way."""
        while self._workers:
            await asyncio.wait(self._workers)

    async def _work(self) -> None:
        while self._ready:
            goal = self._ready.popleft()
            if len(self._ready) == self._crowd - 1:
                self._changed()
            await self._step(goal, self._chains[goal])
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - this runs in one
        self._workers.discard(task)
        if not self._workers:
            self._changed()

    async def _step(self, goal: int, chain: deque[Leased]) -> None:
        try:
            await self._send(chain.popleft(), chain)
        except Exception as fault:  # noqa: BLE001 - raised by `check`, to whoever leases
            # What waits here stays leased: sent now, it could not be written down either.
            self._fault = fault
            chain.clear()
        if not chain:
            del self._chains[goal]
            return
        self._ready.append(goal)
        if len(chain) == DEEP - 1:
            self._changed()
