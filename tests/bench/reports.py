"""A year of 54,046 staff: each report from a cold start, by night-kept columns and by row, on SQLite and PostgreSQL.

Beside it stands DuckDB, which has the same rows in memory and works out the same figures; where they can be compared,
they are, and have to be equal.
"""

import asyncio
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

from adapters import columns
from adapters.app import furnish
from adapters.operations import backups
from bot import adoption, digest, periods, recognition, reports, rollups
from bot.organisation import Organisation
from bot.packs import FACETS
from bot.recognition_model import Recognition
from bot.rollups import Figures
from bot.settings import Settings
from bot.turn import House, Turn
from storage import schema, units
from storage.database import Database, Tx
from storage.engines import open_database
from storage.reports import View
from tests import databases
from tests.bench import big
from tests.bench.duck import Duck
from tests.bench.measured import Figure, median_of

FIRST, END = date(2025, 11, 1), date(2026, 11, 1)
LAST = END - timedelta(days=1)
MARKS, RUNS = 1_000_000, 5
VIEWS: tuple[View, ...] = ("then", "now")
SQLITE_GOAL, POSTGRES_GOAL = "≤ 1 s", "≤ 1.5 s"
Build = Callable[[Tx], Any]


@dataclass(frozen=True)
class Year:
    """The year that is reported on, in one database."""

    house: House
    database: Database

    @property
    def period(self) -> reports.Period:
        """All of it."""
        return reports.between(self.house.settings, FIRST, END)

    def turn(self, tx: Tx) -> Turn:
        """The morning after."""
        return Turn(tx, self.house, datetime.combine(END, time(9), self.house.settings.zone))

    def builds(self) -> dict[str, Build]:
        """Every report and what makes it."""
        month = reports.between(self.house.settings, date(2026, 10, 1), END)
        return {
            "Recognition of a year": lambda tx: recognition.build(self.turn(tx), self.period),
            "Recognition of a month": lambda tx: recognition.build(self.turn(tx), month),
            "Recognition of a year, the unit at the top": lambda tx: recognition.build(
                self.turn(tx), self.period, self._unit(tx)
            ),
            "Adoption of a year": lambda tx: adoption.build(self.turn(tx), self.period),
            "Digest of the unit at the top": lambda tx: self._digest(tx, self._unit(tx).id),
            "Digest of a bureau": lambda tx: self._digest(tx, units.everything(tx)[5].id),
            **{f"All units of a year, {view}": partial(self._tree, view=view) for view in VIEWS},
        }

    def _unit(self, tx: Tx) -> units.UnitRow:
        found = units.get(tx, units.tops(tx, today=LAST.isoformat())[0])
        assert found
        return found

    def _digest(self, tx: Tx, unit: int) -> object:
        return digest.build(self.turn(tx), unit, date(2026, 10, 19), date(2026, 10, 26))

    def _tree(self, tx: Tx, view: View) -> dict[int, Figures]:
        return rollups.tree(tx, self.period, view, today=LAST.isoformat())

    def seconds(self, build: Build) -> float:
        """The median of several runs, each with a connection that has read nothing yet."""

        def cold() -> None:
            database = open_database(self.house.settings.database)
            database.read_now(build)
            database.close()

        return median_of(RUNS, cold)


async def figures(folder: Path, staff: int) -> list[Figure]:
    """Every report; reuses a database that another measurement filled in the folder."""
    with databases.server() as uri:
        return await asyncio.to_thread(_measured, folder, staff, uri)


def _measured(folder: Path, staff: int, uri: str) -> list[Figure]:
    year = _opened(f"sqlite:///{folder}/big.db")
    if not (folder / "big.db").exists():
        schema.upgrade(year.house.settings.database)
        big._filled(year.house, staff)
    _mark(folder / "big.db", staff)
    _by_row_only(folder / "big.db")
    by_row = {name: year.seconds(build) for name, build in year.builds().items() if "of a year" in name}
    columns.keep(year.house.settings)
    other = _opened(_copied(year.house.settings, folder, uri))
    found = list(_figures(year, other, by_row))
    year.database.close()
    other.database.close()
    return found


def _opened(url: str) -> Year:
    settings = Settings(organisation=Organisation(name={"ja": "試験"}, closed=("12-29..01-03",)), database=url)
    return Year(furnish(settings), open_database(url))


