"""An invented organisation of any size: a tree of units, everyone's post, and how people differ."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import accumulate
from random import Random
from typing import Any, NamedTuple

from storage.bulk import NewAccount, NewBranch, NewPerson, NewPlace, NewPosting, NewRole, NewState, NewUnit, Row

PLATFORM = "sim"
LEAST = 10
IN_SECTION = 20
# How many units of a level there are, as a power of the number of lowest units: 2,700 sections lie under 650
# divisions, 145 departments and 30 bureaus.
SHAPE = (0.43, 0.63, 0.82, 1.0)
TITLES = (("局長", "Director General"), ("部長", "Director"), ("課長", "Division manager"), ("係長", "Section manager"))
RANKS = (("主事", "Officer"), ("主任", "Senior officer"))
LANGUAGES, SPOKEN = ("", "en", "ja-easy"), (970, 20, 10)
SPRING, USUAL = 0.06, 0.0005
BUSIEST = 25.0
Names = dict[str, list[dict[str, str]]]


class Move(NamedTuple):
    """A transfer on a day."""

    day: date
    person: int
    unit: int


@dataclass(frozen=True, slots=True)
class Town:
    """The organisation. Lists with an entry per person start with one for nobody, as keys begin at 1."""

    units: list[NewUnit]
    above: dict[int, int | None]
    level: dict[int, int]
    manager: dict[int, int]
    people: list[NewPerson]
    home: list[int]
    moves: list[Move]
    secretariat: tuple[int, ...]
    administrator: int
    executives: tuple[int, ...]
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
        for unit in self.units:
            self.members[unit.id] = []
            self.beside.setdefault(unit.parent_id, []).append(unit.id)
        for person, home in enumerate(self.home[1:], 1):
            self.members[home].append(person)

    def move(self, move: Move) -> None:
        """Let a person change units."""
        self.members[self.now[move.person]].remove(move.person)
        self.members[move.unit].append(move.person)
        self.now[move.person] = move.unit

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


def found(names: Names, *, staff: int, first: date, until: date, seed: str) -> Town:
    """An organisation of so many people, with the transfers between two days."""
    rng = Random(seed)
    units, above, level = _tree(names, staff, f"{first.year - 1}-04-01", rng)
    manager = {unit.id: person for person, unit in enumerate(units, 1)}
    home = [0, *manager, *_posts([u.id for u in units if level[u.id] == len(SHAPE) - 1], staff - len(units), rng)]
    people = [_person(names, p, level[home[p]] if p <= len(units) else None, first, rng) for p in range(1, staff + 1)]
    office = max(2, staff // 5_000)
    chiefs = [manager[u.id] for u in units if level[u.id] == 0]
    return Town(
        units,
        above,
        level,
        manager,
        people,
        home,
        _moves(home, len(units), first, until, rng),
        secretariat=tuple(range(len(units) + 1, len(units) + 1 + office)),
        administrator=len(units) + 1 + office,
        executives=tuple(chiefs[: max(1, len(chiefs) // 10)]),
    )


def activity(town: Town, rng: Random, *, spread: float) -> list[float]:
    """How much each person does, summed up for drawing: a few do much, most little, and units differ."""
    lively = {unit.id: rng.lognormvariate(0, 0.5) for unit in town.units}
    own = (min(BUSIEST, rng.lognormvariate(0, spread)) for _ in town.people)
    return list(accumulate(lively[unit] * much for unit, much in zip(town.home[1:], own, strict=True)))


def rows(town: Town, lang: str) -> Iterator[Row]:
    """Everything to store about the organisation, what others refer to first."""
    yield from town.units
    yield from (NewState(u.id, u.starts_on, u.name_ja, u.name_en, u.parent_id) for u in town.units)
    yield from _branches(town)
    yield from town.people
    yield from (NewAccount(PLATFORM, person.number, person.id) for person in town.people)
    yield from _postings(town)
    yield from _roles(town)
    yield from _places(town, lang)


def _tree(
    names: Names, staff: int, since: str, rng: Random
) -> tuple[list[NewUnit], dict[int, int | None], dict[int, int]]:
    lowest = max(1, round(staff / IN_SECTION))
    units: list[NewUnit] = []
    above: dict[int, int | None] = {}
    level: dict[int, int] = {}
    parents: list[NewUnit | None] = [None]
    for depth, pool in enumerate(_pools(names)):
        count = max(len(parents), 1, round(lowest ** SHAPE[depth]))
        made: list[NewUnit | None] = []
        for parent, children in zip(parents, _shares(count, len(parents), rng), strict=True):
            for i, name in enumerate(_called(pool, children, rng), 1):
                unit = _unit(len(units) + 1, parent, i, name, since)
                units.append(unit)
                made.append(unit)
                above[unit.id], level[unit.id] = unit.parent_id, depth
        parents = made
    return units, above, level


def _pools(names: Names) -> tuple[list[dict[str, str]], ...]:
    """Names for each level; a department is called as a division is."""
    departments = [
        {"ja": n["ja"].removesuffix("課") + "部", "en": n["en"].replace("Division", "Department")}
        for n in names["divisions"]
    ]
    return names["bureaus"], departments, names["divisions"], names["sections"]


def _shares(count: int, among: int, rng: Random) -> list[int]:
    """A number split unevenly, at least one for each."""
    weights = [rng.lognormvariate(0, 0.6) for _ in range(among)]
    shares = [1] * among
    for i in rng.choices(range(among), weights, k=count - among):
        shares[i] += 1
    return shares


def _called(pool: Sequence[dict[str, str]], count: int, rng: Random) -> list[dict[str, str]]:
    """Different names for the units beside each other."""
    rounds = range(1, (count - 1) // len(pool) + 2)
    every = [n if i == 1 else {"ja": f"第{i}{n['ja']}", "en": f"{n['en']} {i}"} for i in rounds for n in pool]
    return rng.sample(every[: max(count, len(pool))], count)


def _unit(key: int, parent: NewUnit | None, number: int, name: dict[str, str], since: str) -> NewUnit:
    code = f"{parent.code if parent else ''}{number:02d}"
    return NewUnit(key, code, name["ja"], name["en"], parent.id if parent else None, since)


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


def _moves(home: list[int], managers: int, first: date, until: date, rng: Random) -> list[Move]:
    """Transfers: many on 1 April, a few every week; nobody moves twice, managers stay."""
    staying = list(range(managers + 1, len(home)))
    rng.shuffle(staying)
    found: list[Move] = []
    for week in range((until - first).days // 7):
        start = first + timedelta(days=7 * week)
        spring = next((d for d in (start + timedelta(days=i) for i in range(7)) if (d.month, d.day) == (4, 1)), None)
        count = int(len(staying) * (SPRING if spring else USUAL) + rng.random())
        for _ in range(min(count, len(staying))):
            person, other = staying.pop(), rng.randrange(managers + 1, len(home))
            if home[other] != home[person]:
                found.append(Move(spring or start, person, home[other]))
    return found


def _branches(town: Town) -> Iterator[NewBranch]:
    for unit in town.units:
        ancestor: int | None = unit.id
        depth = 0
        while ancestor is not None:
            yield NewBranch(unit.id, ancestor, depth)
            ancestor, depth = town.above[ancestor], depth + 1


def _postings(town: Town) -> Iterator[NewPosting]:
    since = town.units[0].starts_on
    moved = {move.person: move for move in town.moves}
    for person, unit in enumerate(town.home[1:], 1):
        move = moved.get(person)
        yield NewPosting(person, unit, since, move.day.isoformat() if move else None)
        if move:
            yield NewPosting(person, move.unit, move.day.isoformat(), None)


def _roles(town: Town) -> Iterator[NewRole]:
    since = town.units[0].starts_on
    yield from (NewRole(person, "manager", unit, since) for unit, person in town.manager.items())
    yield from (NewRole(person, "secretariat", None, since) for person in town.secretariat)
    yield from (NewRole(person, "executive", None, since) for person in town.executives)
    yield NewRole(town.administrator, "administrator", None, since)


def _places(town: Town, lang: str) -> Iterator[NewPlace]:
    """A channel for every division, and the private chats of those the bot writes to."""
    by_id: dict[int, Any] = {unit.id: unit for unit in town.units}
    for unit in town.units:
        if town.level[unit.id] == 2:
            bureau = by_id[town.above[unit.parent_id or 0] or 0]
            title = f"{bureau.name_en}, {unit.name_en}" if lang == "en" else f"{bureau.name_ja} {unit.name_ja}"
            yield NewPlace(PLATFORM, unit.code, False, title, unit.id, None)
    for person in (*town.manager.values(), *town.secretariat):
        yield NewPlace(PLATFORM, f"dm:{town.people[person - 1].number}", True, "", None, person)
