"""Reminders: on the last working day before a note is to be answered, its nearest manager hears of it once."""

from functools import partial

from bot import note_view
from bot.cards import Block, Button, Card, Heading, Quote, row
from bot.turn import Turn
from storage import absences, people, reports, roles
from storage.notes import NoteRow

SHOWN = 5


def send(turn: Turn) -> None:
    """Owe each manager what they are to answer by the next working day."""
    away = absences.away(turn.tx, today=turn.day)
    due = turn.house.calendar.after(turn.today, 1).isoformat()
    mine: dict[int, list[NoteRow]] = {}
    for note in reports.due_on(turn.tx, after=turn.day, until=due):
        manager = _manager(turn, note, away)
        if manager is not None:
            mine.setdefault(manager, []).append(note)
    for manager, found in mine.items():
        turn.tell(manager, f"remind:{turn.day}:{manager}", partial(_card, turn, found), days=1)


def _manager(turn: Turn, note: NoteRow, away: set[int]) -> int | None:
    """The nearest manager who is here, wants reminders and did not write the note."""
    held = roles.managers_of(turn.tx, note.unit_id, today=turn.day) if note.unit_id is not None else []
    for person_id in held:
        person = people.get(turn.tx, person_id, today=turn.day)
        if person and person.reminders and person_id not in away and not _known_to_be_theirs(note, person_id):
            return person_id
    return None


def _known_to_be_theirs(note: NoteRow, person_id: int) -> bool:
    """Passing over the writer of an anonymous note would tell the next manager who it was."""
    return note.author_id == person_id and note.audience != "anonymous"


def _card(turn: Turn, found: list[NoteRow], lang: str) -> Card:
    t = turn.speak(lang)
    heading = t("reminders.due", n=len(found))
    blocks: list[Block] = [Heading(heading, 2)]
    for note in found[:SHOWN]:
        blocks.append(Quote(note_view.shortened(note.text, 160), t("home.note", id=note.id)))
        blocks.append(row(Button("note.answer", t("notes.answer"), str(note.id), "primary")))
    return Card(tuple(blocks), heading, lang)
