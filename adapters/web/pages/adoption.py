"""How far the principles have come, from who was reached to who was recognised: as in chat, with the funnel drawn."""

from markupsafe import Markup

from adapters.web import blocks, charts
from adapters.web.page import Ask, Page, at
from adapters.web.pages import files
from bot import adoption_card, own_unit, page_models
from bot.adoption import STEPS, Adoption
from bot.people import Thing, require


def show(ask: Ask) -> Page:
    """`/dashboard/adoption`."""
    turn, unit = ask.turn, own_unit.asked(ask.turn, "unit.read", ask.wants.text("unit"))
    require(turn, "unit.read", Thing(unit_id=unit and unit.id))
    made = ask.kept.get(page_models.adopted(turn, unit), turn)
    values = {
        **made.drawn(ask.lang, lambda report: _drawn(ask, report)),
        "parts_of": [one.unit for one in made.value.units],
        "files": files.links(ask, "adoption", period=made.value.period, unit=unit),
    }
    title = ask.speak("adoption.heading", unit=unit.name(ask.lang) if unit else _whole(ask))
    crumbs = ((at("adoption"), ask.t("page.adoption")),) if unit else ()
    return Page("adoption.html", title, "adoption", crumbs, values, figures_at=made.at)


def _drawn(ask: Ask, report: Adoption) -> dict[str, object]:
    card = adoption_card.drawn(ask.turn.house, report, ask.lang)
    return {
        "charts": [_funnel(ask, report), _heat(ask, report)],
        "report": blocks.drawn(card, "adoption", ask.turn.t),
    }


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
