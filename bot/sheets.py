"""Tables of a report, the same for every kind of file: what each column holds, and how the figures are made."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, NamedTuple

# On paper more cells than these are read by nobody, and take long to be tagged for screen readers.
CELLS_ON_PAPER = 18_000
# A number is whole, a share between 0 and 1; a moment is in the organisation's zone; nothing is an empty cell.
Kind = Literal["text", "number", "decimal", "share", "date", "moment"]
Cell = str | int | float | date | datetime | None
Row = tuple[Cell, ...]


class Column(NamedTuple):
    """A column: its head, what it holds, how many letters wide it is; whether it is on paper, where there is less room.

    Only texts may hold what somebody wrote.
    """

    title: str
    kind: Kind = "number"
    wide: int = 8
    paper: bool = True


class Chart(NamedTuple):
    """Bars beside a table: its title, the column of labels and that of values, and of how many first rows."""

    title: str
    label: int
    value: int
    rows: int


@dataclass(frozen=True, slots=True)
class Sheet:
    """One table. `rows` may be read once only, `count` of them; those with a chart are a sequence.

    `name` is short, as a tab shows it. On paper `paper` is printed instead of the rows, or as many rows as `on_paper`
    says; where that is not all, `rest` says so and where all are.
    """

    name: str
    title: str
    columns: tuple[Column, ...]
    rows: Iterable[Row]
    count: int
    chart: Chart | None = None
    notes: tuple[str, ...] = ()
    rest: str = ""
    paper: tuple[Row, ...] | None = None


@dataclass(frozen=True, slots=True)
class Book:
    """A report: what it is of, its tables and how they came about.

    `main` is the table that holds all there is; where none does, `plain` is one for a CSV.
    """

    title: str
    about: tuple[str, ...]
    organisation: str
    lang: str
    accent: str
    at: datetime
    sheets: tuple[Sheet, ...]
    notes: tuple[str, ...] = ()
    main: int = -1
    plain: Sheet | None = None

    @property
    def whole(self) -> Sheet:
        """The table a CSV holds."""
        return self.plain or self.sheets[self.main]

    @property
    def rows(self) -> int:
        """How many rows all tables have together."""
        return sum(sheet.count for sheet in self.sheets)


def text(title: str, wide: int = 14, *, paper: bool = True) -> Column:
    """A column of texts."""
    return Column(title, "text", wide, paper)


def share(part: float, whole: float) -> float | None:
    """A share, or nothing where there is no whole."""
    return part / whole if whole else None


def on_paper(columns: tuple[Column, ...]) -> int:
    """How many rows of a table are printed at most."""
    return CELLS_ON_PAPER // max(1, sum(column.paper for column in columns))
