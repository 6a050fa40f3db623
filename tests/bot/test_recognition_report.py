"""The recognition report equals a slow, obviously right count over random organisations that change and transfer."""

from collections import Counter
from datetime import date, datetime, time, timedelta
from functools import partial
from math import sqrt
from random import Random
from typing import NamedTuple
from unittest.mock import patch

import pytest

from bot import recognition, recognition_sums, reports, scoring, shortlists
from bot.recognition_model import Recognition
from bot.turn import House, Turn
from storage import roles, units
from storage.database import Database, Tx
from tests.bot.test_rollups import Organisation, _asked

SEEDS = 14


class Edge(NamedTuple):
    """One principle of thanks of one giver to one colleague."""

    number: int
    receiver: int
    giver: int
    giver_unit: int | None
    unit: int | None
    on: date
    at: int
    kudos: int


class Thankful(Organisation):
    """A random organisation that thanks more, where some have roles and some do not wish to be listed."""

    def fill(self) -> None:
        """Many thanks, often to the same few."""
        super().fill()
        for _ in range(110):
            self.thank()
        self.retire(self.rng.choice([None, 5]))
        self.refusing = {person for person in self.posted if self.rng.random() < 0.15}
        self.held = {(p, self.rng.choice(["manager", "executive"])) for p in self.posted if self.rng.random() < 0.3}
        for person, role in sorted(self.held):
            roles.add(self.tx, person, role, unit_id=None, starts_on="2020-04-01")
        for person in self.refusing:
            self.tx.cursor.execute(f"update person set honour = false where id = {person}")

    def edges(self, first: date, end: date, unit: int | None = None) -> list[Edge]:
        """All thanks that stand, each principle and colleague of them."""
        self.tx.cursor.execute("select id, at from kudos order by id")
        stored = self.tx.cursor.fetchall()
        return [
            Edge(number, person, given.giver, given.unit, own, given.day, at, key)
            for given, (key, at) in zip(self.kudos, stored, strict=True)
            if given.counts and first <= given.day < end
            for person, own in given.to
            if unit is None or self.counts_for(unit, own, given.day)
            for number in given.numbers
        ]

    def tagged(self, first: date, end: date) -> list[tuple[int, int]]:
        """(receiver, number) of all thanks that stand, for principles that are no more too."""
        self.tx.cursor.execute("select id from kudos order by id")
        keys = [row[0] for row in self.tx.cursor.fetchall()]
        during = {key for key, given in zip(keys, self.kudos, strict=True) if first <= given.day < end}
        self.tx.cursor.execute("select kudos_id, receiver_id, number from kudos_tag")
        return [(person, number) for key, person, number in self.tx.cursor.fetchall() if key in during]

    def all_edges(self, first: date, end: date) -> set[tuple[int, int]]:
        """(giver, receiver) of whatever was thanked for, principles that are no more included."""
        return {
            (given.giver, person)
            for given in self.kudos
            if given.counts and first <= given.day < end
            for person, _ in given.to
        }


class Expected(NamedTuple):
    """A line of a shortlist."""

    place: int
    person: int
    points: float
    before: float
    givers: int
    mutual: int
    ring: int
    single: int


def _one_unit(weight: float) -> float:
    return weight if weight <= 1 else 5 * weight / (weight + 4)


def _points(newest: list[Edge], weight: dict[int, float], sizes: Counter[int | None], role: float) -> float:
    total = 0.0
    for unit in {e.giver_unit for e in newest}:
        for own in (True, False):
            some = [e for e in newest if e.giver_unit == unit and (e.unit == unit and unit is not None) == own]
            amount = sum(weight[e.giver] for e in some)
            if own and sizes[unit]:
                amount *= min(1.5, 15 / (sizes[unit] + 4))
            total += _one_unit(amount)
    return total / role


def _rounded(points: float) -> float:
    return int(points * 10 + 0.5 + 1e-9) / 10


def _roles(org: Thankful, thanked: list[int], sizes: Counter[int | None]) -> dict[int, float]:
    holders = {person for person, _ in org.held}
    others = max(1, sum(sizes.values()) - len(holders))
    usual = sum(person not in holders for person in thanked) / others
    found: dict[int, float] = {}
    for role in {role for _, role in org.held}:
        theirs = {person for person, held in org.held if held == role}
        by = (sum(person in theirs for person in thanked) + 20 * usual) / ((len(theirs) + 20) * usual) if usual else 1
        for person in theirs:
            found[person] = max(found.get(person, 1.0), round(min(2, max(1, by)), 2))
    return found


