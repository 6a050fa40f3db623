"""Shortlists look at few, and miss nobody who would have a place if everybody were scored, however close it is."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import date, datetime, time
from functools import partial
from random import Random
from typing import NamedTuple
from unittest.mock import patch

import pytest

from bot import circles, recognition, recognition_sums, reports, scoring, shortlists
from bot.recognition_model import Recognition
from bot.schedule import millis
from bot.scoring import Around, Points, Ranked
from bot.turn import House, Turn
from storage import people, postings, roles, units
from storage.database import Database, Tx
from storage.recognised import Edge
from storage.sqlite import SqliteDatabase

FIRST, END = date(2026, 10, 1), date(2026, 11, 1)
# How many work in each unit: small ones, the measure, large ones.
SIZES = (3, 5, 6, 7, 11, 11, 12, 16)
RECEIVERS, NUMBERS = 44, tuple(range(1, 11))


class Tag(NamedTuple):
    """Thanks for one principle, as they are stored."""

    kudos: int
    receiver: int
    number: int
    giver: int
    unit: int
    giver_unit: int
    at: int


class Shape(NamedTuple):
    """So many givers of a unit, which is the receiver's own or not."""

    unit: int
    own: bool
    givers: int


class Field:
    """For every principle many colleagues whose thanks have one of very few shapes, so that most of them are close."""

    def __init__(self, tx: Tx, rng: Random) -> None:
        self.tx, self.rng = tx, rng
        self.tags: list[Tag] = []
        # Every third has nothing but thanks in small units, which come to all that so many thanks can come to.
        self.small, self.again = rng.random() < 0.25, rng.choice([0.0, 0.2, 0.5])
        self.top = units.add(tx, code="top", name_ja="局", name_en="T", parent_id=None, starts_on="2020-04-01")
        self.staff: dict[int, list[int]] = {}
        for code, size in enumerate(SIZES):
            unit = units.add(tx, code=str(code), name_ja="課", name_en="U", parent_id=self.top, starts_on="2020-04-01")
            self.staff[unit] = [self._hire(f"{code}-{i}", unit) for i in range(size)]
        self.receivers = [self._hire(f"r{i}", None) for i in range(RECEIVERS)]
        for person in rng.sample(self.receivers, 6):
            roles.add(tx, person, "executive", unit_id=None, starts_on="2020-04-01")
        self.begin = millis(datetime.combine(FIRST, time(12)).astimezone())
        for number in NUMBERS:
            self._principle(number)
            self._follow(number)
        self._store()

    def _hire(self, number: str, unit: int | None) -> int:
        person = people.add(self.tx, number=number, name_ja="人", name_en="P", joined_on="2020-04-01")
        if unit is not None:
            postings.add(self.tx, person, unit, starts_on="2020-04-01")
        return person

    def _principle(self, number: int) -> None:
        rng = self.rng
        common = [self._shape() for _ in range(rng.choice([1, 2, 4]))]
        stars = rng.sample(self.receivers, rng.randint(0, 5))
        for person in self.receivers:
            if person in stars and not self.small:
                self._thank(person, number, [*rng.choice(common), *self._shape()])
            elif rng.random() < 0.8:
                self._thank(person, number, rng.choice(common))

    def _shape(self) -> list[Shape]:
        """Alike in every unit, all of one's own, or anything."""
        rng = self.rng
        if self.small:
            return [Shape(unit, own=True, givers=1) for unit in rng.sample(list(self.staff)[:3], 2)]
        chosen = rng.sample(list(self.staff), rng.randint(1, 4))
        alike, own = rng.randint(1, 3), rng.random()
        if own < 0.8:
            return [Shape(unit, own < 0.5, alike) for unit in chosen]
        return [Shape(unit, rng.random() < 0.4, rng.randint(1, 3)) for unit in chosen]

    def _thank(self, person: int, number: int, shape: Iterable[Shape]) -> None:
        for unit, own, givers in shape:
            for giver in self.rng.sample(self.staff[unit], givers):
                for _ in range(2 if self.rng.random() < self.again else 1):
                    self._tag(person, number, giver, unit if own else self.top, unit if own or giver % 9 else 0)
                if self.rng.random() < 0.04 and not self.small:
                    self._tag(giver, self.rng.choice(NUMBERS), person, unit, 0)

    def _follow(self, number: int) -> None:
        """Some of their own thank the same few and nobody else."""
        rng = self.rng
        for few in (
            [] if self.small else [rng.sample(self.receivers, rng.randint(1, 4)) for _ in range(rng.randint(0, 3))]
        ):
            for _ in range(rng.randint(1, 6)):
                fan = self._hire(f"f{len(self.tags)}", None)
                for person in few:
                    self._tag(person, number, fan, self.top, rng.choice(list(self.staff)))

    def _tag(self, receiver: int, number: int, giver: int, unit: int, giver_unit: int) -> None:
        key = len(self.tags) + 1
        self.tags.append(Tag(key, receiver, number, giver, unit, giver_unit, self.begin + key * 1000))

    def _store(self) -> None:
        """All at once."""

        def fill(table: str, names: str, rows: Iterable[str]) -> None:
            self.tx.cursor.execute(f"insert into {table} ({names}) values {', '.join(rows)}")

        def unit(key: int) -> str:
            return str(key or "null")

        text = "'x', true, 'tokyo', '1.0.0', '2026-10-01'"
        fill(
            "kudos",
            "id, giver_id, unit_id, text, public, pack, version, day, at",
            (f"({t.kudos}, {t.giver}, {unit(t.giver_unit)}, {text}, {t.at})" for t in self.tags),
        )
        fill(
            "kudos_to",
            "kudos_id, person_id, unit_id",
            (f"({t.kudos}, {t.receiver}, {unit(t.unit)})" for t in self.tags),
        )
        fill(
            "kudos_tag",
            "kudos_id, receiver_id, number, giver_id, unit_id, giver_unit_id, at, lead, counts_as",
            (
                f"({t.kudos}, {t.receiver}, {t.number}, {t.giver}, {unit(t.unit)}, {unit(t.giver_unit)}, {t.at}, true, "
                f"{t.number})"
                for t in self.tags
            ),
        )

    def everybody(self, divided: dict[str, float]) -> dict[int, dict[int, Points]]:
        """The points of all, by principle."""
        by: defaultdict[tuple[int, int], list[Edge]] = defaultdict(list)
        thanked, thanked_by, across = (defaultdict[int, set[int]](set) for _ in range(3))
        for t in self.tags:
            own = int(t.unit == t.giver_unit != 0)
            by[t.receiver, t.number].append(Edge(t.giver, t.giver_unit, own, t.at, t.kudos))
            thanked[t.giver].add(t.receiver)
            thanked_by[t.receiver].add(t.giver)
            if not own:
                across[t.giver].add(t.receiver)
        into = Counter(to for reached in across.values() for to in reached)
        closed = circles.closed(
            self.receivers + [p for staff in self.staff.values() for p in staff],
            circles.Around(lambda people: {p: across[p] for p in people}, lambda people: {p: into[p] for p in people}),
        )
        sizes = {unit: len(staff) for unit, staff in self.staff.items()}
        self.tx.cursor.execute("select person_id, role from role")
        held = {person: divided[role] for person, role in self.tx.cursor.fetchall()}
        found: dict[int, dict[int, Points]] = {number: {} for number in NUMBERS}
        for (person, number), edges in by.items():
            thanks = shortlists.newest(edges)
            theirs = {one.giver: frozenset(thanked[one.giver]) for one in thanks}
            few = {giver: people for giver, people in theirs.items() if len(people) <= 3}
            around = Around(frozenset(thanked[person]), thanked_by, few, closed[person])
            if len(thanks) >= shortlists.LEAST_GIVERS:
                found[number][person] = scoring.score(thanks, around, sizes, held.get(person, 1.0))
        return found


