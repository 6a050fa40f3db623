"""What one conversation takes: several sliding windows at once, each kept exactly, in the order of booking."""

import math
from array import array
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import takewhile

# At most so many messages in so many seconds, however the seconds lie.
Windows = tuple[tuple[int, float], ...]


class Conversations:
    """What went to each conversation, what is booked, and until when it takes nothing.

    Most are sent one message an hour and cost a few bytes; none is remembered by more than its longest window needs.
    """

    def __init__(self, windows: Windows) -> None:
        self._windows = windows
        self._most = max(most for most, _ in windows)
        self._longest = max(seconds for _, seconds in windows)
        # In the order of the last message of each, so that the old ones are found without looking at all.
        self._went: dict[str, array[float]] = {}
        self._booked: dict[str, list[float]] = {}
        self._closed: dict[str, float] = {}

    def __bool__(self) -> bool:
        return bool(self._went or self._booked or self._closed)

    def earliest(self, name: str, now: float) -> float:
        """The first moment at which one more may go, after everything that is booked."""
        booked: Sequence[float] = self._booked.get(name, ())
        ended = self._ended(self._went.get(name, ()), booked)
        return max((now, self.closed(name), *booked[-1:], *ended))

    def ready(self, name: str, now: float) -> float:
        """The same for what is booked, by what really went: others may have been later than their instants."""
        return max((now, *self._ended(self._went.get(name, ()), ())))

    def closed(self, name: str) -> float:
        """Until when a conversation takes nothing."""
        return self._closed.get(name, -math.inf)

    def close(self, name: str, until: float) -> None:
        """Let nothing through to one before a moment."""
        self._closed[name] = max(self.closed(name), until)

    def book(self, name: str, instant: float) -> None:
        """A message will go at an instant."""
        self._booked.setdefault(name, []).append(instant)

    def give_up(self, name: str, instant: float) -> None:
        """What was booked does not go."""
        booked = self._booked[name]
        booked.remove(instant)
        if not booked:
            del self._booked[name]

    def go(self, name: str, instant: float, now: float) -> None:
        """What was booked goes now."""
        self.give_up(name, instant)
        went = self._went.pop(name, None) or array("d")
        del went[: max(bisect_right(went, now - self._longest), len(went) + 1 - self._most)]
        went.append(now)
        self._went[name] = went

    def forget(self, now: float) -> None:
        """Drop what no longer matters."""
        for name in list(takewhile(lambda n: self._went[n][-1] + self._longest <= now, self._went)):
            del self._went[name]
        self._closed = {name: until for name, until in self._closed.items() if until > now}

    def _ended(self, went: Sequence[float], booked: Sequence[float]) -> Iterator[float]:
        """When each window that is full has room again."""
        for most, seconds in self._windows:
            before = most - len(booked)
            if before <= 0:
                yield booked[-most] + seconds
            elif before <= len(went):
                yield went[-before] + seconds
