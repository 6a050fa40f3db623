"""Which principles a note is about: what was learnt from example notes, and words people use every day.

A number typed in the text always wins. Whether none fits is decided against notes that were labelled so.
"""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from bot import reasons, training
from bot.model import Model, features
from bot.packs import Pack
from bot.training import Labelled
from bot.vocabulary import Example, Vocabulary
from storage.search import fold

LONGEST_READ = 600
SHOWN = 3
SHOWN_WORDS = 4
# What words count beside what was learnt: much where there are few examples, less the more there are. Chosen on packs
# of none, a hundred and thousands of examples.
WORD_WEIGHT = (1.0, 3.0, 800)
# "None fits" is offered first where it leads by so much; chosen where whole voices were held out.
NONE_MARGIN = -0.4

_TYPED = re.compile(r"#\s?(\d{1,4})(?![a-z0-9_-])")
_SPOKEN = re.compile(r"(?:^|(?<=[\s、。,.!?(と・]))(\d{1,2})番(?=$|[\s、。,.!?)・]|と\d)")
_SOMETHING = re.compile(r"[^\W\d_]")


class Suggestion(NamedTuple):
    """A principle a text may be about: its score (higher is likelier) and the words that speak for it."""

    number: int
    score: float
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Ranked:
    """Every principle, likeliest first, and whether "no principle fits" should be offered before them."""

    suggestions: tuple[Suggestion, ...]
    none: bool

    @property
    def numbers(self) -> tuple[int, ...]:
        """The numbers, likeliest first."""
        return tuple(s.number for s in self.suggestions)


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


def lessons(pack: Pack, examples: Iterable[Example]) -> list[Labelled]:
    """What a model of a pack learns from: its examples, and everything the pack itself says of each principle."""
    told = ((text, (p.number,)) for p in pack.principles for text in p.texts())
    return training.labelled([*((e.text, e.labels) for e in examples), *told])


class Suggester:
    """Suggestions for one pack from its words and a trained model."""

    def __init__(
        self, numbers: Sequence[int], words: Mapping[int, Mapping[str, float]], model: Model, *, taught: int
    ) -> None:
        """`taught` is the number of examples the model learnt from."""
        least, more, half = WORD_WEIGHT
        self._weight = least + more * half / (half + taught)
        self._numbers = tuple(numbers)
        self._words = Words(words, self._numbers)
        self.model = model
        self._at = [model.labels.index(n) for n in self._numbers]
        self._none = model.labels.index(training.NONE)

    @classmethod
    def of(cls, pack: Pack, vocabulary: Vocabulary) -> "Suggester":
        """A suggester trained on the spot, which takes seconds where there are thousands of examples."""
        model = training.train(lessons(pack, vocabulary.examples), pack.numbers)
        return cls.by(pack, vocabulary, model)

    @classmethod
    def by(cls, pack: Pack, vocabulary: Vocabulary, model: Model) -> "Suggester":
        """A suggester by a model that was trained before."""
        return cls(pack.numbers, vocabulary.words, model, taught=len(vocabulary.examples))

    def rank(self, text: str) -> Ranked:
        """Every principle for a text; the first three with the words that speak for them."""
        plain = without_numbers(fold(text[:LONGEST_READ]))
        learnt = self.model.scores(features(plain))
        found = self._words.found(plain)
        scored = [
            (learnt[at] + self._weight * _said(hits), number, at, hits)
            for at, number, hits in zip(self._at, self._numbers, found, strict=True)
        ]
        scored.sort(key=lambda s: (-s[0], s[1]))
        read = reasons.Reading(plain, self.model)
        shown = [
            Suggestion(number, score, _reasons(read, at, hits) if place < SHOWN else ())
            for place, (score, number, at, hits) in enumerate(scored)
        ]
        none = not _SOMETHING.search(plain) or learnt[self._none] - scored[0][0] > NONE_MARGIN
        return Ranked(tuple(shown), none)


def _reasons(read: reasons.Reading, at: int, hits: Mapping[str, float]) -> tuple[str, ...]:
    said = [word for word, weight in hits.items() if weight > 0]
    return reasons.shown(read, said, at, most=SHOWN_WORDS)


def _said(hits: Mapping[str, float]) -> float:
    """How much the words of a principle in a text say: longer words more, many words not much more than a few."""
    total = sum(weight * len(word) for word, weight in hits.items()) / 2
    return math.copysign(math.log1p(abs(total)), total)


class Words:
    """Everyday words, found in one pass over a text."""

    def __init__(self, words: Mapping[int, Mapping[str, float]], numbers: tuple[int, ...]) -> None:
        self._of: dict[str, list[tuple[int, float]]] = {}
        self._size = len(numbers)
        for position, number in enumerate(numbers):
            for word, weight in words.get(number, {}).items():
                self._of.setdefault(fold(word), []).append((position, weight))
        lengths: dict[str, set[int]] = {}
        for word in self._of:
            lengths.setdefault(word[:2], set()).add(len(word))
        self._starts = {start: tuple(sorted(sizes, reverse=True)) for start, sizes in lengths.items()}

    def found(self, plain: str) -> list[dict[str, float]]:
        """For every number, its words in the text with their weights; a word inside a longer one does not count."""
        hits: list[dict[str, float]] = [{} for _ in range(self._size)]
        ends = [0] * self._size
        for i in range(len(plain) - 1):
            for size in self._starts.get(plain[i : i + 2], ()):
                for position, weight in self._of.get(plain[i : i + size], ()):
                    if i + size > ends[position]:
                        hits[position].setdefault(plain[i : i + size], weight)
                        ends[position] = i + size
        return hits
