"""Invented organisations of any size whose people join, leave, move and answer week by week, all from one seed."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random

from tests.attack.evidence import Truth

QUESTIONS = {"mood": ("1", "2", "3", "4", "5"), "read": ("yes", "no"), "tools": ("chat", "wiki", "none")}
MANY = frozenset({"tools"})


@dataclass(frozen=True)
class Week:
    """One week's unit tree, who is invited at which unit, and what they answer."""

    code: str
    tree: dict[str, str | None]
    invited: dict[str, str]
    truth: Truth


@dataclass
class Town:
    """A tree of units and the people in it; `habits` are each person's usual answers, none for who never answers."""

    rng: Random
    tree: dict[str, str | None] = field(default_factory=dict)
    post: dict[str, str] = field(default_factory=dict)
    habits: dict[str, dict[str, tuple[str, ...]]] = field(default_factory=dict)
    leaning: dict[str, str] = field(default_factory=dict)
    response: float = 0.6
    born: int = 0

    def join(self, unit: str) -> None:
        """Someone new at a unit."""
        self.born += 1
        person = f"p{self.born}"
        self.post[person] = unit
        self.habits[person] = self._habit(unit) if self.rng.random() < self.response else {}

    def _habit(self, unit: str) -> dict[str, tuple[str, ...]]:
        """What the unit leans to, mostly: so that whole groups are sometimes of one mind."""
        mood = self.leaning[unit] if self.rng.random() < 0.7 else self.rng.choice(QUESTIONS["mood"])
        read = ("yes",) if self.rng.random() < 0.75 else ("no",)
        tools = tuple(t for t in ("chat", "wiki") if self.rng.random() < 0.5) or ("none",)
        return {"mood": (mood,), "read": read, "tools": tools}

    def week(self, number: int, drift: float) -> Week:
        """This week's survey; `drift` is the share of people who answer otherwise than usual."""
        given: dict[str, dict[str, tuple[str, ...]]] = {q: {} for q in QUESTIONS}
        for person, unit in self.post.items():
            habit = self.habits[person]
            if habit and self.rng.random() < drift:
                habit = self._habit(unit)
            for question, answers in habit.items():
                given[question][person] = answers
        return Week(f"weekly-{number:02d}", dict(self.tree), dict(self.post), Truth(given))

    def change(self, share: float) -> None:
        """People leave, join and move between units."""
        units = sorted(set(self.post.values()))
        for person in [p for p in self.post if self.rng.random() < share]:
            fate = self.rng.random()
            if fate < 0.3:
                del self.post[person]
            else:
                self.post[person] = self.rng.choice(units)
            if fate < 0.4:
                self.join(self.rng.choice(units))


def town(seed: int, size: int, *, depth: int = 3, response: float = 0.6) -> Town:
    """An organisation of about so many people in teams of 3 to 25; some are posted to the units above."""
    rng = Random(seed)
    made = Town(rng, {"00": None}, leaning={"00": "3"}, response=response)
    teams: list[tuple[str, int]] = []
    while sum(n for _, n in teams) < size:
        teams.append((_team(made, depth), rng.randint(3, 25)))
    for unit, number in [*((u, rng.choice((0, 0, 1, 2, 6))) for u in made.tree), *teams]:
        for _ in range(number):
            made.join(unit)
    return made


def _team(town: Town, depth: int) -> str:
    """A new team below units that exist already or are new."""
    at = "00"
    for level in range(1, depth):
        children = [u for u, up in town.tree.items() if up == at]
        fresh = level == depth - 1 or len(children) < 2 or town.rng.random() < 0.25
        at = _founded(town, at, len(children)) if fresh else town.rng.choice(children)
    return at


def _founded(town: Town, above: str, beside: int) -> str:
    code = f"{'' if above == '00' else above}{beside + 1:02d}"
    town.tree[code] = above
    town.leaning[code] = town.rng.choice(QUESTIONS["mood"])
    return code


def weeks(town: Town, count: int, *, moving: float = 0.01, drift: float = 0.0) -> Iterator[Week]:
    """So many weeks of it."""
    for number in range(1, count + 1):
        yield town.week(number, drift)
        town.change(moving)


def drawn(seed: int) -> tuple[Town, str]:
    """A random small organisation and a few words about it."""
    rng = Random(seed)
    size, depth = rng.randint(20, 400), rng.randint(2, 4)
    response = rng.choice((0.27, 0.6, 0.95))
    return town(seed, size, depth=depth, response=response), f"{size} people, depth {depth}, {response:.0%}"
