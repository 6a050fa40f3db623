"""Numbers units try to change: each one the reader may see, with its curve."""

from adapters.web import blocks
from adapters.web.page import Ask, Page
from adapters.web.pages import files
from bot import spans, unit_figures, unit_figures_reporting
from bot.people import require


def index(ask: Ask) -> Page:
    """`/dashboard/figures`."""
    turn = ask.turn
    require(turn, "page.read")
    told = [(one.id, unit_figures_reporting.card(turn, one)) for one in unit_figures.seen(turn)]
    drawn = [blocks.drawn(card, f"figure-{key}", turn.t, skip_title=False) for key, card in told]
    values = {"drawn": drawn, "files": files.links(ask, "figures", period=spans.asked(turn, "year", "", ""))}
    return Page("figures.html", ask.t("page.figures"), "figures", values=values)
