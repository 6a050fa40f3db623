"""The tree of units through time, against a reference that walks day by day."""

from collections.abc import Iterable
from datetime import date, timedelta
from itertools import pairwise, product
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import tree as tree_module
from bot.tree import Parents, Tangled, grown
from storage.units import ALWAYS, EVER, FOREVER, SINCE, Branch, StateRow, UnitRow

Descent = tuple[int, int, str]
DAYS = [ALWAYS, *(f"2027-01-{day:02}" for day in range(1, 21)), "9999-12-30"]


def at(day: str) -> int:
    """A moment for every day, in the days' order."""
    return int(day.replace("-", "")) * 1000


def unit(key: int, starts: str = "2020-04-01", ends: str | None = None) -> UnitRow:
    """A unit from a day on."""
    return UnitRow(key, f"u{key}", f"課{key}", "", None, starts, ends)


def state(key: int, parent: int | None, starts: str = "2020-04-01", *, name: str = "課") -> StateRow:
    """Where a unit is from a day on."""
    return StateRow(key, starts, name, "", parent)


def above(tree: Iterable[Branch], key: int, day: str) -> dict[int, int]:
    """A unit's ancestors on a day, and how far above."""
    found = [(row.ancestor, row.depth) for row in tree if row.descendant == key and row.starts_on <= day < row.ends_on]
    assert len(found) == len(dict(found)), "two rows of one pair on a day"
    return dict(found)


# The reference: one day, plainly by the rules.


def sole_heirs(units: list[UnitRow], descents: list[Descent]) -> dict[int, tuple[int, str]]:
    """Units that ended and of which exactly one other came."""
    ended = {row.id for row in units if row.ends_on}
    named: dict[int, list[tuple[int, str]]] = {}
    for predecessor, successor, day in descents:
        named.setdefault(predecessor, []).append((successor, day))
    return {key: found[0] for key, found in named.items() if key in ended and len(found) == 1}


def state_on(row: UnitRow, states: list[StateRow], day: str) -> StateRow:
    """A unit's newest state on a day, or its first."""
    mine = sorted(s for s in states if s.unit_id == row.id)
    return ([s for s in mine if s.starts_on <= day] or mine[:1])[-1]


def day_before(day: str) -> str:
    """The day before."""
    return (date.fromisoformat(day) - timedelta(days=1)).isoformat()


def parent_on(row: UnitRow, states: list[StateRow], day: str, heirs: dict[int, tuple[int, str]]) -> int | None:
    """A unit's parent on a day."""
    if day < row.starts_on:
        return state_on(row, states, row.starts_on).parent_id
    if row.ends_on is None or day < row.ends_on:
        return state_on(row, states, day).parent_id
    if row.id in heirs:
        return heirs[row.id][0]
    return state_on(row, states, max(row.starts_on, day_before(row.ends_on))).parent_id


def line(key: int, parents: dict[int, int | None]) -> list[int] | None:
    """A unit and those it is in; nothing where that is a circle."""
    walked = [key]
    while (parent := parents[walked[-1]]) is not None:
        if parent in walked:
            return None
        walked.append(parent)
    return walked


def pairs_on(
    units: list[UnitRow], states: list[StateRow], descents: list[Descent], day: str
) -> dict[tuple[int, int], int] | None:
    """(descendant, ancestor) → depth on a day; nothing where there is a circle."""
    heirs = sole_heirs(units, descents)
    parents = {row.id: parent_on(row, states, day, heirs) for row in units}
    own: dict[tuple[int, int], int] = {}
    for row in units:
        walked = line(row.id, parents)
        if walked is None:
            return None
        own.update({(row.id, ancestor): depth for depth, ancestor in enumerate(walked)})
    found = dict(own)
    for _ in units:  # long enough for the longest chain of heirs
        for (key, ancestor), depth in list(found.items()):
            if ancestor in heirs and day < heirs[ancestor][1]:
                pair = (key, heirs[ancestor][0])
                if pair not in own:
                    found[pair] = min(found.get(pair, 99), depth + 1)
    return found


DAY = st.sampled_from(DAYS[1:-1])
KEYS = st.integers(1, 7)


@st.composite
def organisations(draw: st.DrawFn) -> tuple[list[UnitRow], list[StateRow], list[Descent]]:
    """Up to seven units with anything that may happen to them, sensible or not."""
    count = draw(KEYS)
    others = st.integers(1, count)
    units, states = [], []
    descents: dict[tuple[int, int], str] = {}
    for key in range(1, count + 1):
        starts = draw(DAY)
        ends = draw(st.none() | DAY)
        units.append(unit(key, starts, ends))
        # Mostly under one with a lower key, so that most are no circle.
        parents = st.none() if key == 1 else st.integers(1, key - 1) | st.none()
        days = [*draw(st.lists(DAY, max_size=3)), starts]
        states += [state(key, draw(parents if draw(st.integers(0, 9)) else others), day) for day in sorted(set(days))]
        if ends:
            heirs = [heir for heir in draw(st.lists(others, max_size=2)) if heir != key]
            descents |= {(key, heir): draw(st.just(ends) | DAY) for heir in heirs}
    return units, states, [(*pair, day) for pair, day in descents.items()]


