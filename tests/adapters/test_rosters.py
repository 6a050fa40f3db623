"""`kizuki roster`, as an administrator types it: real files, a real process, a real database."""

import getpass
import io
import json
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from openpyxl import load_workbook
from rich.console import Console

from adapters import roster_template, rosters
from storage import audit
from storage.database import Tx
from storage.engines import open_database
from tests.adapters.test_cli import home
from tests.commands import kizuki
from tests.rows import digest, rows

__all__ = ["home"]

ZONE = ZoneInfo("Asia/Tokyo")
UNITS = "組織コード,組織名,上位組織コード\n10,局,\n1010,窓口課,10\n"
STAFF = (
    "職員番号,氏名,所属コード,メール,着任日\n001,東京 花子,1010,hanako@x.jp,令和8年4月1日\n002,﨑山 太郎,10,,2026/4/1\n"
)


def state(home: Path) -> str:
    """All that is in the database, as one text."""
    database = open_database(f"sqlite:///{home}/kizuki.db")
    try:
        return database.read_now(digest)
    finally:
        database.close()


def found(home: Path, sql: str) -> list[tuple[object, ...]]:
    """What a query finds."""
    database = open_database(f"sqlite:///{home}/kizuki.db")
    try:
        return database.read_now(lambda tx: rows(tx, sql))
    finally:
        database.close()


def write(home: Path, staff: str = STAFF, units: str = UNITS, encoding: str = "utf-8") -> None:
    """The two files."""
    (home / "staff.csv").write_bytes(staff.encode(encoding))
    (home / "units.csv").write_bytes(units.encode(encoding))


@pytest.mark.parametrize("encoding", ["utf-8-sig", "cp932"])
def test_a_dry_run_and_then_the_real_one(home: Path, encoding: str) -> None:
    write(home, encoding=encoding)
    before = state(home)
    dry = kizuki("roster", "import", "staff.csv", "units.csv", "--as-of", "R8.10.1", "--dry-run", cwd=home)
    assert dry.returncode == 0, dry.stderr
    assert dry.stderr == ""
    assert "As of 2026-10-01" in dry.stdout
    assert "﨑山 太郎" in dry.stdout
    assert dry.stdout.rstrip().endswith("Nothing was changed.")
    assert state(home) == before
    real = kizuki("roster", "import", "staff.csv", "units.csv", "--as-of", "2026-10-01", cwd=home)
    assert real.returncode == 0, real.stderr
    shown, last = real.stdout.rstrip().rsplit("\n", 1)
    assert last == "Done. 2 unit founded, 2 joined, 0 unchanged."
    assert shown in dry.stdout, "what the dry run said is what was done"
    after = state(home)
    again = kizuki("roster", "import", "staff.csv", "units.csv", "--as-of", "2026-10-01", cwd=home)
    assert "Done. 2 unchanged." in again.stdout
    assert state(home) == after
    assert found(home, "select starts_on from posting order by person_id") == [("2026-04-01",), ("2026-04-01",)]


def test_the_audit_log_names_the_person_at_the_keyboard_and_the_files(home: Path) -> None:
    write(home)
    kizuki("roster", "import", "staff.csv", "units.csv", cwd=home)
    database = open_database(f"sqlite:///{home}/kizuki.db")

    def look(tx: Tx) -> list[audit.Entry]:
        return audit.newest(tx, limit=5)

    (entry,) = database.read_now(look)
    database.close()
    assert entry.subject in {f"{datetime.now(ZONE) - timedelta(minutes=m):%Y-%m-%d}" for m in (0, 5)}
    assert entry.actor == f"cli:{getpass.getuser()}"
    assert json.loads(entry.detail)["digest"] == sha256((STAFF + UNITS).encode()).hexdigest()


def test_faults_are_listed_and_nothing_changes(home: Path) -> None:
    write(home, STAFF + "003,次郎,99,x@@y,2027-02-30\n", UNITS + "20,課,77\n")
    before = state(home)
    told = kizuki("roster", "import", "staff.csv", "units.csv", cwd=home)
    assert told.returncode == 1
    assert told.stderr.splitlines() == [
        "staff.csv:4: メール 'x@@y' is no e-mail address. The part after the @-sign contains invalid characters: '@'",
        "staff.csv:4: 着任日 '2027-02-30' is a day that does not exist",
        "staff.csv:4: 所属コード '99' is no unit's code",
        "units.csv:4: 上位組織コード '77' is no unit's code",
        "4 faults. Nothing was changed.",
    ]
    assert state(home) == before


def test_of_very_many_faults_two_hundred_are_shown(home: Path) -> None:
    write(home, STAFF + "".join(f"1{n:03},人,{n + 5000},,\n" for n in range(250)))
    told = kizuki("roster", "import", "staff.csv", "units.csv", cwd=home).stderr.splitlines()
    assert len(told) == 202
    assert told[-2:] == ["… and 50 more.", "250 faults. Nothing was changed."]


