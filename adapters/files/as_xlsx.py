"""A report as an Excel workbook: a real table on every sheet, its heads frozen, charts beside, notes on a sheet."""

from collections.abc import Callable, Iterator
from datetime import date, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from adapters.files.pouring import LONGEST, Poured, pour
from bot.sheets import Book, Chart, Column, Sheet

MEDIA = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
Progress = Callable[[int], None]
# Rows a worksheet can hold below its heads.
MOST_ROWS = 1_048_575
# Tables with more rows are poured in.
LARGE = 1_000
PLAIN = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True}
NUMBERS = {
    "text": "@",
    "number": "#,##0",
    "decimal": "General",
    "share": "0.0%",
    "date": "yyyy-mm-dd",
    "moment": "yyyy-mm-dd hh:mm",
}
# A tab's name may not hold these.
TABS = str.maketrans(dict.fromkeys("[]:*?/\\'", " "))


def write(book: Book, path: Path, progress: Progress = lambda _: None) -> None:
    """Write all tables; `progress` hears of rows as they are written."""
    drawn = BytesIO()
    with xlsxwriter.Workbook(drawn, PLAIN) as made:
        made.set_properties(_properties(book))
        drawing = _Drawing(made, book, progress)
        _cover(drawing)
        for number, sheet in enumerate(book.sheets, 1):
            drawing.sheet(sheet, number)
    if drawing.poured:
        pour(drawn, drawing.poured, path, progress)
    else:
        path.write_bytes(drawn.getvalue())


def _properties(book: Book) -> dict[str, Any]:
    return {
        "title": book.title,
        "subject": book.about[0],
        "author": book.organisation,
        "company": book.organisation,
        "comments": "\n".join(book.notes),
        "created": book.at.replace(tzinfo=None),
    }


class _Drawing:
    """A workbook on its way."""

    def __init__(self, made: Workbook, book: Book, progress: Progress) -> None:
        self.made, self.book, self._progress = made, book, progress
        self.poured: list[Poured] = []
        self._formats: dict[str, Format] = {kind: made.add_format(_look(kind)) for kind in NUMBERS}
        self.strong = made.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        self.title = made.add_format({"bold": True, "font_size": 16, "font_color": book.accent})
        self.wrapped = made.add_format({"text_wrap": True, "valign": "top"})
        self._head = made.add_format(
            {"bold": True, "text_wrap": True, "valign": "vcenter", "font_color": "#ffffff", "bg_color": book.accent}
        )
        self._tabs: set[str] = set()

    def tab(self, name: str) -> Worksheet:
        """A new worksheet, under a name that Excel takes."""
        plain = " ".join(name.translate(TABS).split())[:28] or "-"
        number = next(n for n in range(1, 1_000) if self._numbered(plain, n).casefold() not in self._tabs)
        self._tabs.add(self._numbered(plain, number).casefold())
        return self.made.add_worksheet(self._numbered(plain, number))

    @staticmethod
    def _numbered(name: str, number: int) -> str:
        return name if number == 1 else f"{name} {number}"

    def sheet(self, sheet: Sheet, number: int) -> None:
        """A table with its chart."""
        tab = self.tab(sheet.name)
        tab.freeze_panes(1, _frozen(sheet))
        tab.set_row(0, 30)
        for at, column in enumerate(sheet.columns):
            tab.set_column(at, at, column.wide + 2, self._formats[column.kind])
        if sheet.count > LARGE:
            self._empty(tab, sheet)
            self.poured.append(Poured(number + 1, number, sheet))
        else:
            self._rows(tab, sheet)
        self._frame(tab, sheet, number)
        if sheet.chart and sheet.chart.rows:
            self._chart(tab, sheet, sheet.chart)
        _paper(tab, self.book, sheet)

    def _empty(self, tab: Worksheet, sheet: Sheet) -> None:
        """A row without anything in it, which says how each column looks."""
        for at, column in enumerate(sheet.columns):
            tab.write_blank(1, at, None, self._formats[column.kind])

    def _rows(self, tab: Worksheet, sheet: Sheet) -> None:
        writers = [self._writer(tab, column) for column in sheet.columns]
        for row, cells in enumerate(sheet.rows, 1):
            for at, (write_cell, cell) in enumerate(zip(writers, cells, strict=True)):
                if cell is not None:
                    write_cell(row, at, cell)
        self._progress(sheet.count)

    def _writer(self, tab: Worksheet, column: Column) -> Callable[[int, int, Any], None]:
        """How a column's cells are written: texts always as texts, whatever they look like."""
        look = self._formats[column.kind]
        match column.kind:
            case "text":
                return lambda row, at, cell: tab.write_string(row, at, str(cell)[:LONGEST], look)
            case "date" | "moment":
                return lambda row, at, cell: _write_day(tab, row, at, cell, look)
            case _:
                return lambda row, at, cell: tab.write_number(row, at, cell, look)

    def _frame(self, tab: Worksheet, sheet: Sheet, number: int) -> None:
        """A real table around the rows."""
        heads = [{"header": head, "header_format": self._head} for head in _heads(sheet)]
        options = {"name": f"table_{number}", "columns": heads, "style": "Table Style Light 1"}
        # It looks at every cell: of a table that is poured in at those of one row.
        rows = 1 if sheet.count > LARGE else max(sheet.count, 1)
        tab.add_table(0, 0, rows, len(sheet.columns) - 1, options)

    def _chart(self, tab: Worksheet, sheet: Sheet, chart: Chart) -> None:
        drawn = self.made.add_chart({"type": "bar"})
        place = [sheet_name(tab), 1]
        drawn.add_series(
            {
                "name": sheet.columns[chart.value].title,
                "categories": [*place, chart.label, chart.rows, chart.label],
                "values": [*place, chart.value, chart.rows, chart.value],
                "fill": {"color": self.book.accent},
                "gap": 60,
                "data_labels": {"value": True, "num_format": NUMBERS[sheet.columns[chart.value].kind]},
            }
        )
        drawn.set_title({"name": chart.title, "name_font": {"size": 12}})
        drawn.set_legend({"none": True})
        drawn.set_y_axis({"reverse": True})
        drawn.set_x_axis({"visible": False, "major_gridlines": {"visible": False}, "min": 0})
        drawn.set_size({"width": 640, "height": max(220, 60 + 26 * chart.rows)})
        about = {"description": chart.title, "object_position": 2}
        tab.insert_chart(1, len(sheet.columns) + 1, drawn, about)


