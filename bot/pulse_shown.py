"""The results of a survey for a page: the same card as in chat, from what was said about the unit alone."""

from typing import NamedTuple

from bot import pulse_results, pulse_telling, pulse_view
from bot.cards import Card
from bot.pulse_groups import WHOLE
from bot.pulse_reading import Reading
from bot.turn import Turn
from storage import pulses, units
from storage.pulses import PulseRow


class Shown(NamedTuple):
    """A unit's results: the card, and what the survey and earlier ones say question by question."""

    card: Card
    readings: list[Reading]


def of(turn: Turn, pulse: PulseRow, code: str, lang: str) -> Shown:
    """The results for a unit by its code, "" for the whole organisation."""
    readings = pulse_telling.readings(turn, pulse, code)
    whole = pulses.get(turn.tx, pulse.id)
    assert whole is not None  # noqa: S101 - surveys are never deleted
    if not readings:
        # Of what was published before it was kept unit by unit.
        return Shown(pulse_telling.card(turn, whole, code, lang), readings)
    published = pulse_telling.read(whole.released)
    asked = pulse_view.asked(whole.questions)
    tops = {group.units[0] for question in published.questions for group in question.groups[:1]}
    codes = {code, *tops, *(unit for one in readings for unit in (*one.group.units, one.group.parent or ""))} - {
        "",
        WHOLE,
    }
    known = (units.by_code(turn.tx, unit) for unit in sorted(codes))
    names = {unit.code: unit.name(lang) for unit in known if unit}
    return Shown(pulse_results.card(turn.house, published, asked, code, lang, names=names, known=readings), readings)
