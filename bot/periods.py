"""Periods by words: this month, the quarter, 年度, 2026年10月, a span of days; with a unit, in any order."""

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import NamedTuple

from bot.phrases import Speak
from bot.reports import Period, between
from bot.turn import Refusal, Turn
from storage import units
from storage.search import fold
from storage.units import UnitRow

OLDEST = date(2000, 1, 1)
# Four digits up to here are a year, even where a unit has them for its code; no period reaches it.
LAST = 2100
FISCAL = 4
QUARTER, YEAR = 3, 12
CODES_SHOWN = 8
# So many words may name a unit.
LONGEST = 60

_DAY = r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?"
_TO = r"(?:\.\.|〜|~|～|–|から|to)"
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH_NAME = rf"({'|'.join(_MONTHS)})[a-z]*"


class Asked(NamedTuple):
    """A period up to today, and the unit it is asked for; None is everybody."""

    period: Period
    unit: UnitRow | None


Days = tuple[date, date]


def asked(turn: Turn, text: str, *, usual: str = "month") -> Asked:
    """What a text asks for: a period, a unit, both or nothing; refused kindly where that cannot be."""
    plain = " ".join(fold(text).split())[: 3 * LONGEST]
    code = _code(turn, plain)
    days, rest = _taken(" ".join(word for word in plain.split() if word != code), turn.today)
    first, end = days or _WORDS[usual](turn.today)
    return Asked(checked(turn, first, end), _unit(turn, code or rest.strip(), any_period=days is not None))


def _code(turn: Turn, plain: str) -> str:
    """A word that would be a year if it were not the code of a unit."""
    digits = (w for w in plain.split() if w.isdigit() and len(w) == 4 and not OLDEST.year <= int(w) < LAST)
    return next((word for word in digits if units.by_code(turn.tx, word)), "")


def checked(turn: Turn, first: date, end: date) -> Period:
    """The days as a period that ends with today at the latest; refused where it cannot be one."""
    if end <= first:
        raise Refusal("periods.reversed", first=first, last=end - timedelta(days=1))
    if first < OLDEST:
        raise Refusal("periods.too_early", year=str(OLDEST.year))
    if first > turn.today:
        raise Refusal("periods.future", first=first)
    return between(turn.settings, first, min(end, turn.today + timedelta(days=1)))


def through(last: date) -> date:
    """The day after the last one of a period; refused where no period goes so far."""
    if last.year >= LAST:
        raise Refusal("periods.too_late", year=str(LAST - 1))
    return last + timedelta(days=1)


def begun(word: str, today: date) -> date:
    """The first day of the month, quarter or fiscal year ("year") that is under way."""
    return _WORDS[word](today)[0]


def before(period: Period) -> Days:
    """The period a report is compared with: as long, and the month, quarter or year before where it is one."""
    months, length = _months(period), period.end - period.first
    if not months:
        return period.first - length, period.first
    first = _shifted(period.first, -months)
    whole = _shifted(period.first, months) == period.end
    return first, period.first if whole else min(first + length, period.first)


def label(t: Speak, period: Period, today: date) -> str:
    """What a period is called: 2026年10月, 2026年度 第3四半期, 2026年度, or its days.

    One that is under way says until which day: 2026年11月（11月24日まで）. A part of a past one is its days.
    """
    months, last = _months(period), period.end - timedelta(days=1)
    if whole(period):
        return _named(t, period.first, months)
    if months and last == today:
        return t("periods.until", name=_named(t, period.first, months), last=last)
    return _days_of(t, period.first, last)


def _named(t: Speak, first: date, months: int) -> str:
    if months == YEAR:
        return t("periods.year", year=str(first.year))
    if months == QUARTER:
        return t("periods.quarter", year=str(_fiscal(first).year), n=_quarter_of(first), month=str(first.month))
    return t("periods.month", year=str(first.year), month=t(f"periods.months.m{first.month}"))


def _days_of(t: Speak, first: date, last: date) -> str:
    if first == last:
        return t("periods.one_day", year=str(first.year), day=first)
    if first.year == last.year:
        return t("periods.days", year=str(first.year), first=first, last=last)
    return t("periods.years", year=str(first.year), first=first, other=str(last.year), last=last)


def whole(period: Period) -> bool:
    """Whether a period is all of a month, a quarter or a fiscal year."""
    months = _months(period)
    return months > 0 and _begins(period.first, months) and period.end == _shifted(period.first, months)


def over(period: Period, today: date) -> bool:
    """Whether all of a period is past."""
    return period.end <= today


def _months(period: Period) -> int:
    """Of how many months a period is, whole or running: 1, a quarter's 3, a fiscal year's 12; else 0."""
    if period.first.day != 1:
        return 0
    for months in (1, QUARTER, YEAR):
        end = _shifted(period.first, months)
        if period.end == end:
            return months
    # A running one ends somewhere inside; the shortest that holds it.
    starts = (months for months in (1, QUARTER, YEAR) if _begins(period.first, months))
    return next((months for months in starts if period.end < _shifted(period.first, months)), 0)


def _begins(first: date, months: int) -> bool:
    """Whether a month, a quarter or a fiscal year begins on a day."""
    return first == {1: first.replace(day=1), QUARTER: _quarter(first), YEAR: _fiscal(first)}[months]


