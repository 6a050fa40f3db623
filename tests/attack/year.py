"""Weeks of a large organisation as `kizuki simulate` invents it: reforms, the transfers of April, newcomers."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from random import Random

from bot import simulated_people
from bot.demo_staff import entries
from tests.attack.evidence import Truth
from tests.attack.towns import QUESTIONS, Week

NAMES = Path(__file__).parents[2] / "content" / "demo"
FIRST = date(2025, 12, 1)
LEANING, READ, CHAT = 0.6, 0.75, 0.5
Habit = dict[str, tuple[str, ...]]


class Staff:
    """What everybody usually answers; some never do."""

    def __init__(self, staff: int, response: float, drift: float) -> None:
        self._rng, self._drift = Random(1), drift
        self._leaning: dict[str, str] = {}
        self._habits: dict[int, Habit] = {}
        self._willing = {person for person in range(1, staff + 1) if self._rng.random() < response}

    def answers(self, people: dict[int, str]) -> Truth:
        """What is answered by people at their units."""
        given: dict[str, dict[str, tuple[str, ...]]] = {question: {} for question in QUESTIONS}
        for person, unit in people.items():
            if person in self._willing:
                for question, answers in self._habit(person, unit).items():
                    given[question][f"p{person}"] = answers
        return Truth(given)

    def _habit(self, person: int, unit: str) -> Habit:
        if person not in self._habits or self._rng.random() < self._drift:
            self._habits[person] = self._drawn(unit)
        return self._habits[person]

    def _drawn(self, unit: str) -> Habit:
        rng = self._rng
        lean = self._leaning.setdefault(unit, rng.choice(QUESTIONS["mood"]))
        mood = lean if rng.random() < LEANING else rng.choice(QUESTIONS["mood"])
        tools = tuple(tool for tool in ("chat", "wiki") if rng.random() < CHAT) or ("none",)
        return {"mood": (mood,), "read": ("yes",) if rng.random() < READ else ("no",), "tools": tools}


def year(staff: int, weeks: int, *, response: float, drift: float, first: date = FIRST) -> Iterator[Week]:
    """So many weeks from a day on."""
    until = first + timedelta(weeks=weeks + 1)
    names, called = entries(NAMES, "names"), ("a", "b")
    town = simulated_people.found(names, staff=staff, first=first, until=until, seed="1:town", name=called)
    town.open()
    everybody = Staff(staff, response, drift)
    code = {unit.id: unit.code for unit in town.chart.units}
    for number in range(1, weeks + 1):
        day = first + timedelta(weeks=number - 1, days=1)
        while town.reforms and town.reforms[0].day <= day:
            reform = town.reforms.pop(0)
            town.reform(reform)
            code |= {unit.id: unit.code for unit in reform.founded}
        while town.moves and town.moves[0].day <= day:
            town.move(town.moves.pop(0))
        people = {person: code[town.now[person]] for person in range(1, staff + 1)}
        tree = {code[unit]: code[above] if above else None for unit, above in town.above.items()}
        invited = {f"p{person}": unit for person, unit in people.items()}
        yield Week(f"weekly-{number:02d}", tree, invited, everybody.answers(people))
