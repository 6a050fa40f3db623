"""`kizuki report`: the read models as text or JSON."""

import dataclasses
import json
from datetime import date, datetime
from typing import Any

import typer

from bot import digest, editions, recognition, reports
from bot.cards import plain
from bot.schedule import period as parsed
from bot.turn import House
from storage import units
from storage.database import Database, Tx
from storage.engines import open_database
from storage.units import UnitRow

FORMS = ("text", "json")


def printed(house: House, what: str, *, period: str, unit: str, form: str, lang: str) -> str:
    """A report for a period, as text or JSON."""
    if what not in ("digest", "recognition"):
        raise typer.BadParameter(f"There is no report '{what}'. There are: digest, recognition.")
    if form not in FORMS or lang not in house.phrases.languages:
        raise typer.BadParameter("--format is text or json, --lang is ja, en or ja-easy.")
    first, end = _days(period)
    database = open_database(house.settings.database)
    try:
        database.read_now(lambda tx: editions.check(tx, house.pack))
        return _printed(house, database, what, first, end, unit, form, lang)
    finally:
        database.close()


def _printed(
    house: House, database: Database, what: str, first: date, end: date, unit: str, form: str, lang: str
) -> str:
    span = reports.between(house.settings, first, end)
    today = datetime.now(house.settings.zone).date().isoformat()
    numbers = house.pack.numbers
    if what == "recognition":
        report = database.read_now(lambda tx: reports.recognition(tx, span, numbers, today=today))
        return plain(recognition.card(house, report, lang)) if form == "text" else _json(report)
    found = database.read_now(lambda tx: _unit(tx, unit))
    week = database.read_now(lambda tx: reports.digest(tx, found.id, span, numbers, today=today))
    return plain(digest.card(house, week, lang)) if form == "text" else _json(week)


def _unit(tx: Tx, name: str) -> UnitRow:
    for unit in units.everything(tx):
        if name in (unit.code, unit.name_ja, unit.name_en):
            return unit
    raise typer.BadParameter(f"There is no unit '{name}'. Give a code or a name with --unit.")


def _days(period: str) -> tuple[date, date]:
    try:
        return parsed(period)
    except ValueError:
        raise typer.BadParameter(
            f"'{period}' is not a period such as 2026-10, 2026-W42, 2026 or 2026-10-01..2026-10-15."
        ) from None


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
