"""How this Slack says no: on demand, and by limits of its own."""

import math
from collections import defaultdict, deque
from dataclasses import dataclass


class Err(Exception):
    """A call Slack refuses: the word for it, and what else the answer carries."""

    def __init__(self, error: str, **more: object) -> None:
        super().__init__(error)
        self.error = error
        self.more = more


@dataclass(eq=False)
class Refusal:
    """A rule that refuses the next `times` calls that fit it; `used` counts them.

    `hang` waits and then breaks the connection, the call being undone; `late` does the call and answers so much later.
    """

    method: str
    status: int = 200
    error: str = ""
    retry_after: float = 0
    times: float = 1
    channel: str = ""
    team: str = ""
    hang: float = 0
    late: float = 0
    closed: bool = False
    body: str = ""
    used: int = 0

    def fits(self, method: str, channel: str, team: str) -> bool:
        """Whether this call is to be refused."""
        named = self.method in (method, "*")
        here = self.channel in ("", channel) and self.team in ("", team)
        return named and here and self.used < self.times

    def stop(self) -> None:
        """Refuse nothing any more."""
        self.times = 0


class Limits:
    """Slack's own pace: so many messages a second to a channel with a small burst, so many a minute to a workspace."""

    def __init__(self) -> None:
        self.per_channel = math.inf
        self.burst = 1
        self.per_workspace = math.inf
        self.window = 60.0
        self._channels: dict[str, deque[float]] = defaultdict(deque)
        self._workspaces: dict[str, deque[float]] = defaultdict(deque)

    def wait(self, channel: str, team: str, now: float) -> float:
        """How long this message would have to wait; 0 takes it and counts it."""
        narrow, wide = self._channels[channel], self._workspaces[team]
        longest = max(
            _over(narrow, self.burst, self.burst / self.per_channel, now),
            _over(wide, self.per_workspace, self.window, now),
        )
        if longest <= 0:
            narrow.append(now)
            wide.append(now)
        return longest


def _over(taken: deque[float], most: float, window: float, now: float) -> float:
    """A sliding window: the seconds until there is room again."""
    while taken and taken[0] <= now - window:
        taken.popleft()
    return 0.0 if len(taken) < most else taken[0] + window - now
