"""Roll-ups of every unit at once, read as it was then or by where people are now."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import numpy as np

from bot import tallies
from bot.deeds_of import Placed, done, placed
from bot.reports import Period
from storage import rollups, units
from storage.database import Tx
from storage.reports import View
from storage.rollups import Span
from storage.segments import Column, Deeds


@dataclass(frozen=True, slots=True)
class Figures:
    """A unit's period, with everything below it. `notes` counts those without a number too.

    `received` counts each colleague once per kudos, `recognised` different people; `staff` is who is posted there on
    the period's last day, or today where people are looked for where they are now.
    """

    notes: int
    writers: int
    by_number: dict[int, int]
    received: int
    recognised: int
    given: int
    received_by_number: dict[int, int]
    staff: int


def tree(tx: Tx, period: Period, view: View, *, today: str) -> dict[int, Figures]:
    """The figures of all units there ever were.

    "then": what was done counts for the unit it was done in and those that unit was in at that moment. "now": it counts
    for where its person is posted today, and for nobody where that is nowhere or the person is not known.
    """
    span = Span(period.since, period.until)
    found = placed(tx, done(tx, *span), span, view, today=today)
    last = today if view == "now" else (period.end - timedelta(days=1)).isoformat()
    staff = found.ancestry.times(found.ancestry.nodes(_staffed(tx, last), period.until - 1))
    of = _figures(found)
    return {unit.id: of(unit.id, staff.get(unit.id, 0)) for unit in units.everything(tx)}


def _staffed(tx: Tx, day: str) -> Column:
    """The unit of everybody who is posted on a day."""
    homes = dict(rollups.homes(tx, day=day))
    return np.repeat(np.fromiter(homes, np.int64, len(homes)), [len(people) for people in homes.values()])


def _figures(found: Placed) -> Callable[[int, int], Figures]:
    """The figures of a unit with so many people."""
    ancestry, place, made = found.ancestry, found.place, found.done
    known = made.notes.where(made.notes["author"] != 0)
    once = made.thanks.at(tallies.firsts(made.thanks["kudos"], made.thanks["receiver"]))
    wrote, given = ancestry.times(place(made.notes, "author")), ancestry.times(place(made.gifts, "giver"))
    writers = ancestry.different(place(known, "author"), known["author"])
    received = ancestry.times(place(once, "receiver"))
    recognised = ancestry.different(place(once, "receiver"), once["receiver"])
    by_number = _by_number(found, made.tags, "author")
    received_by_number = _by_number(found, made.thanks, "receiver")
    return lambda unit, staff: Figures(
        wrote.get(unit, 0),
        writers.get(unit, 0),
        by_number.get(unit, {}),
        received.get(unit, 0),
        recognised.get(unit, 0),
        given.get(unit, 0),
        received_by_number.get(unit, {}),
        staff,
    )


def _by_number(found: Placed, some: Deeds, who: str) -> dict[int, dict[int, int]]:
    tagged = some.where(some["number"] != 0)
    return found.ancestry.times_by(found.place(tagged, who), tagged["number"])
