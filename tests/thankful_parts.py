"""Everything of a recognition report that is not points, counted one by one."""

from collections import Counter
from collections.abc import Iterable
from datetime import date, timedelta
from statistics import median
from typing import NamedTuple

from bot import recognition_parts
from bot.reports import Period
from storage.columns import ERASED
from tests.bot.test_rollups import Given, Written
from tests.thankful import DAY, Edge, Thankful


class Span(NamedTuple):
    """Days from `first` up to, not with, `end`; of a unit as it was then, or of everybody."""

    first: date
    end: date
    unit: int | None = None

    def has(self, org: Thankful, on: date, own: int | None) -> bool:
        """Whether what was done on a day in a unit is in it."""
        return self.first <= on < self.end and (self.unit is None or org.counts_for(self.unit, own, on))


def before(first: date, end: date) -> tuple[date, date]:
    """The month, quarter or fiscal year before, as far as this one has come; of other days as many before them."""
    for months, begins in ((1, range(1, 13)), (3, (1, 4, 7, 10)), (12, (4,))):
        if first.day == 1 and first.month in begins and end <= _later(first, months):
            earlier = _later(first, -months)
            return earlier, first if end == _later(first, months) else min(first, earlier + (end - first))
    return first - (end - first), first


def _later(first: date, months: int) -> date:
    year, month = divmod(first.year * 12 + first.month - 1 + months, 12)
    return date(year, month + 1, 1)


def notes(org: Thankful, span: Span) -> dict[int, Written]:
    """The notes that count, by their keys."""
    numbered = zip(org.answers, org.notes, strict=True)
    return {key: n for key, n in numbered if n.counts and span.has(org, n.day, n.unit)}


def kudos(org: Thankful, span: Span) -> list[Given]:
    """The thanks that stand: to somebody who was there."""
    return [k for k in org.kudos if k.counts and any(span.has(org, k.day, own) for _, own in k.to)]


def totals(org: Thankful, span: Span) -> tuple[int, int, int]:
    """(notes, writers, kudos)."""
    wrote = notes(org, span).values()
    return len(wrote), len({n.author for n in wrote if n.audience == "unit"}), len(kudos(org, span))


def by_number(what: Iterable[Written | Given], number: int) -> int:
    """How many of some are about a principle."""
    return sum(number in one.numbers for one in what)


def states(org: Thankful, span: Span) -> Counter[str]:
    """What became of the notes that were written."""
    return Counter(org.answers[key].state for key in notes(org, span))


def firsts(org: Thankful, span: Span) -> tuple[int, int, tuple[int, ...], tuple[int, ...]]:
    """How many gave and received for the first time ever, and by their keys those of whom everybody may know."""
    stand = [(k, org.words[key].public) for key, k in zip(org.words, org.kudos, strict=True) if k.counts]
    gave_before = {k.giver for k, _ in stand if k.day < span.first}
    before = {p for k, _ in stand for p, _ in k.to if k.day < span.first}

    def gave(wanted: set[bool]) -> set[int]:
        return {k.giver for k, public in stand if public in wanted and span.has(org, k.day, k.unit)} - gave_before

    def received(wanted: set[bool]) -> set[int]:
        found = {p for k, public in stand if public in wanted for p, own in k.to if span.has(org, k.day, own)}
        return found - before

    both = {True, False}
    return len(gave(both)), len(received(both)), tuple(sorted(gave({True}))), tuple(sorted(received({True})))


class Behind(NamedTuple):
    """Somebody behind the scenes."""

    person: int
    units: int
    seen: int
    told: list[str]


def behind(org: Thankful, span: Span, placed: set[int]) -> list[Behind]:
    """Everybody who fits the rule, most units first."""
    last, found = span.end - timedelta(days=1), []
    edges = _outside(org, span)
    outside = {p: {e.giver_unit for e in edges if e.receiver == p} for p in org.posted}
    wide = sorted((p for p in outside if len(outside[p]) >= 3), key=lambda p: (-len(outside[p]), p))
    holders = {holder for holder, _ in org.held}
    for person in wide[: recognition_parts.LOOKED_AT]:
        if person in placed | org.refusing | holders or not org.is_here(person, last):
            continue
        seen = sum(
            n.author == person and n.counts and n.audience == "unit" and span.first <= n.day < span.end
            for n in org.notes
        ) + sum(
            k.giver == person and k.counts and org.words[key].public and span.first <= k.day < span.end
            for key, k in zip(org.words, org.kudos, strict=True)
        )
        if seen < len(outside[person]):
            told = stories(org, [e for e in edges if e.receiver == person and e.number], last)
            found.append(Behind(person, len(outside[person]), seen, told))
    found.sort(key=lambda one: (-one.units, one.seen, one.person))
    return found[: recognition_parts.BEHIND_SHOWN]


