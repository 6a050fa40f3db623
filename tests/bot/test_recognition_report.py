"""The recognition report equals a slow, obviously right count over random organisations that change and transfer."""

from dataclasses import astuple
from datetime import date, datetime, time, timedelta
from functools import partial
from random import Random
from unittest.mock import patch

import pytest

from bot import recognition, recognition_parts, recognition_sums, reports, scoring, shortlists
from bot.recognition_model import Recognition, Story
from bot.turn import House, Turn
from storage import units
from storage.database import Database, Tx
from tests import thankful_parts as parts
from tests.bot.test_rollups import _asked
from tests.thankful import Thankful
from tests.thankful_parts import Span
from tests.thankful_points import Expected, expected

SEEDS = 14


def _check(org: Thankful, house: House, first: date, end: date, unit: int | None) -> Recognition:
    now = datetime.combine(end - timedelta(days=1), time(23, 59), house.settings.zone)
    row = units.get(org.tx, unit) if unit else None
    found = recognition.build(Turn(org.tx, house, now), reports.between(house.settings, first, end), row)
    _check_shortlists(org, found, Span(first, end, unit))
    _check_totals(org, found, Span(first, end, unit), Span(*parts.before(first, end), unit))
    _check_people(org, found, Span(first, end, unit))
    _check_changes(org, found, unit)
    return found


def _check_shortlists(org: Thankful, found: Recognition, span: Span) -> None:
    edges, last = org.edges(*span), span.end - timedelta(days=1)
    for of in found.principles:
        about = [e for e in edges if e.number == of.number]
        assert (of.kudos, of.people, of.givers) == (
            len({e.kudos for e in about}),
            len({e.receiver for e in about}),
            len({e.giver for e in about}),
        )
        lines = [
            Expected(c.place, c.who.person_id, p.points, p.before, p.givers, p.mutual, p.ring, p.single, p.circle)
            for c in of.shortlist
            for p in (c.points,)
        ]
        wanted = expected(org, of.number, *span)
        assert (lines, of.more) == (wanted[:10], max(0, len(wanted) - 10)), (of.number, span)
        for one in of.shortlist:
            theirs = [e for e in about if e.receiver == one.who.person_id]
            assert _told(one.stories) == parts.stories(org, theirs, last), (of.number, span)


def _told(stories: tuple[Story, ...]) -> list[str]:
    return [f"{one.text}/{one.giver_ja}" for one in stories]


def _check_totals(org: Thankful, found: Recognition, span: Span, before: Span) -> None:
    """All of the period and of the one before, by principle too."""
    assert (found.notes, found.writers, found.kudos) == parts.totals(org, span), span
    assert astuple(found.totals_before) == parts.totals(org, before), (span, before)
    assert found.states == parts.states(org, span)
    wrote, wrote_before = (parts.notes(org, one).values() for one in (span, before))
    thanked_before = parts.kudos(org, before)
    for of in found.principles:
        assert of.notes == parts.by_number(wrote, of.number), (of.number, span)
        assert of.notes_before == parts.by_number(wrote_before, of.number), (of.number, span, before)
        assert of.kudos_before == parts.by_number(thanked_before, of.number), (of.number, span, before)


def _check_people(org: Thankful, found: Recognition, span: Span) -> None:
    """First givers and receivers, those behind the scenes, and the heat map."""
    assert astuple(found.firsts) == parts.firsts(org, span)
    placed = {c.who.person_id for of in found.principles for c in of.shortlist}
    behind = [parts.Behind(one.who.person_id, one.units, one.seen, _told(one.stories)) for one in found.behind]
    assert behind == parts.behind(org, span, placed), span
    numbers = tuple(of.number for of in found.principles)
    lines = [(line.unit.id, line.units, line.by_number) for line in found.coverage]
    assert lines == parts.heat_map(org, span, numbers), span


def _check_changes(org: Thankful, found: Recognition, unit: int | None) -> None:
    shown = [(one.listed.note.id, one.days, one.listed.support) for one in found.changes.shown]
    changed = parts.Changed(found.changes.count, found.changes.median, shown)
    assert changed == parts.changed(org, found.period, unit), (found.period, unit)


class _Undo(Exception):
    """Leaves nothing behind."""


def _undone(tx: Tx, seed: int, house: House) -> None:
    org = Thankful(tx, Random(seed))
    org.fill()
    tops = [key for key, row in org.units.items() if row.parent_id is None]
    for first, end, _ in _asked(org.rng):
        _check(org, house, first, end, None)
        _check(org, house, first, end, org.rng.choice(list(org.units)))
    month = date(2026, org.rng.choice([10, 11]), 1)
    # A whole month and a running one are compared with a month, days with as many before them.
    for end in ((month + timedelta(days=31)).replace(day=1), month + timedelta(days=org.rng.randrange(5, 29))):
        _check(org, house, month, end, org.rng.choice([None, *tops]))
    raise _Undo


async def test_the_report_equals_a_count_one_by_one(house: House, database: Database) -> None:
    for seed in range(SEEDS):
        with pytest.raises(_Undo):
            await database.transact(partial(_undone, seed=seed, house=house))


async def test_nobody_is_missed_however_few_are_looked_at_first(house: House, database: Database) -> None:
    """One place, one looked at a time, and a first guess that is far too high."""
    with (
        patch.object(shortlists, "LOOKED_AT", 1),
        patch.object(shortlists, "SCORED", 1),
        patch.object(scoring, "PLACES", 1),
        patch.object(recognition_sums, "likely", lambda *_: 6),
        patch.object(recognition_parts, "LOOKED_AT", 4),
        patch.object(recognition_parts, "BEHIND_SHOWN", 2),
    ):
        for seed in range(SEEDS, SEEDS + 12):
            with pytest.raises(_Undo):
                await database.transact(partial(_undone, seed=seed, house=house))
