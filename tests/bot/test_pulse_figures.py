"""Figures of a published group: against the papers they come from, and against slow ways that are plainly right."""

from collections.abc import Iterator
from itertools import product
from random import Random

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from bot import pulse_figures as figures
from bot.published import Group, Published, Question, Shown
from bot.pulse_figures import Figure, Held, Whole

Z2 = figures.Z**2
SCALE = ("1", "2", "3", "4", "5")


def read(
    counts: dict[str, int],
    *,
    shown: Shown = "exact",
    n: int | None = None,
    values: tuple[str, ...] = (),
    many: bool = False,
) -> Held:
    """A group that stands alone."""
    answered = sum(counts.values()) if n is None else n
    group = Group(("A",), None, 100, answered, counts, shown)
    return figures.held(group, scope_of(group, values=values or tuple(counts), many=many))


def scope_of(*groups: Group, values: tuple[str, ...] = SCALE, many: bool = False) -> figures.Scope:
    """The scope of a question with these groups, of a survey whose smallest group is 5."""
    return figures.scope(Published("s", 5, 1.0, (Question("q", groups),)), "q", values, many=many)


def out_of(x: int, n: int) -> Figure:
    """An exact share."""
    return figures.share(read({"yes": x, "no": n - x}), "yes")


# Newcombe, Stat. Med. 17 (1998) 857-872, table I, method 3.
@pytest.mark.parametrize(
    ("x", "n", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilsons_limits_are_those_of_the_paper(x: int, n: int, low: float, high: float) -> None:
    assert figures.wilson(x / n, n) == pytest.approx((low, high), abs=5e-5)
    found = out_of(x, n)
    assert (found.low, found.high) == pytest.approx((low, high), abs=5e-5)
    assert found.value == found.least == found.most == x / n


# Newcombe, Stat. Med. 17 (1998) 873-890, table II, method 10.
@pytest.mark.parametrize(
    ("one", "other", "low", "high"),
    [
        ((56, 70), (48, 80), 0.0524, 0.3339),
        ((9, 10), (3, 10), 0.1705, 0.8090),
        ((6, 7), (2, 7), 0.0582, 0.8062),
        ((5, 56), (0, 29), -0.0381, 0.1926),
        ((0, 10), (0, 20), -0.1611, 0.2775),
        ((0, 10), (0, 10), -0.2775, 0.2775),
        ((10, 10), (0, 20), 0.6791, 1.0),
        ((10, 10), (0, 10), 0.6075, 1.0),
    ],
)
def test_newcombes_limits_are_those_of_the_paper(
    one: tuple[int, int], other: tuple[int, int], low: float, high: float
) -> None:
    assert figures.change(out_of(*one), out_of(*other)) == pytest.approx((low, high), abs=5e-5)


def bisected(share: float, n: int, outside: float) -> float:
    """Where n (share − p)² = z² p (1 − p), between the share and a p that is surely outside."""
    inside = share
    for _ in range(200):
        p = (inside + outside) / 2
        inside, outside = (p, outside) if n * (share - p) ** 2 <= Z2 * p * (1 - p) else (inside, p)
    return inside


@given(st.integers(1, 60_000), st.data())
def test_wilson_solves_his_quadratic(n: int, data: st.DataObject) -> None:
    share = data.draw(st.integers(0, n)) / n
    expected = (bisected(share, n, 0.0), bisected(share, n, 1.0))
    assert figures.wilson(share, n) == pytest.approx(expected, abs=1e-9)


@given(st.integers(1, 60_000), st.data())
def test_with_two_scores_the_limit_of_a_mean_is_wilsons(n: int, data: st.DataObject) -> None:
    share = data.draw(st.integers(0, n)) / n
    limit = figures.score_limit({0.0: 1 - share, 1.0: share}, n)
    assert limit == pytest.approx(figures.wilson(share, n).high, abs=1e-7)


@given(st.lists(st.integers(0, 20), min_size=3, max_size=3).filter(any))
@settings(max_examples=25, deadline=None)
def test_the_limit_of_a_mean_is_the_highest_of_all_distributions_the_test_takes(counts: list[int]) -> None:
    n, steps = sum(counts), 200
    taken = []
    for one in range(steps + 1):
        for two in range(steps + 1 - one):
            p = (one / steps, two / steps, (steps - one - two) / steps)
            fits = all(q or not c for q, c in zip(p, counts, strict=True))
            if fits and sum(n * (c / n - q) ** 2 / q for c, q in zip(counts, p, strict=True) if q) <= Z2:
                taken.append(p[1] + 2 * p[2])
    found = figures.mean(read({str(score): count for score, count in enumerate(counts)}))
    assert max(taken) <= found.high + 1e-9
    assert min(taken) >= found.low - 1e-9
    assert (min(taken), max(taken)) == pytest.approx((found.low, found.high), abs=4 / steps)


def test_means_and_recommendation() -> None:
    held = read({"1": 0, "2": 1, "3": 2, "4": 4, "5": 3})
    assert figures.mean(held).value == 3.9
    told = {str(n): 0 for n in range(11)} | {"10": 4, "9": 1, "8": 2, "7": 1, "6": 1, "0": 1}
    found = figures.recommendation(read(told))
    assert (found.value, found.least, found.most) == (30, 30, 30)
    assert -100 < found.low < 30 < found.high < 100
    assert figures.recommendation(read(dict.fromkeys(map(str, range(10)), 0) | {"10": 5})).high == 100


def tables(bins: list[Whole], answered: Whole) -> Iterator[tuple[int, ...]]:
    """Every table of counts that the bins leave open."""
    for counts in product(*(range(b.low, b.high + 1) for b in bins)):
        if sum(counts) > 0 and answered.low <= sum(counts) <= answered.high:
            yield counts


wholes = st.builds(lambda low, more: Whole(low, low + more), st.integers(0, 6), st.integers(0, 3))


@given(st.lists(wholes, min_size=2, max_size=5), st.integers(0, 5), st.integers(0, 5), st.data())
@settings(max_examples=150, deadline=None)
def test_what_rounding_leaves_open_is_in_the_interval_and_nothing_else(
    bins: list[Whole], fewer: int, more: int, data: st.DataObject
) -> None:
    true = max(1, sum(data.draw(st.integers(b.low, b.high)) for b in bins))
    answered = Whole(max(true - fewer, 0), true + more)
    possible = list(tables(bins, answered))
    assume(possible)
    exact = [figures.mean(read({str(s): c for s, c in enumerate(counts)})) for counts in possible]
    counts = {str(s): b for s, b in enumerate(bins)}
    found = figures.mean(Held({}, true, 100, counts, answered, many=False))
    expected = (
        min(f.least for f in exact),
        max(f.most for f in exact),
        min(f.low for f in exact),
        max(f.high for f in exact),
    )
    assert (found.least, found.most, found.low, found.high) == pytest.approx(expected, abs=1e-9)


@given(*[st.tuples(wholes, wholes)] * 2)
@settings(max_examples=60, deadline=None)
def test_the_change_of_rounded_shares_is_the_widest_of_all(now: tuple[Whole, Whole], then: tuple[Whole, Whole]) -> None:
    def every(bins: tuple[Whole, Whole]) -> list[Figure]:
        return [out_of(yes, yes + no) for yes, no in tables(list(bins), Whole(1, 99))]

    def rounded(bins: tuple[Whole, Whole]) -> Figure:
        total = Whole(1, bins[0].high + bins[1].high)
        return figures.share(Held({}, 0, 100, dict(zip("yn", bins, strict=True)), total, many=False), "y")

    assume(now[0].high + now[1].high and then[0].high + then[1].high)
    changes = [figures.change(a, b) for a in every(now) for b in every(then)]
    expected = (min(c.low for c in changes), max(c.high for c in changes))
    assert figures.change(rounded(now), rounded(then)) == pytest.approx(expected, abs=1e-9)


counted = st.lists(st.integers(0, 30), min_size=5, max_size=5).filter(lambda c: sum(c) >= 5)


def piece(unit: str, counts: list[int], shown: Shown, width: int) -> Group:
    """A group as a release would publish it; rounded to the middle of cells of `width` whole numbers."""
    n, told = sum(counts), dict(zip(SCALE, counts, strict=True))
    if shown == "rounded":
        lows = {v: c // width * width for v, c in told.items()}
        people = sum(lows.values()) + len(lows) * (width - 1) // 2
        return Group((unit,), "A", 99, people, {v: low + (width - 1) // 2 for v, low in lows.items()}, shown)
    if shown == "topcoded":
        return Group((unit,), "A", 99, n, {max(told, key=told.__getitem__): -(-4 * n // 5)}, shown)
    return Group((unit,), "A", 99, n, told, shown)


shown_as = st.sampled_from(["exact", "rounded", "topcoded"])


@given(st.lists(st.tuples(counted, shown_as, st.integers(5, 21)), min_size=1, max_size=4))
@settings(deadline=None)
def test_what_is_true_is_within_what_is_read(parts: list[tuple[list[int], Shown, int]]) -> None:
    """Of every way of showing a group, and of a unit that is the sum of those below it. Cells have 5 to 21 numbers."""
    pieces = []
    for position, (counts, shown, width) in enumerate(parts):
        mixed = shown == "topcoded" and max(counts) < 0.8 * sum(counts)
        pieces.append(piece(str(position), counts, "exact" if mixed else shown, width))
    sums = {v: sum(p.counts.get(v, 0) for p in pieces) for v in SCALE}
    whole = Group(("A",), None, 500, sum(p.answered for p in pieces), sums, "rounded")
    scope = scope_of(whole, *pieces)
    total = [sum(column) for column in zip(*(counts for counts, _, _ in parts), strict=True)]
    for group, true in ((whole, total), *zip(pieces, (counts for counts, _, _ in parts), strict=True)):
        held, exact = figures.held(group, scope), read(dict(zip(SCALE, true, strict=True)))
        assert held.answered.low <= sum(true) <= held.answered.high
        assert all(held.counts[v].low <= c <= held.counts[v].high for v, c in exact.shown.items())
        both = zip(
            [figures.share(held, "1"), *figures.at_least(held, SCALE), figures.mean(held)],
            [figures.share(exact, "1"), *figures.at_least(exact, SCALE), figures.mean(exact)],
            strict=True,
        )
        for found, sure in both:
            assert found.low <= found.least <= found.value <= found.most <= found.high
            assert found.least - 1e-9 <= sure.value <= found.most + 1e-9
            assert found.low - 1e-9 <= sure.low <= sure.high <= found.high + 1e-9


def test_a_rounded_whole_is_as_open_as_its_parts() -> None:
    def whole(shown: Shown, of: Shown, parts: int = 2) -> Whole:
        below = [Group((u,), "A", 20, 10, {"1": 4, "2": 6}, of) for u in "BCD"[:parts]]
        group = Group(("A",), None, 40, 20, {"1": 8, "2": 12}, shown)
        return figures.held(group, scope_of(group, *below, values=("1", "2"))).counts["1"]

    assert whole("rounded", "exact") == Whole(8, 8)
    assert whole("rounded", "rounded") == Whole(0, 28), "4 − 10 is none, twice"
    assert whole("rounded", "exact", parts=0) == Whole(0, 18)
    assert whole("exact", "rounded") == Whole(8, 8)
    own = Group(("A",), "A", 60, 30, {"1": 18, "2": 12}, "rounded")
    other = Group(("B",), "A", 20, 10, {"1": 4, "2": 6}, "exact")
    assert figures.held(own, scope_of(own, other, values=("1", "2"))).counts["1"] == Whole(8, 28), "its own people"


def test_bounds_that_are_told_count_more_than_what_rounding_may_do() -> None:
    group = Group(("A",), "00", 60, 30, {"1": 18, "2": 12}, "rounded")
    release = Published("s", 5, 1.0, (Question("q", (group,)),))
    told: figures.Told = {("q", ("A",), "00"): {"1": (16, 20), "": (28, 32)}, ("q", ("A",), "A"): {"2": (0, 99)}}
    held = figures.held(group, figures.scope(release, "q", ("1", "2"), told=told))
    assert (held.counts["1"], held.counts["2"], held.answered) == ((16, 20), (2, 22), (28, 32))


def test_a_step_further_counts_as_all_before_it() -> None:
    found = figures.at_least(
        read({"unknown": 4, "heard": 3, "read": 2, "changed": 1}), ("unknown", "heard", "read", "changed")
    )
    assert [figure.value for figure in found] == [0.6, 0.3, 0.1]


def test_the_rounding_of_many_parts_evens_out() -> None:
    below = [Group((f"B{n}",), "A", 20, 10, {"1": 4, "2": 6}, "rounded") for n in range(100)]
    group = Group(("A",), None, 2_000, 1_000, {"1": 400, "2": 600}, "rounded")
    low, high = figures.held(group, scope_of(group, *below, values=("1", "2"))).counts["1"]
    assert 0 < low < 400 < high < 1_400
    rng = Random(1)
    off = [sum(rng.randint(0, 14) - 7 for _ in range(100)) for _ in range(1_000)]
    assert sum(low <= 400 + one <= high for one in off) >= 930


def test_topcoded_answers_share_what_is_left() -> None:
    held = read({"5": 8}, shown="topcoded", n=10, values=SCALE)
    top, other = figures.share(held, "5"), figures.share(held, "3")
    assert (top.value, top.least, top.most, top.high) == (0.8, 0.8, 1.0, 1.0)
    assert (other.value, other.least, other.most) == (0.0, 0.0, 0.2)
    assert top.low == pytest.approx(figures.wilson(0.8, 10).low)
    several = read({"a": 80, "b": 90, "c": 3}, shown="topcoded", n=100, many=True)
    assert [figures.share(several, v).most for v in "abc"] == [1.0, 0.9, 0.03], "only the first is top-coded"


def test_several_answers_at_once_have_shares_of_their_own() -> None:
    held = read({"a": 9, "b": 7, "c": 0}, n=10, many=True)
    assert figures.share(held, "a").value == 0.9
    assert figures.share(held, "b").high == figures.wilson(0.7, 10).high
    assert held.rate == 0.1


def test_an_arrow_stands_only_where_no_change_is_out_of_question() -> None:
    assert figures.trend(out_of(56, 70), out_of(48, 80)) == "up"
    assert figures.trend(out_of(48, 80), out_of(56, 70)) == "down"
    assert figures.trend(out_of(5, 56), out_of(0, 29)) == "unclear"
    # Both intervals overlap, and yet no difference is out of question.
    now, then = out_of(60, 100), out_of(45, 100)
    assert now.low < then.high
    assert figures.trend(now, then) == "up"
    rounded = figures.share(read({"yes": 60, "no": 40}, shown="rounded"), "yes")
    assert figures.trend(rounded, then) == "unclear"


@pytest.mark.parametrize("n", [1, 5, 54_046])
def test_nobody_and_everybody_have_limits_at_the_very_end(n: int) -> None:
    """As the paper has them: z² / (n + z²) away from it on the other side."""
    far = Z2 / (n + Z2)
    none, everybody = figures.wilson(0.0, n), figures.wilson(1.0, n)
    assert (none.low, everybody.high) == (0.0, 1.0)
    assert (none.high, everybody.low) == pytest.approx((far, 1 - far))
