"""Large tables in workbooks: the same as small ones, cell by cell, with progress, and nothing half-written."""

import random
import resource
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import openpyxl
import pytest
from openpyxl.utils.escape import unescape
from xlsxwriter.xmlwriter import XMLwriter

from adapters.files import as_xlsx, pouring
from adapters.files.keeping import Unwritable
from adapters.files.writing import write
from bot.sheets import Book, Column, Row, Sheet, text

JAPAN = timezone(timedelta(hours=9))
ODD = (
    "=1+1", "<b>&amp;</b> \"'", "前 後 ", " 前", "後\n", "a\nb\r\nc\td", "_x0041_ _x00", "鈴\x07\x00\x1f",
    "\ufffe\uffff", "https://evil.example/", "007", "1e5", "TRUE", "😀" * 40, "あ" * 40_000,
)  # fmt: skip
KINDS = (
    text("文"), Column("数"), Column("小数", "decimal"), Column("割合", "share"), Column("日", "date"),
    Column("時", "moment"), text("いつも"), text("文"),
)  # fmt: skip


def rows(count: int) -> Iterator[Row]:
    """Everything a cell may hold, in turn; now and then nothing."""
    for n in range(count):
        row: Row = (
            ODD[n % len(ODD)] + (str(n) if n % 3 else ""),
            n,
            n / 8,
            n / count,
            date(2026, 1, 1) + timedelta(n % 400),
            datetime(2026, 1, 1, 23, 59, n % 60, tzinfo=JAPAN),
            "同じ",
            ODD[n % 5],
        )
        yield tuple(None if (n + at) % 7 == 0 else cell for at, cell in enumerate(row))


def book(found: Any, count: int, columns: tuple[Column, ...] = KINDS) -> Book:
    sheets = (
        Sheet("ちいさい", "ちいさい", (text("a"),), [("b",)], 1),
        Sheet("[大きい]", "大きい", columns, found, count),
        Sheet("おわり", "おわり", (text("a"),), [("b",)], 1),
    )
    return Book("題", ("だれの",), "組織", "ja", "#0017c1", datetime(2026, 11, 24, tzinfo=UTC), sheets)


def cells(path: Path) -> list[list[tuple[Any, ...]]]:
    """Value, type and format of every cell of the large table; an empty one looks like its column or like nothing."""
    found: Any = openpyxl.load_workbook(path).worksheets[2]

    def shown(value: Any) -> Any:
        # How much of what XML cannot hold openpyxl reads as it was, depends on where the text stands.
        return unescape(unescape(value)) if isinstance(value, str) else value

    return [[(shown(c.value), c.data_type, c.value is not None and c.number_format) for c in row] for row in found.rows]


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tables count as large early, and parts are short."""
    monkeypatch.setattr(as_xlsx, "LARGE", 100)
    monkeypatch.setattr(pouring, "STEP", 70)


def test_poured_rows_are_those_xlsxwriter_would_write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(book(rows(250), 250), "xlsx", tmp_path / "plain.xlsx")
    monkeypatch.setattr(as_xlsx, "LARGE", 100)
    monkeypatch.setattr(pouring, "STEP", 70)
    done: list[int] = []
    write(book(rows(250), 250), "xlsx", tmp_path / "poured.xlsx", done.append)
    poured, plain = cells(tmp_path / "poured.xlsx"), cells(tmp_path / "plain.xlsx")
    assert len(poured) == 251
    for row, other in zip(poured, plain, strict=True):
        assert row == other
    assert [count for count in done if count > 1] == [70, 70, 70, 40]


def test_what_xml_cannot_hold_is_written_as_xlsxwriter_writes_it() -> None:
    writer = XMLwriter()
    for words in ODD:
        assert pouring.escaped(words) == writer._escape_data(writer._escape_control_characters(words))


@pytest.mark.usefixtures("small")
def test_a_poured_table_is_a_real_one_with_frozen_heads(tmp_path: Path) -> None:
    columns = tuple(Column(f"列{n}") for n in range(30))
    write(book([(n,) * 30 for n in range(333)], 333, columns), "xlsx", tmp_path / "a.xlsx")
    made = openpyxl.load_workbook(tmp_path / "a.xlsx")
    sheet: Any = made.worksheets[2]
    (table,) = sheet.tables.values()
    assert table.ref == table.autoFilter.ref == sheet.dimensions == "A1:AD334"
    assert [column.name for column in table.tableColumns] == [cell.value for cell in sheet[1]]
    assert sheet.freeze_panes == "A2"
    assert sheet.print_area == "'大きい'!$A$1:$AD$334"
    assert {other.dimensions for other in made.worksheets if other.title != "大きい"} >= {"A1:A2"}
    with ZipFile(tmp_path / "a.xlsx") as found:
        assert found.testzip() is None
        assert len(found.namelist()) == len(set(found.namelist()))


class Broken(Exception):
    """Not an error of the system."""


@pytest.fixture
def full() -> Iterator[None]:
    """A disk on which no file grows beyond some kilobytes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.usefixtures("small", "full")
def test_a_disk_that_fills_leaves_the_old_file(tmp_path: Path) -> None:
    (tmp_path / "a.xlsx").write_text("old")
    words = [(random.Random(n).randbytes(400).hex(),) for n in range(250)]
    with pytest.raises(Unwritable, match="File too large"):
        write(book(words, 250, (text("a"),)), "xlsx", tmp_path / "a.xlsx")
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("a.xlsx", "old")]


@pytest.mark.usefixtures("small")
def test_rows_that_break_leave_the_old_file(tmp_path: Path) -> None:
    (tmp_path / "a.xlsx").write_text("old")
    with pytest.raises(Broken):
        write(book(_breaking(), 250), "xlsx", tmp_path / "a.xlsx")
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("a.xlsx", "old")]


def _breaking() -> Iterator[Row]:
    yield from rows(150)
    raise Broken


@pytest.mark.parametrize(("column", "letters"), [(1, b"A"), (26, b"Z"), (27, b"AA"), (52, b"AZ"), (703, b"AAA")])
def test_columns_have_letters(column: int, letters: bytes) -> None:
    assert pouring._letters(column) == letters
