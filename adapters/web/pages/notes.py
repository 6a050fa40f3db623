"""Notes: found by words, principle, unit, days, kind and state; and one of them with its answers."""

from datetime import timedelta

from adapters.web.page import Ask, Page, at
from adapters.web.pages import files, parts
from adapters.web.wants import Refused
from bot import note_list, spans
from bot.events import number_in
from bot.note_list import STATES, Filter
from bot.note_view import KINDS
from bot.people import require
from bot.reports import Period, between
from storage import units
from storage.units import UnitRow

MONTH = timedelta(days=30)
NAMES = ("q", "principle", "unit", "from", "to", "kind", "state")


def index(ask: Ask) -> Page:
    """`/dashboard/notes`."""
    turn, wants = ask.turn, ask.wants
    require(turn, "page.read")
    of = Filter(
        wants.text("q"),
        wants.principle(turn.pack.numbers),
        wants.text("unit"),
        spans.day(wants.text("from")),
        spans.day(wants.text("to")),
        wants.one_of("kind", KINDS),
        wants.one_of("state", STATES),
        wants.page(),
    )
    found = note_list.found(turn, of)
    values = {
        "found": found,
        "of": of,
        "leaves": parts.leaves(ask, found.page, found.pages, *NAMES),
        "kinds": [(name, ask.speak(f"notes.kind.{name}")) for name in KINDS],
        "states": [(name, ask.speak(f"notes.state.{name}")) for name in STATES],
        "files": files.links(ask, "notes", period=_days(ask, of), unit=_unit(ask, of)),
        "narrowed": any(wants.text(name) for name in NAMES),
    }
    return Page("notes.html", ask.t("page.notes"), "notes", values=values)


def _days(ask: Ask, of: Filter) -> Period | None:
    """The days looked at, for the file of them: a file has a first day and a last."""
    if not of.first and not of.last:
        return None
    last = min(of.last or ask.turn.today, ask.turn.today)
    return between(ask.turn.settings, of.first or last - MONTH, last + timedelta(days=1))


def _unit(ask: Ask, of: Filter) -> UnitRow | None:
    return units.by_code(ask.turn.tx, of.unit) if of.unit else None


def show(ask: Ask) -> Page:
    """`/dashboard/notes/12`."""
    require(ask.turn, "page.read")
    number = number_in(ask.wants.part("id"))
    found = note_list.one(ask.turn, number) if number is not None else None
    if found is None:
        raise Refused(404, "no_note")
    entry, story = found
    title = ask.speak("notes.heading", kind=ask.speak(f"notes.kind.{entry.note.kind}"), id=entry.note.id)
    crumbs = ((at("notes"), ask.t("page.notes")),)
    return Page("note.html", title, "notes", crumbs, {"entry": entry, "story": story})
