"""`kizuki reach`: who can be reached and who cannot, what to do about it, and the list of whom that is."""

import asyncio
import csv
import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from io import StringIO
from typing import Any, NamedTuple

import typer
from rich.box import SIMPLE_HEAD
from rich.console import Console, Group
from rich.table import Table
from rich.text import Text

from adapters.auditing import exported, operator
from adapters.files.texts import guarded
from adapters.rosters import undisturbed
from bot import reach
from bot.reach import STATUSES, Line, Reach, Standing, turned_on
from bot.schedule import millis
from bot.settings import Settings
from storage import schema, units
from storage.database import Database, Tx
from storage.engines import open_database
from storage.reach import Channels

FORMS = ("text", "json", "csv")
# Rows a terminal is shown.
SHOWN = 1_000
# So that spreadsheets take a file for UTF-8.
BOM = "\ufeff"
COUNTED = ("status", "platforms", "people", "muted", "what to do")
LISTED = ("number", "name", "unit", "unit name", "platforms", "since", "muted")
OFF = "Known only on a platform that app.yaml has off: turn it on, or ask them to open kizuki where they work now."
TO_DO = {
    "reached": "Nothing: messages arrive.",
    "untried": "Nothing: the app is there for them, and the first message shows whether it arrives.",
    "blocked": "They blocked the bot. Explain what it is for; unblocking it and writing to it once brings them back.",
    "uninstalled": "The app was removed for them. Install it again, best by a policy of the platform's administrators.",
    "not_installed": "The app was never there for them. Have the platform's administrators install it.",
    "closed": "Their account is closed, yet the roster has them. Correct the roster, or link the account they use now.",
    "gone": "Their chat is no more. Opening kizuki once brings them back.",
    "guest": "Only a guest's account is known. Link their own: /kizuki link, or `kizuki account link`.",
    "no_chat": "Their account is known, a chat is not. Install the app for them, or ask them to open kizuki once.",
    "never_seen": "No account is known. Compare their e-mail with the platform's, or use `kizuki account link`.",
}


class Wanted(NamedTuple):
    """A unit's code or "" for everyone, a status whose people are listed or "" for counts, and text, json or csv."""

    unit: str = ""
    status: str = ""
    form: str = "text"


Row = tuple[str | int, ...]


def told(settings: Settings, wanted: Wanted, now: datetime | None = None) -> Group | str:
    """The report as of `now`; that it was made is in the audit log."""
    _check(wanted)
    schema.check(settings.database)
    now = now or datetime.now(settings.zone)
    database = open_database(settings.database)
    try:
        with undisturbed():
            found = database.read_now(lambda tx: _found(tx, settings, wanted, now.date().isoformat()))
        _write_down(database, wanted, millis(now))
    finally:
        database.close()
    return _listed(found, settings, wanted) if wanted.status else _counted(found, settings, wanted)


def show(settings: Settings, wanted: Wanted, console: Console) -> None:
    """Print the report; a file's text as UTF-8, whatever the terminal speaks."""
    shown = told(settings, wanted)
    if isinstance(shown, str):
        typer.echo(f"{shown}\n".encode(), nl=False)
    else:
        console.print(shown)


def _check(wanted: Wanted) -> None:
    if wanted.form not in FORMS:
        raise typer.BadParameter(f"--format is {' or '.join(FORMS)}.")
    if wanted.status not in ("", *STATUSES):
        raise typer.BadParameter(f"There is no status '{wanted.status}'. There are: {', '.join(STATUSES)}.")


def _found(tx: Tx, settings: Settings, wanted: Wanted, today: str) -> Reach:
    unit = units.by_code(tx, wanted.unit) if wanted.unit else None
    if wanted.unit and unit is None:
        raise typer.BadParameter(f"There is no unit with the code '{wanted.unit}'.")
    on = turned_on(settings.platforms)
    return reach.report(tx, on, settings.zone, today=today, unit=unit and unit.id)


def _write_down(database: Database, wanted: Wanted, at: int) -> None:
    what = {"unit": wanted.unit, "status": wanted.status, "form": wanted.form}
    asyncio.run(exported(database, "reach", actor=operator(), at=at, **what))


