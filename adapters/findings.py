"""What a check-up finds, and how it is said."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

NAMED = 10
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


def counted(number: int, noun: str, ending: str = "s", many: str = "") -> str:
    """A number of things, in words."""
    return f"{number:,} {noun if number == 1 else many or noun + ending}"


def listed(names: Sequence[str], *, mark: str = "") -> str:
    """Names, each behind a mark, and of many the first and how many more."""
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(f"{mark}{name}" for name in sorted(names)[:NAMED]) + more
