"""Three release rules in use elsewhere, as plain as they are described, for the attacker to break."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass

from bot.published import Group, Published, Question
from tests.attack.evidence import Survey
from tests.attack.towns import MANY, QUESTIONS, Week

Hiding = Callable[["Tally", int], set[str]]


@dataclass(frozen=True)
class Tally:
    """A week's true numbers per unit with everything below it."""

    week: Week
    invited: dict[str, int]
    answered: dict[str, int]
    counts: dict[tuple[str, str, str], int]
    below: dict[str, list[str]]

    def rest(self, parent: str, hidden: set[str]) -> int:
        """How many answered at a unit who are in none of the units shown directly below it."""
        shown = [c for c in self.below[parent] if c not in hidden]
        return self.answered[parent] - sum(self.answered[c] for c in shown)


def tallied(week: Week) -> Tally:
    """The true numbers."""
    invited: dict[str, int] = defaultdict(int)
    answered: dict[str, int] = defaultdict(int)
    counts: dict[tuple[str, str, str], int] = defaultdict(int)
    for person, unit in week.invited.items():
        given = {q: a[person] for q, a in week.truth.answers.items() if person in a}
        for above in _upwards(week.tree, unit):
            invited[above] += 1
            answered[above] += bool(given)
            for question, answers in given.items():
                for answer in answers:
                    counts[above, question, answer] += 1
    below: dict[str, list[str]] = defaultdict(list)
    for unit, parent in week.tree.items():
        if parent is not None and invited[unit]:
            below[parent].append(unit)
    return Tally(week, invited, answered, counts, below)


def _upwards(tree: dict[str, str | None], unit: str | None) -> list[str]:
    return [] if unit is None else [unit, *_upwards(tree, tree[unit])]


def minimum(tally: Tally, k: int) -> set[str]:
    """Rule 1: units with fewer than k respondents are hidden, nothing else."""
    return {u for u in tally.week.tree if tally.answered[u] < k}


def remainder(tally: Tally, k: int) -> set[str]:
    """Rule 2: where 1 to k−1 respondents of a unit would remain, it is not divided at all."""
    hidden = minimum(tally, k)
    for parent in list(tally.below):
        if 1 <= tally.rest(parent, hidden) < k:
            hidden.update(tally.below[parent])
    return hidden


def sibling(tally: Tally, k: int) -> set[str]:
    """Rule 3: beside hidden units the next smallest are hidden until k respondents are hidden together."""
    hidden = minimum(tally, k)
    for children in list(tally.below.values()):
        shown = sorted((c for c in children if c not in hidden), key=lambda c: tally.answered[c])
        together = sum(tally.answered[c] for c in children if c in hidden)
        while 1 <= together < k and shown:
            hidden.add(shown[0])
            together += tally.answered[shown.pop(0)]
    return hidden


def published(week: Week, rule: Hiding, k: int = 5) -> Survey:
    """What a rule publishes of a week, as the attacker gets it."""
    tally = tallied(week)
    hidden = rule(tally, k)
    order = [u for u in week.tree if tally.invited[u]]
    questions = [Question(q, tuple(_group(tally, q, u, hidden=u in hidden) for u in order)) for q in QUESTIONS]
    shown = sum(tally.answered[u] for u in order if not tally.below[u] and u not in hidden)
    table = Published(week.code, k, shown / max(1, tally.answered["00"]), tuple(questions))
    return Survey(table, week.tree, week.invited, MANY, hidden_is_small=rule is minimum)


def _group(tally: Tally, question: str, unit: str, *, hidden: bool) -> Group:
    parent, invited = tally.week.tree[unit], tally.invited[unit]
    if hidden:
        return Group((unit,), parent, invited, 0, {}, "hidden")
    counts = {a: tally.counts[unit, question, a] for a in QUESTIONS[question]}
    return Group((unit,), parent, invited, tally.answered[unit], counts, "exact")
