"""How good suggestions are on notes somebody labelled, with the uncertainty of every figure."""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from random import Random
from typing import Literal

from bot import lanes
from bot.reasons import EMPTY
from bot.suggest import SHOWN, Ranked
from bot.vocabulary import Example
from storage.search import fold

RESAMPLES = 1_000
SEED = 7
FEWEST_NOTES = 5
# From which score on a shown number is ticked unseen, for F1: where right and missed numbers weigh the same.
LIKELY = -0.75
Part = Literal["train", "dev", "test"]

_TOKEN = re.compile(r"[一-龠々]{2,}|[ァ-ヶー]{2,}|[a-z]{3,}|[ぁ-ん]{3,}")


@dataclass(frozen=True, slots=True)
class Judged:
    """A labelled note and what was suggested for it."""

    example: Example
    ranked: Ranked

    @property
    def hit(self) -> bool:
        """Whether a right number is among the first three."""
        return bool(set(self.ranked.numbers[:SHOWN]) & set(self.example.labels))

    @property
    def first(self) -> bool:
        """Whether the first number is right."""
        return self.ranked.numbers[0] in self.example.labels

    @property
    def ticked(self) -> frozenset[int]:
        """The numbers one would tick unseen: those shown that are likely, or the first."""
        if self.ranked.none:
            return frozenset()
        likely = [s.number for s in self.ranked.suggestions[:SHOWN] if s.score > LIKELY]
        return frozenset(likely or self.ranked.numbers[:1])


@dataclass(frozen=True, slots=True)
class Share:
    """A figure between 0 and 1 and the interval in which 95 % of resampled sets have it."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Figures:
    """What is measured on a set; None where the set has no note to measure it on.

    `silent`: notes about nothing that were told so. `kept`: notes with a principle that kept their suggestions.
    `by_number`: F1 of every number.
    """

    notes: int
    about_nothing: int
    hit: Share | None
    first: Share | None
    micro_f1: Share | None
    macro_f1: Share | None
    silent: Share | None
    kept: Share | None
    by_number: dict[int, Share | None]


def part(example: Example) -> Part:
    """Which part of a split an example belongs to: all of a scene stay together, 70 : 15 : 15 of the scenes."""
    at = blake2b(example.scene.encode(), digest_size=4).digest()[0] % 20
    return "train" if at < 14 else "dev" if at < 17 else "test"


def judge(rank: Callable[[str], Ranked], examples: Iterable[Example]) -> list[Judged]:
    """What is suggested for every example."""
    return [Judged(example, rank(example.text)) for example in examples]


def figures(judged: Sequence[Judged], numbers: Sequence[int]) -> Figures:
    """All figures of a set."""
    about = [j for j in judged if j.example.labels]
    nothing = [j for j in judged if not j.example.labels]
    of_labels = _resampled([_counts(j, numbers) for j in about], _shares)
    hit, first, micro, macro, kept, *each = of_labels or (None,) * (5 + len(numbers))
    silent = _resampled([[1.0, float(j.ranked.none)] for j in nothing], lambda s: (s[1] / s[0],))
    return Figures(
        len(about),
        len(nothing),
        hit,
        first,
        micro,
        macro,
        silent[0] if silent else None,
        kept,
        dict(zip(numbers, each, strict=True)),
    )


def _counts(judged: Judged, numbers: Sequence[int]) -> list[float]:
    """1, and whether it was a hit, right first, kept; then for every number right, wrong and missed."""
    labels, ticked = set(judged.example.labels), judged.ticked
    row = [1.0, float(judged.hit), float(judged.first), float(not judged.ranked.none)]
    for number in numbers:
        row += [
            float(number in labels and number in ticked),
            float(number in ticked and number not in labels),
            float(number in labels and number not in ticked),
        ]
    return row


def _shares(sums: Sequence[float]) -> tuple[float, ...]:
    count, hits, firsts, kept, *of_numbers = sums
    triples = list(zip(of_numbers[::3], of_numbers[1::3], of_numbers[2::3], strict=True))
    right, wrong, missed = (sum(column) for column in zip(*triples, strict=True))
    each = [_f1(*triple) for triple in triples]
    present = [f for f, triple in zip(each, triples, strict=True) if triple[0] + triple[2] > 0]
    macro = sum(present) / (len(present) or 1)
    return hits / count, firsts / count, _f1(right, wrong, missed), macro, kept / count, *each


def _f1(right: float, wrong: float, missed: float) -> float:
    return 2 * right / (2 * right + wrong + missed) if right else 0.0


def _resampled(rows: list[list[float]], shares: Callable[[Sequence[float]], tuple[float, ...]]) -> list[Share] | None:
    """Figures made from sums over rows, and how they vary when the rows are drawn anew (bootstrap)."""
    if not rows:
        return None
    width = len(rows[0])
    packed = [lanes.packed(row) for row in rows]
    drawn = Random(SEED)
    tries = [shares(lanes.unpacked(sum(drawn.choices(packed, k=len(packed))), width)) for _ in range(RESAMPLES)]
    columns = [sorted(column) for column in zip(*tries, strict=True)]
    low, high = round(RESAMPLES * 0.025), round(RESAMPLES * 0.975) - 1
    values = shares([sum(column) for column in zip(*rows, strict=True)])
    return [Share(v, c[low], c[high]) for v, c in zip(values, columns, strict=True)]


def grouped(judged: Iterable[Judged], key: Callable[[Judged], Iterable[str]]) -> dict[str, list[Judged]]:
    """Notes by whatever a key says of them, in order of the keys."""
    found: dict[str, list[Judged]] = defaultdict(list)
    for one in judged:
        for name in key(one):
            found[name].append(one)
    return dict(sorted(found.items()))


def failing_words(judged: Iterable[Judged], *, most: int) -> list[tuple[str, int, int]]:
    """(word, how often the first number was wrong in notes with it, how many notes have it), worst first."""
    seen: Counter[str] = Counter()
    wrong: Counter[str] = Counter()
    for one in judged:
        if not one.example.labels:
            continue
        words = set(_TOKEN.findall(fold(one.example.text))) - EMPTY
        seen.update(words)
        if not one.first:
            wrong.update(words)
    often = [w for w in wrong if seen[w] >= FEWEST_NOTES]
    often.sort(key=lambda w: (-wrong[w] / (seen[w] + 2), -wrong[w], w))
    return [(w, wrong[w], seen[w]) for w in often[:most]]
