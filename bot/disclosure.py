"""What may be published of a survey, worked out from its counters and from everything published before it.

Two rules hold. (A) Within a survey, nothing about fewer than k respondents follows from what is published: all figures
are sums over pieces that have k respondents each, share nobody and leave nobody out. (B) Between surveys with the same
question, where sets of pieces differ by 1 to k-1 invited people, their difference does not show: such pieces are merged
with their siblings until they have 5 k respondents, and their figures are rounded so that no bound says anything of
those few, even if all others answered as before. Pure: no database, no chat.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import NamedTuple

# How many times k respondents a piece needs to be published rounded.
ROUNDED_FROM = 5
# Under this name the number of those who answered is kept beside the questions.
ANSWERED = ""
Answers = Mapping[str, int]


class Bounds(NamedTuple):
    """What is known of a figure: it lies from `low` to `high`."""

    low: int
    high: int


Known = Mapping[str, Mapping[str, Bounds]]


# Of an answer that nobody gave.
NOBODY = Bounds(0, 0)


@lru_cache(maxsize=65_536)
def exactly(value: int) -> Bounds:
    """The bounds of a figure that is known."""
    return Bounds(value, value)


@dataclass(frozen=True, slots=True)
class Counted:
    """A group as it was counted; `counts` holds how often each answer was given, by question."""

    number: int
    units: tuple[str, ...]
    parent: str | None
    invited: int
    answered: int
    counts: Mapping[str, Answers]


@dataclass(frozen=True, slots=True)
class Piece:
    """Groups (by their place in the list) that are published together. `units` are siblings in `parent`."""

    groups: tuple[int, ...]
    units: tuple[str, ...]
    parent: str | None


@dataclass(frozen=True)
class Earlier:
    """What an earlier survey published: who was in which piece, and what is known of each piece's figures."""

    piece_of: Mapping[int, int]
    known: Sequence[Known]
    _columns: dict[tuple[str, str], tuple[Sequence[int], Sequence[int]]] = field(default_factory=dict, compare=False)
    _invited: dict[tuple[int, ...], int] = field(default_factory=dict, compare=False)

    def invited(self, pieces: tuple[int, ...]) -> int:
        """How many people were invited in some pieces together."""
        if pieces not in self._invited:
            self._invited[pieces] = sum(self.sizes[at] for at in pieces)
        return self._invited[pieces]

    @cached_property
    def sizes(self) -> Mapping[int, int]:
        """How many people were invited in each piece."""
        return Counter(self.piece_of.values())

    def column(self, question: str, answer: str) -> tuple[Sequence[int], Sequence[int]]:
        """The least and the most that a figure can be, by piece; put together once."""
        found = self._columns.get((question, answer))
        if found is None:
            bounds = [one[question].get(answer, NOBODY) for one in self.known]
            found = self._columns[question, answer] = [b.low for b in bounds], [b.high for b in bounds]
        return found


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as far as publishing goes: its answers, and whether several may be given."""

    id: str
    values: tuple[str, ...]
    many: bool = False


@dataclass(frozen=True, slots=True)
class Survey:
    """A survey that is over. `people` are person → place of their group in `groups`; `tree` is unit → unit above."""

    groups: Sequence[Counted]
    tree: Mapping[str, str | None]
    asked: Sequence[Asked]
    people: Mapping[int, int]
    k: int
    earlier: Sequence[Earlier] = ()


@dataclass(slots=True)
class Figures:
    """The true figures of a piece or of several together; they never leave the core."""

    invited: int = 0
    answered: int = 0
    counts: dict[str, dict[str, int]] = field(default_factory=dict)

    def add(self, group: "Counted | Figures") -> None:
        """Take in a group, or other figures."""
        self.invited += group.invited
        self.answered += group.answered
        for question, answers in group.counts.items():
            mine = self.counts.setdefault(question, {})
            for answer, times in answers.items():
                mine[answer] = mine.get(answer, 0) + times

    def of(self, question: str, answer: str) -> int:
        """How often an answer was given; under `ANSWERED`, how many answered."""
        return self.answered if question == ANSWERED else self.counts.get(question, {}).get(answer, 0)


def figures(survey: Survey, piece: Piece) -> Figures:
    """The sum of a piece's groups."""
    return added(survey.groups[place] for place in piece.groups)


def added(parts: Iterable[Counted | Figures]) -> Figures:
    """The sum of groups, or of other figures."""
    total = Figures()
    for part in parts:
        total.add(part)
    return total


def coordinates(survey: Survey) -> list[tuple[str, str]]:
    """Every (question, answer) that is published of a piece, with the number of those who answered first."""
    return [(ANSWERED, ANSWERED), *((q.id, answer) for q in survey.asked for answer in q.values)]