@given(organisations())
def test_as_the_reference_day_by_day(org: tuple[list[UnitRow], list[StateRow], list[Descent]]) -> None:
    days = [(day, pairs_on(*org, day)) for day in DAYS]
    circles = [day for day, pairs in days if pairs is None]
    if circles:
        with pytest.raises(Tangled) as fault:
            grown(*org, at)
        assert fault.value.day == circles[0]
        assert_circle(org, fault.value)
        return
    tree = grown(*org, at)
    for day, pairs in days:
        held = [((r.descendant, r.ancestor), r.depth) for r in tree if r.starts_on <= day < r.ends_on]
        assert len(held) == len(dict(held))
        assert dict(held) == pairs
    assert_rows_are_well_made(tree)


def assert_circle(org: tuple[list[UnitRow], list[StateRow], list[Descent]], fault: Tangled) -> None:
    """Each of its units is in the next, and the last in the first."""
    heirs = sole_heirs(org[0], org[2])
    rows = {row.id: row for row in org[0]}
    for below, over in pairwise((*fault.units, fault.units[0])):
        assert parent_on(rows[below], org[1], fault.day, heirs) == over


def assert_rows_are_well_made(tree: list[Branch]) -> None:
    """Every pair's rows are joined where they can be, and their moments are those of their days."""
    edges = {ALWAYS: SINCE, EVER: FOREVER}
    for row in tree:
        assert row.starts_on < row.ends_on
        assert (row.starts_at, row.ends_at) == tuple(edges.get(d, at(d)) for d in (row.starts_on, row.ends_on))
    for one, other in product(tree, tree):
        if one[:2] == other[:2] and one.ends_on == other.starts_on:
            assert one.depth != other.depth


TOP = [unit(1), unit(2), unit(3)]
OF_TOP = [state(1, None), state(2, 1), state(3, 1)]
D = "2027-04-01"


def test_a_new_name_changes_nothing() -> None:
    tree = grown(TOP, [*OF_TOP, state(2, 1, D, name="新しい部")], [], at)
    assert [row[:4] for row in tree if row.descendant == 2] == [(2, 2, ALWAYS, EVER), (2, 1, ALWAYS, EVER)]


def test_a_move_takes_everything_below_along() -> None:
    tree = grown([*TOP, unit(4), unit(5)], [*OF_TOP, state(4, 2), state(5, 4), state(4, 3, D)], [], at)
    assert above(tree, 5, "2027-03-31") == {5: 0, 4: 1, 2: 2, 1: 3}
    assert above(tree, 5, D) == {5: 0, 4: 1, 3: 2, 1: 3}
    row = next(row for row in tree if row[:2] == (5, 2))
    assert row == Branch(5, 2, ALWAYS, D, SINCE, at(D), 2)


def test_two_merged_into_a_new_one() -> None:
    units = [*TOP, unit(4, ends=D), unit(5, ends=D), unit(6, D)]
    states = [*OF_TOP, state(4, 2), state(5, 3), state(6, 2, D)]
    tree = grown(units, states, [(4, 6, D), (5, 6, D)], at)
    before, after = "2026-06-01", "2027-06-01"
    # Before, what the two had is the new one's as well; the other's bureau keeps it, the new one's gets none of it.
    assert above(tree, 4, before) == {4: 0, 2: 1, 1: 2, 6: 1}
    assert above(tree, 5, before) == {5: 0, 3: 1, 1: 2, 6: 1}
    assert above(tree, 5, after) == {5: 0, 6: 1, 2: 2, 1: 3}
    assert [row[2:4] for row in tree if row[:2] == (5, 6)] == [(ALWAYS, EVER)]


def test_one_split_in_two_stays_where_it_was() -> None:
    units = [*TOP, unit(4, ends=D), unit(5, D), unit(6, D)]
    states = [*OF_TOP, state(4, 2), state(5, 2, D), state(6, 3, D)]
    tree = grown(units, states, [(4, 5, D), (4, 6, D)], at)
    assert above(tree, 4, "2026-01-01") == above(tree, 4, "2028-01-01") == {4: 0, 2: 1, 1: 2}
    assert above(tree, 6, "2026-01-01") == {6: 0, 3: 1, 1: 2}


def test_one_replaced_with_all_below_it() -> None:
    units = [*TOP, unit(4), unit(5, D)]
    states = [state(1, None), state(2, 1), state(3, 1), state(4, 3), state(5, 1, D), state(4, 5, D)]
    tree = grown([row._replace(ends_on=D) if row.id == 3 else row for row in units], states, [(3, 5, D)], at)
    assert above(tree, 4, "2027-03-31") == {4: 0, 3: 1, 1: 2, 5: 2}
    assert above(tree, 4, D) == {4: 0, 5: 1, 1: 2}


