"""Which days a page is about, as its reader chose them, with what is wrong with a choice said kindly."""

from datetime import date, timedelta

from bot import periods
from bot.reports import Period, between
from bot.turn import Refusal, Turn

# Nothing is asked of days before this one: no figures can be that old.
OLDEST = date(2000, 1, 1)
LONGEST = timedelta(days=5 * 366)
USUAL = "weeks"
SPANS = (USUAL, "week", "month", "quarter", "year", "days")
TREND = 12


def asked(turn: Turn, span: str, first: str, last: str) -> Period:
    """The days of a span that is under way, or those from a day to a day (both included).

    Raises `Refusal` for what is no day, the wrong way round, in the future, too long ago or too long.
    """
    if span not in SPANS:
        raise Refusal("dashboard.no_span")
    if span != "days":
        return between(turn.settings, *_running(turn.today, span))
    begin, end = _day(first), _day(last)
    if end < begin:
        raise Refusal("dashboard.reversed")
    if begin > turn.today:
        raise Refusal("dashboard.in_future", day=turn.today)
    if begin < OLDEST:
        raise Refusal("dashboard.too_old", year=str(OLDEST.year))
    if end - begin > LONGEST:
        raise Refusal("dashboard.too_long", n=5)
    return between(turn.settings, begin, min(end, turn.today) + timedelta(days=1))


def day(text: str) -> date | None:
    """A day that may be left out."""
    return _day(text) if text else None


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Refusal("dashboard.no_day") from None


def _running(today: date, span: str) -> tuple[date, date]:
    """The first day of a span and the day after today."""
    end = today + timedelta(days=1)
    monday = today - timedelta(days=today.weekday())
    match span:
        case "week":
            return monday, end
        case "month" | "quarter" | "year":
            return periods.begun(span, today), end
    return monday - timedelta(days=21), end


def weeks(turn: Turn, end: date, count: int = TREND) -> list[Period]:
    """The weeks up to and with the one before a day, oldest first; the last may be under way."""
    last = end - timedelta(days=1)
    monday = last - timedelta(days=last.weekday())
    firsts = [monday - timedelta(days=7 * n) for n in reversed(range(count))]
    return [between(turn.settings, first, first + timedelta(days=7)) for first in firsts]


def before(turn: Turn, period: Period) -> Period:
    """As many days before a period, to compare it with."""
    return between(turn.settings, period.first - (period.end - period.first), period.first)
