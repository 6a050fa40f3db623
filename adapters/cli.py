"""The command line: `kizuki --help`."""

import asyncio
import os
import signal
import sys
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from statistics import fmean
from typing import Annotated

import typer

from adapters import app as root
from adapters import (
    auditing,
    columns,
    doctors,
    duties,
    exports,
    manifests,
    packing,
    prints,
    pulse_evidence,
    pulses,
    report_command,
    rosters,
)
from adapters.consoles import APP_YAML, Config, printing
from adapters.directories import JOB as DIRECTORY
from adapters.files.keeping import Unwritable
from adapters.operations import backups, logs
from adapters.operations.archive import Unusable
from adapters.platform import Unready
from bot import evaluation, settings
from bot.documents import Fault, Faults
from bot.editions import Unmoved
from bot.simulated_pulse import RESPONSE, Asking
from bot.turn import House
from storage import schema
from storage.schema import Unfit

cli = typer.Typer(
    name="kizuki",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Makes an organisation's principles part of every day, in Slack, Microsoft Teams and the browser.\n\n"
    "Start with [bold]kizuki demo[/bold]: a made-up organisation in the browser, no account needed. "
    "To run it for real: edit app.yaml, then [bold]kizuki check[/bold], [bold]kizuki migrate[/bold], "
    "[bold]kizuki serve[/bold].",
    rich_markup_mode="rich",
)

cli.add_typer(packing.cli, name="pack")
cli.add_typer(pulses.cli, name="pulse")
pulses.cli.command()(pulse_evidence.results)
pulses.cli.command()(pulse_evidence.prove)
cli.add_typer(rosters.cli, name="roster")
cli.add_typer(duties.role_cli, name="role")
cli.add_typer(duties.account_cli, name="account")
cli.add_typer(auditing.cli, name="audit")
cli.add_typer(manifests.cli, name="manifest")
cli.add_typer(doctors.cli, name="doctor")
cli.add_typer(prints.cli, name="print")
cli.add_typer(exports.cli, name="export")
cli.command()(report_command.report)

PACK = "tokyo@1.1.0"

out = printing()
err = printing(error=True)


def main() -> None:
    """The console script."""
    try:
        cli()
    except Faults as broken:
        _show_faults(broken.faults)
        sys.exit(1)
    except (Unfit, Unmoved, Unready, Unusable, Unwritable) as unfit:
        err.print(str(unfit), markup=False)
        sys.exit(1)


@cli.command()
def check(config: Config = APP_YAML) -> None:
    """Read app.yaml, the pack and all phrases, and list every fault with file and line."""
    house = root.check(config)
    out.print(
        f"Fine: {config}, pack {house.pack.id} {house.pack.version} ({len(house.pack.numbers)} principles), "
        f"{len(house.phrases.languages)} languages."
    )


@cli.command()
def migrate(config: Config = APP_YAML) -> None:
    """Bring the database up to date. Safe to run at every start, also by several replicas at once."""
    before, after = schema.upgrade(settings.load(config).database)
    out.print(f"The database was at {before or 'nothing'} and is now at {after}.")
    if count := columns.keep(settings.load(config)):
        out.print(f"{count} chunks of what reports count are kept as columns.")


@cli.command()
def serve(
    config: Config = APP_YAML,
    port: Annotated[int | None, typer.Option(help="Listen here instead of app.yaml's port.")] = None,
) -> None:
    """Run the bot: web server, platforms, schedules and delivery, until Ctrl-C or SIGTERM.

    SIGHUP reads principles, words, examples and phrases anew; where anything is wrong in them, all stays as it is.
    """
    logs.begin(logs.wanted(config))
    _run(_on_port(root.check(config), port), config=config)


@cli.command()
def demo(
    port: Annotated[int, typer.Option(help="The page's port on this machine.")] = 8080,
    keep: Annotated[Path | None, typer.Option(help="Keep the demo's database in this file.")] = None,
) -> None:
    """Open a made-up organisation in the browser: 42 people, two months of history, a clock you can move."""
    from adapters.demonstration import prepared

    with prepared(port, keep) as house:
        _run(house, hello="kizuki is ready: {address}\nOpen it in a browser. Ctrl-C stops it.")


