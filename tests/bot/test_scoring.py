"""Points for being recognised: different givers, units of any size, and every way to make them seem more."""

from collections.abc import Iterable
from math import sqrt
from random import Random

import pytest

from bot import scoring, shortlists
from bot.scoring import Around, Points, Thanks
from storage.recognised import Edge, Spread

ME = 1_000


def thanks(*units: int, own: int = 0) -> list[Thanks]:
    """One giver from each of these units."""
    return [Thanks(giver, unit, unit == own) for giver, unit in enumerate(units, 1)]


def points(given: list[Thanks], around: Around = Around(), sizes: dict[int, int] | None = None) -> Points:
    return scoring.score(given, around, sizes or {})


def test_different_people_of_different_units_count_one_each() -> None:
    assert points(thanks(1, 2, 3, 4)).points == 4
    assert points([]).points == 0


def test_however_many_of_one_unit_thank_it_never_gives_more_than_five_points() -> None:
    assert points(thanks(1, 1)).points == 1.7
    assert points(thanks(*[1] * 200)).points == 4.9
    assert points(thanks(*[1] * 5_000)).points == 5


def test_thanks_in_a_large_unit_count_as_if_it_had_eleven_people() -> None:
    small, large = thanks(*[7] * 5, own=7), thanks(*[7] * 24, own=7)
    assert points(small, sizes={7: 11}).points == 2.8
    assert points(large, sizes={7: 50}).points == points(thanks(*[7] * 7, own=7), sizes={7: 12}).points == 3.1


def test_in_a_unit_of_two_one_colleague_is_not_everybody() -> None:
    """Thanked by the only colleague there is: more than one of many, less than two people of other units."""
    alone = points(thanks(7, own=7), sizes={7: 2})
    assert points(thanks(7, own=7), sizes={7: 40}).points < 1 < alone.points == 1.4 < points(thanks(1, 2)).points
    back = points(thanks(7, own=7), Around(thanked=frozenset((1,))), {7: 2})
    assert (back.points, back.before, back.mutual) == (0.8, 1.4, 1)
    assert shortlists.LEAST_GIVERS == 2, "the only colleague puts nobody on a shortlist"


def test_a_unit_that_is_no_more_counts_as_it_is() -> None:
    assert points(thanks(7, 7, own=7)).points == points(thanks(7, 7)).points


def test_thanks_that_are_returned_count_half_and_the_more_the_less() -> None:
    everybody = frozenset(range(1, 20))
    assert points(thanks(1, 2, 3), Around(thanked=frozenset((1,)))).points == 2.5
    clique = points(thanks(*range(1, 20)), Around(thanked=everybody))
    assert (clique.points, clique.before, clique.mutual) == (3.5, 19, 19)
    assert points(thanks(1, 2, 3, 4)).points > clique.points, "four who want nothing back are more than such a circle"


def test_a_ring_of_three_counts_as_returned() -> None:
    """I thank 5, who thanks 1, who thanks me."""
    ring = points(thanks(1, 2), Around(frozenset((5,)), {1: {5}, 2: {9}}))
    assert (ring.points, ring.ring, ring.mutual) == (1.5, 1, 0)
    wide = points(thanks(1, 2), Around(frozenset((5,)), {1: {5, 6, 7}, 2: {9}}))
    assert (wide.points, wide.ring) == (2, 0), "most of what 1 was thanked for came from elsewhere"
    assert points(thanks(1, 2), Around(frozenset((5,)), {1: (), 2: ()})).ring == 0


def few(givers: Iterable[int], *others: int) -> dict[int, frozenset[int]]:
    """All of these givers thanked me and the same others."""
    return dict.fromkeys(givers, frozenset((ME, *others)))


@pytest.mark.parametrize("decoys", [(), (7,), (7, 8)])
def test_two_hundred_accounts_that_thank_only_the_same_few_are_fourteen(decoys: tuple[int, ...]) -> None:
    crowd = range(1, 201)
    around = Around(few=few(crowd, *decoys))
    spread = points(thanks(*crowd), around)
    assert (spread.points, spread.before, spread.single) == (14.1, 200, 200)
    one_unit = points(thanks(*[3] * 200), around)
    assert one_unit.points == 3.9
    nowhere = points([Thanks(g, scoring.NO_UNIT, own=False) for g in crowd], around)
    assert nowhere.points == 3.9, "who is in no unit is of one and the same"
    assert points(thanks(*range(1, 16))).points > spread.points


def test_every_group_weighs_by_itself_and_nobody_is_discounted_alone() -> None:
    groups = few((1, 2, 3, 4)) | few(range(5, 14), 7) | few((14,), 8) | few((15,), 7, 8)
    found = points(thanks(*range(1, 20)), Around(few=groups))
    assert (found.points, found.before) == (sqrt(4) + sqrt(9) + 1 + 1 + 4, 19)
    assert found.single == 13, "who is the only one to thank these few is not counted"


