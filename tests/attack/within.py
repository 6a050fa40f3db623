"""Rule A: what one survey's table alone says about fewer than k respondents, or about everyone in a group."""

from collections.abc import Iterator
from functools import lru_cache
from itertools import combinations

from bot.published import Group, Question
from tests.attack import algebra
from tests.attack.evidence import Survey
from tests.attack.finding import Claim, Finding
from tests.attack.forest import Bounds
from tests.attack.sheet import Sheet, solved

WIDEST = 2
BRUTE = 10


def sheet(survey: Survey, half: int | None = None) -> Sheet:
    """A survey's arithmetic; unless `half` is given, a rounded figure's cell is taken as wide as it may be."""
    return _sheet(survey, WIDEST * survey.k if half is None else half)


@lru_cache(maxsize=128)
def _sheet(survey: Survey, half: int) -> Sheet:
    return solved(survey, half)


def within(survey: Survey, half: int | None = None) -> list[Finding]:
    """Every figure about 1 to k−1 respondents that follows from the table, and every group that is of one mind."""
    known = sheet(survey, half)
    if not known.sound():
        return [_contradiction(known)]
    found = [*_shown(known), *_small(known), *_unanimous(known), *algebra.crossings(known), *_tells(known)]
    return list({(f.kind, f.question, f.people): f for f in found}.values())


def _contradiction(known: Sheet) -> Finding:
    survey = known.survey.code
    return Finding("inconsistent", survey, "", "the figures do not add up as the format says", (), 0)


def _shown(known: Sheet) -> Iterator[Finding]:
    """Groups plainly shown with too few respondents, or with an invited count that is not the list's."""
    survey = known.survey
    for question in survey.published.questions:
        for group, node in known.groups(question):
            if group.shown != "hidden" and 1 <= group.answered < survey.k and group.shown != "rounded":
                yield _about(known, "small", {node}, question.id)
            if group.invited != known.forest.size[node]:
                detail = f"{group.invited} invited is not {known.forest.size[node]}"
                yield Finding("invited", survey.code, question.id, detail, group.units, 0)


def _small(known: Sheet) -> Iterator[Finding]:
    """Sets of which it follows that some answered, but fewer than k."""
    plain = {n for q in known.survey.published.questions for g, n in known.groups(q) if g.shown != "hidden"}
    for nodes in candidates(known):
        lo, hi = _bounds(known, nodes)
        if lo >= 1 and hi < known.survey.k and not (len(nodes) == 1 and nodes <= plain):
            kind = "remainder" if len(nodes) > 1 or nodes & known.forest.rests else "derived"
            yield _about(known, kind, set(nodes), "")


def candidates(known: Sheet) -> Iterator[frozenset[int]]:
    """Every node, unions of up to ten vague siblings, and what is left of a node without its exact parts."""
    lo, hi = known.bounds["", ""]
    forest = known.forest
    for node, children in enumerate(forest.below):
        yield frozenset([node])
        vague = [c for c in children if lo[c] < hi[c] < known.survey.k]
        for count in range(2, len(vague) if len(vague) <= BRUTE else 0):
            yield from map(frozenset, combinations(vague, count))
        if children and lo[node] == hi[node] and len(vague_leaves(known, node)) > 1:
            yield frozenset(vague_leaves(known, node))


def vague_leaves(known: Sheet, node: int, every: list[Bounds] | None = None) -> list[int]:
    """The leaves left of a node when every part with exact figures is taken away."""
    figures = every or [known.bounds["", ""]]
    left, found = [node], []
    while left:
        at = left.pop()
        below = known.forest.below[at]
        if not below:
            found.append(at)
        left += [c for c in below if any(lo[c] < hi[c] for lo, hi in figures)]
    return found


def _bounds(known: Sheet, nodes: frozenset[int], question: str = "", answer: str = "") -> tuple[int, int]:
    if len(nodes) == 1:
        lo, hi = known.bounds[(question, answer) if answer else ("", "")]
        (node,) = nodes
        return lo[node], hi[node]
    return known.of(question, answer, frozenset(leaf for n in nodes for leaf in leaves(known, n)))


def leaves(known: Sheet, node: int) -> list[int]:
    """The leaves of a node."""
    below = known.forest.below[node]
    return [leaf for c in below for leaf in leaves(known, c)] if below else [node]


def _about(known: Sheet, kind: str, nodes: set[int], question: str, answer: str = "") -> Finding:
    units = frozenset(u for n in nodes for u in known.forest.units[n])
    lo, hi = _bounds(known, frozenset(nodes), question, answer)
    survey = known.survey
    most = min(_bounds(known, frozenset(nodes))[1], sum(survey.headcount[u] for u in units))
    asked = question if answer else ""
    detail = f"{lo}..{hi} answered {answer}".rstrip()
    claim = Claim(asked, answer, lo, hi, (survey.code, units))
    return Finding(kind, survey.code, question, detail, tuple(sorted(units)), most, claim)


def _unanimous(known: Sheet) -> Iterator[Finding]:
    """Sets in which everyone who answered must have given the same answer."""
    total = known.bounds["", ""]
    for question, answers in known.answers.items():
        for answer in answers:
            lo, _ = known.bounds[question, answer]
            sure = [n for n, least in enumerate(lo) if least >= total[1][n] > 0]
            for node in sure:
                yield _about(known, "unanimous", {node}, question, answer)


def _tells(known: Sheet) -> Iterator[Finding]:
    """Exact groups of which fewer than k were not of one mind: where they exist, "80 % or more" means all."""
    for question in known.survey.published.questions:
        if any(g.shown == "topcoded" for g in question.groups):
            yield from (_tell(known, question, g) for g in question.groups if _telling(g, known.survey.k))


def _telling(group: Group, k: int) -> bool:
    others = group.answered - max(group.counts.values(), default=0)
    return group.shown == "exact" and group.answered > 0 and others < k and others * 5 <= group.answered


def _tell(known: Sheet, question: Question, group: Group) -> Finding:
    detail = f"{max(group.counts.values())} of {group.answered} shown exactly beside groups with 80 % or more"
    return Finding("tell", known.survey.code, question.id, detail, group.units, group.answered)
