"""What was noted, thanked for and given in a time, by everybody or by a unit: figures of any part come from it."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from bot import tallies
from bot.ancestry import Ancestry
from storage import rollups
from storage.database import Tx
from storage.reports import View
from storage.rollups import Span
from storage.scopes import within
from storage.segments import Column, Deeds, deeds, some
from storage.series import GIFTS, NOTES, PEOPLE, TAGS, THANKS, UNITS
from storage.units import FOREVER, SINCE

# Where each of some deeds belongs, of whom a column tells who did it or got it.
Place = Callable[[Deeds, str], Column]
# Who did what, or of thanks who got them.
DOERS = {"notes": "author", "tags": "author", "thanks": "receiver", "gifts": "giver"}


@dataclass(frozen=True)
class Done:
    """Notes, their principles, thanks (each principle and colleague of each) and kudos given, of the same time."""

    notes: Deeds
    tags: Deeds
    thanks: Deeds
    gifts: Deeds

    def during(self, since: int, until: int) -> "Done":
        """Those of a part of the time."""
        return Done(*(found.during(since, until) for found in (self.notes, self.tags, self.thanks, self.gifts)))

    def then_in(self, tx: Tx, unit: int | None) -> "Done":
        """Those of a unit and everything below it as it was then; all of them where no unit is asked for."""
        return Done(*(within(tx, unit, found) for found in (self.notes, self.tags, self.thanks, self.gifts)))

    def writers(self) -> int:
        """How many people put their name to a note."""
        return int(np.count_nonzero(tallies.distinct(self.notes["author"])))

    def about(self, number: int) -> "Done":
        """The same, of principles only one."""
        tags, thanks = (found.where(found["number"] == number) for found in (self.tags, self.thanks))
        return Done(self.notes, tags, thanks, self.gifts)

    def notes_by_number(self) -> dict[int, int]:
        """How many notes of each principle that has any."""
        return _numbered(tallies.times(self.tags["number"]))

    def kudos_by_number(self) -> dict[int, int]:
        """How many kudos of each principle that has any."""
        return _numbered(tallies.different(self.thanks["number"], self.thanks["kudos"]))

    @cached_property
    def received(self) -> int:
        """How many kudos somebody got."""
        return len(tallies.distinct(self.thanks["kudos"]))


def _numbered(by_number: dict[int, int]) -> dict[int, int]:
    return {number: count for number, count in by_number.items() if number}


def done(tx: Tx, since: int, until: int) -> Done:
    """What everybody did."""
    return Done(*(deeds(tx, one, since, until) for one in (NOTES, TAGS, THANKS, GIFTS)))


def done_in(tx: Tx, span: Span, view: View, unit: int, *, today: str) -> Done:
    """What counts for a unit that is not large: read by row, of the units below it then or the people there now."""
    if view == "then":
        by, keys = UNITS, {below for below, *_ in rollups.under(tx, span, (unit,))}
    else:
        inside = {below for below, _ in rollups.under_on(tx, (unit,), day=today)}
        by, keys = PEOPLE, {who for _, people in rollups.homes(tx, inside, day=today) for who in people}
    return Done(*(some(tx, one, *span, by, keys) for one in (NOTES, TAGS, THANKS, GIFTS)))


class Placed:
    """What everybody did in a time, and for which of some units (or all there ever were) each of it counts."""

    def __init__(self, found: Done, ancestry: Ancestry, place: Place) -> None:
        self.done, self.ancestry, self.place = found, ancestry, place

    def of(self, unit: int) -> Done:
        """What counts for one of the units."""
        return Done(*(self._of(unit, getattr(self.done, name), who) for name, who in DOERS.items()))

    def _of(self, unit: int, found: Deeds, who: str) -> Deeds:
        rows, units = self.ancestry.rows(self.place(found, who))
        return found.at(rows[units == unit])


def placed(tx: Tx, found: Done, span: Span, view: View, *, today: str, above: Collection[int] | None = None) -> Placed:
    """Where deeds count: where they were done ("then"), or where whoever did or got it is today ("now")."""
    if view == "then":
        then = Ancestry(rollups.under(tx, span, above))
        return Placed(found, then, lambda found, _: then.nodes(found["unit"], found["at"]))
    rows = rollups.under_on(tx, above, day=today)
    now = Ancestry((unit, one, SINCE, FOREVER) for unit, one in rows)
    home = homes(tx, dict(rollups.homes(tx, None if above is None else {unit for unit, _ in rows}, day=today)))
    # The stand-in of somebody who was forgotten is nowhere.
    return Placed(found, now, lambda found, who: now.nodes(home[np.maximum(found[who], 0)], found["at"]))


def homes(tx: Tx, people_of: Mapping[int, list[int]]) -> Column:
    """The unit of each person, by their key; 0 of those who are in none."""
    home = np.zeros(rollups.newest_person(tx) + 1, np.int64)
    for unit, people in people_of.items():
        home[people] = unit
    return home
