"""Rule B: two surveys with the same question whose figures are about nearly the same people."""

from collections import defaultdict
from collections.abc import Iterator
from itertools import combinations, islice, product
from typing import NamedTuple

from tests.attack.evidence import Survey
from tests.attack.finding import Claim, Finding
from tests.attack.forest import Bounds
from tests.attack.histories import Cut, Histories, Partition, histories
from tests.attack.overlap import OUTSIDE
from tests.attack.sheet import Named, Sheet
from tests.attack.within import sheet, vague_leaves

Span = tuple[int, int]
Pair = tuple[Partition, Partition]


class Few(NamedTuple):
    """How many of the few are in each leaf, of some leaves of which a question is told."""

    question: str
    among: frozenset[int]
    leaves: dict[int, int]


class Shift(NamedTuple):
    """How a figure may have changed; whether that says something of the few, may be, and is narrow enough to say it."""

    answer: str
    lo: int
    hi: int
    telling: bool
    possible: bool
    narrow: bool


def between(surveys: list[Survey], half: int | None = None, most: int | None = None) -> list[Finding]:
    """Every pair of figures whose difference says something of 1 to k−1 people if all others answered as before.

    `most` ends the search early.
    """
    return list(islice(_all([sheet(s, half) for s in surveys]), most))


def _all(sheets: list[Sheet]) -> Iterator[Finding]:
    ways = histories(sheets)
    sound = [i for i, known in enumerate(sheets) if known.sound()]
    cut_up = {(i, q): _partitions(ways, i, q) for i in sound for q in sheets[i].answers}
    for s, t in combinations(sound, 2):
        asked: dict[Pair, list[str]] = defaultdict(list)
        for question in sheets[s].answers.keys() & sheets[t].answers.keys():
            for pair in product(cut_up[s, question], cut_up[t, question]):
                asked[pair].append(question)
        yield from _pair(ways, asked)


def _pair(ways: Histories, asked: dict[Pair, list[str]]) -> Iterator[Finding]:
    """One finding for each few people, however many unions tell of them."""
    told: set[tuple[str, frozenset[int], frozenset[int]]] = set()
    for pair, questions in asked.items():
        for cut in ways.cuts(*pair):
            for question in questions:
                few = (question, frozenset(cut.gone), frozenset(cut.came))
                if few not in told and (learnt := _learnt(ways, pair, question, cut)):
                    told.add(few)
                    yield learnt


def _partitions(ways: Histories, survey: int, question: str) -> list[Partition]:
    """The smallest published pieces, and the smallest with exact figures (which may be several vague ones together)."""
    known = ways.sheets[survey]
    leaves = tuple(n if not below else OUTSIDE for n, below in enumerate(known.forest.below))
    exact = _exact(known, question)
    return [ways.partition(survey, piece) for piece in dict.fromkeys((leaves, exact)) if max(piece) >= 0]


def _exact(known: Sheet, question: str) -> tuple[int, ...]:
    """Each leaf's piece where a piece is an exact leaf, or what is left of the nearest exact node."""
    every = [known.bounds["", ""], *(known.bounds[question, a] for a in known.answers[question])]
    piece = [OUTSIDE] * len(known.forest.below)
    for node in range(len(piece)):
        if _is_exact(every, node):
            left = vague_leaves(known, node, every)
            for leaf in left:
                piece[leaf] = min(left)
    return tuple(piece)


def _is_exact(every: list[Bounds], node: int) -> bool:
    return all(lo[node] == hi[node] for lo, hi in every)


def _learnt(ways: Histories, pair: Pair, question: str, cut: Cut) -> Finding | None:
    """What the difference of a union's figures says of those who are in only one of the two, if anything."""
    old, new = (ways.sheets[p.survey] for p in pair)
    before, after = old.figures(question, cut.old), new.figures(question, cut.new)
    if _quiet(before, after, ways.count(cut.gone), ways.count(cut.came)):
        return None
    gone = Few(question, cut.old, ways.leaves(pair[0].survey, cut.gone))
    came = Few(question, cut.new, ways.leaves(pair[1].survey, cut.came))
    shifts = [
        _shift(a, before[a], after[a], gone=_alone(old, a, before, gone), came=_alone(new, a, after, came))
        for a in before
        if a in after
    ]
    if not any(s.telling for s in shifts):
        return None
    if all(s.possible for s in shifts):
        return _told(ways, pair, question, cut=cut, shift=next(s for s in shifts if s.telling), kind="between")
    # The others cannot have answered as before: nothing follows, but only by chance if the figures are that narrow.
    narrow = [s for s in shifts if s.narrow]
    return _told(ways, pair, question, cut=cut, shift=narrow[0], kind="between-by-chance") if narrow else None


def _quiet(before: Named, after: Named, gone: int, came: int) -> bool:
    """Whether nothing follows of the few; most figures are too vague to look at them closely."""
    return not any(
        after[answer][0] - before[answer][1] > -gone or after[answer][1] - before[answer][0] < came
        for answer in before.keys() & after.keys()
    )


def _alone(known: Sheet, answer: str, figures: Named, few: Few) -> Span:
    """How many of the few gave an answer by their own survey alone, as the pieces they are in tell."""
    rest = sum([known.forest.size[leaf] for leaf in few.among]) - sum(few.leaves.values())
    low, high = max(0, figures[answer][0] - rest), figures[answer][1]
    each = [_in_one(known, few.question, answer, leaf, people) for leaf, people in few.leaves.items()]
    return max(low, sum(least for least, _ in each)), min(high, sum(most for _, most in each))


def _in_one(known: Sheet, question: str, answer: str, leaf: int, people: int) -> Span:
    low, high = known.of(question, answer, frozenset([leaf]))
    return max(0, low - (known.forest.size[leaf] - people)), min(people, high)


def _shift(answer: str, old: Span, new: Span, *, gone: Span, came: Span) -> Shift:
    """How many more may have given an answer, beside how many more of the few may have by each survey alone."""
    lo, hi = new[0] - old[1], new[1] - old[0]
    least, most = came[0] - gone[1], came[1] - gone[0]
    return Shift(answer, lo, hi, lo > least or hi < most, lo <= most and hi >= least, hi - lo < most - least)


def _told(ways: Histories, pair: Pair, question: str, *, cut: Cut, shift: Shift, kind: str) -> Finding:
    old, new = (ways.sheets[p.survey] for p in pair)
    answer, lo, hi = shift[:3]
    gone, came = ways.names(cut.gone), ways.names(cut.came)
    claim = Claim(question, answer, lo, hi, _posts(new, cut.new), _posts(old, cut.old))
    detail = f"{old.survey.code}: {lo}..{hi} more {answer or 'answered'}; {len(gone)} gone, {len(came)} come"
    return Finding(kind, new.survey.code, question, detail, gone + came, len(gone + came), claim, gone, came)


def _posts(known: Sheet, leaves: frozenset[int]) -> tuple[str, frozenset[str]]:
    return known.survey.code, frozenset(u for leaf in leaves for u in known.forest.units[leaf])
