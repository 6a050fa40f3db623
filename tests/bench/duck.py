"""The same figures from the same rows by DuckDB, which has them in memory as columns: what reports are measured by."""

from datetime import date, timedelta
from typing import Any, NamedTuple

import duckdb
import numpy as np

from bot.reports import Period
from storage.database import Tx
from storage.segments import deeds
from storage.series import GIFTS, MARKS, NOTES, TAGS, THANKS
from tests.bench import duck_sql as sql

EVER = 2**50
NAMES = {"thanks": THANKS, "gift": GIFTS, "note": NOTES, "tag": TAGS, "mark": MARKS}
ROWS = {
    "tree": "select descendant, ancestor, starts_at, ends_at, starts_on, ends_on from unit_tree",
    "posting": "select person_id, unit_id, starts_on, coalesce(ends_on, '9999-12-31') from posting",
    "role": "select person_id, role from role where starts_on <= '{day}' and (ends_on is null or ends_on > '{day}')",
    "unit": "select id from unit",
}
COLUMNS = {
    "tree": ("unit", "above", "starts_at", "ends_at", "starts_on", "ends_on"),
    "posting": ("person", "unit", "starts_on", "ends_on"),
    "role": ("person", "role"),
    "unit": ("unit",),
}


class Placed(NamedTuple):
    """Somebody on a shortlist: the principle, the person, their points in tenths."""

    number: int
    person: int
    points: int


class Duck:
    """The rows of a database, in DuckDB's memory."""

    def __init__(self, tx: Tx, *, day: date) -> None:
        """`day` is the one whose roles count."""
        self._in = duckdb.connect()
        for name, series in NAMES.items():
            found = deeds(tx, series, 0, 99_991_231 if series.by_day else EVER)
            columns = {column: found[column] for column in series.kinds if column not in found.names}
            for column, known in found.names.items():
                columns[column] = np.array(known, object)[found[column]] if known else np.zeros(0, object)
            self._take(name, columns)
        for name, wanted in ROWS.items():
            tx.cursor.execute(wanted.format(day=day))
            rows = list(zip(*tx.cursor.fetchall(), strict=True)) or [()] * len(COLUMNS[name])
            self._take(name, {of: np.array(column) for of, column in zip(COLUMNS[name], rows, strict=True)})

    def _take(self, name: str, columns: dict[str, Any]) -> None:
        # A word of its language cannot be a column's name.
        self._in.register("given", {"moment" if name == "at" else name: column for name, column in columns.items()})
        self._in.execute(f"create table {name} as select * from given")
        self._in.unregister("given")

    def close(self) -> None:
        """Let go of the memory."""
        self._in.close()

    def all(self, text: str, **bound: object) -> list[tuple[Any, ...]]:
        """The rows of a statement; whatever it names with a dollar is bound."""
        found = self._in.execute(text, {name: value for name, value in bound.items() if f"${name}" in text})
        return found.fetchall()

    def recognition(self, period: Period, before: Period) -> tuple[list[Any], list[Placed]]:
        """All sums of a recognition report of everybody, and everybody's points, of which the first are handed over."""
        last = (period.end - timedelta(days=1)).isoformat()
        bound = {"since": period.since, "until": period.until, "day": last}
        earlier = {"since": before.since, "until": before.until}
        sums = [self.all(one, **bound) for one in sql.RECOGNITION]
        sums += [self.all(one, **earlier) for one in sql.BEFORE]
        return sums, [Placed(*row) for row in self.all(sql.SHORTLISTS, **bound)]

    def adoption(self, period: Period) -> list[list[tuple[Any, ...]]]:
        """All sums of an adoption report of everybody, but for whom cards reached."""
        bound = {
            "since": period.since,
            "until": period.until,
            "first": int(f"{period.first:%Y%m%d}"),
            "end": int(f"{period.end:%Y%m%d}"),
            "day": (period.end - timedelta(days=1)).isoformat(),
        }
        return [self.all(one, **bound) for one in sql.ADOPTION]

    def tree(self, period: Period, *, view: str, today: str) -> list[list[tuple[Any, ...]]]:
        """The sums of every unit: notes and writers, notes by number, thanks, thanks by number, given, staff."""
        last = today if view == "now" else (period.end - timedelta(days=1)).isoformat()
        return [self.all(one, since=period.since, until=period.until, day=last) for one in sql.tree(view)]
