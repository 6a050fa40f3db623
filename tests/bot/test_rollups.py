"""Roll-ups of every unit equal a slow, obviously right count over random organisations, in both views."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import partial
from itertools import pairwise
from random import Random
from zoneinfo import ZoneInfo

import pytest

from bot import reports, rollups
from bot.rollups import Figures
from bot.schedule import millis
from bot.tree import Tangled, grown
from bot.turn import House
from storage import kudos, notes, people, postings, units
from storage import reports as of_unit
from storage.database import Database, Tx
from storage.reports import Asked, View
from storage.units import StateRow, UnitRow
from tests.bot.test_tree import pairs_on

BEGIN, DAYS = date(2026, 9, 1), 90
ZONE = ZoneInfo("Asia/Tokyo")


@dataclass
class Written:
    """A note as the reference remembers it."""

    author: int | None
    unit: int | None
    day: date
    numbers: tuple[int, ...]
    counts: bool
    audience: str = "unit"


@dataclass
class Given:
    """A kudos as the reference remembers it."""

    giver: int
    unit: int | None
    to: list[tuple[int, int | None]]
    day: date
    numbers: tuple[int, ...]
    counts: bool


@dataclass
class Organisation:
    """A random organisation, kept twice: in the database and in plain lists."""

    tx: Tx
    rng: Random
    units: dict[int, UnitRow] = field(default_factory=dict)
    states: list[StateRow] = field(default_factory=list)
    descents: list[tuple[int, int, str]] = field(default_factory=list)
    posted: dict[int, list[tuple[int, str, str | None]]] = field(default_factory=dict)
    notes: list[Written] = field(default_factory=list)
    kudos: list[Given] = field(default_factory=list)
    known: dict[str, dict[tuple[int, int], int]] = field(default_factory=dict)

    def fill(self) -> None:
        """Units first, then people, then what they did."""
        for _ in range(self.rng.randint(2, 6)):
            self.found("2020-04-01")
        for number in sorted(self.rng.randrange(DAYS) for _ in range(self.rng.randint(0, 7))):
            self.change(day(number).isoformat())
        self.plant()
        for i in range(self.rng.randint(3, 10)):
            self.hire(i)
        for _ in range(self.rng.randint(0, 40)):
            self.write()
        for _ in range(self.rng.randint(0, 40)):
            self.thank()
        self.retire(self.rng.choice([None, 5]))

    def found(self, on: str, *, parent: int | None = None) -> int:
        """A new unit, somewhere or under `parent`."""
        parent = parent or self.rng.choice([None, *self.alive()])
        row = UnitRow(0, f"u{len(self.units)}", "課", "U", parent, on, None)
        key = units.found(self.tx, row)
        self.units[key] = row._replace(id=key)
        self.states.append(StateRow(key, on, "課", "U", parent))
        return key

    def alive(self) -> list[int]:
        """The units that have not ended."""
        return [key for key, row in self.units.items() if row.ends_on is None]

    def change(self, on: str) -> None:
        """Something happens to the tree on a day; what would tie it in a knot does not."""
        before = dict(self.units), list(self.states), list(self.descents)
        happen: list[Callable[[str], object]] = [self.move, self.merge, self.merge, self.split, self.rename, self.found]
        self.rng.choice(happen)(on)
        try:
            grown(*self.lists(), at)
        except Tangled:
            made = {key: row for key, row in self.units.items() if key not in before[0]}
            self.units, self.states, self.descents = before[0] | made, before[1], before[2]
            self.states += [StateRow(key, on, "課", "U", None) for key in made]

    def lists(self) -> tuple[list[UnitRow], list[StateRow], list[tuple[int, int, str]]]:
        """What the tree is made from."""
        return list(self.units.values()), self.states, self.descents

    def put(self, key: int, parent: int | None, on: str) -> None:
        """A unit is elsewhere from a day on."""
        self.states = [s for s in self.states if (s.unit_id, s.starts_on) != (key, on)]
        self.states.append(StateRow(key, on, "課", "U", parent))

    def move(self, on: str) -> None:
        """A unit goes elsewhere."""
        self.put(self.rng.choice(self.alive()), self.rng.choice([None, *self.alive()]), on)

    def rename(self, on: str) -> None:
        """A unit is called otherwise and stays."""
        key = self.rng.choice(self.alive())
        newest = max((s for s in self.states if s.unit_id == key), key=lambda s: s.starts_on)
        self.put(key, newest.parent_id, on)

    def merge(self, on: str) -> None:
        """Units end, and another, new or not, has all they had."""
        gone = self.rng.sample(self.alive(), min(self.rng.randint(1, 2), len(self.alive())))
        others = [key for key in self.alive() if key not in gone]
        heir = self.rng.choice(others) if others and self.rng.random() < 0.5 else self.found(on)
        for key in gone:
            self.end(key, on)
            self.descents.append((key, heir, on))
            for child in self.children(key):
                self.put(child, heir if child != heir else None, on)

    def split(self, on: str) -> None:
        """A unit ends, and two new ones come from it."""
        key = self.rng.choice(self.alive())
        self.end(key, on)
        heirs = [self.found(on) for _ in range(2)]
        self.descents += [(key, heir, on) for heir in heirs]
        for child in self.children(key):
            self.put(child, self.rng.choice(heirs), on)

    def end(self, key: int, on: str) -> None:
        """A unit is no more."""
        self.units[key] = self.units[key]._replace(ends_on=on)

    def children(self, key: int) -> list[int]:
        """The living units that are in another."""
        newest = {s.unit_id: s.parent_id for s in sorted(self.states, key=lambda s: s.starts_on)}
        return [child for child in self.alive() if newest[child] == key]

    def plant(self) -> None:
        """Store the tree."""
        for key, row in self.units.items():
            if row.ends_on:
                units.end(self.tx, key, day=row.ends_on)
        units.save_states(self.tx, self.states)
        for predecessor, successor, on in self.descents:
            units.descend(self.tx, predecessor, successor, day=on)
        units.replant(self.tx, grown(*self.lists(), at))

    def hire(self, number: int) -> None:
        """A person, who may be moved several times, leave, and come back."""
        person = people.add(self.tx, number=str(number), name_ja="人", name_en="P", joined_on="2020-04-01")
        ends = sorted(self.rng.sample(range(1, DAYS), self.rng.randint(0, 3)))
        cuts = ["2020-04-01", *(day(n).isoformat() for n in ends), None]
        self.posted[person] = []
        for starts, until in pairwise(cuts):
            if starts and self.rng.random() < 0.85:
                unit = self.rng.choice(list(self.units))
                postings.add(self.tx, person, unit, starts_on=starts, ends_on=until)
                self.posted[person].append((unit, starts, until))

    def active(self) -> list[int]:
        """Of whom one does something next."""
        return list(self.posted)

    def home(self, person: int, on: date) -> int | None:
        """Where a person is posted on a day."""
        text = on.isoformat()
        found = [u for u, starts, until in self.posted[person] if starts <= text and (until is None or text < until)]
        return found[0] if found else None

    def there(self, person: int, on: date) -> int | None:
        """The unit stored with what a person does: nearly always where they are."""
        return self.home(person, on) if self.rng.random() < 0.9 else self.rng.choice([None, *self.units])

    def moment(self, on: date) -> int:
        """A moment of a day, often its very first or last."""
        hour = self.rng.choice([time(), time(9), time(23, 59, 59, 999_000)])
        return millis(datetime.combine(on, hour, ZONE))

    def write(self) -> None:
        """A note."""
        author, on = self.rng.choice(self.active()), day(self.rng.randrange(DAYS))
        audience = self.rng.choice(["unit", "unit", "anonymous", "nameless", "office"])
        numbers = tuple(sorted(self.rng.sample(range(1, 6), self.rng.randint(0, 3))))
        note = Written(
            author if audience != "nameless" else None,
            self.there(author, on),
            on,
            numbers,
            counts=True,
            audience=audience,
        )
        note_id = notes.add(
            self.tx,
            author_id=note.author,
            unit_id=note.unit,
            kind="notice",
            text="x",
            plain="x",
            audience=audience,
            pack="tokyo",
            version="1.0.0",
            due_on="2027-01-01",
            at=self.moment(on),
            numbers=numbers,
        )
        if deleted := self.rng.random() < 0.15:
            row = notes.get(self.tx, note_id)
            assert row is not None
            notes.remove(self.tx, row, at=0)
        note.counts = not deleted and audience != "office"
        self.notes.append(note)

    def thank(self) -> None:
        """A kudos to one or more."""
        giver = self.rng.choice(self.active())
        others = [person for person in self.posted if person != giver]
        self.give(giver, self.rng.sample(others, self.rng.randint(1, min(3, len(others)))))

    def give(self, giver: int, receivers: list[int]) -> None:
        """A kudos of somebody to some, on any day."""
        on = day(self.rng.randrange(DAYS))
        to = [(p, self.there(p, on)) for p in receivers]
        numbers = tuple(sorted(self.rng.sample(range(1, 6), self.rng.randint(1, 3))))
        given = Given(giver, self.there(giver, on), to, on, numbers, counts=self.rng.random() > 0.15)
        kudos_id = kudos.add(
            self.tx,
            giver_id=giver,
            unit_id=given.unit,
            receivers=to,
            text="x",
            numbers=numbers,
            public=True,
            pack="tokyo",
            version="1.0.0",
            day=on.isoformat(),
            at=self.moment(on),
        )
        if not given.counts:
            row = kudos.get(self.tx, kudos_id)
            assert row is not None
            kudos.take_back(self.tx, row, at=0)
        self.kudos.append(given)

    def retire(self, number: int | None) -> None:
        """The principles in use have this number no more: what was tagged with it is counted for none."""
        for table in ("note_tag", "kudos_tag") if number else ():
            self.tx.cursor.execute(f"update {table} set counts_as = null where number = {number}")
        everything: list[Written | Given] = [*self.notes, *self.kudos]
        for done in everything:
            done.numbers = tuple(n for n in done.numbers if n != number)

    # The reference: where something counts is asked for each single contribution, of its own day.

    def counts_for(self, unit: int, own: int | None, on: date) -> bool:
        """Whether what was done in a unit on a day counts for another."""
        text = on.isoformat()
        if text not in self.known:
            found = pairs_on(*self.lists(), text)
            assert found is not None
            self.known[text] = found
        return (own, unit) in self.known[text]

    def expected(self, unit: int, first: date, end: date, *, view: View, today: date) -> Figures:
        """A unit's figures, counted one by one."""

        def here(person: int | None, own: int | None, on: date) -> bool:
            if view == "then":
                return self.counts_for(unit, own, on)
            return person is not None and self.counts_for(unit, self.home(person, today), today)

        def named(note: Written) -> int | None:
            return note.author if note.audience == "unit" else None

        wrote = [n for n in self.notes if n.counts and first <= n.day < end and here(named(n), n.unit, n.day)]
        stand = [k for k in self.kudos if k.counts and first <= k.day < end]
        received = [(p, k.numbers) for k in stand for p, own in k.to if here(p, own, k.day)]
        on = end - timedelta(days=1) if view == "then" else today
        return Figures(
            notes=len(wrote),
            writers=len({named(n) for n in wrote} - {None}),
            by_number=Counter(number for n in wrote for number in n.numbers),
            received=len(received),
            recognised=len({person for person, _ in received}),
            given=sum(here(k.giver, k.unit, k.day) for k in stand),
            received_by_number=Counter(number for _, numbers in received for number in numbers),
            staff=sum(self.counts_for(unit, self.home(person, on), on) for person in self.posted),
        )


