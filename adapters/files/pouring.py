"""Large tables in a workbook: their rows are made as XML some thousand at a time, and poured into what xlsxwriter made.

Cell by cell xlsxwriter takes 60 s for half a million notes (README, Measured). It makes everything but these rows: such
a table's second row is a row of empty cells, which say how each column looks, and is what the rows are put in place of.
"""

import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import date, datetime
from io import BytesIO
from itertools import chain, islice
from pathlib import Path
from typing import IO, NamedTuple
from zipfile import ZIP_DEFLATED, ZipFile

from bot.sheets import Cell, Kind, Row, Sheet

Progress = Callable[[int], None]
STEP = 4_000
# So many parts wait for being packed: packing goes on while the next rows are made.
AHEAD = 4
# Packed as well as it is as fast as rows are made.
LEVEL = 3
# What a cell holds.
LONGEST = 32_767
# The day before the first one Excel counts, as it takes 1900 for a leap year.
NOUGHT = date(1899, 12, 30)
_SECOND = re.compile(rb'<row r="2".*?</row>', re.DOTALL)
_LOOK = re.compile(rb'<c r="[A-Z]+2"(?: s="(\d+)")?/>')
# How far a table reaches, in its own part twice, and first of all in its sheet's.
_REACH = re.compile(rb'(ref="A1:)[A-Z]+2(?=")')
_ODD = re.compile("[&<>_\x00-\x08\x0b-\x1f\ufffe\uffff]")
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\ufffe\uffff]")
_ESCAPED = re.compile("_(?=x[0-9a-fA-F]{4}_)")


class Poured(NamedTuple):
    """A table whose rows are to be poured in: of which worksheet and which table of the workbook, counted from 1."""

    tab: int
    table: int
    sheet: Sheet

    @property
    def reaches(self) -> bytes:
        """Its last column and row, as a workbook says it."""
        return b"%s%d" % (_letters(len(self.sheet.columns)), self.sheet.count + 1)


def pour(made: BytesIO, tables: Iterable[Poured], path: Path, progress: Progress) -> None:
    """Write the workbook that xlsxwriter made with the rows of these tables."""
    rows = {f"xl/worksheets/sheet{one.tab}.xml": one for one in tables}
    frames = {f"xl/tables/table{one.table}.xml": one for one in rows.values()}
    with ZipFile(made) as source, ZipFile(path, "w", ZIP_DEFLATED, compresslevel=LEVEL) as target:
        for part in source.infolist():
            content = source.read(part)
            if found := rows.get(part.filename):
                with target.open(part.filename, "w", force_zip64=True) as file:
                    _packed(file, _parts(content, found, progress))
            else:
                found = frames.get(part.filename)
                target.writestr(
                    part, _REACH.sub(rb"\g<1>" + found.reaches, content) if found else content, ZIP_DEFLATED
                )


def _packed(file: IO[bytes], parts: Iterable[bytes]) -> None:
    """Pack beside making: packing holds no lock of Python's."""
    with ThreadPoolExecutor(1) as packer:
        waiting: deque[Future[int]] = deque()
        for part in parts:
            waiting.append(packer.submit(file.write, part))
            if len(waiting) > AHEAD:
                waiting.popleft().result()
        for one in waiting:
            one.result()


def _parts(made: bytes, poured: Poured, progress: Progress) -> Iterator[bytes]:
    """A sheet as xlsxwriter made it, with the rows in place of its second row."""
    second = _SECOND.search(made)
    assert second  # noqa: S101 - `as_xlsx` wrote it
    looks = [f' s="{look.decode()}"' if look else "" for look in _LOOK.findall(second[0])]
    yield _REACH.sub(rb"\g<1>" + poured.reaches, made[: second.start()], count=1)
    yield from _rows(poured.sheet, looks, progress)
    yield made[second.end() :]


def _letters(column: int) -> bytes:
    """A column's letters: 1 is A, 27 is AA."""
    before, last = divmod(column - 1, 26)
    return (_letters(before) if before else b"") + b"%c" % (65 + last)


def _rows(sheet: Sheet, looks: Sequence[str], progress: Progress) -> Iterator[bytes]:
    makers = [_Cells(column.kind, look) for column, look in zip(sheet.columns, looks, strict=True)]
    rows, number = islice(sheet.rows, sheet.count), 2
    while part := list(islice(rows, STEP)):
        yield _written(part, number, makers)
        number += len(part)
        progress(len(part))


def _written(rows: Sequence[Row], number: int, makers: Sequence["_Cells"]) -> bytes:
    """Some rows: made column by column, then put side by side."""
    begins = [b'<row r="%d">' % n for n in range(number, number + len(rows))]
    cells = (maker.cells(column) for maker, column in zip(makers, zip(*rows, strict=True), strict=True))
    return b"".join(chain.from_iterable(zip(begins, *cells, [b"</row>"] * len(rows), strict=True)))


class _Cells:
    """The cells of a column; those that come again and again are made once."""

    def __init__(self, kind: Kind, look: str) -> None:
        self._empty = f"<c{look}/>"
        self._begin, self._end = f"<c{look}><v>", "</v></c>"
        self._text = f'<c{look} t="inlineStr"><is><t'
        self._make = self._worded if kind == "text" else self._dated if kind in ("date", "moment") else self._counted

    def cells(self, column: Sequence[Cell]) -> list[bytes]:
        """Cells one below the other."""
        make, different = self._make, set(column)
        if 2 * len(different) > len(column):
            return [make(cell).encode() for cell in column]
        made = {cell: make(cell).encode() for cell in different}
        return [made[cell] for cell in column]

    def _worded(self, cell: Cell) -> str:
        """Text, whatever it looks like."""
        if cell is None or cell == "":
            return self._empty
        text = str(cell)[:LONGEST]
        kept = ' xml:space="preserve"' if text[0].isspace() or text[-1].isspace() else ""
        return f"{self._text}{kept}>{escaped(text) if _ODD.search(text) else text}</t></is></c>"

    def _counted(self, cell: Cell) -> str:
        return self._empty if cell is None else f"{self._begin}{cell}{self._end}"

    def _dated(self, cell: Cell) -> str:
        return f"{self._begin}{serial(cell)}{self._end}" if isinstance(cell, date) else self._empty


def serial(day: date) -> float:
    """A day, or a moment as its clocks show it, as Excel counts."""
    days = day.toordinal() - NOUGHT.toordinal()
    if not isinstance(day, datetime):
        return days
    return days + round((day.hour * 3_600 + day.minute * 60 + day.second) / 86_400, 9)


def escaped(text: str) -> str:
    """A text as XML, with what XML cannot hold as Excel writes it."""
    text = _ESCAPED.sub("_x005F_", text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _CONTROL.sub(lambda found: f"_x{ord(found[0]):04X}_", text)
