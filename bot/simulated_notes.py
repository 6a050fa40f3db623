"""Simulated notes: who writes what, who says 「私も」, and how managers answer."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random
from typing import NamedTuple

from bot.note_view import DONE
from bot.simulated_days import Days
from bot.simulated_people import Town
from bot.simulated_texts import Texts, Told
from bot.turn import House
from storage.bulk import NewNote, NewStep, NewSupport, NewTag, Row
from storage.search import fold

AUDIENCES, CHOSEN = ("unit", "anonymous", "office"), (90, 8, 2)
WAYS: tuple[tuple[tuple[str, ...], ...], tuple[int, ...]] = (
    (
        ("received", "done"),
        ("received", "considering", "done"),
        ("received", "adopted", "done"),
        ("received", "considering", "adopted"),
        ("received", "considering", "declined"),
        ("received", "declined"),
        ("received", "considering"),
        ("received",),
        ("done",),
        (),
    ),
    (18, 8, 12, 9, 9, 7, 12, 11, 5, 9),
)
DELAY = 2.4
SUPPORTED, MOST_SUPPORT = 1.8, 40
FAR = 0.1


class Answer(NamedTuple):
    """A state a note comes to, with the day and the moment."""

    state: str
    day: int
    at: int


@dataclass(frozen=True, slots=True)
class Writing:
    """What simulated notes are made from; `steps` holds the answers still to come, by day."""

    house: House
    town: Town
    days: Days
    texts: Texts
    reasons: dict[str, list[str]]
    activity: list[float]
    rng: Random
    steps: dict[int, list[NewStep]] = field(default_factory=lambda: defaultdict(list))


def of_day(writing: Writing, day: int, *, first: int, count: int) -> Iterator[Row]:
    """All rows of a day: `count` notes with keys from `first`, and the answers that fall on the day."""
    authors = writing.rng.choices(range(1, writing.town.size + 1), cum_weights=writing.activity, k=count)
    moments = writing.days.moments(day, count, writing.rng)
    for i, (author, at) in enumerate(zip(authors, moments, strict=True)):
        yield from _note(writing, first + i, day, author, at)
    yield from sorted(writing.steps.pop(day, ()), key=lambda step: (step.at, step.note_id))


def _note(writing: Writing, key: int, day: int, author: int, at: int) -> Iterator[Row]:
    rng, house, town = writing.rng, writing.house, writing.town
    unit = town.now[author]
    told = writing.texts.draw(town.people[author - 1].language or house.lang, rng)
    answers = _answers(writing, day)
    reason = _reason(writing, answers)
    note = _row(writing, key, day, author, at, told, answers, reason)
    yield note
    yield from (NewTag(key, number, at, unit, note.audience == "office", author) for number in told.numbers)
    yield from _support(writing, key, day, author, at)
    _remember(writing, key, author, answers, reason)


def _row(
    writing: Writing, key: int, day: int, author: int, at: int, told: Told, answers: list[Answer], reason: str
) -> NewNote:
    house = writing.house
    due = house.calendar.after(writing.days.days[day], house.settings.notes.answer_within)
    return NewNote(
        key,
        author,
        writing.town.now[author],
        told.kind,
        told.text,
        fold(told.text),
        writing.rng.choices(AUDIENCES, CHOSEN)[0],
        house.pack.id,
        house.pack.version,
        answers[-1].state if answers else "open",
        reason,
        due.isoformat(),
        at,
        next((answer.at for answer in answers if answer.state in DONE), None),
    )


def _answers(writing: Writing, day: int) -> list[Answer]:
    """Each state a note comes to within the period, with its moment."""
    found: list[Answer] = []
    for state in writing.rng.choices(*WAYS)[0]:
        on = writing.days.later(found[-1].day if found else day, writing.rng, mean=DELAY, soonest=1)
        if on is None:
            break
        found.append(Answer(state, on, writing.days.moment(on, writing.rng)))
    return found


def _reason(writing: Writing, answers: list[Answer]) -> str:
    last = answers[-1].state if answers else "open"
    return writing.rng.choice(writing.reasons[last]) if last in DONE else ""


def _remember(writing: Writing, key: int, author: int, answers: list[Answer], reason: str) -> None:
    """Keep the answers for the days they are given on, so that they too are stored in the order of time."""
    person = writing.town.answerer(writing.town.now[author], author)
    for answer in answers:
        why = reason if answer is answers[-1] else ""
        writing.steps[answer.day].append(NewStep(key, person, answer.state, why, answer.at))


def _support(writing: Writing, key: int, day: int, author: int, at: int) -> Iterator[NewSupport]:
    rng, days = writing.rng, writing.days
    count = min(MOST_SUPPORT, int(rng.paretovariate(SUPPORTED)) - 1)
    others = {writing.town.colleague(writing.town.now[author], rng, far=FAR): None for _ in range(count)}
    for person in others:
        on = days.later(day, rng, mean=DELAY)
        if person != author and on is not None:
            yield NewSupport(key, person, days.moment(on, rng, after=at))
