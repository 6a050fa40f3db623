"""`kizuki roster`: take the staff and the units from files, and a template to begin with."""

import asyncio
import gc
import getpass
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, get_args

import typer
from rich.box import SIMPLE_HEAD
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from adapters import tables
from adapters.consoles import APP_YAML, Config, printing
from bot import roster, roster_file, roster_values, settings
from bot.documents import Faults
from bot.roster import Order, Plan, TooManyLeave
from bot.roster_file import Roster
from bot.roster_headings import SHEETS
from bot.roster_units import Change, Kind
from bot.schedule import millis
from bot.settings import Settings
from storage import schema
from storage.database import Busy, Database
from storage.engines import open_database

TEMPLATE = Path("kizuki-roster.xlsx")
EXPLAINED = tuple(f"[{names[2]}]" for names in SHEETS.values())
FAULTS_SHOWN, EXAMPLES = 200, 20
STAGES = ("read", "check", "compare", "write")

cli = typer.Typer(no_args_is_help=True, help="The staff and the units, from files.")
out = printing(markup=False)
err = printing(error=True, markup=False)
Step = Callable[..., None]


@dataclass(frozen=True, slots=True)
class _Wish:
    """What was typed."""

    files: Sequence[Path]
    day: str
    dry: bool
    really: bool


@cli.command("import")
def take(
    files: Annotated[list[Path], typer.Argument(help="Tables of people, of units, or both; CSV or XLSX.")],
    as_of: Annotated[str, typer.Option("--as-of", help="The day the files speak of; today if left out.")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would change and change nothing.")] = False,
    really: Annotated[bool, typer.Option("--really", help="More than 5 % of the staff may leave.")] = False,
    every: Annotated[bool, typer.Option("--all", help="Show every change, not examples of each kind.")] = False,
    config: Config = APP_YAML,
) -> None:
    """Make people, postings, roles and units what the files say as of a day; any fault changes nothing.

    People of the roster who are not in the files leave. Without a table of units the tree stays as it is.
    """
    found = settings.load(config)
    schema.check(found.database)
    wish = _Wish(files, _day(as_of) or f"{datetime.now(found.zone):%Y-%m-%d}", dry_run, really)
    try:
        plan = _done(found, wish)
    except Faults as broken:
        raise _refused([*map(str, broken.faults[:FAULTS_SHOWN]), *_rest(len(broken.faults))]) from None
    except TooManyLeave as many:
        raise _refused([f"{many}: --really does it. --dry-run shows who. Nothing was changed."]) from None
    except Busy as busy:
        raise _refused([f"The database cannot take this now ({busy}). Nothing was changed: try again."]) from None
    _show(plan, every=every)
    if dry_run and plan.too_many_leave:
        out.print(f"A real run asks for --really: {TooManyLeave(plan.leaving, plan.staff.staff)}.")
    out.print("Nothing was changed." if dry_run else f"Done. {_summary(plan)}")


@cli.command()
def template(
    file: Annotated[Path, typer.Argument(help="Where to write it.")] = TEMPLATE,
    lang: Annotated[str, typer.Option(help="The language of the headings: ja or en.")] = "ja",
    force: Annotated[bool, typer.Option("--force", help="Write over a file that is there.")] = False,
) -> None:
    """Write an Excel workbook to fill in: people, units, and what each column means."""
    from adapters import roster_template

    if lang not in ("ja", "en"):
        raise typer.BadParameter(f"'{lang}' is neither ja nor en.")
    if file.exists() and not force:
        raise typer.BadParameter(f"{file} is there already; --force writes over it.")
    try:
        roster_template.write(file, lang)
    except OSError as fault:
        raise _refused([f"{file} cannot be written ({fault.strerror})."]) from None
    out.print(f"{file} is ready to be filled in. Then: kizuki roster import {file} --dry-run")


def _day(text: str) -> str:
    try:
        return roster_values.day(text) if text else ""
    except roster_values.Unreadable as why:
        raise typer.BadParameter(f"'{text}' {why}.") from None


def _refused(lines: Sequence[str]) -> typer.Exit:
    for line in lines:
        err.print(line)
    return typer.Exit(1)


def _rest(count: int) -> list[str]:
    more = [f"… and {count - FAULTS_SHOWN:,} more."] if count > FAULTS_SHOWN else []
    return [*more, f"{count:,} fault{'s' if count > 1 else ''}. Nothing was changed."]


# The work


def _done(found: Settings, wish: _Wish) -> Plan:
    with _steps() as step:
        read = tables.read(wish.files, progress=lambda rows: step("read", rows))
        step("check")
        asked = roster_file.read(read.tables, day=wish.day)
        if read.faults:
            # What an unreadable file would have said is not known: comparing the rest would only mislead.
            raise Faults(roster_file.in_order((*read.faults, *asked.faults)))
        for name in (n for n in asked.unread if not n.endswith(EXPLAINED)):
            err.print(f"{name} is neither a table of people nor of units and was not read.")
        step("compare")
        database = open_database(found.database)
        try:
            return _run(database, found, wish, asked=asked, digest=read.digest, step=step)
        finally:
            database.close()


def _run(database: Database, found: Settings, wish: _Wish, *, asked: Roster, digest: str, step: Step) -> Plan:
    if wish.dry or asked.faults:
        return database.read_now(lambda tx: roster.plan(tx, asked, zone=found.zone))
    now = datetime.now(found.zone)
    order = Order(f"cli:{_user()}", digest, f"{now:%Y-%m-%d}", millis(now), found.zone, wish.really)
    with undisturbed():
        return asyncio.run(database.transact(lambda tx: roster.apply(tx, asked, order, writes=lambda: step("write"))))


@contextmanager
def undisturbed() -> Iterator[None]:
    """No garbage collection: among a million rows it takes a third of the time for which other writers wait."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"


@contextmanager
def _steps() -> Iterator[Step]:
    """A progress bar through the stages, with the rows read, on a terminal; it is gone when all is done."""
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[rows]:,} rows"))
    with Progress(*columns, TimeElapsedColumn(), console=err, transient=True, disable=not err.is_terminal) as bar:
        task = bar.add_task(STAGES[0], total=len(STAGES), rows=0)
        count = 0

        def step(stage: str, rows: int = 0) -> None:
            nonlocal count
            count += rows
            bar.update(task, description=f"{stage:<8}", completed=STAGES.index(stage), rows=count)

        yield step


# What is shown


def _show(plan: Plan, *, every: bool) -> None:
    counts = Table("As of " + plan.day, "", box=SIMPLE_HEAD)
    for kind in get_args(Kind):
        if kind in plan.counts or not kind.startswith(("unit", "language")):
            counts.add_row(kind, f"{plan.counts.get(kind, 0):,}")
    counts.add_row("unchanged", f"{plan.staff.unchanged:,}")
    out.print(counts)
    for kind in get_args(Kind):
        _show_kind([c for c in plan.changes if c.kind == kind], every=every)


def _show_kind(changes: Sequence[Change], *, every: bool) -> None:
    if not changes:
        return
    shown = changes if every else changes[:EXAMPLES]
    drawn = Table(changes[0].kind, "", "", box=SIMPLE_HEAD)
    for change in shown:
        drawn.add_row(change.key, change.name, change.detail)
    out.print(drawn)
    if len(changes) > len(shown):
        out.print(f"… and {len(changes) - len(shown):,} more; --all shows every one.")


def _summary(plan: Plan) -> str:
    told = [f"{count:,} {kind}" for kind, count in plan.counts.items()]
    return ", ".join([*told, f"{plan.staff.unchanged:,} unchanged"]) + "."
