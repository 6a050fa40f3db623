"""Messages a platform itself stumbles over: one that never goes through must not hold up its place for ever."""

from collections import OrderedDict

from adapters.platform import Later

# After so many tries in a row a message is sent as text alone, after so many more it is given up to be parked.
PLAIN_AFTER, GIVEN_UP_AFTER = 10, 40
MOST_KEPT = 10_000


class GivenUp(Exception):
    """A message met trouble too often while others were taken."""


class Trouble:
    """Counts, by message, how often a platform answered with trouble of its own while it took others."""

    def __init__(self) -> None:
        self._tries: OrderedDict[str, int] = OrderedDict()
        self._taken = 0
        self._taken_at: dict[str, int] = {}

    def met(self, key: str, troubled: Later) -> None:
        """A message met trouble. Where no other is taken either, it is not the message's. Raises `GivenUp`."""
        if self._taken_at.get(key) != self._taken:
            self._tries[key] = self._tries.get(key, 0) + 1
            self._taken_at[key] = self._taken
        if len(self._tries) > MOST_KEPT:
            self.over(next(iter(self._tries)))
        if self._tries[key] > GIVEN_UP_AFTER:
            raise GivenUp from troubled

    def is_old(self, key: str) -> bool:
        """Whether a message has met trouble so often that its drawing may be what causes it."""
        return self._tries.get(key, 0) > PLAIN_AFTER

    def over(self, key: str) -> None:
        """A message was taken."""
        self._taken += 1
        self._tries.pop(key, None)
        self._taken_at.pop(key, None)
