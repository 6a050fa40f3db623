"""The demo's working time: the opening hours of two months up to now, laid end to end and counted in minutes."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from random import Random

from bot.schedule import Calendar

OPENS = time(8, 30)
DAY = 9 * 60
SPAN = timedelta(days=61)


@dataclass(frozen=True, slots=True)
class Timeline:
    """Working days and how many of their minutes have passed; minute 0 is the first opening."""

    days: tuple[date, ...]
    end: float
    zone: tzinfo | None

    def at(self, minute: float) -> datetime:
        """The moment a working minute stands for."""
        whole = min(int(minute // DAY), len(self.days) - 1)
        return self.opening(self.days[whole]) + timedelta(minutes=minute - whole * DAY)

    def opening(self, day: date) -> datetime:
        """When a day's work begins."""
        return datetime.combine(day, OPENS, self.zone)

    def spread(self, count: int, rng: Random, *, since: float, until: float) -> list[float]:
        """So many working minutes between two, in order, unevenly."""
        return [since + (until - since) * (i + rng.random()) / count for i in range(count)]


def two_months(calendar: Calendar, now: datetime) -> Timeline:
    """The working time of the two months before `now`, whatever day that is."""
    every = (now.date() - SPAN + timedelta(days=i) for i in range(SPAN.days + 1))
    days = tuple(d for d in every if calendar.is_working(d) and datetime.combine(d, OPENS, now.tzinfo) < now)
    passed = (now - datetime.combine(days[-1], OPENS, now.tzinfo)) / timedelta(minutes=1)
    return Timeline(days, (len(days) - 1) * DAY + min(passed, DAY), now.tzinfo)


def in_time(timeline: Timeline, calendar: Calendar, today: date, *, within: int) -> float:
    """The first minute whose notes need no answer before `today`, when one is due after `within` working days."""
    fresh = (i for i, day in enumerate(timeline.days) if calendar.after(day, within) >= today)
    return next(fresh) * DAY
