"""How widely somebody is recognised, in points: pure figures. docs/recognition.md says why each of them is as it is.

Different givers count, never how often. What a unit gives counts the less the more of it gave; one's own unit is
measured as if it had eleven people. Thanks that came back, and givers who thank only the same few people, weigh less.
What is usual for somebody's role is divided out.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from math import floor, fsum, sqrt
from typing import NamedTuple

# The most that one unit's thanks come to, and the unit whose own thanks count as they are.
MOST_OF_A_UNIT, MEASURE = 5, 11
# Keep a very small unit from counting its few colleagues many times over.
STEADY, MOST_MEASURE = 4, 1.5
# So much of the thanks a giver got has to come from people the receiver thanked, to count as a ring.
RING = 0.5
# Givers who thanked no more people than these are compared by whom they thanked.
FEW = 3
# A role's visibility is between these; so many average colleagues are thought into every role.
LEAST_ROLE, MOST_ROLE, AVERAGES = 1.0, 2.0, 20
# How many places a shortlist has, and how many names at most where the last place is shared.
PLACES, MOST_NAMES = 5, 10

NO_UNIT = 0
_HALF, _EXACT = 0.5, 1e-9


class Thanks(NamedTuple):
    """That somebody thanked the receiver for the principle in the period: from which unit, and whether it was theirs.

    Several times count as the newest.
    """

    giver: int
    unit: int
    own: bool


@dataclass(frozen=True, slots=True)
class Around:
    """The thanks of twelve months around a receiver, for any principle: whom they thanked; who thanked their givers;
    all whom a giver thanked, of those givers who thanked a `few` people only; whose thanks come from the receiver by a
    longer way (`bot/circles.py`).
    """

    thanked: frozenset[int] = frozenset()
    thanked_by: Mapping[int, Collection[int]] = field(default_factory=dict)
    few: Mapping[int, frozenset[int]] = field(default_factory=dict)
    circle: frozenset[int] = frozenset()


class Points(NamedTuple):
    """What somebody's recognition comes to, and why.

    `mutual` givers were thanked back, those in a `ring` through a third, those in a `circle` through several; `single`
    ones thanked only the same few people as another giver. `before` are the points without these discounts; `role` is
    what both were divided by.
    """

    points: float
    before: float
    givers: int
    units: int
    mutual: int = 0
    ring: int = 0
    single: int = 0
    role: float = LEAST_ROLE
    circle: int = 0

    @property
    def discounted(self) -> int:
        """How many tenths of a point the discounts took."""
        return round((self.before - self.points) * 10)


class Ranked(NamedTuple):
    """A place on a shortlist; those with equal points share it."""

    place: int
    person_id: int
    points: Points


def score(thanks: Iterable[Thanks], around: Around, sizes: Mapping[int, int], role: float = LEAST_ROLE) -> Points:
    """The points of one receiver for one principle; `sizes` is how many people work in a unit."""
    found = sorted(thanks, key=lambda one: (one.unit, one.own, one.giver))
    givers = {one.giver for one in found}
    mutual = givers & around.thanked
    ring = {giver for giver in givers - mutual if _is_ring(around.thanked_by.get(giver, ()), around.thanked)}
    # A unit's own thanks are limited already: colleagues who thank each other are a team.
    circle = {one.giver for one in found if not one.own} & around.circle - mutual - ring
    single = _alike(givers, around.few)
    weights = _weights(givers, mutual | ring | circle, single)
    return Points(
        tenths(_total(found, weights, sizes) / role),
        tenths(_total(found, dict.fromkeys(givers, 1.0), sizes) / role),
        len(givers),
        len({one.unit for one in found}),
        len(mutual),
        len(ring),
        len(single),
        role,
        len(circle),
    )


def _is_ring(givers_own: Collection[int], thanked: frozenset[int]) -> bool:
    """Whether what a giver was thanked for came, for the larger part, from people whom the receiver thanks."""
    return bool(givers_own) and len(thanked.intersection(givers_own)) >= RING * len(givers_own)


def _alike(givers: Iterable[int], few: Mapping[int, frozenset[int]]) -> dict[int, int]:
    """Of the givers who thanked exactly the same few people, how many there are; nobody who is the only one."""
    theirs = {giver: few[giver] for giver in givers if giver in few}
    sizes = Counter(theirs.values())
    return {giver: sizes[people] for giver, people in theirs.items() if sizes[people] > 1}


def _weights(givers: Collection[int], back: Collection[int], alike: Mapping[int, int]) -> dict[int, float]:
    """What each giver weighs: the less, the more of a kind there are, so that no number of them adds up to much."""
    returned = 1 / (1 + sqrt(len(back)))
    return {g: min(returned if g in back else 1.0, 1 / sqrt(alike.get(g, 1))) for g in givers}


def _total(found: Iterable[Thanks], weights: Mapping[int, float], sizes: Mapping[int, int]) -> float:
    """The points of every unit together; `found` is in the order of units."""
    parts = groupby(found, key=lambda one: (one.unit, one.own))
    return fsum(
        of_a_unit(fsum(weights[one.giver] for one in some) * (measured(sizes.get(unit, 0)) if own else 1))
        for (unit, own), some in parts
    )


def of_a_unit(weight: float) -> float:
    """What the givers of one unit count for: the first as one, all of them never more than five."""
    return weight if weight <= 1 else MOST_OF_A_UNIT * weight / (weight + MOST_OF_A_UNIT - 1)


def measured(size: int) -> float:
    """By what thanks from one's own unit are multiplied; nobody knows the size of a unit that is no more."""
    return min(MOST_MEASURE, (MEASURE + STEADY) / (size + STEADY)) if size else 1.0


def tenths(points: float) -> float:
    """Points as everybody sees them, and as they are compared: to a tenth, halves upwards."""
    return floor(points * 10 + _HALF + _EXACT) / 10


def visibility(theirs: int, holders: int, usual: float) -> float:
    """By what a role's points are divided: how many more givers its holders have than colleagues usually have.

    `theirs` is the sum of their different givers, `usual` the average of everybody without such a role.
    """
    if usual <= 0 or holders <= 0:
        return LEAST_ROLE
    ratio = (theirs + AVERAGES * usual) / ((holders + AVERAGES) * usual)
    return round(min(MOST_ROLE, max(LEAST_ROLE, ratio)), 2)


def ranked(found: Mapping[int, Points]) -> list[Ranked]:
    """Everybody by points; equal ones share a place, and stand by more units, more givers, and by who was here first.

    Nobody without a point is on it.
    """
    order = sorted(
        (item for item in found.items() if item[1].points > 0),
        key=lambda item: (-item[1].points, -item[1].units, -item[1].givers, item[0]),
    )
    places: dict[float, int] = {}
    for at, (_, points) in enumerate(order, 1):
        places.setdefault(points.points, at)
    return [Ranked(places[points.points], person, points) for person, points in order]


def shortlist(found: Mapping[int, Points]) -> list[Ranked]:
    """The first five places, everybody who shares the last of them included, as far as ten names."""
    return [one for one in ranked(found) if one.place <= PLACES][:MOST_NAMES]
