"""What the figures of a published group say: shares, means and their 95 % intervals, change, and the pace to a target.

An interval of an exact figure is Wilson's (Wilson, J. Am. Stat. Assoc. 22, 1927) for a share; for a mean it is the same
test turned round for several scores: the means of all distributions p with n Σ (share − p)² / p ≤ z² (Pearson's
statistic; region of Quesenberry and Hurst, Technometrics 6, 1964, with one degree of freedom). With two scores both are
one. Where a figure was rounded or top-coded, the interval is that of every table that may have been rounded to it; for
a unit above many such, of every table within twice the standard error of what is shown, as their rounding evens out.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import ceil, floor, hypot, sqrt
from statistics import NormalDist
from typing import Literal, NamedTuple

from bot.disclosure_cells import at_least as least_told
from bot.published import Group, Published

Z = NormalDist().inv_cdf(0.975)
PROMOTERS, PASSIVES, DETRACTORS = ("9", "10"), ("7", "8"), ("0", "1", "2", "3", "4", "5", "6")
# A figure that was rounded is off by up to so many times the survey's smallest group.
ROUNDED_BY = 2
_HALVINGS = 80
# The variance of n equally likely whole numbers is (n² − 1) / 12.
UNIFORM = 12
# From so many vague figures on, their rounding is taken to even out.
EVEN = 10

Trend = Literal["up", "down", "unclear"]


class Between(NamedTuple):
    """The least and the most something may be, both included."""

    low: float
    high: float


class Whole(NamedTuple):
    """The fewest and the most people a published number may stand for, both included."""

    low: int
    high: int


Bins = Mapping[float, Whole]
# By question, units and parent: within which bounds each answer of a rounded group is, under "" the number of people.
Told = Mapping[tuple[str, tuple[str, ...], str | None], Mapping[str, tuple[int, int]]]


@dataclass(frozen=True, slots=True)
class Held:
    """A group's figures with what they leave open; `shown` and `n` are the numbers as published."""

    shown: Mapping[str, int]
    n: int
    invited: int
    counts: Mapping[str, Whole]
    answered: Whole
    many: bool

    @property
    def rate(self) -> float:
        """The share of the invited who answered."""
        return min(1.0, self.n / self.invited) if self.invited else 0.0


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure as published, what rounding leaves open (`least` to `most`), and its 95 % interval around that."""

    value: float
    least: float
    most: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Scope:
    """What it takes to read a question's groups: its answers, what is below a unit, and how far figures may be off.

    A rounded count is off by up to `off`; a number of people, concluded from the counts of a question, by `off_people`.
    `k` is the survey's smallest group, `told` within which bounds figures are known to be more closely.
    """

    name: str
    k: int
    values: tuple[str, ...]
    many: bool
    below: Mapping[str, Sequence[Group]]
    off: int
    off_people: int
    told: Told

    def bounds(self, group: Group, value: str, off: int) -> Whole:
        """What a rounded figure of a group may be; as told, or else off by so many."""
        count = group.counts.get(value, 0) if value else group.answered
        known = self.told.get((self.name, group.units, group.parent), {}).get(value)
        return Whole(*known) if known else Whole(max(count - off, 0), count + off)


def scope(
    published: Published, name: str, values: Sequence[str], *, many: bool = False, told: Told | None = None
) -> Scope:
    """The scope of a published question; `many` says that several answers may be given at once."""
    below: defaultdict[str, list[Group]] = defaultdict(list)
    question = published.question(name)
    for group in question.groups if question else ():
        if group.parent is not None:
            below[group.parent].append(group)
    off = ROUNDED_BY * published.k
    answers = max((len(group.counts) for q in published.questions for group in q.groups), default=1)
    return Scope(name, published.k, tuple(values), many, below, off, off * answers, told or {})


def held(group: Group, scope: Scope) -> Held:
    """What may be true of a group. A rounded one that has others below is as open as they are together."""
    leaves = list(_leaves(group, scope))
    counts = {
        value: _about([_count(leaf, value, scope) for leaf in leaves], group.counts.get(value, 0))
        for value in scope.values
    }
    answered = _about([_answered(leaf, scope) for leaf in leaves], group.answered)
    return Held(group.counts, group.answered, group.invited, counts, answered, scope.many)


def _leaves(group: Group, scope: Scope) -> Iterator[Group]:
    """The groups whose figures say what a group's may be: itself, or those that a rounded one is put together from."""
    parts = _parts(group, scope)
    for part in parts:
        yield from _leaves(part, scope)
    if not parts:
        yield group


