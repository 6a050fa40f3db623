"""The words that caused a suggestion: those of the vocabulary, and those of the text the model leant on most."""

import re
from collections.abc import Callable, Iterable, Sequence
from functools import cache

from bot.model import runs

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


def shown(plain: str, said: Iterable[str], weight: Callable[[str], float], *, most: int) -> tuple[str, ...]:
    """Up to `most` words of a folded text: the vocabulary's (`said`), and where it knows few those the model leant on.

    `weight` is what a run of characters counts for the model.
    """
    spans = [(m.start(), m.end()) for m in _WORD.finditer(plain)]
    found = [_whole(plain, word, spans) for word in said]
    if len(found) < ENOUGH:
        found += [plain[a:b] for a, b in _leaning(plain, spans, weight) if not any(w in plain[a:b] for w in found)]
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


def _leaning(plain: str, spans: Sequence[tuple[int, int]], weight: Callable[[str], float]) -> list[tuple[int, int]]:
    """The words with the most credit, best first; those with little beside the best are left out."""
    known = cache(weight)
    scored = []
    for a, b in spans:
        if plain[a:b] in EMPTY:
            continue
        scored.append((sum(map(known, runs(plain[a:b]))), (a, b)))
    scored.sort(reverse=True)
    best = scored[0][0] if scored else 0.0
    return [span for score, span in scored[:2] if score > max(0.0, best * LEAST)]
