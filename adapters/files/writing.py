"""A book of tables into a file of any kind, whole or not at all."""

from collections.abc import Callable
from pathlib import Path
from types import ModuleType

from adapters.files.keeping import Unwritable, keep
from bot.sheets import Book

FORMS = ("xlsx", "csv", "pdf")
MEDIA = {
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pdf": "application/pdf",
}
# About how many bytes a row takes for every letter of its columns' widths, and what a file has in any case.
PER_LETTER, EMPTY = 4, 400_000
Progress = Callable[[int], None]


def write(book: Book, form: str, path: Path, progress: Progress = lambda _: None) -> None:
    """Write a book as csv, xlsx or pdf; raises `Unwritable`, and then there is no new file, and an old one stays."""
    if form == "xlsx" and book.rows > _most_rows():
        raise Unwritable(f"{book.rows:,} rows do not fit into a worksheet: choose csv, or a shorter period.")
    keep(path, lambda beside: _writer(form).write(book, beside, progress), room=_room(book))


def _room(book: Book) -> int:
    """About how large the file may become."""
    letters = sum(sheet.count * sum(column.wide for column in sheet.columns) for sheet in book.sheets)
    return letters * PER_LETTER + EMPTY


def _writer(form: str) -> ModuleType:
    """The module that writes a kind of file; its library is imported only then."""
    if form == "csv":
        from adapters.files import as_csv

        return as_csv
    if form == "xlsx":
        from adapters.files import as_xlsx

        return as_xlsx
    from adapters.files import as_pdf

    return as_pdf


def _most_rows() -> int:
    from adapters.files.as_xlsx import MOST_ROWS

    return MOST_ROWS
