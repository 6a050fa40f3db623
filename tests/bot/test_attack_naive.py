"""The attacker wins against three release rules in use elsewhere, and what it claims is so."""

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from itertools import compress, product
from pathlib import Path
from random import Random

import pytest

from bot.published import Group, Published, Question, dump
from tests.attack import evidence, naive, overlap, towns
from tests.attack.attacker import hold
from tests.attack.between import between
from tests.attack.evidence import Survey, Truth
from tests.attack.finding import Court, Finding
from tests.attack.forest import Bounds, Forest, Union, tighten
from tests.attack.triples import triples
from tests.attack.within import within

ORGANISATIONS, WEEKS = 8, 3
RULES = {"minimum": naive.minimum, "remainder": naive.remainder, "sibling": naive.sibling}
INSIDE = {"small", "derived", "remainder", "crossing"}


def attacked(rule: str, seed: int, drift: float = 0.0) -> tuple[list[Finding], Court]:
    """What is learnt from a random organisation's weeks under a rule, and the truth about it."""
    weeks = list(towns.weeks(towns.drawn(seed)[0], WEEKS, drift=drift))
    surveys, truths = [naive.published(w, RULES[rule]) for w in weeks], [w.truth for w in weeks]
    return hold(surveys, truths), Court(surveys, truths)


@cache
def won(rule: str) -> tuple[Counter[str], int]:
    """Findings by kind over some organisations, and how many of those between surveys are people's true answers."""
    kinds: Counter[str] = Counter()
    confirmed = 0
    for seed in range(ORGANISATIONS):
        findings, court = attacked(rule, seed)
        kinds.update(f.kind for f in findings)
        assert all(f.most < 5 for f in findings if f.kind in INSIDE or f.kind == "between")
        confirmed += sum(court.as_before(f) for f in findings if f.kind == "between")
    return kinds, confirmed


@pytest.mark.parametrize("rule", RULES)
def test_every_naive_rule_is_broken_within_a_survey_and_between_surveys(rule: str) -> None:
    kinds, confirmed = won(rule)
    print(f"\n{rule:10}", *(f"{kind} {kinds[kind]:5}" for kind in sorted(kinds)), f"true of the few {confirmed}")
    assert sum(kinds[k] for k in INSIDE) >= 10
    assert kinds["unanimous"] >= 10
    # Everyone answers as before here, so that every claim about the few is their own true answers.
    assert confirmed == kinds["between"] >= 100


def test_the_remainder_rules_leak_less_within_a_survey_than_a_minimum_alone() -> None:
    alone, remainder, sibling = (sum(won(rule)[0][k] for k in INSIDE) for rule in RULES)
    assert alone > remainder
    assert alone > sibling


# Examples worked out by hand.


def survey(code: str, groups: list[Group], invited: dict[str, str]) -> Survey:
    """A survey of 00 with A, B and C below."""
    table = Published(code, 5, 1.0, (Question("q", tuple(groups)),))
    return Survey(table, {"00": None, "A": "00", "B": "00", "C": "00"}, invited, frozenset(), hidden_is_small=True)


def exact(unit: str, yes: int, no: int, invited: int = 10) -> Group:
    """An exact group."""
    return Group((unit,), None if unit == "00" else "00", invited, yes + no, {"yes": yes, "no": no}, "exact")


def posted(**sizes: int) -> dict[str, str]:
    """So many people at each unit."""
    return {f"{unit}{i}": unit for unit, size in sizes.items() for i in range(size)}


def hidden(unit: str, invited: int) -> Group:
    """A hidden group."""
    return Group((unit,), "00", invited, 0, {}, "hidden")


def kinds(findings: list[Finding]) -> set[tuple[str, tuple[str, ...]]]:
    """Kinds and about whom."""
    return {(f.kind, f.people) for f in findings}


def test_parent_less_children() -> None:
    groups = [exact("00", 6, 6, 23), exact("A", 5, 4), hidden("B", 13)]
    found = within(survey("w1", groups, posted(A=10, B=13)))
    assert kinds(found) == {("derived", ("B",))}
    assert found[0].claim is not None
    assert (found[0].claim.lo, found[0].claim.hi, found[0].most) == (3, 3, 3)


def test_two_hidden_groups_bound_each_other_when_hidden_means_fewer_than_k() -> None:
    groups = [exact("00", 8, 8, 24), exact("A", 5, 4), hidden("B", 7), hidden("C", 7)]
    found = within(survey("w1", groups, posted(A=10, B=7, C=7)))
    assert kinds(found) == {("derived", ("B",)), ("derived", ("C",))}
    assert found[0].detail == "3..4 answered"


def test_nothing_follows_where_nothing_remains() -> None:
    groups = [exact("00", 9, 9, 20), exact("A", 5, 4), exact("B", 4, 5)]
    assert within(survey("w1", groups, posted(A=10, B=10))) == []


