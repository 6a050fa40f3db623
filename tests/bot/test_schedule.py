"""The calendar of a Japanese public body."""

from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.organisation import Organisation
from bot.schedule import Calendar, after_quiet, month_before, period, week_before

CALENDAR = Calendar(Organisation(name={"ja": "x"}, closed=("12-29..01-03", "10-01")))
DAYS = st.dates(date(2022, 4, 1), date(2032, 12, 31))


@pytest.mark.parametrize(
    ("day", "working"),
    [
        ("2026-11-20", True),
        ("2026-11-21", False),
        ("2026-11-23", False),  # Labour Thanksgiving Day
        ("2026-05-06", False),  # substitute holiday
        ("2026-09-22", False),  # a day between two holidays
        ("2026-12-28", True),
        ("2026-12-29", False),
        ("2027-01-01", False),
        ("2027-01-04", True),
        ("2026-10-01", False),  # the organisation's own
        ("2028-02-29", True),
    ],
)
def test_working_days(day: str, working: bool) -> None:
    assert CALENDAR.is_working(date.fromisoformat(day)) is working


@given(day=DAYS, days=st.integers(1, 30))
def test_after_counts_working_days_only(day: date, days: int) -> None:
    end = CALENDAR.after(day, days)
    assert CALENDAR.is_working(end)
    between = [date.fromordinal(n) for n in range(day.toordinal() + 1, end.toordinal() + 1)]
    assert sum(map(CALENDAR.is_working, between)) == days


@given(day=DAYS)
def test_working_days_are_numbered_without_gap(day: date) -> None:
    tomorrow = date.fromordinal(day.toordinal() + 1)
    step = CALENDAR.working_days_before(tomorrow) - CALENDAR.working_days_before(day)
    assert step == CALENDAR.is_working(day)


@given(day=DAYS)
def test_a_week_has_one_first_working_day_unless_it_has_none(day: date) -> None:
    monday = date.fromordinal(day.toordinal() - day.weekday())
    week = [date.fromordinal(monday.toordinal() + i) for i in range(7)]
    hits = [d for d in week if CALENDAR.falls_on("first-working-day-of-week", d)]
    assert hits == [d for d in week if CALENDAR.is_working(d)][:1]


@pytest.mark.parametrize(
    ("now", "start", "end", "then"),
    [
        ("19:59", "20:00", "07:30", "24T19:59"),
        ("20:00", "20:00", "07:30", "25T07:30"),
        ("03:00", "20:00", "07:30", "24T07:30"),
        ("07:30", "20:00", "07:30", "24T07:30"),
        ("12:30", "12:00", "13:00", "24T13:00"),
        ("12:30", "", "", "24T12:30"),
        ("12:30", "12:00", "12:00", "24T12:30"),
    ],
)
def test_quiet_hours(now: str, start: str, end: str, then: str) -> None:
    moment = datetime.fromisoformat(f"2026-11-24T{now}:00+09:00")
    assert after_quiet(moment, start, end) == datetime.fromisoformat(f"2026-11-{then}:00+09:00")


@pytest.mark.parametrize(
    ("text", "first", "end"),
    [
        ("2026-10", "2026-10-01", "2026-11-01"),
        ("2026-12", "2026-12-01", "2027-01-01"),
        ("2026-W42", "2026-10-12", "2026-10-19"),
        ("2026", "2026-04-01", "2027-04-01"),
        ("2026-10-01..2026-10-15", "2026-10-01", "2026-10-16"),
    ],
)
def test_periods(text: str, first: str, end: str) -> None:
    assert tuple(map(date.isoformat, period(text))) == (first, end)


@pytest.mark.parametrize(
    "text", ["", "x", "2026-13", "2026-W60", "2026-10-02..2026-10-01", "20261", "2026-1", "2026-10-01..9999-12-31"]
)
def test_what_is_no_period_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        period(text)


def test_the_week_and_the_month_before() -> None:
    assert week_before(date(2026, 11, 24)) == (date(2026, 11, 16), date(2026, 11, 23))
    assert month_before(date(2026, 1, 5)) == (date(2025, 12, 1), date(2026, 1, 1))
