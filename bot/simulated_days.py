"""The simulator's calendar: working days, how much is written on each, and moments within working hours."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import accumulate
from random import Random

from bot.demo_time import DAY, OPENS
from bot.schedule import Calendar, millis
from bot.turn import House

LENGTH = DAY * 60_000
BY_WEEKDAY = (0.95, 1.1, 1.1, 1.05, 0.8, 0.5, 0.5)
AWAY = 0.45
AUGUST = (10, 17)


@dataclass(frozen=True, slots=True)
class Days:
    """The working days of a period; `opens` is the moment each begins."""

    days: tuple[date, ...]
    opens: tuple[int, ...]

    def moment(self, day: int, rng: Random, *, after: int = 0) -> int:
        """A moment in a day's working hours, later than `after`."""
        start = max(self.opens[day], after)
        return start + 1 + int(rng.random() * max(0, self.opens[day] + LENGTH - start - 1))

    def moments(self, day: int, count: int, rng: Random) -> Iterator[int]:
        """So many moments of a day, in order and never the same."""
        last = 0
        for found in sorted(self.moment(day, rng) for _ in range(count)):
            last = max(found, last + 1)
            yield last

    def later(self, day: int, rng: Random, *, mean: float, soonest: int = 0) -> int | None:
        """A working day some days after another; None when that is past the period."""
        found = day + soonest + int(rng.expovariate(1 / mean))
        return found if found < len(self.days) else None


def working(house: House, first: date, until: date) -> Days:
    """The working days from `first` up to, not with, `until`."""
    every = (first + timedelta(days=i) for i in range((until - first).days))
    days = tuple(d for d in every if house.calendar.is_working(d))
    return Days(days, tuple(millis(datetime.combine(d, OPENS, house.settings.zone)) for d in days))


def amounts(days: Days, calendar: Calendar, total: int, rng: Random) -> list[int]:
    """A total shared among days as people write: less before days off, little in holidays, slowly more over time."""
    grown = len(days.days) or 1
    weights = accumulate(
        _weight(calendar, d) * (0.8 + 0.4 * i / grown) * rng.uniform(0.9, 1.1) for i, d in enumerate(days.days)
    )
    sums = list(weights)
    ends = [round(total * s / sums[-1]) for s in sums]
    return [end - start for start, end in zip([0, *ends], ends, strict=False)]


def _weight(calendar: Calendar, day: date) -> float:
    usual = BY_WEEKDAY[day.weekday()]
    return usual * AWAY if _many_are_away(calendar, day) else usual


def _many_are_away(calendar: Calendar, day: date) -> bool:
    """Mid-August, the days around New Year, and a working day between two days off."""
    if day.month == 8:
        return AUGUST[0] <= day.day < AUGUST[1]
    if (day.month == 12 and day.day >= 26) or (day.month == 1 and day.day <= 6):
        return True
    return not any(calendar.is_working(day + timedelta(days=i)) for i in (-1, 1))
