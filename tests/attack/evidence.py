"""What the attacker has in hand: published tables, the tree of units, who was invited where; never the answers."""

import csv
import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from bot.published import Group, Published, load

Cells = dict[tuple[str, tuple[str, ...], str | None], dict[str, tuple[int, int]]]
Answers = dict[str, dict[str, tuple[str, ...]]]


@dataclass(frozen=True, eq=False)
class Survey:
    """One survey as the world sees it.

    `many` are its questions with several answers, None where it must be guessed. `cells` are rounded groups' cells, for
    an attacker who can work them out from the rules: by question, units and parent; "" is who answered.
    """

    published: Published
    tree: dict[str, str | None]
    invited: dict[str, str]
    many: frozenset[str] | None = None
    hidden_is_small: bool = False
    cells: Cells = field(default_factory=dict)

    @property
    def code(self) -> str:
        """The survey's code."""
        return self.published.survey

    @property
    def k(self) -> int:
        """Fewest respondents of a figure."""
        return self.published.k

    @cached_property
    def headcount(self) -> dict[str, int]:
        """How many were invited at each unit that has anyone, not counting units below it."""
        counts: dict[str, int] = defaultdict(int)
        for unit in self.invited.values():
            counts[unit] += 1
        return counts

    @cached_property
    def reach(self) -> dict[str, list[str]]:
        """Every unit with those of its units below, itself first, where anyone was invited."""
        found: dict[str, list[str]] = {code: [] for code in self.tree}
        for unit in self.headcount:
            for above in self.upwards(unit):
                found[above].append(unit)
        return found

    def upwards(self, unit: str) -> Iterator[str]:
        """The unit and everything above it."""
        at: str | None = unit
        while at is not None:
            yield at
            at = self.tree[at]

    def units(self, group: Group) -> frozenset[str]:
        """Where the people of a published group are posted."""
        if len(group.units) == 1 and group.units[0] != group.parent:
            return frozenset(self.reach[group.units[0]])
        return frozenset(u for unit in group.units for u in self._part(unit, group.parent))

    def _part(self, unit: str, parent: str | None) -> list[str]:
        if unit == parent:
            return [unit] if unit in self.headcount else []
        return self.reach[unit]


@dataclass(frozen=True)
class Truth:
    """Who answered what, only for checking what the attacker claims: question → person → answers."""

    answers: Answers = field(default_factory=dict)

    def count(self, question: str, answer: str, people: Iterator[str]) -> int:
        """How many of the people gave the answer; "" counts who answered anything."""
        if not question:
            return sum(any(p in given for given in self.answers.values()) for p in people)
        given = self.answers.get(question, {})
        return sum(bool(given.get(p)) if answer == "" else answer in given.get(p, ()) for p in people)


def surveys(folder: Path) -> list[Survey]:
    """Everything in a folder's `published`, in the order of the codes."""
    public = folder / "published"
    names = sorted(p.stem for p in public.glob("*.json") if not p.name.startswith("tree-"))
    return [_survey(public, name) for name in names]


def _survey(public: Path, name: str) -> Survey:
    tree = json.loads((public / f"tree-{name}.json").read_text())["units"]
    published = load((public / f"{name}.json").read_text())
    return Survey(published, tree, dict(_rows(public / f"invited-{name}.csv")))


def truths(folder: Path, series: list[Survey]) -> list[Truth]:
    """What a folder's `truth` says of the surveys."""
    return [_truth(folder / "truth" / f"{survey.code}.csv") for survey in series]


def _truth(path: Path) -> Truth:
    found: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for person, _, question, answer in _rows(path):
        found[question][person].append(answer)
    return Truth({q: {p: tuple(a) for p, a in given.items()} for q, given in found.items()})


def _rows(path: Path) -> Iterator[list[str]]:
    with path.open(newline="", encoding="utf-8") as file:
        yield from (row for row in csv.reader(file) if row[:2] != ["person", "unit"])