def _about(leaves: Sequence[Whole], shown: int) -> Whole:
    """What a sum may be: the more of its parts are vague, the less likely they all are off to the same side."""
    least, most = _sum(leaves)
    if sum(leaf.low < leaf.high for leaf in leaves) < EVEN:
        return Whole(least, most)
    off = Z * sqrt(sum((leaf.high - leaf.low + 1) ** 2 - 1 for leaf in leaves) / UNIFORM)
    low, high = max(least, floor(shown - off)), min(most, ceil(shown + off))
    return Whole(low, high) if low <= high else Whole(least, most)


def _parts(group: Group, scope: Scope) -> Sequence[Group]:
    """The groups whose sum a group is; a unit that is its own parent has none below."""
    whole = group.shown == "rounded" and len(group.units) == 1 and group.units[0] != group.parent
    return scope.below.get(group.units[0], ()) if whole else ()


def _answered(group: Group, scope: Scope) -> Whole:
    exactly = Whole(group.answered, group.answered)
    return scope.bounds(group, "", scope.off_people) if group.shown == "rounded" else exactly


def _count(group: Group, value: str, scope: Scope) -> Whole:
    """A count, which may be off where it was rounded; top-coded, the most frequent answer has at least the one shown.

    The others then share what is left of all, or are shown as they are where several may be given at once.
    """
    count, n = group.counts.get(value, 0), group.answered
    if group.shown == "rounded":
        return scope.bounds(group, value, scope.off)
    if group.shown == "topcoded" and (not scope.many or count == least_told(n, scope.k)):
        return Whole(count, n)
    return Whole(count, count)


def _sum(parts: Sequence[Whole]) -> Whole:
    return Whole(sum(part.low for part in parts), sum(part.high for part in parts))


def share(held: Held, *answers: str) -> Figure:
    """The share of those who gave one of the answers. Where several may be given at once, ask for one."""
    inside = _sum([held.counts[value] for value in answers])
    outside = _sum([count for value, count in held.counts.items() if value not in answers])
    if held.many:
        outside = Whole(0, held.answered.high)
    value = sum(held.shown.get(answer, 0) for answer in answers) / max(held.n, 1)
    return _figure({0.0: outside, 1.0: inside}, held.answered, value)


def at_least(held: Held, steps: Sequence[str]) -> tuple[Figure, ...]:
    """The funnel: for every step after the first, the share of those who took it or one further on."""
    return tuple(share(held, *steps[position:]) for position in range(1, len(steps)))


def mean(held: Held) -> Figure:
    """The mean of a scale whose answers are numbers."""
    return _scored(held, {value: float(value) for value in held.counts})


def recommendation(held: Held) -> Figure:
    """The net promoter score, −100 to 100: the share of 9 and 10 less that of 0 to 6."""
    score = {value: 100.0 * ((value in PROMOTERS) - (value in DETRACTORS)) for value in held.counts}
    return _scored(held, score)


def _scored(held: Held, score: Mapping[str, float]) -> Figure:
    bins = {s: _sum([held.counts[v] for v in score if score[v] == s]) for s in sorted(set(score.values()))}
    total = sum(held.shown.get(v, 0) for v in score)
    value = sum(s * held.shown.get(v, 0) for v, s in score.items()) / max(total, 1)
    return _figure(bins, held.answered, value)


def _figure(bins: Bins, answered: Whole, value: float) -> Figure:
    """The figure of a mean of scores with its bounds; the lower ones are the upper ones of the scores turned round."""
    turned = {-score: count for score, count in bins.items()}
    least, most = -_greatest(turned, answered, _mean), _greatest(bins, answered, _mean)
    low, high = -_greatest(turned, answered, _limit), _greatest(bins, answered, _limit)
    return Figure(min(max(value, least), most), least, most, low, high)


Counts = Mapping[float, int]


