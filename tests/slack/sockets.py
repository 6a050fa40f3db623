"""Socket Mode: the same deliveries as envelopes over a WebSocket, acknowledged by their id."""

import asyncio
import itertools
import json
import secrets
from typing import TYPE_CHECKING

from aiohttp import WSMsgType, web

from tests.slack.workspace import Json

if TYPE_CHECKING:
    from tests.slack.server import LocalSlack


class Sockets:
    """Every open WebSocket of the app; a delivery goes to one of them in turn."""

    def __init__(self, slack: "LocalSlack") -> None:
        self._slack = slack
        self._tickets: set[str] = set()
        self._waiting: dict[str, asyncio.Future[Json | None]] = {}
        self._turn = itertools.count()
        self.open: list[web.WebSocketResponse] = []
        self.opened = 0
        self.pings = 0

    def ticket(self) -> str:
        """An address that opens one connection."""
        ticket = secrets.token_hex(12)
        self._tickets.add(ticket)
        return f"{self._slack.url.replace('http', 'ws', 1)}/link/?ticket={ticket}&app_id={self._slack.app_id}"

    async def connected(self, request: web.Request) -> web.StreamResponse:
        """Hold one connection until it ends."""
        ticket = request.query.get("ticket", "")
        if ticket not in self._tickets:
            return web.Response(status=401)
        self._tickets.remove(ticket)
        socket = web.WebSocketResponse(autoping=False)
        await socket.prepare(request)
        self.open.append(socket)
        self.opened += 1
        try:
            await socket.send_json(self._hello())
            await self._listen(socket)
        finally:
            self.open.remove(socket)
        return socket

    async def _listen(self, socket: web.WebSocketResponse) -> None:
        async for message in socket:
            if message.type == WSMsgType.PING:
                self.pings += 1
                await socket.pong(message.data)
            elif message.type == WSMsgType.TEXT:
                self._acknowledged(str(message.data))

    def _hello(self) -> Json:
        return {
            "type": "hello",
            "num_connections": len(self.open),
            "debug_info": {"host": "applink-local-1", "build_number": 1, "approximate_connection_time": 18_060},
            "connection_info": {"app_id": self._slack.app_id},
        }

    def _acknowledged(self, text: str) -> None:
        found = json.loads(text)
        waiting = self._waiting.get(found.get("envelope_id", ""))
        if waiting is None:
            self._slack.faults.append("socket: acknowledged an envelope that nobody waits for")
        elif not waiting.done():
            waiting.set_result(found.get("payload"))

    async def send(self, kind: str, payload: Json, *, retry: int = 0, reason: str = "") -> tuple[bool, Json | None]:
        """Send an envelope and wait for its acknowledgement: whether it came in time, and what it carried."""
        if not self.open:
            return False, None
        envelope: Json = {
            "envelope_id": secrets.token_hex(16),
            "type": kind,
            "payload": payload,
            "accepts_response_payload": kind != "events_api",
        }
        if kind == "events_api":
            envelope |= {"retry_attempt": retry, "retry_reason": reason}
        waiting = asyncio.get_running_loop().create_future()
        self._waiting[envelope["envelope_id"]] = waiting
        try:
            await self.open[next(self._turn) % len(self.open)].send_json(envelope)
            async with asyncio.timeout(self._slack.deliveries.patience):
                return True, await waiting
        except (TimeoutError, ConnectionError):
            return False, None

    async def disconnect(self, reason: str = "refresh_requested") -> None:
        """Tell the app to connect anew, as Slack does every few hours; the old connections end soon after."""
        old = list(self.open)
        for socket in old:
            await socket.send_json({"type": "disconnect", "reason": reason, "debug_info": {"host": "applink-local-1"}})
        await asyncio.sleep(0.05)
        for socket in old:
            await socket.close()

    async def break_off(self) -> None:
        """Cut every connection without a word."""
        for socket in list(self.open):
            await socket.close(code=1011)

    async def ready(self, connections: int = 1) -> None:
        """Wait until the app has connected."""
        while len(self.open) < connections:
            await asyncio.sleep(0.01)

    async def close(self) -> None:
        """End every connection."""
        for socket in list(self.open):
            await socket.close()
