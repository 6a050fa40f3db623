"""What every answer of the playground carries, and which requests it takes: only this machine's own pages."""

from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from aiohttp import web

LARGEST = 256 * 1024
LOOPBACK = frozenset(("127.0.0.1", "localhost", "::1"))
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' https: data:; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Refused(Exception):
    """A request that is not acted on: an HTTP status, and the name of the phrase that says why."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(f"{status} {why}")
        self.status = status
        self.why = why


def own(request: web.Request) -> None:
    """Refuse names that only look like this machine: a page elsewhere may point its own name at 127.0.0.1."""
    if _host(f"//{request.host}") not in LOOPBACK:
        raise Refused(403, "elsewhere")


def own_page(request: web.Request) -> None:
    """Refuse what was not sent by a page of this very server."""
    origin = request.headers.get("Origin")
    if request.headers.get("X-Kizuki") != "1" or request.headers.get("Sec-Fetch-Site", "same-origin") != "same-origin":
        raise Refused(403, "elsewhere")
    if origin is not None and origin != f"{request.scheme}://{request.host}":
        raise Refused(403, "elsewhere")


def _host(address: str) -> str | None:
    try:
        return urlsplit(address).hostname
    except ValueError:
        return None


async def body(request: web.Request) -> bytes:
    """The body of a request, refused before it grows large."""
    if (request.content_length or 0) > LARGEST:
        raise Refused(413, "too_large")
    found = bytearray()
    async for part in request.content.iter_chunked(16 * 1024):
        found += part
        if len(found) > LARGEST:
            raise Refused(413, "too_large")
    return bytes(found)
