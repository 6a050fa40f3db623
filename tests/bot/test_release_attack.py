"""The release rule under attack: by somebody who has everything ever published, and knows the rules."""

from collections import Counter
from functools import lru_cache

import pytest

from tests.attack.attacker import hold
from tests.attack.evidence import Survey
from tests.attack.finding import Finding
from tests.attack.released import released
from tests.attack.sides import sides
from tests.attack.towns import drawn, town, weeks
from tests.attack.year import year

ORGANISATIONS, WEEKS = 120, 5
Attacked = tuple[list[Survey], list[Finding], float]


@lru_cache(maxsize=1)
def attacked() -> list[Attacked]:
    """Small organisations of every kind, in half of which nobody ever changes an answer."""
    found = []
    for seed in range(ORGANISATIONS):
        drift, moving = (0.0, 0.3)[seed % 2], (0.002, 0.01, 0.03)[seed % 3]
        lived = list(weeks(drawn(seed)[0], WEEKS, moving=moving, drift=drift))
        surveys = released(lived, (3, 5, 8)[seed % 7 % 3])
        found.append((surveys, hold(surveys, [week.truth for week in lived]), drift))
    return found


def test_nothing_about_fewer_than_k_follows_within_a_survey() -> None:
    kinds = Counter(f.kind for _, findings, _ in attacked() for f in findings)
    assert kinds.keys() <= {"between", "between-by-chance"}, kinds


def test_no_difference_tells_of_the_few_where_all_others_answered_as_before() -> None:
    told = [f for _, findings, drift in attacked() for f in findings if f.kind == "between" and not drift]
    assert not told, told[:3]


def test_no_difference_of_exact_figures_is_about_fewer_than_k() -> None:
    for surveys, findings, _ in attacked():
        shown = [sides(f, surveys) for f in findings if f.kind == "between"]
        assert (frozenset({"exact"}), frozenset({"exact"})) not in shown


def test_there_was_something_to_find() -> None:
    shown = Counter(
        g.shown for surveys, _, _ in attacked() for s in surveys for q in s.published.questions for g in q.groups
    )
    assert min(shown[kind] for kind in ("exact", "rounded", "topcoded")) > 1_000
    mean = sum(s.published.visible for surveys, _, _ in attacked() for s in surveys) / (ORGANISATIONS * WEEKS)
    assert mean > 0.8


@pytest.mark.parametrize(("response", "least"), [(0.6, 0.92), (0.273, 0.75)])
def test_most_answers_are_seen_near_to_where_they_were_given(response: float, least: float) -> None:
    lived = list(weeks(town(1, 2_500, depth=4, response=response), 4, moving=0.0006, drift=0.1))
    surveys = released(lived)
    assert min(survey.published.visible for survey in surveys) >= least
    findings = hold(surveys, [week.truth for week in lived])
    assert {f.kind for f in findings} <= {"between", "between-by-chance"}


def test_a_whole_year_with_its_transfers_tells_nothing() -> None:
    """The same for 54,046 people is `python -m tests.attack`, which takes a quarter of an hour."""
    lived = list(year(500, 52, response=0.6, drift=0.0))
    surveys = released(lived)
    assert not hold(surveys, [week.truth for week in lived])
    assert sum(g.shown == "rounded" for s in surveys for q in s.published.questions for g in q.groups) > 500