def sheet_name(tab: Worksheet) -> str:
    """What a worksheet is called."""
    return str(tab.get_name())


def _cover(drawing: _Drawing) -> None:
    """The first sheet: what this is, and how its figures are made."""
    book = drawing.book
    tab = drawing.tab(book.title)
    tab.hide_gridlines(2)
    tab.set_column(0, 0, 100)
    tab.write_string(0, 0, book.title, drawing.title)
    for row, (line, look) in enumerate(_lines(drawing), 1):
        tab.write_string(row, 0, line, look)


def _lines(drawing: _Drawing) -> Iterator[tuple[str, Format]]:
    book = drawing.book
    yield from ((line, drawing.strong) for line in book.about)
    yield "", drawing.wrapped
    for sheet in book.sheets:
        yield sheet.title, drawing.strong
        yield from ((note, drawing.wrapped) for note in sheet.notes)
    yield "", drawing.wrapped
    yield from ((note, drawing.wrapped) for note in book.notes)


def _look(kind: str) -> dict[str, Any]:
    return {"num_format": NUMBERS[kind], "valign": "top"}


def _heads(sheet: Sheet) -> list[str]:
    """The columns' heads; a table takes no two equal ones."""
    found: list[str] = []
    for column in sheet.columns:
        head, count = column.title, 1
        while head.casefold() in (other.casefold() for other in found):
            count += 1
            head = f"{column.title} {count}"
        found.append(head)
    return found


def _frozen(sheet: Sheet) -> int:
    """The columns that stay in view: the texts at the beginning, two at most."""
    texts = next((at for at, column in enumerate(sheet.columns) if column.kind != "text"), len(sheet.columns))
    return min(texts, 2)


def _write_day(tab: Worksheet, row: int, at: int, day: date, look: Format) -> None:
    tab.write_datetime(row, at, day.replace(tzinfo=None) if isinstance(day, datetime) else day, look)


def _paper(tab: Worksheet, book: Book, sheet: Sheet) -> None:
    """How it is printed: on A4, heads on every page."""
    tab.set_paper(9)
    tab.set_landscape()
    tab.repeat_rows(0)
    tab.fit_to_pages(1, 0)
    tab.print_area(0, 0, max(sheet.count, 1), len(sheet.columns) - 1)
    tab.set_footer("&L" + _escaped(book.title) + "&R&P / &N")


def _escaped(text: str) -> str:
    """A text in which nothing is one of a footer's codes."""
    return text.replace("&", "&&")[:200]
