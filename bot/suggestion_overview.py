"""How right suggestions are, from what people chose, by month and principle; and what learning from notes brought."""

from dataclasses import dataclass
from datetime import date, timedelta

from bot.reports import Period, between
from bot.schedule import month_before
from bot.turn import Turn
from storage import learning
from storage.learning import Chosen, LessonRow, OfNumber

# As many as the longest period has.
MOST_MONTHS = 61
ATTEMPTS = 10


@dataclass(frozen=True, slots=True)
class OfMonth:
    """What people chose in a month, or in the part of it that belongs to the period."""

    first: date
    chosen: Chosen


@dataclass(frozen=True, slots=True)
class Suggested:
    """How suggestions did in a period; `attempts` are the last ones to learn from notes, newest first."""

    period: Period
    chosen: Chosen
    months: tuple[OfMonth, ...]
    numbers: tuple[OfNumber, ...]
    attempts: tuple[LessonRow, ...]


def build(turn: Turn, period: Period) -> Suggested:
    """The figures of a period, of the whole organisation."""
    parts = months(turn, period)
    told = tuple(OfMonth(one.first, learning.chosen(turn.tx, since=one.since, until=one.until)) for one in parts)
    known = {one.number: one for one in learning.by_number(turn.tx, since=period.since, until=period.until)}
    return Suggested(
        period,
        Chosen(*map(sum, zip(*(one.chosen for one in told), strict=True))),
        told,
        tuple(known.get(n, OfNumber(n, 0, 0, 0)) for n in turn.pack.numbers),
        tuple(learning.attempts(turn.tx, turn.pack.id, turn.pack.version, limit=ATTEMPTS)),
    )


def months(turn: Turn, period: Period) -> list[Period]:
    """The months of a period, the newest ones of a long one; the first and the last may be parts."""
    found = list[Period]()
    first, end = (period.end - timedelta(days=1)).replace(day=1), period.end
    while end > period.first and len(found) < MOST_MONTHS:
        found.append(between(turn.settings, max(first, period.first), end))
        first, end = month_before(first)
    return found[::-1]
