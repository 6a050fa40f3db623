"""What a page is made of, and what the functions that make pages are given."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, NamedTuple

from adapters.web.charts import Frame
from adapters.web.wants import Wants
from bot.kept import AtHand
from bot.phrases import Speak, day
from bot.sign_ins import PAGES
from bot.turn import Turn
from storage.sign_ins import SessionRow

Crumb = tuple[str, str]


class Handed(NamedTuple):
    """A file in place of a page: how it is made, beside the requests, and what is written down then."""

    name: str
    media: str
    write: Callable[[Turn], bytes]
    note: Callable[[Turn], None]


@dataclass(frozen=True, slots=True)
class Page:
    """A template with its values; `here` is the part of the navigation it belongs to, `crumbs` lead back to it.

    `figures_at` is when its figures were worked out, where they are kept.
    """

    template: str
    title: str
    here: str = ""
    crumbs: tuple[Crumb, ...] = ()
    values: dict[str, Any] = field(default_factory=dict)
    status: int = 200
    figures_at: datetime | None = None
    handed: Handed | None = None


@dataclass(frozen=True, slots=True)
class Ask:
    """One request of somebody who is signed in, inside its reading transaction."""

    turn: Turn
    wants: Wants
    session: SessionRow
    kept: AtHand

    @property
    def lang(self) -> str:
        """The reader's language."""
        return self.turn.lang

    def t(self, key: str, **values: object) -> str:
        """A phrase of the pages."""
        return self.turn.t(f"dashboard.{key}", **values)

    @property
    def speak(self) -> Speak:
        """Every phrase in the reader's language."""
        return self.turn.t

    def frame(self, title: str, ident: str, unit: str = "") -> Frame:
        """What a chart begins with."""
        return Frame(title, ident, self.turn.t, self.lang, unit)

    def day(self, value: date) -> str:
        """A day, with its year where that is not this one."""
        return dated(self.lang, self.turn.today, value)


def dated(lang: str, today: date, value: date) -> str:
    """A day, with its year where that is not this one."""
    told = day(lang, value)
    if value.year == today.year:
        return told
    return f"{told}, {value.year}" if lang == "en" else f"{value.year}年{told}"


def at(path: str = "") -> str:
    """The address of a page."""
    return f"{PAGES}/{path}"
