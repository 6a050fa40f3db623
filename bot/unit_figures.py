"""Numbers we try to change: a unit names a figure, somebody reports it every month, and all of it see the curve."""

import json
import re
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from functools import partial
from typing import NamedTuple

from bot import phrases
from bot.events import number_in
from bot.people import Thing, may
from bot.turn import Refusal, Turn
from storage import absences, people, roles, units
from storage import unit_figures as stored
from storage.people import PersonRow
from storage.unit_figures import SCALE, FigureRow, ReportRow

LESS, MORE = "less", "more"
BETTER = (LESS, MORE)
# How many months back a month can still be reported, and how many a curve shows.
BACK = 12
MOST = 10**9
_VALUE = re.compile(r"\d{1,10}(\.\d{1,3})?")


class Words(NamedTuple):
    """What a figure is called, and what it is measured in, in one language."""

    name: str
    measure: str


def words(figure: FigureRow, lang: str) -> Words:
    """A figure's words for whoever reads a language; what was not written is as in Japanese."""
    found: Mapping[str, list[str]] = json.loads(figure.words)
    here, usual = found.get(lang, ["", ""]), found["ja"]
    return Words(here[0] or usual[0], here[1] or usual[1])


def packed(said: Mapping[str, Words]) -> str:
    """Words as the database keeps them."""
    return json.dumps({lang: list(one) for lang, one in said.items()}, ensure_ascii=False)


def unit_name(figure: FigureRow, lang: str) -> str:
    """The name of a figure's unit in a language."""
    return figure.unit_en if lang == "en" and figure.unit_en else figure.unit_ja


def parsed(text: str) -> int | None:
    """A value as it was typed, in thousandths: however wide, with commas; None for what is no such number."""
    plain = unicodedata.normalize("NFKC", text).strip().replace(",", "").replace("、", "")
    if not plain.isascii() or not _VALUE.fullmatch(plain):
        return None
    whole, _, part = plain.partition(".")
    value = int(whole) * SCALE + int(part.ljust(3, "0") or 0)
    return value if value <= MOST * SCALE else None


def number(value: int) -> int | float:
    """A stored value as a number."""
    return value // SCALE if value % SCALE == 0 else value / SCALE


def shown(figure: FigureRow, value: int, lang: str) -> str:
    """A value with its measure, as a language writes it."""
    measure, plain = words(figure, lang).measure, phrases.shown(lang, number(value))
    return f"{plain} {measure}" if lang == "en" else f"{plain}{measure}"


def first_of(day: date) -> date:
    """The first day of a day's month."""
    return day.replace(day=1)


def before(month: date, count: int = 1) -> date:
    """The month so many before another."""
    for _ in range(count):
        month = first_of(month - timedelta(days=1))
    return month


def month_name(month: str | date, lang: str) -> str:
    """A month as a language writes it."""
    return phrases.month(lang, date.fromisoformat(month) if isinstance(month, str) else month)


def reportable(turn: Turn, values: Iterable[ReportRow]) -> list[str]:
    """The months that can be reported today, newest first: those that are over and missing, and what was said last.

    A value is corrected until another month is reported; that of the newest month until a later one is.
    """
    by_month, by_moment = sorted(values, key=lambda one: one.month), sorted(values, key=lambda one: one.id)
    known = {one.month for one in by_month}
    open_still = {one.month for one in (*by_month[-1:], *by_moment[-1:])}
    last = before(first_of(turn.today))
    months = [before(last, n).isoformat() for n in range(BACK)]
    return [month for month in months if month not in known or month in open_still]


def find(turn: Turn, value: str) -> FigureRow:
    """The figure of a button, if the person may see it."""
    ident = number_in(value)
    found = stored.get(turn.tx, ident) if ident is not None else None
    if found is None or not may_see(turn, found):
        raise Refusal("figures.unknown")
    return found


def held(turn: Turn, value: str) -> FigureRow:
    """The same as it stays until the transaction ends, while it is still reported."""
    found = stored.hold(turn.tx, find(turn, value).id)
    if found is None or has_ended(turn, found):
        raise Refusal("figures.ended")
    return found


def has_ended(turn: Turn, figure: FigureRow) -> bool:
    """Whether a figure is reported no more."""
    return figure.ends_on is not None and figure.ends_on <= turn.day


def _thing(figure: FigureRow) -> Thing:
    return Thing(unit_id=figure.unit_id, owner_id=figure.reporter_id)


def may_see(turn: Turn, figure: FigureRow) -> bool:
    """Whether the person may see a figure and its curve."""
    return may(turn, "figure.see", _thing(figure))


def may_report(turn: Turn, figure: FigureRow) -> bool:
    """Whether the person may report a figure."""
    return may(turn, "figure.report", _thing(figure))


def may_name(turn: Turn, unit_id: int) -> bool:
    """Whether the person may say which figures a unit tries to change."""
    return may(turn, "figure.name", Thing(unit_id=unit_id))


def seen(turn: Turn) -> list[FigureRow]:
    """The figures the person may see that are reported today: first those they may report."""
    found = [one for one in stored.running(turn.tx, today=turn.day) if may_see(turn, one)]
    return sorted(found, key=lambda one: not may_report(turn, one))


def reporter(turn: Turn, figure: FigureRow, *, away: set[int]) -> PersonRow | None:
    """Who is to be asked for a figure today: whom the unit named, else its nearest manager or deputy who is here."""
    named = [figure.reporter_id] if figure.reporter_id is not None else []
    asked = [*named, *roles.managers_of(turn.tx, figure.unit_id, today=turn.day)]
    look_up = partial(people.get, turn.tx, today=turn.day)
    return next((found for one in asked if one not in away and (found := turn.present(look_up(one)))), None)


def away(turn: Turn) -> set[int]:
    """Who is away today."""
    return set(absences.away(turn.tx, today=turn.day))


def unit_alive(turn: Turn, unit_id: int) -> bool:
    """Whether there is such a unit today."""
    unit = units.get(turn.tx, unit_id)
    return unit is not None and unit.starts_on <= turn.day < (unit.ends_on or units.EVER)
