"""What simulated people write: the example texts with their numbers, varied by place, time and count."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

from bot.demo_staff import language
from bot.documents import read

KINDS, COMMON = ("notice", "proposal", "success", "voice", "failure"), (53, 20, 11, 9, 7)
VARIED = 0.85
WHEN = {
    "ja": ("今朝、", "昼休みに、", "昨日の夕方、", "月曜の朝、", "金曜の閉庁前、", "雨の日の午後、", "先週、", ""),
    "en": ("This morning, ", "After lunch, ", "Late yesterday, ", "On Monday, ", "On a rainy Friday, ", "Last week, "),
    "ja-easy": ("きょう、", "きのう、", "げつようびに、", "あめの ひに、", "せんしゅう、"),
}
WHERE = {
    "ja": (
        "{n}番窓口で。",
        "{n}階の廊下。",
        "第{n}会議室。",
        "{n}件目の相談。",
        "{n}号棟の受付。",
        "整理券{n}番の方。",
    ),
    "en": ("counter {n}: ", "floor {n}: ", "meeting room {n}: ", "case {n}: ", "ticket {n}: "),
    "ja-easy": ("{n}ばんの まどぐち。 ", "{n}かい。 ", "{n}にんめの ひと。 "),
}


class Told(NamedTuple):
    """A text with the principles it is about; `kind` is empty where the example names none."""

    text: str
    numbers: tuple[int, ...]
    kind: str
    public: bool


@dataclass(frozen=True, slots=True)
class Texts:
    """Texts to draw from, by language, some principles being written about more than others."""

    told: dict[str, list[Told]]
    sums: dict[str, list[float]]

    def draw(self, lang: str, rng: Random) -> Told:
        """A text in a language, with a time and a place of its own."""
        found = rng.choices(self.told[lang], cum_weights=self.sums[lang])[0]
        text = found.text if rng.random() > VARIED else _varied(found.text, lang, rng)
        return Told(text, found.numbers, found.kind or rng.choices(KINDS, COMMON)[0], found.public)


def for_notes(demo: Path, examples: Path, rng: Random, *, known: tuple[int, ...]) -> Texts:
    """The labelled examples of a pack with the notes of the demo; `known` are the pack's numbers."""
    lines = examples.read_text(encoding="utf-8").splitlines() if examples.exists() else []
    found = [(e.get("lang", "ja"), Told(e["text"], tuple(e["labels"]), "", True)) for e in map(json.loads, lines)]
    return _weighed((*found, *_demo(demo / "notes.yaml", known)), rng)


def for_kudos(demo: Path, rng: Random, *, known: tuple[int, ...]) -> Texts:
    """The thanks of the demo that are for one of the pack's numbers."""
    return _weighed([(lang, t) for lang, t in _demo(demo / "kudos.yaml", known) if t.numbers], rng)


def reasons(demo: Path) -> dict[str, list[str]]:
    """What managers answer, by the state they move a note to."""
    found: dict[str, list[str]] = {}
    for entry in read(demo / "notes.yaml").data:
        if entry.get("reason"):
            found.setdefault(entry["answer"], []).append(entry["reason"])
    return found


def _demo(path: Path, known: tuple[int, ...]) -> list[tuple[str, Told]]:
    return [(language(e["text"]), _told(e, known)) for e in read(path).data]


def _told(entry: dict[str, Any], known: tuple[int, ...]) -> Told:
    numbers = tuple(n for n in entry["numbers"] if n in known)
    return Told(entry["text"], numbers, entry.get("kind", ""), entry.get("public", True))


def _weighed(found: Iterable[tuple[str, Told]], rng: Random) -> Texts:
    told: dict[str, list[Told]] = {}
    for lang, text in found:
        told.setdefault(lang, []).append(text)
    told = {lang: told.get(lang) or told["ja"] for lang in WHEN}
    numbers = sorted({n for texts in told.values() for t in texts for n in t.numbers})
    liking = {n: rng.lognormvariate(0, 0.6) for n in numbers}
    sums = {lang: list(accumulate(_liked(t, liking) for t in texts)) for lang, texts in told.items()}
    return Texts(told, sums)


def _liked(told: Told, liking: dict[int, float]) -> float:
    return max((liking[n] for n in told.numbers), default=0.7)


def _varied(text: str, lang: str, rng: Random) -> str:
    where = rng.choice(WHERE[lang]).format(n=rng.randrange(1, 400))
    return f"{rng.choice(WHEN[lang])}{where}{text}"