def _shifted(day: date, months: int) -> date:
    count = day.year * 12 + day.month - 1 + months
    return date(count // 12, count % 12 + 1, 1)


def _fiscal(day: date) -> date:
    return date(day.year if day.month >= FISCAL else day.year - 1, FISCAL, 1)


def _quarter_of(day: date) -> int:
    """1 for April to June, 4 for January to March."""
    return (day.month - FISCAL) % 12 // QUARTER + 1


def _quarter(day: date) -> date:
    return _shifted(_fiscal(day), (_quarter_of(day) - 1) * QUARTER)


def _long(first: date, months: int) -> Days:
    return first, _shifted(first, months)


_WORDS: dict[str, Callable[[date], Days]] = {
    "month": lambda day: _long(day.replace(day=1), 1),
    "last_month": lambda day: _long(_shifted(day, -1), 1),
    "quarter": lambda day: _long(_quarter(day), QUARTER),
    "last_quarter": lambda day: _long(_shifted(_quarter(day), -QUARTER), QUARTER),
    "year": lambda day: _long(_fiscal(day), YEAR),
    "last_year": lambda day: _long(_shifted(_fiscal(day), -YEAR), YEAR),
}
# The longest first: 前年度 is not 年度.
_SPOKEN = (
    (r"先月|前月|last month|先の月", "last_month"),
    (r"今月|this month|この月", "month"),
    (r"前四半期|先の四半期|前の四半期|last quarter", "last_quarter"),
    (r"今四半期|この四半期|this quarter", "quarter"),
    (r"昨年度|前年度|去年度|last fiscal year|last year", "last_year"),
    (r"今年度|本年度|this fiscal year|this year", "year"),
)
_BARE = ((r"四半期|quarter", "quarter"), (r"年度|fiscal year|year", "year"), (r"月次|月|month", "month"))


def _day(parts: tuple[str, ...]) -> date:
    try:
        return date(*map(int, parts))
    except ValueError:
        raise Refusal("periods.no_day", text="-".join(parts)) from None


def _month(year: str | int, month: str | int) -> Days:
    if not 1 <= int(month) <= 12:
        raise Refusal("periods.no_day", text=f"{year}-{month}")
    return _long(_year(year).replace(month=int(month)), 1)


def _year(year: str | int) -> date:
    if int(year) >= LAST:
        raise Refusal("periods.too_late", year=str(LAST - 1))
    if int(year) < 1:
        raise Refusal("periods.no_day", text=str(year))
    return date(int(year), FISCAL, 1)


def _quarter_in(year: str | int, number: str | int) -> Days:
    if not 1 <= int(number) <= 4:
        raise Refusal("periods.no_quarter", n=int(number))
    return _long(_shifted(_year(year), (int(number) - 1) * QUARTER), QUARTER)


def _span(found: re.Match[str], _: date) -> Days:
    parts = found.groups()
    return _day(parts[:3]), through(_day(parts[3:]))


def _named_month(found: re.Match[str], today: date) -> Days:
    """A month without its year is the newest there was."""
    month = _MONTHS.index(found[1]) + 1 if found[1].isalpha() else int(found[1])
    return _month(today.year if month <= today.month else today.year - 1, month)


_SHAPES: tuple[tuple[str, Callable[[re.Match[str], date], Days]], ...] = (
    (rf"{_DAY}\s*{_TO}\s*{_DAY}", _span),
    (r"(\d{4})\s*年度?\s*第?([1-9])\s*四半期", lambda m, _: _quarter_in(m[1], m[2])),
    (r"(?:fy\s?)?(\d{4})[-\s]?q([1-9])", lambda m, _: _quarter_in(m[1], m[2])),
    (r"第([1-9])\s*四半期|q([1-9])", lambda m, day: _quarter_in(_fiscal(day).year, m[1] or m[2])),
    (_DAY, lambda m, _: (_day(m.groups()), through(_day(m.groups())))),
    (r"(\d{4})[-/.年]\s?(\d{1,2})月?", lambda m, _: _month(m[1], m[2])),
    (rf"{_MONTH_NAME}\s(\d{{4}})", lambda m, _: _month(m[2], _MONTHS.index(m[1]) + 1)),
    (r"(?:fy\s?)?(\d{4})\s*(?:年度|年)?", lambda m, _: _long(_year(m[1]), YEAR)),
    (r"(\d{1,2})月", _named_month),
    (_MONTH_NAME, _named_month),
)


def _taken(plain: str, today: date) -> tuple[Days | None, str]:
    """The first period that a text names, and the rest of it. A period stands by itself, not within a word."""
    for pattern, name in _SPOKEN:
        if found := _alone(pattern, plain):
            return _WORDS[name](today), _without(plain, found)
    for pattern, make in _SHAPES:
        if found := _alone(pattern, plain):
            return make(found, today), _without(plain, found)
    for pattern, name in _BARE:
        if found := _alone(pattern, plain):
            return _WORDS[name](today), _without(plain, found)
    return None, plain


def _alone(pattern: str, plain: str) -> re.Match[str] | None:
    return re.search(rf"(?<!\S)(?:{pattern})(?!\S)", plain)


def _without(plain: str, found: re.Match[str]) -> str:
    return f"{plain[: found.start()]} {plain[found.end() :]}"


def _unit(turn: Turn, typed: str, *, any_period: bool) -> UnitRow | None:
    """The unit with this code or exactly this name; one that is, before one that was."""
    wanted = " ".join(typed.split())
    if not wanted:
        return None
    every = [u for u in units.everything(turn.tx) if u.starts_on <= turn.day]
    coded = [u for u in every if fold(u.code) == wanted]
    named = coded or [u for u in every if wanted in (fold(u.name_ja), fold(u.name_en))]
    found = [u for u in named if u.ends_on is None or u.ends_on > turn.day] or named
    if not found:
        raise Refusal("periods.no_unit" if any_period else "periods.neither", name=wanted[:LONGEST])
    if len(found) > 1:
        codes = turn.t("notes.word_separator").join(u.code for u in found[:CODES_SHOWN])
        raise Refusal("periods.several", name=wanted[:LONGEST], codes=codes)
    return found[0]
