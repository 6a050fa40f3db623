"""What a request asks for in its address: all of it is somebody's typing, and faults are said kindly."""

from collections.abc import Mapping
from typing import NamedTuple

from bot.events import number_in, whole

LONGEST = 300


class Refused(Exception):
    """A request that is not acted on: an HTTP status, and the phrase under `dashboard` that says why."""

    def __init__(self, status: int, why: str, **values: object) -> None:
        super().__init__(f"{status} {why}")
        self.status = status
        self.why = why
        self.values = values


class Wants(NamedTuple):
    """The query of an address and the parts of its path."""

    query: Mapping[str, str]
    path: Mapping[str, str]

    def text(self, name: str) -> str:
        """A text, "" where it is missing."""
        return whole(self.query.get(name, ""))[:LONGEST].strip()

    def one_of(self, name: str, known: tuple[str, ...], otherwise: str = "") -> str:
        """One of some words; anything else is refused."""
        found = self.text(name) or otherwise
        if found not in (*known, otherwise):
            raise Refused(400, "no_such_choice")
        return found

    def page(self) -> int:
        """The number of a page, from 1."""
        text = self.text("page") or "1"
        found = number_in(text)
        if found is None:
            raise Refused(400, "no_page_number")
        return found

    def principle(self, known: tuple[int, ...], name: str = "principle") -> int | None:
        """A principle's number, None where it is left out."""
        text = self.text(name)
        if not text:
            return None
        found = number_in(text)
        if found not in known:
            raise Refused(404, "no_principle")
        return found

    def part(self, name: str) -> str:
        """A part of the path."""
        return whole(self.path.get(name, ""))[:LONGEST]
