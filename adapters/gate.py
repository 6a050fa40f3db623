"""When messages may go to one workspace: instants at even distances, and promises to those that must come back.

Who comes while nobody waits takes the next instant. When that is too far away, messages are promised instants in a
line, and come back a little before theirs: a broadcast of thousands is put off once each. A promise does not hold the
gate: somebody new who writes now and then goes out within seconds, and a few of those who come back for their instant
are promised another, soon. Many new ones of one kind at once are the next broadcast: they go to the end of the line.
What somebody waits for, such as the answer to their words, is never put there.

A workspace is Slack's word; for Teams it is a tenant, and a channel is any conversation.
"""

import math
from bisect import bisect_left, insort
from collections import deque
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from adapters.platform import Later
from adapters.windows import Conversations, Windows

# The longest a message waits here, in seconds, and how many do: each keeps one of the outbox's hands. Longer waits are
# the outbox's.
HOLD, HELD = 2.0, 25
SOON = 0.1
# The part of the limit that somebody new may take from those who were promised an instant, on average over this time.
SHARE, OVER = 0.2, 10.0
# For how long after many new ones another new one is taken for one of them.
TAIL = 2.0
FORGET = 600.0

Kind = Literal["fresh", "alone", "many", "first", "again"]
# How far away an instant may be, as a part of `Limits.hold`: alone = somebody new while others wait in line, many = one
# of many such; those who come back for the first time, or again, leave some room to somebody new.
ROOM: dict[Kind, float] = {"fresh": 1.0, "alone": 1.0, "again": 0.95, "first": 0.875, "many": 0.0}


class Limits(NamedTuple):
    """What a workspace takes: so many messages in so many seconds, and what each of its channels takes.

    One message may be longer on its way than another, by `margin` seconds where all go in time and by half of that
    where this program was late, without more than `most` arriving in any `window`. The line of those who were promised
    an instant is slower than the gate, by the factor `ease`, so that what falls behind catches up.
    """

    most: int
    window: float
    margin: float
    channel: Windows
    ease: float = 1.002

    @property
    def interval(self) -> float:
        """Seconds between two messages."""
        return (self.window + self.margin) / self.most

    @property
    def strict(self) -> float:
        """Seconds between a message and the one that is `most` after it, however late the two are."""
        return self.window + self.margin / 2

    @property
    def hold(self) -> float:
        """How long a message waits for the workspace here."""
        return min(HOLD, HELD * self.interval)


class Promise(NamedTuple):
    """What a message was told that was put off."""

    kind: Kind
    instant: float


@dataclass(slots=True)
class Gate:
    """The instants of one workspace. All times are seconds of one clock."""

    limits: Limits
    free: float = -math.inf
    closed: float = -math.inf
    _passed_over: list[float] = field(default_factory=list)
    _channels: Conversations = field(init=False)
    _promised: dict[str, Promise] = field(default_factory=dict)
    _line: float = -math.inf
    _again: float = -math.inf
    # How many new ones of each kind there were lately, and when that was counted.
    _new: dict[str, tuple[float, float]] = field(default_factory=dict)
    _went: deque[float] = field(init=False)

    def __post_init__(self) -> None:
        self._channels = Conversations(self.limits.channel)
        self._went = deque(maxlen=self.limits.most)

    def book(self, channel: str, key: str, now: float, *, urgent: bool = False) -> float:
        """The instant at which a message may go, now its own; raises `Later` where that is too far away."""
        kind = self._kind(key, self._promised.pop(key, None), now, urgent=urgent)
        earliest = self._channels.earliest(channel, now)
        if earliest - now > HOLD:
            self._promised[key] = Promise("again", earliest)
            raise Later(earliest - now)
        instant = self._soonest(earliest, now)
        if instant - earliest > ROOM[kind] * self.limits.hold:
            raise Later(max(SOON, self._promise(kind, key, instant) - now))
        self._take(instant, now)
        self._channels.book(channel, instant)
        return instant

    def left(self, channel: str, instant: float, now: float) -> float:
        """Seconds until a message may really go: also where this program was late with others, for a while."""
        full = len(self._went) == self.limits.most
        ready = self._channels.ready(channel, now)
        return max(instant, ready, self._went[0] + self.limits.strict if full else instant) - now

    def goes(self, channel: str, key: str, instant: float, now: float) -> bool:
        """Let a message go whose instant has come; False where it must book anew, because all was stopped since."""
        if max(self.closed, self._channels.closed(channel)) > now:
            self._channels.give_up(channel, instant)
            self._promised[key] = Promise("again", now)
            return False
        self._channels.go(channel, instant, now)
        self._went.append(now)
        return True

    def give_up(self, channel: str, instant: float) -> None:
        """Nobody waits for an instant any more."""
        self._channels.give_up(channel, instant)

    def close(self, until: float, channel: str = "") -> None:
        """Let nothing through before a moment, or nothing to one channel."""
        if channel:
            self._channels.close(channel, until)
        else:
            self.closed = max(self.closed, until)
            self._passed_over.clear()

    def forget(self, now: float) -> bool:
        """Drop what no longer matters; True where nothing is left."""
        self._channels.forget(now)
        self._promised = {key: p for key, p in self._promised.items() if p.instant > now - FORGET}
        self._new = {kind: (n, at) for kind, (n, at) in self._new.items() if at > now - FORGET}
        past = max(self.free, self.closed) < now - self.limits.strict
        return past and not self._channels and not self._promised

    def _kind(self, key: str, promise: Promise | None, now: float, *, urgent: bool) -> Kind:
        if promise:
            return promise.kind
        many = not urgent and self._are_many(key, now)
        if max(self._line, self._again) <= now:
            return "fresh"
        return "many" if many else "alone"

    def _are_many(self, key: str, now: float) -> bool:
        """Whether a new message is one of many: their keys differ only behind the last colon."""
        rate = SHARE / self.limits.interval
        most = max(1.0, rate * OVER)
        kind = key.rpartition(":")[0]
        before, counted = self._new.pop(kind, (0.0, now))
        new = min(most + rate * TAIL, max(0.0, before - (now - counted) * rate) + 1)
        self._new[kind] = (new, now)
        return new > most

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
        interval = self.limits.interval
        first = max(self.free, now, self.closed)
        # What others may still take before a message that waits for its channel.
        for step in range(int((instant - first) / interval + 1e-9)):
            insort(self._passed_over, first + step * interval)
        self.free = instant + interval

    def _promise(self, kind: Kind, key: str, instant: float) -> float:
        """Promise a message an instant; returns when it shall come back, which is a little earlier."""
        interval, lead = self.limits.interval, self.limits.hold / 2
        if kind in ("alone", "first", "again"):
            instant = self._again = max(self._again + interval, instant)
            self._promised[key] = Promise("alone" if kind == "alone" else "again", instant)
            # Before those who come for this instant for the first time.
            lead *= 1.25
        else:
            instant = self._line = max(self._line + interval * self.limits.ease, self._again + interval, instant)
            self._promised[key] = Promise("first", instant)
        return instant - lead
