"""Draws pages from templates: the frame around every page, for whoever is signed in and whoever is not."""

from collections.abc import Mapping
from datetime import date, timedelta
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from adapters.web import blocks
from adapters.web.page import Page, at, dated
from bot import adoption_card
from bot.organisation import LANGUAGES
from bot.people import may, reading
from bot.phrases import moment
from bot.turn import House, Turn
from storage.sign_ins import SessionRow

HERE = Path(__file__).parent
OWN_NAMES = {"ja": "日本語", "en": "English", "ja-easy": "やさしい日本語"}
# Of figures that are older than this, it is said when they were worked out.
OLD = timedelta(minutes=1)
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
    "delivery",
    "suggestions",
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
        values = {
            **page.values,
            "me": turn.me.name(turn.lang),
            "form": session.form,
            "parts": _parts(turn),
            "figures_from": page.figures_at if page.figures_at and turn.now - page.figures_at >= OLD else None,
        }
        return self._draw(turn.house, turn.lang, turn.today, theme, page, values)

    def outside(self, house: House, lang: str, page: Page, theme: str) -> str:
        """A page of nobody in particular."""
        nobody = {"me": "", "form": "", "parts": (), "figures_from": None}
        return self._draw(house, lang, date.min, theme, page, {**page.values, **nobody})

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
        case "units":
            return bool(reading(turn, "digest.read"))
        case "adoption":
            return adoption_card.is_there(turn)
        case "recognition":
            return bool(reading(turn, "recognition.read"))
        case "announcements":
            return may(turn, "announce.write")
        case "delivery" | "suggestions":
            return may(turn, "reach.read")
        case "reach":
            return bool(reading(turn, "reach.read"))
        case _:
            return may(turn, "page.read")


MARK = Markup(
    '<svg class="mark" viewBox="0 0 40 40" aria-hidden="true" focusable="false">'
    '<rect class="mark-ground" width="40" height="40" rx="12"/>'
    '<path class="mark-bubble" d="M9 12.5A4.5 4.5 0 0 1 13.5 8h13A4.5 4.5 0 0 1 31 12.500v9a4.5 4.5 0 0 1'
    '-4.5 4.500H19l-6.2 5.300c-.5.4-1.2 0-1.2-.6V25.600A4.5 4.5 0 0 1 9 21.500z"/>'
    '<path class="mark-spark" d="M20 10.800l1.7 4.5 4.5 1.7-4.5 1.700L20 23.200l-1.7-4.5-4.5-1.7 4.5-1.700z"/></svg>'
)
