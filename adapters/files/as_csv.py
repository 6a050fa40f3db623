"""A report's whole table as CSV: UTF-8 that spreadsheets recognise, with nothing they would run."""

import csv
from collections.abc import Callable
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
            return f"{cell:.6g}"
        case _:
            return str(cell)
