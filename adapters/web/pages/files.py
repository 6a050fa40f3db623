"""The files of the reports a page shows: links for whoever may have them, and what such a link asks for."""

import tempfile
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlencode

from adapters.files.keeping import Unwritable
from adapters.files.writing import FORMS, MEDIA, write
from adapters.web.page import Ask, Handed, Page, at
from adapters.web.pages import parts
from adapters.web.wants import Refused
from bot import drawn_files, report_asking, report_books
from bot.book import Asked
from bot.reports import Period
from bot.turn import Refusal, Turn
from storage import units
from storage.reports import VIEWS
from storage.units import UnitRow

DAY = timedelta(days=1)


class Links(NamedTuple):
    """What a report is called, and each kind of file with its address."""

    title: str
    forms: list[tuple[str, str]]


def links(
    ask: Ask, *names: str, period: Period | None = None, unit: UnitRow | None = None, view: str = "", code: str = ""
) -> list[Links]:
    """Links to every kind of file of some reports, as far as there are such reports and the reader may have them."""
    days = period or parts.period(ask)
    asked = [Asked(name, days, unit, VIEWS[view or "then"], ask.lang, code) for name in names]
    return [_links(ask, one) for one in asked if _may_have(ask, one)]


def _may_have(ask: Ask, asked: Asked) -> bool:
    """Whether there is such a report and the reader may have it; how long it is, is looked at when it is fetched."""
    report = report_books.REPORTS.get(asked.name)
    if report is None or (report.needs_unit and asked.unit is None) or (report.whole and asked.unit is not None):
        return False
    try:
        report_books.check(ask.turn, asked)
    except Refusal:
        return False
    return True


def _links(ask: Ask, asked: Asked) -> Links:
    period = asked.period
    given = {
        "unit": asked.unit.code if asked.unit else "",
        "from": period.first.isoformat(),
        "to": (period.end - DAY).isoformat(),
        "view": "" if asked.view == "then" else asked.view,
        "code": asked.code,
    }
    query = urlencode({name: value for name, value in given.items() if value})
    forms = [(ask.speak(f"files.forms.{form}"), at(f"files/{asked.name}.{form}?{query}")) for form in FORMS]
    return Links(ask.speak(f"files.title.{asked.name}"), forms)


def show(ask: Ask) -> Page:
    """`/dashboard/files/units.xlsx?…`: a report as a file, made at this moment; that it was had is written down."""
    wanted, form = _wanted(ask)
    name = drawn_files.named(wanted, form)
    handed = Handed(name, MEDIA[form], partial(_written, wanted, form), partial(_note, wanted, form))
    return Page("", name, handed=handed)


def _written(wanted: Asked, form: str, turn: Turn) -> bytes:
    """Whether they may is asked again: it may have waited in line."""
    report_books.check(turn, wanted)
    with tempfile.TemporaryDirectory(prefix="kizuki-") as folder:
        path = Path(folder) / f"report.{form}"
        try:
            write(report_books.build(turn, wanted), form, path)
        except Unwritable:
            raise Refused(503, "no_room") from None
        return path.read_bytes()


def _note(wanted: Asked, form: str, turn: Turn) -> None:
    """Asked once more whether they may: it was a while ago."""
    report_asking.checked(turn, wanted)
    drawn_files.written_down(turn, turn.me.id, wanted, form)


def _wanted(ask: Ask) -> tuple[Asked, str]:
    """What a link asks for, and as which kind; refuses what there is not and what the reader may not have."""
    name, _, form = ask.wants.part("file").rpartition(".")
    if name not in report_books.REPORTS or form not in FORMS:
        raise Refused(404, "no_page")
    code, view = ask.wants.text("unit"), ask.wants.one_of("view", tuple(VIEWS), "then")
    unit = units.by_code(ask.turn.tx, code) if code else None
    if code and unit is None:
        raise Refusal("dashboard.no_unit")
    found = Asked(name, parts.period(ask), unit, VIEWS[view], ask.lang, ask.wants.text("code"))
    report_asking.checked(ask.turn, found)
    return found, form
