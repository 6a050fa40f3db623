"""An announcement as its readers see it: a title, plain words, and what there is to do."""

import json
from collections.abc import Mapping
from typing import NamedTuple

from bot.cards import Block, Button, Card, Heading, Span, muted, row, say
from bot.organisation import LANGUAGES
from bot.turn import House
from storage.announcements import AnnouncementRow

# What its button does; "none" has no button.
DOES = ("read", "none", "note", "kudos", "link")
# What a button of a sample carries: it counts nowhere.
SAMPLE = "sample"


class Words(NamedTuple):
    """What an announcement says in one language."""

    title: str
    text: str


class Shown(NamedTuple):
    """All that is shown of an announcement: `said` has at least Japanese; `value` is what its button carries."""

    said: Mapping[str, Words]
    number: int | None
    does: str
    value: str
    corrected: bool = False

    def words(self, lang: str) -> Words:
        """The words for whoever reads a language."""
        return self.said.get(lang) or self.said["ja"]


def shown(house: House, row: AnnouncementRow) -> Shown:
    """What is shown of a stored announcement; a principle goes by its present number, or is left out."""
    number = house.pack.now(row.edition, row.number) if row.number else None
    return Shown(unpacked(row.words), number, row.does, str(row.id), row.revision > 0)


def packed(said: Mapping[str, Words]) -> str:
    """Words as the database keeps them."""
    return json.dumps({lang: list(words) for lang, words in said.items()}, ensure_ascii=False)


def unpacked(text: str) -> dict[str, Words]:
    """The words that `packed` wrote."""
    return {lang: Words(*words) for lang, words in json.loads(text).items() if lang in LANGUAGES}


def card(house: House, one: Shown, lang: str) -> Card:
    """The card that everybody gets."""
    t, words = house.phrases.bound(lang), one.words(lang)
    blocks: list[Block] = [muted(t("announcements.from")), Heading(words.title, 2)]
    if one.number:
        blocks.append(say(Span(house.pack.title(one.number, lang), "strong")))
    blocks += [say(part) for part in words.text.split("\n\n") if part.strip()]
    if one.corrected:
        blocks.append(muted(t("announcements.corrected")))
    blocks += _button(house, one, lang)
    return Card(tuple(blocks), f"{t('announcements.from')} {words.title}", lang)


def _button(house: House, one: Shown, lang: str) -> list[Block]:
    if one.does == "none":
        return []
    text = house.phrases(lang, f"announcements.button.{one.does}")
    return [row(Button(f"announce.{one.does}", text, one.value, "primary"))]
