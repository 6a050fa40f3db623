"""Load for measurements: requests go out when they are due, and how long each took counts from then."""

import asyncio
import math
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.bench.wire import Wrap

Body = Callable[[int], bytes]


@dataclass
class Load:
    """Sends requests when they are due over so many connections; one that waits for a free connection is late."""

    port: int
    body: Body
    wrap: Wrap
    lines: int
    taken: list[float] = field(default_factory=list)
    waiting: deque[tuple[int, float]] = field(default_factory=deque)
    idle: list["Line"] = field(default_factory=list)

    async def run(self, count: int, pace: float = math.inf) -> list[float]:
        """The seconds from when each of so many requests was due to its answer."""
        loop = asyncio.get_running_loop()
        self.count, self.done = count, loop.create_future()
        opened = [await loop.create_connection(lambda: Line(self), "127.0.0.1", self.port) for _ in range(self.lines)]
        self.idle += [line for _, line in opened]
        started = time.perf_counter()
        for number in range(1, count + 1):
            due = started + (number - 1) / pace
            if pace != math.inf:
                await asyncio.sleep(max(0.0, due - time.perf_counter()))
            self.waiting.append((number, due))
            self.send()
        await self.done
        for transport, _ in opened:
            transport.close()
        return self.taken

    def send(self) -> None:
        """Send what is due, as far as a connection is free."""
        while self.waiting and self.idle:
            number, due = self.waiting.popleft()
            self.idle.pop().send(self.wrap(self.body(number)), due)

    def answered(self, line: "Line", due: float) -> None:
        """An answer came."""
        self.taken.append(time.perf_counter() - due)
        self.idle.append(line)
        if len(self.taken) == self.count:
            self.done.set_result(None)
        self.send()

    def failed(self, why: object) -> None:
        """Anything but an answer ends the measurement."""
        if not self.done.done():
            self.done.set_exception(AssertionError(why))


class Line(asyncio.Protocol):
    """A keep-alive connection."""

    def __init__(self, load: Load) -> None:
        self._load, self._buffer, self._due = load, b"", 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: asyncio.WriteTransport = transport  # type: ignore[assignment]

    def connection_lost(self, exc: Exception | None) -> None:
        self._load.failed(exc)

    def send(self, request: bytes, due: float) -> None:
        """Send a request that was due at a moment."""
        self._due = due
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head, end, body = self._buffer.partition(b"\r\n\r\n")
        if end and len(body) >= int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0] or 0):
            self._buffer = b""
            if head.startswith(b"HTTP/1.1 200"):
                self._load.answered(self, self._due)
            else:
                self._load.failed(head)
