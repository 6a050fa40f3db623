"""The second half of rule B, and unanimity: within which bounds the figures of each piece are published.

A figure that is to be rounded is published as the cell it lies in: a run of whole numbers, at least k of them. Where
cells begin depends only on what was published before. A set of people counted together then, but for some who left and
some who joined, had a figure from l to h; if all others answered as before it is now from l - left to h + joined. No
cell begins or ends where it would agree with some of the answers of those few and not with others: either it agrees
with all they may have answered, or it shows that others answered differently.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from bot.disclosure import (
    ANSWERED,
    NOBODY,
    ROUNDED_FROM,
    Asked,
    Bounds,
    Earlier,
    Figures,
    Known,
    Piece,
    Survey,
    coordinates,
    exactly,
    figures,
)
from bot.disclosure_cuts import Loose, Threat

Cells = dict[str, dict[str, Bounds]]
Coordinate = tuple[str, str]
# The most frequent answer is told as "80 % or more" where at most a fifth, and fewer than k, gave another.
FIFTH = 5
# Cells this many times as wide are tried before nothing is told.
WIDTHS = (1, 2, 4)
# The cells of so many pieces are fitted to one another; of more the last ones are, as the others' sum is vague anyway.
TOGETHER = 32
# More than anybody ever counts.
UNKNOWN = 10**9


@dataclass(frozen=True, slots=True)
class Drawn:
    """A piece with its true figures and with what is published of them.

    `loose` pieces differ from earlier ones by few people; `exact` are the questions told as they were answered.
    """

    piece: Piece
    total: Figures
    known: Known
    loose: bool
    hidden: bool
    exact: frozenset[str] = frozenset()


def bounded(survey: Survey, pieces: Sequence[Piece], threats: Sequence[Threat]) -> list[Drawn]:
    """What is published of every piece: first what is told exactly, then the others, each with the former in mind."""
    rounded = frozenset().union(*(found.rounded for found in threats))
    exact = {at: _exact(survey, piece) for at, piece in enumerate(pieces) if at not in rounded}
    hidden = {at for at in rounded if not _many(survey, pieces[at])}
    while True:
        # What is hidden comes first, so that the others make up for it.
        order = [*sorted(hidden), *sorted(rounded - hidden)]
        drawn = dict(exact)
        for at, within in zip(order, _within(survey, order, threats), strict=True):
            drawn[at] = _rounded(survey, pieces[at], None if at in hidden else _Rounding(survey, drawn, at, within))
        if hidden == (hidden := {at for at in rounded if drawn[at].hidden}):
            return [drawn[at] for at in range(len(pieces))]


def _within(survey: Survey, order: Sequence[int], threats: Sequence[Threat]) -> list[list[tuple[Earlier, Loose]]]:
    """For each piece the sets that its cells are to be fitted to."""
    place = {at: rank for rank, at in enumerate(order)}
    found: list[list[tuple[Earlier, Loose]]] = [[] for _ in order]
    for earlier, threat in zip(survey.earlier, threats, strict=True):
        for one in threat.sets:
            held = sorted(place[at] for at in one.now)
            for rank in held[-TOGETHER:]:
                found[rank].append((earlier, one))
    return found


def _many(survey: Survey, piece: Piece) -> bool:
    """Whether a piece has enough respondents to be published rounded."""
    return sum(survey.groups[place].answered for place in piece.groups) >= ROUNDED_FROM * survey.k


def _rounded(survey: Survey, piece: Piece, cells: "_Rounding | None") -> Drawn:
    total = figures(survey, piece)
    known = cells.of(total) if cells else None
    return Drawn(piece, total, known or _nothing(survey, total), loose=True, hidden=known is None)


def _nothing(survey: Survey, total: Figures) -> Cells:
    """What follows of a piece that is hidden: no more than how many were invited. It is kept for later releases."""
    known: Cells = {}
    for question, answer in coordinates(survey):
        known.setdefault(question, {})[answer] = Bounds(0, total.invited)
    return known


def _exact(survey: Survey, piece: Piece) -> Drawn:
    total = figures(survey, piece)
    if total.answered < survey.k:
        return Drawn(piece, total, _nothing(survey, total), loose=False, hidden=True)
    known: Cells = {ANSWERED: {ANSWERED: exactly(total.answered)}}
    vague = set()
    for asked in survey.asked:
        counts = total.counts.get(asked.id, {})
        known[asked.id] = {answer: exactly(counts.get(answer, 0)) for answer in asked.values}
        if wide := _topped(counts, total.answered, asked, survey.k):
            known[asked.id] |= wide
            vague.add(asked.id)
    return Drawn(piece, total, known, False, False, frozenset(known.keys() - vague))


def others(answered: int, k: int) -> int:
    """How many may have answered differently where a group is as good as unanimous."""
    return max(1, min(k - 1, answered // FIFTH))


def at_least(answered: int, k: int) -> int:
    """What is told of the most frequent answer of such a group: four in five, or one less than all of very few."""
    return answered - others(answered, k) if answered < FIFTH else -(-4 * answered // FIFTH)


def _topped(counts: Mapping[str, int], n: int, asked: Asked, k: int) -> dict[str, Bounds]:
    """Bounds that leave open whether a group was unanimous, where it nearly was."""
    few = others(n, k)
    if not n or max(counts.values(), default=0) < n - few:
        return {}
    top = {answer for answer, times in counts.items() if times >= n - few}
    rest = set() if asked.many else set(asked.values) - top
    return {**dict.fromkeys(rest, Bounds(0, few)), **dict.fromkeys(top, Bounds(n - few, n))}


class _Rounding:
    """The cells of one piece: which of its figures' neighbours may not be told apart."""

    def __init__(
        self, survey: Survey, drawn: Mapping[int, Drawn], at: int, threats: Sequence[tuple[Earlier, Loose]]
    ) -> None:
        self._survey, self._drawn, self._at, self._threats = survey, drawn, at, threats
        self._known: dict[Coordinate, list[Reach]] = {}

    def of(self, total: Figures) -> Cells | None:
        """The narrowest cells that tell nothing of the few, all figures taken together; None where all would tell."""
        for width in WIDTHS:
            known = self._cells(total, width * self._survey.k)
            tighten(known, self._survey.asked)
            if self._hide(known):
                return known
        return None

    def _cells(self, total: Figures, width: int) -> Cells:
        known: Cells = {ANSWERED: {ANSWERED: Bounds(0, total.invited)}}
        for question, answer in coordinates(self._survey)[1:]:
            value = total.of(question, answer)
            known.setdefault(question, {})[answer] = self._cell(question, answer, value, width)
        if all(asked.many for asked in self._survey.asked):
            known[ANSWERED][ANSWERED] = self._cell(ANSWERED, ANSWERED, total.answered, width)
        return known

    def _cell(self, question: str, answer: str, value: int, width: int) -> Bounds:
        barred = {cut for reach in self._reaches(question, answer) for cut in reach.barred()}
        begin = 0
        while (end := _next_cut(begin + width, barred)) <= value:
            begin = end
        return Bounds(begin, end - 1)

    def _hide(self, known: Cells) -> bool:
        """Whether bounds agree with everything the few may have answered, or with nothing."""
        return all(
            reach.agrees(known[question][answer])
            for question, answer in coordinates(self._survey)
            for reach in self._reaches(question, answer)
        ) and not any(_one_mind(known, asked, self._survey.k) for asked in self._survey.asked)

    def _reaches(self, question: str, answer: str) -> list["Reach"]:
        """Where a figure can be now, by every set of earlier pieces that differs by few people."""
        if (question, answer) not in self._known:
            self._known[question, answer] = list(dict.fromkeys(self._reached(question, answer)))
        return self._known[question, answer]

    def _reached(self, question: str, answer: str) -> Iterator["Reach"]:
        for earlier, one in self._threats:
            if asks(earlier, question):
                yield reach(earlier, one, (question, answer), self._beside(one, (question, answer)))

    def _beside(self, one: Loose, of: Coordinate) -> Bounds:
        """What is published of the other pieces of a set; those that are still to come may be anything."""
        others_told = [self._drawn[at].known for at in one.now if at in self._drawn]
        low, high = summed(others_told, of)
        return Bounds(low, high if len(others_told) == len(one.now) - 1 else UNKNOWN)


