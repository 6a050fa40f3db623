"""A report's whole table as CSV: UTF-8 that spreadsheets recognise, with nothing they would run."""

import csv
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from adapters.files.texts import guarded
from bot.sheets import Book, Cell, Row

MEDIA = "text/csv"
Progress = Callable[[int], None]
STEP = 1_000


def write(book: Book, path: Path, progress: Progress = lambda _: None) -> None:
    """Write the table that holds all there is; `progress` hears of rows as they are written."""
    sheet = book.whole
    # The mark at the beginning is what makes Excel read UTF-8.
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, lineterminator="\r\n")
        writer.writerow(guarded(column.title) for column in sheet.columns)
        for count, row in enumerate(sheet.rows, 1):
            writer.writerow(_cells(row))
            if count % STEP == 0:
                progress(STEP)


def _cells(row: Row) -> list[str]:
    return [_cell(cell) for cell in row]


def _cell(cell: Cell) -> str:
    match cell:
        case None:
            return ""
        case str():
            # A cell that ends half a pair of carriage return and line feed would end the row in some programs.
            return guarded(cell.replace("\r\n", "\n").replace("\r", "\n"))
        case float():
            return _decimal(cell)
        case datetime():
            return f"{cell:%Y-%m-%d %H:%M}"
        case _:
            return str(cell)


def _decimal(number: float) -> str:
    """A share to six digits, anything larger to three places."""
    return f"{number:.6g}" if abs(number) <= 1 else f"{number:.3f}".rstrip("0").rstrip(".")
