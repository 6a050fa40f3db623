"""What is done to the units of an invented organisation on 1 April: new names, other places, mergers."""

from datetime import date
from random import Random

from bot.simulated_units import DIVISION, SECTION, TEAM, Chart, Names, Reform
from storage.bulk import NewState, NewUnit

# At most so often, and to no more than one in so many units of the level.
RENAMED, MOVED_DIVISIONS, MOVED_SECTIONS = (5, 20), (2, 60), (5, 20)
MERGED_SECTIONS, MERGED_TEAMS = (2, 60), (3, 60)


class _Spring:
    """A 1 April while it is worked out; nothing is done twice to one unit."""

    def __init__(self, chart: Chart, day: date, rng: Random) -> None:
        self.chart, self.rng, self.reform = chart, rng, Reform(day)
        self.now = chart.today()
        self.left = {key for key, unit in self.now.items() if unit.ends_on is None}

    def some(self, level: int, limit: tuple[int, int]) -> list[NewUnit]:
        """A few units of a level."""
        found = [self.now[key] for key in sorted(self.left) if self.chart.level[key] == level]
        return self.rng.sample(found, min(limit[0], len(found) // limit[1]))

    def beside(self, unit: NewUnit) -> list[NewUnit]:
        """The other units in the same unit that nothing was done to."""
        return [other for other in self.below(unit.parent_id) if other.id != unit.id and other.id in self.left]

    def below(self, key: int | None) -> list[NewUnit]:
        """The units right below one."""
        return [unit for unit in self.now.values() if unit.parent_id == key and unit.ends_on is None]

    def put(self, unit: NewUnit, *, ja: str = "", en: str = "", parent: int | None = None) -> None:
        """Have a unit go on under another name or elsewhere."""
        self.left.discard(unit.id)
        day, where = self.reform.day.isoformat(), parent or unit.parent_id
        self.reform.states.append(NewState(unit.id, day, ja or unit.name_ja, en or unit.name_en, where))

    def end(self, unit: NewUnit, heir: int) -> None:
        """Have a unit end, and another take over all it had."""
        self.left.discard(unit.id)
        self.reform.merged[unit.id] = heir


def reform(chart: Chart, names: Names, day: date, rng: Random) -> None:
    """Change the units on a day."""
    spring = _Spring(chart, day, rng)
    _rename(spring, names)
    _move(spring, DIVISION, MOVED_DIVISIONS)
    _move(spring, SECTION, MOVED_SECTIONS)
    _merge_sections(spring)
    _merge_teams(spring)
    chart.reforms.append(spring.reform)


def _rename(spring: _Spring, names: Names) -> None:
    for division in spring.some(DIVISION, RENAMED):
        taken = {unit.name_ja for unit in spring.below(division.parent_id)}
        name = spring.rng.choice([n for n in names["divisions"] if n["ja"] not in taken])
        spring.put(division, ja=name["ja"], en=name["en"])


def _move(spring: _Spring, level: int, limit: tuple[int, int]) -> None:
    """Units that leave others behind go to where the whole of another unit of their level is."""
    for unit in spring.some(level, limit):
        same = (spring.now[key] for key in sorted(spring.left) if spring.chart.level[key] == level)
        others = [other.parent_id for other in same if other.parent_id != unit.parent_id]
        if others and spring.beside(unit):
            spring.put(unit, parent=spring.rng.choice(others))


def _merge_sections(spring: _Spring) -> None:
    """One section goes into another, with its teams."""
    for section in spring.some(SECTION, MERGED_SECTIONS):
        if section.id in spring.left and (others := spring.beside(section)):
            heir = spring.rng.choice(others)
            spring.left.discard(heir.id)
            for team in spring.below(section.id):
                spring.put(team, parent=heir.id)
            spring.end(section, heir.id)


def _merge_teams(spring: _Spring) -> None:
    """Two teams of a section become a new one."""
    for team in spring.some(TEAM, MERGED_TEAMS):
        if team.id in spring.left and (others := spring.beside(team)):
            _join(spring, team, spring.rng.choice(others))


def _join(spring: _Spring, one: NewUnit, other: NewUnit) -> None:
    key = len(spring.now) + 1
    above = spring.now[one.parent_id or 0]
    code = f"{above.code}{sum(u.code[:-2] == above.code for u in spring.now.values()) + 1:02d}"
    ja = one.name_ja.removesuffix("担当") + "・" + other.name_ja
    en = f"{one.name_en.removesuffix(' Team')} and {other.name_en}"
    spring.now[key] = NewUnit(key, code, ja, en, above.id, spring.reform.day.isoformat())
    spring.reform.founded.append(spring.now[key])
    spring.chart.level[key] = TEAM
    for gone in (one, other):
        spring.end(gone, key)