def _outside(org: Thankful, span: Span) -> list[Edge]:
    """Thanks from other units; number 0 where it was only for a principle that is no more."""
    return [
        Edge(number, person, k.giver, k.unit, own, k.day, at, key)
        for (key, at), k in zip(org.moments("kudos").items(), org.kudos, strict=True)
        if k.counts
        for person, own in k.to
        if span.has(org, k.day, own) and k.unit not in (None, own)
        for number in k.numbers or (0,)
    ]


def stories(org: Thankful, edges: list[Edge], today: date) -> list[str]:
    """What is told of some thanks: of the newest twelve the two most applauded."""
    newest = sorted({(e.at, e.kudos) for e in edges}, reverse=True)[:12]
    given = dict(zip(org.words, org.kudos, strict=True))
    tellable = [
        (-org.words[key].claps, -at, -key)
        for at, key in newest
        if org.words[key].public
        and org.words[key].text != ERASED
        and not org.refusing & {given[key].giver, *(p for p, _ in given[key].to)}
    ]
    return [
        f"{org.words[-key].text}/{'人' if org.is_here(given[-key].giver, today) else ''}"
        for _, _, key in sorted(tellable)[:2]
    ]


class Changed(NamedTuple):
    """Notes that led to a change: how many, the median of the days, (note, days, 「私も」) of those shown."""

    notes: int
    median: float | None
    shown: list[tuple[int, int, int]]


def changed(org: Thankful, period: Period, unit: int | None) -> Changed:
    """Adopted or done in the period, whenever written."""
    found: list[tuple[int, int, int]] = []
    days: list[int] = []
    for (key, of), note in zip(org.answers.items(), org.notes, strict=True):
        in_time = of.answered_at is not None and period.since <= of.answered_at < period.until
        inside = unit is None or org.counts_for(unit, note.unit, note.day)
        if of.state in ("adopted", "done") and in_time and inside and note.counts:
            assert of.answered_at is not None
            days.append((of.answered_at - of.at) // DAY)
            if not of.erased:
                found.append((-of.support, -of.answered_at, -key))
    shown = [(-key, (-at - org.answers[-key].at) // DAY, -support) for support, at, key in sorted(found)[:5]]
    return Changed(len(days), float(median(days)) if days else None, shown)


def heat_map(org: Thankful, span: Span, numbers: tuple[int, ...]) -> list[tuple[int, int, dict[int, int]]]:
    """(unit, staffed units in it, how many of them each principle left a trace in)."""
    last = span.end - timedelta(days=1)
    within, staffed = org.pairs(last), org.staffed(last)
    alive = sorted(
        (u for u in org.units.values() if u.ends_on is None or u.ends_on > last.isoformat()), key=lambda u: u.code
    )
    tops = [span.unit] if span.unit else [u.id for u in alive if u.parent_id is None and u.starts_on <= str(last)]
    below = [u.id for u in alive if within.get((u.id, tops[0])) == 1] if len(tops) == 1 else []
    found = []
    for line in below or tops:
        parts = {u for u in staffed if (u, line) in within}
        if parts:
            traces = {n: {_heir(u, within, staffed) for u in _traces(org, span, n)} for n in numbers}
            found.append((line, len(parts), {n: len(parts & traces[n]) for n in numbers}))
    return found


def _traces(org: Thankful, span: Span, number: int) -> set[int]:
    """The units in which a principle was noted or somebody was thanked for it."""
    noted = {n.unit for n in org.notes if n.counts and number in n.numbers and span.first <= n.day < span.end}
    thanked = {
        own for k in org.kudos if k.counts and number in k.numbers and span.first <= k.day < span.end for _, own in k.to
    }
    return {unit for unit in noted | thanked if unit is not None}


def _heir(unit: int, within: dict[tuple[int, int], int], staffed: set[int]) -> int:
    """Where what a unit did counts today: there, or in the nearest staffed unit above."""
    if unit in staffed:
        return unit
    above = [(depth, over) for (one, over), depth in within.items() if one == unit and over in staffed]
    return min(above)[1] if above else unit
