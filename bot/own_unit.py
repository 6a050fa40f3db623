"""The unit a report is about: the one that was asked for, or else one's own."""

from bot.people import Thing, may, reading
from bot.turn import Refusal, Turn
from storage import units
from storage.units import UnitRow


def asked(turn: Turn, action: str, code: str) -> UnitRow | None:
    """The unit of a code; without a code everybody, as None, or where one may not that of everybody, one's own."""
    if not code:
        return of(turn, action)
    found = units.by_code(turn.tx, code)
    if found is None:
        raise Refusal("dashboard.no_unit")
    return found


def of(turn: Turn, action: str) -> UnitRow | None:
    """The first unit of which one may do something who may not do it of all; None also where there is no such."""
    if may(turn, action):
        return None
    return next((units.get(turn.tx, unit) for unit in reading(turn, action) if may(turn, action, Thing(unit))), None)
