"""What was published of a survey, once and for good: the one table every card, page and file draws from."""

from dataclasses import dataclass
from typing import Literal

from pydantic import TypeAdapter

Shown = Literal["exact", "rounded", "topcoded", "hidden"]


@dataclass(frozen=True, slots=True)
class Group:
    """The published figures of one group for one question.

    One unit is that unit with everything below it; several are siblings counted together; a unit that is its own parent
    stands for the people posted to it directly. The whole organisation has no parent.
    """

    units: tuple[str, ...]
    parent: str | None
    invited: int
    answered: int
    counts: dict[str, int]
    shown: Shown


@dataclass(frozen=True, slots=True)
class Question:
    """A question and its groups, from the whole organisation down."""

    id: str
    groups: tuple[Group, ...]


@dataclass(frozen=True, slots=True)
class Published:
    """A survey's published table; `visible` is the share of answers shown for a unit or for siblings together."""

    survey: str
    k: int
    visible: float
    questions: tuple[Question, ...]

    def question(self, name: str) -> Question | None:
        """One question's figures, if it was asked."""
        return next((q for q in self.questions if q.id == name), None)


_adapter = TypeAdapter(Published)


def dump(published: Published) -> str:
    """The table as the JSON that `kizuki pulse results --json` prints and the database keeps."""
    return _adapter.dump_json(published).decode()


def load(text: str) -> Published:
    """The table that `dump` wrote."""
    return _adapter.validate_json(text)
