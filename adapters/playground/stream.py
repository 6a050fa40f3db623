"""Messages arriving by themselves: server-sent events to every open window, with the last ones kept for re-joining."""

import asyncio
import json
import secrets
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field

from aiohttp import ClientConnectionResetError, web

from adapters.playground.guard import HEADERS
from storage.messages import MessageRow

KEPT = 500
WAITING = 200
HEARTBEAT = 15.0

Draw = Callable[["Happening"], Awaitable[object | None]]


@dataclass(frozen=True, slots=True)
class Happening:
    """Something windows show: a message, or (None) that the clock moved."""

    number: int
    row: MessageRow | None


@dataclass(eq=False, slots=True)
class Listener:
    """One open window. Its queue ends with None."""

    queue: asyncio.Queue[Happening | None] = field(default_factory=lambda: asyncio.Queue(WAITING))

    def tell(self, happening: Happening | None) -> bool:
        """Queue something; False when the window has stopped reading."""
        try:
            self.queue.put_nowait(happening)
        except asyncio.QueueFull:
            return False
        return True


class Hub:
    """Knows every open window and what happened lately."""

    def __init__(self) -> None:
        # A number from before a restart means nothing now; the epoch tells the two apart.
        self._epoch = secrets.token_hex(4)
        self._number = 0
        self._recent: deque[Happening] = deque(maxlen=KEPT)
        self._listeners: set[Listener] = set()
        self.closed = False

    @property
    def cursor(self) -> str:
        """Where the stream stands; a window that joins with it misses nothing that comes after."""
        return self.mark(self._number)

    def mark(self, number: int) -> str:
        """The event id of a happening."""
        return f"{self._epoch}-{number}"

    def publish(self, row: MessageRow | None) -> None:
        """Tell every window of a message, or that the clock moved."""
        self._number += 1
        happening = Happening(self._number, row)
        self._recent.append(happening)
        for listener in [a for a in self._listeners if not a.tell(happening)]:
            self._drop(listener)

    def missed(self, cursor: str) -> list[Happening] | None:
        """What came after a cursor, or None when nobody remembers that far back."""
        epoch, _, number = cursor.partition("-")
        if epoch != self._epoch or not number.isascii() or not number.isdigit():
            return None
        oldest = self._recent[0].number if self._recent else self._number + 1
        return [h for h in self._recent if h.number > int(number)] if int(number) >= oldest - 1 else None

    async def serve(self, request: web.Request, draw: Draw) -> web.StreamResponse:
        """Stream to one window until it leaves or the server stops; `draw` says what it gets to see of a happening."""
        response = web.StreamResponse(
            headers={**HEADERS, "Content-Type": "text/event-stream", "Cache-Control": "no-store"}
        )
        listener = Listener()
        missed = self.missed(request.headers.get("Last-Event-ID") or request.query.get("after", ""))
        if not self.closed:
            self._listeners.add(listener)
        try:
            # A window that was closed meanwhile: nobody is left to tell.
            with suppress(ClientConnectionResetError, ConnectionResetError):
                await response.prepare(request)
                await self._begin(response, draw, missed)
                while not self.closed and await self._next(listener, response, draw):
                    pass
        finally:
            self._listeners.discard(listener)
        return response

    async def _begin(self, response: web.StreamResponse, draw: Draw, missed: list[Happening] | None) -> None:
        await response.write(b"retry: 1000\n\n")
        if missed is None:
            await response.write(_event("resync", self.cursor, None))
        for happening in missed or ():
            await self._write(response, draw, happening)

    async def _next(self, listener: Listener, response: web.StreamResponse, draw: Draw) -> bool:
        try:
            happening = await asyncio.wait_for(listener.queue.get(), HEARTBEAT)
        except TimeoutError:
            # The clock ticks on: a heartbeat brings the time, under no number of its own.
            await response.write(_event("clock", "", await draw(Happening(0, None))))
            return True
        if happening is None:
            return False
        await self._write(response, draw, happening)
        return True

    async def _write(self, response: web.StreamResponse, draw: Draw, happening: Happening) -> None:
        seen = await draw(happening)
        if seen is not None:
            kind = "message" if happening.row else "clock"
            await response.write(_event(kind, self.mark(happening.number), seen))

    def close(self) -> None:
        """End every stream, so that the server can stop at once."""
        self.closed = True
        for listener in list(self._listeners):
            self._drop(listener)

    def _drop(self, listener: Listener) -> None:
        self._listeners.discard(listener)
        while not listener.tell(None):
            listener.queue.get_nowait()


def _event(kind: str, mark: str, seen: object) -> bytes:
    ident = f"id: {mark}\n" if mark else ""
    return f"{ident}event: {kind}\ndata: {json.dumps(seen, ensure_ascii=False)}\n\n".encode()
