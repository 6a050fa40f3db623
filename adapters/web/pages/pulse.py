"""Surveys: what was published of each, for a unit or the whole organisation, and how it went from survey to survey."""

from datetime import date, timedelta

from markupsafe import Markup

from adapters.web import blocks, charts
from adapters.web.charts import Band, Series
from adapters.web.page import Ask, Page, at
from adapters.web.pages import files, parts
from bot import page_models, pulse_figures, pulse_view
from bot.people import require
from bot.pulse_reading import Reading
from bot.pulse_shown import Shown
from bot.reports import between
from bot.turn import Refusal
from storage import pulses, units
from storage.pulses import CLOSED
from storage.units import UnitRow

LISTED = 60
FEWEST = 2


def index(ask: Ask) -> Page:
    """`/dashboard/pulse`: the surveys whose results are out, newest first."""
    require(ask.turn, "page.read")
    found = pulses.newest(ask.turn.tx, limit=LISTED)
    listed = [(one, pulse_view.title(one, ask.lang), date.fromisoformat(one.opened_on)) for one in found]
    return Page("pulses.html", ask.t("page.pulse"), "pulse", values={"listed": listed})


def show(ask: Ask) -> Page:
    """`/dashboard/pulse/weekly-2026-11-24`."""
    turn = ask.turn
    require(turn, "page.read")
    code, unit = ask.wants.part("code"), ask.wants.text("unit")
    pulse = pulses.asking(turn.tx, code)
    if pulse is None:
        raise Refusal("pulse_asking.unknown", code=code)
    if pulse.state != CLOSED:
        raise Refusal("pulse.not_closed")
    whose = units.by_code(turn.tx, unit) if unit else None
    if unit and whose is None:
        raise Refusal("dashboard.no_unit")
    made = ask.kept.get(page_models.surveyed(turn, pulse, unit, ask.lang), turn)
    day = date.fromisoformat(pulse.opened_on)
    period = between(turn.settings, day, date.fromisoformat(pulse.closed_on or pulse.closes_on) + timedelta(days=1))
    values = {
        "pulse": pulse,
        **made.drawn(ask.lang, lambda model: _drawn(ask, model)),
        "unit": unit,
        "files": files.links(ask, "pulse", period=period, unit=whose, code=code),
        "units": [(u.code, u.name(ask.lang)) for u in _asked(ask)],
    }
    title = ask.t("survey_of", title=pulse_view.title(pulse, ask.lang), day=ask.day(day))
    return Page("pulse.html", title, "pulse", ((at("pulse"), ask.t("page.pulse")),), values)


def _drawn(ask: Ask, model: Shown) -> dict[str, object]:
    return {
        "results": blocks.drawn(model.card, "results", ask.turn.t, skip_title=False),
        "charts": [chart for n, one in enumerate(model.readings) for chart in _trend(ask, one, n)],
    }


def _asked(ask: Ask) -> list[UnitRow]:
    """The units to choose from: one's own and those above it."""
    turn = ask.turn
    mine = units.above(turn.tx, turn.me.unit_id, today=turn.day) if turn.me.unit_id else {}
    found = (units.get(turn.tx, one) for one in mine)
    return sorted((unit for unit in found if unit), key=lambda unit: unit.code)


def _trend(ask: Ask, one: Reading, position: int) -> list[Markup]:
    """How the share that reached the target went, with its interval."""
    if one.asked.share <= 0 or len(one.past) < FEWEST or one.group.shown == "topcoded":
        return []
    told = [(day, pulse_figures.share(held, *one.asked.reached)) for day, held in one.past]
    labels = [parts.week(day) for day, _ in told]
    band = Band(
        ask.t("interval"),
        [round(100 * figure.low, 1) for _, figure in told],
        [round(100 * figure.high, 1) for _, figure in told],
    )
    title = ask.t("chart.trend", question=one.asked.text[ask.lang])
    series = [Series(ask.t("share"), [round(100 * figure.value) for _, figure in told])]
    return [charts.line(ask.frame(title, f"trend-{position}", "%"), labels, series, band=band)]
