"""How far the principles have come, from who was reached to who was recognised: as in chat, with the funnel drawn."""

from markupsafe import Markup

from adapters.web import blocks, charts
from adapters.web.page import Ask, Page, at
from bot import adoption, adoption_card, unit_overview
from bot.adoption import STEPS, Adoption
from bot.people import Thing, may, reach, require
from bot.turn import Refusal
from storage import units
from storage.units import UnitRow


def show(ask: Ask) -> Page:
    """`/dashboard/adoption`."""
    turn, unit = ask.turn, _unit(ask)
    require(turn, "digest.read", Thing(unit_id=unit and unit.id))
    period = adoption_card.lately(turn)
    key = ("adoption", turn.day, unit and unit.id)
    report = ask.kept.get(key, lambda: adoption.build(turn, period, unit))
    values = {
        "charts": [_funnel(ask, report), _heat(ask, report)],
        "report": blocks.drawn(adoption_card.drawn(turn.house, report, ask.lang), "adoption", turn.t),
        "parts_of": [one.unit for one in report.units],
    }
    title = ask.speak("adoption.heading", unit=unit.name(ask.lang) if unit else _whole(ask))
    crumbs = ((at("adoption"), ask.t("page.adoption")),) if unit else ()
    return Page("adoption.html", title, "adoption", crumbs, values)


def _unit(ask: Ask) -> UnitRow | None:
    """The unit that was asked for, or the one the reader looks after; None for everybody."""
    turn, code = ask.turn, ask.wants.text("unit")
    if code:
        found = units.by_code(turn.tx, code)
        if found is None:
            raise Refusal("dashboard.no_unit")
        return found
    mine = [] if may(turn, "digest.read") else reach(turn, *adoption_card.READERS)
    return next((u for u in unit_overview.existing(turn) if u.id in mine[:1]), None)


def _whole(ask: Ask) -> str:
    return ask.turn.settings.organisation.title(ask.lang)


def _funnel(ask: Ask, report: Adoption) -> Markup:
    labels = [ask.speak(f"adoption.{step}") for step in STEPS]
    frame, people = ask.frame(ask.t("chart.funnel"), "funnel"), [report.people[step] for step in STEPS]
    return charts.funnel(frame, labels, people, whole=report.staff)


def _heat(ask: Ask, report: Adoption) -> Markup:
    rows = [ask.turn.pack.short(one.number, ask.lang) for one in report.principles]
    heads = [ask.speak(f"adoption.{step}") for step in STEPS]
    values = [[one.people[step] for step in STEPS] for one in report.principles]
    return charts.heat(ask.frame(ask.t("chart.steps"), "steps"), rows, heads, values)
