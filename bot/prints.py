"""What is printed of the principles: cards, posters, wallpapers and certificates, as plain data for their templates."""

import calendar
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import Any

import budoux
from babel.dates import format_date, get_day_names

from bot import phrases
from bot.packs import Pack, Principle
from bot.turn import House

Data = dict[str, Any]
# By name: width and height in pixels.
SCREENS = {"full-hd": (1920, 1080), "wqhd": (2560, 1440), "4k": (3840, 2160), "phone": (1170, 2532)}
# Wallpapers take their turns from this month on, the first of a fiscal year.
FIRST_TURN = date(2022, 4, 1)
# More would be read by nobody; what is longer is cut.
LONGEST_NAME, LONGEST_UNIT, LONGEST_CITATION, MOST_NAMES = 80, 120, 1_200, 40


@dataclass(frozen=True, slots=True)
class Honoured:
    """Somebody a certificate is for, and the unit they were honoured in."""

    name: str
    unit: str


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate: for whom, for which principle, in which words, over which days, and of which day it is."""

    people: tuple[Honoured, ...]
    number: int
    citation: str
    first: date
    last: date
    day: date


def card(house: House, lang: str, number: int | None, *, sheet: bool = True) -> Data:
    """A pocket card of all principles or of one; `sheet` has four of them on an A4 sheet."""
    t = house.phrases.bound(lang)
    extra = {"sheet": sheet, "promise": phrased(t("print.promise"), lang), "promised": t("print.promised")}
    return {**_principles(house, lang, number), **extra}


def poster(house: House, lang: str, number: int | None) -> Data:
    """An A3 poster of all principles or of one."""
    return _principles(house, lang, number)


def wallpaper(house: House, lang: str, month: date, screen: str, number: int | None = None) -> Data:
    """A wallpaper for a screen: the principle whose turn it is in a month, or one that was asked for."""
    width, height = SCREENS[screen]
    chosen = number or turn_of(house.pack, month)
    drawn = _principles(house, lang, chosen)
    return {**drawn, "width": width, "height": height, "month": _month(house, lang, month)}


def certificate(house: House, asked: Certificate, lang: str) -> Data:
    """One certificate."""
    return certificates(house, (asked,), lang)


def certificates(house: House, asked: Iterable[Certificate], lang: str) -> Data:
    """Certificates, one a page; names and words are cut where they are endless."""
    heading = house.phrases.bound(lang)("print.certificate")
    return {
        **_common(house, lang),
        "heading": heading,
        "certificates": [_certificate(house, one, lang) for one in asked],
    }


def _certificate(house: House, asked: Certificate, lang: str) -> Data:
    t = house.phrases.bound(lang)
    people = [
        {"name": t("print.honoured", name=one.name[:LONGEST_NAME]), "unit": one.unit[:LONGEST_UNIT]}
        for one in asked.people[:MOST_NAMES]
    ]
    return {
        "people": people,
        "principle": _titled(house.pack.by_number[asked.number], lang),
        "citation": asked.citation.strip()[:LONGEST_CITATION],
        "closing": t("print.closing"),
        "period": t("print.period", first=whole_day(asked.first, lang), last=whole_day(asked.last, lang)),
        "day": whole_day(asked.day, lang),
    }


def turn_of(pack: Pack, month: date) -> int:
    """The principle whose turn it is in a month: one after another, and then the first again."""
    months = (month.year - FIRST_TURN.year) * 12 + month.month - FIRST_TURN.month
    return pack.numbers[months % len(pack.numbers)]


def phrased(text: str, lang: str) -> str | list[str]:
    """A Japanese text in phrases between which a line may break; English as it is."""
    return text if lang == "en" else _parser().parse(text)


def whole_day(day: date, lang: str) -> str:
    """A day with its year."""
    return format_date(day, "d MMMM y" if lang == "en" else "y年M月d日", locale="en" if lang == "en" else "ja")


@cache
def _parser() -> budoux.Parser:
    return budoux.load_default_japanese_parser()


def _common(house: House, lang: str) -> Data:
    return {
        "organisation": house.settings.organisation.title(lang),
        "name": house.pack.name[lang],
        "tongue": "en" if lang == "en" else "ja",
        "accent": house.settings.prints.accent,
    }


def _principles(house: House, lang: str, number: int | None) -> Data:
    t, pack = house.phrases.bound(lang), house.pack
    chosen = [p for p in pack.principles if number is None or p.number == number]
    heading = pack.name[lang] if number is None else pack.title(number, lang)
    return {
        **_common(house, lang),
        "heading": heading,
        "title": phrased(pack.name[lang], lang),
        "whole": number is None,
        "step": t("print.step"),
        "footer": t("print.footer"),
        "edition": pack.edition,
        "principles": [{**_titled(p, lang), "step": _first_step(p, lang)} for p in chosen],
    }


def _titled(principle: Principle, lang: str) -> Data:
    return {
        "number": principle.number,
        "title": phrased(principle.title[lang], lang),
        "promise": phrased(principle.promise[lang], lang),
    }


def _first_step(principle: Principle, lang: str) -> str:
    steps = principle.facets.get("first_step", ())
    return steps[0][lang] if steps else ""


def _month(house: House, lang: str, month: date) -> Data:
    """The weeks of a month; nothing where a day of another month would stand. Days off are marked."""
    first = calendar.SUNDAY if house.settings.organisation.country == "JP" else calendar.MONDAY
    weeks = calendar.Calendar(first).monthdatescalendar(month.year, month.month)
    names = get_day_names("narrow", locale="en" if lang == "en" else "ja")
    return {
        "name": phrases.month(lang, month),
        "weekdays": [names[(first + at) % 7] for at in range(7)],
        "days": [_day(house, day) if day.month == month.month else None for week in weeks for day in week],
    }


def _day(house: House, day: date) -> Data:
    return {"day": day.day, "off": not house.calendar.is_working(day)}


def months_from(month: date, count: int) -> list[date]:
    """So many months, from one on."""
    found = [month.replace(day=1)]
    while len(found) < count:
        found.append((found[-1] + timedelta(days=31)).replace(day=1))
    return found
