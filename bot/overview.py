"""How the organisation stands, and one of its principles: the read models of the first pages."""

from bisect import bisect_left
from dataclasses import dataclass

from bot import spans
from bot.reports import Period
from bot.turn import Turn
from storage import notes, reports, trends
from storage.notes import NoteRow

ANSWERED = ("adopted", "done", "declined")


@dataclass(frozen=True, slots=True)
class Week:
    """A week of the whole organisation, or of a principle; `by_number` counts notes."""

    period: Period
    notes: int
    kudos: int
    by_number: dict[int, int]


@dataclass(frozen=True, slots=True)
class Overview:
    """The whole organisation's period beside as many days before."""

    period: Period
    notes: int
    notes_before: int
    writers: int
    answered: int
    kudos: int
    kudos_before: int
    by_number: dict[int, int]
    kudos_by_number: dict[int, int]
    weeks: tuple[Week, ...]


@dataclass(frozen=True, slots=True)
class OfOne:
    """One principle's period beside as many days before."""

    period: Period
    notes: int
    notes_before: int
    kudos: int
    kudos_before: int
    weeks: tuple[Week, ...]


def organisation(turn: Turn, period: Period) -> Overview:
    """The organisation's figures for a period."""
    tx, now, then = turn.tx, _span(period), _span(spans.before(turn, period))
    states = trends.note_states(tx, **now)
    return Overview(
        period,
        sum(states.values()),
        sum(trends.note_states(tx, **then).values()),
        reports.writers(tx, **now),
        sum(states.get(state, 0) for state in ANSWERED),
        reports.kudos_total(tx, **now),
        reports.kudos_total(tx, **then),
        _numbers(turn, period),
        trends.kudos_by_number(tx, **now),
        tuple(_week(turn, week) for week in spans.weeks(turn, period.end)),
    )


def _week(turn: Turn, week: Period) -> Week:
    tx, span = turn.tx, _span(week)
    total = sum(trends.note_states(tx, **span).values())
    return Week(week, total, reports.kudos_total(tx, **span), _numbers(turn, week))


def _numbers(turn: Turn, period: Period) -> dict[int, int]:
    """Notes of every principle that has any; each is a short walk of its own."""
    found = {number: trends.notes_of(turn.tx, number, **_span(period)) for number in turn.pack.numbers}
    return {number: count for number, count in found.items() if count}


def principle(turn: Turn, number: int, period: Period) -> OfOne:
    """One principle's figures for a period."""
    before, weeks = spans.before(turn, period), spans.weeks(turn, period.end)
    whole = (before, period, *weeks)
    since, until = min(p.since for p in whole), max(p.until for p in whole)
    moments = trends.kudos_of(turn.tx, number, since=since, until=until)

    def noted(of: Period) -> int:
        return trends.notes_of(turn.tx, number, **_span(of))

    def thanked(of: Period) -> int:
        return bisect_left(moments, of.until) - bisect_left(moments, of.since)

    told = tuple(Week(week, noted(week), thanked(week), {}) for week in weeks)
    return OfOne(period, noted(period), noted(before), thanked(period), thanked(before), told)


def latest(turn: Turn, *, limit: int) -> list[NoteRow]:
    """The person's own newest notes."""
    return notes.mine(turn.tx, turn.me.id, limit=limit)


def _span(period: Period) -> dict[str, int]:
    return {"since": period.since, "until": period.until}
