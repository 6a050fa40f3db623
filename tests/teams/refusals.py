"""How this Teams says no: on demand, and by the limits that are published for bots."""

import math
from collections import defaultdict, deque
from collections.abc import Iterable
from dataclasses import dataclass, field

# Published at learn.microsoft.com/microsoftteams/platform/bots/how-to/rate-limit: (most, seconds).
WRITES = ((7, 1.0), (8, 2.0), (60, 30.0), (1_800, 3_600.0))
READS = ((14, 1.0), (16, 2.0), (120, 30.0), (3_600, 3_600.0))
TENANT = ((50, 1.0),)

Windows = tuple[tuple[float, float], ...]


class Err(Exception):
    """A request Teams refuses: its status, its code, and what it says."""

    def __init__(self, status: int, code: str, message: str = "") -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.message = message or code


CODES = {
    400: "BadSyntax",
    401: "Unauthorized",
    403: "MessageWritesBlocked",
    404: "ConversationNotFound",
    412: "PreconditionFailed",
    413: "MessageSizeTooBig",
    429: "TooManyRequests",
    500: "ServiceError",
    502: "BadGateway",
    503: "ServiceUnavailable",
    504: "GatewayTimeout",
}


@dataclass(eq=False)
class Refusal:
    """A rule that refuses the next `times` calls that fit it; `used` counts them.

    `what` is one of create, send, reply, update, delete, members, member, channels, token, upload, or "*".
    `hang` waits and then breaks the connection, the call being undone; `late` does the call and answers so much later;
    `lost` does the call and then breaks the connection. `body` takes the place of the error's JSON.
    """

    what: str
    status: int = 500
    code: str = ""
    retry_after: float | None = None
    times: float = 1
    conversation: str = ""
    hang: float = 0
    late: float = 0
    lost: bool = False
    body: str = ""
    used: int = 0

    def fits(self, what: str, conversation: str) -> bool:
        """Whether this call is to be refused."""
        here = self.conversation in ("", conversation.partition(";")[0])
        return self.what in (what, "*") and here and self.used < self.times

    def stop(self) -> None:
        """Refuse nothing any more."""
        self.times = 0


@dataclass(eq=False)
class Limits:
    """Sliding windows per conversation and per tenant; `off` lets everything pass."""

    on: bool = True
    writes: Windows = WRITES
    reads: Windows = READS
    tenant: Windows = TENANT
    _taken: dict[tuple[str, str], deque[float]] = field(default_factory=lambda: defaultdict(deque))

    def off(self) -> None:
        """Take any number."""
        self.on = False

    def wait(self, kind: str, conversation: str, tenant: str, now: float) -> float:
        """How long this call would have to wait; 0 takes it and counts it. `kind` is write, read or create."""
        if not self.on:
            return 0.0
        narrow, wide = self._taken[kind, conversation], self._taken["tenant", tenant]
        windows = self.reads if kind == "read" else self.writes
        longest = max(_over(narrow, windows, now), _over(wide, self.tenant, now))
        if longest <= 0:
            narrow.append(now)
            wide.append(now)
        return longest


def _over(taken: deque[float], windows: Iterable[tuple[float, float]], now: float) -> float:
    """The seconds until there is room in every window."""
    longest = 0.0
    for most, window in windows:
        inside = [at for at in taken if at > now - window]
        if len(inside) >= most:
            longest = max(longest, inside[-math.ceil(most)] + window - now)
    return longest
