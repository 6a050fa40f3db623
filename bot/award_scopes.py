"""Which awards a command or a button is about: of a period that is over and whole, of a unit or of everybody."""

from datetime import date
from typing import NamedTuple

from bot import own_unit, periods
from bot.events import number_in
from bot.people import Thing, require
from bot.reports import Period, between
from bot.turn import Refusal, Turn
from storage import awards, units
from storage.awards import RoundRow
from storage.units import UnitRow


class Scope(NamedTuple):
    """Which awards: of which days, and of which unit or of everybody."""

    first: date
    end: date
    unit: UnitRow | None

    @property
    def name(self) -> str:
        """As a button carries it, and as a round is found by."""
        return f"{self.first}/{self.end}/{self.unit.id if self.unit else ''}"

    @property
    def unit_id(self) -> int | None:
        """The unit's key."""
        return self.unit.id if self.unit else None

    def period(self, turn: Turn) -> Period:
        """Its days as stored moments."""
        return between(turn.settings, self.first, self.end)


def asked(turn: Turn, text: str) -> Scope:
    """What a text asks for: the month before if it names no period, one's own unit if none."""
    found = periods.asked(turn, text, usual="last_month")
    return _checked(turn, Scope(found.period.first, found.period.end, found.unit or own_unit.of(turn, "award.give")))


def of_button(turn: Turn, value: str) -> Scope:
    """What a button is about, if the person gives its awards."""
    parts = value.split("/")
    try:
        first, end, unit = parts
        days = date.fromisoformat(first), date.fromisoformat(end)
    except ValueError:
        raise Refusal("cards.stale") from None
    found = units.get(turn.tx, number_in(unit) or 0) if unit else None
    if unit and found is None:
        raise Refusal("cards.stale")
    periods.checked(turn, *days)
    return _checked(turn, Scope(*days, found))


def held(turn: Turn, scope: Scope) -> RoundRow:
    """The round of a scope, begun where there is none; whoever changes it at the same instant comes after."""
    days = {"first_on": scope.first.isoformat(), "end_on": scope.end.isoformat()}
    found = awards.open_round(turn.tx, scope.name, **days, unit_id=scope.unit_id)
    awards.hold(turn.tx, found.id)
    return found


def _checked(turn: Turn, scope: Scope) -> Scope:
    require(turn, "award.give", Thing(unit_id=scope.unit_id))
    period = scope.period(turn)
    if not periods.over(period, turn.today):
        raise Refusal("awards.not_over")
    # Of days that are none of these a round may stand from before; it must not become unreachable.
    if not periods.whole(period) and awards.of_scope(turn.tx, scope.name) is None:
        raise Refusal("awards.not_whole")
    return scope
