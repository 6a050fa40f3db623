"""`kizuki retention`: how long what is kept, what was cleared lately, and what the next night would clear."""

import asyncio
import json
from collections import Counter
from datetime import datetime, timedelta

from rich.console import Group
from rich.table import Table
from rich.text import Text

from bot import retention
from bot.privacy import Privacy
from bot.schedule import moment
from bot.turn import House, Turn
from storage import audit, schema
from storage.audit import Entry
from storage.database import Database, Tx
from storage.engines import open_database

# Nights that are looked at.
RUNS = 30


class _NotDone(Exception):
    """Carries what would be cleared out of a transaction that is undone."""

    def __init__(self, counts: dict[str, int]) -> None:
        super().__init__("nothing was cleared")
        self.counts = counts


def report(house: House, *, dry_run: bool = False, now: datetime | None = None) -> Group:
    """The periods, what the last nights cleared, and with `dry_run` what the next one would, as of `now`."""
    schema.check(house.settings.database)
    database = open_database(house.settings.database)
    try:
        runs = database.read_now(lambda tx: audit.newest(tx, limit=RUNS, action="retention"))
        coming = _tried(database, house, now or datetime.now(house.settings.zone)) if dry_run else None
    finally:
        database.close()
    return _drawn(house, runs, coming)


def _tried(database: Database, house: House, now: datetime) -> dict[str, int]:
    """What the next run would clear: exactly that run, undone before it is stored."""

    def clear(tx: Tx) -> None:
        raise _NotDone(retention.clear(Turn(tx, house, now, key="dry-run")))

    try:
        asyncio.run(database.transact(clear))
    except _NotDone as done:
        return done.counts
    raise AssertionError("unreachable")


def _drawn(house: House, runs: list[Entry], coming: dict[str, int] | None) -> Group:
    cleared = [Counter[str](json.loads(run.detail)) for run in runs]
    total = sum(cleared, Counter[str]())
    last = cleared[0] if cleared else Counter[str]()
    table = Table("kind", "what", "kept for", "last run", f"last {RUNS} runs", *(["next run"] if coming else []))
    for kind, period in retention.periods_of(house.settings.privacy).items():
        what = Privacy.model_fields[kind].description or ""
        more = [f"{coming.get(kind, 0):,}"] if coming else []
        table.add_row(kind, what, _span(period), f"{last[kind]:,}", f"{total[kind]:,}", *more)
    return Group(table, Text(_when(house, runs)), *([Text("Nothing was changed.")] if coming is not None else []))


def _span(period: timedelta | None) -> str:
    return "for good" if period is None else f"{period.days} day{'' if period.days == 1 else 's'}"


def _when(house: House, runs: list[Entry]) -> str:
    if not runs:
        return "Nothing was cleared so far."
    return f"The last run that cleared anything was on {moment(runs[0].at, house.settings.zone):%Y-%m-%d %H:%M}."
