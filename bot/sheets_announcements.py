"""What became of announcements as tables: all of a period with their counts, or one with everybody it is for."""

from bot import announcements
from bot.announcements import Recipient, Status
from bot.book import Asked, Words, book, rest, words
from bot.events import number_in
from bot.people import require
from bot.sheets import Book, Chart, Column, Row, Sheet, text
from bot.turn import Refusal, Turn
from storage import announcements as stored
from storage.announced_results import GROUPS
from storage.announcements import AnnouncementRow

# More announcements than that were never made; the newest are looked through.
MOST = 10_000
SHOWN_IN_A_CHART = 20


def check(turn: Turn, asked: Asked) -> None:
    """Refuse it to whoever writes no announcements, and one to whoever may not know who it is for."""
    require(turn, "announce.write")
    if asked.code:
        announcements.changeable(turn, _number(asked))


def build(turn: Turn, asked: Asked) -> Book:
    """One announcement by its number (`code`), or those of the period as far as whoever asks may follow them.

    Who runs this program itself is nobody of the roster, and follows all.
    """
    return _one(turn, asked) if asked.code else _all(turn, asked)


def title(turn: Turn, asked: Asked) -> str:
    """What the one that was asked for is called."""
    return announcements.of(turn, announcements.readable(turn, _number(asked)), limit=0).title


def _number(asked: Asked) -> int:
    number = number_in(asked.code)
    if number is None:
        raise Refusal("announcements.unknown")
    return number


def _all(turn: Turn, asked: Asked) -> Book:
    w = words(turn, asked)
    due = (row for row in stored.newest(turn.tx, limit=MOST) if asked.period.since <= row.due_at < asked.period.until)
    mine = [row for row in due if turn.who is None or announcements.may_follow(turn, row)]
    found = [announcements.of(turn, row, limit=0) for row in mine]
    counts = tuple(Column(w.t(f"announcements.group.{name}"), wide=9) for name in GROUPS)
    columns = (
        Column(w.say("number"), wide=6),
        text(w.say("announced"), 30),
        Column(w.say("goes_at"), "moment", 16),
        text(w.say("by"), 14),
        text(w.say("whom"), 16),
        text(w.say("state"), 12),
        Column(w.say("made_out")),
        *counts,
        Column(w.say("presses")),
    )
    rows: list[Row] = [_line(w, asked, one) for one in found]
    drawn = Chart(w.say("made_out"), 1, 6, min(len(rows), SHOWN_IN_A_CHART))
    title, more = w.say("title.announcement"), rest(turn, asked, columns, len(rows))
    sheet = Sheet(title, title, columns, rows, len(rows), drawn, rest=more)
    return book(turn, asked, (sheet,), notes=(w.say("announced_now"), w.say("announced_each")))


def _line(w: Words, asked: Asked, one: Status) -> Row:
    counts = dict(one.counts)
    return (
        one.id,
        one.title,
        one.due,
        _by(one, asked.lang),
        _whom(w, asked, one),
        w.say(f"announced_is.{one.state}"),
        one.total,
        *(counts[name] for name in GROUPS),
        one.pressed,
    )


def _by(one: Status, lang: str) -> str:
    ja, en = one.by
    return (lang == "en" and en) or ja


def _whom(w: Words, asked: Asked, one: Status) -> str:
    names = w.t("notes.word_separator").join(unit.name(asked.lang) for unit in one.units)
    kind = w.t(f"announcements.whom.{one.whom}")
    return w.t("announcements.whom_in", whom=kind, units=names) if names else kind


def _one(turn: Turn, asked: Asked) -> Book:
    w, row = words(turn, asked), _row(turn, asked)
    found = announcements.of(turn, row)
    about = (
        w.say("announced_about", title=found.title, whom=_whom(w, asked, found)),
        w.t(f"announcements.state.{found.state}", at=found.due, by=_by(found, asked.lang)),
    )
    kept = () if found.kept else (w.t("announcements.not_kept"),)
    sheets = (_counts(w, found), _recipients(turn, asked, found))
    notes = (w.say("announced_now"), w.say("announced_read"), *kept)
    return book(turn, asked, sheets, notes=notes, about=about)


def _row(turn: Turn, asked: Asked) -> AnnouncementRow:
    if turn.who is not None:
        return announcements.readable(turn, _number(asked))
    row = stored.get(turn.tx, _number(asked))
    if row is None:
        raise Refusal("announcements.unknown")
    return row


def _counts(w: Words, found: Status) -> Sheet:
    """How many it came to what for; each stands once, in the farthest it came."""
    columns = (text(w.say("state"), 30), Column(w.say("places" if found.in_channels else "people")))
    rows: list[Row] = [(w.t(f"announcements.group.{name}"), count) for name, count in found.counts]
    title, notes = w.say("sheet.announced"), (w.say("announced_pressed", n=found.pressed),)
    return Sheet(title, title, columns, rows, len(rows), Chart(title, 0, 1, len(rows)), notes)


def _recipients(turn: Turn, asked: Asked, found: Status) -> Sheet:
    w = words(turn, asked)
    moments = tuple(Column(w.say(name), "moment", 16) for name in ("sent_at", "read_at", "pressed_at"))
    columns = (
        text(w.t("announcements.column.who"), 16),
        text(w.t("announcements.column.unit"), 22),
        text(w.t("announcements.column.what"), 20),
        text(w.say("why"), 24),
        *moments,
    )
    rows = [_recipient(w, asked, one) for one in found.recipients]
    title, more = w.say("sheet.recipients"), rest(turn, asked, columns, len(rows))
    return Sheet(title, title, columns, rows, len(rows), rest=more)


def _recipient(w: Words, asked: Asked, one: Recipient) -> Row:
    why = w.t(f"announcements.why.{one.why}") if one.why else None
    group = w.t(f"announcements.group.{one.group}")
    return one.name(asked.lang), one.unit(asked.lang) or None, group, why, one.sent, one.read, one.pressed