class Reach(NamedTuple):
    """Where a figure can be now if all others answered as before: somewhere from `low` to `high`.

    To tell nothing of the few, bounds there must begin at `begin` or before, and end at `end` or after.
    """

    low: int
    high: int
    begin: int
    end: int

    def barred(self) -> Iterator[int]:
        """Where no cell may begin."""
        yield from range(self.begin + 1, self.high + 1)
        yield from range(self.low + 1, self.end + 1)

    def agrees(self, now: Bounds) -> bool:
        """Whether bounds agree with all the few may have answered, or with nothing; or whether that is past helping."""
        if now.low > self.high or now.high < self.low or self.begin < 0:
            return True
        return now.low <= self.begin and now.high >= self.end


def asks(earlier: Earlier, question: str) -> bool:
    """Whether an earlier survey asked a question, which all its pieces know."""
    return question in earlier.known[0]


def reach(earlier: Earlier, one: Loose, of: Coordinate, beside: Bounds) -> Reach:
    """From what was known then of a set of pieces, and what is published of the other pieces of today in it."""
    then = told(earlier, one.then, of)
    invited = earlier.invited(one.then)

    def forced(value: int) -> int:
        """How many of those who left must have given the answer, as too few others did not."""
        return max(0, one.left - (invited - value))

    return Reach(
        then.low - min(one.left, then.low) - beside.high,
        then.high + one.joined - forced(then.high) - beside.low,
        max(0, then.high - one.left) - beside.low,
        then.low + one.joined - forced(then.low) - beside.high,
    )


