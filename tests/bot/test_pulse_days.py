"""On which days surveys open, remind and close."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from bot import pulse_days
from bot.organisation import Organisation
from bot.pulse_settings import Pulse, Survey
from bot.schedule import Calendar

CALENDAR = Calendar(Organisation(name={"ja": "x"}, closed=("12-29..01-03",)))
# In May nobody works here.
REST = Calendar(Organisation(name={"ja": "x"}, closed=("05-01..05-31",)))
DAYS = st.dates(date(2026, 1, 1), date(2030, 12, 31))


def _survey(every: str, day: int | str) -> Survey:
    return Survey.model_validate({"set": "weekly", "every": every, "day": day})


@pytest.mark.parametrize(
    ("every", "day", "asked_on", "opens"),
    [
        ("week", "tue", "2026-11-27", "2026-11-24"),
        ("week", "mon", "2026-11-24", "2026-11-24"),  # Monday is a holiday
        ("week", "first-working-day", "2026-11-24", "2026-11-24"),
        ("week", "mon", "2026-05-08", "2026-05-07"),  # three holidays in a row
        ("week", "tue", "2026-12-28", "2026-12-28"),  # closed from Tuesday on: the last working day of that week
        ("week", "fri", "2026-03-20", "2026-03-19"),  # Vernal Equinox
        ("week", "sat", "2026-11-10", "2026-11-13"),
        ("month", "first-working-day", "2027-01-20", "2027-01-04"),
        ("month", 31, "2027-02-10", "2027-02-26"),
        ("month", 31, "2026-12-10", "2026-12-28"),
        ("month", 15, "2026-11-10", "2026-11-16"),
        ("once", "2026-12-30", "2026-11-10", "2027-01-04"),
    ],
)
def test_a_survey_opens_on_a_working_day(every: str, day: int | str, asked_on: str, opens: str) -> None:
    assert pulse_days.due(_survey(every, day), date.fromisoformat(asked_on), CALENDAR) == date.fromisoformat(opens)


def test_where_nobody_works_nothing_opens() -> None:
    assert pulse_days.due(_survey("week", "tue"), date(2026, 5, 12), REST) is None
    assert pulse_days.due(_survey("month", 12), date(2026, 5, 12), REST) is None
    assert not pulse_days.is_due(_survey("week", "tue"), date(2026, 5, 12), REST)


@given(day=DAYS, every=st.sampled_from([("week", "tue"), ("week", "fri"), ("month", 1), ("month", 31)]))
def test_a_week_or_month_has_one_day_at_most(day: date, every: tuple[str, int | str]) -> None:
    survey = _survey(*every)
    monday = day.toordinal() - day.weekday()
    span = [date.fromordinal(monday + n) for n in range(7)]
    if every[0] == "month":
        span = [date.fromordinal(day.replace(day=1).toordinal() + n) for n in range(28)]
    due = [d for d in span if pulse_days.is_due(survey, d, CALENDAR)]
    assert len(due) <= 1
    assert all(map(CALENDAR.is_working, due))
    if every[0] == "week" and any(map(CALENDAR.is_working, span)):
        assert due


@pytest.mark.parametrize(
    ("opened", "days", "closes"),
    [
        ("2026-11-24", 4, "2026-11-28"),
        ("2026-11-25", 4, "2026-12-01"),
        ("2026-12-25", 4, "2027-01-06"),
        ("2026-11-24", 1, "2026-11-25"),
        ("2026-11-22", 1, "2026-11-25"),  # opened by hand on a Sunday before a holiday
    ],
)
def test_days_open_are_working_days(opened: str, days: int, closes: str) -> None:
    assert pulse_days.closes_on(date.fromisoformat(opened), days, CALENDAR) == date.fromisoformat(closes)


@given(opened=DAYS, days=st.integers(1, 30))
def test_a_survey_is_open_on_as_many_working_days(opened: date, days: int) -> None:
    end = pulse_days.closes_on(opened, days, CALENDAR)
    open_on = [d for n in range(opened.toordinal(), end.toordinal()) if CALENDAR.is_working(d := date.fromordinal(n))]
    assert len(open_on) == days
    assert [pulse_days.working_day(opened, d, CALENDAR) for d in open_on] == list(range(1, days + 1))


@pytest.mark.parametrize(
    "said",
    [
        {"every": "week", "day": 3},
        {"every": "week", "day": "tuesday"},
        {"every": "month", "day": "tue"},
        {"every": "month", "day": 32},
        {"every": "month", "day": 0},
        {"every": "once"},
        {"every": "once", "day": "2026-02-30"},
        {"every": "once", "day": "20261201"},
        {"days_open": 0},
        {"days_open": 31},
        {"remind": [1]},
        {"invite": "mail"},
        {"audience": {"panel": {"of": 1}}},
        {"audience": {"panel": {"of": 4}, "newcomers": {}}},
        {"audience": {"role": "king"}},
        {"audience": "somebody"},
    ],
)
def test_what_makes_no_sense_in_app_yaml_is_a_fault(said: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Survey.model_validate({"set": "weekly", **said})


def test_names_of_surveys_are_codes() -> None:
    for name in ("Weekly", "week_ly", "a:b", "2026", ""):
        with pytest.raises(ValidationError):
            Pulse.model_validate({"surveys": {name: {"set": "weekly"}}})
    with pytest.raises(ValidationError):
        Pulse.model_validate({"k": 2})
