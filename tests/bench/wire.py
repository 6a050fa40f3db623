"""The other end of the wire for measurements: platforms that answer at once, and a client that only waits."""

import asyncio
import hashlib
import hmac
import itertools
import time
from collections.abc import Callable, Iterable

SECRET = "bench-secret"
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=utf-8\r\nX-OAuth-Scopes: chat:write\r\n"
Wrap = Callable[[bytes], bytes]
ME = b'{"ok":true,"team_id":"T1","user_id":"UBOT","bot_id":"B1","app_id":"A1"}'


class FastSlack(asyncio.Protocol):
    """Answers every call with ok, in as few steps as Python needs; counts messages and when they came."""

    def __init__(self, posted: list[float]) -> None:
        self._posted = posted
        self._buffer = b""
        self._numbers = itertools.count(1)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: asyncio.WriteTransport = transport  # type: ignore[assignment]

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while (end := self._buffer.find(b"\r\n\r\n")) >= 0:
            head = self._buffer[:end].lower()
            length = int(head.partition(b"content-length:")[2].partition(b"\r\n")[0] or 0)
            if len(self._buffer) < end + 4 + length:
                return
            self._buffer = self._buffer[end + 4 + length :]
            self._answer(head)

    def _answer(self, head: bytes) -> None:
        body = ME
        if b"chat.post" in head[:80]:
            self._posted.append(time.perf_counter())
            body = b'{"ok":true,"channel":"C1","ts":"1.%06d"}' % next(self._numbers)
        self._transport.write(HEAD + b"Content-Length: %d\r\n\r\n" % len(body) + body)


async def fast_slack(posted: list[float]) -> tuple[asyncio.Server, str]:
    """Start it; returns the server and the address of its methods."""
    server = await asyncio.get_running_loop().create_server(lambda: FastSlack(posted), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    return server, f"http://127.0.0.1:{port}/api/"


def signed(path: str, body: bytes) -> bytes:
    """A request as Slack sends it, signed now."""
    stamp = str(int(time.time())).encode()
    mark = hmac.new(SECRET.encode(), b"v0:%b:%b" % (stamp, body), hashlib.sha256).hexdigest().encode()
    return (
        b"POST %b HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n"
        b"X-Slack-Request-Timestamp: %b\r\nX-Slack-Signature: v0=%b\r\n\r\n" % (path.encode(), len(body), stamp, mark)
    ) + body


class Client:
    """A keep-alive connection."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def send(self, request: bytes) -> float:
        """Send a request and wait for its answer; returns the seconds it took. Anything but 200 is a fault."""
        reader, writer = self._streams or await asyncio.open_connection("127.0.0.1", self._port)
        self._streams = reader, writer
        started = time.perf_counter()
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200"), head[:100]
        length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0] or 0)
        await reader.readexactly(length)
        return time.perf_counter() - started

    def close(self) -> None:
        if self._streams:
            self._streams[1].close()


def from_slack(body: bytes) -> bytes:
    """A request of Slack's."""
    return signed("/slack/events", body)


async def closed_loop(port: int, bodies: Iterable[bytes], *, at_once: int, wrap: Wrap = from_slack) -> float:
    """Requests a second, with so many connections that each wait for their answer."""
    numbers = iter(bodies)
    count = 0

    async def worker() -> None:
        nonlocal count
        client = Client(port)
        for body in numbers:
            await client.send(wrap(body))
            count += 1
        client.close()

    started = time.perf_counter()
    await asyncio.gather(*(worker() for _ in range(at_once)))
    return count / (time.perf_counter() - started)


async def open_loop(
    port: int, body: Callable[[int], bytes], *, per_second: int, seconds: int, wrap: Wrap = from_slack
) -> list[float]:
    """The seconds each request took when they come at their own pace, whether or not earlier ones were answered."""
    idle: list[Client] = []
    taken: list[float] = []

    async def one(number: int, due: float) -> None:
        client = idle.pop() if idle else Client(port)
        await client.send(wrap(body(number)))
        taken.append(time.perf_counter() - due)
        idle.append(client)

    started = time.perf_counter()
    tasks = []
    for number in range(per_second * seconds):
        due = started + number / per_second
        if (wait := due - time.perf_counter()) > 0:
            await asyncio.sleep(wait)
        tasks.append(asyncio.create_task(one(number, due)))
    await asyncio.gather(*tasks)
    for client in idle:
        client.close()
    return taken
