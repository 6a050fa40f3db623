"""What the columns of a roster are called, in Japanese, in English and as others do, and which table is of what."""

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import NamedTuple

from bot.documents import Fault
from bot.roster_values import folded

# What each column is called: first as the template names it in Japanese, then as in English, then how others do.
Headings = Mapping[str, tuple[str, ...]]
STAFF: Headings = {
    "number": (
        "職員番号",
        "Staff number",
        "社員番号",
        "職員ID",
        "職員コード",
        "staff no",
        "staff id",
        "number",
        "employee number",
        "employee no",
        "employee id",
    ),
    "name_ja": ("氏名", "Name", "名前", "漢字氏名", "職員氏名", "name ja", "full name", "japanese name"),
    "name_en": ("英語氏名", "English name", "ローマ字", "ローマ字氏名", "氏名(英語)", "氏名(ローマ字)", "name en"),
    "title_ja": ("職名", "Title", "役職名", "役職", "title ja", "job title"),
    "title_en": ("英語職名", "English title", "職名(英語)", "役職名(英語)", "title en"),
    "email": ("メールアドレス", "E-mail", "メール", "電子メール", "mail", "mail address", "e-mail address"),
    "unit": ("所属コード", "Unit code", "組織コード", "所属組織コード", "unit", "department code"),
    "role": ("権限", "Role", "役割", "ロール", "roles"),
    "manager": ("所属長", "Manager", "管理職", "管理職フラグ", "所属長フラグ", "is manager", "manager flag"),
    "starts_on": ("着任日", "Start date", "発令日", "異動日", "発令年月日", "着任年月日", "starts on", "start", "from"),
    "language": ("言語", "Language", "使用言語", "lang"),
}
UNITS: Headings = {
    "code": ("組織コード", "Unit code", "所属コード", "code"),
    "name_ja": ("組織名", "Unit name", "所属名", "組織名称", "所属名称", "name", "name ja", "unit name ja"),
    "name_en": (
        "英語組織名",
        "English unit name",
        "英語所属名",
        "組織名(英語)",
        "name en",
        "unit name en",
        "english name",
    ),
    "parent": (
        "上位組織コード",
        "Parent code",
        "親組織コード",
        "上位所属コード",
        "parent",
        "parent unit",
        "parent unit code",
    ),
    "starts_on": ("設置日", "Start date", "設置年月日", "starts on", "start"),
    "ends_on": ("廃止日", "End date", "廃止年月日", "ends on", "end"),
    "predecessors": ("前身コード", "Predecessors", "前身", "前身組織コード", "predecessor", "predecessor codes"),
}
# What the template's sheets are called: people, units, what each column means.
SHEETS = {"ja": ("職員", "組織", "説明"), "en": ("People", "Units", "Explanation")}
QUOTED = 60
REQUIRED = {id(STAFF): ("number", "name_ja", "unit"), id(UNITS): ("code", "name_ja")}


class Table(NamedTuple):
    """Rows of texts with the line each begins on, as a person sees it; `sheet` where the file has several tables."""

    file: str
    sheet: str
    rows: Sequence[tuple[int, Sequence[str]]]

    @property
    def name(self) -> str:
        """How faults call it."""
        return f"{self.file}[{self.sheet}]" if self.sheet else self.file


class Spot(NamedTuple):
    """Where a row stands and what its columns are called there."""

    file: str
    line: int
    headings: Mapping[str, str]

    def fault(self, field: str, value: str, message: str) -> Fault:
        """A fault of a cell."""
        return Fault(self.file, self.line, f"{self.headings.get(field, field)} '{value}' {message}")


class Part(NamedTuple):
    """A table whose headings are known."""

    table: Table
    kind: Headings
    head: Spot
    fields: tuple[str, ...]
    blank: frozenset[int]
    body: Sequence[tuple[int, Sequence[str]]]


def part(table: Table, faults: list[Fault]) -> Part | None:
    """The table with its kind, by the headings in its first row that is no comment; None when it is no roster table."""
    rows = [row for row in table.rows if any(row[1])]
    while rows and next(c for c in rows[0][1] if c).startswith(("#", "＃")):
        rows.pop(0)
    if not rows:
        return None
    line, cells = rows[0]
    kind = max((STAFF, UNITS), key=lambda k: (_has_all(k, cells), len(_known(k, cells))))
    if len(_known(kind, cells)) < (2 if table.sheet else 1):
        return None
    fields = _fields(table, kind, rows[0], faults)
    head = Spot(table.name, line, {f: c for f, c in zip(fields, cells, strict=True) if f})
    faults += [
        Fault(table.name, line, f"the column '{kind[f][0]}' ({kind[f][1]}) is missing")
        for f in REQUIRED[id(kind)]
        if f not in fields
    ]
    if not rows[1:]:
        faults.append(Fault(table.name, line, "there are no rows below the headings"))
    blank = frozenset(i for i, cell in enumerate(cells) if not cell)
    return Part(table, kind, head, fields, blank, rows[1:])


def _names(kind: Headings) -> dict[str, str]:
    return {folded(name): field for field, names in kind.items() for name in (*names, field)}


def _known(kind: Headings, cells: Sequence[str]) -> set[str]:
    """The fields that have a column."""
    names = _names(kind)
    return {names[folded(c)] for c in cells if folded(c) in names}


def _has_all(kind: Headings, cells: Sequence[str]) -> bool:
    return _known(kind, cells).issuperset(REQUIRED[id(kind)])


def shown(text: str) -> str:
    """A cell as a fault quotes it: short, on one line, and nothing in it acts on a terminal."""
    text = "".join(c if c.isprintable() or c == "\u3000" else "\N{REPLACEMENT CHARACTER}" for c in text[: QUOTED + 1])
    return text if len(text) <= QUOTED else text[: QUOTED - 1] + "…"


def _fields(table: Table, kind: Headings, row: tuple[int, Sequence[str]], faults: list[Fault]) -> tuple[str, ...]:
    """The field of each column; "" where there is none."""
    names, found = _names(kind), list[str]()
    for cell in row[1]:
        field = names.get(folded(cell), "")
        if cell and not field:
            faults.append(Fault(table.name, row[0], f"'{shown(cell)}' is not a known heading{_nearest(cell, kind)}"))
        elif field and field in found:
            faults.append(Fault(table.name, row[0], f"'{shown(cell)}' is a second column for '{kind[field][0]}'"))
        found.append("" if field in found else field)
    return tuple(found)


def _nearest(cell: str, kind: Headings) -> str:
    written = {folded(name): name for names in kind.values() for name in names}
    close = get_close_matches(folded(cell), written, n=1, cutoff=0.5)
    return f": did you mean '{written[close[0]]}'?" if close else ""
