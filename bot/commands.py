"""The words behind `/kizuki`: which feature a text asks for, in any of the languages, or none: then it is a note."""

import re
from collections.abc import Iterator
from dataclasses import replace
from difflib import get_close_matches
from functools import lru_cache
from typing import Literal, NamedTuple

from bot.cards import Button, Card, Facts, Heading, Reply, row, say
from bot.events import Command
from bot.organisation import LANGUAGES
from bot.phrases import Phrases
from bot.turn import Turn
from storage.search import fold

# What may follow the word: nothing, a number, or any text. Anything else makes the whole text a note.
TAKES: dict[str, Literal["nothing", "number", "text", "days", "code", "staff", "span"]] = {
    "help": "nothing",
    "today": "nothing",
    "principle": "number",
    "mine": "nothing",
    "search": "text",
    "show": "number",
    "who": "number",
    "away": "days",
    "back": "nothing",
    "delegate": "nothing",
    "link": "code",
    "account": "staff",
    "mydata": "nothing",
    "forget": "nothing",
    "settings": "nothing",
    "digest": "nothing",
    "report": "span",
    "awards": "span",
    "file": "nothing",
    "adoption": "nothing",
    "message": "nothing",
    "announce": "nothing",
    "figures": "nothing",
    "channel": "nothing",
    "guide": "nothing",
    "home": "nothing",
    "pulse": "nothing",
    "survey": "nothing",
    "dashboard": "nothing",
}
# What changes nothing by being asked for.
LOOKS = frozenset(TAKES) - {"away", "back", "link", "account", "mydata", "forget", "dashboard"}
LONGEST_GUESS = 14
NEAR = 0.66
# No word for thanks is longer, however wide it is typed.
LONGEST_HEAD = 40

_NUMBER = re.compile(r"#?\s*(\d{1,9})\s*番?")
# What follows these words looks like this; anything else is a note. Days and codes may follow without a space.
_SHAPES = {
    "days": re.compile(r"\d[\d\s./~〜～–—年月日火水木金土()からまでto-]*"),
    "code": re.compile(r"\d{3}[\s-]?\d{3}"),
    "staff": re.compile(r"(?<= )[a-z0-9-]{1,20}"),
    # A period and a unit, in few words; the feature itself finds out which they are.
    "span": re.compile(r"(?<= )\S{1,30}( \S{1,30}){0,3}"),
}


class Asked(NamedTuple):
    """A feature by name, and what followed the word."""

    name: str
    rest: str


def words(phrases: Phrases) -> dict[str, str]:
    """Every alias in every language, longest first, and the feature it stands for."""
    found = {
        fold(alias.strip()): name
        for lang in LANGUAGES
        for name, aliases in phrases.under(lang, "commands.words").items()
        for alias in re.split("[、,]", aliases)
    }
    return dict(sorted(found.items(), key=lambda item: (-len(item[0]), item[0])))


_words = lru_cache(maxsize=4)(words)


def parse(phrases: Phrases, text: str) -> Asked | None:
    """What a text asks for, or None when it is a note."""
    plain = " ".join(fold(text).split())
    for alias, name in _words(phrases).items():
        if plain.startswith(alias) and (asked := _fits(name, plain[len(alias) :])) is not None:
            return asked
    return None


def _fits(name: str, rest: str) -> Asked | None:
    if not rest:
        return Asked(name, "")
    number = _NUMBER.fullmatch(rest.strip())
    if TAKES[name] == "number" and number:
        return Asked(name, number[1])
    shape = _SHAPES.get(TAKES[name])
    if shape and shape.fullmatch(rest, len(rest) - len(rest.lstrip())):
        return Asked(name, rest.strip())
    if TAKES[name] == "text" and rest.startswith(" "):
        return Asked(name, rest.strip())
    return None


def thanks(phrases: Phrases, command: Command) -> Command | None:
    """The command for kudos that a text stands for: a word for thanks alone, or before a colleague's name.

    With anything else behind the word it is a note: 「感謝の言葉をもらった」.
    """
    text = command.text.strip()
    head = fold(text[:LONGEST_HEAD])
    for word in _thanks_words(phrases):
        rest = _after(text, word) if head.startswith(word) else None
        if rest is not None and (not rest or rest.startswith(("@", "＠", *(m.shown for m in command.mentions)))):
            return replace(command, name="kudos", text=rest)
    return None


def _after(text: str, word: str) -> str | None:
    """What follows a folded word in a text as it was typed."""
    length = next((n for n in range(1, len(text) + 1) if fold(text[:n]) == word), None)
    return None if length is None else text[length:].lstrip(" \u3000\t\n:：、,")


@lru_cache(maxsize=4)
def _thanks_words(phrases: Phrases) -> tuple[str, ...]:
    """Every word for kudos in every language, longest first."""
    found = {fold(w.strip()) for lang in LANGUAGES for w in re.split("[、,]", phrases(lang, "commands.kudos_words"))}
    return tuple(sorted(found, key=lambda word: (-len(word), word)))


def guess(phrases: Phrases, text: str) -> str | None:
    """The word a short text may have been meant as."""
    plain = fold(text).strip()
    if len(plain) > LONGEST_GUESS or len(plain) < 2:
        return None
    first, space, _ = plain.partition(" ")
    if space:
        # 「不在 あした」 may be a note; whoever meant the word is one press away from it.
        return first if TAKES.get(_words(phrases).get(first, "")) in ("days", "code") else None
    near = get_close_matches(plain, list(_words(phrases)), n=1, cutoff=NEAR)
    return near[0] if near else None


def did_you_mean(turn: Turn, near: str, text: str) -> Reply:
    """Ask whether a short text was a word typed wrongly; it can still be recorded as it is."""
    t = turn.t
    asked = t("commands.did_you_mean", word=near)
    open_it = Button("command.run", t("commands.open", word=near), near, "primary")
    keep = Button("note.write", t("commands.keep_as_note"), text)
    return Reply(Card((say(asked), row(open_it, keep)), asked, turn.lang))


def show_help(turn: Turn) -> Reply:
    """What one can do, with an example of each."""
    t = turn.t
    rows = tuple((typed, does) for typed, does in completions_in(turn.house.phrases, turn.lang))
    blocks = (
        Heading(t("commands.help_title")),
        say(t("commands.help_intro", example=t("commands.help_example"))),
        Facts(rows),
        row(Button("note.compose", t("notes.compose"), "", "primary"), Button("kudos.compose", t("kudos.compose"))),
    )
    return Reply(Card(blocks, t("commands.help_summary"), turn.lang))


def completions_in(phrases: Phrases, lang: str) -> Iterator[tuple[str, str]]:
    """(what is typed, what it does) for every command."""
    yield phrases(lang, "commands.note_usage"), phrases(lang, "commands.does.note")
    yield phrases(lang, "commands.kudos_usage"), phrases(lang, "commands.does.kudos")
    aliases = phrases.under(lang, "commands.words")
    for name, takes in TAKES.items():
        first = re.split("[、,]", aliases[name])[0].strip()
        examples = {"number": " 3", "text": f" {phrases(lang, 'commands.some_text')}", "days": " 12/1-12/10"}
        after = examples.get(takes, "")
        yield f"/kizuki {first}{after}", phrases(lang, f"commands.does.{name}")
