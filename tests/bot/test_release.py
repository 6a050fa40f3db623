"""The door: what is kept of a release is what later ones need, and free lines are told only by many together."""

from collections import Counter

from bot import release
from bot.disclosure import Asked, Counted, Earlier, Survey
from bot.disclosure_table import disclose
from storage.pulse_answers import Count, LineRow
from storage.pulses import GroupRow
from tests.attack.released import ASKED, kept
from tests.bot.test_disclosure import series


def test_a_release_is_read_back_as_it_was() -> None:
    for survey, found in series(1, 3):
        people = [(person, survey.groups[at].number) for person, at in survey.people.items()]
        earlier, before = release.unpack(release.pack(survey, found), people), kept(survey, found)
        assert earlier.piece_of == before.piece_of
        assert [dict(one) for one in earlier.known] == [dict(one) for one in before.known]


def test_bounds_are_those_of_figures_that_are_not_told_exactly() -> None:
    survey, found = series(1, 3)[-1]
    told = release.bounds(release.pack(survey, found))
    shown = {(q.id, g.units, g.parent): g.shown for q in found.published.questions for g in q.groups}
    assert told
    assert {shown[name] for name in told} <= {"rounded", "topcoded"}


def test_counters_become_groups() -> None:
    rows = [GroupRow(1, '["10"]', "", 9), GroupRow(2, '["20", "21"]', "2", 7)]
    counts = [Count(1, "", "", 6), Count(1, "mood", "3", 4), Count(1, "mood", "4", 2)]
    first, second = release.counted(rows, counts)
    assert (first.units, first.parent, first.answered) == (("10",), None, 6)
    assert dict(first.counts["mood"]) == {"3": 4, "4": 2}
    assert (second.units, second.parent, second.answered, dict(second.counts)) == (("20", "21"), "2", 0, {})


def survey(*answered: int) -> Survey:
    """Sections of one division, with so many respondents each."""
    given = [
        {"mood": Counter({"2": n // 2, "3": n - n // 2}), "read": Counter({"yes": n}), "tools": Counter()}
        for n in answered
    ]
    groups = [Counted(at + 1, (f"1{at}",), "1", max(n, 5) + 3, n, given[at]) for at, n in enumerate(answered)]
    tree = {"1": None, **{f"1{at}": "1" for at in range(len(answered))}}
    return Survey(groups, tree, ASKED, {}, 5)


def lines(*numbers: int) -> list[LineRow]:
    return [LineRow(f"{at:04}", number, "voice", f"line {at}") for at, number in enumerate(numbers)]


def told(of: Survey, *numbers: int) -> Counter[tuple[str, ...]]:
    return Counter(units for units, _ in release.placed(of, disclose(of, "voice"), lines(*numbers)))


def test_lines_of_many_are_told_for_their_unit() -> None:
    assert told(survey(9, 9), *[1] * 5) == {("10",): 5}


def test_lines_of_few_are_told_for_the_unit_above_or_for_nobody_in_particular() -> None:
    assert told(survey(9, 9), *[1] * 3, *[2] * 2) == {("1",): 5}
    assert told(survey(9, 9), *[1] * 5, *[2] * 4) == {("10",): 5, (): 4}


def test_lines_of_units_too_small_are_told_with_those_they_are_counted_with() -> None:
    assert told(survey(9, 3, 3), *[2] * 3, *[3] * 2) == {("11", "12"): 5}


def test_where_nothing_is_told_no_line_is() -> None:
    assert told(survey(2, 1), 1, 1, 2) == {}


def test_a_hidden_release_tells_later_ones_nothing() -> None:
    """Four of thirty answered, which is hidden; whatever they said, the next release is the same."""
    found = {second(first) for first in ((4, 0, 0), (3, 1, 0), (1, 2, 1), (0, 0, 4))}
    assert len(found) == 1


def second(first: tuple[int, int, int]) -> str:
    before = alone(30, first)
    done = disclose(before, "first")
    assert done.drawn[0].hidden
    earlier = release.unpack(release.pack(before, done), ((person, 1) for person in range(30)))
    return str(disclose(alone(31, (12, 9, 7), (earlier,)), "second").published)


def alone(people: int, counts: tuple[int, int, int], earlier: tuple[Earlier, ...] = ()) -> Survey:
    given = dict(zip("abc", counts, strict=True))
    group = Counted(1, ("00",), None, people, sum(counts), {"q": given})
    return Survey([group], {"00": None}, (Asked("q", tuple("abc")),), dict.fromkeys(range(people), 0), 5, earlier)
