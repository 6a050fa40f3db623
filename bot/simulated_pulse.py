"""The weekly surveys of an invented organisation: held, published by the same rules as real ones, and written down.

What is published goes into one folder and who answered what into another, so that anyone can attack the one and check
against the other. The database gets what it holds of a survey that is closed.
"""

import csv
import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from random import Random
from typing import NamedTuple

from bot import disclosure_table, published, pulse_days, pulse_groups, questions, release, surveys
from bot.disclosure import ANSWERED, Earlier
from bot.disclosure import Survey as Over
from bot.pulse_groups import Divided
from bot.pulse_settings import Audience, Survey
from bot.questions import Asked
from bot.receipts import Given
from bot.simulated_habits import Habits
from bot.simulated_people import Town
from bot.turn import House
from storage import pulses
from storage.database import Tx
from storage.pulse_answers import Count
from storage.pulses import GroupRow, NewPulse

SET = "weekly"
PLAN = Survey(set=SET, day="tue", audience=Audience())
RESPONSE = 0.6
TABLES, ANSWERS = "published", "truth"


@dataclass(frozen=True, slots=True)
class Asking:
    """Where surveys are written and how many people answer; the share of answers each shows is noted in `visible`."""

    folder: Path
    response: float = RESPONSE
    visible: list[float] = field(default_factory=list)

    def prepare(self) -> None:
        """Make the folders; raises ValueError when there is something in them already."""
        for name in (TABLES, ANSWERS):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
            if any((self.folder / name).iterdir()):
                raise ValueError(f"there is something in {self.folder / name} already")


class Held(NamedTuple):
    """A survey that is over, as the database keeps it."""

    new: NewPulse
    groups: list[GroupRow]
    seats: dict[int, int]
    closed_on: str
    released: str
    pieces: str


class _Week(NamedTuple):
    """A survey while it is worked out: what is asked, of whom in which unit and group, and what they answer."""

    code: str
    asked: tuple[Asked, ...]
    posted: dict[int, str]
    divided: Divided
    given: dict[int, Given]


class Polling:
    """Holds one survey after another, each published with all earlier ones in mind."""

    def __init__(self, house: House, town: Town, asking: Asking, *, seed: int, until: date) -> None:
        self._house, self._town, self._asking, self._until = house, town, asking, until
        self._habits = Habits(town, asking.response, Random(f"{seed}:pulse"))
        self._codes = {unit.id: unit.code for unit in town.chart.today().values()}
        self._earlier: list[tuple[frozenset[str], Earlier]] = []

    def is_due(self, day: date) -> bool:
        """Whether a survey opens on a working day."""
        return pulse_days.is_due(PLAN, day, self._house.calendar)

    def hold(self, day: date) -> Held:
        """Ask everybody who is posted on a day, publish what may be, and write both down."""
        week = self._asked(day)
        over = self._over(week)
        found = disclosure_table.disclose(over, week.code)
        pieces = release.pack(over, found)
        self._earlier.append((_names(week.asked), release.unpack(pieces, week.divided.seats.items())))
        released = published.dump(found.published)
        self._write(week, released)
        self._asking.visible.append(found.published.visible)
        closes = pulse_days.closes_on(day, PLAN.days_open, self._house.calendar)
        new = self._new(week, day, closes)
        return Held(
            new, surveys.rows(week.divided), week.divided.seats, min(closes, self._until).isoformat(), released, pieces
        )

    def _asked(self, day: date) -> _Week:
        asked = surveys.ask(self._house, SET, day)
        posted = {person: self._codes[unit] for person, unit in enumerate(self._town.now[1:], 1)}
        tree = {self._codes[unit]: self._codes[above] if above else None for unit, above in self._town.above.items()}
        divided = pulse_groups.divide(tree, posted, self._house.settings.pulse.k)
        return _Week(f"{SET}-{day.isoformat()}", asked, posted, divided, dict(self._habits.answers(posted, asked)))

    def _over(self, week: _Week) -> Over:
        """The survey as it is before it is published."""
        groups = release.counted(surveys.rows(week.divided), _counts(week))
        names, asked, k = _names(week.asked), release.countable(week.asked), self._house.settings.pulse.k
        earlier = [one for asked_then, one in self._earlier if not names.isdisjoint(asked_then)]
        return release.over(groups, week.divided.seats.items(), week.divided.tree, asked, k=k, earlier=earlier)

    def _new(self, week: _Week, day: date, closes: date) -> NewPulse:
        return NewPulse(
            code=week.code,
            name=SET,
            questions=questions.dump(week.asked),
            audience=json.dumps({"of": PLAN.audience.of, "invite": PLAN.invite, "remind": PLAN.remind}),
            tree=json.dumps(week.divided.tree),
            k=self._house.settings.pulse.k,
            invited=len(week.posted),
            opened_on=day.isoformat(),
            closes_on=closes.isoformat(),
            salt="",
            key_check="",
        )

    def _write(self, week: _Week, released: str) -> None:
        public = self._asking.folder / TABLES
        (public / f"{week.code}.json").write_text(released, encoding="utf-8")
        (public / f"tree-{week.code}.json").write_text(json.dumps({"units": week.divided.tree}), encoding="utf-8")
        number = {person.id: person.number for person in self._town.people}
        # The unit in which each person counts, which for the few who head one is a unit above.
        posts = week.divided.posts
        invited = ((number[person], unit) for person, unit in posts.items())
        _table(public / f"invited-{week.code}.csv", ("person", "unit"), invited)
        answers = (
            (number[person], posts[person], question, value)
            for person, given in week.given.items()
            for question, values in given.items()
            for value in values
        )
        truth = self._asking.folder / ANSWERS / f"{week.code}.csv"
        _table(truth, ("person", "unit", "question", "answer"), answers)


def store(tx: Tx, held: Held) -> None:
    """Put a survey into the database, closed."""
    pulse_id = pulses.add(tx, held.new, held.groups, held.seats.items())
    pulses.close(tx, pulse_id, day=held.closed_on, released=held.released, pieces=held.pieces)


def _names(asked: Iterable[Asked]) -> frozenset[str]:
    return frozenset(question.id for question in asked if question.values)


def _counts(week: _Week) -> Iterator[Count]:
    """The counters as they would stand when the survey closes."""
    found: Counter[tuple[int, str, str]] = Counter()
    for person, given in week.given.items():
        number = week.divided.seats[person]
        found[number, ANSWERED, ANSWERED] += 1
        for question, values in given.items():
            found.update((number, question, value) for value in values)
    return (Count(number, question, answer, times) for (number, question, answer), times in found.items())


def _table(path: Path, head: Iterable[str], rows: Iterable[tuple[str, ...]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(head)
        writer.writerows(rows)