def test_people_who_are_in_no_published_group_are_a_remainder() -> None:
    groups = [exact("00", 9, 9, 24), exact("A", 5, 4), exact("B", 3, 4)]
    people = posted(A=10, B=10) | {f"x{i}": "00" for i in range(4)}
    assert kinds(within(survey("w1", groups, people))) == {("remainder", ("00",))}


def test_a_group_of_one_mind_is_told_unless_it_is_topcoded() -> None:
    group = exact("00", 10, 0)
    assert kinds(within(survey("w1", [group], posted(A=10)))) == {("unanimous", ("A",))}
    coded = Group(("00",), None, 10, 10, {"yes": 8}, "topcoded")
    assert within(survey("w1", [coded], posted(A=10))) == []


def test_a_topcoded_group_is_of_one_mind_if_those_nearly_so_are_shown_exactly() -> None:
    coded = Group(("A",), "00", 10, 10, {"yes": 8}, "topcoded")
    found = within(survey("w1", [coded, exact("B", 9, 1)], posted(A=10, B=10)))
    assert kinds(found) == {("tell", ("B",))}


def test_two_questions_merged_differently_give_the_difference_away() -> None:
    """A and B together and C; A, and B and C together: so B alone."""
    people = posted(A=10, B=8, C=10)
    first = [Group(("A", "B"), "00", 18, 12, {"x": 6, "y": 6}, "exact"), exact("C", 4, 4)]
    second = [exact("A", 5, 4), Group(("B", "C"), "00", 18, 11, {"yes": 5, "no": 6}, "exact")]
    table = Published("w1", 5, 1.0, (Question("q", tuple(first)), Question("r", tuple(second))))
    found = within(Survey(table, {"00": None, "A": "00", "B": "00", "C": "00"}, people, frozenset()))
    assert ("crossing", ("B",)) in kinds(found)


def two_weeks(last: Group) -> list[Finding]:
    """A, exact in the first week; in the second one more person is there."""
    first = survey("w1", [exact("A", 5, 4)], posted(A=10))
    return between([first, survey("w2", [last], posted(A=11))])


def test_a_newcomer_is_seen_in_the_difference() -> None:
    (found,) = two_weeks(exact("A", 6, 4, 11))
    assert (found.kind, found.people, found.gone, found.came) == ("between", ("A10",), (), ("A10",))
    assert found.detail == "w1: 1..1 more answered; 0 gone, 1 come"


def test_what_only_chance_protected_is_told_apart() -> None:
    (found,) = two_weeks(exact("A", 1, 2, 11))
    assert found.kind == "between-by-chance"


def test_a_rounded_difference_says_nothing_of_the_newcomer() -> None:
    assert two_weeks(Group(("A",), "00", 11, 7, {"yes": 7, "no": 2}, "rounded")) == []


def test_a_rounded_figure_that_moved_far_says_that_the_newcomer_answered() -> None:
    """At most nine answered before; the cell around 20 begins at ten."""
    (found,) = two_weeks(Group(("A",), "00", 11, 20, {"yes": 7, "no": 2}, "rounded"))
    assert found.detail == "w1: 1..2 more answered; 0 gone, 1 come"


def test_cells_that_the_rules_give_away_are_used() -> None:
    """Known to begin at ten, the cell of a figure that was nine says that the newcomer answered."""
    last = survey("w2", [Group(("A",), "00", 11, 12, {"yes": 7, "no": 2}, "rounded")], posted(A=11))
    first = survey("w1", [exact("A", 5, 4)], posted(A=10))
    assert between([first, last]) == []
    (found,) = between([first, replace(last, cells={("q", ("A",), "00"): {"": (10, 14)}})])
    assert found.detail == "w1: 1..2 more answered; 0 gone, 1 come"


def test_figures_too_vague_and_too_far_apart_say_nothing() -> None:
    """Others must have answered differently, and had they not, the newcomer would not have shown."""
    last = survey("w2", [Group(("A",), "00", 60, 40, {"yes": 25, "no": 15}, "rounded")], posted(A=60))
    first = survey("w1", [exact("A", 5, 4)], posted(A=59))
    assert between([first, last]) == []


def test_what_one_survey_says_alone_is_not_learnt_from_two() -> None:
    """Of the two who left, the first week's only "no" may be one; that not both are was plain before."""
    first = survey("w1", [exact("A", 9, 1, 12)], posted(A=12))
    last = survey("w2", [Group(("A",), "00", 10, 6, {"yes": 5, "no": 5}, "rounded")], posted(A=10))
    assert between([first, replace(last, many=frozenset("q"))], half=6) == []


def test_people_posted_to_a_unit_itself_are_not_those_below_it() -> None:
    direct = Group(("00",), "00", 6, 5, {"yes": 3, "no": 2}, "exact")
    people = posted(A=10) | {f"x{i}": "00" for i in range(6)}
    assert within(survey("w1", [exact("00", 8, 6, 16), direct, exact("A", 5, 4)], people)) == []


