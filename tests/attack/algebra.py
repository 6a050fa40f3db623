"""Groups that cross each other (two questions merged differently): what their sums and differences give away."""

from collections.abc import Iterator
from fractions import Fraction
from itertools import combinations

from tests.attack.finding import Claim, Finding
from tests.attack.forest import key
from tests.attack.sheet import Sheet, said

Row = dict[int, Fraction]
Equation = tuple[frozenset[str], int, int]
MOST = 60


def crossings(known: Sheet) -> Iterator[Finding]:
    """Sets of fewer than k respondents that follow from groups which are not nested."""
    if known.forest.crossing:
        for part in _parts(_equations(known)):
            yield from _derive(known, part)


def _equations(known: Sheet) -> list[Equation]:
    """Who answered in every set that was published, crossing or not."""
    forest, (lo, hi) = known.forest, known.bounds["", ""]
    told = [(forest.units[n], lo[n], hi[n]) for n in range(len(lo))]
    for question in known.survey.published.questions:
        for group in question.groups:
            if key(group) in forest.crossing and question.id in known.answers:
                low, high = said(group, question.id, known).get("", (0, group.invited))
                told.append((forest.crossing[key(group)], low, high))
    return told


def _parts(equations: list[Equation]) -> Iterator[list[Equation]]:
    """Each crossing set with all that lies in, around or across it, as long as that is small."""
    seen: set[frozenset[str]] = set()
    for units, _, _ in equations:
        near = [e for e in equations if units & e[0] and len(e[0]) <= MOST]
        if any(_cross(a[0], b[0]) for a, b in combinations(near, 2)):
            whole = frozenset[str]().union(*(e[0] for e in near))
            if whole not in seen:
                seen.add(whole)
                yield [e for e in equations if e[0] <= whole]


def _cross(a: frozenset[str], b: frozenset[str]) -> bool:
    return bool(a & b) and not (a <= b or b <= a)


def _derive(known: Sheet, part: list[Equation]) -> Iterator[Finding]:
    atoms = _atoms(part)
    lo, hi = _propagated(known, part, atoms)
    for i, atom in enumerate(atoms):
        if lo[i] >= 1 and hi[i] < known.survey.k:
            yield _found(known, atom, lo[i], hi[i])
    for units, n in _sums(part, atoms):
        if 1 <= n < known.survey.k:
            yield _found(known, units, n, n)


def _atoms(part: list[Equation]) -> list[frozenset[str]]:
    """The smallest cells the sets cut each other into."""
    cells: dict[frozenset[int], set[str]] = {}
    for unit in frozenset[str]().union(*(e[0] for e in part)):
        mark = frozenset(i for i, e in enumerate(part) if unit in e[0])
        cells.setdefault(mark, set()).add(unit)
    return [frozenset(c) for c in cells.values()]


def _propagated(known: Sheet, part: list[Equation], atoms: list[frozenset[str]]) -> tuple[list[int], list[int]]:
    heads = known.survey.headcount
    lo, hi = [0] * len(atoms), [sum(heads[u] for u in a) for a in atoms]
    sums = [([i for i, a in enumerate(atoms) if a <= units], low, high) for units, low, high in part]
    for _ in range(len(atoms)):
        for members, low, high in sums:
            for i in members:
                others_lo = sum(lo[j] for j in members if j != i)
                others_hi = sum(hi[j] for j in members if j != i)
                lo[i], hi[i] = max(lo[i], low - others_hi), min(hi[i], high - others_lo)
    return lo, hi


def _sums(part: list[Equation], atoms: list[frozenset[str]]) -> Iterator[tuple[frozenset[str], int]]:
    """Sets whose exact figure is a rational combination of exact figures: reduced rows and their pairs."""
    width = len(atoms)
    rows = [
        {i: Fraction(1) for i, a in enumerate(atoms) if a <= units} | {width: Fraction(low)}
        for units, low, high in part
        if low == high
    ]
    reduced = _reduced(rows, width)
    pairs = [_plus(a, b, sign) for a, b in combinations(reduced, 2) for sign in (Fraction(1), Fraction(-1))]
    for row in reduced + pairs:
        members = [i for i in row if i < width]
        if members and all(row[i] == 1 for i in members):
            yield frozenset(u for i in members for u in atoms[i]), int(row.get(width, Fraction(0)))


def _reduced(rows: list[Row], width: int) -> list[Row]:
    """Gauss–Jordan elimination."""
    done: list[tuple[int, Row]] = []
    for row in rows:
        for pivot, other in done:
            row = _plus(row, other, -row.get(pivot, Fraction(0)))
        pivots = [i for i in row if i < width]
        if pivots:
            first = min(pivots)
            row = {i: v / row[first] for i, v in row.items()}
            done = [(p, _plus(r, row, -r.get(first, Fraction(0)))) for p, r in done] + [(first, row)]
    return [row for _, row in done]


def _plus(a: Row, b: Row, times: Fraction) -> Row:
    found = dict(a)
    for i, v in b.items():
        found[i] = found.get(i, Fraction(0)) + times * v
    return {i: v for i, v in found.items() if v}


def _found(known: Sheet, units: frozenset[str], lo: int, hi: int) -> Finding:
    survey = known.survey.code
    claim = Claim("", "", lo, hi, (survey, units))
    return Finding("crossing", survey, "", f"{lo}..{hi} answered", tuple(sorted(units)), hi, claim)
