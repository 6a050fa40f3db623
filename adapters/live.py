"""`kizuki suggest --live`: how suggestions do in daily use. Numbers only, never a note."""

from datetime import date, datetime, timedelta

from rich.box import SIMPLE_HEAD
from rich.console import Group
from rich.table import Table

from bot.reports import Period, between
from bot.schedule import moment, month_before
from bot.settings import Settings
from storage import editions, learning, schema
from storage.engines import open_database
from storage.learning import Chosen, LessonRow

MONTHS = 12
ATTEMPTS = 10


def report(settings: Settings) -> Group:
    """The last months, and the last attempts to learn from notes."""
    schema.check(settings.database)
    database = open_database(settings.database)
    try:
        months = [
            (month.first, database.read_now(lambda tx, m=month: learning.chosen(tx, since=m.since, until=m.until)))  # type: ignore[misc]
            for month in _months(settings)
        ]
        current = database.read_now(editions.current)
        tried = current and database.read_now(
            lambda tx: learning.attempts(tx, current.pack, current.version, limit=ATTEMPTS)
        )
    finally:
        database.close()
    return Group(_lived(months), _tried(tried or [], settings))


def _months(settings: Settings) -> list[Period]:
    """This month up to today and those before it, newest first."""
    today = datetime.now(settings.zone).date()
    first, end, found = today.replace(day=1), today + timedelta(days=1), []
    for _ in range(MONTHS):
        found.append(between(settings, first, end))
        first, end = month_before(first)
    return found


def _lived(months: list[tuple[date, Chosen]]) -> Table:
    drawn = Table("month", "notes", "top-1", "hit@3", "none offered first", box=SIMPLE_HEAD, title="What people chose")
    for first, of in months:
        if of.notes or of.about_nothing:
            silent = _share(of.silent, of.about_nothing)
            drawn.add_row(
                f"{first:%Y-%m}", str(of.notes), _share(of.firsts, of.notes), _share(of.hits, of.notes), silent
            )
    return drawn


def _tried(attempts: list[LessonRow], settings: Settings) -> Table:
    drawn = Table("day", "notes", "held out", "hit@3", "top-1", "used", box=SIMPLE_HEAD, title="Attempts to learn")
    for of in attempts:
        drawn.add_row(
            f"{moment(of.at, settings.zone):%Y-%m-%d}",
            str(of.notes),
            str(of.held_out),
            f"{_share(of.hits_before, of.held_out)} → {_share(of.hits_after, of.held_out)}",
            f"{_share(of.firsts_before, of.held_out)} → {_share(of.firsts_after, of.held_out)}",
            "yes" if of.adopted else "no",
        )
    return drawn


def _share(part: int, whole: int) -> str:
    return f"{part / whole * 100:.1f} %" if whole else "–"