def _check(found: Recognition, everybody: dict[int, dict[int, Points]]) -> None:
    for of in found.principles:
        placed = [one for one in scoring.ranked(everybody[of.number]) if one.place <= scoring.PLACES]
        listed = [Ranked(one.place, one.who.person_id, one.points) for one in of.shortlist]
        assert listed == placed[: scoring.MOST_NAMES], of.number
        assert of.more == len(placed) - len(listed), of.number


class _Undo(Exception):
    """Leaves nothing behind."""


def _undone(tx: Tx, seed: int, house: House) -> None:
    field = Field(tx, Random(seed))
    now = datetime.combine(END, time(), house.settings.zone)
    wanted: dict[int, dict[int, Points]] | None = None
    everything = units.get(tx, field.top)
    for least, looked_at, scored, unit in ((2, 12, 8, None), (3, 1, 1, None), (5, 3, 2, None), (2, 12, 8, everything)):
        with (
            patch.object(recognition_sums, "likely", lambda *_, least=least: least),
            patch.object(shortlists, "LOOKED_AT", looked_at),
            patch.object(shortlists, "SCORED", scored),
        ):
            found = recognition.build(Turn(tx, house, now), reports.between(house.settings, FIRST, END), unit)
        wanted = wanted or field.everybody(found.roles)
        _check(found, wanted)
    raise _Undo


async def test_scoring_few_finds_whom_scoring_everybody_finds(house: House, database: Database) -> None:
    # What is looked at is decided the same way on either; the longer look is on the faster one.
    for seed in range(14 if isinstance(database, SqliteDatabase) else 2):
        with pytest.raises(_Undo):
            await database.transact(partial(_undone, seed=seed, house=house))