def test_unreadable_files_and_days_are_named(home: Path) -> None:
    (home / "bad.csv").write_bytes(b"a\n\0")
    told = kizuki("roster", "import", "no.csv", "bad.csv", cwd=home)
    assert told.returncode == 1
    assert "no.csv:1: the file is missing" in told.stderr
    assert "bad.csv:2: neither text nor" in told.stderr
    assert "Traceback" not in told.stderr
    wrong = kizuki("roster", "import", "no.csv", "--as-of", "2027-02-30", cwd=home)
    assert wrong.returncode == 2
    assert "does not exist" in wrong.stderr


def test_many_leave_only_when_it_is_meant(home: Path) -> None:
    write(home)
    kizuki("roster", "import", "staff.csv", "units.csv", cwd=home)
    write(home, "".join(STAFF.splitlines(keepends=True)[:2]))
    before = state(home)
    told = kizuki("roster", "import", "staff.csv", cwd=home)
    assert told.returncode == 1
    assert "1 of 2 people would leave: --really does it." in told.stderr
    assert state(home) == before
    dry = kizuki("roster", "import", "staff.csv", "--dry-run", cwd=home)
    assert dry.returncode == 0
    assert "A real run asks for --really: 1 of 2 people would leave." in dry.stdout
    done = kizuki("roster", "import", "staff.csv", "--really", cwd=home)
    assert done.returncode == 0
    assert "Done. 1 left, 1 unchanged." in done.stdout


def test_twenty_examples_or_all(home: Path) -> None:
    staff = STAFF + "".join(f"1{n:03},人[bold]{n},10,,\n" for n in range(30))
    write(home, staff)
    some = kizuki("roster", "import", "staff.csv", "units.csv", "--dry-run", cwd=home).stdout
    assert "人[bold]17" in some
    assert "人[bold]18" not in some
    assert "… and 12 more; --all shows every one." in some
    every = kizuki("roster", "import", "staff.csv", "units.csv", "--dry-run", "--all", cwd=home).stdout
    assert "人[bold]29" in every
    assert "more;" not in every


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_the_template_imports_as_it_is(home: Path, lang: str) -> None:
    told = kizuki("roster", "template", "--lang", lang, cwd=home)
    assert "kizuki-roster.xlsx is ready" in told.stdout
    done = kizuki("roster", "import", "kizuki-roster.xlsx", "--as-of", "2026-11-01", cwd=home)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert "Done. 2 unit founded, 3 joined, 3 roles, 0 unchanged." in done.stdout
    assert found(home, "select number, language from person order by number") == [
        ("0000001", "ja"),
        ("0000002", "ja-easy"),
        ("0000003", "en"),
    ]
    held = "select r.role, u.code from role r left join unit u on u.id = r.unit_id order by r.id"
    assert found(home, held) == [
        ("executive", None),
        ("manager", "10"),
        ("secretariat", "10"),
        ("administrator", None),
        ("manager", "1010"),
    ]


def test_the_template_explains_every_column_and_offers_choices(tmp_path: Path) -> None:
    roster_template.write(tmp_path / "t.xlsx", "ja")
    people, units, about = load_workbook(tmp_path / "t.xlsx").worksheets
    headings = [cell.value for sheet in (people, units) for cell in sheet[1]]
    explained = [str(row[1]).split(" / ")[0] for row in about.iter_rows(min_row=2, values_only=True)]
    assert explained == headings
    assert all(row[3] and row[4] for row in about.iter_rows(values_only=True))
    assert len(people.data_validations.dataValidation) == 3


def test_a_template_is_not_written_over(home: Path) -> None:
    (home / "kizuki-roster.xlsx").write_bytes(b"mine")
    assert kizuki("roster", "template", cwd=home).returncode == 2
    assert (home / "kizuki-roster.xlsx").read_bytes() == b"mine"
    assert kizuki("roster", "template", "--force", cwd=home).returncode == 0
    assert (home / "kizuki-roster.xlsx").read_bytes() != b"mine"
    assert kizuki("roster", "template", "no/where.xlsx", cwd=home).returncode == 1
    assert kizuki("roster", "template", "--lang", "fr", cwd=home).returncode == 2


def test_a_sheet_that_is_something_else_is_named(home: Path) -> None:
    kizuki("roster", "template", cwd=home)
    book = load_workbook(home / "kizuki-roster.xlsx")
    book.worksheets[2].title = "メモ"
    book.save(home / "kizuki-roster.xlsx")
    told = kizuki("roster", "import", "kizuki-roster.xlsx", "--dry-run", cwd=home)
    assert told.stderr == "kizuki-roster.xlsx[メモ] is neither a table of people nor of units and was not read.\n"


def test_an_unmigrated_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "app.yaml").write_text("organisation:\n  name: {ja: 試験}\ndatabase: sqlite:///new.db\n")
    write(tmp_path)
    told = kizuki("roster", "import", "staff.csv", "units.csv", cwd=tmp_path)
    assert told.returncode == 1
    assert "kizuki migrate" in told.stderr


def test_the_progress_is_shown_on_a_terminal_only(monkeypatch: pytest.MonkeyPatch) -> None:
    for terminal in (True, False):
        screen = io.StringIO()
        monkeypatch.setattr(rosters, "err", Console(file=screen, force_terminal=terminal, width=100))
        with rosters._steps() as step:
            step("read", 2_000)
            step("read", 1_000)
            step("write")
        assert ("3,000 rows" in screen.getvalue()) == terminal
        assert ("write" in screen.getvalue()) == terminal