def test_a_chain_hands_on_what_it_was_given() -> None:
    second = "2028-04-01"
    units = [unit(1), unit(2, ends=D), unit(3, D, second), unit(4, second), unit(5)]
    states = [state(1, None), state(2, 5), state(3, 1, D), state(4, 1, second), state(5, None)]
    tree = grown(units, states, [(2, 3, D), (3, 4, second)], at)
    assert above(tree, 2, "2027-01-01") == {2: 0, 5: 1, 3: 1, 4: 2}
    assert above(tree, 2, "2027-06-01") == {2: 0, 3: 1, 1: 2, 4: 2}
    assert above(tree, 2, "2029-01-01") == {2: 0, 3: 1, 4: 2, 1: 3}


def test_what_was_handed_on_twice_is_as_near_as_the_shorter_way() -> None:
    first, second = "2027-04-01", "2028-04-01"
    units = [unit(1, ends=second), unit(2), unit(3, ends=first), unit(4, first, second), unit(5, second)]
    states = [state(1, None), state(2, 1), state(3, 2), state(4, None, first), state(5, None, second)]
    states += [state(2, None, second)]
    tree = grown(units, states, [(3, 4, first), (4, 5, second), (1, 5, second)], at)
    assert above(tree, 3, "2027-03-31") == {3: 0, 2: 1, 1: 2, 4: 1, 5: 2}


def test_merged_into_its_own_child() -> None:
    units = [unit(1), unit(2, ends=D), unit(3), unit(4)]
    states = [state(1, None), state(2, 1), state(3, 2), state(4, 2), state(3, 1, D), state(4, 3, D)]
    tree = grown(units, states, [(2, 3, D)], at)
    assert above(tree, 2, "2027-03-31") == {2: 0, 1: 1, 3: 1}
    assert above(tree, 3, "2027-03-31") == {3: 0, 2: 1, 1: 2}
    assert above(tree, 4, "2027-03-31") == {4: 0, 2: 1, 1: 2, 3: 2}
    assert above(tree, 2, D) == {2: 0, 3: 1, 1: 2}
    with pytest.raises(Tangled) as fault:  # it cannot be in what was merged into it
        grown(units, states[:4], [(2, 3, D)], at)
    assert (fault.value.units, fault.value.day) == ((2, 3), D)


def test_merged_into_its_own_parent() -> None:
    tree = grown([*TOP, unit(4, ends=D)], [*OF_TOP, state(4, 2)], [(4, 2, D)], at)
    assert [row for row in tree if row[:2] == (4, 2)] == [Branch(4, 2, ALWAYS, EVER, SINCE, FOREVER, 1)]


def test_one_that_begins_later_was_always_where_it_begins() -> None:
    units = [*TOP, unit(4, "2030-04-01")]
    tree = grown(units, [*OF_TOP, state(4, 3, "2030-04-01"), state(4, 2, "2031-04-01")], [], at)
    assert above(tree, 4, ALWAYS) == above(tree, 4, "2030-12-31") == {4: 0, 3: 1, 1: 2}
    assert above(tree, 4, "2031-04-01") == {4: 0, 2: 1, 1: 2}


def test_what_goes_on_has_given_only_a_part_away() -> None:
    tree = grown([*TOP, unit(4, D)], [*OF_TOP, state(4, 3, D)], [(2, 4, D)], at)
    assert above(tree, 2, "2027-03-31") == above(tree, 2, D) == {2: 0, 1: 1}


def test_no_units_no_rows() -> None:
    assert grown([], [], [], at) == []


def test_a_large_tree_looks_only_at_what_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = Random(1)
    units, states = [], []
    for key in range(1, 3501):
        parent = None if key == 1 else (key - 2) // 4 + 1
        units.append(unit(key))
        states.append(state(key, parent))
    days = [f"2027-{month:02}-{day:02}" for month in range(1, 5) for day in range(1, 11)]
    moved = [(rng.randrange(1000, 3501), day) for day in days for _ in range(5)]
    states += [state(key, rng.randrange(86, 300), day) for key, day in set(moved)]
    looked = []
    line_of = tree_module._line

    def line(key: int, parents: Parents, *, day: str) -> dict[int, int]:
        looked.append(key)
        return line_of(key, parents, day=day)

    monkeypatch.setattr(tree_module, "_line", line)
    tree = grown(units, states, [], at)
    assert 3500 < len(looked) < 3500 + 40 * 5 * 30
    assert above(tree, 3500, "2026-01-01") == {3500: 0, 875: 1, 219: 2, 55: 3, 14: 4, 4: 5, 1: 6}
