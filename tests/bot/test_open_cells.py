"""What open data tells adds up, and tells of nothing small: held against an attacker who adds and subtracts."""

from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.open_cells import Sum, Told, added, told

K = 5
PEOPLE = st.frozensets(st.integers(0, 40), max_size=14)


def sums(*, thanks: bool) -> st.SearchStrategy[Sum]:
    def made(by: frozenset[int], to: frozenset[int], more: int) -> Sum:
        return Sum(len(by) + (more if by else 0), by, (to if by else frozenset()) if thanks else None)

    return st.builds(made, PEOPLE, PEOPLE, st.integers(0, 30))


@st.composite
def organisations(draw: st.DrawFn) -> tuple[dict[str, Sum], Sum, dict[str, int]]:
    thanks = draw(st.booleans())
    codes = [f"{n:02}" for n in range(draw(st.integers(0, 7)))]
    cells = {code: draw(sums(thanks=thanks)) for code in codes}
    return cells, draw(sums(thanks=thanks)), {code: draw(st.integers(0, 60)) for code in codes}


@given(organisations())
@settings(max_examples=120)
def test_what_is_told_adds_up_and_each_part_is_of_enough(of: tuple[dict[str, Sum], Sum, dict[str, int]]) -> None:
    cells, nowhere, staff = of
    whole, *parts = told(cells, nowhere, staff, K)
    everything = added([*cells.values(), nowhere])
    if not everything.enough(K):
        assert (whole, parts) == (Told((), None), [])
        return
    assert whole == Told((), everything.times)
    if not parts:
        return
    assert sum(part.count or 0 for part in parts) == everything.times
    named = [code for part in parts for code in part.bureaus]
    assert sorted(named) == sorted(cells)
    for part in parts:
        last = [nowhere] if part is parts[-1] and _last(parts) else []
        behind = added([*(cells[code] for code in part.bureaus), *last])
        assert behind.times == part.count
        assert behind.enough(K)
        if len(part.bureaus) == 1 and not part.others:
            assert staff[part.bureaus[0]] >= K


def _last(parts: list[Told]) -> bool:
    """Whether the last part holds those without a bureau, who stand nowhere else."""
    return len(parts[-1].bureaus) != 1 or parts[-1].others


@given(organisations())
@settings(max_examples=80)
def test_no_sum_or_difference_of_counts_is_of_too_few(of: tuple[dict[str, Sum], Sum, dict[str, int]]) -> None:
    """Every group of bureaus an attacker can isolate by taking told parts from the whole is a union of told parts."""
    cells, nowhere, staff = of
    whole, *parts = told(cells, nowhere, staff, K)
    for size in range(1, len(parts)):
        for chosen in combinations(parts, size):
            left = (whole.count or 0) - sum(part.count or 0 for part in chosen)
            assert left >= K


def test_a_single_small_bureau_takes_the_smallest_of_the_others_with_it() -> None:
    cells = {code: Sum(n, frozenset(range(n))) for code, n in (("10", 30), ("20", 12), ("30", 2))}
    assert told(cells, Sum(), dict.fromkeys(cells, 50), K) == [
        Told((), 44),
        Told(("10",), 30),
        Told(("20", "30"), 14),
    ]


def test_one_busy_person_is_not_enough_however_often_they_write() -> None:
    cells = {"10": Sum(100, frozenset({1})), "20": Sum(50, frozenset(range(10, 30)))}
    assert told(cells, Sum(), {"10": 99, "20": 99}, K) == [Told((), 150)]


def test_thanks_to_few_are_not_told_however_many_gave_them() -> None:
    assert told({"10": Sum(9, frozenset(range(9)), frozenset({1, 2}))}, Sum(), {"10": 99}, K) == [Told((), None)]


def test_a_bureau_of_few_people_is_never_told_alone() -> None:
    cells = {code: Sum(count, frozenset(range(20))) for code, count in (("10", 40), ("20", 30), ("30", 20))}
    assert told(cells, Sum(), {"10": 99, "20": 99, "30": 4}, K)[1:] == [Told(("10",), 40), Told(("20", "30"), 50)]
