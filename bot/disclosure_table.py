"""The published table of a survey: pieces and the units above them, from the whole organisation down."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from bot.disclosure import ANSWERED, Asked, Pool, Survey, added
from bot.disclosure_cells import Drawn, at_least, bounded
from bot.disclosure_merging import merged
from bot.disclosure_pools import Pooled
from bot.published import Group, Published, Question
from bot.pulse_groups import upwards

SHARE = 3


@dataclass(frozen=True, slots=True)
class Disclosed:
    """What is published, and what later surveys need to know of it: each piece with its bounds, and exact sums."""

    published: Published
    drawn: Sequence[Drawn]
    pools: Sequence[Pool]


def disclose(survey: Survey, code: str) -> Disclosed:
    """Work out what is published of a survey that is over."""
    found = merged(survey)
    drawn = bounded(survey, found.pieces, found.threats)
    inside = _inside(survey, drawn)
    pooled = Pooled(survey, drawn, inside, found)
    table = _Table(survey, drawn, inside, pooled)
    questions = tuple(Question(asked.id, tuple(table.groups(asked))) for asked in survey.asked)
    return Disclosed(Published(code, survey.k, table.visible(), questions), drawn, pooled.pools)


def _inside(survey: Survey, drawn: Sequence[Drawn]) -> dict[str, frozenset[int]]:
    """The pieces in every divided unit."""
    found: dict[str, set[int]] = {}
    for at, one in enumerate(drawn):
        for unit in upwards(survey.tree, one.piece.parent):
            found.setdefault(unit, set()).add(at)
    return {unit: frozenset(pieces) for unit, pieces in found.items()}


class _Table:
    """Draws the groups of one question after another."""

    def __init__(
        self, survey: Survey, drawn: Sequence[Drawn], inside: Mapping[str, frozenset[int]], pooled: Pooled
    ) -> None:
        self._survey, self._drawn, self._inside, self._pooled = survey, drawn, inside, pooled
        self._below: dict[str | None, list[str]] = {}
        for unit in sorted(inside):
            self._below.setdefault(survey.tree.get(unit), []).append(unit)
        self._leaves: dict[str | None, list[int]] = {}
        for at in sorted(range(len(drawn)), key=lambda at: drawn[at].piece.units):
            self._leaves.setdefault(drawn[at].piece.parent, []).append(at)
        self._totals = {unit: added(drawn[at].total for at in sorted(pieces)) for unit, pieces in inside.items()}

    def groups(self, asked: Asked) -> Iterator[Group]:
        """All groups of a question."""
        yield from self._under(None, asked)

    def visible(self) -> float:
        """The share of answers told for a unit or for siblings together, from what is published alone.

        The siblings may also be those of the unit that one's own is in, but of none further up.
        """
        shown = [(one, _middle(one, ANSWERED, ANSWERED)) for one in self._drawn]
        whole = sum(n for _, n in shown)
        near = sum(n for one, n in shown if not one.hidden and self._is_near(one))
        return round(near / whole, SHARE) if whole and not all(one.hidden for one in self._drawn) else 0.0

    def _is_near(self, one: Drawn) -> bool:
        units = {self._survey.groups[place].parent for place in one.piece.groups}
        above = {self._survey.tree.get(unit) if unit != one.piece.parent else unit for unit in units if unit}
        return len(units) == 1 or len(above) == 1

    def _under(self, parent: str | None, asked: Asked) -> Iterator[Group]:
        for at in self._leaves.get(parent, ()):
            yield _leaf(self._drawn[at], asked, self._survey.k)
        for unit in self._below.get(parent, ()):
            yield self._whole(unit, asked)
            yield from self._under(unit, asked)

    def _whole(self, unit: str, asked: Asked) -> Group:
        """A divided unit."""
        pieces, total = self._inside[unit], self._totals[unit]
        above = self._survey.tree.get(unit)
        if len(pieces) == 1:
            leaf = _leaf(self._drawn[min(pieces)], asked, self._survey.k)
            return Group((unit,), above, leaf.invited, leaf.answered, leaf.counts, leaf.shown)
        answered = total.answered
        if not self._pooled.exact(unit, ANSWERED):
            answered = sum(_middle(self._drawn[at], ANSWERED, ANSWERED) for at in pieces)
        if self._pooled.exact(unit, asked.id):
            counts = {answer: total.of(asked.id, answer) for answer in asked.values}
            return Group((unit,), above, total.invited, answered, counts, "exact")
        counts = {a: sum(_middle(self._drawn[at], asked.id, a) for at in pieces) for a in asked.values}
        return Group((unit,), above, total.invited, answered, counts, "rounded")


def _leaf(one: Drawn, asked: Asked, k: int) -> Group:
    """The group of a piece."""
    units, parent, total = one.piece.units, one.piece.parent, one.total
    if one.hidden:
        return Group(units, parent, total.invited, 0, {}, "hidden")
    answered = _middle(one, ANSWERED, ANSWERED)
    if one.loose:
        counts = {answer: _middle(one, asked.id, answer) for answer in asked.values}
        return Group(units, parent, total.invited, answered, counts, "rounded")
    if asked.id in one.exact:
        counts = {answer: total.of(asked.id, answer) for answer in asked.values}
        return Group(units, parent, total.invited, answered, counts, "exact")
    return Group(units, parent, total.invited, answered, _topped(one, asked, k), "topcoded")


def _topped(one: Drawn, asked: Asked, k: int) -> dict[str, int]:
    """The most frequent answer with the least it can be; of several that may be given, the others as they are."""
    known, n = one.known[asked.id], one.total.answered
    least = at_least(n, k)
    top = {answer: least for answer in asked.values if known[answer].high == n and known[answer].low < n}
    exact = {answer: known[answer].low for answer in asked.values if known[answer].low == known[answer].high}
    return {answer: (top | exact)[answer] for answer in asked.values if answer in top | exact}


def _middle(one: Drawn, question: str, answer: str) -> int:
    """The value that stands for a figure: itself where it is told exactly, else the middle of its bounds."""
    low, high = one.known[question][answer]
    return 0 if one.hidden else (low + high) // 2
