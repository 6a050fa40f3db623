"""The pace to a target: a straight line through the shares of the releases so far, and the week it gets there."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import ceil, sqrt
from typing import Literal, NamedTuple

from bot.published import Published
from bot.pulse_figures import Figure

FEWEST = 3
# What is further away than this is no forecast any more.
FURTHEST = timedelta(weeks=260)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}$")


@dataclass(frozen=True, slots=True)
class Pace:
    """Whether a target is reached for sure, or about so, will be in the week of `day`, or never at this speed."""

    state: Literal["reached", "near", "coming", "never"]
    day: date | None = None

    @property
    def week(self) -> tuple[int, int]:
        """The year and the number of the week, as ISO 8601 counts them; (0, 0) where there is none."""
        return self.day.isocalendar()[:2] if self.day else (0, 0)


class Line(NamedTuple):
    """A straight line: the share on day 0 and what it gains a day."""

    start: float
    gain: float


def opened(published: Published) -> date | None:
    """The day a survey opened."""
    return opened_on(published.survey)


def opened_on(code: str) -> date | None:
    """The day a survey opened, which ends its code: weekly-2026-11-24."""
    found = _DAY.search(code)
    return date.fromisoformat(found.group()) if found else None


def pace(points: Sequence[tuple[date, Figure]], target: float) -> Pace | None:
    """When a share reaches a target at the speed of its releases, oldest first; None where too few say anything.

    A target is reached when the newest share's whole interval is not below it. Where only the share as published is
    not, of a top-coded group its lower bound, that may be chance.
    """
    if points and points[-1][1].value >= target:
        return Pace("reached" if points[-1][1].low >= target else "near")
    line = fitted(points) if len(points) >= FEWEST else None
    return _crossing(line, points[0][0], points[-1][0], target) if line else None


def span(points: Sequence[tuple[date, Figure]], target: float) -> tuple[Pace, Pace] | None:
    """The 95 % interval of when a share reaches a target: at the fastest and at the slowest speed its releases allow.

    The line turns about its centre of gravity, by 1.96 standard errors of its gain. None where nothing is forecast.
    """
    line = fitted(points) if len(points) >= FEWEST else None
    if line is None:
        return None
    first, last = points[0][0], points[-1][0]
    known = [((day - first).days, (figure.high - figure.low) ** -2) for day, figure in points]
    weight = sum(w for _, w in known)
    middle = sum(w * x for x, w in known) / weight
    # An interval is 2 · 1.96 standard errors wide, so that 1.96 standard errors of the gain are half of this root.
    off = 0.5 / sqrt(sum(w * (x - middle) ** 2 for x, w in known))
    height = line.start + line.gain * middle
    fast, slow = (Line(height - gain * middle, gain) for gain in (line.gain + off, line.gain - off))
    return _crossing(fast, first, last, target), _crossing(slow, first, last, target)


def fitted(points: Sequence[tuple[date, Figure]]) -> Line | None:
    """The weighted least squares line; a share weighs as much as its interval is narrow (1 / width²).

    Days are counted from the first point. None where all points are of one day.
    """
    first = points[0][0]
    known = [((day - first).days, figure.value, (figure.high - figure.low) ** -2) for day, figure in points]
    weight = sum(w for _, _, w in known)
    middle = sum(w * x for x, _, w in known) / weight
    height = sum(w * y for _, y, w in known) / weight
    spread = sum(w * (x - middle) ** 2 for x, _, w in known)
    if not spread:
        return None
    gain = sum(w * (x - middle) * (y - height) for x, y, w in known) / spread
    return Line(height - gain * middle, gain)


def _crossing(line: Line, first: date, last: date, target: float) -> Pace:
    """The Monday of the week in which the line reaches the target: at the earliest the one after the last release."""
    furthest = (last + FURTHEST - first).days
    if line.gain <= 0 or (days := (target - line.start) / line.gain) > furthest:
        return Pace("never")
    # What falls on a day exactly is not to be put off by how a computer divides.
    day = max(first + timedelta(days=ceil(days - 1e-6)), last + timedelta(weeks=1))
    return Pace("coming", day - timedelta(days=day.weekday()))
