"""Every report as CSV, workbook and PDF: opened again by a library, with the same figures, and nothing that runs."""

import csv
import io
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import typer
from rich.console import Console

from adapters import report_files
from adapters.files.keeping import Unwritable
from adapters.files.writing import FORMS, write
from adapters.report_files import Wanted
from bot import report_books, rollups, sheets
from bot.book import Asked
from bot.report_books import REPORTS
from bot.reports import between
from bot.sheets import Book, Chart, Column, Sheet, text
from bot.turn import House, Turn
from storage import notes, units
from storage.database import Tx
from storage.engines import open_database
from tests.adapters.test_exports import surveyed, transacted
from tests.conftest import MORNING
from tests.databases import migrated
from tests.full_life import HIDDEN, full_life
from tests.pdfs import Opened, opened
from tests.talk import Talk, resettled

FIRST, END = date(2026, 11, 1), date(2026, 11, 25)
NOW = datetime.fromisoformat(MORNING)
QUIET = Console(quiet=True)
HOSTILE = (
    '=HYPERLINK("http://evil.example","x")', "+1+1", "-2+3", "@SUM(1)", "\t=1+1", "\r=1+1", "＝1+1",
    "<script>alert(1)</script>", "#panic()", "*太字* $x$ `c`", "a,b\r\nc;\"d\"", "🎉番号札\x07",
)  # fmt: skip
OFFICE = "事務局だけに伝えたいこと"


@pytest.fixture(scope="module")
def lived(house: House, tmp_path_factory: pytest.TempPathFactory) -> House:
    """A house whose database has everything in it, hostile words above all."""
    url = migrated(f"sqlite:///{tmp_path_factory.mktemp('lived')}/kizuki.db")
    settings = house.settings.model_copy(update={"database": url})
    with ThreadPoolExecutor(1) as pool:
        pool.submit(_live, resettled(house, settings), url).result()
    return resettled(house, settings)


def _live(house: House, url: str) -> None:
    import asyncio

    async def work() -> None:
        database = open_database(url)
        talk = await Talk.begin(house, database, now=NOW)
        await full_life(talk)
        await talk.taro.says("/kudos @hanako ふたりだけのお礼のことばです")
        await talk.taro.presses("kudos.confirm", numbers=["3"], visible=["private"])
        await database.transact(_hostile)
        database.close()

    asyncio.run(work())


def _hostile(tx: Tx) -> None:
    """Notes, names of units and people, and reasons, as nobody should write them."""
    tx.cursor.execute("SELECT id, unit_id, author_id, at FROM note WHERE audience = 'unit' LIMIT 1")
    _, unit, author, at = tx.cursor.fetchone()
    for words in HOSTILE:
        made = notes.add(
            tx, author_id=author, unit_id=unit, kind="notice", text=words, plain=words, audience="unit", pack="tokyo",
            version="1.1.0", due_on="2026-12-08", at=at, numbers=(2, 9),
        )  # fmt: skip
        tx.cursor.execute("UPDATE note SET reason = ? WHERE id = ?", (words, made))
    tx.cursor.execute("UPDATE unit SET name_ja = ? WHERE code = '1020'", (HOSTILE[0],))
    tx.cursor.execute("UPDATE person SET name_ja = ? WHERE number = 'taro'", (HOSTILE[3],))


def kept(house: House, folder: Path, name: str, form: str, **how: str) -> Path:
    """A report as a file."""
    path = folder / f"{name}.{form}"
    wanted = Wanted(name, form, "2026-11-01", "2026-11-24", **how)
    report_files.keep(house, wanted, path, QUIET, NOW)
    return path


def of(name: str) -> dict[str, str]:
    return {"unit": "1010"} if REPORTS[name].needs_unit else {}


def read_csv(path: Path) -> list[list[str]]:
    content = path.read_bytes()
    assert content.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


REAL = [name for name in REPORTS if name != "pulse"]


@pytest.mark.parametrize("name", REAL)
def test_a_csv_has_the_rows_of_the_report_and_no_formula(lived: House, tmp_path: Path, name: str) -> None:
    rows = read_csv(kept(lived, tmp_path, name, "csv", **of(name)))
    assert len({len(row) for row in rows}) == 1
    numbers = {"0", "1", "2"}
    for cell in (cell for row in rows for cell in row):
        assert not cell.startswith(("=", "+", "@", "\t", "\r", "＝")), cell
        assert not cell.startswith("-") or cell.removeprefix("-").isdigit() or cell in numbers, cell


