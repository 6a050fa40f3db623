"""`kizuki export open-data`: what everybody may know, as CSV and JSON with a description that catalogues can read."""

import asyncio
import csv
import io
import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import typer

from adapters import app as root
from adapters import catalogue
from adapters.auditing import exported, operator
from adapters.catalogue import ANSWERS, FIGURES, PRINCIPLES, UNITS, Table
from adapters.consoles import APP_YAML, Config, printing
from adapters.files.keeping import Unwritable, keep_bytes
from adapters.files.texts import guarded
from bot import editions, open_data
from bot.open_data import Figure
from bot.schedule import millis
from bot.turn import House, Turn
from storage import schema, units
from storage.database import Tx
from storage.engines import open_database

cli = typer.Typer(no_args_is_help=True, help="Data for others.")
out = printing()

Row = Sequence[str | int | None]


class Found(NamedTuple):
    """All tables, and the months they tell of."""

    tables: dict[Table, list[Row]]
    months: tuple[str, ...]


@cli.callback()
def _group() -> None:
    """A group, so that more can be exported one day."""


@cli.command("open-data")
def command(
    folder: Annotated[Path, typer.Argument(help="The folder that is published; always the same one.")],
    config: Config = APP_YAML,
) -> None:
    """Write what everybody may know into a folder: counts by month and principle, and released surveys.

    Months that are told in the folder already stay as they are told: who compares two editions learns nothing of what
    was deleted in between. Run twice, the files are equal to the last byte.
    """
    found = export(root.check(config), folder)
    for name in found:
        out.print(str(folder / name), markup=False)


def export(house: House, folder: Path, now: datetime | None = None) -> list[str]:
    """Write the folder; returns the names of its files. Raises `Unwritable`, then it is as it was."""
    schema.check(house.settings.database)
    now = now or datetime.now(house.settings.zone)
    told = _told_before(folder)
    database = open_database(house.settings.database)
    try:
        found = database.read_now(lambda tx: _found(Turn(tx, house, now, actor=operator()), told))
        asyncio.run(exported(database, "open-data", actor=operator(), at=millis(now), months=len(found.months)))
    finally:
        database.close()
    made = _files(house, found)
    _write(folder, made)
    return list(made)


def _found(turn: Turn, told: dict[str, list[Row]]) -> Found:
    editions.check(turn.tx, turn.pack)
    rows, months = [], []
    for month in open_data.months(turn):
        name = f"{month.first:%Y-%m}"
        rows += told.get(name) or [_figure(one) for one in open_data.figures(turn, month)]
        months.append(name)
    answers = [
        (a.survey, a.closed_on, a.question, a.answer, _codes(a.units), a.invited, a.answered, a.count, a.told)
        for a in open_data.answers(turn)
    ]
    tables: dict[Table, list[Row]] = {
        FIGURES: rows,
        ANSWERS: list(answers),
        PRINCIPLES: [(p.number, p.title["ja"], p.title["en"]) for p in turn.pack.principles],
        UNITS: _units(turn.tx, [*rows, *((None, None, None, row[4]) for row in answers)]),
    }
    return Found(tables, tuple(months))


def _figure(one: Figure) -> Row:
    told = "fewer" if one.count is None else "exact"
    return one.month, one.measure, one.principle, _codes(one.units), int(one.others), one.count, told


def _codes(codes: Iterable[str]) -> str:
    return " ".join(codes)


def _units(tx: Tx, rows: Iterable[Row]) -> list[Row]:
    """The names of the units that are told of."""
    told = {code for row in rows for code in str(row[3]).split()}
    return [(u.code, u.name_ja, u.name_en) for u in units.everything(tx) if u.code in told]


# Files


def _files(house: House, found: Found) -> dict[str, bytes]:
    """Every file by its name; the description comes last, so that it never tells of what is not there yet."""
    made: dict[str, bytes] = {}
    for table, rows in found.tables.items():
        made[f"{table.name}.csv"] = _csv(table, rows)
        made[f"{table.name}.json"] = _json([dict(zip(table.columns, row, strict=True)) for row in rows])
    made["dictionary.json"] = _json(catalogue.dictionary(house, found.tables))
    made["RULES.md"] = catalogue.rules(house).encode()
    made["catalog.jsonld"] = _json(catalogue.catalogue(house, made, found.months))
    return made


def _csv(table: Table, rows: Iterable[Row]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(table.columns)
    writer.writerows([guarded(cell) if isinstance(cell, str) else cell for cell in row] for row in rows)
    return text.getvalue().encode("utf-8-sig")


def _json(data: Any) -> bytes:
    return (json.dumps(data, ensure_ascii=False, indent=1) + "\n").encode()


def _write(folder: Path, made: dict[str, bytes]) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as fault:
        raise Unwritable(f"{folder} cannot be made: {fault.strerror}.") from None
    for name, content in made.items():
        if not (folder / name).exists() or (folder / name).read_bytes() != content:
            keep_bytes(folder / name, content)


def _told_before(folder: Path) -> dict[str, list[Row]]:
    """The rows of every month that an earlier edition in the folder tells."""
    path = folder / f"{FIGURES.name}.json"
    if not path.exists():
        return {}
    try:
        rows = [tuple(row[column] for column in FIGURES.columns) for row in json.loads(path.read_text("utf-8"))]
    except (ValueError, KeyError, TypeError):
        raise Unwritable(f"{path} is not what was exported there: move it away, or choose another folder.") from None
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(str(row[0]), []).append(row)
    return found
