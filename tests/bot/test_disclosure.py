"""Both rules of a release on random organisations: sizes, sums, bounds, and what may not be told apart."""

from collections import Counter
from random import Random

import pytest

from bot.disclosure import ANSWERED, Asked, Bounds, Counted, Survey, coordinates
from bot.disclosure_cells import at_least, others, tighten
from bot.disclosure_table import Disclosed, disclose
from bot.published import Group
from tests.attack.released import divided_of, kept, over
from tests.attack.towns import QUESTIONS, drawn, weeks

SEEDS = range(40)


def series(seed: int, number: int = 4) -> list[tuple[Survey, Disclosed]]:
    """A few weeks of a random organisation, each released with those before in mind."""
    town, _ = drawn(seed)
    k = (3, 5, 8)[seed % 3]
    found: list[tuple[Survey, Disclosed]] = []
    for week in weeks(town, number, moving=(0.002, 0.01, 0.03)[seed % 3], drift=(0.0, 0.3)[seed % 2]):
        survey = over(week, divided_of(week, k), k, tuple(kept(*one) for one in found))
        found.append((survey, disclose(survey, week.code)))
    return found


@pytest.fixture(scope="module")
def released() -> list[tuple[Survey, Disclosed]]:
    return [one for seed in SEEDS for one in series(seed)]


def test_every_piece_has_enough_respondents(released: list[tuple[Survey, Disclosed]]) -> None:
    for survey, found in released:
        for one in found.drawn:
            least = survey.k * (5 if one.loose else 1)
            assert one.hidden or one.total.answered >= least
            assert not one.hidden or one.piece.parent is None or one.loose


def test_the_pieces_are_everybody_once(released: list[tuple[Survey, Disclosed]]) -> None:
    for survey, found in released:
        assert sorted(at for one in found.drawn for at in one.piece.groups) == list(range(len(survey.groups)))


def test_bounds_hold_the_truth(released: list[tuple[Survey, Disclosed]]) -> None:
    for survey, found in released:
        for one in found.drawn:
            for question, answer in coordinates(survey) if not one.hidden else ():
                low, high = one.known[question][answer]
                assert low <= one.total.of(question, answer) <= high


def test_what_is_told_exactly_is_true_and_adds_up(released: list[tuple[Survey, Disclosed]]) -> None:
    for survey, found in released:
        truth = {one.piece: one.total for one in found.drawn}
        for asked, question in zip(survey.asked, found.published.questions, strict=True):
            for group in question.groups:
                inside = [t for piece, t in truth.items() if covers(survey, group, piece.units, piece.parent)]
                assert group.invited == sum(t.invited for t in inside)
                if group.shown == "exact":
                    assert group.counts == {a: sum(t.of(asked.id, a) for t in inside) for a in asked.values}


def covers(survey: Survey, group: Group, units: tuple[str, ...], parent: str | None) -> bool:
    """Whether a published group holds a piece."""
    if (group.units, group.parent) == (units, parent):
        return True
    own = len(group.units) > 1 or group.units[0] == group.parent
    while parent is not None and not own:
        if parent == group.units[0]:
            return True
        parent = survey.tree.get(parent)
    return False


def test_no_group_is_shown_to_be_of_one_mind(released: list[tuple[Survey, Disclosed]]) -> None:
    seen = Counter[str]()
    for survey, found in released:
        for question in found.published.questions:
            for group in question.groups:
                seen[group.shown] += 1
                if group.shown == "exact" and question.id != "tools":
                    assert max(group.counts.values()) < group.answered - others(group.answered, survey.k)
                if group.shown == "topcoded":
                    assert max(group.counts.values()) == at_least(group.answered, survey.k) < group.answered
    assert min(seen[shown] for shown in ("exact", "rounded", "topcoded")) > 50


def test_rounded_figures_agree_with_all_or_nothing_the_few_may_have_answered() -> None:
    """One person joins or leaves; all others answer as before: whatever the one answers, the release is the same."""
    for joins in (True, False):
        for number in (30, 47, 60):
            tables = {newcomer(number, answer, joins=joins) for answer in (*QUESTIONS["mood"], "")}
            assert len(tables) == 1


def newcomer(number: int, answer: str, *, joins: bool) -> str:
    """A unit's second release after somebody came who answers this, or after somebody left who had answered it."""
    rng = Random(number)
    habits = [rng.choice("1234") for _ in range(number)]
    asked = (Asked("mood", QUESTIONS["mood"]),)
    without, with_one = habits, [*habits, answer]
    first = unit(without if joins else [*habits, "1"], asked, ())
    before = kept(first, disclose(first, "first"))
    if joins:
        second = unit(with_one, asked, (before,))
        return str(disclose(second, "second").published)
    gone = unit([*habits, answer], asked, ())
    then = kept(gone, disclose(gone, "first"))
    return str(
        [one.shown for q in disclose(unit(without, asked, (then,)), "s").published.questions for one in q.groups]
    )


def unit(answers: list[str], asked: tuple[Asked, ...], earlier: tuple[object, ...]) -> Survey:
    given = Counter(answer for answer in answers if answer)
    group = Counted(1, ("00",), None, len(answers), sum(given.values()), {"mood": given})
    people = dict.fromkeys(range(len(answers)), 0)
    return Survey([group], {"00": None}, asked, people, 5, earlier)  # type: ignore[arg-type]


def test_conclusions_from_everybody_answering_once() -> None:
    known = {ANSWERED: {ANSWERED: Bounds(0, 99)}, "q": {"a": Bounds(5, 9), "b": Bounds(0, 4)}}
    tighten(known, (Asked("q", ("a", "b")),))
    assert known[ANSWERED][ANSWERED] == (5, 13)
    known = {ANSWERED: {ANSWERED: Bounds(13, 13)}, "q": {"a": Bounds(5, 9), "b": Bounds(0, 4)}}
    tighten(known, (Asked("q", ("a", "b")),))
    assert known["q"] == {"a": Bounds(9, 9), "b": Bounds(4, 4)}


@pytest.mark.parametrize(("answered", "few", "least"), [(3, 1, 2), (5, 1, 4), (10, 2, 8), (24, 4, 20), (400, 4, 320)])
def test_eighty_percent_or_more(answered: int, few: int, least: int) -> None:
    assert (others(answered, 5), at_least(answered, 5)) == (few, least)


def test_units_that_are_too_small_never_add_up_to_what_tells_each_ones_number() -> None:
    """Eight respondents of two units with fewer than five each: both would be known to have four."""
    given = {"mood": Counter({"2": 2, "3": 2})}
    groups = [Counted(n, (f"1{n}",), "1", 9, 4, given) for n in (1, 2)]
    groups.append(Counted(3, ("13",), "1", 12, 9, {"mood": Counter({"2": 5, "3": 4})}))
    tree = {"1": None, "11": "1", "12": "1", "13": "1"}
    found = disclose(Survey(groups, tree, (Asked("mood", QUESTIONS["mood"]),), {}, 5), "x")
    assert [one.piece.units for one in found.drawn] == [("11", "12", "13")]
