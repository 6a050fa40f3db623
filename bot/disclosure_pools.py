"""Which units may be told exactly although not everything in them is: their sum must give none of their pieces away."""

from collections.abc import Iterable, Mapping, Sequence

from bot.disclosure import ANSWERED, Bounds, Pool, Survey
from bot.disclosure_cells import Drawn, asks, others, reach, summed, told
from bot.disclosure_cuts import gathered, threat
from bot.disclosure_merging import Merged
from bot.pulse_groups import depth

# Every divided unit and the places of the pieces in it.
Inside = Mapping[str, frozenset[int]]
# How many levels from the top down units with rounded pieces are tried: each needs all earlier surveys looked at.
DEEP = 2


class Pooled:
    """For each unit and question, whether what is not exact in it adds up to something that may be told exactly."""

    def __init__(self, survey: Survey, drawn: Sequence[Drawn], inside: Inside, merged: Merged) -> None:
        self._few = [(e, one) for e, found in zip(survey.earlier, merged.threats, strict=True) for one in found.sets]
        self._survey, self._drawn, self._inside = survey, drawn, inside
        self.pools: list[Pool] = []
        self._closed: dict[str, set[int]] = {q: set() for q in self._questions}
        self._overlaps = merged.overlaps
        self._merged: list[frozenset[int]] = []
        self._exact: set[tuple[str, str]] = set()
        for level in self._levels():
            self._close(level)
            # Now, before a pool of a unit above takes their pieces in.
            self._exact |= {(unit, q) for unit in level for q in self._questions if not self._open(unit, q)}

    def exact(self, unit: str, question: str) -> bool:
        """Whether a unit's figures for a question are the sum of exact pieces and of closed pools."""
        return (unit, question) in self._exact

    @property
    def _questions(self) -> list[str]:
        return [ANSWERED, *(asked.id for asked in self._survey.asked)]

    def _levels(self) -> list[list[str]]:
        """The divided units, those of the deepest level first."""
        deep = {unit: depth(self._survey.tree, unit) for unit in self._inside}
        return [sorted(u for u in deep if deep[u] == d) for d in sorted(set(deep.values()), reverse=True)]

    def _open(self, unit: str, question: str) -> frozenset[int]:
        """The pieces in a unit that are not exact and in no closed pool."""
        pieces = self._inside[unit] - self._closed[question]
        return frozenset(at for at in pieces if question not in self._drawn[at].exact)

    def _vague(self, unit: str) -> frozenset[int]:
        """Those that are so for any question."""
        return frozenset().union(*(self._open(unit, q) for q in self._questions))

    def _close(self, units: Iterable[str]) -> None:
        waiting = []
        for unit in units:
            if not any(self._drawn[at].loose for at in self._open(unit, ANSWERED)):
                for question in self._questions:
                    self._close_one(question, self._open(unit, question))
            elif depth(self._survey.tree, unit) < DEEP and self._hides(unit):
                waiting.append(unit)
        for unit in self._safe(waiting):
            self._merged.append(self._vague(unit))
            for question in self._questions:
                self._keep(question, self._open(unit, question))

    def _close_one(self, question: str, pieces: frozenset[int]) -> None:
        if pieces and self._hides_all(question, pieces):
            self._keep(question, pieces)

    def _keep(self, question: str, pieces: frozenset[int]) -> None:
        if pieces:
            self._closed[question] |= pieces
            self.pools.append(self._pool(question, pieces))

    def _pool(self, question: str, pieces: frozenset[int]) -> Pool:
        known, answers = [self._drawn[at].known for at in pieces], self._answers(question)
        counts = {answer: self._sum(pieces, question, answer) for answer in answers}
        return Pool(pieces, question, counts, {answer: summed(known, (question, answer)) for answer in answers})

    def _answers(self, question: str) -> tuple[str, ...]:
        return next((asked.values for asked in self._survey.asked if asked.id == question), (ANSWERED,))

    def _sum(self, pieces: Iterable[int], question: str, answer: str) -> int:
        return sum(self._drawn[at].total.of(question, answer) for at in pieces)

    def _hides(self, unit: str) -> bool:
        """Whether no piece of a unit could be told from the unit's exact sums."""
        return all(self._hides_all(q, pieces) for q in self._questions if (pieces := self._open(unit, q)))

    def _hides_all(self, question: str, pieces: frozenset[int]) -> bool:
        """Whether with the sum of some pieces each may still be all that its own bounds allow."""
        if len(pieces) < 2 or any(self._drawn[at].hidden for at in pieces) or self._as_good_as_one(question, pieces):
            return False
        answers = self._answers(question)
        return all(self._slack(question, answer, pieces) for answer in answers) and self._agrees(question, pieces)

    def _agrees(self, question: str, pieces: frozenset[int]) -> bool:
        """Whether the exact sum of some pieces tells nothing of the few by whom a set with one of them differs."""
        known, pool = [one.known for one in self._drawn], self._pool(question, pieces)
        for answer in self._answers(question):
            of = question, answer
            for earlier, one in self._few:
                if pieces.isdisjoint(one.now) or not asks(earlier, question):
                    continue
                if not reach(earlier, one, of, Bounds(0, 0)).agrees(told(known, [pool], one.now, of)):
                    return False
        return True

    def _slack(self, question: str, answer: str, pieces: frozenset[int]) -> bool:
        known = [self._drawn[at].known for at in pieces]
        low, high = summed(known, (question, answer))
        widest = max(figures[question][answer].high - figures[question][answer].low for figures in known)
        return min(high - (total := self._sum(pieces, question, answer)), total - low) >= widest

    def _as_good_as_one(self, question: str, pieces: frozenset[int]) -> bool:
        """Whether nearly all in some pieces gave one answer."""
        if question == ANSWERED:
            return False
        answered = self._sum(pieces, ANSWERED, ANSWERED)
        most = max(self._sum(pieces, question, answer) for answer in self._answers(question))
        return most >= answered - others(answered, self._survey.k)

    def _safe(self, units: list[str]) -> list[str]:
        """Those units whose sums differ from no earlier ones by few people."""
        while units:
            found = self._differing(units)
            if not found:
                break
            units = [unit for unit in units if unit not in found]
        return units

    def _differing(self, units: list[str]) -> set[str]:
        node = {at: at for at in range(len(self._drawn))}
        for pieces in self._merged:
            node |= dict.fromkeys(pieces, min(pieces))
        names = {}
        for unit in units:
            pieces = self._vague(unit)
            names[min(pieces)] = unit
            node |= dict.fromkeys(pieces, min(pieces))
        of = {place: node[at] for at, drawn in enumerate(self._drawn) for place in drawn.piece.groups}
        differing = [threat(gathered(people, of), self._survey.k) for people in self._overlaps]
        few = {at for found in differing for at in found.rounded}
        whole = {min(pieces) for pieces in self._merged}
        return set(units) if few & whole else {name for at, name in names.items() if at in few}
