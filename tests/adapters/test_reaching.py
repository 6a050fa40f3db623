"""`kizuki reach`, as an administrator types it: counts, lists and files, and what the audit log keeps of them."""

import asyncio
import csv
import json
from collections.abc import Callable
from io import StringIO
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from adapters import reaching
from adapters.cli import cli
from adapters.reaching import LISTED, TO_DO
from bot.reach import STATUSES
from storage import accounts, audit, outbox, people, places, postings, units
from storage.database import Tx
from storage.engines import open_database
from tests.commands import kizuki
from tests.databases import migrated

YAML = """organisation:
  name: {{ja: 試験}}
  timezone: Asia/Tokyo
database: {url}
platforms:
  playground: true
  teams: {{app_id: {id}, tenant: {id}, password: secret}}
"""
AT = 1_790_010_000_000
SINCE = "2020-04-01"
# The day of AT in Tokyo, where it is past midnight.
DAY = "2026-09-22"
PEOPLE = {
    # number: (name, unit, platform, why the chat is gone, or None where it is not)
    "1": ("花子", "00", "playground", None),
    "2": ("太郎", "10", "teams", None),
    "3": ("=cmd()", "10", "teams", "blocked"),
    "4": ('佐藤 "健", 主事', "10", "teams", "blocked"),
    "5": ("桜", "00", "", None),
}


