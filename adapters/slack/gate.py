"""When messages may go to one workspace: instants at even distances, and promises to those that must come back.

Who comes while nobody waits takes the next instant. When that is too far away, messages are promised instants in a
line, and come back a little before theirs: a broadcast of thousands is put off once each. A promise does not hold the
gate: somebody new who writes now and then goes out within seconds, and a few of those who come back for their instant
are promised another, soon. Many new ones at once are the next broadcast: they go to the end of the line.
"""

import math
from bisect import bisect_left, insort
from collections import deque
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from adapters.platform import Later

WINDOW = 60.0
# One message may be longer on its way than another, by this many seconds, without the two windows' being exceeded.
MARGIN = 0.5
CHANNEL_MARGIN = 0.02
# The longest a message waits here; longer waits are the outbox's.
HOLD = 2.0
# How long before its instant a message comes back.
LEAD = 1.0
SOON = 0.1
# The line is a little slower than the gate, so that what falls behind catches up.
EASE = 1.002
# The part of the limit that somebody new may take from those who were promised an instant, on average over this time.
SHARE, OVER = 0.2, 10.0
FORGET = 600.0

Kind = Literal["fresh", "alone", "many", "first", "again"]
# How far away an instant may be: alone = somebody new while others wait in line, many = one of many such; those who
# come back for the first time, or again, leave some room to somebody new.
ROOM: dict[Kind, float] = {"fresh": HOLD, "alone": HOLD, "again": HOLD - 0.1, "first": HOLD - 0.25, "many": 0.0}


class Promise(NamedTuple):
    """What a message was told that was put off."""

    kind: Kind
    instant: float


@dataclass(slots=True)
class Channel:
    """From when a channel takes a message, and until when it said it takes none."""

    free: float = -math.inf
    closed: float = -math.inf


@dataclass(slots=True)
class Gate:
    """The instants of one workspace. All times are seconds of one clock."""

    per_minute: int
    per_channel: float
    free: float = -math.inf
    closed: float = -math.inf
    _passed_over: list[float] = field(default_factory=list)
    _channels: dict[str, Channel] = field(default_factory=dict)
    _promised: dict[str, Promise] = field(default_factory=dict)
    _line: float = -math.inf
    _again: float = -math.inf
    _new: float = 0.0
    _counted: float = 0.0
    _went: deque[float] = field(default_factory=deque)

    @property
    def interval(self) -> float:
        """Seconds between two messages."""
        return (WINDOW + MARGIN) / self.per_minute

    def book(self, channel: str, key: str, now: float) -> float:
        """The instant at which a message may go, now its own; raises `Later` where that is too far away."""
        kind = self._kind(self._promised.pop(key, None), now)
        there = self._channels.get(channel) or Channel()
        earliest = max(now, there.free, there.closed)
        if earliest - now > HOLD:
            self._promised[key] = Promise("again", earliest)
            raise Later(earliest - now)
        instant = self._soonest(earliest, now)
        if instant - now > ROOM[kind]:
            raise Later(max(SOON, self._promise(kind, key, instant) - now))
        self._take(instant, now)
        self._channels[channel] = there
        there.free = instant + (1 + CHANNEL_MARGIN) / self.per_channel
        return instant

    def left(self, instant: float, now: float) -> float:
        """Seconds until a message may really go: also where this program was late with others, for a while."""
        full = len(self._went) == self.per_minute
        return max(instant, self._went[0] + WINDOW if full else instant) - now

    def goes(self, channel: str, key: str, now: float) -> bool:
        """Let a message go whose instant has come; False where it must book anew, because all was stopped since."""
        there = self._channels.get(channel)
        if max(self.closed, there.closed if there else now) > now:
            self._promised[key] = Promise("again", now)
            return False
        if len(self._went) == self.per_minute:
            self._went.popleft()
        self._went.append(now)
        return True

    def close(self, until: float, channel: str = "") -> None:
        """Let nothing through before a moment, or nothing to one channel."""
        if channel:
            there = self._channels.setdefault(channel, Channel())
            there.closed = max(there.closed, until)
        else:
            self.closed = max(self.closed, until)
            self._passed_over.clear()

    def forget(self, now: float) -> bool:
        """Drop what no longer matters; True where nothing is left."""
        self._channels = {name: c for name, c in self._channels.items() if max(c.free, c.closed) > now}
        self._promised = {key: p for key, p in self._promised.items() if p.instant > now - FORGET}
        return not self._channels and not self._promised and max(self.free, self.closed) < now - WINDOW

    def _kind(self, promise: Promise | None, now: float) -> Kind:
        if promise:
            return promise.kind
        rate = SHARE / self.interval
        most = max(1.0, rate * OVER)
        self._new = min(2 * most, max(0.0, self._new - (now - self._counted) * rate) + 1)
        self._counted = now
        if max(self._line, self._again) <= now:
            return "fresh"
        return "alone" if self._new <= most else "many"

    def _soonest(self, earliest: float, now: float) -> float:
        """The first instant nobody has."""
        self._passed_over = self._passed_over[bisect_left(self._passed_over, now) :]
        found = bisect_left(self._passed_over, earliest)
        if found < len(self._passed_over):
            return self._passed_over[found]
        return max(self.free, earliest, self.closed)

    def _take(self, instant: float, now: float) -> None:
        found = bisect_left(self._passed_over, instant)
        if found < len(self._passed_over) and self._passed_over[found] == instant:
            del self._passed_over[found]
            return
        first = max(self.free, now, self.closed)
        # What others may still take before a message that waits for its channel.
        for step in range(int((instant - first) / self.interval + 1e-9)):
            insort(self._passed_over, first + step * self.interval)
        self.free = instant + self.interval

    def _promise(self, kind: Kind, key: str, instant: float) -> float:
        """Promise a message an instant; returns when it shall come back."""
        lead = LEAD
        if kind == "alone":
            self._promised[key] = Promise(kind, instant)
        elif kind in ("first", "again"):
            instant = self._again = max(self._again + self.interval, instant)
            self._promised[key] = Promise("again", instant)
            # Before those who come for this instant for the first time.
            lead *= 1.25
        else:
            instant = self._line = max(self._line + self.interval * EASE, self._again + self.interval, instant)
            self._promised[key] = Promise("first", instant)
        return instant - lead