def _copied(settings: Settings, folder: Path, uri: str) -> str:
    """The URL of the same on PostgreSQL, by a backup and its restoring."""
    url = databases.Server(uri).empty(folder)
    backups.backup(settings, folder / "year.zip")
    backups.restore(settings.model_copy(update={"database": url}), folder / "year.zip")
    return url


def _figures(year: Year, other: Year, by_row: dict[str, float]) -> Iterator[Figure]:
    duck = year.database.read_now(partial(Duck, day=LAST))
    beside = _beside(year, duck)
    theirs = other.builds()
    for name, build in year.builds().items():
        seconds, postgres = year.seconds(build), other.seconds(theirs[name])
        told = [f"PostgreSQL {postgres:.2f} s ({POSTGRES_GOAL})"]
        if name in by_row:
            told.append(f"by row {by_row[name]:.2f} s")
        if name in beside:
            in_memory = median_of(RUNS, beside[name])
            told.append(f"DuckDB in memory {in_memory:.2f} s ({seconds / in_memory:.2f} ×, ≤ 2 ×)")
        yield Figure(name, f"{seconds:.2f} s", SQLITE_GOAL, "; ".join(told))
    duck.close()


def _beside(year: Year, duck: Duck) -> dict[str, Callable[[], object]]:
    """What DuckDB does, once it was seen to say the same."""
    before = reports.between(year.house.settings, *periods.before(year.period))
    today = LAST.isoformat()
    builds = year.builds()
    _same_lists(year.database.read_now(builds["Recognition of a year"]), duck.recognition(year.period, before))
    for view in VIEWS:
        _same_units(year.database.read_now(builds[f"All units of a year, {view}"]), duck, year.period, view)
    return {
        "Recognition of a year": lambda: duck.recognition(year.period, before),
        "Adoption of a year": lambda: duck.adoption(year.period),
        **{f"All units of a year, {view}": partial(duck.tree, year.period, view=view, today=today) for view in VIEWS},
    }


def _same_lists(ours: Recognition, theirs: tuple[list[Any], list[Any]]) -> None:
    sums, placed = theirs
    assert sorted(sums[0]) == sorted((p.number, p.kudos, p.people, p.givers) for p in ours.principles)
    lists = [(p.number, c.who.person_id, round(c.points.points * 10)) for p in ours.principles for c in p.shortlist]
    assert lists == [tuple(one) for one in placed], "another shortlist"


def _same_units(ours: dict[int, Figures], duck: Duck, period: reports.Period, view: View) -> None:
    notes, _, thanks, _, given, staff = duck.tree(period, view=view, today=LAST.isoformat())
    assert {unit: rest for unit, *rest in notes} == {u: [f.notes, f.writers] for u, f in ours.items() if f.notes}
    assert {u: rest for u, *rest in thanks} == {u: [f.received, f.recognised] for u, f in ours.items() if f.received}
    assert dict(given) == {u: f.given for u, f in ours.items() if f.given}
    assert dict(staff) == {u: f.staff for u, f in ours.items() if f.staff}


def _by_row_only(path: Path) -> None:
    """Let go of what was kept, so that everything is read by row."""
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("delete from segment")


def _mark(path: Path, staff: int) -> None:
    """A million times somebody read or tried a principle; simulated people only write and thank."""
    random, days = Random(1), [(FIRST + timedelta(days=n)).isoformat() for n in range((END - FIRST).days)]
    with closing(sqlite3.connect(path)) as connection, connection:
        if connection.execute("select count(*) from mark").fetchone()[0] >= MARKS * staff // 54_046:
            return
        posted = connection.execute("select person_id, unit_id, starts_on, coalesce(ends_on, '9999') from posting")
        rows = _deeds(random, posted.fetchall(), days, MARKS * staff // 54_046)
        connection.executemany(
            "insert or ignore into mark (person_id, number, what, day, facet, unit_id, pack, version) "
            "values (?, ?, ?, ?, ?, ?, 'tokyo', '1.1.0')",
            rows,
        )
        connection.execute("analyze")


def _deeds(random: Random, posted: list[Any], days: list[str], count: int) -> Iterator[tuple[Any, ...]]:
    for _ in range(count * 2):
        person, unit, since, until = random.choice(posted)
        day = random.choice(days)
        if since <= day < until:
            what = random.choice(("read", "read", "tried"))
            yield person, random.randint(1, 10), what, day, random.choice(FACETS), unit