# Counts


def _counted(found: Reach, settings: Settings, wanted: Wanted) -> Group | str:
    if wanted.form == "json":
        return json.dumps(_as_data(found), ensure_ascii=False, indent=2)
    rows = [(line.status, _named(line), line.people, line.muted, _to_do(line)) for line in found.lines]
    if wanted.form == "csv":
        return _csv(COUNTED, rows)
    parts: list[Table | Text] = [_table(COUNTED, rows), Text(_summary(found))]
    if found.channels:
        on = turned_on(settings.platforms)
        parts.insert(1, _table(("channels on", "state", "count"), [_of_channels(c, on) for c in found.channels]))
    return Group(*parts)


def _summary(found: Reach) -> str:
    people = len(found.standings)
    lines = [f"{people:,} {'person' if people == 1 else 'people'}, {found.muted:,} of them want no messages."]
    messages, owed = found.waiting
    if messages:
        lines.append(f"Waiting for people who cannot be reached: {messages:,} for {owed:,}.")
    if found.daily:
        states = ", ".join(f"{count:,} {state}" for state, count in sorted(found.states.items())) or "none for these"
        lines.append(f"The daily cards of {found.daily} to people: {states}.")
    return "\n".join(lines)


def _of_channels(row: Channels, on: frozenset[str]) -> Row:
    state = f"gone: {row.why or 'nobody knows why'}" if row.gone else "reachable"
    return row.platform if row.platform in on else f"{row.platform} (off)", state, row.places


def _as_data(found: Reach) -> dict[str, Any]:
    messages, owed = found.waiting
    return {
        "people": len(found.standings),
        "muted": found.muted,
        "statuses": [{**line._asdict(), "what_to_do": _to_do(line)} for line in found.lines],
        "channels": [row._asdict() for row in found.channels],
        "waiting": {"messages": messages, "people": owed},
        "daily": {"day": found.daily, **found.states} if found.daily else None,
    }


def _to_do(line: Line) -> str:
    return OFF if line.off else TO_DO[line.status]


# People


def _listed(found: Reach, settings: Settings, wanted: Wanted) -> Group | str:
    lang = settings.organisation.language
    rows = [_row(one, lang) for one in found.standings if one.status == wanted.status]
    if wanted.form == "json":
        names = [head.replace(" ", "_") for head in LISTED]
        return json.dumps([dict(zip(names, row, strict=True)) for row in rows], ensure_ascii=False, indent=2)
    if wanted.form == "csv":
        return _csv(LISTED, rows)
    rest = f" The others are in --format csv or json: {len(rows) - SHOWN:,}." if len(rows) > SHOWN else ""
    total = Text(f"{len(rows):,} {wanted.status}.{rest}")
    return Group(_table(LISTED, rows[:SHOWN]), total) if rows else Group(total)


def _row(one: Standing, lang: str) -> Row:
    who = one.who
    name, unit = (who.name_en, who.unit_en) if lang == "en" else (who.name_ja, who.unit_ja)
    # The number of somebody on no roster is made up.
    number = who.number if who.listed else ""
    return (
        number,
        name or who.name_ja,
        who.unit or "",
        unit or who.unit_ja or "",
        _named(one),
        one.since,
        "yes" if who.muted else "",
    )


def _named(one: Line | Standing) -> str:
    return ", ".join(f"{name} (off)" if one.off else name for name in one.platforms)


# Drawing


def _table(heads: Sequence[str], rows: Iterable[Row]) -> Table:
    drawn = Table(box=SIMPLE_HEAD)
    rows = list(rows)
    for place, head in enumerate(heads):
        number = bool(rows) and isinstance(rows[0][place], int)
        drawn.add_column(head, justify="right" if number else "left")
    for row in rows:
        drawn.add_row(*(Text(f"{cell:,}" if isinstance(cell, int) else cell) for cell in row))
    return drawn


def _csv(heads: Sequence[str], rows: Iterable[Row]) -> str:
    out = StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(heads)
    writer.writerows([guarded(cell) if isinstance(cell, str) else cell for cell in row] for row in rows)
    return BOM + out.getvalue().rstrip("\n")
