"""Lists as tables: the notes and the thanks of some days, as far as whoever asks may see them."""

from collections.abc import Iterable, Iterator
from datetime import date

from bot.book import Asked, book, rest, words
from bot.people import Thing, may
from bot.sheets import Book, Column, Row, Sheet, text
from bot.turn import Turn
from storage import listing
from storage.listing import ListedKudos, ListedNote, Thanked, Wanted


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
    return book(turn, asked, (sheet,), notes=(w.say("kudos_public"),))


def _note_rows(turn: Turn, asked: Asked, found: Iterable[ListedNote], unit: int | None) -> Iterator[Row]:
    t, lang = words(turn, asked).t, asked.lang
    named = may(turn, "note.name", Thing(unit, audience="anonymous"))
    kinds, states = turn.house.phrases.under(lang, "notes.kind"), turn.house.phrases.under(lang, "notes.state")
    hidden = t("files.no_name")
    for note in found:
        # Where a note is for the secretariat alone, whoever sees it may know its writer.
        open_ = named or note.audience in ("unit", "office")
        yield (
            note.id,
            _day(turn, note.at),
            note.unit or "",
            _name(note.unit_ja, note.unit_en, lang),
            _name(note.author_ja, note.author_en, lang) if open_ else hidden,
            kinds.get(note.kind, note.kind),
            _numbers(note.numbers),
            note.text,
            states.get(note.state, note.state),
            note.reason,
            date.fromisoformat(note.due_on),
            _day(turn, note.answered_at) if note.answered_at else None,
            note.supporters,
        )


def _kudos_rows(turn: Turn, asked: Asked, found: Iterable[tuple[ListedKudos, list[Thanked]]]) -> Iterator[Row]:
    t, lang = words(turn, asked).t, asked.lang
    private, comma = t("files.private"), t("notes.word_separator")
    for one, to in found:
        # In a small unit even the unit would tell who it was.
        named: Row = (one.unit or "", _name(one.unit_ja, one.unit_en, lang), _name(one.giver_ja, one.giver_en, lang))
        names = comma.join(_name(who.name_ja, who.name_en, lang) for who in to)
        yield (
            one.id,
            _day(turn, one.at),
            *(named if one.public else ("", "", private)),
            names if one.public else private,
            _numbers(one.numbers),
            one.text if one.public else private,
            one.claps,
        )


def _day(turn: Turn, at: int) -> date:
    return turn.local(at).date()


def _name(ja: str | None, en: str | None, lang: str) -> str:
    return (en if lang == "en" and en else ja) or ""


def _numbers(found: str | None) -> str:
    """#2 #9, in order and each once."""
    return " ".join(f"#{n}" for n in sorted({int(n) for n in (found or "").split(",") if n}))
