"""`kizuki pulse`: open, close and list surveys."""

import asyncio
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from rich.table import Table

from adapters import app as root
from adapters import pulse_key
from adapters.consoles import APP_YAML, Config, printing
from adapters.duties import Office
from bot import pulse_closing, pulse_telling, staged, surveys
from bot.pulse_settings import MOST_DAYS, Audience
from bot.staged import Staged
from bot.surveys import Wanted
from bot.turn import House, Refusal, Turn
from storage import pulse_cleaning, pulses, schema
from storage.database import Database, Tx
from storage.engines import open_database
from storage.pulse_cleaning import Unclean
from storage.pulses import PulseRow

T = TypeVar("T")
Code = Annotated[str, typer.Argument(help="A survey, such as weekly-2026-11-24.")]

cli = typer.Typer(no_args_is_help=True, help="Surveys: open and close them, see what is open and what came of them.")
out = printing()


@cli.command(name="open")
def open_(
    name: Annotated[str, typer.Argument(metavar="SET", help="A file of content/pulses without .yaml.")],
    unit: Annotated[list[str] | None, typer.Option(help="Only this unit and all below it; may be repeated.")] = None,
    role: Annotated[str, typer.Option(help="Only people with this role, such as manager.")] = "",
    days: Annotated[int, typer.Option(help="How many working days it is open.", min=1, max=MOST_DAYS)] = 4,
    person: Annotated[bool, typer.Option("--person", help="Write to each person instead of the channels.")] = False,
    remind: Annotated[bool, typer.Option(help="Remind on working days 2 and 4 who has not answered.")] = True,
    config: Config = APP_YAML,
) -> None:
    """Ask a question set once, beginning now."""
    try:
        audience = Audience.model_validate({"units": unit or (), "role": role})
    except ValueError:
        raise typer.BadParameter(f"There is no role '{role}'.") from None

    def work(turn: Turn) -> PulseRow:
        asked = surveys.ask(turn.house, name, turn.today)
        told = ("person" if person else "channel", (2, 4) if remind else ())
        return surveys.open_one(turn, Wanted(f"once-{name}", asked, audience, days, *told))

    opened = _in_office(config, lambda run: run(work))
    out.print(f"{opened.code} is open for {opened.invited:,} people until {_last_day(opened)}.")


@cli.command()
def close(code: Code, config: Config = APP_YAML) -> None:
    """Close a survey now: its results are published, everything else about it is destroyed."""

    def work(run: "Run") -> bool:
        pulse = run(lambda turn: surveys.find(turn, code))
        if not run.staged(pulse_closing.of(pulse.id)):
            return False
        for _, tell in pulse_telling.tellings(pulse):
            run(tell)
        return True

    done = _in_office(config, work, clean=True)
    out.print(f"{code} is closed." if done else f"{code} was closed before.")


@cli.command(name="list")
def listing(config: Config = APP_YAML) -> None:
    """Show every survey, the newest last."""
    table = Table("survey", "state", "open from", "to", "invited", "k")
    for pulse in _in_office(config, lambda run: run(lambda turn: pulses.everything(turn.tx))):
        table.add_row(pulse.code, pulse.state, pulse.opened_on, _last_day(pulse), f"{pulse.invited:,}", str(pulse.k))
    out.print(table)


def _last_day(pulse: PulseRow) -> str:
    return (date.fromisoformat(pulse.closes_on) - timedelta(days=1)).isoformat()


class Run:
    """Runs work in transactions of its own, as done at this keyboard."""

    def __init__(self, house: House, database: Database, runner: asyncio.Runner) -> None:
        self._house = house
        self._database = database
        self._runner = runner

    def __call__(self, work: Callable[[Turn], T]) -> T:
        """Do it and return what it returns."""
        return self._runner.run(self._database.transact(lambda tx: self._within(tx, work)))

    def staged(self, work: Staged) -> Any:
        """The same for work in steps."""
        return self._runner.run(staged.run(self._database, work, self._within, self._within))

    def _within(self, tx: Tx, work: Callable[[Turn], T]) -> T:
        return work(Office(tx, self._house.settings).turn(self._house))


def _clean(runner: asyncio.Runner, database: Database) -> None:
    try:
        runner.run(pulse_cleaning.clean(database))
    except Unclean:
        out.print("The database is busy: what was destroyed is cleaned up the next working morning.")


def _in_office(config: Path, work: Callable[[Run], T], *, clean: bool = False) -> T:
    """Work at this keyboard; what is refused is said as to anybody else."""
    house = root.check(config)
    schema.check(house.settings.database)
    house = pulse_key.keyed(house)
    database = open_database(house.settings.database)
    try:
        with asyncio.Runner() as runner:
            done = work(Run(house, database, runner))
            if clean:
                _clean(runner, database)
            return done
    except Refusal as refusal:
        raise typer.BadParameter(house.phrases("en", refusal.key, **refusal.values)) from None
    finally:
        database.close()
