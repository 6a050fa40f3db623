"""`kizuki report NAME --out FILE`: any report as CSV, Excel workbook or PDF."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import typer
from rich.console import Console
from rich.progress import Progress

from adapters.auditing import exported, operator
from adapters.files.writing import FORMS, write
from adapters.rosters import undisturbed
from bot import editions, periods, report_books
from bot.book import Asked
from bot.report_books import REPORTS
from bot.schedule import millis
from bot.schedule import period as parsed
from bot.turn import House, Refusal, Turn
from storage import schema, units
from storage.database import Database, Tx
from storage.engines import open_database
from storage.reports import VIEWS

# Fewer rows are there before a bar could be seen.
MANY = 5_000


class Wanted(NamedTuple):
    """Which report, as what, of which days and unit, read in which way, in which language; `code` is a survey's code
    or an announcement's number.
    """

    name: str
    form: str
    first: str = ""
    last: str = ""
    period: str = ""
    unit: str = ""
    view: str = "then"
    lang: str = ""
    code: str = ""


def keep(house: House, wanted: Wanted, path: Path, console: Console, now: datetime | None = None) -> int:
    """Write a report into a file; returns how many rows it has. That it was made is in the audit log."""
    _check(house, wanted)
    schema.check(house.settings.database)
    now = now or datetime.now(house.settings.zone)
    database = open_database(house.settings.database)
    try:
        with undisturbed():
            return _kept(house, wanted, path, console, database, now)
    except Refusal as refusal:
        raise typer.BadParameter(house.phrases("en", refusal.key, **refusal.values)) from None
    finally:
        database.close()


def _kept(house: House, wanted: Wanted, path: Path, console: Console, database: Database, now: datetime) -> int:
    def work(tx: Tx) -> int:
        editions.check(tx, house.pack)
        turn = Turn(tx, house, now, actor=operator())
        asked = _asked(turn, wanted)
        book = report_books.build(turn, asked)
        _write_down(database, wanted, asked, now)
        with _bar(console, book.rows) as progress:
            write(book, wanted.form, path, progress)
        return book.rows

    return database.read_now(work)


def _write_down(database: Database, wanted: Wanted, asked: Asked, now: datetime) -> None:
    last = asked.period.end - timedelta(days=1)
    what = {
        "form": wanted.form,
        "period": f"{asked.period.first}..{last}",
        "unit": asked.unit.code if asked.unit else "",
    }
    asyncio.run(exported(database, wanted.name, actor=operator(), at=millis(now), **what))


@contextmanager
def _bar(console: Console, rows: int) -> Iterator[Callable[[int], None]]:
    """A bar on a terminal while there are many rows."""
    with Progress(console=console, disable=not console.is_terminal or rows < MANY, transient=True) as bars:
        task = bars.add_task("rows", total=rows)
        yield lambda done: bars.advance(task, done)


def _check(house: House, wanted: Wanted) -> None:
    if wanted.name not in REPORTS:
        raise typer.BadParameter(f"There is no report '{wanted.name}'. There are: {', '.join(REPORTS)}.")
    if wanted.form not in FORMS:
        raise typer.BadParameter(f"--format is {', '.join(FORMS)}.")
    if wanted.view not in VIEWS or (wanted.lang and wanted.lang not in house.phrases.languages):
        raise typer.BadParameter("--lang is ja, en or ja-easy; --view is then or now.")
    if wanted.period and (wanted.first or wanted.last):
        raise typer.BadParameter("Give either --period or --from and --to.")


def _asked(turn: Turn, wanted: Wanted) -> Asked:
    first, end = _days(turn, wanted)
    unit = units.by_code(turn.tx, wanted.unit) if wanted.unit else None
    if wanted.unit and unit is None:
        unit = next((u for u in units.everything(turn.tx) if wanted.unit in (u.name_ja, u.name_en)), None)
        if unit is None:
            raise typer.BadParameter(f"There is no unit '{wanted.unit}'. Give a code or a name with --unit.")
    period = periods.checked(turn, first, end)
    return Asked(wanted.name, period, unit, VIEWS[wanted.view], wanted.lang or turn.house.lang, wanted.code)


def _days(turn: Turn, wanted: Wanted) -> tuple[date, date]:
    """The days asked for; the running month if there are none."""
    if wanted.period:
        try:
            return parsed(wanted.period)
        except ValueError:
            raise typer.BadParameter(
                f"'{wanted.period}' is not a period such as 2026-10, 2026-W42, 2026 or 2026-10-01..2026-10-15."
            ) from None
    first = _day(wanted.first) if wanted.first else turn.today.replace(day=1)
    last = _day(wanted.last) if wanted.last else turn.today
    return first, periods.through(last)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"'{text}' is not a day such as 2026-10-01.") from None
