"""The two pages, choosing a person and the chat, and what the chat's script begins with."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from adapters.playground import roster as people
from adapters.playground import view
from adapters.playground.render import tongue
from adapters.playground.roster import direct
from adapters.playground.view import Reader
from bot.commands import completions_in
from bot.organisation import LANGUAGES
from bot.people import Member
from bot.phrases import Phrases
from bot.turn import House

HERE = Path(__file__).parent
MOST_SHOWN = 300
SCRIPT_PHRASES: Mapping[str, tuple[str, ...]] = {
    "bot": (),
    "new_message": ("name", "summary"),
    "elsewhere": ("summary",),
    "unread": ("count",),
    "found": ("count",),
    "no_connection": (),
    "connected": (),
    "travelling": (),
    "travelled": ("time",),
    "remove": ("name",),
    "menu_empty": (),
    "menu_chosen": ("names",),
    "and": (),
    "close": (),
    "home": (),
    "write_to": ("place",),
    "write_to_bot": (),
    "hint_example": (),
    "hint_thanks": (),
    "hint_no_card": (),
}


class Pages:
    """Draws the pages from templates."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._templates = Environment(
            loader=FileSystemLoader(HERE / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    def picker(self, reader: Reader, query: str) -> str:
        """Who do you want to be?"""
        units = reader.roster.units(reader.lang, query)
        shown, left = _first(units, MOST_SHOWN)
        return self._draw("picker.html", reader, units=shown, left=left, query=query)

    def chat(self, reader: Reader, member: Member, clock: Mapping[str, Any]) -> str:
        """The chat of one person, with the time it is."""
        others = [m for m in reader.roster.directory.members if m.handle_id != member.handle_id]
        shown = {"me": member, "others": others[:MOST_SHOWN], "direct": direct(reader.account), "clock": clock}
        return self._draw("chat.html", reader, **shown)

    def fault(self, reader: Reader, why: str) -> str:
        """A page that says what is wrong, with a way on."""
        return self._draw("fault.html", reader, why=reader.t(f"fault.{why}"))

    def _draw(self, template: str, reader: Reader, **values: Any) -> str:
        return self._templates.get_template(template).render(
            t=reader.t,
            lang=reader.lang,
            html_lang=tongue(reader.lang),
            languages=LANGUAGES,
            organisation=self._house.settings.organisation.title(reader.lang),
            roster=reader.roster,
            name=lambda m: people.name(m, reader.lang),
            other_name=lambda m: view.other_name(m, reader.lang),
            title=lambda m: people.title(m, reader.lang),
            unit=lambda m: people.unit(m, reader.lang),
            roles=lambda m: view.roles(m, reader),
            words=people.words,
            avatar=lambda m: view.avatar(m.handle_id, people.name(m, reader.lang)),
            mark=view.MARK,
            **values,
        )

    def state(self, reader: Reader, clock: Mapping[str, Any], cursor: str, newest: Mapping[str, int]) -> dict[str, Any]:
        """Everything the chat's script begins with."""
        members, lang = reader.roster.directory.members, reader.lang
        manager = next((m.handle_id for m in members if "manager" in m.roles), "")
        phrases = self._house.phrases
        return {
            "me": reader.account,
            "cursor": cursor,
            "clock": clock,
            "places": [{**p, "newest": newest.get(p["id"], 0)} for p in _places(reader)],
            "people": [view.person(m, lang) for m in members],
            "completions": list(_completions(phrases, lang)),
            "manager": manager,
            "phrases": {key: reader.t(key, **_kept(names)) for key, names in SCRIPT_PHRASES.items()},
        }


def _first(units: list[tuple[str, list[Member]]], most: int) -> tuple[list[tuple[str, list[Member]]], int]:
    """As many members as fit, in their units, and how many are left out."""
    shown: list[tuple[str, list[Member]]] = []
    room = most
    for title, members in units:
        if room > 0:
            shown.append((title, members[:room]))
        room -= len(members)
    return shown, max(0, -room)


def _places(reader: Reader) -> list[dict[str, str]]:
    """Where a person can be: the channels, and the chat with the bot."""
    channels = [{"id": c.id, "title": c.title} for c in reader.roster.directory.channels]
    return [*channels, {"id": direct(reader.account), "title": reader.t("bot")}]


def _completions(phrases: Phrases, lang: str) -> Iterator[dict[str, str]]:
    """The commands: what is typed, what it does, and how much of it the list puts into the text."""
    own_words = {phrases(lang, "commands.note_usage"): "/kizuki ", phrases(lang, "commands.kudos_usage"): "/kudos @"}
    filler = phrases(lang, "commands.some_text")
    for typed, does in completions_in(phrases, lang):
        insert = own_words.get(typed) or typed.removesuffix(filler).rstrip("0123456789 ") + " "
        yield {"typed": typed, "does": does, "insert": insert}


def _kept(names: tuple[str, ...]) -> dict[str, str]:
    """Placeholders filled in with themselves: the script fills them in."""
    return {name: f"{{{name}}}" for name in names}
