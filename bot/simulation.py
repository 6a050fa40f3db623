"""A year in the life of an organisation of any size, written straight into the tables: what measurements run on."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import date, timedelta
from itertools import islice
from pathlib import Path
from random import Random
from typing import NamedTuple

from bot import simulated_days, simulated_kudos, simulated_notes, simulated_people, simulated_pulse, simulated_texts
from bot.demo_staff import entries
from bot.simulated_days import Days, amounts
from bot.simulated_kudos import Thanking
from bot.simulated_notes import Writing
from bot.simulated_people import LEAST, Town
from bot.simulated_pulse import Asking, Held, Polling
from bot.turn import House
from storage import bulk, search
from storage.bulk import NewClap, NewKudos, NewNote, NewPerson, NewPlace, NewStep, NewSupport, NewUnit, Row
from storage.database import Database

A_YEAR = 9.25
CHUNK = 20_000
INDEXED = 5_000
NAMES: dict[type[Row], str] = {
    NewUnit: "units",
    NewPerson: "people",
    NewPlace: "places",
    NewNote: "notes",
    NewStep: "answers",
    NewSupport: "supports",
    NewKudos: "kudos",
    NewClap: "claps",
}
SURVEYS = "surveys"
Progress = Callable[[str, int, int], None]


class Day(NamedTuple):
    """A working day of the period, with how many notes and kudos it brings after those before it."""

    number: int
    notes: int
    notes_before: int
    kudos: int
    kudos_before: int


class Made(NamedTuple):
    """What a day brings: rows, and on some a survey."""

    rows: list[Row]
    survey: Held | None = None


async def run(
    database: Database,
    house: House,
    folder: Path,
    *,
    staff: int,
    weeks: int,
    seed: int,
    until: date,
    notes: int | None = None,
    kudos: int | None = None,
    pulse: Asking | None = None,
    progress: Progress,
) -> dict[str, int]:
    """Fill an empty database with `weeks` weeks up to, not with, `until`; returns how much of what was written.

    `folder` is content/demo; with `pulse` there is a survey every week. Raises ValueError when the database is not
    empty or the sizes cannot be.
    """
    first = until - timedelta(weeks=weeks)
    days = simulated_days.working(house, first, until)
    notes, kudos = (round(A_YEAR * staff * weeks / 52) if n is None else n for n in (notes, kudos))
    await _check(database, house, days, staff=staff, notes=notes, kudos=kudos)
    if pulse:
        pulse.prepare()
    name = house.settings.organisation.title("ja"), house.settings.organisation.title("en")
    names = entries(folder, "names")
    town = simulated_people.found(names, staff=staff, first=first, until=until, seed=f"{seed}:town", name=name)
    written: Counter[str] = Counter()
    for rows in _parted(simulated_people.rows(town, house)):
        await _store(database, Made(rows), written)
    town.open()
    history = _history(house, folder, town, days, notes=notes, kudos=kudos, seed=seed)
    if pulse:
        history = _polled(history, Polling(house, town, pulse, seed=seed, until=until), days, progress)
    await _write(database, history, len(days.days), written, progress)
    await database.transact(bulk.number_on)
    await _index(database, notes, progress)
    return {name: written[name] for name in (*NAMES.values(), *([SURVEYS] if pulse else []))}


async def _check(database: Database, house: House, days: Days, *, staff: int, notes: int, kudos: int) -> None:
    if staff < LEAST:
        raise ValueError(f"a simulation needs at least {LEAST} people")
    if not days.days:
        raise ValueError("the period holds no working day")
    if min(notes, kudos) < 0:
        raise ValueError("nobody writes less than nothing")
    if 2 * kudos > staff * len(days.days) * house.settings.kudos.daily_cap:
        raise ValueError("so many people cannot give so many kudos under the daily cap")
    if not await database.read(bulk.empty):
        raise ValueError("the database is not empty")


def _writing(house: House, folder: Path, town: Town, days: Days, seed: int) -> Writing:
    rng = Random(f"{seed}:notes")
    examples = folder.parent / "packs" / house.settings.pack / "examples.jsonl"
    texts = simulated_texts.for_notes(folder, examples, rng, known=house.pack.numbers)
    activity = simulated_people.activity(town, rng, spread=1.25)
    return Writing(house, town, days, texts, simulated_texts.reasons(folder), activity, rng)


def _thanking(house: House, folder: Path, town: Town, days: Days, seed: int) -> Thanking:
    rng = Random(f"{seed}:kudos")
    texts = simulated_texts.for_kudos(folder, rng, known=house.pack.numbers)
    activity = simulated_people.activity(town, rng, spread=1.0)
    partners, stars = simulated_kudos.partners(town), simulated_kudos.stars(town, rng)
    return Thanking(house, town, days, texts, activity, partners, stars, rng)


def _shared(house: House, days: Days, notes: int, kudos: int, seed: int) -> Iterator[Day]:
    rng = Random(f"{seed}:days")
    shares = zip(*(amounts(days, house.calendar, total, rng) for total in (notes, kudos)), strict=True)
    noted = thanked = 0
    for number, (some_notes, some_kudos) in enumerate(shares):
        yield Day(number, some_notes, noted, some_kudos, thanked)
        noted, thanked = noted + some_notes, thanked + some_kudos


def _day(town: Town, writing: Writing, thanking: Thanking, day: Day) -> list[Row]:
    while town.reforms and town.reforms[0].day <= writing.days.days[day.number]:
        town.reform(town.reforms.pop(0))
    while town.moves and town.moves[0].day <= writing.days.days[day.number]:
        town.move(town.moves.pop(0))
    return [
        *simulated_notes.of_day(writing, day.number, first=day.notes_before + 1, count=day.notes),
        *simulated_kudos.of_day(thanking, day.number, first=day.kudos_before + 1, count=day.kudos),
    ]


def _history(
    house: House, folder: Path, town: Town, days: Days, *, notes: int, kudos: int, seed: int
) -> Iterator[Made]:
    """What each day brings, made up as it is asked for."""
    writing = _writing(house, folder, town, days, seed)
    thanking = _thanking(house, folder, town, days, seed)
    return (Made(_day(town, writing, thanking, day)) for day in _shared(house, days, notes, kudos, seed))


def _polled(history: Iterator[Made], polling: Polling, days: Days, progress: Progress) -> Iterator[Made]:
    """The same with surveys: everybody is in the units of the day that was made up last."""
    total, done = sum(map(polling.is_due, days.days)), 0
    for day, made in zip(days.days, history, strict=True):
        if not polling.is_due(day):
            yield made
            continue
        done += 1
        yield Made(made.rows, polling.hold(day))
        progress(SURVEYS, done, total)


async def _write(
    database: Database, history: Iterator[Made], days: int, written: Counter[str], progress: Progress
) -> None:
    storing: asyncio.Task[None] | None = None
    for number, made in enumerate(history, 1):
        if storing:
            await storing
        storing = asyncio.create_task(_store(database, made, written))
        # The task begins here and hands the rows over: they are stored while the next day is made up.
        await asyncio.sleep(0)
        progress("history", number, days)
    if storing:
        await storing


async def _store(database: Database, made: Made, written: Counter[str]) -> None:
    await database.transact(lambda tx: bulk.add(tx, made.rows))
    written.update(NAMES[type(row)] for row in made.rows if type(row) in NAMES)
    if survey := made.survey:
        await database.transact(lambda tx: simulated_pulse.store(tx, survey))
        written[SURVEYS] += 1


def _parted(rows: Iterable[Row]) -> Iterator[list[Row]]:
    waiting = iter(rows)
    while part := list(islice(waiting, CHUNK)):
        yield part


async def _index(database: Database, notes: int, progress: Progress) -> None:
    done = 0
    while count := await database.transact(lambda tx: search.index(tx, limit=INDEXED)):
        done += count
        progress("search", done, notes)