@pytest.fixture
def home(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with an app.yaml for each database, and five people in two units."""
    (tmp_path / "app.yaml").write_text(YAML.format(url=database_url, id="12345678-90ab-cdef-1234-567890abcdef"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    _with(database_url, _found)
    return tmp_path


def _found(tx: Tx) -> None:
    top = units.add(tx, code="00", name_ja="本庁", name_en="Head", parent_id=None, starts_on=SINCE)
    below = units.add(tx, code="10", name_ja="@窓口課", name_en="Counter", parent_id=top, starts_on=SINCE)
    for number, (name, unit, platform, gone) in PEOPLE.items():
        person = people.add(tx, number=number, name_ja=name, name_en="", joined_on=SINCE)
        postings.add(tx, person, below if unit == "10" else top, starts_on=SINCE)
        if platform:
            _chat(tx, person, platform, gone)
    hall = places.save(tx, platform="slack", ext_id="hall", private=False, address={}, unit_id=below)
    places.mark_gone(tx, hall, at=AT, why="removed")


def _chat(tx: Tx, person: int, platform: str, gone: str | None) -> None:
    name = f"u{person}"
    accounts.link(tx, platform, name, person_id=person, how="roster", at=AT)
    place = places.save(
        tx,
        platform=platform,
        ext_id=name,
        private=True,
        address={"conversation": "a:1"},
        person_id=person,
        account=name,
    )
    if gone is not None:
        places.mark_gone(tx, place, at=AT, why=gone)


def _with(url: str, work: Callable[[Tx], None]) -> None:
    database = open_database(url)
    asyncio.run(database.transact(work))
    database.close()


def _types(*words: str) -> Result:
    return CliRunner().invoke(cli, ["reach", *words])


def _lines(told: Result) -> list[list[str]]:
    assert told.exit_code == 0, told.output
    return [[part.strip() for part in line.split("  ") if part.strip()] for line in told.output.splitlines()]


def _rows(told: Result) -> list[list[str]]:
    """What a spreadsheet reads."""
    assert told.exit_code == 0, told.output
    text = told.stdout_bytes.decode("utf-8")
    assert text.startswith("\ufeff")
    return list(csv.reader(StringIO(text.removeprefix("\ufeff"))))


def test_counts_with_what_to_do(home: Path) -> None:
    lines = _lines(_types())
    assert ["reached", "playground", "1", "0", TO_DO["reached"]] in lines
    assert ["reached", "teams", "1", "0", TO_DO["reached"]] in lines
    assert ["blocked", "teams", "2", "0", TO_DO["blocked"]] in lines
    assert ["never_seen", "1", "0", TO_DO["never_seen"]] in lines
    assert ["slack (off)", "gone: removed", "1"] in lines
    assert ["5 people, 0 of them want no messages."] in lines


def test_every_status_says_what_to_do() -> None:
    assert tuple(TO_DO) == STATUSES


def test_a_unit_and_what_is_below(home: Path) -> None:
    assert ["3 people, 0 of them want no messages."] in _lines(_types("--unit", "10"))
    assert ["5 people, 0 of them want no messages."] in _lines(_types("--unit", "00"))


def test_a_list_of_people(home: Path) -> None:
    lines = _lines(_types("--list", "blocked"))
    assert ["3", "=cmd()", "10", "@窓口課", "teams", DAY] in lines
    assert lines[-1] == ["2 blocked."]
    assert _lines(_types("--list", "blocked", "--unit", "10"))[-1] == ["2 blocked."]
    assert _lines(_types("--list", "closed")) == [["0 closed."]]
    assert ["5", "桜", "00", "本庁", SINCE] in _lines(_types("--list", "never_seen"))


def test_a_terminal_is_not_flooded(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reaching, "SHOWN", 1)
    lines = _lines(_types("--list", "blocked"))
    assert lines[-1] == ["2 blocked. The others are in --format csv or json: 1."]
    assert "健" not in str(lines)
    assert len(_rows(_types("--list", "blocked", "--format", "csv"))) == 3


def test_a_spreadsheet_takes_nothing_for_a_formula(home: Path) -> None:
    heads, *rows = _rows(_types("--list", "blocked", "--format", "csv"))
    assert heads == list(LISTED)
    assert rows == [
        ["3", "'=cmd()", "10", "'@窓口課", "teams", DAY, ""],
        ["4", '佐藤 "健", 主事', "10", "'@窓口課", "teams", DAY, ""],
    ]
    counted = _rows(_types("--format", "csv"))
    assert counted[0] == ["status", "platforms", "people", "muted", "what to do"]
    assert sum(int(row[2]) for row in counted[1:]) == len(PEOPLE)
    assert [row[0] for row in counted[1:]] == ["reached", "reached", "blocked", "never_seen"]


def test_data_for_a_program(home: Path, database_url: str) -> None:
    def owe(tx: Tx) -> None:
        body = outbox.body(tx, "b", "{}", at=AT)
        outbox.post(tx, "m", body, due_at=AT, person_id=5)

    _with(database_url, owe)
    data = json.loads(_types("--format", "json").stdout)
    assert (data["people"], data["muted"], data["daily"]) == (5, 0, None)
    assert data["waiting"] == {"messages": 1, "people": 1}
    assert data["channels"] == [{"platform": "slack", "gone": True, "why": "removed", "places": 1}]
    assert [(s["status"], s["platforms"], s["people"]) for s in data["statuses"]] == [
        ("reached", ["playground"], 1),
        ("reached", ["teams"], 1),
        ("blocked", ["teams"], 2),
        ("never_seen", [], 1),
    ]
    assert "Waiting for people who cannot be reached: 1 for 1." in _types().output
    people_there = json.loads(_types("--list", "blocked", "--format", "json").stdout)
    assert people_there[0] == {
        "number": "3",
        "name": "=cmd()",
        "unit": "10",
        "unit_name": "@窓口課",
        "platforms": "teams",
        "since": DAY,
        "muted": "",
    }


def test_a_made_up_number_is_not_shown(home: Path, database_url: str) -> None:
    def take_in(tx: Tx) -> None:
        people.add(tx, number="unlisted:x", name_ja="客", name_en="", joined_on=SINCE, listed=False)

    _with(database_url, take_in)
    assert ["", "客", "", "", "", SINCE, ""] in _rows(_types("--list", "never_seen", "--format", "csv"))


def test_that_it_was_made_is_in_the_audit_log(home: Path, database_url: str) -> None:
    _types("--list", "blocked", "--unit", "10", "--format", "csv")
    database = open_database(database_url)
    (entry,) = database.read_now(lambda tx: audit.newest(tx, limit=9))
    database.close()
    assert (entry.action, entry.subject, entry.actor.startswith("cli:")) == ("export", "reach", True)
    assert json.loads(entry.detail) == {"form": "csv", "status": "blocked", "unit": "10"}


def test_what_is_mistyped_is_told_and_not_written_down(home: Path, database_url: str) -> None:
    for words, said in {
        ("--unit", "99"): "There is no unit with the code '99'",
        ("--list", "angry"): "There is no status 'angry'",
        ("--format", "xml"): "--format is text or json or csv",
    }.items():
        told = _types(*words)
        assert told.exit_code == 2
        assert said in told.stderr
    database = open_database(database_url)
    assert database.read_now(lambda tx: audit.newest(tx, limit=9)) == []
    database.close()


def test_a_real_process(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/new.db"
    (tmp_path / "app.yaml").write_text(f"organisation:\n  name: {{ja: 試験}}\ndatabase: {url}\n")
    told = kizuki("reach", cwd=tmp_path)
    assert (told.returncode, told.stderr) == (1, "The database has no tables yet. Run `kizuki migrate` first.\n")
    migrated(url)
    assert "0 people" in kizuki("reach", cwd=tmp_path).stdout
    assert kizuki("reach", "--format", "csv", cwd=tmp_path).stdout.startswith("\ufeffstatus,platforms")
