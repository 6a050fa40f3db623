"""What a person looks up to put into a message of their own: their notes, and principles."""

from typing import NamedTuple

from bot import note_view
from bot.cards import Card, Facts, Heading, Quote, Span, say
from bot.packs import Principle
from bot.turn import Turn
from storage import note_tags, notes
from storage.notes import NoteRow
from storage.search import fold

LOOKED_AT, MOST = 200, 25


class Found(NamedTuple):
    """One thing: how it is listed, and the card that is inserted."""

    title: str
    text: str
    card: Card


def own_notes(turn: Turn, text: str) -> list[Found]:
    """One's own notes with all the words of a text, newest first; refused for whoever is not on the roster."""
    words = fold(text).split()
    mine = notes.mine(turn.tx, turn.me.id, limit=LOOKED_AT)
    fitting = [note for note in mine if all(word in fold(note.text) for word in words)]
    return [_note(turn, note) for note in fitting[:MOST]]


def principles(turn: Turn, text: str) -> list[Found]:
    """The principles with a number, or with all the words of a text in their title or promise; all of them for none."""
    words = fold(text).replace("#", " ").split()
    found = [p for p in turn.pack.principles if all(_says(turn, p, word) for word in words)]
    return [_principle(turn, one) for one in found[:MOST]]


def _says(turn: Turn, principle: Principle, word: str) -> bool:
    if word.isdigit():
        return int(word) == principle.number
    return any(
        word in fold(f"{turn.pack.title(principle.number, lang)} {text}") for lang, text in principle.promise.items()
    )


def _note(turn: Turn, note: NoteRow) -> Found:
    numbers = note_tags.of(turn.tx, note.id)
    title = turn.t("notes.heading", kind=turn.t(f"notes.kind.{note.kind}"), id=note.id)
    touched = note_view.principles(turn.house, numbers, turn.lang)
    facts = Facts(((turn.t("notes.principles"), touched),))
    card = Card((Heading(title, 2), Quote(note.text), facts), f"{title}: {note.text}", turn.lang)
    return Found(note_view.shortened(note.text), f"{title} {touched}", card)


def _principle(turn: Turn, found: Principle) -> Found:
    title, promise = turn.pack.title(found.number, turn.lang), found.promise[turn.lang]
    card = Card((Heading(title, 2), say(Span(promise))), f"{title} {promise}", turn.lang)
    return Found(title, promise, card)