@pytest.mark.parametrize("name", REAL)
def test_a_workbook_has_tables_frozen_heads_and_texts_that_stay_texts(lived: House, tmp_path: Path, name: str) -> None:
    book = openpyxl.load_workbook(kept(lived, tmp_path, name, "xlsx", **of(name)))
    assert book.properties.title
    assert book.properties.creator == "試験都庁"
    assert len(book.worksheets) > 1
    sheet: Any
    for sheet in book.worksheets[1:]:
        assert sheet.freeze_panes
        (table,) = sheet.tables.values()
        heads = [cell.value for cell in sheet[1]]
        assert [column.name for column in table.tableColumns] == heads
        assert all(sheet.column_dimensions[cell.column_letter].width > 4 for cell in sheet[1])
        assert not sheet._hyperlinks
        for row in sheet.iter_rows():
            assert all(cell.data_type != "f" for cell in row)


@pytest.mark.parametrize("name", REAL)
@pytest.mark.parametrize("lang", ["ja", "en"])
def test_a_pdf_is_tagged_with_headings_tables_and_fonts_inside(
    lived: House, tmp_path: Path, name: str, lang: str
) -> None:
    found = opened(kept(lived, tmp_path, name, "pdf", lang=lang, **of(name)).read_bytes())
    assert found.marked
    assert found.lang == lang
    assert found.embedded
    assert all(found.embedded.values())
    assert found.tags["H1"] == 1
    assert found.tags["H2"] >= 1
    assert found.actions == 0
    assert "\ufffd" not in found.text
    assert {min(size) for size in found.sizes} == {210}
    assert f"1/{len(found.sizes)}" in found.texts[0]


def test_the_roll_up_says_what_the_read_model_says(lived: House, tmp_path: Path) -> None:
    database = open_database(lived.settings.database)
    period = between(lived.settings, FIRST, END)
    figures = database.read_now(lambda tx: rollups.tree(tx, period, "then", today="2026-11-24"))
    codes = dict(database.read_now(_codes))
    database.close()
    for form in ("csv", "xlsx"):
        path = kept(lived, tmp_path, "units", form)
        rows: Any = read_csv(path) if form == "csv" else _cells(path)
        heads, lines = list(rows[0]), [list(row) for row in rows[1:]]
        assert [line[0] for line in lines] == ["00", "10", "1010", "1020", "20"]
        for line in lines:
            told = dict(zip(heads, line, strict=True))
            right = figures[codes[line[0]]]
            assert int(told["気づき"]) == right.notes
            assert int(told["書いた人"]) == right.writers
            assert int(told["もらった感謝"]) == right.received
            assert int(told["職員"]) == right.staff
            assert int(told["気づき #1 顧客視点"]) == right.by_number.get(1, 0)


def _codes(tx: Tx) -> list[tuple[str, int]]:
    tx.cursor.execute("SELECT code, id FROM unit")
    found: list[tuple[str, int]] = tx.cursor.fetchall()
    return found


def _cells(path: Path) -> list[tuple[Any, ...]]:
    return list(openpyxl.load_workbook(path).worksheets[-1].iter_rows(values_only=True))


def test_hostile_words_arrive_as_they_were_written(lived: House, tmp_path: Path) -> None:
    cells = {str(cell) for row in _cells(kept(lived, tmp_path, "notes", "xlsx")) for cell in row}
    assert {HOSTILE[0], HOSTILE[1], HOSTILE[6], HOSTILE[7], HOSTILE[8], HOSTILE[9]} <= cells
    lines = {cell for row in read_csv(kept(lived, tmp_path, "notes", "csv")) for cell in row}
    assert {f"'{HOSTILE[0]}", f"'{HOSTILE[1]}", f"'{HOSTILE[6]}", HOSTILE[7], HOSTILE[8]} <= lines
    printed = opened(kept(lived, tmp_path, "notes", "pdf").read_bytes()).text
    for words in HOSTILE[:9]:
        assert "".join(words.split()) in printed
    assert "〓番号札" in printed


