"""`kizuki suggest`: suggestions on a terminal, or as lines of JSON for measurements."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import TextIO

from rich.table import Table

from bot import packs
from bot.packs import Pack
from bot.suggest import Suggester


def load(folder: Path) -> tuple[Suggester, Pack]:
    """The suggester of a pack."""
    pack, words = packs.load(folder)
    return Suggester(pack, words), pack


def table(suggester: Suggester, pack: Pack, text: str) -> Table:
    """All principles for one note, likeliest first."""
    ranked = suggester.rank(text)
    title = "None fits" if suggester.none(text, ranked) else None
    drawn = Table("", "Principle", "Score", "Words", title=title)
    for place, found in enumerate(ranked, 1):
        drawn.add_row(str(place), pack.title(found.number, "ja"), f"{found.score:.2f}", "、".join(found.words))
    return drawn


def stream(suggester: Suggester, lines: Iterable[str], to: TextIO) -> None:
    """A line of JSON out for every line of JSON in."""
    for line in lines:
        if line.strip():
            note = json.loads(line)
            to.write(json.dumps(_answer(suggester, note["id"], note["text"]), ensure_ascii=False) + "\n")


def _answer(suggester: Suggester, ref: object, text: str) -> dict[str, object]:
    ranked = suggester.rank(text)
    shown = [{"number": s.number, "score": round(s.score, 4), "words": list(s.words)} for s in ranked[:10]]
    return {"id": ref, "suggestions": shown, "none": suggester.none(text, ranked)}
