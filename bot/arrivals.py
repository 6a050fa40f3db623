"""Arriving: a welcome on the first day here or in a new unit, then a principle a working day with a small step each."""

from collections.abc import Callable
from datetime import date, timedelta
from functools import partial
from typing import TypeVar

from bot import absence, asking, delegates, note_view
from bot.cards import Block, Button, Card, Heading, Quote, Reply, muted, row, say
from bot.events import Press
from bot.packs import FACETS, Entry, Principle
from bot.turn import Turn
from storage import inductions, notes, people, units
from storage.database import Tx
from storage.inductions import InductionRow
from storage.people import PersonRow

LOOK_BACK = timedelta(days=14)
LONGEST = timedelta(days=40)
NOTES_SHOWN, NOTES_AGE = 3, timedelta(days=90)
CHUNK = 250
WORTH = 30
Run = Callable[[Turn], None]
T = TypeVar("T")


def runs(tx: Tx, today: date) -> list[tuple[str, Run]]:
    """What a morning brings, in parts small enough that nobody else waits for them."""
    day = today.isoformat()
    arrived = inductions.arrived(tx, after=(today - LOOK_BACK).isoformat(), today=day)
    running = inductions.running(tx, since=(today - LONGEST).isoformat(), today=day)
    new = [(f"new:{part[0]}", partial(begin_all, found=part)) for part in _parts(arrived)]
    daily = [(f"day:{part[0].person_id}", partial(_day_all, found=part)) for part in _parts(running)]
    return [("returns", absence.returns), ("delegates", delegates.lapse), *daily, *new]


def _parts(found: list[T]) -> list[list[T]]:
    return [found[i : i + CHUNK] for i in range(0, len(found), CHUNK)]


def begin_all(turn: Turn, found: list[int]) -> None:
    """Welcome those who are in a unit since lately and have an account to be written to."""
    for person_id in found:
        person = people.get(turn.tx, person_id, today=turn.day)
        if person is not None:
            begin(turn, person, first=False)


def first_met(turn: Turn, person: PersonRow) -> None:
    """Somebody's first account: their first day with kizuki."""
    if not inductions.of(turn.tx, person.id):
        begin(turn, person, first=True)


def begin(turn: Turn, person: PersonRow, *, first: bool) -> None:
    """Owe the welcome and begin the days that follow; an earlier unit's days end."""
    if inductions.begin(turn.tx, person.id, starts_on=turn.day, unit_id=person.unit_id, first=first):
        inductions.stop(turn.tx, person.id, before=turn.day)
        body = f"welcome:{turn.day}:{'first' if first else 'unit'}:{person.unit_id or 0}"
        draw = partial(_welcome, turn, person, first)
        turn.tell_person(person, f"welcome:{turn.day}:{person.id}", draw, body=body, days=WORTH)


def _day_all(turn: Turn, found: list[InductionRow]) -> None:
    for induction in found:
        number = number_on(turn, induction)
        if number is not None:
            day = turn.pack.numbers.index(number) + 1
            draw = partial(_step, turn, day, number)
            key = f"induction:{turn.day}:{induction.person_id}"
            turn.tell(induction.person_id, key, draw, body=f"induction:{turn.day}:{number}", days=1)


def number_on(turn: Turn, induction: InductionRow) -> int | None:
    """The principle of a day: the first on the first working day after the welcome, then one a working day."""
    calendar, start = turn.house.calendar, date.fromisoformat(induction.starts_on)
    passed = calendar.working_days_before(turn.today) - calendar.working_days_before(start)
    passed += calendar.is_working(turn.today) - calendar.is_working(start)
    return turn.pack.numbers[passed - 1] if 1 <= passed <= len(turn.pack.numbers) else None


def stop(turn: Turn, _: Press) -> Reply:
    """One press, and no more of these come."""
    inductions.stop(turn.tx, turn.me.id)
    text = turn.t("arrivals.stopped")
    return Reply(Card((muted(text),), text, turn.lang), replaces=True)


def _welcome(turn: Turn, person: PersonRow, first: bool, lang: str) -> Card:
    """The same for everybody who comes to a unit on a day, so that it is stored once."""
    t = turn.speak(lang)
    unit = units.get(turn.tx, person.unit_id) if person.unit_id else None
    heading = t("arrivals.welcome") if first or unit is None else t("arrivals.welcome_to", unit=unit.name(lang))
    blocks: list[Block] = [Heading(heading), say(t("arrivals.first" if first else "arrivals.moved"))]
    blocks += _recent(turn, person, lang)
    blocks += _advisers(turn, person, lang)
    blocks.append(muted(t("arrivals.what_follows", n=len(turn.pack.numbers))))
    blocks.append(row(_write(turn, lang), Button("induction.stop", t("arrivals.stop"))))
    return Card(tuple(blocks), heading, lang)


def _write(turn: Turn, lang: str) -> Button:
    return Button("note.compose", turn.speak(lang)("notes.compose"), "", "primary")


def _recent(turn: Turn, person: PersonRow, lang: str) -> list[Block]:
    """What the unit noticed lately, as its channel showed it."""
    if person.unit_id is None:
        return []
    t = turn.speak(lang)
    since = turn.at_in(-NOTES_AGE)
    found = notes.recent(turn.tx, person.unit_id, since=since, today=turn.day, limit=NOTES_SHOWN)
    blocks: list[Block] = [Heading(t("arrivals.recent"), 2)] if found else []
    for note in found:
        by = note_view.by_line(t, note, lang, named=note.audience == "unit")
        blocks.append(Quote(note_view.shortened(note.text, 160), by))
        blocks.append(row(Button("note.show", t("notes.details"), str(note.id))))
    return blocks


def _advisers(turn: Turn, person: PersonRow, lang: str) -> list[Block]:
    reader = Turn(turn.tx, turn.house, turn.now, who=person._replace(id=0))
    each = {adviser.person_id: adviser for adviser in reversed(asking.near(reader, None))}
    found = list(reversed(each.values()))[: asking.SHOWN]
    if not found:
        return []
    return [Heading(turn.speak(lang)("asking.title"), 2), asking.table(turn, found, lang)]


def _step(turn: Turn, day: int, number: int, lang: str) -> Card:
    t, pack = turn.speak(lang), turn.pack
    found = pack.by_number[number]
    heading = t("arrivals.day", day=day, of=len(pack.numbers))
    step = _first_step(found)[lang]
    title = pack.title(number, lang)
    blocks: tuple[Block, ...] = (
        muted(heading),
        Heading(title, 2),
        Heading(t("arrivals.step"), 3),
        say(step),
        row(
            Button("principle.page", t("arrivals.read_more"), f"{number}:about"),
            Button("note.compose", t("daily.write"), pack.ref(number), "primary"),
            Button("induction.stop", t("arrivals.stop")),
        ),
    )
    return Card(blocks, f"{heading} {title} {step}", lang)


def _first_step(found: Principle) -> Entry:
    """The smallest thing to try; packs without first steps give the next best they have."""
    order = ("first_step", "action", "do", *FACETS)
    return next(found.facets[facet][0] for facet in order if found.facets.get(facet))


ACTIONS = {"induction.stop": stop}
