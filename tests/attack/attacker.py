"""The whole attack: what a release has to withstand."""

from bot.published import Group
from tests.attack.between import between
from tests.attack.evidence import Survey, Truth
from tests.attack.finding import Court, Finding
from tests.attack.forest import key
from tests.attack.sheet import CELLS
from tests.attack.within import within


def hold(surveys: list[Survey], truths: list[Truth]) -> list[Finding]:
    """Everything the strongest attacker learns; nothing may be found.

    It knows the rules of the release: the cells of rounded figures where the surveys have them; else the truth stands
    in with the narrowest width that is never wrong. What it then claims must be true.
    """
    court = Court(surveys, truths)
    half = _half(court)
    findings = [f for s in surveys for f in within(s, half)] + between(surveys, half)
    false = [f for f in findings if not court.true(f)]
    assert not false, f"the attacker is mistaken: {false[:3]}"
    return findings


def _half(court: Court) -> int:
    """The smallest half width with which every rounded group is true, in halves of k."""
    k = max(s.k for s in court.surveys.values())
    widths = [k // 2, *(k * n // 2 for n in range(2, CELLS))]
    return next((w for w in widths if all(_fits(court, s, w) for s in court.surveys.values())), CELLS * k // 2)


def _fits(court: Court, survey: Survey, half: int) -> bool:
    return all(
        _near(court, survey, q.id, g, half)
        for q in survey.published.questions
        for g in _leaf(q.groups)
        if (q.id, *key(g)) not in survey.cells
    )


def _leaf(groups: tuple[Group, ...]) -> list[Group]:
    parents = {g.parent for g in groups}
    return [g for g in groups if g.shown == "rounded" and (len(g.units) > 1 or g.units[0] not in parents)]


def _near(court: Court, survey: Survey, question: str, group: Group, half: int) -> bool:
    truth, units = court.truths[survey.code], survey.units(group)
    told = {"": group.answered, **group.counts}
    return all(abs(truth.count(question, a, court.posted(survey.code, units)) - n) <= half for a, n in told.items())