def expected(org: Thankful, number: int, first: date, end: date, unit: int | None) -> list[Expected]:
    """A shortlist, worked out for everybody one by one."""
    edges = [e for e in org.edges(first, end, unit) if e.number == number]
    sizes: Counter[int | None] = Counter(org.home(person, end - timedelta(days=1)) for person in org.posted)
    sizes.pop(None, None)
    role = _roles(org, [person for person, _ in org.tagged(first, end)], sizes)
    around = org.all_edges(min(first, end - timedelta(days=365)), end)
    lines: list[tuple[float, int, Expected]] = []
    for person in org.posted:
        mine = [e for e in edges if e.receiver == person]
        givers = {e.giver for e in mine}
        if person in org.refusing or len(givers) < 2:
            continue
        newest = [max((e for e in mine if e.giver == g), key=lambda e: (e.at, e.kudos)) for g in sorted(givers)]
        thanked = {to for giver, to in around if giver == person}
        mutual = givers & thanked
        ring = set()
        for giver in givers - mutual:
            theirs = {one for one, to in around if to == giver}
            if theirs and 2 * len(theirs & thanked) >= len(theirs):
                ring.add(giver)
        single = {g for g in givers if {to for giver, to in around if giver == g} == {person}}
        weight = {}
        for giver in givers:
            weights = [1.0]
            if giver in mutual | ring:
                weights.append(1 / (1 + sqrt(len(mutual | ring))))
            if giver in single:
                weights.append(1 / sqrt(len(single)))
            weight[giver] = min(weights)
        by = role.get(person, 1.0)
        points = _rounded(_points(newest, weight, sizes, by))
        before = _rounded(_points(newest, dict.fromkeys(givers, 1.0), sizes, by))
        reach = len({e.giver_unit or 0 for e in newest})
        lines.append(
            (points, reach, Expected(0, person, points, before, len(givers), len(mutual), len(ring), len(single)))
        )
    lines.sort(key=lambda line: (-line[0], -line[1], -line[2].givers, line[2].person))
    placed = [line._replace(place=1 + sum(other[0] > points for other in lines)) for points, _, line in lines if points]
    return [line for line in placed if line.place <= scoring.PLACES]


def _check(org: Thankful, house: House, first: date, end: date, unit: int | None) -> Recognition:
    now = datetime.combine(end - timedelta(days=1), time(23, 59), house.settings.zone)
    row = units.get(org.tx, unit) if unit else None
    found = recognition.build(Turn(org.tx, house, now), reports.between(house.settings, first, end), row)
    edges = org.edges(first, end, unit)
    for of in found.principles:
        about = [e for e in edges if e.number == of.number]
        assert (of.kudos, of.people, of.givers) == (
            len({e.kudos for e in about}),
            len({e.receiver for e in about}),
            len({e.giver for e in about}),
        )
        lines = [
            Expected(c.place, c.who.person_id, p.points, p.before, p.givers, p.mutual, p.ring, p.single)
            for c in of.shortlist
            for p in (c.points,)
        ]
        wanted = expected(org, of.number, first, end, unit)
        assert (lines, of.more) == (wanted[:10], max(0, len(wanted) - 10)), (of.number, first, end, unit)
    _check_people(org, found, first, end, unit)
    return found


def _check_people(org: Thankful, found: Recognition, first: date, end: date, unit: int | None) -> None:
    """First givers and receivers, those behind the scenes, and the heat map."""
    here = [(k, person, own) for k in org.kudos if k.counts for person, own in k.to]
    inside = [
        (k, p, own) for k, p, own in here if first <= k.day < end and (not unit or org.counts_for(unit, own, k.day))
    ]
    given = [
        k for k in org.kudos if k.counts and first <= k.day < end and (not unit or org.counts_for(unit, k.unit, k.day))
    ]
    before = {p for k, p, _ in here if k.day < first}
    gave_before = {k.giver for k in org.kudos if k.counts and k.day < first}
    assert found.firsts.receivers == tuple(sorted({p for _, p, _ in inside} - before))
    assert found.firsts.givers == tuple(sorted({k.giver for k in given} - gave_before))
    placed = {c.who.person_id for of in found.principles for c in of.shortlist}
    for one in found.behind:
        person = one.who.person_id
        assert one.units == len({k.unit for k, p, own in inside if p == person and k.unit not in (None, own)}) >= 3
        seen = sum(n.author == person and n.counts and n.audience == "unit" and first <= n.day < end for n in org.notes)
        seen += sum(k.giver == person and k.counts and first <= k.day < end for k in org.kudos)
        assert one.seen == seen < one.units
        assert person not in placed | org.refusing | {holder for holder, _ in org.held}
    last = end - timedelta(days=1)
    staffed = {org.home(person, last) for person in org.posted} - {None}
    for line in found.coverage:
        parts = {u for u in staffed if org.counts_for(line.unit.id, u, last)}
        assert line.units == len(parts)
        assert all(0 <= count <= line.units for count in line.by_number.values())


class _Undo(Exception):
    """Leaves nothing behind."""


def _undone(tx: Tx, seed: int, house: House) -> None:
    org = Thankful(tx, Random(seed))
    org.fill()
    for first, end, _ in _asked(org.rng):
        _check(org, house, first, end, None)
        _check(org, house, first, end, org.rng.choice(list(org.units)))
    raise _Undo


async def test_the_report_equals_a_count_one_by_one(house: House, database: Database) -> None:
    for seed in range(SEEDS):
        with pytest.raises(_Undo):
            await database.transact(partial(_undone, seed=seed, house=house))


async def test_nobody_is_missed_however_few_are_looked_at_first(house: House, database: Database) -> None:
    """Two places, one looked at a time, and a first guess that is far too high."""
    with (
        patch.object(shortlists, "LOOKED_AT", 1),
        patch.object(shortlists, "SCORED", 1),
        patch.object(scoring, "PLACES", 2),
        patch.object(recognition_sums, "likely", lambda *_: 6),
    ):
        for seed in range(SEEDS, SEEDS + 8):
            with pytest.raises(_Undo):
                await database.transact(partial(_undone, seed=seed, house=house))
