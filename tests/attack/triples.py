"""Three surveys together, by brute force on small organisations: told for information, no part of the rules."""

from collections.abc import Iterator
from itertools import combinations

from tests.attack.evidence import Survey
from tests.attack.finding import Finding
from tests.attack.within import sheet

Exact = dict[int, tuple[str, ...]]


def triples(surveys: list[Survey]) -> list[Finding]:
    """Exact figures of three surveys, one less the two others, that are left with 1 to k−1 people as no two are."""
    everyone = {p: 1 << i for i, p in enumerate(sorted({p for s in surveys for p in s.invited}))}
    found: dict[tuple[str, tuple[str, ...]], Finding] = {}
    questions = {q.id for s in surveys for q in s.published.questions}
    for question in sorted(questions):
        masks = [_exact(s, question, everyone) for s in surveys]
        for three in combinations(range(len(surveys)), 3):
            for finding in _three(surveys, masks, three, everyone):
                found.setdefault((question, finding.people), finding)
    return list(found.values())


def _exact(survey: Survey, question: str, everyone: dict[str, int]) -> dict[int, tuple[str, ...]]:
    """The people of every set whose figures are exactly known, as bits."""
    known = sheet(survey)
    if question not in known.answers:
        return {}
    every = [known.bounds["", ""], *(known.bounds[question, a] for a in known.answers[question])]
    exact = [n for n in range(len(known.forest.units)) if all(lo[n] == hi[n] for lo, hi in every)]
    return {_mask(survey, known.forest.units[n], everyone): tuple(sorted(known.forest.units[n])) for n in exact}


def _mask(survey: Survey, units: frozenset[str], everyone: dict[str, int]) -> int:
    return sum(everyone[p] for p, unit in survey.invited.items() if unit in units)


def _three(
    surveys: list[Survey], masks: list[Exact], three: tuple[int, ...], everyone: dict[str, int]
) -> Iterator[Finding]:
    k = surveys[0].k
    for a, b, c in ((three[i], three[i - 1], three[i - 2]) for i in range(3)):
        for whole in masks[a]:
            for part in masks[b]:
                rest, beyond = whole & ~part, part & ~whole
                if beyond.bit_count() < k <= rest.bit_count() + beyond.bit_count():
                    for third in masks[c]:
                        few = (rest ^ third) | beyond
                        if 0 < few.bit_count() < k:
                            yield _told(surveys, (a, b, c), few, everyone)


def _told(surveys: list[Survey], three: tuple[int, ...], few: int, everyone: dict[str, int]) -> Finding:
    people = tuple(p for p, bit in everyone.items() if bit & few)
    detail = " less ".join(surveys[i].code for i in three)
    return Finding("triple", surveys[three[0]].code, "", detail, people, len(people))
