"""Awards: those that were given, for everybody to read; and the report they are chosen by, for whoever reads it."""

from adapters.web import blocks
from adapters.web.page import Ask, Page
from adapters.web.pages import parts
from bot import awards_view, recognition
from bot.people import READERS_OF_RECOGNITION, Thing, may, require, scopes
from bot.turn import Refusal
from storage import awards, units
from storage.units import UnitRow

LISTED = 24


def index(ask: Ask) -> Page:
    """`/dashboard/awards`."""
    require(ask.turn, "page.read")
    given = [found for found in awards.newest(ask.turn.tx, limit=LISTED) if found.announced_at is not None]
    told = [(n, awards_view.public(ask.turn, found, ask.lang)) for n, found in enumerate(given)]
    drawn = [
        (card.summary, blocks.drawn(card, f"award-{n}", ask.turn.t, level=3, skip_title=False)) for n, card in told
    ]
    return Page("awards.html", ask.t("page.awards"), "awards", values={"given": drawn})


def report(ask: Ask) -> Page:
    """`/dashboard/recognition`."""
    turn, unit = ask.turn, _unit(ask)
    require(turn, "recognition.read", Thing(unit_id=unit and unit.id))
    period = parts.period(ask)
    # Never kept: it holds names, of people who may not wish to be listed a moment later.
    card = recognition.card(turn.house, recognition.build(turn, period, unit), ask.lang)
    values = {
        "period": parts.choice(ask, period, {"unit": unit.code if unit else ""}),
        "report": blocks.drawn(card, "recognition", turn.t, skip_title=False),
    }
    return Page("recognition.html", ask.t("page.recognition"), "recognition", values=values)


def _unit(ask: Ask) -> UnitRow | None:
    """The unit that was asked for, or the one whose report the reader reads; None for everybody."""
    turn, code = ask.turn, ask.wants.text("unit")
    if code:
        found = units.by_code(turn.tx, code)
        if found is None:
            raise Refusal("dashboard.no_unit")
        return found
    if may(turn, "recognition.read"):
        return None
    held = [unit for role in READERS_OF_RECOGNITION for unit in scopes(turn, role) if unit is not None]
    return units.get(turn.tx, held[0]) if held else None