def test_lists_name_nobody_who_wrote_without_a_name_and_hold_nothing_for_the_office(
    lived: House, tmp_path: Path
) -> None:
    rows = read_csv(kept(lived, tmp_path, "notes", "csv"))
    heads = rows[0]
    (hidden,) = [row for row in rows if HIDDEN in row]
    assert hidden[heads.index("書いた人")] == "名前は出しません"
    assert OFFICE not in {cell for row in rows for cell in row}
    assert "消してしまう気づき" not in {cell for row in rows for cell in row}


def test_private_thanks_are_a_line_without_names_and_words(lived: House, tmp_path: Path) -> None:
    rows = read_csv(kept(lived, tmp_path, "kudos", "csv"))
    shown = {cell for row in rows for cell in row}
    assert "引き継ぎ資料が丁寧で助かりました" in shown
    (private,) = [row for row in rows if "ふたりの間の感謝" in row]
    assert private[2:8] == ["", "", *["ふたりの間の感謝"] * 2, "#3", "ふたりの間の感謝"]
    assert "ふたりだけのお礼のことばです" not in shown


def test_a_units_file_has_no_line_of_private_thanks(lived: House, tmp_path: Path) -> None:
    """In a small unit the day and the principle alone would tell who was thanked."""
    rows = read_csv(kept(lived, tmp_path, "kudos", "csv", unit="1010"))
    shown = {cell for row in rows for cell in row}
    assert "引き継ぎ資料が丁寧で助かりました" in shown
    assert "ふたりの間の感謝" not in shown


@pytest.mark.parametrize(
    ("wanted", "fault"),
    [
        (Wanted("gossip", "csv"), "There is no report 'gossip'"),
        (Wanted("units", "doc"), "--format is"),
        (Wanted("digest", "csv"), "Choose a unit"),
        (Wanted("units", "csv", unit="9999"), "There is no unit '9999'"),
        (Wanted("units", "csv", "2026-11-20", "2026-11-01"), "before"),
        (Wanted("units", "csv", "2030-01-01", "2030-02-01"), "has not come yet"),
        (Wanted("units", "csv", "1900-01-01", "1900-02-01"), "2000"),
        (Wanted("units", "csv", "2026-11-20", "9999-12-31"), "nothing after 2099"),
        (Wanted("units", "csv", "9999-12-31", "9999-12-31"), "nothing after 2099"),
        (Wanted("units", "csv", period="2026-11-20..9999-12-31"), "is not a period"),
        (Wanted("units", "csv", "yesterday"), "is not a day"),
        (Wanted("units", "csv", period="2026-W99"), "is not a period"),
        (Wanted("pulse", "csv", "2026-11-01", code="weekly-1999-01-01"), "weekly-1999-01-01"),
        (Wanted("suggestions", "csv", "2026-11-01", "2026-11-24", unit="10"), "whole organisation"),
    ],
)
def test_what_cannot_be_is_said_in_a_sentence_and_leaves_no_file(
    lived: House, tmp_path: Path, wanted: Wanted, fault: str
) -> None:
    with pytest.raises(typer.BadParameter) as refused:
        report_files.keep(lived, wanted, tmp_path / "x.csv", QUIET, NOW)
    assert fault in str(refused.value)
    assert list(tmp_path.iterdir()) == []


# Books made for the purpose


def book(rows: Iterator[tuple[Any, ...]] | list[tuple[Any, ...]], count: int, chart: Chart | None = None) -> Book:
    """A book with one table of a text, a number, a share and a day."""
    columns = (text("名前"), Column("数"), Column("割合", "share"), Column("日", "date", 11))
    sheet = Sheet("[表]*?", "表", columns, rows, count, chart, rest="のこり" if count > 1_200 else "")
    return Book("題", ("だれの",), "組織", "ja", "#0017c1", NOW, (sheet,), ("作り方",))


