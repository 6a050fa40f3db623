"""Every unit's figures as tables: the upper levels with a chart, and all units with all that is counted."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from bot import rollups
from bot.book import Asked, book, numbered, words
from bot.rollups import Figures
from bot.sheets import Book, Chart, Column, Row, Sheet, on_paper, share, text
from bot.turn import Turn
from storage import units
from storage.units import UnitRow

# The upper levels: so many below the top one.
UPPER = 1
BARS = 20


class Line(NamedTuple):
    """A unit, how deep it lies below what was asked for, and its figures with everything below it."""

    unit: UnitRow
    depth: int
    figures: Figures


def build(turn: Turn, asked: Asked) -> Book:
    """The roll-up of all units, or of one with what is below it."""
    w, found = words(turn, asked), lines(turn, asked)
    upper = sorted((line for line in found if line.depth <= UPPER), key=lambda line: (line.depth, -line.figures.notes))
    below = [line for line in upper if line.depth == UPPER]
    heads = _columns(turn, asked)
    bars = Chart(w.say("notes_by_unit"), 1, 4, len(below[:BARS])) if below else None
    first = (
        Sheet(
            w.say("sheet.upper"),
            w.say("sheet.upper"),
            heads,
            [_row(line, asked, turn) for line in (*below, *upper[:1])],
            len(below) + 1,
            bars,
            (w.say("upper_note"),),
        )
        if found
        else None
    )
    rows = [_row(line, asked, turn) for line in found]
    printed, deepest = _printed(found, rows, on_paper(heads))
    rest = "" if len(printed) == len(rows) else w.say("rest_units", n=len(rows), level=deepest)
    title = w.say("sheet.units")
    whole = Sheet(title, title, heads, rows, len(rows), notes=(w.say("units_note"),), rest=rest, paper=printed)
    notes = (w.say(f"view_{asked.view}"), w.say("counted"))
    return book(turn, asked, (first, whole) if first else (whole,), notes=notes)


def _printed(found: Sequence[Line], rows: Sequence[Row], most: int) -> tuple[tuple[Row, ...], int]:
    """Whole levels from the top, as many as there is room for, and the deepest of them; never none."""
    deepest = max((line.depth for line in found), default=0)
    while deepest and sum(line.depth <= deepest for line in found) > most:
        deepest -= 1
    shown = tuple(row for line, row in zip(found, rows, strict=True) if line.depth <= deepest)
    return shown[:most], deepest


def lines(turn: Turn, asked: Asked) -> list[Line]:
    """Every unit of the period with its figures, in the order of the tree."""
    figures = rollups.tree(turn.tx, asked.period, asked.view, today=turn.day)
    first = asked.period.first.isoformat()
    inside = [u for u in units.everything(turn.tx) if u.ends_on is None or u.ends_on > first]
    below: dict[int | None, list[UnitRow]] = {}
    known = {u.id for u in inside}
    for unit in inside:
        below.setdefault(unit.parent_id if unit.parent_id in known else None, []).append(unit)

    def walk(unit: UnitRow, depth: int) -> Iterator[Line]:
        yield Line(unit, depth, figures[unit.id])
        for child in below.get(unit.id, ()):
            yield from walk(child, depth + 1)

    tops = [asked.unit] if asked.unit else below.get(None, [])
    return [line for top in tops for line in walk(top, 0)]


def _columns(turn: Turn, asked: Asked) -> tuple[Column, ...]:
    w = words(turn, asked)
    return (
        text(w.say("code"), 9),
        text(w.say("unit"), 26),
        Column(w.say("level"), wide=5, paper=False),
        Column(w.say("staff")),
        Column(w.say("notes")),
        Column(w.say("writers")),
        Column(w.say("writing"), "share"),
        Column(w.say("received")),
        Column(w.say("recognised")),
        Column(w.say("given")),
        *numbered(turn, asked, "notes_of", paper=False),
        *numbered(turn, asked, "thanks_of", paper=False),
    )


def _row(line: Line, asked: Asked, turn: Turn) -> Row:
    f, numbers = line.figures, turn.pack.numbers
    return (
        line.unit.code,
        line.unit.name(asked.lang),
        line.depth,
        f.staff,
        f.notes,
        f.writers,
        share(min(f.writers, f.staff), f.staff),
        f.received,
        f.recognised,
        f.given,
        *(f.by_number.get(n, 0) for n in numbers),
        *(f.received_by_number.get(n, 0) for n in numbers),
    )
