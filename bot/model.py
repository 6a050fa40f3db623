"""The model behind suggestions: a weight for every short run of characters and every principle, added up."""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from bot import lanes

SIZES = (1, 2, 3)
SCRIPTS = "[一-龠々]+|[ァ-ヶー]+|[a-z]+|[0-9]+|[ぁ-ん]+"

_RUN = re.compile(SCRIPTS)
_SPACE = re.compile(r"\s+")
_BETWEEN = re.compile(r"(?<=[^\x00-\x7f]) (?=[^\x00-\x7f])")
# Marks a run of one script, so that it is another feature than the same characters inside a longer run.
_MARK = "\x01"
_STEMS = (4, 5)


def features(plain: str) -> set[str]:
    """What a folded text consists of: runs of one to three characters, whole words, stems, neighbouring words.

    A word is a run of one script. Japanese written with spaces is read without them too.
    """
    plain = _SPACE.sub(" ", plain)
    found = runs(plain)
    words = _RUN.findall(plain)
    found.update(_MARK + word for word in words)
    found.update(f"{_MARK}{a}{_MARK}{b}" for a, b in pairwise(words))
    found.update(f"{_MARK}{word[:n]}*" for word in words if "a" <= word[0] <= "z" for n in _STEMS if len(word) > n)
    if (close := _BETWEEN.sub("", plain)) != plain:
        found |= runs(close)
    return found


def runs(plain: str) -> set[str]:
    """Every run of one to three characters."""
    return {plain[i : i + n] for n in SIZES for i in range(len(plain) - n + 1)}


@dataclass(frozen=True, slots=True)
class Model:
    """Scores of `labels` for a text.

    `rows` holds for every feature one integer of lanes: a weight per label and last the square of how rare it is.
    """

    labels: tuple[int, ...]
    biases: tuple[float, ...]
    rows: Mapping[str, int]

    def scores(self, found: Iterable[str]) -> list[float]:
        """A score per label for a text's features; above 0 speaks for it."""
        *sums, squares = lanes.unpacked(self.row(found), len(self.labels) + 1)
        scale = 1 / math.sqrt(squares) if squares > 0 else 0.0
        return [total * scale + bias for total, bias in zip(sums, self.biases, strict=True)]

    def row(self, found: Iterable[str]) -> int:
        """How much some features together say for every label, as a row of lanes."""
        rows = self.rows
        return sum(rows[f] for f in found if f in rows)


def dumped(model: Model) -> tuple[str, bytes]:
    """A model as its features (one text, parted by NUL) and its rows."""
    size = lanes.size(len(model.labels) + 1)
    return "\0".join(model.rows), b"".join(row.to_bytes(size, "little", signed=True) for row in model.rows.values())


def loaded(labels: Sequence[int], biases: Sequence[float], names: str, rows: bytes) -> Model:
    """A model from what `dumped` gave; raises ValueError where the parts do not belong together."""
    size = lanes.size(len(labels) + 1)
    found = names.split("\0") if names else []
    if len(found) * size != len(rows) or len(labels) != len(biases):
        raise ValueError("not a whole model")
    cut = (rows[i : i + size] for i in range(0, len(rows), size))
    return Model(
        tuple(labels),
        tuple(biases),
        dict(zip(found, (int.from_bytes(c, "little", signed=True) for c in cut), strict=True)),
    )
