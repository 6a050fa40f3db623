"""The newest results, for whoever asks: those of their own unit, drawn from the published table alone."""

import json
from datetime import date

from bot import pulse_telling, pulse_view
from bot.cards import Block, Button, Heading, Reply, row
from bot.events import Press
from bot.turn import Refusal, Turn
from storage import pulses, units
from storage.pulses import PulseRow

SHOWN = 3


def buttons(turn: Turn) -> tuple[Block, ...]:
    """A button for each of the newest results; nothing where there are none."""
    found = pulses.newest(turn.tx, limit=SHOWN)
    ways = (Button("pulse.results", _named(turn, pulse), pulse.code) for pulse in found)
    return (Heading(turn.t("pulse.newest"), 3), row(*ways)) if found else ()


def _named(turn: Turn, pulse: PulseRow) -> str:
    day = date.fromisoformat(pulse.opened_on)
    return turn.t("pulse.newest_one", title=pulse_view.title(pulse, turn.lang), day=day)


def show(turn: Turn, press: Press) -> Reply:
    """The results of a survey for the person's unit, or for the nearest one above that is large enough."""
    pulse = pulses.by_code(turn.tx, press.value)
    if pulse is None or not pulse.released:
        raise Refusal("pulse.unknown")
    code = _unit(turn)
    return Reply(pulse_telling.card(turn, pulse, code if code in json.loads(pulse.tree) else "", turn.lang))


def _unit(turn: Turn) -> str:
    """The code of the unit the person is in."""
    found = units.get(turn.tx, turn.me.unit_id) if turn.me.unit_id is not None else None
    return found.code if found else ""
