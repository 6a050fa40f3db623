"""A random organisation that thanks a lot, kept twice: in the database and in plain lists."""

from datetime import date
from typing import NamedTuple

from storage import roles
from storage.columns import ERASED
from tests.bot.test_rollups import DAYS, Organisation, day
from tests.bot.test_rollups import at as midnight

STATES = ("open", "received", "considering", "adopted", "done", "declined")
DAY = 86_400_000


class Edge(NamedTuple):
    """One principle of thanks of one giver to one colleague."""

    number: int
    receiver: int
    giver: int
    giver_unit: int | None
    unit: int | None
    on: date
    at: int
    kudos: int


class Words(NamedTuple):
    """What a kudos says, whether everybody may read it, and how many applauded."""

    text: str
    public: bool
    claps: int


class Answer(NamedTuple):
    """What became of a note: its state, when it was answered, whether it still has words, how many said 「私も」."""

    state: str
    at: int
    answered_at: int | None
    erased: bool
    support: int


class Thankful(Organisation):
    """A random organisation that thanks more, where some have roles, some left, and some do not wish to be listed."""

    def plant(self) -> None:
        """Some have more people than others."""
        super().plant()
        for i in range(self.rng.choice([0, 0, 8, 12])):
            self.hire(100 + i)

    def follow(self) -> None:
        """Some of their own thank the same few and nobody else, at once or one by one."""
        few = self.rng.sample(list(self.posted), self.rng.randint(1, min(4, len(self.posted))))
        for _ in range(self.rng.randint(2, 5)):
            self.hire(200 + len(self.posted))
            for to in self.rng.choice([[few], [[one] for one in few], [few[:1]]]):
                self.give(max(self.posted), to)

    def active(self) -> list[int]:
        """Every third is seldom heard of."""
        everybody = list(self.posted)
        return everybody if self.rng.random() < 0.1 else [p for i, p in enumerate(everybody) if i % 3] or everybody

    def fill(self) -> None:
        """Many thanks, often to the same few."""
        super().fill()
        for _ in range(110):
            self.thank()
        for _ in range(12):
            self.write()
        for _ in range(self.rng.choice([0, 1, 2])):
            self.follow()
        self.retire(self.rng.choice([None, 5]))
        self.refusing = {person for person in self.posted if self.rng.random() < 0.15}
        self.held = {(p, self.rng.choice(["manager", "executive"])) for p in self.posted if self.rng.random() < 0.25}
        for person, role in sorted(self.held):
            roles.add(self.tx, person, role, unit_id=None, starts_on="2020-04-01")
        for person in self.refusing:
            self.tx.cursor.execute(f"update person set honour = false where id = {person}")
        self.left = {p: day(self.rng.randrange(DAYS)).isoformat() for p in self.posted if self.rng.random() < 0.15}
        for person, on in self.left.items():
            self.tx.cursor.execute(f"update person set left_on = '{on}' where id = {person}")
        self.words = {key: self._word(key) for key in self.moments("kudos")}
        self.answers = {key: self._answer(key, at) for key, at in self.moments("note").items()}

    def moments(self, table: str) -> dict[int, int]:
        """When each kudos or note was stored, by its key, in order."""
        self.tx.cursor.execute(f"select id, at from {table} order by id")
        return dict(self.tx.cursor.fetchall())

    def _word(self, key: int) -> Words:
        rng = self.rng
        text = ERASED if rng.random() < 0.1 else f"thanks {key}"
        found = Words(text, rng.random() < 0.7, rng.choice([0, 0, 0, 1, 2]))
        self.tx.cursor.execute(f"update kudos set text = '{text}', public = {found.public} where id = {key}")
        for person in rng.sample(list(self.posted), min(found.claps, len(self.posted))):
            self.tx.cursor.execute(f"insert into kudos_clap (kudos_id, person_id, at) values ({key}, {person}, 1)")
        return found

    def _answer(self, key: int, at: int) -> Answer:
        rng = self.rng
        state, erased = rng.choice(STATES), rng.random() < 0.1
        # Often at the very beginning of a day, where one period ends and the next begins.
        later = at + rng.randrange(20 * DAY)
        answered = None if state == "open" else rng.choice([later, at + (midnight(day(0).isoformat()) - at) % DAY])
        found = Answer(state, at, answered, erased, rng.choice([0, 0, 1, 2]))
        self.tx.cursor.execute(
            f"update note set state = '{state}', answered_at = {answered or 'null'}, "
            f"text = '{ERASED if erased else 'x'}' where id = {key}"
        )
        for person in rng.sample(list(self.posted), min(found.support, len(self.posted))):
            self.tx.cursor.execute(f"insert into note_support (note_id, person_id, at) values ({key}, {person}, 1)")
        return found

    def is_here(self, person: int, on: date) -> bool:
        """Whether somebody still works here."""
        return person not in self.left or self.left[person] > on.isoformat()

    def staffed(self, on: date) -> set[int]:
        """The units in which somebody is posted."""
        return {home for person in self.posted if (home := self.home(person, on)) is not None}

    def pairs(self, on: date) -> dict[tuple[int, int], int]:
        """(unit, a unit it is in or itself) and how far above, on a day."""
        self.counts_for(0, 0, on)
        return self.known[on.isoformat()]

    def edges(self, first: date, end: date, unit: int | None = None) -> list[Edge]:
        """All thanks that stand, each principle and colleague of them."""
        return [
            Edge(number, person, given.giver, given.unit, own, given.day, at, key)
            for given, (key, at) in zip(self.kudos, self.moments("kudos").items(), strict=True)
            if given.counts and first <= given.day < end
            for person, own in given.to
            if unit is None or self.counts_for(unit, own, given.day)
            for number in given.numbers
        ]

    def tagged(self, first: date, end: date) -> list[tuple[int, int]]:
        """(receiver, number) of all thanks that stand, for principles that are no more too."""
        during = {k for k, given in zip(self.moments("kudos"), self.kudos, strict=True) if first <= given.day < end}
        self.tx.cursor.execute("select kudos_id, receiver_id, number from kudos_tag")
        return [(person, number) for key, person, number in self.tx.cursor.fetchall() if key in during]

    def thanks(self, first: date, end: date) -> set[tuple[int, int, bool]]:
        """(giver, receiver, whether they were in different units), principles that are no more included."""
        return {
            (given.giver, person, given.unit is None or given.unit != own)
            for given in self.kudos
            if given.counts and first <= given.day < end
            for person, own in given.to
        }
