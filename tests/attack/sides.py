"""How the figures behind a claim were shown: what kinds of groups the sets of people are put together from."""

from bot.published import Group, Question
from tests.attack.evidence import Survey
from tests.attack.finding import Finding

Kinds = frozenset[str]


def sides(finding: Finding, surveys: list[Survey]) -> tuple[Kinds, Kinds]:
    """The kinds of groups of the later survey and of the earlier one that a claim about both compares."""
    if finding.claim is None or finding.claim.less is None:
        return frozenset(), frozenset()
    return _kinds(finding, finding.claim.of, surveys), _kinds(finding, finding.claim.less, surveys)


def _kinds(finding: Finding, of: tuple[str, frozenset[str]], surveys: list[Survey]) -> Kinds:
    survey = next(one for one in surveys if one.code == of[0])
    question = survey.published.question(finding.question) or survey.published.questions[0]
    held = ((g, survey.units(g)) for g in _leaves(question))
    return frozenset(group.shown for group, units in held if units and units <= of[1])


def _leaves(question: Question) -> list[Group]:
    above = {group.parent for group in question.groups}
    return [g for g in question.groups if len(g.units) > 1 or g.units[0] not in above or g.units[0] == g.parent]