def test_vague_groups_with_an_exact_sum_are_compared_as_one() -> None:
    """B and C are hidden in both weeks, but what is left of the whole for them is known and gains a person."""
    seen = [exact("A", 5, 4), hidden("B", 15)]
    first = survey("w1", [exact("00", 20, 10, 40), *seen, hidden("C", 15)], posted(A=10, B=15, C=15))
    last = survey("w2", [exact("00", 21, 10, 41), *seen, hidden("C", 16)], posted(A=10, B=15, C=16))
    first, last = (replace(s, hidden_is_small=False) for s in (first, last))
    assert {f.people for f in between([first, last])} == {("C15",)}


def test_a_third_survey_separates_people_whom_two_do_not() -> None:
    """All of 00 in one week, A in the next and B in the third: the two at C are left."""
    people = posted(A=10, B=10, C=2)
    groups = [exact("00", 9, 9, 22), exact("A", 4, 4), exact("B", 4, 4)]
    weeks = [survey(f"w{i}", [group], people) for i, group in enumerate(groups)]
    assert between(weeks) == []
    assert kinds(triples(weeks)) == {("triple", ("C0", "C1"))}


def test_the_folder_that_a_simulation_writes_is_read(tmp_path: Path) -> None:
    made = survey("w1", [exact("A", 1, 1, 2)], posted(A=2))
    public, secret = tmp_path / "published", tmp_path / "truth"
    public.mkdir()
    secret.mkdir()
    (public / "w1.json").write_text(dump(made.published))
    (public / "tree-w1.json").write_text(json.dumps({"units": made.tree}))
    (public / "invited-w1.csv").write_text("person,unit\nA0,A\nA1,A\n")
    (secret / "w1.csv").write_text("person,unit,question,answer\nA0,A,q,yes\nA1,A,q,yes\nA1,A,q,no\n")
    (read,) = evidence.surveys(tmp_path)
    assert (read.published, read.tree, read.invited) == (made.published, made.tree, made.invited)
    assert evidence.truths(tmp_path, [read]) == [Truth({"q": {"A0": ("yes",), "A1": ("yes", "no")}})]


# Against a brute force that tries everything.


def test_bounds_of_unions_are_those_of_all_possible_tables() -> None:
    rng = Random(5)
    for _ in range(60):
        forest = Forest()
        for up, size in ((-1, 9), (0, 5), (0, 4), (1, 3), (1, 2), (2, 2), (2, 2)):
            forest.add(frozenset(), up, size)
        table = [rng.randint(0, s) for s in (3, 2, 2, 2)]
        true = [sum(table), sum(table[:2]), sum(table[2:]), *table]
        bounds = [max(0, t - rng.choice((0, 0, 1, 9))) for t in true], [t + rng.choice((0, 0, 1, 9)) for t in true]
        possible = [row for row in product(*_ranges(bounds)) if _adds_up(row, bounds)]
        tighten(forest, bounds)
        union = Union(forest, bounds)
        for chosen in product((False, True), repeat=4):
            leaves = frozenset(i + 3 for i, taken in enumerate(chosen) if taken)
            sums = {sum(compress(row, chosen)) for row in possible}
            assert union.of(leaves) == (min(sums), max(sums))


def _ranges(bounds: Bounds) -> list[range]:
    return [range(lo, hi + 1) for lo, hi in zip(*bounds, strict=True)][3:]


def _adds_up(row: tuple[int, ...], bounds: Bounds) -> bool:
    sums = (sum(row), sum(row[:2]), sum(row[2:]))
    return all(lo <= n <= hi for lo, n, hi in zip(bounds[0], sums, bounds[1], strict=False))


def test_every_small_cut_is_made_of_cuts_that_are_found() -> None:
    rng = Random(7)
    for _ in range(200):
        pairs = [(a * 2, b * 2 + 1) for a, b in product(range(4), repeat=2)]
        pairs += [(overlap.OUTSIDE, n) for n in range(8)]
        edges = {pair: rng.choice((1, 1, 2, 4, 5, 9)) for pair in pairs if rng.random() < 0.4}
        found = set(overlap.cuts(edges, 5))
        for bits in range(1, 1 << 8):
            side = frozenset(n for n in range(8) if bits >> n & 1)
            out = {pair for pair in edges if (pair[0] in side) != (pair[1] in side)}
            if 0 < sum(edges[pair] for pair in out) < 5:
                inside = [f for f in found if f <= side]
                assert all(any(a in f or b in f for f in inside) for a, b in out)
            else:
                assert side not in found


def test_what_is_not_so_is_found_out() -> None:
    """The attacker's claims are held against the truth, and a false one would be seen."""
    check: Callable[[Finding], bool] = Court(
        [survey("w1", [exact("A", 5, 4)], posted(A=10))], [Truth({"q": {"A1": ("yes",)}})]
    ).true
    (claimed,) = (f for f in two_weeks(exact("A", 6, 4, 11)) if f.claim)
    assert claimed.claim is not None
    of = ("w1", frozenset({"A"}))
    told = [Finding("x", "w1", "q", "", (), 1, type(claimed.claim)("q", "yes", n, n, of)) for n in (1, 2)]
    assert [check(f) for f in told] == [True, False]
