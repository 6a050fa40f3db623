"""On which days surveys open, remind and close. Working days only; pure."""

from datetime import date, timedelta

from bot.pulse_settings import FIRST, Survey
from bot.schedule import WEEK, Calendar

DAY = timedelta(days=1)


def is_due(survey: Survey, day: date, calendar: Calendar) -> bool:
    """Whether a survey opens on a day."""
    return calendar.is_working(day) and day == due(survey, day, calendar)


def due(survey: Survey, day: date, calendar: Calendar) -> date | None:
    """The day on which a survey opens in the week or month of a day; None where nobody works then.

    Where the day it is to open on is a day off, it is the next working day of the same week or month, or else the last.
    """
    if survey.every == "once":
        return calendar.next_working(date.fromisoformat(str(survey.day)))
    first, end = _week(day) if survey.every == "week" else _month(day)
    working = [d for d in _days(first, end) if calendar.is_working(d)]
    wanted = _wanted(survey, first, end)
    return next((d for d in working if d >= wanted), working[-1] if working else None)


def closes_on(opened: date, days_open: int, calendar: Calendar) -> date:
    """The first day on which a survey can be answered no more; the day it opens on counts where it is a working day."""
    return calendar.after(opened, days_open - calendar.is_working(opened)) + DAY


def working_day(opened: date, day: date, calendar: Calendar) -> int:
    """Which working day of a survey a day is; the first is the one it opened on."""
    return calendar.working_days_before(day + DAY) - calendar.working_days_before(opened)


def _wanted(survey: Survey, first: date, end: date) -> date:
    if survey.day == FIRST:
        return first
    if isinstance(survey.day, int):
        return first + timedelta(days=min(survey.day, (end - first).days) - 1)
    return first + timedelta(days=WEEK.index(survey.day))


def _week(day: date) -> tuple[date, date]:
    monday = day - timedelta(days=day.weekday())
    return monday, monday + timedelta(days=7)


def _month(day: date) -> tuple[date, date]:
    first = day.replace(day=1)
    return first, (first + timedelta(days=32)).replace(day=1)


def _days(first: date, end: date) -> list[date]:
    return [first + timedelta(days=n) for n in range((end - first).days)]
