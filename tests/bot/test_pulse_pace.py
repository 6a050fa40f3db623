"""The pace to a target: known lines, and no other line nearer to the points."""

from datetime import date, timedelta
from math import sqrt
from random import Random
from statistics import stdev

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bot.published import Published
from bot.pulse_figures import Figure, wilson
from bot.pulse_pace import Pace, fitted, opened, pace, span


def out_of(x: int, n: int) -> Figure:
    """An exact share."""
    return Figure(x / n, x / n, x / n, *wilson(x / n, n))


def points(*shares: float, every: int = 7) -> list[tuple[date, Figure]]:
    """Releases from 2026-11-02 on, each exact among a thousand."""
    first = date(2026, 11, 2)
    return [(first + timedelta(days=every * i), out_of(round(1000 * s), 1000)) for i, s in enumerate(shares)]


def test_the_pace_to_a_target() -> None:
    assert pace(points(0.5, 0.74), 0.7) == Pace("reached")
    assert pace(points(0.72, 0.6), 0.7) is None, "two releases have no speed"
    assert pace(points(0.5, 0.4, 0.3), 0.7) == Pace("never")
    assert pace(points(0.3, 0.3, 0.3), 0.7) == Pace("never")
    assert pace(points(0.300, 0.301, 0.302), 0.7) == Pace("never"), "that would be eight years"
    assert pace([], 0.7) is None
    assert pace(points(0.3, 0.4, 0.5, every=0), 0.7) is None, "all on one day"
    found = pace(points(0.30, 0.35, 0.40), 0.7)
    # 5 points a week on average: 0.70 after eight weeks, in the last week of a year with 53.
    assert found == Pace("coming", date(2026, 12, 28))
    assert found.week == (2026, 53)
    late = pace(points(0.3, 0.8, 0.69), 0.7)
    assert late == Pace("coming", date(2026, 11, 23)), "what is not there yet is there next week at the earliest"


def test_a_target_is_reached_only_where_the_whole_interval_is() -> None:
    low, high = wilson(0.72, 1000)
    assert low < 0.7 < 0.72 < high
    assert pace(points(0.5, 0.72), 0.7) == Pace("near")
    assert pace(points(0.3, 0.5, 0.72), 0.7) == Pace("near"), "whatever the speed"
    assert pace(points(0.72), low) == Pace("reached"), "not below it"
    assert pace(points(0.72), low + 1e-9) == Pace("near")
    assert pace(points(0.72), 0.72) == Pace("near")
    assert pace(points(0.6, 0.65, 0.69), 0.7) == Pace("coming", date(2026, 11, 23)), "it may be there, but it is below"
    few = out_of(9, 10)
    assert pace([(date(2026, 11, 2), few)], 0.6) == Pace("near"), "nine of ten may be chance"
    rounded = Figure(0.8, 0.6, 1.0, 0.55, 1.0)
    assert pace([(date(2026, 11, 2), rounded)], 0.7) == Pace("near")
    assert pace([(date(2026, 11, 2), rounded)], 0.55) == Pace("reached")


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(20, 900)), min_size=3, max_size=8), st.data())
def test_no_other_line_is_nearer(shares: list[tuple[int, int]], data: st.DataObject) -> None:
    assume(len({x for x, _ in shares}) > 1)
    shares.sort()
    first = date(2026, 11, 2)
    given_points = [(first + timedelta(days=x), out_of(s, 1000 if s > 500 else 900)) for x, s in shares]
    line = fitted(given_points)
    assert line

    def off(start: float, gain: float) -> float:
        days = [(d - given_points[0][0]).days for d, _ in given_points]
        kept = [f for _, f in given_points]
        return sum(((f.value - start - gain * x) / (f.high - f.low)) ** 2 for x, f in zip(days, kept, strict=True))

    small = st.floats(-0.01, 0.01)
    other = off(line.start + data.draw(small), line.gain + data.draw(small))
    assert off(line.start, line.gain) <= other * (1 + 1e-9) + 1e-12


def test_the_forecast_has_an_interval_that_narrows_with_every_release() -> None:
    few = points(0.30, 0.34, 0.41, 0.44)
    many = points(0.30, 0.33, 0.34, 0.36, 0.39, 0.41, 0.42, 0.44)
    widths = []
    for known in (few, many):
        found, between = pace(known, 0.7), span(known, 0.7)
        assert found
        assert found.day
        assert between
        soon, late = (one.day for one in between)
        assert soon
        assert late
        assert soon <= found.day <= late
        widths.append((late - soon) / (found.day - known[-1][0]))
    assert widths[1] < widths[0]


def test_a_speed_that_may_be_none_has_no_latest_week() -> None:
    between = span(points(0.500, 0.503, 0.507), 0.7)
    assert between
    assert between[0].state == "coming"
    assert between[1] == Pace("never")
    assert span(points(0.5, 0.6), 0.7) is None, "two releases have no speed"
    assert span(points(0.3, 0.4, 0.5, every=0), 0.7) is None, "all on one day"


def test_its_interval_is_that_of_least_squares() -> None:
    """Held against the gains of releases drawn again and again around a true line."""
    rng, true, gains = Random(1), (0.30, 0.33, 0.36, 0.39, 0.42), []
    for _ in range(2_000):
        shares = [sum(rng.random() < share for _ in range(200)) / 200 for share in true]
        drawn = [(date(2026, 11, 2) + timedelta(days=7 * i), out_of(round(200 * s), 200)) for i, s in enumerate(shares)]
        line = fitted(drawn)
        assert line
        gains.append(line.gain)
    known = [(day, out_of(round(200 * share), 200)) for (day, _), share in zip(points(*true), true, strict=True)]
    weights = [(figure.high - figure.low) ** -2 for _, figure in known]
    middle = sum(w * x for w, x in zip(weights, range(0, 35, 7), strict=True)) / sum(weights)
    off = 0.5 / sqrt(sum(w * (x - middle) ** 2 for w, x in zip(weights, range(0, 35, 7), strict=True)))
    assert off == pytest.approx(1.96 * stdev(gains), rel=0.08)


def test_the_day_is_in_the_surveys_code() -> None:
    assert opened(Published("weekly-2026-11-24", 5, 1.0, ())) == date(2026, 11, 24)
    assert opened(Published("once", 5, 1.0, ())) is None
