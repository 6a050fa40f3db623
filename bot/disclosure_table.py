"""The published table of a survey: pieces and the units above them, from the whole organisation down."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from bot.disclosure import ANSWERED, Asked, Counted, Piece, Survey, added
from bot.disclosure_cells import Drawn, at_least, bounded
from bot.disclosure_expected import Expected, expected
from bot.disclosure_merging import merged
from bot.published import Group, Published, Question
from bot.pulse_groups import upwards

SHARE = 3


@dataclass(frozen=True, slots=True)
class Disclosed:
    """What is published, and what later surveys need to know of it: each piece with its bounds."""

    published: Published
    drawn: Sequence[Drawn]


def disclose(survey: Survey, code: str) -> Disclosed:
    """Work out what is published of a survey that is over."""
    found = merged(survey)
    drawn = bounded(survey, found.pieces, found.threats)
    inside = _inside(survey, drawn)
    table = _Table(survey, drawn, inside)
    questions = tuple(Question(asked.id, tuple(table.groups(asked))) for asked in survey.asked)
    return Disclosed(Published(code, survey.k, table.visible(), questions), drawn)


def _inside(survey: Survey, drawn: Sequence[Drawn]) -> dict[str, frozenset[int]]:
    """The pieces in every divided unit."""
    found: dict[str, set[int]] = {}
    for at, one in enumerate(drawn):
        for unit in upwards(survey.tree, one.piece.parent):
            found.setdefault(unit, set()).add(at)
    return {unit: frozenset(pieces) for unit, pieces in found.items()}


class _Table:
    """Draws the groups of one question after another."""

    def __init__(self, survey: Survey, drawn: Sequence[Drawn], inside: Mapping[str, frozenset[int]]) -> None:
        self._survey, self._drawn, self._inside = survey, drawn, inside
        self._below: dict[str | None, list[str]] = {}
        for unit in sorted(inside):
            self._below.setdefault(survey.tree.get(unit), []).append(unit)
        self._leaves: dict[str | None, list[int]] = {}
        for at in sorted(range(len(drawn)), key=lambda at: drawn[at].piece.units):
            self._leaves.setdefault(drawn[at].piece.parent, []).append(at)
        self._answered = expected(drawn)
        # How many groups are in a unit, at any depth.
        self._alone: Counter[str | None] = Counter(
            unit for group in survey.groups for unit in upwards(survey.tree, group.parent)
        )
        self._totals = {unit: added(drawn[at].total for at in sorted(pieces)) for unit, pieces in inside.items()}

    def groups(self, asked: Asked) -> Iterator[Group]:
        """All groups of a question."""
        yield from self._under(None, asked, expected(self._drawn, asked))

    def visible(self) -> float:
        """The share of answers told for a unit or for siblings together, from what is published alone.

        The siblings may also be those of the unit that one's own is in, but of none further up.
        """
        shown = [(one, _middle(one, ANSWERED, ANSWERED)) for one in self._drawn]
        whole = sum(n for _, n in shown)
        near = sum(n * self._near(one.piece) for one, n in shown if not one.hidden)
        return round(near / whole, SHARE) if whole and not all(one.hidden for one in self._drawn) else 0.0

    def _near(self, piece: Piece) -> float:
        """The share of those invited in a piece who find their unit, its siblings or those of the unit above in it."""
        groups = [self._survey.groups[place] for place in piece.groups]
        near = sum(group.invited for group in groups if piece.parent in self._around(group))
        return near / max(1, sum(group.invited for group in groups))

    def _around(self, group: Counted) -> Iterator[str | None]:
        """The unit that a group is in and the one above; a unit with nothing else in it does not count."""
        left = 2
        for unit in (*upwards(self._survey.tree, group.parent), None):
            yield unit
            left -= self._alone[unit] != 1
            if not left:
                return

    def _under(self, parent: str | None, asked: Asked, figures: Expected) -> Iterator[Group]:
        for at in self._leaves.get(parent, ()):
            yield _leaf(self._drawn[at], asked, self._survey.k)
        for unit in self._below.get(parent, ()):
            yield self._whole(unit, asked, figures)
            yield from self._under(unit, asked, figures)

    def _whole(self, unit: str, asked: Asked, figures: Expected) -> Group:
        """A divided unit."""
        pieces, total = self._inside[unit], self._totals[unit]
        above = self._survey.tree.get(unit)
        if len(pieces) == 1:
            leaf = _leaf(self._drawn[min(pieces)], asked, self._survey.k)
            return Group((unit,), above, leaf.invited, leaf.answered, leaf.counts, leaf.shown)
        answered = total.answered
        if not self._exact(pieces, ANSWERED):
            answered = _added(self._answered, pieces, ANSWERED)
        if self._exact(pieces, asked.id):
            counts = {answer: total.of(asked.id, answer) for answer in asked.values}
            return Group((unit,), above, total.invited, answered, counts, "exact")
        counts = {answer: _added(figures, pieces, answer) for answer in asked.values}
        return Group((unit,), above, total.invited, answered, counts, "rounded")

    def _exact(self, pieces: Iterable[int], question: str) -> bool:
        return all(question in self._drawn[at].exact for at in pieces)


def _added(figures: Expected, pieces: Iterable[int], answer: str) -> int:
    return round(sum(figures[at].get(answer, 0.0) for at in sorted(pieces)))


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
