"""An invented organisation of any size: everyone's post in its tree of units, and how people differ."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import accumulate
from random import Random
from typing import NamedTuple

from bot import simulated_reforms, simulated_units
from bot.simulated_units import BUREAU, DIVISION, TEAM, Chart, Names, Reform
from bot.turn import House
from storage.bulk import NewAccount, NewDescent, NewPerson, NewPlace, NewUnit, Row
from storage.postings import NewPosting
from storage.roles import NewRole

PLATFORM = "sim"
LEAST = 10
TITLES = (
    ("知事", "Governor"),
    ("局長", "Director General"),
    ("部長", "Director"),
    ("課長", "Division manager"),
    ("係長", "Section manager"),
    ("担当長", "Team leader"),
)
RANKS = (("主事", "Officer"), ("主任", "Senior officer"))
LANGUAGES, SPOKEN = ("", "en", "ja-easy"), (970, 20, 10)
# The share of those who may that change units on 1 April, and in every other week.
SPRING, USUAL = 0.19, 0.0006
BUSIEST = 25.0


class Move(NamedTuple):
    """A transfer on a day."""

    day: date
    person: int
    unit: int


@dataclass(frozen=True, slots=True)
class Town:
    """The organisation. Lists with an entry per person start with one for nobody, as keys begin at 1."""

    chart: Chart
    above: dict[int, int | None]
    manager: dict[int, int]
    people: list[NewPerson]
    home: list[int]
    moves: list[Move]
    secretariat: tuple[int, ...]
    administrator: int
    executives: tuple[int, ...]
    reforms: list[Reform]
    now: list[int] = field(default_factory=list)
    members: dict[int, list[int]] = field(default_factory=dict)
    beside: dict[int | None, list[int]] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """How many people work here."""
        return len(self.people)

    def open(self) -> None:
        """Everybody where they are before the first transfer."""
        self.now[:] = self.home
        for unit in self.chart.units:
            self._open(unit)
        for person, home in enumerate(self.home[1:], 1):
            self.members[home].append(person)

    def move(self, move: Move) -> None:
        """Let a person change units."""
        self.members[self.now[move.person]].remove(move.person)
        self.members[move.unit].append(move.person)
        self.now[move.person] = move.unit

    def reform(self, reform: Reform) -> None:
        """Let units be founded, moved and merged; the members of merged ones move by themselves."""
        for unit in reform.founded:
            self.above[unit.id] = unit.parent_id
            self._open(unit)
        for state in reform.states:
            self.beside[self.above[state.unit_id]].remove(state.unit_id)
            self.beside[state.parent_id].append(state.unit_id)
            self.above[state.unit_id] = state.parent_id
        for gone, heir in reform.merged.items():
            self.beside[self.above[gone]].remove(gone)
            self.manager.setdefault(heir, self.manager[gone])

    def division(self, unit: int) -> int:
        """The division a unit is in, or the unit itself above that level."""
        while self.chart.level[unit] > DIVISION:
            unit = self.above[unit] or 0
        return unit

    def _open(self, unit: NewUnit) -> None:
        self.members[unit.id] = []
        self.beside.setdefault(unit.parent_id, []).append(unit.id)

    def colleague(self, unit: int, rng: Random, *, far: float) -> int:
        """Somebody near a unit: of it, now and then of one beside it, or with a chance of `far` of anywhere."""
        roll = rng.random()
        if roll >= far:
            beside = self.beside[self.above[unit]]
            members = self.members[unit if roll > far + 0.2 * (1 - far) else rng.choice(beside)]
            if members:
                return rng.choice(members)
        return rng.randrange(1, self.size + 1)

    def answerer(self, unit: int | None, author: int) -> int:
        """Who answers a note of a unit: its manager, or the one above when the manager wrote it."""
        while unit is not None:
            if self.manager[unit] != author:
                return self.manager[unit]
            unit = self.above[unit]
        return next(p for p in self.secretariat if p != author)


def found(names: Names, *, staff: int, first: date, until: date, seed: str, name: tuple[str, str]) -> Town:
    """An organisation of so many people, with what happens to it between two days.

    `name` is what it is called in Japanese and in English.
    """
    rng = Random(seed)
    chart = simulated_units.drawn(names, staff, f"{first.year - 1}-04-01", name=name, rng=rng)
    level, units = chart.level, len(chart.units)
    manager = {unit.id: person for person, unit in enumerate(chart.units, 1)}
    home = [0, *manager, *_posts([key for key in manager if level[key] == TEAM], staff - units, rng)]
    people = [_person(names, p, level[home[p]] if p <= units else None, first, rng) for p in range(1, staff + 1)]
    office = max(2, staff // 5_000)
    chiefs = [manager[key] for key in manager if level[key] == BUREAU]
    days = _days(first, until)
    for day in filter(_is_spring, days):
        simulated_reforms.reform(chart, names, day, rng)
    return Town(
        chart,
        {unit.id: unit.parent_id for unit in chart.units},
        manager,
        people,
        home,
        _moves(home, chart, days, rng),
        secretariat=tuple(range(units + 1, units + 1 + office)),
        administrator=units + 1 + office,
        executives=tuple(chiefs[: max(1, len(chiefs) // 10)]),
        reforms=list(chart.reforms),
    )


def activity(town: Town, rng: Random, *, spread: float) -> list[float]:
    """How much each person does, summed up for drawing: a few do much, most little, and units differ."""
    lively = {unit.id: rng.lognormvariate(0, 0.5) for unit in town.chart.units}
    own = (min(BUSIEST, rng.lognormvariate(0, spread)) for _ in town.people)
    return list(accumulate(lively[unit] * much for unit, much in zip(town.home[1:], own, strict=True)))


def rows(town: Town, house: House) -> Iterator[Row]:
    """Everything to store about the organisation, what others refer to first."""
    yield from town.chart.today().values()
    yield from town.chart.states()
    yield from (NewDescent(*descent) for descent in town.chart.descents())
    yield from town.chart.branches(house.settings.zone)
    yield from town.people
    yield from (NewAccount(PLATFORM, person.number, person.id) for person in town.people)
    yield from _postings(town)
    yield from _roles(town)
    yield from _places(town, house.lang)


def _posts(sections: list[int], count: int, rng: Random) -> list[int]:
    """A section for each of so many people; sections are of different sizes."""
    return sorted(s for s, n in zip(sections, _sizes(len(sections), count, rng), strict=True) for _ in range(n))


def _sizes(among: int, count: int, rng: Random) -> list[int]:
    weights = list(accumulate(rng.lognormvariate(0, 0.35) for _ in range(among)))
    ends = [round(count * w / weights[-1]) for w in weights]
    return [end - start for start, end in zip([0, *ends], ends, strict=False)]


def _person(names: Names, key: int, depth: int | None, first: date, rng: Random) -> NewPerson:
    family, given = rng.choice(names["family"]), rng.choice(names["given"])
    title = TITLES[depth] if depth is not None else rng.choice(RANKS)
    return NewPerson(
        key,
        f"{key:06d}",
        f"{family['ja']} {given['ja']}",
        f"{given['en']} {family['en']}",
        title[0],
        title[1],
        rng.choices(LANGUAGES, SPOKEN)[0],
        f"{first.year - 1 - rng.randrange(30)}-04-01",
    )


def _days(first: date, until: date) -> list[date]:
    """The days on which people change units: 1 April, and one in every other week."""
    weeks = (first + timedelta(days=7 * week) for week in range((until - first).days // 7))
    each = ([start + timedelta(days=i) for i in range(7)] for start in weeks)
    return [next(filter(_is_spring, week), week[0]) for week in each]


def _is_spring(day: date) -> bool:
    return (day.month, day.day) == (4, 1)


def _moves(home: list[int], chart: Chart, days: list[date], rng: Random) -> list[Move]:
    """Transfers: many on 1 April, a few every week; nobody asks twice, managers stay, merged units move as a whole."""
    now, found = list(home), list[Move]()
    first = len(chart.units) + 1
    staying = list(range(first, len(home)))
    rng.shuffle(staying)
    for day in days:
        moved = _merged(now, chart, day)
        count = int(len(staying) * (SPRING if _is_spring(day) else USUAL) + rng.random())
        for _ in range(min(count, len(staying))):
            person, unit = staying.pop(), now[rng.randrange(first, len(home))]
            if unit != now[person] and person not in moved:
                moved[person] = now[person] = unit
        found += (Move(day, person, unit) for person, unit in moved.items())
    return found


def _merged(now: list[int], chart: Chart, day: date) -> dict[int, int]:
    """Where everybody goes whose unit ends on a day."""
    heirs = {gone: heir for reform in chart.reforms if reform.day == day for gone, heir in reform.merged.items()}
    moved = {person: heirs[unit] for person, unit in enumerate(now) if unit in heirs}
    for person, unit in moved.items():
        now[person] = unit
    return moved


def _postings(town: Town) -> Iterator[NewPosting]:
    moved: defaultdict[int, list[tuple[str, int]]] = defaultdict(list)
    for move in town.moves:
        moved[move.person].append((move.day.isoformat(), move.unit))
    for person, home in enumerate(town.home[1:], 1):
        unit, since = home, town.chart.units[0].starts_on
        for day, goal in moved[person]:
            yield NewPosting(person, unit, since, day)
            unit, since = goal, day
        yield NewPosting(person, unit, since, None)


def _roles(town: Town) -> Iterator[NewRole]:
    since, units = town.chart.units[0].starts_on, town.chart.today()
    yield from (NewRole(person, "manager", key, since, units[key].ends_on) for key, person in town.manager.items())
    managers = dict(town.manager)
    for gone, heir, day in town.chart.descents():
        if heir not in managers:
            managers[heir] = managers[gone]
            yield NewRole(managers[heir], "manager", heir, day, units[heir].ends_on)
    yield from (NewRole(person, "secretariat", None, since) for person in town.secretariat)
    yield from (NewRole(person, "executive", None, since) for person in town.executives)
    yield NewRole(town.administrator, "administrator", None, since)


def _places(town: Town, lang: str) -> Iterator[NewPlace]:
    """A channel for every division, and the private chats of those the bot writes to."""
    units = town.chart.today()
    for unit in units.values():
        if town.chart.level[unit.id] == DIVISION:
            bureau = units[units[unit.parent_id or 0].parent_id or 0]
            title = f"{bureau.name_en}, {unit.name_en}" if lang == "en" else f"{bureau.name_ja} {unit.name_ja}"
            yield NewPlace(PLATFORM, unit.code, False, title, unit.id, None)
    for person in (*town.manager.values(), *town.secretariat):
        yield NewPlace(PLATFORM, f"dm:{town.people[person - 1].number}", True, "", None, person)
