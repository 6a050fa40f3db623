"""Points and shortlists worked out for everybody one by one, the slow and obviously right way."""

from collections import Counter
from datetime import date, timedelta
from math import sqrt
from typing import NamedTuple

from bot import scoring
from tests.thankful import Edge, Thankful


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
    circle: int


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


def _closed(person: int, across: set[tuple[int, int]]) -> set[int]:
    """Whom the person thanked in other units, and who got two thirds of what came from other units from all these."""
    group = {to for giver, to in across if giver == person} - {person}
    for _ in range(10):
        more = set()
        for one in {to for _, to in across} - group - {person}:
            givers = {giver for giver, to in across if to == one}
            if 3 * len(givers & group) >= 2 * len(givers):
                more.add(one)
        group |= more
    return group


def expected(org: Thankful, number: int, first: date, end: date, unit: int | None) -> list[Expected]:
    """A shortlist, worked out for everybody one by one."""
    edges = [e for e in org.edges(first, end, unit) if e.number == number]
    sizes: Counter[int | None] = Counter(org.home(person, end - timedelta(days=1)) for person in org.posted)
    sizes.pop(None, None)
    role = _roles(org, [person for person, _ in org.tagged(first, end)], sizes)
    thanks = org.thanks(min(first, end - timedelta(days=365)), end)
    around = {(giver, to) for giver, to, _ in thanks}
    across = {(giver, to) for giver, to, elsewhere in thanks if elsewhere}
    lines: list[tuple[float, int, Expected]] = []
    for person in org.posted:
        mine = [e for e in edges if e.receiver == person]
        givers = {e.giver for e in mine}
        if person in org.refusing or len(givers) < 2 or not org.is_here(person, end - timedelta(days=1)):
            continue
        newest = [max((e for e in mine if e.giver == g), key=lambda e: (e.at, e.kudos)) for g in sorted(givers)]
        thanked = {to for giver, to in around if giver == person}
        mutual = givers & thanked
        ring = set()
        for giver in givers - mutual:
            theirs = {one for one, to in around if to == giver}
            if theirs and 2 * len(theirs & thanked) >= len(theirs):
                ring.add(giver)
        others = {e.giver for e in newest if e.giver_unit is None or e.giver_unit != e.unit}
        circle = (others & _closed(person, across)) - mutual - ring
        whom = {g: {to for giver, to in around if giver == g} for g in givers}
        alike = {g: [whom[other] for other in givers].count(whom[g]) for g in givers if len(whom[g]) <= 3}
        single = {g for g, of_them in alike.items() if of_them > 1}
        weight = {}
        for giver in givers:
            weights = [1.0]
            if giver in mutual | ring | circle:
                weights.append(1 / (1 + sqrt(len(mutual | ring | circle))))
            if giver in single:
                weights.append(1 / sqrt(alike[giver]))
            weight[giver] = min(weights)
        by = role.get(person, 1.0)
        points = _rounded(_points(newest, weight, sizes, by))
        before = _rounded(_points(newest, dict.fromkeys(givers, 1.0), sizes, by))
        reach = len({e.giver_unit or 0 for e in newest})
        kinds = (len(one) for one in (givers, mutual, ring, single, circle))
        lines.append((points, reach, Expected(0, person, points, before, *kinds)))
    lines.sort(key=lambda line: (-line[0], -line[1], -line[2].givers, line[2].person))
    placed = [line._replace(place=1 + sum(other[0] > points for other in lines)) for points, _, line in lines if points]
    return [line for line in placed if line.place <= scoring.PLACES]
