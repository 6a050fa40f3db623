"""What it takes to work out what is published of a survey: the first time, and with earlier releases in mind."""

import json
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from itertools import islice
from pathlib import Path
from random import Random
from typing import NamedTuple

from adapters.app import furnish
from bot import published, pulse_groups, questions, release
from bot.disclosure import ANSWERED, Counted, Earlier, Survey
from bot.disclosure import Asked as Counts
from bot.disclosure_table import disclose
from bot.organisation import Organisation
from bot.pulse_groups import Divided
from bot.questions import Asked
from bot.settings import Settings
from bot.turn import Turn
from storage import bulk, pulse_answers, pulses, schema
from storage.bulk import NewPerson
from storage.database import Tx
from storage.engines import open_database
from storage.pulses import GroupRow, NewPulse, PulseRow
from tests.bench.measured import Figure

UNITS, EACH, QUESTIONS, K = 2_700, 20, 10, 5
DIVISION, BUREAU = 9, 90
RESPONSES = (0.6, 0.273)
# So many releases were there before, in an organisation in which so many people change units every week.
BEFORE, MOVES = (0, 1, 4), 30
FIRST = date(2026, 1, 6)
SCALE = ("1", "2", "3", "4", "5")
# How often somebody answers as their unit does, and how often as they did themselves the week before.
ALIKE, STEADY = 0.5, 0.9


class Week(NamedTuple):
    """A survey that is over: its counters, and who counted where."""

    code: str
    divided: Divided
    answered: Counter[int]
    counts: Mapping[int, Mapping[str, Counter[str]]]


async def figures(folder: Path, staff: int, before: tuple[int, ...] = BEFORE) -> list[Figure]:
    """Pure, from counters, after so many earlier releases; then the first one with a database."""
    found: list[Figure] = []
    size = f"{staff // EACH:,} units × {QUESTIONS} questions"
    for response in RESPONSES:
        earlier: list[Earlier] = []
        for number, week in enumerate(islice(weeks(staff, response), before[-1] + 1)):
            over = _over(week, earlier)
            started = time.perf_counter()
            told = disclose(over, week.code)
            took = time.perf_counter() - started
            earlier.append(release.unpack(release.pack(over, told), week.divided.seats.items()))
            if number in before:
                what = f"Release, {size}, {response:.1%} answer, {number} before"
                goal = "" if number else "≤ 1 s"
                found.append(Figure(what, f"{took:.2f} s, {told.published.visible:.1%} visible", goal))
        found.append(await _stored(folder / f"release{response}.db", staff, response))
    return found


def weeks(staff: int, response: float) -> Iterator[Week]:
    """One survey after another; between them people change units."""
    dice, tree = Random(f"{staff}:{response}"), _tree(staff // EACH)
    teams = [unit for unit in tree if unit.startswith("t")]
    posted = {person: teams[(person - 1) // EACH % len(teams)] for person in range(1, staff + 1)}
    answering = [person for person in posted if dice.random() < response]
    usual = {unit: [dice.choice(SCALE) for _ in range(QUESTIONS)] for unit in teams}
    habits = {person: _answers(usual[posted[person]], dice) for person in answering}
    day = FIRST
    while True:
        yield _held(f"bench-{day}", pulse_groups.divide(tree, posted, K), habits)
        day += timedelta(weeks=1)
        for person in dice.sample(sorted(posted), min(MOVES, staff // 1_000)):
            posted[person] = dice.choice(teams)
        for person in answering:
            if dice.random() > STEADY:
                habits[person] = _answers(usual[posted[person]], dice)


def _tree(teams: int) -> dict[str, str | None]:
    """Bureaus of divisions of teams."""
    found: dict[str, str | None] = {"00": None}
    for team in range(teams):
        found[bureau := f"b{team // BUREAU:03d}"] = "00"
        found[division := f"d{team // DIVISION:04d}"] = bureau
        found[f"t{team:05d}"] = division
    return found


def _answers(usual: list[str], dice: Random) -> list[str]:
    return [mine if dice.random() < ALIKE else dice.choice(SCALE) for mine in usual]


def _held(code: str, divided: Divided, habits: Mapping[int, list[str]]) -> Week:
    answered: Counter[int] = Counter()
    counts: defaultdict[int, dict[str, Counter[str]]] = defaultdict(lambda: {q: Counter() for q in _names()})
    for person, answers in habits.items():
        number = divided.seats[person]
        answered[number] += 1
        for question, answer in zip(_names(), answers, strict=True):
            counts[number][question][answer] += 1
    return Week(code, divided, answered, counts)


def _names() -> list[str]:
    return [f"q{number}" for number in range(QUESTIONS)]


def _over(week: Week, earlier: list[Earlier]) -> Survey:
    """The survey from its counters alone."""
    parts = week.divided.parts
    groups = [
        Counted(p.number, p.units, p.parent or None, p.invited, week.answered[p.number], week.counts.get(p.number, {}))
        for p in parts
    ]
    place = {part.number: at for at, part in enumerate(parts)}
    people = {person: place[number] for person, number in week.divided.seats.items()}
    return Survey(groups, week.divided.tree, [Counts(q, SCALE) for q in _names()], people, K, tuple(earlier))


async def _stored(path: Path, staff: int, response: float) -> Figure:
    """The first release as the program works it out at close: from the database, to what is stored."""
    settings = Settings(organisation=Organisation(name={"ja": "試験"}), database=f"sqlite:///{path}")
    schema.upgrade(settings.database)
    database, week = open_database(settings.database), next(weeks(staff, response))
    await database.transact(lambda tx: bulk.add(tx, _people(staff)))
    pulse = await database.transact(lambda tx: _add(tx, week))
    house, now = furnish(settings), datetime.now(settings.zone)

    def work(tx: Tx) -> tuple[float, str]:
        started = time.perf_counter()
        closing = release.publish(Turn(tx, house, now), pulse)
        return time.perf_counter() - started, closing.released

    took, released = await database.transact(work)
    database.close()
    assert published.load(released) == disclose(_over(week, []), week.code).published, "it tells something else"
    return Figure("  the first, read from and written for the database", f"{took:.2f} s", "≤ 1 s")


def _people(staff: int) -> Iterator[NewPerson]:
    for number in range(1, staff + 1):
        yield NewPerson(number, f"{number:06d}", "人", "P", "", "", "", "2020-04-01")


def _add(tx: Tx, week: Week) -> PulseRow:
    text = {"ja": "?", "en": "?", "ja-easy": "?"}
    asked = tuple(Asked(q, "scale", text, text, {}, SCALE, {}, "") for q in _names())
    parts, seats = week.divided.parts, week.divided.seats
    new = NewPulse(
        code=week.code,
        name="bench",
        questions=questions.dump(asked),
        audience="{}",
        tree=json.dumps(week.divided.tree),
        k=K,
        invited=len(seats),
        opened_on=FIRST.isoformat(),
        closes_on=FIRST.isoformat(),
        salt="salt",
        key_check="",
    )
    groups = [GroupRow(p.number, json.dumps(p.units), p.parent, p.invited) for p in parts]
    pulse_id = pulses.add(tx, new, groups, seats.items())
    for number, counts in week.counts.items():
        rows = [(question, answer, n) for question, answers in counts.items() for answer, n in answers.items()]
        pulse_answers.count(tx, pulse_id, number, [(ANSWERED, ANSWERED, week.answered[number]), *rows])
    found = pulses.get(tx, pulse_id)
    assert found
    return found