def test_a_chart_is_a_real_chart_in_a_workbook_and_a_figure_with_words_in_a_pdf(tmp_path: Path) -> None:
    rows: list[tuple[Any, ...]] = [("甲", 3, 0.25, date(2026, 4, 1)), ("乙", 12_345, None, None)]
    made = book(rows, 2, Chart("図", 0, 1, 2))
    write(made, "xlsx", tmp_path / "a.xlsx")
    sheet: Any = openpyxl.load_workbook(tmp_path / "a.xlsx").worksheets[1]
    (chart,) = sheet._charts
    assert chart.ser[0].val.numRef.f.endswith("!$B$2:$B$3")
    assert sheet["C2"].number_format == "0.0%"
    assert sheet["D2"].value == datetime(2026, 4, 1)  # noqa: DTZ001 - a workbook's days have no zone
    assert sheet["C3"].value is None
    write(made, "pdf", tmp_path / "a.pdf")
    found: Opened = opened((tmp_path / "a.pdf").read_bytes())
    assert found.alts == ["図: 甲 3, 乙 12,345"]
    assert found.tags["Figure"] == 1
    assert found.tags["TH"] == 4


def test_a_long_table_repeats_its_heads_and_says_what_is_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sheets, "CELLS_ON_PAPER", 4_500)
    rows = [(f"行{n}", n, 0.5, date(2026, 4, 1)) for n in range(1_300)]
    write(book(rows, len(rows)), "pdf", tmp_path / "a.pdf")
    found = opened((tmp_path / "a.pdf").read_bytes())
    assert len(found.texts) > 10
    assert all("名前数割合日" in page for page in found.texts[:-1])
    assert "行1124" in found.text
    assert "行1125" not in found.text
    assert "のこり" in found.texts[-1]


def test_more_rows_than_a_worksheet_has_are_refused(tmp_path: Path) -> None:
    with pytest.raises(Unwritable, match="1,048,576 rows do not fit"):
        write(book([], 1_048_576), "xlsx", tmp_path / "a.xlsx")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("form", FORMS)
def test_a_table_without_rows_is_a_file_all_the_same(tmp_path: Path, form: str) -> None:
    write(book([], 0), form, tmp_path / f"a.{form}")
    assert (tmp_path / f"a.{form}").stat().st_size > 0


async def test_lists_are_the_same_on_both_databases(talk: Talk) -> None:
    await full_life(talk)
    period = between(talk.house.settings, FIRST, END)

    def work(tx: Tx) -> dict[str, list[tuple[Any, ...]]]:
        turn = Turn(tx, talk.house, talk.now)
        found = {}
        for name in ("notes", "kudos"):
            for code in ("", "10"):
                unit = None if not code else _unit(tx, code)
                made = report_books.build(turn, Asked(name, period, unit, "then", "ja"))
                found[f"{name}{code}"] = list(made.whole.rows)
                assert len(found[f"{name}{code}"]) == made.whole.count
        return found

    found = talk.database.read_now(work)
    assert [row[7] for row in found["notes"]] == [row[7] for row in found["notes10"]]
    assert {row[6] for row in found["notes"]} >= {"#1", "#2"}
    assert [row[1] for row in found["kudos"]] == [date(2026, 11, 24)] * len(found["kudos"])


def _unit(tx: Tx, code: str) -> Any:
    return units.by_code(tx, code)


def test_a_survey_is_told_as_it_was_released_and_no_other_way(lived: House, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/pulse.db"
    shutil.copy(lived.settings.database.removeprefix("sqlite:///"), tmp_path / "pulse.db")
    house = resettled(lived, lived.settings.model_copy(update={"database": url}))
    with ThreadPoolExecutor(1) as pool:
        pool.submit(transacted, url, surveyed).result()
    rows = read_csv(kept(house, tmp_path, "pulse", "csv", code="weekly-2026-11-02"))
    told = [(row[1], *row[4:6], *row[6:]) for row in rows[1:]]
    assert told == [
        ("00", "60", "40", "yes", "25", "0.625", "そのまま"),
        ("00", "60", "40", "no", "15", "0.375", "そのまま"),
        ("10", "30", "20", "yes", "16", "", "その数以上"),
        ("20 30", "30", "20", "yes", "9", "0.45", "そのまま"),
        ("20 30", "30", "20", "no", "11", "0.55", "そのまま"),
        ("1010", "9", "7", "yes", "7", "1", "そのまま"),
        ("40", "3", "", "", "", "", "載せません"),
    ]
    for form in ("xlsx", "pdf"):
        assert kept(house, tmp_path, "pulse", form, code="weekly-2026-11-02").stat().st_size > 1_000
