"""The roster of 54,046 staff in 3,500 units: the first import, one with 18,000 transfers, one that changes nothing."""

import csv
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

from openpyxl import Workbook

from adapters import rosters, tables
from bot import roster, roster_file
from bot.roster import Order, Plan
from storage import schema
from storage.database import Database, Tx
from storage.engines import open_database
from tests.bench.measured import Figure

STAFF, UNITS, MOVED = 54_046, 3_500, 18_000
LEVELS = (1, 30, 145, 650, 1_100, 1_574)
TODAY, SPRING = "2026-11-21", "2027-04-01"
PEOPLE = (
    "職員番号",
    "氏名",
    "英語氏名",
    "職名",
    "メールアドレス",
    "所属コード",
    "権限",
    "所属長",
    "着任日",
    "言語",
)
TREE = ("組織コード", "組織名", "英語組織名", "上位組織コード", "設置日")
Row = Sequence[str]


async def figures(folder: Path, staff: int = STAFF) -> list[Figure]:
    """Three imports one after the other into an empty database, from CSV and from XLSX."""
    rng = Random(1)
    people, units = list(_people(staff)), list(_units(rng))
    spring = _transferred(people, rng)
    found: list[Figure] = []
    for kind, save in (("csv", _save_csv), ("xlsx", _save_xlsx)):
        first, later = folder / f"first.{kind}", folder / f"spring.{kind}"
        tree = folder / f"units.{kind}"
        save(first, PEOPLE, people)
        save(later, PEOPLE, spring)
        save(tree, TREE, units)
        url = f"sqlite:///{folder}/roster-{kind}.db"
        schema.upgrade(url)
        database = open_database(url)
        for name, file, day in (
            (f"first import, {UNITS:,} units", first, TODAY),
            ("nothing changes", first, TODAY),
            (f"1 April, {MOVED:,} transfers", later, SPRING),
            ("nothing changes on 1 April", later, SPRING),
        ):
            found.append(await _measured(database, [file, tree], f"{kind.upper()}, {staff:,} people: {name}", day))
        database.close()
    return found


async def _measured(database: Database, files: Sequence[Path], what: str, day: str) -> Figure:
    started, busy = time.perf_counter(), time.process_time()
    read = tables.read(files)
    opened = time.perf_counter()
    asked = roster_file.read(read.tables, day=day)
    checked = time.perf_counter()
    order = Order("cli:bench", read.digest, TODAY, 1, ZoneInfo("Asia/Tokyo"))
    inside = 0.0

    def work(tx: Tx) -> Plan:
        nonlocal inside
        begun = time.perf_counter()
        done = roster.apply(tx, asked, order)
        inside = time.perf_counter() - begun
        return done

    with rosters.undisturbed():
        plan = await database.transact(work)
    total = time.perf_counter() - started
    counts = ", ".join(f"{n:,} {kind}" for kind, n in plan.counts.items()) or "unchanged"
    return Figure(
        f"{what} ({counts})",
        f"{total:.1f} s, {inside:.1f} s in the transaction",
        "≤ 30 s",
        f"read {opened - started:.1f} s, check {checked - opened:.1f} s; processor {time.process_time() - busy:.1f} s",
    )


def _code(number: int) -> str:
    return f"{number:05}"


def _people(staff: int) -> Iterator[list[str]]:
    for n in range(staff):
        email = f"T{n:07}@section.metro.tokyo.lg.jp"
        role = "幹部" if n % 2_000 == 0 else ""
        boss = "1" if n < UNITS else "0"
        name = (f"東京 花子{n}", f"Hanako Tokyo {n}", "主事")
        yield [f"{n:07}", *name, email, _code(n % UNITS), role, boss, "2024/4/1", "日本語"]


def _units(rng: Random) -> Iterator[list[str]]:
    above: list[str] = []
    count = 0
    for size in LEVELS:
        level = [_code(count + n) for n in range(size)]
        count += size
        for code in level:
            yield [code, f"第{code}課", f"Unit {code}", rng.choice(above) if above else "", "2000-04-01"]
        above = level


def _transferred(people: Sequence[Sequence[str]], rng: Random) -> list[list[str]]:
    """The same people on 1 April, so many of them in another unit."""
    found = [[*row[:8], "", row[9]] for row in people]
    for row in rng.sample(found, min(MOVED, len(found))):
        row[5] = _code((int(row[5]) + rng.randrange(1, UNITS)) % UNITS)
    return found


def _save_csv(path: Path, head: Row, rows: Sequence[Row]) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows((head, *rows))


def _save_xlsx(path: Path, head: Row, rows: Sequence[Row]) -> None:
    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    for row in (head, *rows):
        sheet.append(row)
    book.save(path)
