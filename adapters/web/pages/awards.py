"""Awards: those that were given, for everybody to read; and the report they are chosen by, for whoever reads it."""

from markupsafe import Markup

from adapters.web import blocks
from adapters.web.page import Ask, Page
from adapters.web.pages import files, parts
from bot import awards_view, own_unit, page_models, recognition
from bot.people import Thing, require
from bot.recognition_model import Recognition
from storage import given

LISTED = 24


def index(ask: Ask) -> Page:
    """`/dashboard/awards`."""
    require(ask.turn, "page.read")
    told = [
        (n, awards_view.public(ask.turn, found, ask.lang))
        for n, found in enumerate(given.newest(ask.turn.tx, limit=LISTED))
    ]
    drawn = [
        (card.summary, blocks.drawn(card, f"award-{n}", ask.turn.t, level=3, skip_title=False)) for n, card in told
    ]
    return Page("awards.html", ask.t("page.awards"), "awards", values={"given": drawn})


def report(ask: Ask) -> Page:
    """`/dashboard/recognition`."""
    turn, unit = ask.turn, own_unit.asked(ask.turn, "recognition.read", ask.wants.text("unit"))
    require(turn, "recognition.read", Thing(unit_id=unit and unit.id))
    period = parts.period(ask)
    made = ask.kept.get(page_models.recognised(turn, unit, period), turn)
    values = {
        "period": parts.choice(ask, period, {"unit": unit.code if unit else ""}),
        "report": made.drawn(ask.lang, lambda model: _drawn(ask, model)),
        "files": files.links(ask, "recognition", period=period, unit=unit),
    }
    return Page("recognition.html", ask.t("page.recognition"), "recognition", values=values, figures_at=made.at)


def _drawn(ask: Ask, model: Recognition) -> Markup:
    return blocks.drawn(recognition.card(ask.turn.house, model, ask.lang), "recognition", ask.turn.t, skip_title=False)
