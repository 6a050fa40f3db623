"""How the people of an invented organisation answer surveys: mostly as they did before, and as their colleagues do."""

from collections.abc import Iterable, Iterator
from random import Random
from typing import NamedTuple

from bot.questions import Asked
from bot.receipts import Given
from bot.simulated_people import Town

# Of those who usually answer so many do so each time; the others do now and then, so that the share comes out.
STEADY = 0.9
# The share of units where all think alike, and how strongly the others lean to one answer at most.
UNANIMOUS, LEANING = 0.12, 0.8
# How often somebody answers otherwise for once, and how often they get a step further for good.
WAVERS, RISES = 0.12, 0.04
WEIGHTS = (2, 4, 4, 3, 2)
# How many of those who can choose several things choose none of them, and how many of the others choose two.
NOTHING, TWO = 0.35, 0.3


class Lean(NamedTuple):
    """How strongly a unit leans to one answer of each question, and to which."""

    strength: float
    favourite: dict[str, tuple[str, ...]]


class Habits:
    """Who answers, and what, week after week."""

    def __init__(self, town: Town, response: float, rng: Random) -> None:
        self._town, self._rng = town, rng
        self._steady = max(STEADY, response)
        self._seldom = response * (1 - self._steady) / (1 - response) if response < 1 else 1.0
        self._willing = [rng.random() < response for _ in range(town.size + 1)]
        self._leans: dict[int, Lean] = {}
        self._usual: list[dict[str, tuple[str, ...]]] = [{} for _ in range(town.size + 1)]

    def answers(self, people: Iterable[int], asked: Iterable[Asked]) -> Iterator[tuple[int, Given]]:
        """Those of the people who answer, with their answers to each question."""
        named = [(_name(question), question) for question in asked if question.values]
        for person in people:
            if self._rng.random() < (self._steady if self._willing[person] else self._seldom):
                lean = self._lean(self._town.now[person])
                yield person, {q.id: self._answer(person, lean, name, q) for name, q in named}

    def _answer(self, person: int, lean: Lean, name: str, question: Asked) -> tuple[str, ...]:
        usual = self._usual[person]
        if name not in usual:
            leans = self._rng.random() < lean.strength
            usual[name] = self._favourite(lean, name, question) if leans else self._drawn(question)
        roll = self._rng.random() / (1.001 - lean.strength)
        if question.steps and roll < RISES:
            usual[name] = _risen(usual[name], question.values)
        return self._drawn(question) if RISES <= roll < RISES + WAVERS else usual[name]

    def _lean(self, unit: int) -> Lean:
        if unit not in self._leans:
            alike = self._rng.random() < UNANIMOUS
            self._leans[unit] = Lean(1.0 if alike else LEANING * self._rng.random(), {})
        return self._leans[unit]

    def _favourite(self, lean: Lean, name: str, question: Asked) -> tuple[str, ...]:
        if name not in lean.favourite:
            lean.favourite[name] = self._drawn(question)
        return lean.favourite[name]

    def _drawn(self, question: Asked) -> tuple[str, ...]:
        rng, values = self._rng, question.values
        if question.kind != "many":
            return tuple(rng.choices(values, [WEIGHTS[at * len(WEIGHTS) // len(values)] for at in range(len(values))]))
        if question.none and rng.random() < NOTHING:
            return (question.none,)
        some = [value for value in values if value != question.none]
        return tuple(sorted(rng.sample(some, 2 if rng.random() < TWO else 1), key=values.index))


def _name(question: Asked) -> str:
    """What a question is called whichever principle it is about: people answer alike about all of them."""
    return question.id.removesuffix(f"-{question.principle}")


def _risen(answer: tuple[str, ...], values: tuple[str, ...]) -> tuple[str, ...]:
    return (values[min(values.index(answer[0]) + 1, len(values) - 1)],)
