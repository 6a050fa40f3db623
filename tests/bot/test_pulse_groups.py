"""Groups of a survey are of at least k people, hold everybody once, and merge no more than they must."""

from collections import Counter
from collections.abc import Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.pulse_groups import MANY, WHOLE, Divided, Few, Part, divide

Case = tuple[dict[str, str | None], dict[int, str | None], int]


@st.composite
def organisations(draw: st.DrawFn) -> Case:
    """A tree with one or several tops, people in it and in no unit, and a k."""
    size = draw(st.integers(0, 14))
    tree: dict[str, str | None] = {}
    for n in range(size):
        above = draw(st.integers(-1, n - 1)) if n and draw(st.integers(0, 9)) else -1
        tree[f"u{n:02}"] = f"u{above:02}" if above >= 0 else None
    k = draw(st.integers(3, 7))
    homes: list[str | None] = [*tree, None] if draw(st.booleans()) else list(tree) or [None]
    many = draw(st.lists(st.integers(0, k + 3), min_size=len(homes), max_size=len(homes)))
    placed = [home for home, n in zip(homes, many, strict=True) for _ in range(n)]
    return tree, dict(enumerate(placed)), k


def _below(tree: dict[str, str | None], unit: str) -> set[str]:
    found = {unit}
    while more := {code for code, above in tree.items() if above in found} - found:
        found |= more
    return found


def _divided(case: Case) -> Divided | None:
    tree, people, k = case
    try:
        return divide(tree, people, k)
    except Few:
        assert len(people) < k
        return None


def _held(found: Divided, part: Part) -> set[str]:
    """The units themselves a part stands for, by what it says."""
    if part.units == (part.parent,):
        return {part.parent}
    return {code for unit in part.units for code in ({unit} if unit == part.parent else _below(found.tree, unit))}


@given(case=organisations())
def test_everybody_is_in_one_group_of_at_least_k(case: Case) -> None:
    found = _divided(case)
    if found:
        assert set(found.seats) == set(case[1])
        assert [part.number for part in found.parts] == list(range(1, len(found.parts) + 1))
        assert Counter(found.seats.values()) == Counter({part.number: part.invited for part in found.parts})
        assert all(part.invited >= case[2] for part in found.parts)


@given(case=organisations())
def test_a_group_says_who_is_in_it(case: Case) -> None:
    found = _divided(case)
    if found:
        for person, number in found.seats.items():
            assert found.posts[person] in _held(found, found.parts[number - 1])


@given(case=organisations())
def test_whoever_heads_a_unit_counts_there_or_in_one_above(case: Case) -> None:
    found = _divided(case)
    if found:
        top = next(code for code, above in found.tree.items() if above is None)
        inner = {above for above in found.tree.values() if above}
        own = Counter(found.posts.values())
        for person, post in found.posts.items():
            home = case[1][person] or top
            assert home in _below(found.tree, post) or found.tree[post] == top
            assert home == post or home in inner
        assert all(own[unit] >= MANY * case[2] for unit in inner - {top} if own[unit] and found.tree[unit] != top)


@given(case=organisations())
def test_units_of_a_group_are_siblings_under_its_parent(case: Case) -> None:
    found = _divided(case)
    if found:
        for part in found.parts:
            assert part.units == tuple(sorted(set(part.units)))
            assert all(unit == part.parent or (found.tree[unit] or "") == part.parent for unit in part.units)


@given(case=organisations())
def test_no_unit_that_could_stand_is_merged_without_need(case: Case) -> None:
    found = _divided(case)
    if not found:
        return
    tree, k = found.tree, case[2]
    own = Counter(found.posts.values())
    for part in found.parts:
        sizes = {u: own[u] if u == part.parent else sum(own[c] for c in _below(tree, u)) for u in part.units}
        large = [unit for unit, size in sizes.items() if size >= k]
        if len(part.units) > 1:
            # Of those that could stand only the smallest takes small ones in, which are under k together.
            assert len(large) <= 1
            small = sum(size for size in sizes.values() if size < k)
            assert not large or 0 < small < k
            assert not large or sizes[large[0]] == min(_standing(tree, own, part.parent, k))
            # And nothing is merged further than it must be.
            assert large or part.invited < 3 * k


