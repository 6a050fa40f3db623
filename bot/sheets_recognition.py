"""The recognition report as tables: principles, shortlists, those behind the scenes, changes, coverage, the rules."""

from collections.abc import Iterator

from bot import note_view, recognition, recognition_view
from bot.book import Asked, book, numbered, rest, words
from bot.cards import Card, plain
from bot.recognition_model import Candidate, OfPrinciple, Recognition
from bot.sheets import Book, Chart, Column, Row, Sheet, share, text
from bot.turn import Turn


def build(turn: Turn, asked: Asked) -> Book:
    """The report of a period, of everybody or of a unit and everything below it."""
    found = recognition.build(turn, asked.period, asked.unit)
    sheets = (
        _principles(turn, asked, found),
        _behind(turn, asked, found),
        _changes(turn, asked, found),
        _coverage(turn, asked, found),
        _shortlists(turn, asked, found),
    )
    return book(turn, asked, sheets, notes=tuple(_rules(turn, asked, found)))


def _rules(turn: Turn, asked: Asked, found: Recognition) -> Iterator[str]:
    """What matters in two sentences, then the formula as it was used."""
    yield recognition_view.sentences(turn.house, found, asked.lang)
    told = recognition_view.how(turn.speak(asked.lang), found)
    yield from (line for line in plain(Card(tuple(told), "", asked.lang)).splitlines() if line.strip())


def _principles(turn: Turn, asked: Asked, found: Recognition) -> Sheet:
    w = words(turn, asked)
    columns = (
        text(w.say("principle"), 30),
        *(Column(w.say(name)) for name in ("notes", "notes_before", "kudos", "kudos_before", "recognised", "givers")),
    )
    rows: list[Row] = [
        (
            turn.pack.title(of.number, asked.lang),
            of.notes,
            of.notes_before,
            of.kudos,
            of.kudos_before,
            of.people,
            of.givers,
        )
        for of in found.principles
    ]
    title = w.say("sheet.principles")
    return Sheet(title, title, columns, rows, len(rows), Chart(w.say("thanks_by_principle"), 0, 3, len(rows)))


def _shortlists(turn: Turn, asked: Asked, found: Recognition) -> Sheet:
    w = words(turn, asked)
    columns = (
        text(w.say("principle"), 16),
        Column(w.say("place"), wide=5),
        text(w.say("name"), 14),
        text(w.say("unit"), 18),
        Column(w.say("points"), wide=6),
        Column(w.say("undiscounted"), wide=8),
        Column(w.say("givers"), wide=7),
        Column(w.say("units_of_givers"), wide=7),
        *(Column(w.say(name), wide=7, paper=False) for name in ("mutual", "ring", "circle", "single", "role_factor")),
        text(w.say("story"), 40),
    )
    rows = [_candidate(turn, asked, of, one) for of in found.principles for one in of.shortlist]
    title, more = w.say("sheet.shortlists"), rest(turn, asked, columns, len(rows))
    return Sheet(title, title, columns, rows, len(rows), notes=(w.say("shortlists_note"),), rest=more)


def _candidate(turn: Turn, asked: Asked, of: OfPrinciple, one: Candidate) -> Row:
    points, lang = one.points, asked.lang
    return (
        turn.pack.short(of.number, lang),
        one.place,
        one.who.name(lang),
        one.who.unit(lang) or turn.speak(lang)("notes.no_unit"),
        points.points,
        points.before,
        points.givers,
        points.units,
        points.mutual,
        points.ring,
        points.circle,
        points.single,
        points.role,
        note_view.shortened(one.stories[0].text, 300) if one.stories else "",
    )


def _behind(turn: Turn, asked: Asked, found: Recognition) -> Sheet:
    w, lang = words(turn, asked), asked.lang
    columns = (
        text(w.say("name"), 16),
        text(w.say("unit"), 24),
        Column(w.say("units_of_givers")),
        Column(w.say("seen")),
    )
    none = w.t("notes.no_unit")
    rows: list[Row] = [(one.who.name(lang), one.who.unit(lang) or none, one.units, one.seen) for one in found.behind]
    title = w.say("sheet.behind")
    return Sheet(title, title, columns, rows, len(rows), notes=(w.say("behind_note"),))


def _changes(turn: Turn, asked: Asked, found: Recognition) -> Sheet:
    w, lang = words(turn, asked), asked.lang
    columns = (
        Column(w.say("number"), wide=7),
        text(w.say("principles"), 16),
        text(w.say("words"), 40),
        text(w.say("state"), 9),
        Column(w.say("days_taken"), wide=6),
        text(w.say("reason"), 24),
    )
    rows: list[Row] = [
        (
            one.listed.note.id,
            note_view.principles(turn.house, one.listed.numbers, lang),
            one.listed.note.text,
            w.t(f"notes.state.{one.listed.note.state}"),
            one.days,
            one.listed.note.reason,
        )
        for one in found.changes.shown
    ]
    title, note = w.say("sheet.changes"), w.say("changes_note", n=found.changes.count)
    return Sheet(title, title, columns, rows, len(rows), notes=(note,))


def _coverage(turn: Turn, asked: Asked, found: Recognition) -> Sheet:
    w = words(turn, asked)
    shares = tuple(column._replace(kind="share") for column in numbered(turn, asked, "reached_of"))
    columns = (text(w.say("unit"), 20), Column(w.say("units"), wide=6), *shares)
    rows: list[Row] = [
        (
            row.unit.name(asked.lang),
            row.units,
            *(share(row.by_number.get(n, 0), row.units) for n in turn.pack.numbers),
        )
        for row in found.coverage
    ]
    title, more = w.say("sheet.coverage"), rest(turn, asked, columns, len(rows))
    return Sheet(title, title, columns, rows, len(rows), notes=(w.say("coverage_note"),), rest=more)