def test_who_is_in_a_group_but_did_not_thank_for_this_principle_makes_it_no_larger() -> None:
    assert points(thanks(1, 2), Around(few=few(range(2, 50)))) == points(thanks(1, 2))


def test_of_two_discounts_the_larger_one_counts() -> None:
    both = points(thanks(1, 2, 3, 4), Around(frozenset((1,)), {}, few((1, 2, 3, 4), 9)))
    assert both.points == scoring.tenths(4 / sqrt(4))


def test_a_visible_role_is_divided_out() -> None:
    assert scoring.visibility(theirs=600, holders=100, usual=2) == 2
    assert scoring.visibility(theirs=300, holders=100, usual=2) == 1.42
    assert scoring.visibility(theirs=9, holders=1, usual=2) == 1.17, "one person says little about a role"
    assert scoring.visibility(theirs=0, holders=50, usual=2) == 1, "nobody gains by a role"
    assert scoring.visibility(theirs=5, holders=0, usual=2) == scoring.visibility(5, 5, 0) == 1
    assert scoring.score(thanks(1, 2, 3), Around(), {}, 1.5).points == 2


def _of(value: float, *, units: int = 1, givers: int = 2) -> Points:
    return Points(value, value, givers, units)


def test_equal_points_share_a_place_and_stand_in_an_order_that_is_always_the_same() -> None:
    found = {9: _of(3), 2: _of(3, units=2), 5: _of(4), 7: _of(3), 1: _of(2), 8: _of(0)}
    order = [(one.place, one.person_id) for one in scoring.ranked(found)]
    assert order == [(1, 5), (2, 2), (2, 7), (2, 9), (5, 1)]
    assert scoring.ranked(dict(reversed(found.items()))) == scoring.ranked(found)


def test_everybody_who_shares_the_last_place_is_listed_as_far_as_ten() -> None:
    assert [one.place for one in scoring.shortlist({n: _of(9 - n) for n in range(1, 9)})] == [1, 2, 3, 4, 5]
    tied = {n: _of(9 - n) for n in range(1, 5)} | {n: _of(1) for n in range(20, 23)}
    assert [one.place for one in scoring.shortlist(tied)] == [1, 2, 3, 4, 5, 5, 5]
    many = scoring.shortlist({n: _of(1) for n in range(1, 40)})
    assert [(one.place, one.person_id) for one in many] == [(1, n) for n in range(1, 11)]


@pytest.mark.parametrize("seed", range(40))
def test_discounts_only_take_and_nobody_has_more_than_was_expected(seed: int) -> None:
    rng = Random(seed)
    for _ in range(60):
        edges = [
            Edge(rng.randint(1, 12), rng.randint(0, 5), rng.randint(0, 1), rng.randint(1, 9), kudos)
            for kudos in range(rng.randint(0, 25))
        ]
        given = shortlists.newest(edges)
        some = frozenset(rng.sample(range(1, 13), rng.randint(0, 12)))
        thanked_by = {g: rng.sample(range(1, 20), rng.randint(0, 6)) for g in range(1, 13)}
        around = Around(some, thanked_by, {g: frozenset((ME, rng.randint(1, 4))) for g in some})
        sizes = {unit: rng.randint(0, 30) for unit in range(6)}
        found = scoring.score(given, around, sizes, rng.choice([1.0, 1.3]))
        own, others = [e for e in edges if e.own], [e for e in edges if not e.own]
        spread = Spread(
            *(len(set(vs)) for part in (others, own) for vs in ((e.giver for e in part), (e.unit for e in part)))
        )
        assert 0 <= found.points <= found.before <= scoring.tenths(shortlists.at_most(spread)) + 1e-9
        assert found.before <= scoring.tenths(shortlists.most(len(edges))) + 1e-9
        assert found.givers == len({e.giver for e in edges})
        assert scoring.score(sorted(given, reverse=True), around, sizes, found.role) == found, "in whatever order"


@pytest.mark.parametrize("seed", range(10))
def test_one_giver_more_is_never_less(seed: int) -> None:
    rng = Random(seed)
    given: list[Thanks] = []
    before = 0.0
    for giver in range(1, 60):
        given.append(Thanks(giver, rng.randint(1, 9), own=False))
        now = points(given).points
        assert now >= before
        before = now


def test_thanking_again_changes_nothing() -> None:
    once = [Edge(1, 3, 0, 10, 1), Edge(2, 4, 0, 10, 2)]
    again = [*once, *(Edge(1, 3, 0, 10 + n, 2 + n) for n in range(1, 50))]
    assert points(shortlists.newest(again)) == points(shortlists.newest(once))


def test_of_several_thanks_the_newest_says_which_unit() -> None:
    moved = [Edge(1, 3, 1, 10, 1), Edge(1, 4, 0, 10, 2), Edge(1, 5, 0, 9, 9)]
    assert shortlists.newest(moved) == [Thanks(1, 4, own=False)]
