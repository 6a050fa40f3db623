"""What may be told of what was done: how it ended and how long it took, for figures and log; never a content."""

from typing import Literal, NamedTuple

# How a request ends: nothing else is ever said of it in a figure.
Outcome = Literal["done", "duplicate", "refused", "busy", "broken"]
# How a schedule's slot ends here: some runs done, none left to do, or one that failed.
Ended = Literal["done", "nothing", "failed"]


class Seen(NamedTuple):
    """One request or one slot. `why` is a phrase's key or the lines of a fault, `key` as the log may show it.

    `status` is the HTTP status of a page.
    """

    action: str
    outcome: Outcome | Ended
    seconds: float
    key: str = "-"
    platform: str = ""
    why: str = ""
    status: int = 0

    @property
    def told(self) -> str:
        """How it ended, with the reason where there is one."""
        return f"{self.outcome} {self.why}".rstrip()


class Watch:
    """Is told what happens; this one keeps no figures."""

    def request(self, seen: Seen) -> None:
        """An event was acted on."""

    def page(self, seen: Seen) -> None:
        """A page was asked for."""

    def tick(self, job: str, seen: Seen) -> None:
        """A slot of a schedule was looked at."""

    def closed(self, seconds: float) -> None:
        """A survey was closed and its results were stored."""

    def suggested(self, seconds: float) -> None:
        """Principles were suggested for a text."""
