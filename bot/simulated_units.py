"""The units of an invented organisation: six levels of them, as they are at first and as they become."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from random import Random
from zoneinfo import ZoneInfo

from bot import tree
from bot.schedule import millis
from storage.bulk import NewState, NewUnit
from storage.units import Branch, StateRow, UnitRow

# The whole organisation, then bureaus, departments, divisions, sections and teams.
BUREAU, DIVISION, SECTION, TEAM = 1, 3, 4, 5
IN_TEAM = 15.5
# How many units of a level there are, as a power of the number of teams: 3,490 teams lie in 1,820 sections of 650
# divisions of 145 departments of 30 bureaus.
SHAPE = (0.0, 0.417, 0.61, 0.794, 0.92, 1.0)
Names = dict[str, list[dict[str, str]]]


@dataclass(frozen=True, slots=True)
class Reform:
    """What is done to units on a day: new ones, new names and places, and what has all that an ended one had."""

    day: date
    founded: list[NewUnit] = field(default_factory=list)
    states: list[NewState] = field(default_factory=list)
    merged: dict[int, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Chart:
    """The units as they are at first, and what is done to them later."""

    units: list[NewUnit]
    level: dict[int, int]
    reforms: list[Reform]

    def today(self) -> dict[int, NewUnit]:
        """Every unit there ever was, as it is called and where it is in the end."""
        found = {unit.id: unit for unit in self.units}
        for reform in self.reforms:
            day = reform.day.isoformat()
            found |= {unit.id: unit for unit in reform.founded}
            found |= {s.unit_id: _become(found[s.unit_id], s) for s in reform.states}
            found |= {gone: found[gone]._replace(ends_on=day) for gone in reform.merged}
        return found

    def states(self) -> Iterator[NewState]:
        """What every unit is called and where it is, from its first day and from each change on."""
        for unit in (*self.units, *(unit for reform in self.reforms for unit in reform.founded)):
            yield NewState(unit.id, unit.starts_on, unit.name_ja, unit.name_en, unit.parent_id)
        for reform in self.reforms:
            yield from reform.states

    def descents(self) -> list[tuple[int, int, str]]:
        """(what ended, what has all it had, the day)."""
        return [(gone, heir, r.day.isoformat()) for r in self.reforms for gone, heir in r.merged.items()]

    def branches(self, zone: ZoneInfo) -> list[Branch]:
        """The tree through time."""
        units = [UnitRow(**unit._asdict()) for unit in self.today().values()]
        states = [StateRow(*state) for state in self.states()]
        return tree.grown(units, states, self.descents(), lambda day: _begins(day, zone))


def _become(unit: NewUnit, state: NewState) -> NewUnit:
    return unit._replace(name_ja=state.name_ja, name_en=state.name_en, parent_id=state.parent_id)


def _begins(day: str, zone: ZoneInfo) -> int:
    return millis(datetime.combine(date.fromisoformat(day), time(), zone))


def drawn(names: Names, staff: int, since: str, *, name: tuple[str, str], rng: Random) -> Chart:
    """The units for so many people; `name` is the whole organisation's in Japanese and English."""
    teams = max(1, round(staff / IN_TEAM))
    chart = Chart([], {}, [])
    parents: list[NewUnit | None] = [None]
    for depth, pool in enumerate(pools(names, name)):
        count = max(len(parents), 1, round(teams ** SHAPE[depth]))
        made: list[NewUnit | None] = []
        for parent, children in zip(parents, _shares(count, len(parents), rng), strict=True):
            for i, title in enumerate(called(pool, children, rng), 1):
                unit = _unit(len(chart.units) + 1, parent, i, title, since)
                chart.units.append(unit)
                made.append(unit)
                chart.level[unit.id] = depth
        parents = made
    return chart


def pools(names: Names, name: tuple[str, str]) -> tuple[list[dict[str, str]], ...]:
    """Names for each level; a department is called as a division is, and a team as a section."""
    departments = [_renamed(n, ("課", "部"), ("Division", "Department")) for n in names["divisions"]]
    teams = [_renamed(n, ("係", "担当"), ("Section", "Team")) for n in names["sections"]]
    top = [{"ja": name[0], "en": name[1]}]
    return top, names["bureaus"], departments, names["divisions"], names["sections"], teams


def _renamed(name: dict[str, str], ja: tuple[str, str], en: tuple[str, str]) -> dict[str, str]:
    return {"ja": name["ja"].removesuffix(ja[0]) + ja[1], "en": name["en"].replace(*en)}


def _shares(count: int, among: int, rng: Random) -> list[int]:
    """A number split unevenly, at least one for each."""
    weights = [rng.lognormvariate(0, 0.6) for _ in range(among)]
    shares = [1] * among
    for i in rng.choices(range(among), weights, k=count - among):
        shares[i] += 1
    return shares


def called(pool: Sequence[dict[str, str]], count: int, rng: Random) -> list[dict[str, str]]:
    """Different names for the units beside each other."""
    rounds = range(1, (count - 1) // len(pool) + 2)
    every = [n if i == 1 else {"ja": f"第{i}{n['ja']}", "en": f"{n['en']} {i}"} for i in rounds for n in pool]
    return rng.sample(every[: max(count, len(pool))], count)


def _unit(key: int, parent: NewUnit | None, number: int, name: dict[str, str], since: str) -> NewUnit:
    """The whole organisation is 00; every level below adds two digits."""
    code = f"{parent.code if parent and parent.parent_id else ''}{number if parent else 0:02d}"
    return NewUnit(key, code, name["ja"], name["en"], parent.id if parent else None, since)
