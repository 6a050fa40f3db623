"""The calendar: business days, national holidays, the organisation's own closed days, quiet hours. Pure functions."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Literal

import holidays

from bot.organisation import Organisation

Days = Literal["all", "working", "first-working-day-of-week", "first-working-day-of-month"]


WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
BEGINNING = date(2022, 3, 31)


class Calendar:
    """An organisation's working days."""

    def __init__(self, organisation: Organisation) -> None:
        self._week = frozenset(WEEK.index(d) for d in organisation.week)
        self._holidays = holidays.country_holidays(organisation.country)
        self._closed = frozenset(d for span in organisation.closed for d in _span(span))
        self.is_working = lru_cache(maxsize=20_000)(self._is_working)
        self.after = lru_cache(maxsize=2_000)(self._after)
        self._by_year = lru_cache(maxsize=100)(self._in_year)

    def _is_working(self, day: date) -> bool:
        return day.weekday() in self._week and (day.month, day.day) not in self._closed and day not in self._holidays

    def _after(self, day: date, working_days: int) -> date:
        """The day that many working days later."""
        while working_days > 0:
            day += timedelta(days=1)
            working_days -= self.is_working(day)
        return day

    def next_working(self, day: date) -> date:
        """The day itself, or the first working day after it."""
        while not self.is_working(day):
            day += timedelta(days=1)
        return day

    def working_days_before(self, day: date) -> int:
        """How many working days lie between a fixed beginning and a day; the same for everyone, at every start."""
        years = sum(self._by_year(year) for year in range(BEGINNING.year, day.year))
        return years + sum(map(self.is_working, _days(date(day.year, 1, 1), day)))

    def _in_year(self, year: int) -> int:
        return sum(map(self.is_working, _days(date(year, 1, 1), date(year + 1, 1, 1))))

    def falls_on(self, days: Days, day: date) -> bool:
        """Whether a schedule runs on a day."""
        match days:
            case "all":
                return True
            case "working":
                return self.is_working(day)
            case "first-working-day-of-week":
                return day == self.next_working(day - timedelta(days=day.weekday()))
            case "first-working-day-of-month":
                return day == self.next_working(day.replace(day=1))


def _span(text: str) -> Iterator[tuple[int, int]]:
    """The (month, day) pairs of 12-29 or 12-29..01-03."""
    first, _, last = text.partition("..")
    # 2023-2024: a range may go over New Year and may hold 29 February.
    day, end = _at(2023, first), _at(2023, last or first)
    if end < day:
        end = _at(2024, last)
    for each in _days(day, end + timedelta(days=1)):
        yield each.month, each.day


def _at(year: int, text: str) -> date:
    return date.fromisoformat(f"{2024 if text == '02-29' else year}-{text}")


def _days(first: date, end: date) -> Iterator[date]:
    while first < end:
        yield first
        first += timedelta(days=1)


def after_quiet(moment: datetime, start: str, end: str) -> datetime:
    """The moment itself, or the end of the quiet hours it falls in; `start` and `end` are times such as 20:00."""
    if not start or start == end:
        return moment
    begins, ends = time.fromisoformat(start), time.fromisoformat(end)
    now = moment.time()
    inside = begins <= now < ends if begins < ends else now >= begins or now < ends
    if not inside:
        return moment
    until = datetime.combine(moment.date(), ends, moment.tzinfo)
    return until if until > moment else until + timedelta(days=1)


def millis(moment: datetime) -> int:
    """A moment as the database keeps it."""
    return round(moment.timestamp() * 1000)


def moment(millis: int, zone: object = UTC) -> datetime:
    """A moment as the database keeps it, in a time zone."""
    return datetime.fromtimestamp(millis / 1000, zone)  # type: ignore[arg-type]


def week_before(day: date) -> tuple[date, date]:
    """The Monday-to-Sunday week before the one a day is in, as first day and first day after."""
    monday = day - timedelta(days=day.weekday())
    return monday - timedelta(days=7), monday


def month_before(day: date) -> tuple[date, date]:
    """The month before the one a day is in, as first day and first day after."""
    first = day.replace(day=1)
    return (first - timedelta(days=1)).replace(day=1), first


def period(text: str) -> tuple[date, date]:
    """The days of 2026-10 (month), 2026-W42 (week), 2026 (fiscal year from April), or 2026-10-01..2026-10-15.

    Raises ValueError when it is none of these, ends before it begins, or is later than there are days.
    """
    try:
        return _period(text)
    except OverflowError as error:
        raise ValueError(text) from error


def _period(text: str) -> tuple[date, date]:
    if ".." in text:
        first, last = map(date.fromisoformat, text.split(".."))
        if last < first:
            raise ValueError(text)
        return first, last + timedelta(days=1)
    if "W" in text:
        monday = date.fromisoformat(f"{text}-1")
        return monday, monday + timedelta(days=7)
    if len(text) == 4:
        return date(int(text), 4, 1), date(int(text) + 1, 4, 1)
    first = date.fromisoformat(f"{text}-01")
    return first, (first + timedelta(days=32)).replace(day=1)
