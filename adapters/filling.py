"""`kizuki simulate`: fill a database, with a progress bar on a terminal."""

import asyncio
from datetime import date

import typer
from rich.console import Console
from rich.progress import Progress, TaskID

from adapters.app import CONTENT
from bot import editions, reports, simulation
from bot.simulated_pulse import Asking
from bot.turn import House
from storage import people
from storage.database import Database
from storage.engines import open_database


def fill(
    house: House, *, staff: int, weeks: int, seed: int, until: date, pulse: Asking | None = None, console: Console
) -> dict[str, int]:
    """Fill the empty database of app.yaml; returns how many of everything it now holds."""
    database = open_database(house.settings.database)
    try:
        if database.read_now(lambda tx: people.staff(tx, today=until.isoformat())):
            raise typer.BadParameter("The database has people in it already; simulate wants an empty one.")
        return asyncio.run(
            _fill(house, database, staff=staff, weeks=weeks, seed=seed, until=until, pulse=pulse, console=console)
        )
    except ValueError as impossible:
        raise typer.BadParameter(str(impossible)) from None
    finally:
        database.close()


async def _fill(
    house: House,
    database: Database,
    *,
    staff: int,
    weeks: int,
    seed: int,
    until: date,
    pulse: Asking | None,
    console: Console,
) -> dict[str, int]:
    with Progress(console=console, disable=not console.is_terminal) as bars:
        tasks: dict[str, TaskID] = {}

        def progress(name: str, done: int, total: int) -> None:
            if name not in tasks:
                tasks[name] = bars.add_task(name, total=total)
            bars.update(tasks[name], completed=done)

        counts = await simulation.run(
            database,
            house,
            CONTENT / "demo",
            staff=staff,
            weeks=weeks,
            seed=seed,
            until=until,
            pulse=pulse,
            progress=progress,
        )
    # Counted once here, so that the first start has nothing to look through.
    at = reports.between(house.settings, until, until).since
    await database.transact(lambda tx: editions.settle(tx, house.pack, at=at))
    return counts
