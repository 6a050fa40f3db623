"""How far the principles have come: reached → read → tried → noted → recognised, beside what surveys say of it.

What was done counts for the unit it was done in, as the tree of units is on the last day. People are counted once.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

import numpy as np

from bot import adoption_surveys, daily, tallies
from bot.adoption_surveys import Surveyed
from bot.reports import WEEK_MILLIS, Period
from bot.turn import Refusal, Turn
from storage import adoption, rollups, units
from storage.segments import Column, Deeds, deeds
from storage.series import MARKS, NOTES, TAGS, THANKS
from storage.units import UnitRow

STEPS = ("reached", "read", "tried", "noted", "recognised")
# What is told week by week.
WEEKLY = ("tried", "noted", "recognised")
# Whoever came to their unit within so many days is new there.
NEW = timedelta(days=90)
# All numbers together.
ANY = 0
People = Mapping[str, int]


@dataclass(frozen=True, slots=True)
class OfPrinciple:
    """One principle: how many people took each step, and what the newest survey about it says."""

    number: int
    people: People
    survey: Surveyed | None


@dataclass(frozen=True, slots=True)
class OfUnit:
    """A unit with everything below it, all principles together."""

    unit: UnitRow
    staff: int
    people: People


@dataclass(frozen=True, slots=True)
class OfWeek:
    """A week, from its first day: how many people took each step, all principles together."""

    first: date
    people: People


@dataclass(frozen=True, slots=True)
class OfGroup:
    """Newcomers, those who were transferred, or all others."""

    name: str
    staff: int
    people: People


class Facet(NamedTuple):
    """What one way of telling achieved: how often its cards were read or tried."""

    facet: str
    what: str
    times: int


@dataclass(frozen=True, slots=True)
class Adoption:
    """The whole report, of a unit and below or (None) of the organisation."""

    unit: UnitRow | None
    period: Period
    staff: int
    people: People
    principles: tuple[OfPrinciple, ...]
    units: tuple[OfUnit, ...]
    weeks: tuple[OfWeek, ...]
    groups: tuple[OfGroup, ...]
    facets: tuple[Facet, ...]


@dataclass(frozen=True, slots=True)
class _Step:
    """Who took a step: how many about each number and in each week, and each person once in each unit they did it in.

    `who` and `where` are of the same length.
    """

    by_number: dict[int, int]
    by_week: dict[int, int]
    where: Column
    who: Column

    def people(self, number: int) -> int:
        """How many people took it, about a number or any."""
        return self.by_number.get(number, 0) if number else len(tallies.distinct(self.who))

    def people_of(self, units: Collection[int]) -> int:
        """How many people took it in some units."""
        return len(tallies.distinct(self.who[tallies.among(self.where, units)]))

    def among(self, people: Collection[int]) -> int:
        """How many of some people took it."""
        taken = tallies.distinct(self.who)
        return int(np.count_nonzero(tallies.among(taken, people)))


Steps = Mapping[str, _Step]


def build(turn: Turn, period: Period, unit: UnitRow | None = None) -> Adoption:
    """The report of a period; of a unit with too few people there is none, as it would be about each of them."""
    place, k = _place(turn, period, unit), turn.settings.pulse.k
    marked = deeds(turn.tx, MARKS, _day(period.first), _day(period.end))
    steps = _reached(turn, period, place) | _practised(period, place, marked) | _written(turn, period, place)
    surveys = adoption_surveys.newest(turn, unit.code if unit else "", until=period.end)
    return Adoption(
        unit,
        period,
        len(place.staff),
        _people(steps, ANY),
        tuple(OfPrinciple(n, _people(steps, n), surveys.get(n)) for n in turn.pack.numbers),
        tuple(_listed(place, steps, k)),
        tuple(_weeks(period, steps)),
        _groups(turn, period, place, steps, k),
        tuple(_facets(marked)),
    )


def check(turn: Turn, period: Period, unit: UnitRow | None) -> None:
    """Refuse the report of a unit with too few people."""
    _place(turn, period, unit)


def _place(turn: Turn, period: Period, unit: UnitRow | None) -> "_Place":
    place, k = _Place(turn, period, unit), turn.settings.pulse.k
    if unit and len(place.staff) < k:
        raise Refusal("adoption.too_few", least=k)
    return place


def _people(steps: Steps, number: int) -> dict[str, int]:
    return {step: steps[step].people(number) for step in STEPS}


class _Place:
    """The units that are looked at, and who works where on the last day."""

    def __init__(self, turn: Turn, period: Period, unit: UnitRow | None) -> None:
        self.last = (period.end - timedelta(days=1)).isoformat()
        self.under: defaultdict[int, set[int]] = defaultdict(set)
        for below, above in rollups.under_on(turn.tx, day=self.last):
            self.under[above].add(below)
        self.inside = self.under[unit.id] if unit else None
        self.home = {
            u: people for u, people in rollups.homes(turn.tx, day=self.last) if self.inside is None or u in self.inside
        }
        self.staff = {person for people in self.home.values() for person in people}
        there = [u for u in units.everything(turn.tx) if u.id in self.under and u.id in self.under[u.id]]
        self.children = [u for u in there if u.parent_id == (unit.id if unit else None)]
        if unit is None and len(self.children) == 1:
            # The one unit at the top says what everybody says.
            self.children = [u for u in there if u.parent_id == self.children[0].id]

    def here(self, found: Deeds) -> Deeds:
        """Those of some deeds that count."""
        return found if self.inside is None else found.where(tallies.among(found["unit"], self.inside))

    def staff_of(self, units: Iterable[int]) -> set[int]:
        """Who works in some units."""
        return {person for unit in units for person in self.home.get(unit, ())}


def _step(found: Deeds, who: str, weeks: Column, about: Deeds | None = None) -> _Step:
    """What was done; `about` is where the numbers are, when not in the same rows."""
    tagged = found if about is None else about
    where, people = tallies.pairs(found["unit"], found[who])
    by_number = tallies.different(tagged["number"], tagged[who])
    return _Step(by_number, tallies.different(weeks, found[who]), where, people)


def _practised(period: Period, place: _Place, marked: Deeds) -> dict[str, _Step]:
    """Who read and tried."""
    days = np.array([_day(period.first + timedelta(days=n)) for n in range((period.end - period.first).days)])
    here = place.here(marked)
    found = {"read": here.where(here["tried"] == 0), "tried": here.where(here["tried"] != 0)}
    return {step: _step(some, "person", np.searchsorted(days, some["day"]) // 7) for step, some in found.items()}


def _written(turn: Turn, period: Period, place: _Place) -> dict[str, _Step]:
    """Who wrote notes, and who was thanked; notes to the secretariat alone and nameless ones are left out."""
    notes, tags, thanks = (place.here(deeds(turn.tx, one, period.since, period.until)) for one in (NOTES, TAGS, THANKS))
    notes = notes.where(notes["author"] != 0)
    tags = tags.where((tags["author"] != 0) & (tags["number"] != 0))
    thanks = thanks.where(thanks["number"] != 0)

    def weeks(found: Deeds) -> Column:
        week: Column = (found["at"] - period.since) // WEEK_MILLIS
        return week

    return {
        "noted": _step(notes, "author", weeks(notes), tags),
        "recognised": _step(thanks, "receiver", weeks(thanks)),
    }


def _reached(turn: Turn, period: Period, place: _Place) -> dict[str, _Step]:
    """To whom, or to whose unit, the cards of each principle were sent."""
    sent = adoption.sent_on(turn.tx, first=period.first.isoformat(), end=period.end.isoformat())
    by_number: dict[int, set[int]] = {}
    for number, bodies in _told(turn, sent).items():
        written, channels = adoption.reached(turn.tx, bodies)
        heard = place.staff_of(below for unit in channels for below in place.under[unit])
        by_number[number] = (heard | written) & place.staff
    reached = set().union(*by_number.values())
    pairs = [(unit, person) for unit, home in place.home.items() for person in reached.intersection(home)]
    where, who = np.array(pairs, np.int64).reshape(-1, 2).T
    return {"reached": _Step({n: len(people) for n, people in by_number.items()}, {}, where, who)}


def _told(turn: Turn, sent: Mapping[str, list[int]]) -> dict[int, list[int]]:
    """The cards of each principle: on a day it is the same for everyone."""
    found: defaultdict[int, list[int]] = defaultdict(list)
    for day, bodies in sent.items():
        found[daily.due(turn.house, date.fromisoformat(day), daily.EVERYONE).number] += bodies
    return found


def _listed(place: _Place, steps: Steps, k: int) -> Iterable[OfUnit]:
    """The units directly below with enough people, as many as leave the others together with enough, or with none."""
    sizes = {child.id: len(place.staff_of(place.under[child.id])) for child in place.children}
    listed = sorted((size, unit) for unit, size in sizes.items() if size >= k)
    rest = len(place.staff) - sum(size for size, _ in listed)
    while listed and 0 < rest < k:
        rest += listed.pop(0)[0]
    known = {unit for _, unit in listed}
    return (_of_unit(child, place, steps) for child in place.children if child.id in known)


def _of_unit(unit: UnitRow, place: _Place, steps: Steps) -> OfUnit:
    inside = place.under[unit.id]
    return OfUnit(unit, len(place.staff_of(inside)), {step: steps[step].people_of(inside) for step in STEPS})


def _weeks(period: Period, steps: Steps) -> Iterable[OfWeek]:
    """Every week of the period; the last may be shorter."""
    for week in range(-(-(period.end - period.first).days // 7)):
        people = {step: steps[step].by_week.get(week, 0) for step in WEEKLY}
        yield OfWeek(period.first + timedelta(weeks=week), people)


def _facets(marked: Deeds) -> Iterable[Facet]:
    """What each way of telling achieved in the whole organisation."""
    for code, times in tallies.times(marked["facet"] * 2 + marked["tried"]).items():
        yield Facet(marked.names["facet"][code // 2], "tried" if code % 2 else "read", times)


def _day(day: date) -> int:
    return int(f"{day:%Y%m%d}")


def _groups(turn: Turn, period: Period, place: _Place, steps: Steps, k: int) -> tuple[OfGroup, ...]:
    """Who came to work here lately, who was transferred lately, and all others; none where one of them is too few."""
    after = (period.end - NEW).isoformat()
    came = [one for one in adoption.came(turn.tx, after=after, today=place.last) if one.person in place.staff]
    new = {one.person for one in came if one.joined >= after}
    moved = {one.person for one in came} - new
    groups = {"new": new, "moved": moved, "others": place.staff - new - moved}
    if any(0 < len(people) < k for people in groups.values()):
        return ()
    return tuple(
        OfGroup(name, len(people), {step: steps[step].among(people) for step in STEPS})
        for name, people in groups.items()
    )
