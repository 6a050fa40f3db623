"""Rings of four and more are found, as far as they are closed; teams and honest colleagues are left alone."""

from collections import defaultdict
from collections.abc import Iterable
from random import Random

import pytest

from bot import circles, scoring
from bot.scoring import Around, Points, Thanks

Thanked = set[tuple[int, int]]
OUTSIDE = 1_000


def closed(thanks: Iterable[tuple[int, int]], *people: int) -> dict[int, frozenset[int]]:
    """Whose thanks come from each of some people, where (giver, receiver) are in different units."""
    to, by = defaultdict[int, set[int]](set), defaultdict[int, set[int]](set)
    for giver, receiver in thanks:
        to[giver].add(receiver)
        by[receiver].add(giver)
    around = circles.Around(lambda some: {p: to[p] for p in some}, lambda some: {p: len(by[p]) for p in some})
    return circles.closed(people, around)


def ring(people: int, *, ahead: int = 1, outside: int = 0) -> Thanked:
    """Everybody thanks the next, or several next ones; each is thanked by so many others too, and thanks some."""
    inside = {(one, (one + step) % people) for one in range(people) for step in range(1, ahead + 1)}
    others = {(OUTSIDE + one * 10 + n, one) for one in range(people) for n in range(outside)}
    # Whoever is from outside thanks somebody of their own choice too.
    aside = {(giver, OUTSIDE + giver) for giver, _ in others}
    return inside | others | aside | {(one, OUTSIDE + 500) for one in range(people)}


def points(thanks: Thanked, receiver: int) -> Points:
    """What somebody has, with every giver in a unit of their own."""
    to, by = defaultdict[int, set[int]](set), defaultdict[int, set[int]](set)
    for giver, one in thanks:
        to[giver].add(one)
        by[one].add(giver)
    given = [Thanks(giver, giver + 1, own=False) for giver in by[receiver]]
    few = {g: frozenset(to[g]) for g in by[receiver] if len(to[g]) <= scoring.FEW}
    around = Around(frozenset(to[receiver]), by, few, closed(thanks, receiver)[receiver])
    return scoring.score(given, around, {})


@pytest.mark.parametrize("people", [4, 5, 8, 12])
def test_a_ring_is_discounted_whoever_it_is_looked_at_from(people: int) -> None:
    thanks = ring(people)
    for one in range(people):
        found = points(thanks, one)
        assert (found.points, found.before, found.circle, found.ring) == (0.5, 1, 1, 0)


@pytest.mark.parametrize(("people", "ahead", "outside"), [(5, 2, 1), (8, 2, 1), (8, 3, 1), (12, 3, 1), (12, 5, 2)])
def test_a_group_that_thanks_round_and_round_gains_nothing_by_a_third_from_outside(
    people: int, ahead: int, outside: int
) -> None:
    thanks = ring(people, ahead=ahead, outside=outside)
    for one in range(people):
        found = points(thanks, one)
        assert found.mutual == 0
        assert found.ring + found.circle == ahead, "everybody of the group, and nobody from outside"
        assert found.points == scoring.tenths(outside + ahead / (1 + ahead**0.5))


def test_two_rings_that_meet_in_one() -> None:
    """0→1→2→3→0 and 0→4→5→6→7→0: two givers are enough for a shortlist."""
    first, second = [0, 1, 2, 3], [0, 4, 5, 6, 7]
    thanks = {(a, b) for one in (first, second) for a, b in zip(one, one[1:] + one[:1], strict=True)}
    found = points(thanks, 0)
    assert (found.givers, found.circle, found.before, found.points) == (2, 2, 2, 0.8)
    assert points(thanks, 5).circle == 0, "half of what 0 was thanked for came by the other ring"


def test_how_far_it_is_looked() -> None:
    assert points(ring(circles.LONGEST), 0).circle == 1
    assert points(ring(circles.LONGEST + 1), 0).circle == 0
    assert points(ring(6, outside=1), 0).circle == 0, "half of what each was thanked for came from outside"


