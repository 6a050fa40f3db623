"""How far the principles have come: reached → read → tried → noted → recognised, beside what surveys say of it.

What was done counts for the unit it was done in, as the tree of units is on the last day. People are counted once.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from bot import adoption_surveys, daily
from bot.adoption_surveys import Surveyed
from bot.reports import WEEK_MILLIS, Period
from bot.turn import Turn
from storage import adoption, rollups, units
from storage.adoption import SHIFT, Facet
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


class _Deeds:
    """Who did what: by step and principle, by step and unit, by step and week; people by their keys."""

    def __init__(self) -> None:
        self.who: defaultdict[tuple[str, int], set[int]] = defaultdict(set)
        self.where: defaultdict[tuple[str, int], set[int]] = defaultdict(set)
        self.when: defaultdict[tuple[str, int], set[int]] = defaultdict(set)

    def stand(self, what: str, unit: int | None, people: set[int]) -> None:
        """Take in who did something in a unit itself, whatever the principle."""
        self.who[what, ANY] |= people
        if unit is not None:
            self.where[what, unit] |= people

    def coded(self, what: str, codes: Iterable[int], into: dict[tuple[str, int], set[int]]) -> None:
        """Take in people with the number or week they are coded with."""
        for code in codes:
            into[what, code % SHIFT].add(code // SHIFT)

    def people(self, number: int) -> dict[str, int]:
        """How many took each step about a principle."""
        return {step: len(self.who[step, number]) for step in STEPS}


def build(turn: Turn, period: Period, unit: UnitRow | None = None) -> Adoption:
    """The report of a period."""
    place = _Place(turn, period, unit)
    deeds = _Deeds()
    _practised(turn, period, place, deeds)
    _written(turn, period, place, deeds)
    _reached(turn, period, place, deeds)
    surveys = adoption_surveys.newest(turn, unit.code if unit else "", until=period.end)
    first, end = period.first.isoformat(), period.end.isoformat()
    return Adoption(
        unit,
        period,
        len(place.staff),
        deeds.people(ANY),
        tuple(OfPrinciple(n, deeds.people(n), surveys.get(n)) for n in turn.pack.numbers),
        tuple(_of_unit(child, place, deeds) for child in place.children),
        tuple(_weeks(period, deeds)),
        tuple(_groups(turn, period, place, deeds)),
        tuple(adoption.facets(turn.tx, first=first, end=end)),
    )


class _Place:
    """The units that are looked at, and who works where on the last day."""

    def __init__(self, turn: Turn, period: Period, unit: UnitRow | None) -> None:
        self.last = (period.end - timedelta(days=1)).isoformat()
        self.under: defaultdict[int, set[int]] = defaultdict(set)
        for below, above in rollups.under_on(turn.tx, day=self.last):
            self.under[above].add(below)
        self.inside = self.under[unit.id] if unit else None
        self.home = {u: people for u, people in rollups.homes(turn.tx, day=self.last) if self.holds(u)}
        self.staff = {person for people in self.home.values() for person in people}
        there = [u for u in units.everything(turn.tx) if u.id in self.under and u.id in self.under[u.id]]
        self.children = [u for u in there if u.parent_id == (unit.id if unit else None)]

    def holds(self, unit: int | None) -> bool:
        """Whether what is done in a unit counts; what is done in none counts for the whole organisation."""
        return self.inside is None or unit in self.inside

    def staff_of(self, units: Iterable[int]) -> set[int]:
        """Who works in some units."""
        return {person for unit in units for person in self.home.get(unit, ())}


def _practised(turn: Turn, period: Period, place: _Place, deeds: _Deeds) -> None:
    """Who read and tried."""
    first, end = period.first.isoformat(), period.end.isoformat()
    week = {
        int(f"{day:%Y%m%d}"): n // 7
        for n in range((period.end - period.first).days)
        for day in [period.first + timedelta(days=n)]
    }
    marked: defaultdict[int, set[int]] = defaultdict(set)
    for unit, codes in adoption.marks(turn.tx, first=first, end=end):
        if place.holds(unit):
            here: tuple[set[int], set[int]] = (set(), set())
            for code in codes:
                marked[code % SHIFT].add(code // SHIFT)
                here[code % 2].add(code // SHIFT)
            for what, people in zip(("read", "tried"), here, strict=True):
                deeds.stand(what, unit, people)
    for code, people in marked.items():
        deeds.who["tried" if code % 2 else "read", code // 2] |= people
    for unit, who, days in adoption.tries(turn.tx, first=first, end=end):
        if place.holds(unit):
            for person, day in zip(who, days, strict=True):
                deeds.when["tried", week[day]].add(person)


def _written(turn: Turn, period: Period, place: _Place, deeds: _Deeds) -> None:
    """Who wrote notes, and who was thanked."""
    span = {"since": period.since, "until": period.until}
    for unit, codes in adoption.notes(turn.tx, **span, week_millis=WEEK_MILLIS):
        if place.holds(unit):
            deeds.coded("noted", codes, deeds.when)
            deeds.stand("noted", unit, {code // SHIFT for code in codes})
    for number, people in adoption.note_numbers(turn.tx, **span, units=place.inside):
        deeds.who["noted", number].update(people)
    for unit, codes, numbers in adoption.thanks(turn.tx, **span, week_millis=WEEK_MILLIS):
        if place.holds(unit):
            deeds.coded("recognised", codes, deeds.when)
            deeds.stand("recognised", unit, {code // SHIFT for code in codes})
            for code, number in zip(codes, numbers, strict=True):
                deeds.who["recognised", number].add(code // SHIFT)


def _reached(turn: Turn, period: Period, place: _Place, deeds: _Deeds) -> None:
    """To whom, or to whose unit, the cards of each principle were sent."""
    sent = adoption.sent_on(turn.tx, first=period.first.isoformat(), end=period.end.isoformat())
    for number, bodies in _told(turn, sent).items():
        written, channels = adoption.reached(turn.tx, bodies)
        heard = place.staff_of(below for unit in channels for below in place.under[unit])
        people = heard | written
        for unit, home in place.home.items():
            if here := people.intersection(home):
                deeds.stand("reached", unit, here)
                deeds.who["reached", number] |= here


def _told(turn: Turn, sent: Mapping[str, list[int]]) -> dict[int, list[int]]:
    """The cards of each principle: on a day it is the same for everyone."""
    found: defaultdict[int, list[int]] = defaultdict(list)
    for day, bodies in sent.items():
        found[daily.due(turn.house, date.fromisoformat(day), daily.EVERYONE).number] += bodies
    return found


def _of_unit(unit: UnitRow, place: _Place, deeds: _Deeds) -> OfUnit:
    inside = place.under[unit.id]
    people = {step: len(set().union(*(deeds.where[step, below] for below in inside))) for step in STEPS}
    return OfUnit(unit, len(place.staff_of(inside)), people)


def _weeks(period: Period, deeds: _Deeds) -> Iterable[OfWeek]:
    """Every week of the period; the last may be shorter."""
    for week in range(-(-(period.end - period.first).days // 7)):
        people = {step: len(deeds.when[step, week]) for step in WEEKLY}
        yield OfWeek(period.first + timedelta(weeks=week), people)


def _groups(turn: Turn, period: Period, place: _Place, deeds: _Deeds) -> Iterable[OfGroup]:
    """Who came to work here lately, who was transferred lately, and all others."""
    after = (period.end - NEW).isoformat()
    came = [one for one in adoption.came(turn.tx, after=after, today=place.last) if one.person in place.staff]
    new = {one.person for one in came if one.joined >= after}
    moved = {one.person for one in came} - new
    for name, people in (("new", new), ("moved", moved), ("others", place.staff - new - moved)):
        yield OfGroup(name, len(people), {step: len(people & deeds.who[step, ANY]) for step in STEPS})
