"""`kizuki report`: the read models as text, JSON or CSV."""

import asyncio
import csv
import dataclasses
import json
from collections.abc import Iterator
from datetime import date, datetime
from io import StringIO
from typing import Any, NamedTuple

import typer

from adapters.auditing import exported, operator
from adapters.files.texts import guarded
from bot import digest, editions, periods, recognition, reports, rollups
from bot.cards import plain
from bot.recognition_model import Recognition
from bot.reports import Period
from bot.rollups import Figures
from bot.schedule import millis
from bot.schedule import period as parsed
from bot.turn import House, Turn
from storage import units
from storage.database import Database, Tx
from storage.engines import open_database
from storage.reports import VIEWS, View
from storage.units import UnitRow

FORMS = {"digest": ("text", "json"), "recognition": ("text", "json"), "units": ("text", "json", "csv")}
COLUMNS = ("notes", "writers", "received", "recognised", "given", "staff")


class Wanted(NamedTuple):
    """Which report, of which days and unit, read and written in which way."""

    what: str
    period: str
    unit: str = ""
    view: str = "then"
    form: str = "text"
    lang: str = "ja"


def printed(house: House, wanted: Wanted) -> str:
    """A report for a period; that it was made is in the audit log."""
    _check(house, wanted)
    first, end = _days(wanted.period)
    database = open_database(house.settings.database)
    try:
        database.read_now(lambda tx: editions.check(tx, house.pack))
        now = datetime.now(house.settings.zone)
        span = reports.between(house.settings, first, end)
        text = _printed(house, database, wanted, span, now.date().isoformat())
        what = {"period": wanted.period, "unit": wanted.unit, "view": wanted.view}
        asyncio.run(exported(database, wanted.what, actor=operator(), at=millis(now), **what))
        return text
    finally:
        database.close()


def _check(house: House, wanted: Wanted) -> None:
    if wanted.what not in FORMS:
        raise typer.BadParameter(f"There is no report '{wanted.what}'. There are: {', '.join(FORMS)}.")
    if wanted.form not in FORMS[wanted.what]:
        raise typer.BadParameter(f"--format of {wanted.what} is {' or '.join(FORMS[wanted.what])}.")
    if wanted.lang not in house.phrases.languages or wanted.view not in VIEWS:
        raise typer.BadParameter("--lang is ja, en or ja-easy; --view is then or now.")
    if wanted.what == "recognition" and wanted.view != "then":
        raise typer.BadParameter("The recognition report has one view: as it was then.")


def _printed(house: House, database: Database, wanted: Wanted, span: Period, today: str) -> str:
    view, numbers = VIEWS[wanted.view], house.pack.numbers
    if wanted.what == "recognition":
        report = database.read_now(lambda tx: _recognition(tx, house, span, wanted.unit))
        return plain(recognition.card(house, report, wanted.lang)) if wanted.form == "text" else _json(report)
    if wanted.what == "units":
        found = database.read_now(lambda tx: _of_units(tx, span, view, today))
        return _drawn(found, wanted, numbers)
    unit = database.read_now(lambda tx: _unit(tx, wanted.unit))
    week = database.read_now(lambda tx: reports.digest(tx, unit.id, span, numbers, today=today, view=view))
    return plain(digest.card(house, week, wanted.lang)) if wanted.form == "text" else _json(week)


def _recognition(tx: Tx, house: House, span: Period, unit: str) -> Recognition:
    """The recognition report, of a unit where one is given."""
    turn = Turn(tx, house, datetime.now(house.settings.zone))
    return recognition.build(turn, span, _unit(tx, unit) if unit else None)


Line = tuple[UnitRow, int, Figures]


def _of_units(tx: Tx, span: Period, view: View, today: str) -> list[Line]:
    """Every unit of the period with its figures, in the order of the tree, with how deep it lies."""
    figures = rollups.tree(tx, span, view, today=today)
    every = units.everything(tx)
    inside = [u for u in every if u.ends_on is None or u.ends_on > span.first.isoformat()]
    below: dict[int | None, list[UnitRow]] = {}
    known = {u.id for u in inside}
    for unit in inside:
        below.setdefault(unit.parent_id if unit.parent_id in known else None, []).append(unit)

    def walk(parent: int | None, depth: int) -> Iterator[Line]:
        for unit in below.get(parent, ()):
            yield unit, depth, figures[unit.id]
            yield from walk(unit.id, depth + 1)

    return list(walk(None, 0))


def _drawn(found: list[Line], wanted: Wanted, numbers: tuple[int, ...]) -> str:
    if wanted.form == "json":
        named = ({"code": u.code, "name_ja": u.name_ja, "name_en": u.name_en, **_as_data(f)} for u, _, f in found)
        return json.dumps(list(named), ensure_ascii=False, indent=2)
    heads = ("code", "unit", *COLUMNS, *(f"#{n}" for n in numbers))
    if wanted.form == "csv":
        out = StringIO()
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(heads)
        writer.writerows((u.code, guarded(u.name(wanted.lang)), *_cells(f, numbers)) for u, _, f in found)
        return out.getvalue().rstrip("\n")
    rows = [heads, *((u.code, "  " * d + u.name(wanted.lang), *_cells(f, numbers)) for u, d, f in found)]
    return "\n".join("\t".join(map(str, row)) for row in rows)


def _cells(figures: Figures, numbers: tuple[int, ...]) -> tuple[int, ...]:
    return (*(getattr(figures, name) for name in COLUMNS), *(figures.by_number.get(n, 0) for n in numbers))


def _unit(tx: Tx, name: str) -> UnitRow:
    for unit in units.everything(tx):
        if name in (unit.code, unit.name_ja, unit.name_en):
            return unit
    raise typer.BadParameter(f"There is no unit '{name}'. Give a code or a name with --unit.")


def _days(period: str) -> tuple[date, date]:
    try:
        first, end = parsed(period)
    except ValueError:
        raise typer.BadParameter(
            f"'{period}' is not a period such as 2026-10, 2026-W42, 2026 or 2026-10-01..2026-10-15."
        ) from None
    if first < periods.OLDEST or end.year > periods.LAST:
        raise typer.BadParameter(f"There are reports from {periods.OLDEST.year} to {periods.LAST - 1}.")
    return first, end


def _json(model: Any) -> str:
    return json.dumps(_as_data(model), ensure_ascii=False, indent=2)


def _as_data(value: Any) -> Any:
    """Read models as plain data: named tuples and dataclasses become objects, days become ISO texts."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: _as_data(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        return {k: _as_data(v) for k, v in value._asdict().items()}
    if isinstance(value, tuple | list):
        return [_as_data(v) for v in value]
    if isinstance(value, dict):
        return {str(k): _as_data(v) for k, v in value.items()}
    return value.isoformat() if isinstance(value, date) else value