def _one_mind(known: Cells, asked: Asked, k: int) -> bool:
    """Whether bounds say that fewer than k gave another answer."""
    return any(bounds.low > known[ANSWERED][ANSWERED].high - k for bounds in known[asked.id].values())


def told(earlier: Earlier, pieces: Iterable[int], of: Coordinate) -> Bounds:
    """What is known of a figure of some pieces together."""
    lows, highs = earlier.column(*of)
    return Bounds(sum([lows[at] for at in pieces]), sum([highs[at] for at in pieces]))


def tighten(known: Cells, asked: Iterable[Asked]) -> None:
    """Draw the conclusions from everybody having answered every question: once each, or at least once."""
    before = None
    while before != known:
        before = {question: dict(answers) for question, answers in known.items()}
        for one in asked:
            _conclude(known, one)


def _conclude(known: Cells, asked: Asked) -> None:
    mine, (least, most) = known[asked.id], known[ANSWERED][ANSWERED]
    low, high = sum(b.low for b in mine.values()), sum(b.high for b in mine.values())
    floor = max(b.low for b in mine.values()) if asked.many else low
    known[ANSWERED][ANSWERED] = Bounds(max(least, floor), min(most, high))
    for answer, b in mine.items():
        if asked.many:
            mine[answer] = Bounds(b.low, min(b.high, most))
        else:
            mine[answer] = Bounds(max(b.low, least - high + b.high), min(b.high, most - low + b.low))


def summed(known: Iterable[Known], of: Coordinate) -> Bounds:
    """The bounds of a sum of pieces."""
    found = [figures[of[0]].get(of[1], NOBODY) for figures in known]
    return Bounds(sum(b.low for b in found), sum(b.high for b in found))


def _next_cut(begin: int, barred: set[int]) -> int:
    while begin in barred:
        begin += 1
    return begin
