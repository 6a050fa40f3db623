"""Which figures improved most in a period: one rule for units of any size, and the read model that reports draw.

The rule. A period of some months is compared with as many months before it. The value of each is the mean of what was
reported there. A figure counts where at least `FEWEST` months of each were reported, and its mean before was at least
`BASE`: from two faxes to one is half, and means nothing. Its gain is how much smaller the smaller mean is than the
larger one: 1 - after / before where less is better, 1 - before / after where more is. So halving and doubling are both
0.5, nothing is above 1, and neither the size of a unit nor its measure matters. Who has a gain of at least `LEAST`, and
none is larger, is asked what they did; of a unit its best figure counts. All with the same gain are asked.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from bot import unit_figures
from bot.turn import Turn
from bot.unit_figures import LESS
from storage import unit_figures as stored
from storage import units
from storage.unit_figures import SCALE, FigureRow, ReportRow, StoryRow

FEWEST, BASE, LEAST = 2, 5, Fraction(1, 10)
# Why a figure cannot be compared: too few reports in one of the spans, or too little to compare with.
FEW, SMALL = "few", "small"


@dataclass(frozen=True, slots=True)
class Measured:
    """A figure in a period: its months with their values, the means before and in it, and its gain.

    `why` says why there is no gain: `FEW`, `SMALL` or "". `best`: nobody improved more.
    """

    figure: FigureRow
    months: tuple[tuple[str, float], ...]
    before: float | None
    after: float | None
    gain: float | None
    why: str
    best: bool

    def name(self, lang: str) -> str:
        """What it is called."""
        return unit_figures.words(self.figure, lang).name

    def unit(self, lang: str) -> str:
        """Whose it is."""
        return unit_figures.unit_name(self.figure, lang)


@dataclass(frozen=True, slots=True)
class Story:
    """What somebody told about a figure that improved most, with their consent."""

    figure: FigureRow
    first: str
    end: str
    text: str
    gain: float


@dataclass(frozen=True, slots=True)
class FiguresReport:
    """The figures of a period, the largest gain first and those without one last, and the stories told of it."""

    first: date
    end: date
    rows: tuple[Measured, ...]
    stories: tuple[Story, ...]

    @property
    def best(self) -> tuple[Measured, ...]:
        """Those that improved most."""
        return tuple(row for row in self.rows if row.best)


def build(turn: Turn, first: date, end: date, *, unit: int | None = None) -> FiguresReport:
    """The figures that were reported in a period of whole months, of all units or of one and those below it."""
    earlier = unit_figures.before(first, _months(first, end))
    inside = [one for one in stored.everything(turn.tx) if _is_in(turn, one, unit)]
    reports = stored.between(turn.tx, earlier.isoformat(), end.isoformat())
    rows = [row for row in (_measured(one, reports, first) for one in inside) if row]
    found = {row.figure.id: row.figure for row in rows} | {one.id: one for one in inside}
    told = stored.stories(turn.tx, first.isoformat(), end.isoformat())
    stories = tuple(_story(found[one.figure_id], one) for one in told if one.figure_id in found)
    return FiguresReport(first, end, tuple(_ranked(rows)), stories)


def gain(before: Fraction, after: Fraction, better: str) -> Fraction:
    """How much better: 0.5 for half of what is to be less, or twice what is to be more; below 0 for worse."""
    small, large = (after, before) if better == LESS else (before, after)
    if small <= large:
        return 1 - small / large if large else Fraction(0)
    return large / small - 1


def _months(first: date, end: date) -> int:
    return (end.year - first.year) * 12 + end.month - first.month


def _is_in(turn: Turn, figure: FigureRow, unit: int | None) -> bool:
    return unit is None or units.is_under(turn.tx, figure.unit_id, unit, today=turn.day)


def _measured(figure: FigureRow, reports: Iterable[ReportRow], first: date) -> Measured | None:
    """A figure as far as it was reported; nothing of one that was not."""
    mine = [one for one in reports if one.figure_id == figure.id]
    was = [one.value for one in mine if one.month < first.isoformat()]
    now = [one.value for one in mine if one.month >= first.isoformat()]
    if not now:
        return None
    before, after = (_mean(was) if was else None), _mean(now)
    why = FEW if min(len(was), len(now)) < FEWEST else SMALL if before is not None and before < BASE else ""
    better = gain(before, after, figure.better) if before is not None and not why else None
    months = tuple((one.month, one.value / SCALE) for one in mine)
    return Measured(figure, months, _float(before), _float(after), _float(better), why, best=False)


def _mean(values: Sequence[int]) -> Fraction:
    return Fraction(sum(values), len(values) * SCALE)


def _float(value: Fraction | None) -> float | None:
    return None if value is None else float(value)


def _ranked(rows: Iterable[Measured]) -> list[Measured]:
    """The largest gain first; the best are those nobody is better than, one figure of a unit."""
    found = sorted(rows, key=lambda row: (row.gain is None, -(row.gain or 0), row.figure.code, row.figure.id))
    top = max((row.gain for row in found if row.gain is not None), default=0.0)
    units_named: set[int] = set()
    ranked = []
    for row in found:
        best = row.gain is not None and row.gain == top >= LEAST and row.figure.unit_id not in units_named
        units_named |= {row.figure.unit_id} if best else set()
        ranked.append(_with(row, best=best))
    return ranked


def _with(row: Measured, *, best: bool) -> Measured:
    return Measured(row.figure, row.months, row.before, row.after, row.gain, row.why, best)


def _story(figure: FigureRow, told: StoryRow) -> Story:
    better = gain(Fraction(told.before, SCALE), Fraction(told.after, SCALE), figure.better)
    return Story(figure, told.first, told.end, told.text, float(better))
