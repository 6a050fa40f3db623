"""Rule A, and the first half of rule B: which groups are published together, so that each piece is large enough.

Pieces are merged with siblings before anything is hidden. A merged piece says of its groups that each had too few
respondents by itself; so it is never exactly as large as that makes possible, which would tell each group's number.
"""

from collections.abc import Iterable
from typing import NamedTuple

from bot.disclosure import ROUNDED_FROM, Piece, Survey
from bot.disclosure_cuts import Overlap, Threat, gathered, overlap, threat
from bot.pulse_groups import upwards


class Forest:
    """The pieces under each unit while they are merged."""

    def __init__(self, survey: Survey) -> None:
        self._survey = survey
        self.leaves: dict[str | None, list[Piece]] = {}
        self.divided: dict[str | None, list[str]] = {}
        for place, group in enumerate(survey.groups):
            self.leaves.setdefault(group.parent, []).append(Piece((place,), group.units, group.parent))
        for unit in sorted({u for g in survey.groups for u in upwards(survey.tree, g.parent)}):
            self.divided.setdefault(survey.tree.get(unit), []).append(unit)

    def answered(self, piece: Piece) -> int:
        """How many respondents a piece has."""
        return sum(self._survey.groups[place].answered for place in piece.groups)

    def invited(self, piece: Piece) -> int:
        """How many people were invited in a piece."""
        return sum(self._survey.groups[place].invited for place in piece.groups)

    def upwards(self) -> list[str | None]:
        """Every unit that has pieces or divided units in it, the deepest first."""
        found = {unit for unit in (*self.leaves, *self.divided) if self.leaves.get(unit) or self.divided.get(unit)}
        return sorted(found, key=lambda unit: (-len(list(upwards(self._survey.tree, unit))), unit or ""))

    def pieces(self) -> list[Piece]:
        """All pieces, in the order of the units they are in."""
        return [piece for unit in sorted(self.leaves, key=lambda u: u or "") for piece in self.leaves[unit]]

    def merge(self, unit: str | None, pieces: Iterable[Piece]) -> Piece:
        """Make siblings one piece."""
        together = list(pieces)
        groups = tuple(sorted(place for piece in together for place in piece.groups))
        merged = Piece(groups, tuple(sorted(u for piece in together for u in piece.units)), unit)
        self.leaves[unit] = [*(p for p in self.leaves.get(unit, ()) if p not in together), merged]
        return merged

    def fold(self, unit: str) -> Piece:
        """Make everything in a unit one piece, which is a sibling of the units beside it."""
        above = self._survey.tree.get(unit)
        inner = [self.fold(child) for child in list(self.divided.get(unit, ()))]
        groups = {place for piece in (*inner, *self.leaves.get(unit, ())) for place in piece.groups}
        self.leaves.pop(unit, None)
        self.divided.pop(unit, None)
        self.divided[above].remove(unit)
        piece = Piece(tuple(sorted(groups)), (unit,), above)
        self.leaves.setdefault(above, []).append(piece)
        return piece

    def smallest_divided(self, unit: str | None) -> str | None:
        """The divided unit directly in a unit with the fewest invited people."""
        inside = self.divided.get(unit, ())
        return min(inside, key=lambda child: (self._invited_in(child), child), default=None)

    def _invited_in(self, unit: str) -> int:
        own = sum(map(self.invited, self.leaves.get(unit, ())))
        return own + sum(map(self._invited_in, self.divided.get(unit, ())))


class Merged(NamedTuple):
    """The pieces to publish, and where they differ by few people from those of each earlier survey."""

    pieces: list[Piece]
    threats: list[Threat]


def merged(survey: Survey) -> Merged:
    """The pieces to publish."""
    forest = Forest(survey)
    small = {piece for piece in forest.pieces() if forest.answered(piece) < survey.k}
    _fill(forest, small, survey.k)
    overlaps: list[Overlap] = [overlap(survey.people, earlier.piece_of) for earlier in survey.earlier]
    while True:
        pieces = forest.pieces()
        of = {place: at for at, piece in enumerate(pieces) for place in piece.groups}
        threats = [threat(gathered(people, of), survey.k) for people in overlaps]
        need = ROUNDED_FROM * survey.k
        few = {at for found in threats for at in found.rounded if forest.answered(pieces[at]) < need}
        thin = {pieces[at] for at in few if pieces[at].parent is not None}
        if not thin:
            return Merged(pieces, threats)
        _fill(forest, thin, need)


def _fill(forest: Forest, small: set[Piece], need: int) -> None:
    """Merge the small pieces of every unit, the deepest first, until each has as many respondents as it needs."""
    for unit in forest.upwards():
        thin = [piece for piece in forest.leaves.get(unit, ()) if piece in small]
        if thin:
            _join(forest, unit, sorted(thin, key=lambda p: (-forest.invited(p), p.units)), small, need)


def _join(forest: Forest, unit: str | None, thin: list[Piece], small: set[Piece], need: int) -> None:
    runs, rest = _runs(forest, thin, need)
    made = [forest.merge(unit, run) for run in runs]
    while rest and ((have := sum(map(forest.answered, rest))) < need or _tells(forest, rest, need)):
        if made:
            rest = [*rest, made.pop()]
        elif (beside := _smallest_beside(forest, unit, rest)) is not None:
            rest = [*rest, beside]
        elif (inside := forest.smallest_divided(unit)) is not None:
            rest = [*rest, forest.fold(inside)]
        else:
            break
    if rest:
        forest.merge(unit, rest)
        if have < need and unit is not None:
            small.add(forest.fold(unit))


def _runs(forest: Forest, thin: list[Piece], need: int) -> tuple[list[list[Piece]], list[Piece]]:
    """Siblings in their order, in runs that have enough respondents, and those left over."""
    runs: list[list[Piece]] = []
    run: list[Piece] = []
    for piece in thin:
        run.append(piece)
        if sum(map(forest.answered, run)) >= need and not _tells(forest, run, need):
            runs.append(run)
            run = []
    return runs, run


def _tells(forest: Forest, run: list[Piece], need: int) -> bool:
    """Whether a run is as large as pieces that are all too small can be: then each of them is known."""
    most = sum(min(need - 1, forest.invited(piece)) for piece in run)
    return len(run) > 1 and sum(map(forest.answered, run)) == most


def _smallest_beside(forest: Forest, unit: str | None, rest: list[Piece]) -> Piece | None:
    others = [piece for piece in forest.leaves.get(unit, ()) if piece not in rest]
    return min(others, key=lambda piece: (forest.invited(piece), piece.units), default=None)
