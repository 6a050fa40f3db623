"""Draws pages from templates: the frame around every page, for whoever is signed in and whoever is not."""

from collections.abc import Mapping
from datetime import date
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from adapters.web import blocks
from adapters.web.page import Page, at, dated
from bot import digest
from bot.organisation import LANGUAGES
from bot.people import Thing, may, reach
from bot.phrases import moment
from bot.turn import House, Turn
from storage.sign_ins import SessionRow

HERE = Path(__file__).parent
OWN_NAMES = {"ja": "日本語", "en": "English", "ja-easy": "やさしい日本語"}
# The name of a part, where it begins, and who may open it.
PARTS = (
    "overview",
    "principles",
    "units",
    "notes",
    "kudos",
    "pulse",
    "adoption",
    "figures",
    "awards",
    "recognition",
    "announcements",
    "reach",
    "settings",
)
PATHS = {"overview": "", "principles": "principles/", "units": "units/"}


class Shell:
    """The templates, and what all of them are given."""

    def __init__(self) -> None:
        self._templates = Environment(
            loader=FileSystemLoader(HERE / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        styles = b"".join(file.read_bytes() for file in sorted((HERE / "static").glob("*.css")))
        # In the files' addresses, so that browsers may keep them until they change.
        self.version = sha256(styles).hexdigest()[:10]

    def page(self, turn: Turn, session: SessionRow, page: Page, theme: str) -> str:
        """A page of somebody who is signed in."""
        values = {**page.values, "me": turn.me.name(turn.lang), "form": session.form, "parts": _parts(turn)}
        return self._draw(turn.house, turn.lang, turn.today, theme, page, values)

    def outside(self, house: House, lang: str, page: Page, theme: str) -> str:
        """A page of nobody in particular."""
        return self._draw(house, lang, date.min, theme, page, {**page.values, "me": "", "form": "", "parts": ()})

    def _draw(self, house: House, lang: str, today: date, theme: str, page: Page, values: Mapping[str, Any]) -> str:
        speak = house.phrases.bound(lang)
        return self._templates.get_template(page.template).render(
            page=page,
            t=partial(_under, speak, "dashboard"),
            say=speak,
            lang=lang,
            html_lang="en" if lang == "en" else "ja",
            languages=LANGUAGES,
            own_names=OWN_NAMES,
            theme=theme,
            version=self.version,
            organisation=house.settings.organisation.title(lang),
            pack=house.pack,
            at=at,
            day=partial(dated, lang, today),
            moment=partial(moment, lang),
            quote=blocks.quote,
            mark=MARK,
            **values,
        )


def _under(speak: Any, prefix: str, key: str, **values: object) -> str:
    text: str = speak(f"{prefix}.{key}", **values)
    return text


def _parts(turn: Turn) -> list[tuple[str, str]]:
    """The parts that this person may open: name and address."""
    return [(name, at(PATHS.get(name, name))) for name in PARTS if _may_open(turn, name)]


def _may_open(turn: Turn, part: str) -> bool:
    match part:
        case "units" | "adoption":
            return bool(reach(turn, *digest.READERS))
        case "recognition":
            return any(may(turn, "recognition.read", Thing(unit_id=role.unit_id)) for role in turn.roles)
        case "announcements":
            return may(turn, "announce.write")
        case "reach":
            return any(may(turn, "reach.read", Thing(unit_id=role.unit_id)) for role in turn.roles)
        case _:
            return may(turn, "page.read")


MARK = Markup(
    '<svg class="mark" viewBox="0 0 40 40" aria-hidden="true" focusable="false">'
    '<rect class="mark-ground" width="40" height="40" rx="12"/>'
    '<path class="mark-bubble" d="M9 12.5A4.5 4.5 0 0 1 13.5 8h13A4.5 4.5 0 0 1 31 12.500v9a4.5 4.5 0 0 1'
    '-4.5 4.500H19l-6.2 5.300c-.5.4-1.2 0-1.2-.6V25.600A4.5 4.5 0 0 1 9 21.500z"/>'
    '<path class="mark-spark" d="M20 10.800l1.7 4.5 4.5 1.7-4.5 1.700L20 23.200l-1.7-4.5-4.5-1.7 4.5-1.700z"/></svg>'
)