@cli.command()
def run(
    job: Annotated[str, typer.Argument(help="A job of app.yaml's schedules, such as digest.")],
    at: Annotated[str, typer.Option(help="The slot's time, such as 2026-11-24T09:00; now if left out.")] = "",
    config: Config = APP_YAML,
) -> None:
    """Run one scheduled job for one slot. A slot that ran before does not run again."""
    from adapters.jobs import run_job

    house = root.check(config)
    found = house.settings
    if job not in found.schedules:
        raise typer.BadParameter(f"There is no job '{job}'. There are: {', '.join(map(str, found.schedules))}.")
    if job == DIRECTORY:
        raise typer.BadParameter("Directories are read by `kizuki serve`, which holds the connections, at their time.")
    try:
        slot = datetime.fromisoformat(at) if at else datetime.now(found.zone).replace(second=0, microsecond=0)
    except ValueError:
        raise typer.BadParameter(f"'{at}' is not a time such as 2026-11-24T09:00.") from None
    done = asyncio.run(run_job(house, job, slot.replace(tzinfo=slot.tzinfo or found.zone)))
    out.print(f"{job}: {done} runs done." if done else f"{job}: nothing was due at that time, or it ran before.")


@cli.command()
def suggest(
    text: Annotated[list[str] | None, typer.Argument(help="A note.")] = None,
    jsonl: Annotated[bool, typer.Option(help="Read {id, text} a line, write {id, suggestions, none} a line.")] = False,
    evaluate: Annotated[
        Path | None, typer.Option(help="Measure on a file of labelled notes: {text, labels, lang, style} a line.")
    ] = None,
    split: Annotated[
        bool, typer.Option("--split", help="Train on 70 % of the scenes of the pack's own examples, measure all parts.")
    ] = False,
    live: Annotated[
        bool, typer.Option("--live", help="How often people chose what was suggested, and what was learnt from it.")
    ] = False,
    pack: Annotated[str, typer.Option(help="Whose principles: a pack in content/packs and its version.")] = PACK,
    config: Config = APP_YAML,
) -> None:
    """Show which principles a note may be about, and the words that say so."""
    from adapters import live as lived
    from adapters import models, suggestions

    if live:
        out.print(lived.report(settings.load(config)))
        return

    found, words = root.packed(root.CONTENT, pack)
    if split:
        for part, judged in suggestions.parts(found, words):
            out.print(suggestions.report(f"{found.edition}, {part}", found, judged))
        return
    suggester = models.suggester(found, words)
    if evaluate:
        judged = evaluation.judge(suggester.rank, suggestions.labelled(evaluate, found))
        out.print(suggestions.report(str(evaluate), found, judged))
    elif jsonl:
        suggestions.stream(suggester, sys.stdin, sys.stdout)
    elif text:
        out.print(suggestions.table(suggester, found, " ".join(text)))
    else:
        raise typer.BadParameter("Give a text, --evaluate with a file, or --jsonl with lines on standard input.")


@cli.command()
def outbox(
    config: Config = APP_YAML,
    revive: Annotated[bool, typer.Option("--revive", help="Send parked messages again.")] = False,
    number: Annotated[int | None, typer.Option("--id", help="Only the message with this id.")] = None,
    state: Annotated[str, typer.Option(help="Which to list: parked, waiting, gone, leased, sent.")] = "parked",
) -> None:
    """Count what is owed, list what is parked, and send it again. Contents are never shown."""
    from adapters import owed

    found = settings.load(config)
    schema.check(found.database)
    out.print(owed.revived(found, number) if revive else owed.listing(found, state))


@cli.command()
def reach(
    unit: Annotated[str, typer.Option(help="A unit's code: only it and what is below it.")] = "",
    status: Annotated[str, typer.Option("--list", help="List the people with this status, such as blocked.")] = "",
    format: Annotated[str, typer.Option(help="text, json or csv.")] = "text",  # noqa: A002 - the option's name
    config: Config = APP_YAML,
) -> None:
    """Count who can be reached on which platform and who cannot, why, and what to do about it; list them."""
    from adapters import reaching

    reaching.show(settings.load(config), reaching.Wanted(unit, status, format), out)


