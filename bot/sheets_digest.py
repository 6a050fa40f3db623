"""A unit's digest as tables: its figures, its principles, and the notes that wait for an answer."""

from datetime import date

from bot import note_view, reports
from bot.book import Asked, book, words
from bot.reports import Digest, ListedNote
from bot.sheets import Book, Chart, Column, Row, Sheet, text
from bot.turn import Turn


def build(turn: Turn, asked: Asked) -> Book:
    """The digest of a unit and what is below it."""
    assert asked.unit is not None  # noqa: S101 - the registry asks for one
    numbers = turn.pack.numbers
    found = reports.digest(turn.tx, asked.unit.id, asked.period, numbers, today=turn.day, view=asked.view)
    sheets = (_figures(turn, asked, found), _principles(turn, asked, found), _waiting(turn, asked, found))
    return book(turn, asked, sheets, notes=(words(turn, asked).say(f"view_{asked.view}"),), main=0)


def _figures(turn: Turn, asked: Asked, found: Digest) -> Sheet:
    w = words(turn, asked)
    values = {
        "notes": found.notes,
        "received": found.received,
        "given": found.given,
        "waiting": found.waiting,
        "overdue": found.overdue,
    }
    rows: list[Row] = [(w.say(name), value) for name, value in values.items()]
    columns = (text(w.say("figure"), 30), Column(w.say("value"), wide=10))
    return Sheet(w.say("sheet.figures"), w.say("sheet.figures"), columns, rows, len(rows))


def _principles(turn: Turn, asked: Asked, found: Digest) -> Sheet:
    w, pack = words(turn, asked), turn.pack
    columns = (text(w.say("principle"), 30), Column(w.say("notes")), Column(w.say("received")))
    rows: list[Row] = [
        (pack.title(n, asked.lang), found.by_number.get(n, 0), found.kudos_by_number.get(n, 0)) for n in pack.numbers
    ]
    chart = Chart(w.say("notes_by_principle"), 0, 1, len(rows))
    return Sheet(w.say("sheet.principles"), w.say("sheet.principles"), columns, rows, len(rows), chart)


def _waiting(turn: Turn, asked: Asked, found: Digest) -> Sheet:
    w = words(turn, asked)
    columns = (
        Column(w.say("number"), wide=7),
        Column(w.say("due"), "date", 11),
        text(w.say("principles"), 18),
        text(w.say("words"), 46),
        Column(w.say("supporters")),
    )
    rows: list[Row] = [_row(turn, asked, one) for one in found.due]
    note = (w.say("waiting_note", n=found.waiting, shown=len(rows)),)
    return Sheet(w.say("sheet.waiting"), w.say("sheet.waiting"), columns, rows, len(rows), notes=note)


def _row(turn: Turn, asked: Asked, one: ListedNote) -> Row:
    shown = note_view.principles(turn.house, one.numbers, asked.lang)
    return one.note.id, date.fromisoformat(one.note.due_on), shown, one.note.text, one.support
