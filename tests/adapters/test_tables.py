"""Files as people send them: encodings, separators, quotation marks, workbooks, and what cannot be read."""

import io
import zipfile
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from adapters import tables
from bot.documents import Faults

TEXT = "職員番号,氏名\n001,東京 花子\n"


def read(data: bytes) -> list[tuple[int, list[str]]]:
    """The rows of the only table."""
    (table,) = tables.of(data, "f")
    return [(line, list(cells)) for line, cells in table.rows]


def faults(data: bytes) -> list[str]:
    """What is said of a file that cannot be read."""
    with pytest.raises(Faults) as broken:
        tables.of(data, "f")
    return [str(fault) for fault in broken.value.faults]


def book(*rows: list[Any], title: str = "S") -> bytes:
    """A workbook with one sheet."""
    made = Workbook()
    sheet = made.worksheets[0]
    sheet.title = title
    for row in rows:
        sheet.append(row)
    saved = io.BytesIO()
    made.save(saved)
    return saved.getvalue()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932"])
def test_encodings(encoding: str) -> None:
    assert read(TEXT.encode(encoding)) == [(1, ["職員番号", "氏名"]), (2, ["001", "東京 花子"])]


def test_characters_only_windows_has() -> None:
    assert read("氏名\n髙橋 﨑\n①㈱\n".encode("cp932"))[1:] == [(2, ["髙橋 﨑"]), (3, ["①㈱"])]


@pytest.mark.parametrize("separator", [",", "\t", ";"])
def test_separators(separator: str) -> None:
    text = f'# 説明, と;その\t他\n職員番号{separator}氏名\n1{separator}"あ{separator}い"\n'
    assert read(text.encode())[-1] == (3, ["1", f"あ{separator}い"])


def test_lines_are_those_of_an_editor() -> None:
    text = 'a,b\r\n"x\r\ny",1\r\n\r\n,\r\n2,3\r\n'
    assert read(text.encode()) == [(1, ["a", "b"]), (2, ["x\r\ny", "1"]), (6, ["2", "3"])]


def test_a_broken_byte_is_named() -> None:
    data = TEXT.encode() + "002,東".encode() + b"\xff\n"
    assert faults(data) == ["f:3: not UTF-8: byte 8 of this line is 0xFF"]
    assert faults(b"\xef\xbb\xbfa\n\x83\x65") == ["f:2: not UTF-8: byte 1 of this line is 0x83"]
    assert faults(b"a,b\n1,\x81\n") == ["f:2: neither UTF-8 nor Shift_JIS: byte 3 of this line is 0x81"]


def test_an_open_quotation_mark_is_named() -> None:
    assert faults(b'a,b\n1,2\n3,"4\n5,6\n')[0].startswith("f:3: a quotation mark is missing or too many")


def test_what_is_no_table() -> None:
    assert faults(b"a\n\0")[0] == "f:2: neither text nor an Excel workbook (.xlsx)"
    assert "with a password" in faults(b"\xd0\xcf\x11\xe0 and so on")[0]
    assert "not an Excel workbook that can be read" in faults(b"PK\x03\x04 and so on")[0]


def test_cells_of_a_workbook() -> None:
    rows = read(
        book(
            ["a", None, "c"],
            [],
            [1, 2.0, 2.5],
            [datetime(2027, 4, 1), date(2027, 4, 1), True],  # noqa: DTZ001 - cells have no zone
            ["007", "  x　"],
        )
    )
    assert rows == [
        (1, ["a", "", "c"]),
        (3, ["1", "2", "2.5"]),
        (4, ["2027-04-01", "2027-04-01", "1"]),
        (5, ["007", "x"]),
    ]


def test_too_many_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "ROWS", 3)
    assert len(read(b"a\n\n1\n2\n")) == 3
    assert faults(b"a\n1\n2\n3\n") == ["f:4: more than 3 rows"]
    assert faults(book(["a"], [1], [2], [3])) == ["f:4: more than 3 rows"]


def test_too_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "f.csv"
    path.write_bytes(b"a\n1\n2\n")
    monkeypatch.setattr(tables, "LARGEST", 5)
    assert [f.message for f in tables.read([path]).faults] == ["larger than 0 MB"]
    monkeypatch.setattr(tables, "UNPACKED", 1_000)
    assert "when unpacked" in faults(book(["a"]))[0]


def test_a_row_far_away_does_not_hang(monkeypatch: pytest.MonkeyPatch) -> None:
    found = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(book(["a"], ["b"]))) as old, zipfile.ZipFile(found, "w") as new:
        for part in old.namelist():
            data = old.read(part)
            new.writestr(part, data.replace(b'r="2"', b'r="99999999999"').replace(b'"A2"', b'"A99999999999"'))
    assert faults(found.getvalue()) == ["f:1: more rows than a worksheet can have"]


def test_every_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "fine.csv").write_text(TEXT, encoding="utf-8")
    (tmp_path / "bad.csv").write_bytes(b"\0")
    found = tables.read([tmp_path / "no.csv", tmp_path / "fine.csv", tmp_path / "bad.csv", tmp_path])
    assert [f.message.split("(")[0] for f in found.faults] == [
        "the file is missing",
        "neither text nor an Excel workbook ",
        "cannot be read ",
    ]
    assert len(found.tables) == 1


def test_the_digest_is_of_the_bytes(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"abc")
    # FIPS 180-2, appendix B.1.
    assert tables.read([tmp_path / "a"]).digest.startswith("ba7816bf 8f01cfea".replace(" ", ""))
