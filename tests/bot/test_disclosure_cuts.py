"""Small differences between two surveys are found, all of them: held against trying every pair of unions."""

from collections import Counter
from itertools import chain, combinations
from random import Random

from bot.disclosure_cuts import NOWHERE, gathered, overlap, threat

People = Counter[tuple[int, int]]


def some(rng: Random) -> People:
    """People in a few pieces of two surveys; most stayed together, some moved, came or went."""
    now, then = rng.randint(1, 4), rng.randint(1, 4)
    people: People = Counter()
    for _ in range(rng.randint(5, 60)):
        here = rng.randrange(now)
        before = here if rng.random() < 0.85 and here < then else rng.randrange(then)
        gone, new = rng.random() < 0.05, rng.random() < 0.05
        people[NOWHERE if gone else here, NOWHERE if new and not gone else before] += 1
    return people


def unions(pieces: set[int]) -> list[tuple[int, ...]]:
    return list(chain.from_iterable(combinations(sorted(pieces), n) for n in range(len(pieces) + 1)))


def differing(people: People, k: int) -> dict[tuple[tuple[int, ...], tuple[int, ...]], int]:
    """Every pair of unions of pieces that differs by 1 to k-1 people, found by trying them all."""
    pairs = [
        (now, then) for now in unions({n for n, _ in people} - {-1}) for then in unions({t for _, t in people} - {-1})
    ]
    few = {pair: sum(w for (n, t), w in people.items() if (n in pair[0]) != (t in pair[1])) for pair in pairs}
    return {pair: number for pair, number in few.items() if 1 <= number < k}


def connected(people: People, now: tuple[int, ...], then: tuple[int, ...]) -> bool:
    """Whether a pair of unions is no smaller difference beside pieces that nobody left or joined."""
    held = [(n, t) for n, t in people if people[n, t] and n in now and t in then]
    reached = set(held[:1])
    for _ in held:
        reached |= {(n, t) for n, t in held if any(n == a or t == b for a, b in reached)}
    return {n for n, _ in reached} == set(now) and {t for _, t in reached} == set(then)


def large(people: People, k: int) -> bool:
    """Whether every piece has k people, as all that is published has."""
    sizes: Counter[tuple[str, int]] = Counter()
    for (now, then), weight in people.items():
        sizes["now", now] += weight
        sizes["then", then] += weight
    return all(size >= k for (_, piece), size in sizes.items() if piece != NOWHERE)


def test_every_piece_within_a_small_difference_is_rounded() -> None:
    rng, seen = Random(1), 0
    for _ in range(1_500):
        people, k = some(rng), rng.choice((3, 4, 5))
        if large(people, k):
            true, found = differing(people, k), threat(people, k)
            seen += len(true)
            for one in found.sets:
                assert true[tuple(sorted(one.now)), one.then] == one.joined + one.left
                assert found.rounded.issuperset(one.now)
            assert all(found.rounded.issuperset(pair[0]) for pair in true if connected(people, *pair))
            assert bool(found.rounded) == bool(found.sets)
    assert seen > 500


def test_nothing_is_rounded_where_nobody_moved_or_many_did() -> None:
    assert threat(Counter({(0, 0): 9, (1, 1): 7}), 5).sets == []
    assert threat(Counter({(0, 0): 9, (0, NOWHERE): 5, (NOWHERE, 0): 0}), 5).sets == []
    assert threat(Counter({(0, 0): 9, (1, 1): 9, (0, 1): 5}), 5).sets == []


def test_one_who_joined_and_one_who_left_are_told_apart() -> None:
    joined = threat(Counter({(0, 0): 9, (0, NOWHERE): 1}), 5).sets[0]
    left = threat(Counter({(0, 0): 9, (NOWHERE, 0): 1}), 5).sets[0]
    assert (joined.joined, joined.left) == (1, 0)
    assert (left.joined, left.left) == (0, 1)


def test_two_units_that_exchange_many_and_lose_one_are_seen_as_one() -> None:
    found = threat(Counter({(0, 0): 9, (1, 1): 9, (0, 1): 4, (1, 0): 4, (0, NOWHERE): 1}), 5)
    assert [(sorted(one.now), one.then) for one in found.sets] == [([0, 1], (0, 1))]
    assert found.rounded == {0, 1}


def test_overlaps_count_everybody_once() -> None:
    groups = overlap({1: 0, 2: 0, 3: 1, 4: 2}, {1: 0, 3: 0, 9: 1})
    assert groups == {(0, 0): 1, (0, NOWHERE): 1, (1, 0): 1, (2, NOWHERE): 1, (NOWHERE, 1): 1}
    assert gathered(groups, {0: 0, 1: 0, 2: 1}) == {(0, 0): 2, (0, NOWHERE): 1, (1, NOWHERE): 1, (NOWHERE, 1): 1}
