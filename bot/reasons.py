"""The words that caused a suggestion: those of the vocabulary, and those of the text the model leant on most."""

import re
from collections.abc import Iterable, Sequence
from functools import cached_property

from bot import lanes
from bot.model import Model, runs

# A word as a reader sees it: a run in one script, with the endings that belong to it.
_WORD = re.compile(
    r"[一-龠々]+(?:[きぎしちびみりけせてねべめれ][一-龠々]+)*[ぁ-ん]{0,5}"
    r"|[ァ-ヶー]{2,}|[a-z][a-z'-]+|[ぁ-んー]{2,8}|[0-9]+[一-龠]"
)
_TE = re.compile(r"(?<=[ぁ-ん])([てで])[ぁ-ん]+$")
_PARTICLES = re.compile(
    r"(?<=[一-龠々])(を|が|は|も|へ|の|に|で|と|や|から|まで|では|には|とか|だけ|など|って)+$|(?<=[ぁ-ん])[をがはの]$"
)
# Words that say nothing to a reader, whatever the model makes of them.
_SAY_NOTHING = """
the and for with was were are had has have that this they them then than but not you your our his her she its it's into
from about just only very when what who how why all any out can could would will been did does don't there asked again
more some です ます した して ない から ので けど って こと もの ため よう その この あの それ これ とか など まで だけ
"""
EMPTY = frozenset(_SAY_NOTHING.split())
LEAST = 0.2
ENOUGH = 2


class Reading:
    """A folded text as reasons look at it: its words, and what each of them counts for every principle at once."""

    def __init__(self, plain: str, model: Model) -> None:
        self.plain = plain
        self.spans = [(m.start(), m.end()) for m in _WORD.finditer(plain)]
        self._model = model

    @cached_property
    def credits(self) -> list[tuple[int, tuple[int, int]]]:
        """What the model makes of each word that says something, as a row of lanes."""
        words = ((self.plain[a:b], (a, b)) for a, b in self.spans)
        return [(self._model.row(runs(word)), span) for word, span in words if word not in EMPTY]


def shown(read: Reading, said: Iterable[str], at: int, *, most: int) -> tuple[str, ...]:
    """Up to `most` words of a text: the vocabulary's (`said`), and where it knows few those the model leant on.

    `at` is the place of the principle among the model's labels.
    """
    plain = read.plain
    found = [_whole(plain, word, read.spans) for word in said]
    if len(found) < ENOUGH:
        found += [plain[a:b] for a, b in _leaning(read, at) if not any(w in plain[a:b] for w in found)]
    trimmed = (_trimmed(word) for word in found)
    return tuple(dict.fromkeys(word for word in trimmed if word))[:most]


def _whole(plain: str, word: str, spans: Sequence[tuple[int, int]]) -> str:
    """A vocabulary stem as it stands in the text, up to the end of its word: わかりにく is shown as わかりにくい."""
    start = plain.find(word)
    end = start + len(word)
    for a, b in spans:
        if a < end < b and b - end <= 5:
            return plain[start:b]
    return word


def _trimmed(word: str) -> str:
    """A word without the particles after it, and without the helping verbs after a て."""
    return _PARTICLES.sub("", _TE.sub(r"\1", word)).strip()


def _leaning(read: Reading, at: int) -> list[tuple[int, int]]:
    """The words with the most credit, best first; those with little beside the best are left out."""
    scored = sorted(((lanes.lane(row, at), span) for row, span in read.credits), reverse=True)
    best = scored[0][0] if scored else 0.0
    return [span for score, span in scored[:2] if score > max(0.0, best * LEAST)]