def test_a_team_is_left_alone_however_closed_it_is() -> None:
    """Whoever is in one's own unit is no circle, even if the thanks of others lead there."""
    team = [Thanks(giver, 7, own=True) for giver in range(1, 9)]
    around = Around(circle=frozenset(range(1, 9)))
    assert scoring.score(team, around, {7: 11}) == scoring.score(team, Around(), {7: 11})
    other = [Thanks(giver, 7, own=False) for giver in range(1, 9)]
    assert scoring.score(other, around, {7: 11}).circle == 8


def test_who_was_thanked_back_is_counted_once() -> None:
    given = [Thanks(giver, giver, own=False) for giver in (1, 2, 3)]
    found = scoring.score(given, Around(frozenset((1,)), {2: {1}, 3: {9}}, {}, frozenset((1, 2, 3))), {})
    assert (found.mutual, found.ring, found.circle) == (1, 1, 1)


def _slowly(thanks: Thanked, first: int) -> set[int]:
    group = {to for giver, to in thanks if giver == first}
    for _ in range(circles.LONGEST - 2):
        by = {one: {giver for giver, to in thanks if to == one} for _, one in thanks}
        group |= {one for one, givers in by.items() if one != first and 3 * len(givers & group) >= 2 * len(givers)}
    return group - {first}


@pytest.mark.parametrize("seed", range(12))
def test_it_equals_adding_one_by_one_and_more_from_outside_never_closes_a_group(seed: int) -> None:
    rng = Random(seed)
    people = rng.randint(4, 24)
    pairs = ((rng.randrange(people), rng.randrange(people)) for _ in range(rng.randint(4, 3 * people)))
    thanks = {(giver, to) for giver, to in pairs if giver != to}
    found = closed(thanks, *range(people))
    more = thanks | {(OUTSIDE + n, rng.randrange(people)) for n in range(people)}
    opened = closed(more, *range(people))
    for one in range(people):
        assert found[one] == _slowly(thanks, one)
        assert opened[one] <= found[one]


def _honest(rng: Random, *, thanks: float, near: float, units: int, size: int) -> Thanked:
    """3,000 people of whom some thank much and some are known to many; `near` is the share in the `units` next door.

    Only thanks between units are returned, of which a fifth of all stay inside one.
    """
    found: Thanked = set()
    popular = [rng.lognormvariate(0, 0.6) for _ in range(3_000)]
    for giver in range(3_000):
        section = giver // (size * units) * size * units
        for _ in range(int(thanks * rng.lognormvariate(0, 0.8) / 1.38 + rng.random())):
            u = rng.random()
            low, high = (section, section + size * units) if u < near else (0, 3_000)
            chosen = max((rng.randrange(low, min(3_000, high)) for _ in range(2)), key=lambda one: popular[one])
            if chosen // size != giver // size and u < 0.8:
                found.add((giver, chosen))
    return found


@pytest.mark.parametrize(
    ("thanks", "near", "units", "size", "most"),
    [
        (9, 0.3, 4, 11, 0.0005),
        (9, 0.6, 4, 11, 0.001),
        (4, 0.7, 4, 4, 0.01),
        (2, 0.7, 4, 4, 0.01),
        (1, 0.5, 4, 4, 0.001),
    ],
)
def test_honest_colleagues_are_seldom_taken_for_a_circle(
    thanks: float, near: float, units: int, size: int, most: float
) -> None:
    """`most` is the share of givers it may wrongly hold for one, in sections ever smaller and more closed."""
    given = _honest(Random(7), thanks=thanks, near=near, units=units, size=size)
    to, by = defaultdict[int, set[int]](set), defaultdict[int, set[int]](set)
    for giver, one in given:
        to[giver].add(one)
        by[one].add(giver)
    groups = closed(given, *range(3_000))

    def is_new(giver: int, one: int) -> bool:
        back = giver in to[one] or 2 * len(by[giver] & to[one]) >= len(by[giver]) > 0
        return giver in groups[one] and not back

    wrong = sum(is_new(giver, one) for giver, one in given)
    assert wrong <= most * len(given), wrong / len(given)