def day(number: int) -> date:
    """A day of the time in which everything happens."""
    return BEGIN + timedelta(days=number)


def at(text: str) -> int:
    """The moment a day begins."""
    return millis(datetime.combine(date.fromisoformat(text), time(), ZONE))


class _Undo(Exception):
    """Leaves nothing behind."""


def _undone(tx: Tx, seed: int, house: House) -> None:
    org = Organisation(tx, Random(seed))
    org.fill()
    for first, end, today in _asked(org.rng):
        _check(org, house, first, end, today)
    raise _Undo


def _asked(rng: Random) -> Iterator[tuple[date, date, date]]:
    """All of the time, and some of it."""
    yield BEGIN, day(DAYS), day(DAYS)
    for _ in range(3):
        first, end = sorted(rng.sample(range(DAYS + 1), 2))
        yield day(first), day(end), day(rng.randint(0, DAYS))


def _check(org: Organisation, house: House, first: date, end: date, today: date) -> None:
    period = reports.between(house.settings, first, end)
    views: tuple[View, ...] = ("then", "now")
    for view in views:
        found = rollups.tree(org.tx, period, view, today=today.isoformat())
        assert set(found) == set(org.units)
        for unit, figures in found.items():
            assert figures == org.expected(unit, first, end, view=view, today=today), (view, unit, first, end, today)
            asked = Asked(unit, period.since, period.until, today.isoformat(), view)
            _check_digest(org.tx, asked, figures)


