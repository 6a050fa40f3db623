"""What a check-up finds, and how it is said."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

MARKS = {"right": "✓", "wrong": "✗", "note": "·"}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at: right, wrong, or only worth knowing; and what to do about it."""

    state: Literal["right", "wrong", "note"]
    what: str
    do: str = ""

    def lines(self) -> Iterator[str]:
        """As it is printed."""
        yield f"{MARKS[self.state]} {self.what}"
        if self.do:
            yield f"  → {self.do}"


def right(what: str) -> Finding:
    """Something is as it should be."""
    return Finding("right", what)


def wrong(what: str, do: str) -> Finding:
    """Something does not work, and what mends it."""
    return Finding("wrong", what, do)


def note(what: str, do: str = "") -> Finding:
    """Something to know, which breaks nothing."""
    return Finding("note", what, do)