def _greatest(bins: Bins, answered: Whole, measure: Callable[[Counts], float]) -> float:
    """The greatest value of a measure that rises with the scores, over all counts in the bins.

    Of a given number of people as many as may be have the highest scores. With one person more the measure first rises,
    while those who are added have high scores, and then falls: the turn is found by halving.
    """
    few = max(answered.low, sum(count.low for count in bins.values()), 1)
    many = max(min(answered.high, sum(count.high for count in bins.values())), few)
    while few < many:
        middle = (few + many) // 2
        rises = measure(_filled(bins, middle)) < measure(_filled(bins, middle + 1))
        few, many = (middle + 1, many) if rises else (few, middle)
    return measure(_filled(bins, few))


def _filled(bins: Bins, n: int) -> Counts:
    """n people in their bins, as many as may be in those of the highest scores."""
    left = n - sum(count.low for count in bins.values())
    found = {}
    for score in sorted(bins, reverse=True):
        more = max(0, min(left, bins[score].high - bins[score].low))
        found[score] = bins[score].low + more
        left -= more
    return found


def _mean(counts: Counts) -> float:
    return sum(score * count for score, count in counts.items()) / max(sum(counts.values()), 1)


def _limit(counts: Counts) -> float:
    """The upper 95 % limit of the mean; for two scores Wilson's."""
    n = max(sum(counts.values()), 1)
    top, bottom = max(counts), min(counts)
    if len(counts) == 2:
        return bottom + (top - bottom) * wilson(counts[top] / n, n).high
    return score_limit({score: count / n for score, count in counts.items()}, n)


def wilson(share: float, n: float) -> Between:
    """The 95 % interval of a share among n: every p with n (share − p)² ≤ z² p (1 − p). Wilson 1927."""
    return Between(_lower(share, n), 1 - _lower(1 - share, n))


def _lower(share: float, n: float) -> float:
    """The smaller root of the quadratic, from the greater one: exact at 0, where a difference would not be."""
    w = Z * Z / n
    greater = (share + w / 2 + sqrt(w * share * (1 - share) + w * w / 4)) / (1 + w)
    return share * share / ((1 + w) * greater)


def score_limit(shares: Mapping[float, float], n: float) -> float:
    """The greatest mean of scores over all p with n Σ (share − p)² / p ≤ z², that is Σ share² / p ≤ 1 + z² / n.

    By Lagrange p is proportional to share / √(v − score) with one v above all scores, the greater the nearer to the
    shares. A score nobody gave may still have a p: where it is the highest, v may come down to it, and it has the rest.
    """
    top, room = max(shares), 1 + Z * Z / n
    given = {score: part for score, part in shares.items() if part}
    if given.keys() == {top}:
        return top
    if top not in given and _distance(given, top) <= room:
        near = sum(part * sqrt(top - score) for score, part in given.items()) / room
        return top - near * sum(part * sqrt(top - score) for score, part in given.items())
    low, high = top, top + (top - min(shares)) * (1 + sqrt(n))
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if _distance(given, middle) > room else (low, middle)
    weights = {score: part / sqrt(high - score) for score, part in given.items()}
    return sum(score * weight for score, weight in weights.items()) / sum(weights.values())


def _distance(shares: Mapping[float, float], v: float) -> float:
    """Σ share² / p of the p that belongs to v."""
    roots = [(part, sqrt(v - score)) for score, part in shares.items()]
    return sum(part / root for part, root in roots) * sum(part * root for part, root in roots)


def change(now: Figure, before: Figure) -> Between:
    """The 95 % interval of a difference, from each figure's own limits; for shares Newcombe's.

    Newcombe, Stat. Med. 17, 1998, method 10; for other figures Zou and Donner, Stat. Med. 27, 2008. From the bounds of
    rounded figures it is the widest: the lower limit falls with fewer of more people now, and more of fewer before.
    """
    down = hypot(now.least - now.low, before.high - before.most)
    up = hypot(now.high - now.most, before.least - before.low)
    return Between(now.least - before.most - down, now.most - before.least + up)


def trend(now: Figure, before: Figure) -> Trend:
    """Up or down where the interval of the difference leaves out 0, else no clear change."""
    found = change(now, before)
    return "up" if found.low > 0 else "down" if found.high < 0 else "unclear"
