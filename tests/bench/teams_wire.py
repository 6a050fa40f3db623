"""The far end for measurements of Teams: keys, a connector that answers at once, and activities with a proof."""

import asyncio
import itertools
import json
import time
from collections.abc import Callable
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.bench.wire import Wrap

APP, TENANT = "11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222"
# So many people press, each in their own chat.
CROWD = 2_500
ISSUER = "https://api.botframework.com"
Json = dict[str, Any]
Took = Callable[[bytes], tuple[int, bytes]]


def account(number: int) -> str:
    """Somebody's object id."""
    return f"33333333-3333-4333-8333-{number:012d}"


class Far:
    """The keys of the far end, and what it was asked: `took` decides each call, else it is taken."""

    def __init__(self, took: Took | None = None) -> None:
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.calls: list[float] = []
        self.took = took
        self.url = ""
        self._numbers = itertools.count(1)

    @property
    def keys(self) -> Json:
        """The published keys."""
        key = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self.key.public_key()))
        return {"keys": [{**key, "kid": "k1", "use": "sig", "endorsements": ["msteams"]}]}

    async def start(self) -> asyncio.Server:
        """Listen."""
        server = await asyncio.get_running_loop().create_server(lambda: _Protocol(self), "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        return server

    def answer(self, head: bytes) -> tuple[int, bytes]:
        """The answer to a call, by its first lines."""
        if b"/openid" in head[:40]:
            return 200, json.dumps({"jwks_uri": f"{self.url}keys"}).encode()
        if b"/keys" in head[:40]:
            return 200, json.dumps(self.keys).encode()
        self.calls.append(time.perf_counter())
        if self.took is not None:
            return self.took(head)
        return 200, b'{"id":"%d"}' % next(self._numbers)

    def proved(self) -> Wrap:
        """What turns an activity into a request with a proof."""
        claims = {
            "iss": ISSUER,
            "aud": APP,
            "serviceurl": self.url,
            "nbf": time.time() - 60,
            "exp": time.time() + 3_600,
        }
        token = jwt.encode(claims, self.key, algorithm="RS256", headers={"kid": "k1"}).encode()

        def wrap(body: bytes) -> bytes:
            return (
                b"POST /teams/messages HTTP/1.1\r\nHost: x\r\nContent-Type: application/json; charset=utf-8\r\n"
                b"Authorization: Bearer %b\r\nContent-Length: %d\r\n\r\n%b" % (token, len(body), body)
            )

        return wrap

    def activity(self, number: int, **more: Any) -> Json:
        """An activity of one of many people in their chat with the bot."""
        person = number % CROWD
        return {
            "id": f"f:{number}",
            "timestamp": "2026-11-24T00:00:00.000Z",
            "serviceUrl": self.url,
            "channelId": "msteams",
            "from": {"id": f"29:{person}", "name": "hanako", "aadObjectId": account(person)},
            "conversation": {"conversationType": "personal", "id": f"a:{person}", "tenantId": TENANT},
            "recipient": {"id": f"28:{APP}", "name": "kizuki"},
            "channelData": {"tenant": {"id": TENANT}},
            "locale": "ja-JP",
            **more,
        }


class _Protocol(asyncio.Protocol):
    """Answers every call, in as few steps as Python needs."""

    def __init__(self, far: Far) -> None:
        self._far = far
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: asyncio.WriteTransport = transport  # type: ignore[assignment]

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while (end := self._buffer.find(b"\r\n\r\n")) >= 0:
            head = self._buffer[:end]
            length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0] or 0)
            if len(self._buffer) < end + 4 + length:
                return
            self._buffer = self._buffer[end + 4 + length :]
            status, body = self._far.answer(head)
            self._transport.write(
                b"HTTP/1.1 %d X\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b"
                % (status, len(body), body)
            )
