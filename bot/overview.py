"""How the organisation stands, and one of its principles: the read models of the first pages."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bot import spans
from bot.deeds_of import Done, done
from bot.reports import Period
from bot.turn import Turn
from storage import notes
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
    before, weeks = spans.before(turn, period), spans.weeks(turn, period.end)
    everything = _done(turn, (before, period, *weeks))
    now, then = _of(everything, period), _of(everything, before)
    answered = sum(int(np.count_nonzero(now.notes.named("state", state))) for state in ANSWERED)
    return Overview(
        period,
        len(now.notes),
        len(then.notes),
        now.writers(),
        answered,
        len(now.gifts),
        len(then.gifts),
        _numbers(turn, now.notes_by_number()),
        _numbers(turn, now.kudos_by_number()),
        tuple(_week(turn, week, _of(everything, week)) for week in weeks),
    )


def _done(turn: Turn, periods: Sequence[Period]) -> Done:
    """All that any of some periods needs."""
    return done(turn.tx, min(one.since for one in periods), max(one.until for one in periods))


def _of(found: Done, period: Period) -> Done:
    return found.during(period.since, period.until)


def _week(turn: Turn, week: Period, found: Done) -> Week:
    return Week(week, len(found.notes), len(found.gifts), _numbers(turn, found.notes_by_number()))


def _numbers(turn: Turn, found: dict[int, int]) -> dict[int, int]:
    """Of the principles in use."""
    return {number: found[number] for number in turn.pack.numbers if number in found}


def principle(turn: Turn, number: int, period: Period) -> OfOne:
    """One principle's figures for a period."""
    before, weeks = spans.before(turn, period), spans.weeks(turn, period.end)
    everything = _done(turn, (before, period, *weeks)).about(number)
    now, then = _of(everything, period), _of(everything, before)
    told = tuple(Week(week, len(of.tags), of.received, {}) for week in weeks for of in (_of(everything, week),))
    return OfOne(period, len(now.tags), len(then.tags), now.received, then.received, told)


def latest(turn: Turn, *, limit: int) -> list[NoteRow]:
    """The person's own newest notes."""
    return notes.mine(turn.tx, turn.me.id, limit=limit)
