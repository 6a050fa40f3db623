"""A year of 54,046 staff: the roll-up of every unit in both views, beside the bare scans of what it counts."""

from datetime import date
from functools import partial
from pathlib import Path

from adapters.app import furnish
from bot import reports, rollups
from bot.organisation import Organisation
from bot.reports import Period
from bot.rollups import Figures
from bot.settings import Settings
from storage import schema
from storage.database import Database, Tx
from storage.engines import open_database
from storage.reports import View
from tests.bench import big
from tests.bench.measured import Figure, median_of

FIRST, END = date(2025, 11, 1), big.UNTIL
RUNS = 5
# One pass over each table that is counted, by unit and by person, and nothing made of it.
SCANS: dict[View, tuple[str, ...]] = {
    "then": (
        """select unit_id, count(*) from note where unit_id is not null and deleted_at is null and audience <> 'office'
           and at >= ? and at < ? group by unit_id""",
        "select unit_id, count(*) from note_tag where not office and at >= ? and at < ? group by unit_id",
        "select unit_id, count(*) from kudos_tag where at >= ? and at < ? group by unit_id",
        """select unit_id, count(*) from kudos where taken_back_at is null and at + 0 >= ? and at + 0 < ?
           group by unit_id""",
    ),
    "now": (
        """select author_id, count(*) from note where deleted_at is null and audience <> 'office'
           and at >= ? and at < ? group by author_id""",
        "select counts_as, author_id, count(*) from note_tag where not office and at >= ? and at < ? group by 1, 2",
        "select counts_as, receiver_id, count(*) from kudos_tag where at >= ? and at < ? group by 1, 2",
        """select giver_id, count(*) from kudos where taken_back_at is null and at + 0 >= ? and at + 0 < ?
           group by giver_id""",
    ),
}


async def figures(folder: Path, staff: int) -> list[Figure]:
    """Both views over the year the large simulation makes, which is made here unless it is there already."""
    settings = Settings(
        organisation=Organisation(name={"ja": "試験"}, closed=("12-29..01-03",)), database=f"sqlite:///{folder}/big.db"
    )
    if not (folder / "big.db").exists():
        schema.upgrade(settings.database)
        big._filled(furnish(settings), staff)
    database = open_database(settings.database)
    period = reports.between(settings, FIRST, END)
    found = [_figure(database, period, view) for view in SCANS]
    database.close()
    return found


def _figure(database: Database, period: Period, view: View) -> Figure:
    made = database.read_now(partial(_rolled_up, period=period, view=view))
    assert max(of.notes for of in made.values()) > 0, "measured something that is not there"
    seconds = median_of(RUNS, lambda: database.read_now(partial(_rolled_up, period=period, view=view)))
    scans = median_of(RUNS, lambda: database.read_now(partial(_scanned, period=period, view=view)))
    words = "as it was then" if view == "then" else "the people who are here now"
    moved, people = database.read_now(_size)
    size = f"{len(made):,} units, {people:,} people, {moved:,} transfers"
    return Figure(
        f"Roll-up of a year, {words}: {size}", f"{seconds:.2f} s", "≤ 1 s", f"{scans:.2f} s the bare GROUP BY scans"
    )


def _rolled_up(tx: Tx, period: Period, view: View) -> dict[int, Figures]:
    return rollups.tree(tx, period, view, today=END.isoformat())


def _scanned(tx: Tx, period: Period, view: View) -> None:
    for scan in SCANS[view]:
        tx.cursor.execute(scan, (period.since, period.until))
        tx.cursor.fetchall()


def _size(tx: Tx) -> tuple[int, int]:
    tx.cursor.execute("select count(*) - count(distinct person_id), count(distinct person_id) from posting")
    row = tx.cursor.fetchone()
    return int(row[0]), int(row[1])
