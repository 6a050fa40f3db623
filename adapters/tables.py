"""Files people send → tables of texts: CSV in UTF-8 or Shift_JIS with any usual separator, and Excel workbooks."""

import csv
import io
import warnings
import zipfile
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from bot.documents import Fault, Faults
from bot.roster_headings import Table

LARGEST, UNPACKED = 200_000_000, 2_000_000_000
ROWS, CELLS = 500_000, 1_000
# What a worksheet can have at most; rows are counted here before blank ones are left out.
LINES = 1_048_576
ZIP, OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
BOM = b"\xef\xbb\xbf"
# Two such characters before the first broken byte: the text was UTF-8, and no Shift_JIS text looks like that.
PROOF = 2
Row = tuple[int, Sequence[str]]
Progress = Callable[[int], None]


class Read(NamedTuple):
    """What was in the files, what is wrong with them, and the SHA-256 of all their bytes."""

    tables: tuple[Table, ...]
    faults: tuple[Fault, ...]
    digest: str


def read(paths: Sequence[Path], *, progress: Progress = lambda _: None) -> Read:
    """Read files; `progress` hears of every thousand rows."""
    tables: list[Table] = []
    faults: list[Fault] = []
    digest = sha256()
    for path in paths:
        try:
            data = _bytes(path)
            digest.update(data)
            tables += of(data, str(path), progress=progress)
        except Faults as broken:
            faults += broken.faults
    return Read(tuple(tables), tuple(faults), digest.hexdigest())


def of(data: bytes, file: str, *, progress: Progress = lambda _: None) -> list[Table]:
    """The tables in a file's bytes: one of a CSV, one for each sheet of a workbook; raises `Faults`."""
    if data.startswith(OLE):
        raise _refused(file, "an old Excel file (.xls) or one with a password: save it as .xlsx without a password")
    if data.startswith(ZIP):
        return _workbook(data, file, progress)
    return [Table(file, "", list(_counted(_lines(_text(data, file), file), file, progress)))]


def _bytes(path: Path) -> bytes:
    try:
        if path.stat().st_size > LARGEST:
            raise _refused(str(path), f"larger than {LARGEST // 1_000_000} MB")
        return path.read_bytes()
    except FileNotFoundError:
        raise _refused(str(path), "the file is missing") from None
    except OSError as fault:
        raise _refused(str(path), f"cannot be read ({fault.strerror})") from None


def _refused(file: str, message: str, line: int = 1) -> Faults:
    return Faults([Fault(file, line, message)])


def _counted(rows: Iterator[Row], file: str, progress: Progress) -> Iterator[Row]:
    """The rows that are not blank; too many are a fault."""
    for count, row in enumerate((row for row in rows if any(row[1])), 1):
        if count > ROWS:
            raise _refused(file, f"more than {ROWS:,} rows", row[0])
        if count % 1_000 == 0:
            progress(1_000)
        yield row


def _trimmed(cells: Sequence[str]) -> Sequence[str]:
    return [cell.strip() for cell in cells[:CELLS]]


# CSV


def _text(data: bytes, file: str) -> str:
    if b"\0" in data:
        raise _refused(file, "neither text nor an Excel workbook (.xlsx)", data[: data.index(b"\0")].count(b"\n") + 1)
    try:
        return data.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as broken:
        if data.startswith(BOM) or _was_utf8(data[: broken.start]):
            raise _refused(file, *_where(data, broken.start, "UTF-8")) from None
    try:
        return data.decode("cp932")
    except UnicodeDecodeError as broken:
        raise _refused(file, *_where(data, broken.start, "neither UTF-8 nor Shift_JIS")) from None


def _was_utf8(before: bytes) -> bool:
    return sum("\u3040" <= c <= "\u9fff" for c in islice(before.decode("utf-8"), 1_000_000)) >= PROOF


def _where(data: bytes, start: int, encoding: str) -> tuple[str, int]:
    line = data.count(b"\n", 0, start) + 1
    byte = start - data.rfind(b"\n", 0, start)
    not_ = encoding if encoding.startswith("neither") else f"not {encoding}"
    return f"{not_}: byte {byte} of this line is 0x{data[start]:02X}", line


def _lines(text: str, file: str) -> Iterator[Row]:
    """The rows with the line each begins on, counted as a text editor does."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_separator(text), strict=True)
    line = 1
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as broken:
            raise _refused(file, f"a quotation mark is missing or too many ({broken})", line) from None
        yield line, _trimmed(cells)
        line = reader.line_num + 1


def _separator(text: str) -> str:
    """What stands most often in the first line that holds something and is no comment."""
    lines = (
        line for line in io.StringIO(text) if line.strip(' \t\r\n,;"') and not line.lstrip('"').startswith(("#", "＃"))
    )
    first = next(lines, "")
    return max(",\t;", key=first.count)


# Excel


def _workbook(data: bytes, file: str, progress: Progress) -> list[Table]:
    from openpyxl import load_workbook

    try:
        with zipfile.ZipFile(io.BytesIO(data)) as parts:
            if sum(part.file_size for part in parts.infolist()) > UNPACKED:
                raise _refused(file, f"larger than {UNPACKED // 1_000_000:,} MB when unpacked")
        with warnings.catch_warnings():
            # What openpyxl leaves out of a workbook (colours, lists of choices) is nothing a roster needs.
            warnings.simplefilter("ignore")
            book = load_workbook(io.BytesIO(data), read_only=True, data_only=True)
            return [_sheet(sheet, file, progress) for sheet in book.worksheets]
    except Faults:
        raise
    except Exception as broken:  # noqa: BLE001 - openpyxl raises whatever the broken part of a file leads to
        raise _refused(file, f"not an Excel workbook that can be read ({type(broken).__name__})") from None


def _sheet(sheet: Any, file: str, progress: Progress) -> Table:
    # Some programs write that a sheet has a million columns.
    sheet.reset_dimensions()
    rows = enumerate(sheet.iter_rows(values_only=True), 1)
    found = ((line, [_cell(value) for value in cells[:CELLS]]) for line, cells in _bounded(rows, file))
    return Table(file, sheet.title, list(_counted(found, file, progress)))


def _bounded(rows: Iterator[tuple[int, Any]], file: str) -> Iterator[tuple[int, Any]]:
    for line, cells in rows:
        if line > LINES:
            raise _refused(file, "more rows than a worksheet can have")
        yield line, cells


def _cell(value: object) -> str:
    """What a cell holds, as a person would type it into a CSV."""
    match value:
        case None:
            return ""
        case str():
            return value.strip()
        case bool():
            return "1" if value else "0"
        case float():
            return str(int(value)) if value.is_integer() else str(value)
        case datetime():
            return (
                value.date().isoformat() if value == datetime.combine(value.date(), datetime.min.time()) else str(value)
            )
        case date():
            return value.isoformat()
        case _:
            return str(value)
