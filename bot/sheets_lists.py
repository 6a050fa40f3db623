"""Lists as tables: the notes and the thanks of some days, as far as whoever asks may see them."""

from collections.abc import Iterable, Iterator
from datetime import date
from functools import cache

from bot.book import Asked, book, rest, words
from bot.people import Thing, may
from bot.sheets import Book, Column, Row, Sheet, text
from bot.turn import Turn
from storage import listing
from storage.listing import ListedKudos, ListedNote, Wanted

# Milliseconds.
QUARTER = 900_000
# The unit's code and name of what belongs to none.
NOWHERE = ("", "")


def notes(turn: Turn, asked: Asked) -> Book:
    """The notes of a period: names only where they may be seen, those for the secretariat alone only for it."""
    w = words(turn, asked)
    unit = asked.unit.id if asked.unit else None
    office = may(turn, "note.see", Thing(unit, audience="office"))
    wanted = Wanted(asked.period.since, asked.period.until, unit, office)
    columns = (
        Column(w.say("number"), wide=7),
        Column(w.say("day"), "date", 11),
        text(w.say("unit_code"), 9, paper=False),
        text(w.say("unit"), 16),
        text(w.say("writer"), 12),
        text(w.say("kind"), 8),
        text(w.say("numbers"), 9),
        text(w.say("words"), 46),
        text(w.say("state"), 9),
        text(w.say("reason"), 20, paper=False),
        Column(w.say("due"), "date", 11, paper=False),
        Column(w.say("answered"), "date", 11, paper=False),
        Column(w.say("supporters"), wide=6),
    )
    count = listing.count_notes(turn.tx, wanted)
    rows = _note_rows(turn, asked, listing.notes(turn.tx, wanted), unit)
    sheet = Sheet(
        w.say("sheet.notes"), w.say("sheet.notes"), columns, rows, count, rest=rest(turn, asked, columns, count)
    )
    note = w.say("notes_office" if office else "notes_open")
    return book(turn, asked, (sheet,), notes=(note, w.say("notes_names")))


def thanks(turn: Turn, asked: Asked) -> Book:
    """The thanks of a period; the words only of public ones."""
    w = words(turn, asked)
    wanted = Wanted(asked.period.since, asked.period.until, asked.unit.id if asked.unit else None)
    columns = (
        Column(w.say("number"), wide=7),
        Column(w.say("day"), "date", 11),
        text(w.say("unit_code"), 9, paper=False),
        text(w.say("giver_unit"), 16),
        text(w.say("giver"), 12),
        text(w.say("receivers"), 16),
        text(w.say("numbers"), 9),
        text(w.say("words"), 50),
        Column(w.say("claps"), wide=6),
    )
    count = listing.count_thanks(turn.tx, wanted)
    rows = _kudos_rows(turn, asked, listing.thanks(turn.tx, wanted))
    sheet = Sheet(
        w.say("sheet.kudos"), w.say("sheet.kudos"), columns, rows, count, rest=rest(turn, asked, columns, count)
    )
    return book(turn, asked, (sheet,), notes=(w.say("kudos_public" if asked.unit is None else "kudos_unit"),))


def _note_rows(turn: Turn, asked: Asked, found: Iterable[ListedNote], unit: int | None) -> Iterator[Row]:
    known = _Known(turn, asked)
    unit_of, name_of = known.units.get, known.people.get
    named = may(turn, "note.name", Thing(unit, audience="anonymous"))
    kinds, states = (turn.house.phrases.under(asked.lang, f"notes.{name}") for name in ("kind", "state"))
    hidden = words(turn, asked).say("no_name")
    for id_, at, of, author, audience, kind, said, state, reason, due_on, answered_at, numbers, supporters in found:
        # Where a note is for the secretariat alone, whoever sees it may know its writer.
        open_ = named or audience in ("unit", "office")
        yield (
            id_,
            known.day(at // QUARTER),
            *unit_of(of, NOWHERE),
            name_of(author, "") if open_ else hidden,
            kinds.get(kind, kind),
            known.numbers(numbers),
            said,
            states.get(state, state),
            reason,
            known.due(due_on),
            known.day(answered_at // QUARTER) if answered_at else None,
            supporters,
        )


def _kudos_rows(turn: Turn, asked: Asked, found: Iterable[tuple[ListedKudos, list[int]]]) -> Iterator[Row]:
    w, known = words(turn, asked), _Known(turn, asked)
    unit_of, name_of = known.units.get, known.people.get
    private, comma = w.say("private"), w.t("notes.word_separator")
    # In a small unit even the unit would tell who it was.
    nobody: Row = ("", "", private)
    for (id_, at, of, giver, public, said, numbers, claps), to in found:
        yield (
            id_,
            known.day(at // QUARTER),
            *((*unit_of(of, NOWHERE), name_of(giver, "")) if public else nobody),
            comma.join(known.people[person] for person in to) if public else private,
            known.numbers(numbers),
            said if public else private,
            claps,
        )


class _Known:
    """Names, days and numbers as they stand in the rows, each worked out once.

    A day is looked up by its quarter of an hour: no zone is ahead by a part of one.
    """

    def __init__(self, turn: Turn, asked: Asked) -> None:
        people, named = listing.names(turn.tx)
        english = asked.lang == "en"
        self.people: dict[int | None, str] = {key: (english and en) or ja for key, (ja, en) in people.items()}
        self.units: dict[int | None, tuple[str, str]] = {
            key: (code, (english and en) or ja) for key, (code, ja, en) in named.items()
        }
        self.day = cache(lambda quarter: turn.local(quarter * QUARTER).date())
        self.due, self.numbers = cache(date.fromisoformat), cache(_numbers)


def _numbers(found: str | None) -> str:
    """#2 #9, in order and each once."""
    return " ".join(f"#{n}" for n in sorted({int(n) for n in (found or "").split(",") if n}))
