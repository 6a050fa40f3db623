"""What only the secretariat needs, as tables: who can be reached, what became of messages, how suggestions do."""

from datetime import date, timedelta

from bot import reach
from bot.book import Asked, book, words
from bot.reach import Line, Reach, turned_on
from bot.reports import Period, between
from bot.schedule import month_before
from bot.sheets import Book, Chart, Column, Row, Sheet, share, text
from bot.turn import Turn
from storage import learning
from storage.learning import Chosen

MOST_MONTHS = 36


def reached(turn: Turn, asked: Asked) -> Book:
    """Who can be reached today and who cannot, by platform and why; channels; and the daily cards of the last day."""
    w, unit = words(turn, asked), asked.unit.id if asked.unit else None
    on = turned_on(turn.settings.platforms)
    found = reach.report(turn.tx, on, turn.settings.zone, today=turn.day, unit=unit)
    messages, people = found.waiting
    notes = (w.say("reach_note"), w.say("reach_waiting", messages=messages, people=people))
    sheets = (_people(turn, asked, found), _channels(turn, asked, found), _daily(turn, asked, found))
    return book(turn, asked, sheets, notes=notes, main=0)


def _people(turn: Turn, asked: Asked, found: Reach) -> Sheet:
    w, total = words(turn, asked), len(found.standings)
    columns = (
        text(w.say("state"), 22),
        text(w.say("platforms"), 20),
        Column(w.say("people")),
        Column(w.say("part"), "share"),
        Column(w.say("muted")),
    )
    rows: list[Row] = [
        (_status(turn, asked, line), _platforms(turn, asked, line), line.people, share(line.people, total), line.muted)
        for line in found.lines
    ]
    chart = Chart(w.say("sheet.reach"), 0, 2, len(rows)) if rows else None
    return Sheet(w.say("sheet.reach"), w.say("sheet.reach"), columns, rows, len(rows), chart)


def _status(turn: Turn, asked: Asked, line: Line) -> str:
    return turn.house.phrases(asked.lang, f"files.status.{line.status}")


def _platforms(turn: Turn, asked: Asked, line: Line) -> str:
    w = words(turn, asked)
    names = w.t("notes.word_separator").join(turn.platform_name(name, asked.lang) for name in line.platforms)
    return w.say("platform_off", platforms=names) if line.off else names


def _channels(turn: Turn, asked: Asked, found: Reach) -> Sheet:
    w = words(turn, asked)
    columns = (text(w.say("platforms"), 20), text(w.say("state"), 22), Column(w.say("channels")))
    rows: list[Row] = [
        (turn.platform_name(row.platform, asked.lang), w.say("gone" if row.gone else "there"), row.places)
        for row in found.channels
    ]
    return Sheet(w.say("sheet.channels"), w.say("sheet.channels"), columns, rows, len(rows))


def _daily(turn: Turn, asked: Asked, found: Reach) -> Sheet:
    w = words(turn, asked)
    known = turn.house.phrases.under(asked.lang, "files.sent")
    columns = (text(w.say("state"), 22), Column(w.say("messages")))
    rows: list[Row] = [(known.get(state, state), count) for state, count in sorted(found.states.items())]
    note = (w.say("daily_of", day=found.daily),) if found.daily else ()
    return Sheet(w.say("sheet.daily"), w.say("sheet.daily"), columns, rows, len(rows), notes=note)


def suggestions(turn: Turn, asked: Asked) -> Book:
    """How often people chose what was suggested, month by month."""
    w = words(turn, asked)
    columns = (
        text(w.say("month"), 10),
        Column(w.say("notes")),
        Column(w.say("first_right"), "share", 10),
        Column(w.say("three_right"), "share", 10),
        Column(w.say("about_nothing"), wide=10),
        Column(w.say("silent_right"), "share", 10),
    )
    found = [(month, learning.chosen(turn.tx, since=month.since, until=month.until)) for month in _months(turn, asked)]
    rows = [_month(month.first, of) for month, of in found]
    chart = Chart(w.say("three_right"), 0, 3, len(rows)) if rows else None
    title = w.say("sheet.suggestions")
    return book(turn, asked, (Sheet(title, title, columns, rows, len(rows), chart),), notes=(w.say("suggest_note"),))


def _months(turn: Turn, asked: Asked) -> list[Period]:
    """The months of a period, the newest ones of a long one; the first and the last may be parts."""
    period, found = asked.period, list[Period]()
    first, end = (period.end - timedelta(days=1)).replace(day=1), period.end
    while end > period.first and len(found) < MOST_MONTHS:
        found.append(between(turn.settings, max(first, period.first), end))
        first, end = month_before(first)
    return found[::-1]


def _month(first: date, of: Chosen) -> Row:
    return (
        f"{first:%Y-%m}",
        of.notes,
        share(of.firsts, of.notes),
        share(of.hits, of.notes),
        of.about_nothing,
        share(of.silent, of.about_nothing),
    )
