"""Training: from labelled texts to a model, in seconds and without a library.

It begins with naive Bayes (the logarithm of how much likelier a feature is under a label than elsewhere) and corrects
it by logistic regression, one label against the rest, by stochastic gradient descent. All labels are trained in one
pass: a feature's weights for all of them are one integer (`lanes`).
"""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from random import Random

from bot import lanes
from bot.model import Model, features
from storage.search import fold

NONE = 0
# Chosen where whole voices and whole scenes were held out; none of them matters by more than a point.
SEEN_IN = 2
SMOOTHING = 0.5
BAYES = 0.3
EPOCHS = 8
RATE = 4.0
CERTAIN = 0.02
BIAS_RATE = 0.1
SEED = 1
# Squares of rarity are taken in quarters: the lanes are multiplied by whole numbers.
QUARTERS = 4


@dataclass(frozen=True, slots=True)
class Labelled:
    """A folded text and the labels it has; none at all means `NONE`."""

    plain: str
    labels: tuple[int, ...]


@dataclass(slots=True)
class _Set:
    """The training set in numbers: features by index, how rare each is, and which examples have which."""

    names: list[str]
    rarity: list[float]
    rows: list[list[int]]
    wanted: list[tuple[int, ...]]
    labels: tuple[int, ...]


def labelled(texts: Iterable[tuple[str, Sequence[int]]]) -> list[Labelled]:
    """Texts as people typed them, made ready."""
    return [Labelled(fold(text), tuple(labels)) for text, labels in texts]


def train(found: Sequence[Labelled], numbers: Sequence[int]) -> Model:
    """A model for the numbers and for `NONE`, the same for the same texts."""
    counted = _counted(found, (*numbers, NONE))
    weights = _bayes(counted)
    biases = _corrected(counted, weights)
    return Model(counted.labels, tuple(biases), dict(zip(counted.names, weights, strict=True)))


def _counted(found: Sequence[Labelled], labels: tuple[int, ...]) -> _Set:
    # Taken apart twice rather than kept: the names of all features of all texts are most of a gigabyte.
    seen = Counter(name for one in found for name in features(one.plain))
    names = [name for name, n in seen.items() if n >= SEEN_IN]
    index = {name: i for i, name in enumerate(names)}
    rarity = [math.log((1 + len(found)) / (1 + seen[name])) + 1 for name in names]
    # Sorted: a set's order differs from run to run, and with it the last digits of every weight.
    rows = [sorted(index[name] for name in features(one.plain) if name in index) for one in found]
    at = {label: i for i, label in enumerate(labels)}
    wanted = [tuple({at[n] for n in one.labels or (NONE,)}) for one in found]
    return _Set(names, rarity, rows, wanted, labels)


def _bayes(counted: _Set) -> list[int]:
    """The first weights: log-odds of every feature under every label."""
    size, width = len(counted.names), len(counted.labels)
    counts = [[0] * size for _ in range(width)]
    every = [0] * size
    for row, wanted in zip(counted.rows, counted.wanted, strict=True):
        for i in row:
            every[i] += 1
        for label in wanted:
            mine = counts[label]
            for i in row:
                mine[i] += 1
    total, extra = sum(every), SMOOTHING * size
    sums = [sum(mine) for mine in counts]
    offsets = [math.log((total - s + extra) / (s + extra)) if size else 0.0 for s in sums]

    def row_of(i: int) -> int:
        rare = counted.rarity[i]
        odds = (
            math.log((mine[i] + SMOOTHING) / (every[i] - mine[i] + SMOOTHING)) + offset
            for mine, offset in zip(counts, offsets, strict=True)
        )
        return lanes.packed([*(BAYES * rare * o for o in odds), rare * rare])

    return [row_of(i) for i in range(size)]


def _corrected(counted: _Set, weights: list[int]) -> list[float]:
    """Correct the weights in place, round by round; returns the biases."""
    squares = [max(1, round(QUARTERS * rare * rare)) for rare in counted.rarity]
    scales = [1 / math.sqrt(sum(counted.rarity[i] ** 2 for i in row) or 1.0) for row in counted.rows]
    biases = [0.0] * len(counted.labels)
    order, shuffled = list(range(len(counted.rows))), Random(SEED)
    for epoch in range(EPOCHS):
        shuffled.shuffle(order)
        rate = RATE / (1 + epoch)
        for i in order:
            row, scale = counted.rows[i], scales[i]
            sums = lanes.unpacked(sum(map(weights.__getitem__, row)), len(biases))
            wrong = _wrong(sums, scale, biases, counted.wanted[i])
            if any(wrong):
                biases = [bias + BIAS_RATE * rate * w for bias, w in zip(biases, wrong, strict=True)]
                step = lanes.packed([rate * scale / QUARTERS * w for w in wrong])
                for feature in row:
                    weights[feature] += step * squares[feature]
    return biases


def _wrong(sums: list[float], scale: float, biases: list[float], wanted: tuple[int, ...]) -> list[float]:
    """How far every label's probability is from what it should be; 0 where it is near enough."""
    found = []
    for label, (total, bias) in enumerate(zip(sums, biases, strict=True)):
        z = total * scale + bias
        off = (label in wanted) - (1 / (1 + math.exp(-z)) if z > -40 else 0.0)
        found.append(off if abs(off) >= CERTAIN else 0.0)
    return found
