"""`kizuki outbox`: what is owed, what is parked, and sending it again."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeVar

from rich.console import Group
from rich.table import Table
from rich.text import Text

from bot.schedule import millis, moment
from bot.settings import Settings
from storage import owed
from storage.database import Database
from storage.engines import open_database

SHOWN = 200
T = TypeVar("T")


def listing(settings: Settings, state: str) -> Group:
    """How many messages are in each state, and those in one of them."""
    counts, rows = _with(
        settings, lambda db: db.read_now(lambda tx: (owed.counts(tx), owed.listing(tx, state, limit=SHOWN)))
    )
    total = Text(", ".join(f"{n} {name}" for name, n in counts) or "The outbox is empty.")
    if not rows:
        return Group(total, Text(f"Nothing is {state}."))
    drawn = Table("id", "message", "to", "tries", "why", "due")
    for r in rows:
        to = f"{r.platform}/{r.place}" if r.place else f"person {r.person_id}"
        due = f"{moment(r.due_at, settings.zone):%Y-%m-%d %H:%M}"
        drawn.add_row(str(r.id), r.key, to, str(r.tries), r.error, due)
    return Group(total, drawn)


def revived(settings: Settings, number: int | None) -> str:
    """Send parked messages again."""
    now = millis(datetime.now(UTC))
    count = _with(settings, lambda db: asyncio.run(db.transact(lambda tx: owed.revive(tx, now=now, owed_id=number))))
    return f"{count} message{'' if count == 1 else 's'} will be sent again."


def _with(settings: Settings, use: Callable[[Database], T]) -> T:
    database = open_database(settings.database)
    try:
        return use(database)
    finally:
        database.close()
