"""The numbers units try to change as tables: how each moved, month by month, and what those told who improved most."""

from datetime import date, timedelta

from bot import unit_figures, unit_figures_report
from bot.book import Asked, Words, book, rest, words
from bot.reports import Period
from bot.sheets import Book, Chart, Column, Row, Sheet, text
from bot.turn import Turn
from bot.unit_figures import may_see, number
from bot.unit_figures_report import FiguresReport, Measured, Story
from storage.unit_figures import FigureRow

SHOWN_IN_A_CHART = 20


def build(turn: Turn, asked: Asked) -> Book:
    """The figures of the months of a period, of a unit and those below it or of all, as far as one may see them.

    Who runs this program itself is nobody of the roster, and sees all.
    """
    first, end = months(asked.period)
    found = unit_figures_report.build(turn, first, end, unit=asked.unit and asked.unit.id)
    rows = tuple(row for row in found.rows if _seen(turn, row.figure))
    stories = tuple(one for one in found.stories if _seen(turn, one.figure))
    shown = FiguresReport(first, end, rows, stories)
    sheets = (_moved(turn, asked, shown), _reported(turn, asked, shown), _told(turn, asked, shown))
    w = words(turn, asked)
    return book(turn, asked, sheets, notes=(w.say("figures_rule"), w.say("figures_seen")), main=1)


def months(period: Period) -> tuple[date, date]:
    """The whole months that a period touches, as first day and first day after."""
    last = period.end - timedelta(days=1)
    return period.first.replace(day=1), (last.replace(day=1) + timedelta(days=31)).replace(day=1)


def _seen(turn: Turn, figure: FigureRow) -> bool:
    return turn.who is None or may_see(turn, figure)


def _named(turn: Turn, asked: Asked) -> tuple[Column, ...]:
    w = words(turn, asked)
    return text(w.say("unit"), 20), text(w.say("counts_what"), 26), text(w.say("measure"), 11)


def _name(asked: Asked, figure: FigureRow) -> tuple[str, str, str]:
    said = unit_figures.words(figure, asked.lang)
    return unit_figures.unit_name(figure, asked.lang), said.name, said.measure


def _moved(turn: Turn, asked: Asked, found: FiguresReport) -> Sheet:
    """Each figure: its means before and in the period, its gain, its target."""
    w = words(turn, asked)
    columns = (
        *_named(turn, asked),
        text(w.say("direction"), 12),
        Column(w.say("mean_before"), "decimal"),
        Column(w.say("mean_after"), "decimal"),
        Column(w.say("gain"), "share"),
        Column(w.say("target"), "decimal"),
        text(w.say("remark"), 18),
    )
    rows = [_move(w, asked, row) for row in found.rows]
    gained = sum(row.gain is not None for row in found.rows)
    drawn = Chart(w.say("gain"), 1, 6, min(gained, SHOWN_IN_A_CHART)) if gained else None
    title, more = w.say("sheet.moved"), rest(turn, asked, columns, len(rows))
    return Sheet(title, title, columns, rows, len(rows), drawn, (w.say("moved_note"),), more)


def _move(w: Words, asked: Asked, row: Measured) -> Row:
    figure, remark = row.figure, "best" if row.best else row.why
    return (
        *_name(asked, figure),
        w.t(f"figures.better.{figure.better}"),
        _mean(row.before),
        _mean(row.after),
        row.gain,
        None if figure.target is None else number(figure.target),
        w.say(f"figure_is.{remark}") if remark else None,
    )


def _mean(value: float | None) -> float | None:
    return None if value is None else round(value, 2)


def _reported(turn: Turn, asked: Asked, found: FiguresReport) -> Sheet:
    """Every month that was reported, also of the months it is compared with."""
    w = words(turn, asked)
    columns = (
        text(w.say("unit_code"), 10, paper=False),
        *_named(turn, asked),
        text(w.say("month"), 10),
        Column(w.say("value"), "decimal", 10),
    )
    rows: list[Row] = [
        (row.figure.code, *_name(asked, row.figure), month[:7], value)
        for row in found.rows
        for month, value in row.months
    ]
    title, more = w.say("sheet.months"), rest(turn, asked, columns, len(rows))
    return Sheet(title, title, columns, rows, len(rows), rest=more)


def _told(turn: Turn, asked: Asked, found: FiguresReport) -> Sheet:
    w = words(turn, asked)
    columns = (*_named(turn, asked), Column(w.say("gain"), "share"), text(w.say("told_what"), 50))
    rows = [_story(asked, one) for one in found.stories]
    title = w.say("sheet.stories")
    return Sheet(title, title, columns, rows, len(rows), notes=(w.say("stories_note"),))


def _story(asked: Asked, one: Story) -> Row:
    return *_name(asked, one.figure), one.gain, one.text