def _check_digest(tx: Tx, asked: Asked, figures: Figures) -> None:
    """What one unit's digest asks for says the same."""
    assert of_unit.unit_note_total(tx, asked) == figures.notes
    assert of_unit.unit_notes(tx, asked) == figures.by_number
    assert of_unit.unit_kudos_totals(tx, asked)[1] == figures.given


async def test_every_unit_equals_a_count_one_by_one(house: House, database: Database) -> None:
    for seed in range(30):
        with pytest.raises(_Undo):
            await database.transact(partial(_undone, seed=seed, house=house))


async def test_nothing_anywhere_is_nothing_everywhere(house: House, database: Database) -> None:
    def work(tx: Tx) -> tuple[dict[int, Figures], dict[int, Figures]]:
        unit = units.add(tx, code="1", name_ja="局", name_en="B", parent_id=None, starts_on="2020-04-01")
        period = reports.between(house.settings, BEGIN, day(DAYS))
        then, now = (rollups.tree(tx, period, view, today="2026-12-01") for view in ("then", "now"))
        assert set(then) == set(now) == {unit}
        return then, now

    then, now = await database.transact(work)
    nothing = Figures(0, 0, {}, 0, 0, 0, {}, 0)
    assert [*then.values(), *now.values()] == [nothing, nothing]
