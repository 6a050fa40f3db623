"""Every report there is as a book of tables: what it is called, what it asks for, and who may have it."""

from collections.abc import Callable
from dataclasses import dataclass

from bot import sheets_digest, sheets_lists, sheets_office, sheets_pulse, sheets_recognition, sheets_units
from bot.book import Asked
from bot.people import Thing, require
from bot.sheets import Book
from bot.turn import Refusal, Turn


@dataclass(frozen=True, slots=True)
class Report:
    """A report. `needs_unit`: there is none of everybody; `whole`: there is none of one unit.

    `read` is what one has to be allowed for a unit's; of the whole organisation it is the office's.
    """

    build: Callable[[Turn, Asked], Book]
    needs_unit: bool = False
    whole: bool = False
    read: str = "digest.read"

    def action(self, unit: int | None) -> str:
        """What one has to be allowed, to have it of a unit or of everybody."""
        return "recognition.read" if unit is None and self.read == "digest.read" else self.read


REPORTS = {
    "units": Report(sheets_units.build),
    "recognition": Report(sheets_recognition.build, read="recognition.read"),
    "digest": Report(sheets_digest.build, needs_unit=True),
    "notes": Report(sheets_lists.notes),
    "kudos": Report(sheets_lists.thanks),
    "pulse": Report(sheets_pulse.build),
    "reach": Report(sheets_office.reached, read="reach.read"),
    "suggestions": Report(sheets_office.suggestions, whole=True, read="reach.read"),
}


def build(turn: Turn, asked: Asked) -> Book:
    """A report; what cannot be is refused kindly. Whether one may have it is asked before, by `check`."""
    report = REPORTS[asked.name]
    if report.needs_unit and asked.unit is None:
        raise Refusal("files.needs_unit")
    if report.whole and asked.unit is not None:
        raise Refusal("files.whole_only")
    return report.build(turn, asked)


def check(turn: Turn, asked: Asked) -> None:
    """Refuse a report to whoever may not have it: a unit's is its managers', the whole organisation's the office's."""
    unit = asked.unit.id if asked.unit else None
    require(turn, REPORTS[asked.name].action(unit), Thing(unit))
