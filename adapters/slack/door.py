"""The door for signed requests: size, signature and age are looked at before a byte is understood."""

import logging
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping

from aiohttp import web
from slack_sdk.signature import Clock, SignatureVerifier

LARGEST = 256 * 1024
WINDOW_S = 300
REMEMBERED = 100_000

log = logging.getLogger("kizuki.slack")


class Turned(Exception):
    """A request that does not come in: the HTTP status it gets, and why, for the log."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status


class _Now(Clock):
    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now

    def now(self) -> float:
        return self._now()


class Door:
    """Lets in what Slack signed within five minutes, and no signature that was answered before."""

    def __init__(self, secret: str, now: Callable[[], float] = time.time) -> None:
        self._verifier = SignatureVerifier(secret, clock=_Now(now))
        self._now = now
        self._seen: OrderedDict[str, float] = OrderedDict()

    async def read(self, request: web.Request) -> str:
        """The body of a request as text; raises `Turned`."""
        raw = await _bounded(request)
        if _is_ssl_check(raw):
            raise Turned(200, "ssl_check")
        try:
            text = raw.decode()
        except UnicodeDecodeError:
            raise Turned(400, "not UTF-8") from None
        self._check(text, request.headers)
        return text

    def _check(self, text: str, headers: Mapping[str, str]) -> None:
        stamp, signature = headers.get("X-Slack-Request-Timestamp", ""), headers.get("X-Slack-Signature", "")
        if not (stamp.isascii() and stamp.isdigit() and len(stamp) < 12):
            raise Turned(401, "no timestamp")
        # The library compares in constant time and refuses what is older, or newer, than five minutes.
        if not signature.isascii() or not self._verifier.is_valid(body=text, timestamp=stamp, signature=signature):
            raise Turned(401, "signature or age")
        if signature in self._seen:
            raise Turned(401, "replayed")

    def shut(self, request: web.Request) -> None:
        """Take a request that was answered no more: the very same one again is a replay.

        Not before it was answered: when Slack tries again at once, time and signature may be those of its first try.
        """
        now = self._now()
        while self._seen and (len(self._seen) > REMEMBERED or next(iter(self._seen.values())) < now - 2 * WINDOW_S):
            self._seen.popitem(last=False)
        self._seen[request.headers["X-Slack-Signature"]] = now


async def _bounded(request: web.Request) -> bytes:
    if (request.content_length or 0) > LARGEST:
        raise Turned(413, "too large")
    found = bytearray()
    try:
        async for part in request.content.iter_chunked(64 * 1024):
            found += part
            if len(found) > LARGEST:
                raise Turned(413, "too large")
    except web.RequestPayloadError:
        raise Turned(400, "malformed") from None
    return bytes(found)


def _is_ssl_check(raw: bytes) -> bool:
    """Slack's look at our certificate, which is signed by nobody and asks for nothing but 200."""
    return raw.startswith(b"ssl_check=1") or (len(raw) < 200 and b"&ssl_check=1" in raw)
