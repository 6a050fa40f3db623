"""What several pages have: the days they are about, key figures, lists that are leafed through."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from urllib.parse import urlencode

from adapters.web.page import Ask
from bot import spans
from bot.reports import Period


@dataclass(frozen=True, slots=True)
class Tile:
    """A key figure, with what it is compared with."""

    label: str
    value: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Leaves:
    """The way through the pages of a list."""

    page: int
    pages: int
    before: str
    after: str


def period(ask: Ask, *, usual: str = spans.USUAL) -> Period:
    """The days a page is about."""
    return spans.asked(ask.turn, _span(ask, usual), ask.wants.text("from"), ask.wants.text("to"))


def _span(ask: Ask, usual: str) -> str:
    """Which span of days was asked for: one day that is given means days of one's own."""
    days = ask.wants.text("from") or ask.wants.text("to")
    return ask.wants.text("span") or ("days" if days else usual)


def choice(
    ask: Ask, chosen: Period, hidden: Mapping[str, str] | None = None, *, usual: str = spans.USUAL
) -> dict[str, object]:
    """What the form for the days of a page is filled with; `hidden` goes along."""
    span, last = _span(ask, usual), chosen.end - timedelta(days=1)
    options = [(name, ask.t(f"span.{name}"), name == span) for name in spans.SPANS]
    told = ask.t("days", first=ask.day(chosen.first), last=ask.day(last))
    return {"options": options, "first": chosen.first, "last": last, "told": told, "hidden": dict(hidden or {})}


def query(ask: Ask, *names: str, **changed: str) -> str:
    """The address of this page with other values, keeping those named."""
    kept = {name: ask.wants.text(name) for name in names}
    return "?" + urlencode({name: value for name, value in {**kept, **changed}.items() if value})


def days(ask: Ask) -> str:
    """The days of this page as a query, for links to pages about the same days; "" for the usual ones."""
    found = query(ask, "span", "from", "to")
    return "" if found == "?" else found


def leaves(ask: Ask, page: int, pages: int, *names: str) -> Leaves:
    """The way to the pages before and after."""
    before = query(ask, *names, page=str(page - 1)) if page > 1 else ""
    after = query(ask, *names, page=str(page + 1)) if page < pages else ""
    return Leaves(page, pages, before, after)


def changed(ask: Ask, now: int, before: int) -> str:
    """How a count moved against as many days before."""
    difference = now - before
    key = "more" if difference > 0 else "fewer" if difference < 0 else "same"
    return ask.t(key, n=abs(difference))


def tile(ask: Ask, name: str, value: int, note: str = "") -> Tile:
    """A count as a key figure."""
    return Tile(ask.t(f"tile.{name}"), ask.t("count", n=value), note)


def percent(ask: Ask, part: int, whole: int) -> str:
    """A share, or a dash where there is no whole."""
    return ask.t("percent", n=round(100 * part / whole)) if whole else "–"


def week(first: date) -> str:
    """A week in a chart: the day it begins on."""
    return f"{first.month}/{first.day}"
