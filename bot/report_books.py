"""Every report there is as a book of tables: what it is called, what it asks for, and who may have it."""

from collections.abc import Callable
from dataclasses import dataclass

from bot import (
    sheets_adoption,
    sheets_announcements,
    sheets_digest,
    sheets_figures,
    sheets_lists,
    sheets_office,
    sheets_pulse,
    sheets_recognition,
    sheets_units,
)
from bot.book import Asked
from bot.people import Thing, require
from bot.sheets import Book
from bot.turn import Refusal, Turn


@dataclass(frozen=True, slots=True)
class Report:
    """A report. `needs_unit`: there is none of everybody; `whole`: there is none of one unit.

    `read` is what one has to be allowed for a unit's, `read_all` for that of the whole organisation; `also` refuses
    what is not there, or is not for them for another reason.
    """

    build: Callable[[Turn, Asked], Book]
    needs_unit: bool = False
    whole: bool = False
    read: str = "unit.read"
    read_all: str = "recognition.read"
    also: Callable[[Turn, Asked], None] | None = None

    def action(self, unit: int | None) -> str:
        """What one has to be allowed, to have it of a unit or of everybody."""
        return self.read_all if unit is None else self.read


REPORTS = {
    "units": Report(sheets_units.build),
    "recognition": Report(sheets_recognition.build, read="recognition.read"),
    "digest": Report(sheets_digest.build, needs_unit=True, read="digest.read"),
    "adoption": Report(sheets_adoption.build, read_all="unit.read", also=sheets_adoption.check),
    "notes": Report(sheets_lists.notes),
    "kudos": Report(sheets_lists.thanks),
    "pulse": Report(sheets_pulse.build, also=sheets_pulse.check),
    # Everybody may have it: it holds what they may see.
    "figures": Report(sheets_figures.build, read="page.read", read_all="page.read"),
    "announcement": Report(
        sheets_announcements.build, whole=True, read_all="announce.write", also=sheets_announcements.check
    ),
    "reach": Report(sheets_office.reached, read="reach.read", read_all="reach.read"),
    "suggestions": Report(sheets_office.suggestions, whole=True, read_all="reach.read"),
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
    unit, report = asked.unit.id if asked.unit else None, REPORTS[asked.name]
    require(turn, report.action(unit), Thing(unit))
    if report.also:
        report.also(turn, asked)
