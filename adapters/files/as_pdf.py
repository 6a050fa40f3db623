"""A report as a PDF: A4, tagged, with fonts inside; long tables are shortened and say so."""

from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import Any

from adapters.files import typesetting
from adapters.files.texts import written
from bot.sheets import Book, Chart, Row, Sheet, on_paper

MEDIA = "application/pdf"
Progress = Callable[[int], None]
# Wider tables lie; so many letters fit a standing page.
STANDING = 92
# Sizes of letters, of a table that fits and of the widest.
LARGE, SMALL = 8.6, 6.6
# What stands at the right of its column.
RIGHT = ("number", "decimal", "share")
# Longer texts are shortened on paper.
LONGEST = 600


def write(book: Book, path: Path, progress: Progress = lambda _: None) -> None:
    """Typeset the report; `progress` hears of all rows at once."""
    path.write_bytes(typesetting.pdf("report", _data(book), at=book.at))
    progress(book.rows)


def _data(book: Book) -> dict[str, Any]:
    sheets = [_sheet(book, sheet) for sheet in book.sheets]
    return {
        "heading": book.title,
        "organisation": book.organisation,
        "about": list(book.about),
        "tongue": "en" if book.lang == "en" else "ja",
        "accent": book.accent,
        "flipped": max((_width(sheet) for sheet in book.sheets), default=0) > STANDING,
        "sheets": sheets,
        "notes": list(book.notes),
    }


def _width(sheet: Sheet) -> int:
    return sum(column.wide for column in sheet.columns if column.paper)


def _sheet(book: Book, sheet: Sheet) -> dict[str, Any]:
    kept = [at for at, column in enumerate(sheet.columns) if column.paper]
    columns = [sheet.columns[at] for at in kept]
    rows = sheet.paper if sheet.paper is not None else tuple(islice(sheet.rows, on_paper(sheet.columns)))
    width = _width(sheet)
    return {
        "title": sheet.title,
        "columns": [{"title": c.title, "wide": c.wide, "right": c.kind in RIGHT} for c in columns],
        "rows": [[_short(written(row[at], sheet.columns[at].kind, book.lang)) for at in kept] for row in rows],
        "size": max(SMALL, min(LARGE, LARGE * STANDING / max(width, 1) * (1.35 if width > STANDING else 1))),
        "chart": _chart(book, sheet, sheet.chart, rows) if sheet.chart and sheet.chart.rows else None,
        "notes": list(sheet.notes),
        "rest": sheet.rest,
    }


def _chart(book: Book, sheet: Sheet, chart: Chart, rows: tuple[Row, ...]) -> dict[str, Any]:
    label, value = sheet.columns[chart.label], sheet.columns[chart.value]
    shown = rows[: chart.rows]
    labels = [written(row[chart.label], label.kind, book.lang) for row in shown]
    values = [written(row[chart.value], value.kind, book.lang) for row in shown]
    alt = f"{chart.title}: " + ", ".join(f"{name} {told}" for name, told in zip(labels, values, strict=True))
    return {"labels": labels, "values": [row[chart.value] or 0 for row in shown], "shown": values, "alt": alt}


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
