"""`kizuki pulse results` and `kizuki pulse prove`: what was published of a survey, and what else is kept of it."""

import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Annotated, TypeVar

import typer
from rich.table import Table

from adapters import app as root
from adapters import pulse_key
from adapters.consoles import APP_YAML, Config, printing
from adapters.pulse_words import CHECKS, HOLDS, LIMITS, STATES
from bot import published, pulse_proof, release, surveys
from bot.disclosure_cells import at_least
from bot.published import Group, Published, Question
from bot.pulse_proof import Check, Files, Proof
from bot.settings import Settings
from bot.turn import House, Refusal, Turn
from storage import pulse_proof as kept
from storage import pulse_remains, pulses, schema
from storage.database import Tx
from storage.engines import open_database
from storage.pulses import CLOSED, PulseRow

T = TypeVar("T")
Code = Annotated[str, typer.Argument(metavar="SURVEY", help="A survey, such as weekly-2026-11-24.")]

out = printing(markup=False)


def results(
    code: Code,
    unit: Annotated[str, typer.Option(help="Only this unit, by its code, and what is in it.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Exactly what was released, and nothing else.")] = False,
    config: Config = APP_YAML,
) -> None:
    """Print what was published of a survey that is closed."""
    found = _read(root.check(config), lambda turn: release.results(turn, code))
    found = _within(found, unit) if unit else found
    if as_json:
        sys.stdout.write(published.dump(found) + "\n")
        return
    out.print(f"{found.survey}: groups of at least {found.k}, {100 * found.visible:.1f} % of the answers visible.")
    for question in found.questions:
        out.print(_drawn(question, found.k))


def prove(code: Code, config: Config = APP_YAML) -> None:
    """Print what the database holds about a survey, and why nothing of it leads from a person to an answer.

    Ends with 1 where something is found that should not be there.
    """
    found = proved(root.check(config), code)
    for line in told(found):
        out.print(line)
    if not found.fine:
        raise typer.Exit(1)


def proved(house: House, code: str) -> Proof:
    """What is found in the tables and, of SQLite, in the bytes of the file."""
    settings, key = house.settings, _key(house.settings)
    found, running = _read(house, lambda turn: _proof(turn, code, key))
    if not settings.database.startswith(pulse_key.SQLITE):
        return found
    files = _files(settings, found.pulse, key, running=running)
    return found._replace(checks=[*found.checks, *pulse_proof.in_files(files)])


def _proof(turn: Turn, code: str, key: bytes) -> tuple[Proof, bool]:
    """What is in the tables, and whether any survey is open."""
    return pulse_proof.prove(turn.tx, surveys.find(turn, code), key), bool(pulses.running(turn.tx))


def _key(settings: Settings) -> bytes:
    """The key, where it is at hand; none is made for looking."""
    given, file = pulse_key.given(settings), pulse_key.path(settings)
    return file.read_bytes() if not given and file.exists() else given


def _files(settings: Settings, pulse: PulseRow, key: bytes, *, running: bool) -> Files:
    path = Path(settings.database.removeprefix(pulse_key.SQLITE))
    tables = [] if running else [str(model.__tablename__) for model in kept.SECRET]
    remains = pulse_remains.remains(path, tables, pulse_proof.words(pulse))
    return Files(remains, pulse_remains.contains(path, [key]) if key else None, running)


def _read(house: House, look: Callable[[Turn], T]) -> T:
    """Look something up; what is refused is said as to anybody else."""
    schema.check(house.settings.database)
    database = open_database(house.settings.database)

    def work(tx: Tx) -> T:
        return look(Turn(tx, house, datetime.now(house.settings.zone)))

    try:
        return database.read_now(work)
    except Refusal as refusal:
        raise typer.BadParameter(house.phrases("en", refusal.key, **refusal.values)) from None
    finally:
        database.close()


def _within(found: Published, unit: str) -> Published:
    """Only a unit, or the siblings it was counted with, and what is published in it."""
    questions = tuple(Question(q.id, tuple(_below(q.groups, unit))) for q in found.questions)
    if not any(question.groups for question in questions):
        raise typer.BadParameter(f"Nothing was published for '{unit}' itself: it counts in the unit it is in.")
    return replace(found, questions=questions)


def _below(groups: Iterable[Group], unit: str) -> Iterator[Group]:
    """Groups stand from the whole organisation down."""
    inside = {unit}
    for group in groups:
        if group.parent in inside:
            inside.update(group.units)
            yield group
        elif unit in group.units:
            yield group


def _drawn(question: Question, k: int) -> Table:
    answers = list(dict.fromkeys(answer for group in question.groups for answer in group.counts))
    table = Table("units", "in", "invited", "answered", *answers, "shown", title=question.id, title_justify="left")
    for column in table.columns[2 : 4 + len(answers)]:
        column.justify = "right"
    for group in question.groups:
        counts = (_count(group, answer, k) for answer in answers)
        answered = "" if group.shown == "hidden" else f"{group.answered:,}"
        table.add_row(_units(group), group.parent or "", f"{group.invited:,}", answered, *counts, group.shown)
    return table


def _units(group: Group) -> str:
    return "its own people" if group.units == (group.parent,) else ", ".join(group.units)


def _count(group: Group, answer: str, k: int) -> str:
    """A figure; one that is only known to be so much or more has a plus."""
    if answer not in group.counts:
        return ""
    times = group.counts[answer]
    least = group.shown == "topcoded" and times == at_least(group.answered, k)
    return f"{times:,}{'+' if least else ''}"


def told(found: Proof) -> Iterator[str | Table]:
    """A proof in words, line by line."""
    pulse = found.pulse
    yield STATES[pulse.state].format(**pulse._asdict())
    yield ""
    table = Table("table", "rows", "columns", "what it is", title="What the database holds", title_justify="left")
    for one in found.held:
        table.add_row(one.table, f"{one.rows:,}", ", ".join(one.columns), HOLDS.get(one.table, HOLDS[""]))
    yield table
    yield ""
    yield "What was checked in it just now"
    yield from (f"  {'ok   ' if check.fine else 'FOUND'}  {said(check)}" for check in found.checks)
    yield ""
    yield "What this does not protect against"
    yield from (f"  - {limit}" for limit in LIMITS["closed" if pulse.state == CLOSED else "open"])
    bad = sum(not check.fine for check in found.checks)
    yield ""
    yield f"{bad} of {len(found.checks)} checks found what should not be there." if bad else "Nothing was found."


def said(check: Check) -> str:
    """What was found out, in a sentence."""
    fine, found = CHECKS[check.name]
    return (fine if check.fine else found).format(**check.values)
