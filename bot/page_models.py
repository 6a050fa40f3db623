"""The figures behind the pages as they are kept, and which of them are kept ready before anybody asks."""

from collections.abc import Iterator
from typing import Any

from bot import (
    adoption,
    adoption_card,
    delivery_overview,
    overview,
    page_names,
    pulse_shown,
    reach,
    recognition,
    spans,
    suggestion_overview,
    unit_overview,
)
from bot.adoption import Adoption
from bot.delivery_overview import Delivery
from bot.kept import Recipe
from bot.overview import OfOne, Overview
from bot.pulse_shown import Shown
from bot.reach import Counts
from bot.recognition_model import Recognition
from bot.reports import Period
from bot.suggestion_overview import Suggested
from bot.turn import Turn
from bot.unit_overview import UnitOverview
from storage import pulses, reports, units
from storage.pulses import PulseRow
from storage.reports import View
from storage.units import UnitRow

# Of the whole organisation these spans of days are ready; of the rest the usual ones.
READY = ("weeks", "week", "month", "quarter", "year")


def organisation(turn: Turn, period: Period) -> Recipe[Overview]:
    """How the organisation stands."""
    return Recipe((*_days("organisation", turn, period),), lambda turn: overview.organisation(turn, period), aside=True)


def principle(turn: Turn, number: int, period: Period) -> Recipe[OfOne]:
    """How one principle stands."""
    key = (*_days("principle", turn, period), number)
    return Recipe(key, lambda turn: overview.principle(turn, number, period), aside=True)


def unit(turn: Turn, of: UnitRow, period: Period, view: View) -> Recipe[UnitOverview]:
    """How a unit stands."""
    key = (*_days("unit", turn, period), of.id, view)
    return Recipe(key, lambda turn: unit_overview.build(turn, of, period, view), aside=True)


def waiting(turn: Turn, unit_id: int) -> Recipe[tuple[int, int]]:
    """How many notes wait for an answer in a unit, and how many of them are overdue."""
    return Recipe(("waiting", turn.day, unit_id), lambda turn: reports.count_waiting(turn.tx, unit_id, today=turn.day))


def adopted(turn: Turn, of: UnitRow | None) -> Recipe[Adoption]:
    """How far the principles have come lately."""
    period = adoption_card.lately(turn)
    key = (*_days("adoption", turn, period), of and of.id)
    return Recipe(key, lambda turn: adoption.build(turn, period, of), aside=True)


def recognised(turn: Turn, of: UnitRow | None, period: Period) -> Recipe[Recognition]:
    """The recognition report: it holds names and words, which are looked up anew whenever it is shown."""
    key = (*_days("recognition", turn, period), of and of.id)
    return Recipe(key, lambda turn: recognition.build(turn, period, of), page_names.stamp, aside=True)


def reached(turn: Turn, of: UnitRow | None) -> Recipe[Counts]:
    """Who can be reached, as counts."""
    return Recipe(("reach", turn.day, of and of.id), lambda turn: _reached(turn, of), aside=True)


def _reached(turn: Turn, of: UnitRow | None) -> Counts:
    on = reach.turned_on(turn.settings.platforms)
    return reach.counts(turn.tx, on, today=turn.day, unit=of and of.id)


def delivered(turn: Turn, period: Period) -> Recipe[Delivery]:
    """What became of messages, and what people did about them."""
    return Recipe(_days("delivery", turn, period), lambda turn: delivery_overview.build(turn, period), aside=True)


def suggested(turn: Turn, period: Period) -> Recipe[Suggested]:
    """How right suggestions were."""
    return Recipe(_days("suggestions", turn, period), lambda turn: suggestion_overview.build(turn, period), aside=True)


def surveyed(turn: Turn, pulse: PulseRow, code: str, lang: str) -> Recipe[Shown]:
    """What a survey says of a unit, "" for everybody: how it is told depends on the language."""
    key = ("pulse", turn.day, pulse.id, code, lang)
    return Recipe(key, lambda turn: pulse_shown.of(turn, pulse, code, lang), aside=True)


def standing(turn: Turn) -> Iterator[Recipe[Any]]:
    """What is worked out before anybody asks, the first page first."""
    usual = spans.asked(turn, spans.USUAL, "", "")
    for span in READY:
        yield organisation(turn, spans.asked(turn, span, "", ""))
    tops = [found for one in units.tops(turn.tx, today=turn.day) if (found := units.get(turn.tx, one))]
    for top in tops:
        yield waiting(turn, top.id)
        yield unit(turn, top, usual, "then")
        yield unit(turn, top, usual, "now")
    for number in turn.pack.numbers:
        yield principle(turn, number, usual)
    for pulse in pulses.newest(turn.tx, limit=1):
        yield surveyed(turn, pulse, "", turn.house.lang)
    yield adopted(turn, None)
    yield recognised(turn, None, usual)
    yield reached(turn, None)
    yield delivered(turn, usual)
    yield suggested(turn, spans.asked(turn, "year", "", ""))


def _days(name: str, turn: Turn, period: Period) -> tuple[str, str, str, str]:
    return name, turn.day, period.first.isoformat(), period.end.isoformat()
