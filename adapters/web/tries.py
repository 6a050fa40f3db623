"""How often an address failed to sign in lately: whoever tries links at random waits. Kept in memory, per process."""

from collections import OrderedDict, deque
from collections.abc import Callable
from math import ceil
from time import monotonic

from aiohttp import web

MOST, WINDOW = 20, 600.0
# So many addresses are remembered; whoever has more of them gains nothing, as a secret has 256 bits.
ADDRESSES = 10_000


class Tries:
    """Failures by address, the oldest address let go of first."""

    def __init__(self, clock: Callable[[], float] = monotonic, *, proxies: int = 0) -> None:
        self._clock = clock
        self._proxies = proxies
        self._failed: OrderedDict[str, deque[float]] = OrderedDict()

    def wait(self, request: web.Request) -> int:
        """For how many seconds an address is not let try again; 0 where it is."""
        failed = self._recent(self.address(request))
        return max(1, ceil(failed[0] + WINDOW - self._clock())) if len(failed) >= MOST else 0

    def failed(self, request: web.Request) -> None:
        """One more failure."""
        address = self.address(request)
        recent = self._recent(address)
        recent.append(self._clock())
        self._failed[address] = recent
        self._failed.move_to_end(address)
        while len(self._failed) > ADDRESSES:
            self._failed.popitem(last=False)

    def address(self, request: web.Request) -> str:
        """Who asks, as the outermost of one's own proxies says; what stands before that anybody may have written."""
        told = [part.strip() for part in ",".join(request.headers.getall("X-Forwarded-For", [])).split(",")]
        return told[-self._proxies] if 0 < self._proxies <= len(told) else request.remote or ""

    def _recent(self, address: str) -> deque[float]:
        found = self._failed.get(address, deque())
        while found and found[0] <= self._clock() - WINDOW:
            found.popleft()
        return found