@cli.command()
def retention(
    config: Config = APP_YAML,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what the next night would clear.")] = False,
) -> None:
    """Show how long what is kept, what was cleared lately, and what is due."""
    from adapters import retentions

    out.print(retentions.report(root.check(config), dry_run=dry_run))


@cli.command()
def backup(
    file: Annotated[Path, typer.Argument(help="A new file, such as kizuki-2026-11-24.zip.")],
    config: Config = APP_YAML,
) -> None:
    """Write everything in the database into one file, while kizuki runs. Keys are not in it."""
    out.print(backups.backup(settings.load(config), file))


@cli.command()
def restore(
    file: Annotated[Path, typer.Argument(help="A file that `kizuki backup` wrote.")],
    config: Config = APP_YAML,
) -> None:
    """Fill the new, empty database of app.yaml from a backup, wholly or not at all; SQLite or PostgreSQL alike."""
    out.print(backups.restore(settings.load(config), file))


@cli.command()
def simulate(
    staff: Annotated[int, typer.Option(help="How many people.", min=20)] = 54_046,
    weeks: Annotated[int, typer.Option(help="How many weeks of history.", min=1)] = 52,
    seed: Annotated[int, typer.Option(help="Equal seeds give equal databases.")] = 1,
    until: Annotated[str, typer.Option(help="The day after the last, such as 2026-11-01; today if left out.")] = "",
    pulse: Annotated[
        Path | None,
        typer.Option(help="Hold a survey every week; write what is published, and the truth, into this folder."),
    ] = None,
    response: Annotated[
        float, typer.Option(help="The share of people who answer a survey, such as 0.273.", min=0, max=1)
    ] = RESPONSE,
    config: Config = APP_YAML,
) -> None:
    """Fill an empty database with a believable organisation, its notes and its kudos, for measurements and trials."""
    from adapters.filling import fill

    house = root.check(config)
    schema.check(house.settings.database)
    day = datetime.fromisoformat(until).date() if until else datetime.now(house.settings.zone).date()
    asking = Asking(pulse, response) if pulse else None
    counts = fill(house, staff=staff, weeks=weeks, seed=seed, until=day, pulse=asking, console=err)
    out.print(", ".join(f"{n:,} {name}" for name, n in counts.items()))
    if asking and asking.visible:
        out.print(f"{100 * fmean(asking.visible):.1f} % of the answers are visible, on average over the surveys.")


def _on_port(house: House, port: int | None) -> House:
    if port is None:
        return house
    server = house.settings.server.model_copy(update={"port": port})
    return replace(house, settings=house.settings.model_copy(update={"server": server}))


def _run(house: House, *, hello: str = "kizuki is ready: {address}", config: Path | None = None) -> None:
    """Serve until a signal asks to stop; a taken port is named."""
    try:
        asyncio.run(_until_stopped(house, hello, config))
    except OSError as fault:
        server = house.settings.server
        err.print(
            f"Port {server.port} on {server.host} cannot be opened ({os.strerror(fault.errno or 0)}). "
            f"Another program may be using it: choose another with --port (make demo PORT=8081).",
            markup=False,
        )
        raise typer.Exit(1) from None


async def _until_stopped(house: House, hello: str, config: Path | None) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    logs.watch_loop(loop)
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    application = root.build(house)
    if config is not None and hasattr(signal, "SIGHUP"):
        loop.add_signal_handler(signal.SIGHUP, lambda: _keep(asyncio.ensure_future(application.reload(config))))
    await root.serve(application, ready=lambda address: out.print(hello.format(address=address)), stop=stop)


_running: set[asyncio.Future[None]] = set()


def _keep(task: asyncio.Future[None]) -> None:
    """Hold on to a task nobody waits for until it is done."""
    _running.add(task)
    task.add_done_callback(_running.discard)


def _show_faults(faults: tuple[Fault, ...]) -> None:
    for fault in faults:
        err.print(str(fault), markup=False)
    err.print(f"{len(faults)} fault{'s' if len(faults) > 1 else ''}.")