def _standing(tree: dict[str, str | None], own: Counter[str], parent: str, k: int) -> Iterable[int]:
    sizes = [sum(own[c] for c in _below(tree, u)) for u, above in tree.items() if above == parent]
    return [size for size in [*sizes, own[parent]] if size >= k]


@settings(deadline=None)
@given(case=organisations(), data=st.data())
def test_the_order_of_people_and_units_changes_nothing(case: Case, data: st.DataObject) -> None:
    tree, people, k = case
    found = _divided(case)
    if found:
        shuffled = dict(data.draw(st.permutations(list(people.items()))))
        turned = dict(data.draw(st.permutations(list(tree.items()))))
        assert divide(turned, shuffled, k) == found


TREE: dict[str, str | None] = {"00": None, "10": "00", "20": "00", "1010": "10", "1020": "10", "2010": "20"}


def _parts(k: int = 5, **many: int) -> list[tuple[tuple[str, ...], str, int]]:
    placed = [code.removeprefix("u") for code, n in many.items() for _ in range(n)]
    return [(p.units, p.parent, p.invited) for p in divide(TREE, dict(enumerate(placed)), k).parts]


def test_units_large_enough_stand_for_themselves() -> None:
    assert _parts(u1010=5, u1020=6, u20=7) == [(("1010",), "10", 5), (("1020",), "10", 6), (("20",), "00", 7)]


def test_the_people_of_a_unit_itself_are_one_of_its_parts() -> None:
    assert (("10",), "10", 20) in _parts(u10=20, u1010=5, u20=5)


def test_the_few_who_head_a_unit_count_with_those_above_where_they_are_many() -> None:
    assert _parts(u00=2, u10=3, u1010=5, u1020=6, u20=7) == [
        (("00",), "00", 5),
        (("1010",), "10", 5),
        (("1020",), "10", 6),
        (("20",), "00", 7),
    ]


def test_what_is_above_a_single_unit_is_that_unit() -> None:
    assert _parts(u00=2, u1010=5, u1020=6) == [(("10", "1010"), "10", 7), (("1020",), "10", 6)]


def test_a_small_unit_joins_its_smallest_siblings() -> None:
    assert _parts(u1010=2, u1020=9, u20=5) == [
        (("10",), "00", 11),
        (("20",), "00", 5),
    ]


def test_the_few_at_the_very_top_join_the_smallest_unit_below_it() -> None:
    assert _parts(u00=2, u1010=5, u1020=6, u20=12)[0] == (("00", "10"), "00", 13)


def test_where_all_in_a_unit_are_few_it_is_small_as_a_whole() -> None:
    assert _parts(u1010=2, u1020=2, u20=5, u00=6) == [(("10", "20"), "00", 9), (("00",), "00", 6)]


def test_one_group_is_the_whole_organisation() -> None:
    assert _parts(u1010=2, u1020=2, u2010=2) == [(("00",), "", 6)]


def test_what_is_left_joins_the_smallest_group() -> None:
    sizes = {"a": 3, "b": 3, "c": 4, "d": 4, "e": 4}
    people = dict(enumerate(code for code, n in sizes.items() for _ in range(n)))
    parts = divide({"00": None, **dict.fromkeys(sizes, "00")}, people, 5).parts
    assert [(part.units, part.invited) for part in parts] == [(("a", "b", "e"), 10), (("c", "d"), 8)]


def test_fewer_than_k_altogether_are_refused() -> None:
    with pytest.raises(Few):
        _parts(u1010=2, u20=2)
    with pytest.raises(Few):
        divide({}, {}, 3)


def test_several_tops_and_people_in_no_unit_come_together_in_the_whole() -> None:
    people: dict[int, str | None] = {n: "a" if n < 5 else "b" if n < 10 else None for n in range(12)}
    found = divide({"a": None, "b": None}, people, 5)
    assert found.tree == {WHOLE: None, "a": WHOLE, "b": WHOLE}
    assert [(p.units, p.parent, p.invited) for p in found.parts] == [((WHOLE, "a"), WHOLE, 7), (("b",), WHOLE, 5)]


def test_an_organisation_without_units_is_one_group() -> None:
    assert divide({}, dict.fromkeys(range(5)), 5).parts == (Part(1, (WHOLE,), "", 5),)
