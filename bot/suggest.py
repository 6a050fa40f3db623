"""Which principles a note is about: words people use every day, and what was learnt from example notes.

Two views of a text are added up: the vocabulary of the pack, which can be shown as the reason, and a complement naive
Bayes model over runs of one to four characters, trained in a moment from the pack's example notes and texts.
A number typed in the text always wins; whether none fits is decided against notes labelled as fitting none.
"""

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import NamedTuple

from bot.packs import Pack, Vocabulary
from storage.search import fold

LONGEST_READ = 600
SIZES = (1, 2, 3, 4)
SMOOTHING = 0.3
WORD_WEIGHT = 2.2
SHOWN_WORDS = 4
# Chosen by cross-validation on the Japanese examples: 98 % of those with a principle keep their suggestions, 89 % of
# those without one are told so.
NONE_MARGIN = -2.5

_TYPED = re.compile(r"#\s?(\d{1,4})(?![\w-])")
_SPOKEN = re.compile(r"(?:^|(?<=[\s、。,.!?(と・]))(\d{1,2})番(?=$|[\s、。,.!?)・]|と\d)")


class Suggestion(NamedTuple):
    """A principle a text may be about: its score (higher is likelier) and the words that speak for it."""

    number: int
    score: float
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Typed:
    """Numbers a person wrote in the text: those of the pack, and those that are nobody's."""

    known: tuple[int, ...]
    unknown: tuple[int, ...]


def typed(text: str, pack: Pack) -> Typed:
    """Principle numbers typed in a text: #2, ＃２, a free-standing ２番; 2番窓口 is a counter, not a principle."""
    plain = fold(text)
    found = [int(n) for n in (*_TYPED.findall(plain), *_SPOKEN.findall(plain))]
    unique = tuple(dict.fromkeys(found))
    return Typed(tuple(n for n in unique if pack.has(n)), tuple(n for n in unique if not pack.has(n)))


def without_numbers(plain: str) -> str:
    """A folded text without the principle numbers typed in it."""
    return _SPOKEN.sub(" ", _TYPED.sub(" ", plain))


class Suggester:
    """Suggestions for one pack; building it trains the model."""

    def __init__(self, pack: Pack, vocabulary: Vocabulary) -> None:
        self._numbers = pack.numbers
        self._words = _Words(vocabulary.words, self._numbers)
        self._weights, self._none = _train(pack, vocabulary)

    def rank(self, text: str) -> list[Suggestion]:
        """Every principle, likeliest first."""
        plain = fold(text[:LONGEST_READ])
        learnt = self._learnt(plain)
        words = self._words.found(plain)
        scored = (
            Suggestion(n, s + WORD_WEIGHT * math.log1p(sum(map(len, w)) / 2), w)
            for n, s, w in zip(self._numbers, learnt, words, strict=True)
        )
        return sorted(scored, key=lambda s: (-s.score, s.number))

    def none(self, text: str, ranked: Sequence[Suggestion]) -> bool:
        """Whether "no principle fits" should be offered first."""
        plain = fold(text[:LONGEST_READ])
        if not re.search(r"\w", plain):
            return True
        against = sum(self._none.get(g, 0.0) for g in grams(plain)) / math.sqrt(len(plain) + 1)
        return against - ranked[0].score > NONE_MARGIN

    def _learnt(self, plain: str) -> list[float]:
        total = [0.0] * len(self._numbers)
        weights = self._weights
        for gram in grams(plain):
            row = weights.get(gram)
            if row is not None:
                total = [a + b for a, b in zip(total, row, strict=True)]
        scale = 1 / math.sqrt(len(plain) + 1)
        return [t * scale for t in total]


class _Words:
    """Everyday words, found in one pass over a text."""

    def __init__(self, words: dict[int, tuple[str, ...]], numbers: tuple[int, ...]) -> None:
        self._of: dict[str, list[int]] = {}
        self._size = len(numbers)
        for position, number in enumerate(numbers):
            for word in words.get(number, ()):
                self._of.setdefault(fold(word), []).append(position)
        self._starts: dict[str, tuple[int, ...]] = {}
        lengths: dict[str, set[int]] = {}
        for word in self._of:
            lengths.setdefault(word[:2], set()).add(len(word))
        self._starts = {start: tuple(sorted(sizes, reverse=True)) for start, sizes in lengths.items()}

    def found(self, plain: str) -> list[tuple[str, ...]]:
        """For every number, the words of it that stand in the text; a word inside a found one does not count again."""
        hits: list[list[str]] = [[] for _ in range(self._size)]
        ends = [0] * self._size
        for i in range(len(plain) - 1):
            for size in self._starts.get(plain[i : i + 2], ()):
                word = plain[i : i + size]
                for position in self._of.get(word, ()):
                    if i + size > ends[position] and word not in hits[position]:
                        hits[position].append(word)
                        ends[position] = i + size
        return [tuple(h) for h in hits]


def grams(plain: str) -> Iterable[str]:
    """Runs of one to four characters, each once, without those that are only spaces."""
    return {plain[i : i + n] for n in SIZES for i in range(len(plain) - n + 1)}


def _train(pack: Pack, vocabulary: Vocabulary) -> tuple[dict[str, tuple[float, ...]], dict[str, float]]:
    """Weights per character run and number (complement naive Bayes), and weights towards "none"."""
    texts = [(fold(e.text), e.labels) for e in vocabulary.examples]
    texts += [(fold(t), (p.number,)) for p in pack.principles for t in _texts_of(p.facets, p.promise, p.title)]
    seen = Counter(chain.from_iterable(grams(text) for text, _ in texts))
    # What stands in one text only says nothing, and is most of it: counted once, then left out.
    every = Counter({gram: n for gram, n in seen.items() if n > 1})
    del seen
    counts: dict[int, Counter[str]] = {n: Counter() for n in pack.numbers}
    empty: Counter[str] = Counter()
    for text, labels in texts:
        found = [g for g in grams(text) if g in every]
        for number in labels:
            counts[number].update(found)
        if not labels:
            empty.update(found)
    kept = list(every)
    return _complement(kept, counts, every), _towards(kept, empty, every)


def _texts_of(facets: dict[str, tuple[dict[str, str], ...]], *more: dict[str, str]) -> Iterable[str]:
    for texts in (*more, *(t for entries in facets.values() for t in entries)):
        yield from texts.values()


def _complement(kept: list[str], counts: dict[int, Counter[str]], every: Counter[str]) -> dict[str, tuple[float, ...]]:
    total = sum(every.values())
    same: dict[float, float] = {}
    rest = [total - sum(c.values()) for c in counts.values()]
    result = {}
    for gram in kept:
        n = every[gram]
        logs = [
            math.log((max(n - c[gram], 0) + SMOOTHING) / (r + SMOOTHING * len(kept)))
            for c, r in zip(counts.values(), rest, strict=True)
        ]
        mean = sum(logs) / len(logs)
        # Three places are enough, and equal figures are then one object: a third of the memory.
        rounded = (round(mean - value, 3) for value in logs)
        result[gram] = tuple(same.setdefault(value, value) for value in rounded)
    return result


def _towards(kept: list[str], chosen: Counter[str], every: Counter[str]) -> dict[str, float]:
    size, rest = sum(chosen.values()) or 1, sum(every.values()) - sum(chosen.values()) or 1
    return {
        g: math.log((chosen[g] + SMOOTHING) / (size + SMOOTHING * len(kept)))
        - math.log((every[g] - chosen[g] + SMOOTHING) / (rest + SMOOTHING * len(kept)))
        for g in kept
    }
