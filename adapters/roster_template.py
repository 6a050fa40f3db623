"""The workbook `kizuki roster template` writes: people, units, and what each column means, with invented examples."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.worksheet.datavalidation import DataValidation

from bot.roster_headings import REQUIRED, SHEETS, STAFF, UNITS, Headings

ROWS = 60_000
SHADE = PatternFill("solid", fgColor="DDE6F3")
TEXT = "@"

_PEOPLE: Sequence[Mapping[str, str]] = (
    {
        "number": "0000001",
        "name_ja": "例示 一郎",
        "name_en": "Ichiro Reiji",
        "title_ja": "局長",
        "title_en": "Director General",
        "email": "ichiro.reiji@example.jp",
        "unit": "10",
        "role": "幹部",
        "manager": "1",
        "starts_on": "2026-04-01",
        "language": "ja",
    },
    {
        "number": "0000002",
        "name_ja": "見本 花子",
        "name_en": "Hanako Mihon",
        "title_ja": "主任",
        "title_en": "Senior officer",
        "email": "hanako.mihon@example.jp",
        "unit": "1010",
        "role": "事務局@10、管理者",
        "manager": "0",
        "starts_on": "2026-04-01",
        "language": "ja-easy",
    },
    {
        "number": "0000003",
        "name_ja": "サンプル 次郎",
        "name_en": "Jiro Sample",
        "title_ja": "係長",
        "title_en": "Section manager",
        "email": "jiro.sample@example.jp",
        "unit": "1010",
        "role": "",
        "manager": "1",
        "starts_on": "2026-04-01",
        "language": "en",
    },
)
_UNITS: Sequence[Mapping[str, str]] = (
    {"code": "10", "name_ja": "例示局", "name_en": "Example Bureau", "starts_on": "2026-04-01"},
    {
        "code": "1010",
        "name_ja": "見本課",
        "name_en": "Sample Division",
        "parent": "10",
        "starts_on": "2026-04-01",
    },
)
_ENGLISH = {"幹部": "executive", "事務局@10、管理者": "secretariat@10; administrator"}
_CHOICES = {
    "ja": {"role": "職員,所属長,事務局,幹部,管理者", "manager": "1,0", "language": "ja,en,ja-easy"},
    "en": {"role": "staff,manager,secretariat,executive,administrator", "manager": "1,0", "language": "ja,en,ja-easy"},
}
_ABOUT: Mapping[str, tuple[str, str]] = {
    "number": ("職員を見分ける番号。同じ番号は一人だけ。", "Tells people apart; one row for each number."),
    "name_ja": ("日本語の氏名。", "The name in Japanese, or the only one."),
    "name_en": ("英語の画面に出る氏名。空欄なら今のまま。", "The name on English pages; empty keeps what there is."),
    "title_ja": ("職名。空欄なら今のまま。", "The title in Japanese; empty keeps what there is."),
    "title_en": ("英語の職名。空欄なら今のまま。", "The title in English; empty keeps what there is."),
    "email": (
        "Slack・Teamsの利用者と結びつけるアドレス。一人に一つ。空欄なら今のまま。",
        "Finds the person in Slack and Teams; no two have the same. Empty keeps what there is.",
    ),
    "unit": ("所属する組織のコード。", "The code of the unit the person works in."),
    "role": (
        "職員、所属長、事務局、幹部、管理者。「、」で区切って複数可。「事務局@1010」はその組織と下の組織だけ。",
        "staff, manager, secretariat, executive, administrator; several with ;. @1010 limits one to a unit and below.",
    ),
    "manager": ("自分の所属の長なら1、そうでなければ0。", "1 for the manager of the person's own unit, else 0."),
    "starts_on": (
        "その所属に着任した日。空欄なら取り込みの基準日。2027-04-01、2027/4/1、令和9年4月1日など。",
        "The first day in the unit; empty is the day of the import. 2027-04-01 or 2027/4/1.",
    ),
    "language": (
        "ja(日本語)、en(英語)、ja-easy(やさしい日本語)。本人が選んだ言語は変わりません。",
        "ja, en or ja-easy (easy Japanese); what a person chose stays.",
    ),
}
_ABOUT_UNITS: Mapping[str, tuple[str, str]] = {
    "code": (
        "組織を見分けるコード。廃止した組織のコードは使えません。",
        "Tells units apart; never used again after an end.",
    ),
    "name_ja": ("組織の名前。", "The unit's name in Japanese, or the only one."),
    "name_en": ("英語の画面に出る名前。空欄なら今のまま。", "The name on English pages; empty keeps what there is."),
    "parent": ("上位の組織のコード。空欄なら最上位。", "The code of the unit it is in; empty is the top."),
    "starts_on": ("設置した日。空欄なら取り込みの基準日。", "The first day; empty is the day of the import."),
    "ends_on": (
        "廃止の日(その日からなくなる)。この表にない組織は基準日に廃止となります。",
        "The first day without it. A unit that is not in the table ends on the day of the import.",
    ),
    "predecessors": (
        "統合・分割・改組の前の組織のコード。「、」で区切って複数可。",
        "The codes of the units it came from, by merger, split or replacement; several with ;.",
    ),
}


def write(path: Path, lang: str) -> None:
    """Write the workbook with headings in a language."""
    book = Workbook()
    book.remove(book.worksheets[0])
    people, units, about = (book.create_sheet(name) for name in SHEETS[lang])
    _fill(people, STAFF, [_in(row, lang) for row in _PEOPLE], lang)
    _fill(units, UNITS, _UNITS, lang)
    _offer(people, lang)
    _explain(about)
    book.save(path)


def _in(row: Mapping[str, str], lang: str) -> Mapping[str, str]:
    return row if lang == "ja" else {**row, "role": _ENGLISH.get(row["role"], "")}


def _fill(sheet: Any, kind: Headings, rows: Sequence[Mapping[str, str]], lang: str) -> None:
    """Headings and examples; whole columns are texts, so that Excel keeps the zeros a code begins with."""
    sheet.append([names[lang == "en"] for names in kind.values()])
    for row in rows:
        sheet.append([row.get(field) for field in kind])
    for column in range(1, len(kind) + 1):
        head = sheet.cell(1, column)
        head.font, head.fill = Font(bold=True), SHADE
        letter = head.column_letter
        sheet.column_dimensions[letter].width = 22
        sheet.column_dimensions[letter].number_format = TEXT
        for line in range(2, len(rows) + 2):
            sheet.cell(line, column).number_format = TEXT
    sheet.freeze_panes = "A2"


def _offer(sheet: Any, lang: str) -> None:
    """Lists to choose from; a role may be typed freely, because it can name a unit or be several."""
    for column, field in enumerate(STAFF, 1):
        if choices := _CHOICES[lang].get(field):
            rule = DataValidation("list", formula1=f'"{choices}"', allow_blank=True, showErrorMessage=field != "role")
            letter = sheet.cell(1, column).column_letter
            rule.add(f"{letter}2:{letter}{ROWS}")
            sheet.add_data_validation(rule)


def _explain(sheet: Any) -> None:
    sheet.append(["シート Sheet", "列 Column", "必須 Required", "説明", "Meaning"])
    for at, (kind, about) in enumerate(((STAFF, _ABOUT), (UNITS, _ABOUT_UNITS))):
        for field, (ja, en) in about.items():
            names = kind[field]
            required = "○" if field in REQUIRED[id(kind)] else ""
            sheet.append([f"{SHEETS['ja'][at]} {SHEETS['en'][at]}", f"{names[0]} / {names[1]}", required, ja, en])
    for letter, width in zip("ABCDE", (16, 34, 14, 70, 70), strict=True):
        sheet.column_dimensions[letter].width = width
    for row in sheet.iter_rows():
        for cell in row:
            cell.alignment = Alignment(wrap_text=True, vertical="top")
    for cell in sheet[1]:
        cell.font, cell.fill = Font(bold=True), SHADE
