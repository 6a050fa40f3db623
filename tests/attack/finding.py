"""What the attacker claims to have learnt, in a form that can be held against the truth."""

from collections.abc import Iterator
from dataclasses import dataclass

from tests.attack.evidence import Survey, Truth


@dataclass(frozen=True)
class Claim:
    """The figure of one set of posts, or its figure less another survey's, lies between two numbers."""

    question: str
    answer: str
    lo: int
    hi: int
    of: tuple[str, frozenset[str]]
    less: tuple[str, frozenset[str]] | None = None


@dataclass(frozen=True)
class Finding:
    """A leak: who it is about (units, or people where they are known) and how many respondents at most."""

    kind: str
    survey: str
    question: str
    detail: str
    people: tuple[str, ...]
    most: int
    claim: Claim | None = None
    gone: tuple[str, ...] = ()
    came: tuple[str, ...] = ()


class Court:
    """Holds claims against the truth."""

    def __init__(self, surveys: list[Survey], truths: list[Truth]) -> None:
        self.surveys = {s.code: s for s in surveys}
        self.truths = {s.code: t for s, t in zip(surveys, truths, strict=True)}

    def true(self, finding: Finding) -> bool:
        """Whether what is claimed is so."""
        claim = finding.claim
        return claim is None or claim.lo <= self._figure(claim) <= claim.hi

    def _figure(self, claim: Claim) -> int:
        plus = self._count(claim, *claim.of)
        return plus - self._count(claim, *claim.less) if claim.less else plus

    def _count(self, claim: Claim, survey: str, units: frozenset[str]) -> int:
        return self.truths[survey].count(claim.question, claim.answer, self.posted(survey, units))

    def posted(self, survey: str, units: frozenset[str]) -> Iterator[str]:
        """Who was invited at the units."""
        return (p for p, unit in self.surveys[survey].invited.items() if unit in units)

    def as_before(self, finding: Finding) -> bool:
        """Whether all but the few really answered as before, so that the difference is the few's own answers."""
        claim = finding.claim
        if claim is None or claim.less is None:
            return False
        new, old = self._given(claim, *claim.of), self._given(claim, *claim.less)
        return all(new[p] == old[p] for p in new.keys() & old.keys())

    def _given(self, claim: Claim, survey: str, units: frozenset[str]) -> dict[str, tuple[str, ...]]:
        given = self.truths[survey].answers.get(claim.question, {})
        return {p: given.get(p, ()) for p in self.posted(survey, units)}
