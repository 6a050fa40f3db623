"""A year of 54,046 staff: reports as workbooks and PDFs, from the first query to the last byte on the disk."""

import asyncio
import time
from datetime import date, datetime, timedelta
from pathlib import Path

from adapters import columns, exports
from adapters.app import furnish
from adapters.files.writing import write
from adapters.rosters import undisturbed
from bot import report_books
from bot.book import Asked
from bot.organisation import Organisation
from bot.reports import between
from bot.settings import Settings
from bot.turn import House, Turn
from storage import schema
from storage.database import Database, Tx
from storage.engines import open_database
from tests.bench import big
from tests.bench.measured import Figure

FIRST, END = date(2025, 11, 1), date(2026, 11, 1)
GOALS = {"xlsx": "≤ 5 s", "pdf": "≤ 3 s", "csv": ""}
REPORTS = (
    *((name, form) for name in ("units", "recognition", "adoption", "notes", "kudos") for form in ("xlsx", "pdf")),
    ("notes", "csv"),
    ("kudos", "csv"),
)


async def figures(folder: Path, staff: int) -> list[Figure]:
    """Files of a year; reuses a database that another measurement filled in the folder."""
    settings = Settings(
        organisation=Organisation(name={"ja": "試験"}, closed=("12-29..01-03",)), database=f"sqlite:///{folder}/big.db"
    )
    house = furnish(settings)
    if not (folder / "big.db").exists():
        schema.upgrade(settings.database)
        big._filled(house, staff)
    columns.keep(settings)
    database = open_database(settings.database)
    found = [_figure(house, database, folder, name, form) for name, form in REPORTS]
    database.close()
    return [*found, await asyncio.to_thread(_open, house, folder)]


def _open(house: House, folder: Path) -> Figure:
    """Open data of a year, the first time, and when all its months are told already."""
    now, took = datetime.combine(END, datetime.min.time(), house.settings.zone), []
    for _ in range(2):
        started = time.perf_counter()
        exports.export(house, folder / "open", now)
        took.append(time.perf_counter() - started)
    return Figure("Open data of a year", f"{took[0]:.1f} s", "", f"again {took[1]:.1f} s")


def _figure(house: House, database: Database, folder: Path, name: str, form: str) -> Figure:
    now = datetime.combine(END - timedelta(days=1), datetime.min.time(), house.settings.zone).replace(hour=9)
    path = folder / f"{name}.{form}"

    def work(tx: Tx) -> tuple[int, float, float, float]:
        started, busy = time.perf_counter(), time.process_time()
        asked = Asked(name, between(house.settings, FIRST, END), None, "then", "ja")
        book = report_books.build(Turn(tx, house, now), asked)
        built = time.perf_counter()
        write(book, form, path)
        return book.rows, built - started, time.perf_counter() - built, time.process_time() - busy

    with undisturbed():
        rows, built, wrote, busy = database.read_now(work)
    size = f"{path.stat().st_size / 1e6:.1f} MB"
    return Figure(
        f"Report {name} of a year as {form}: {rows:,} rows, {size}",
        f"{wrote:.1f} s",
        GOALS[form],
        f"read {built:.1f} s, CPU {busy:.1f} s",
    )
