"""`kizuki audit`, as an administrator types it, and what the program itself writes into the log."""

import asyncio
import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from pydantic import SecretStr
from typer.testing import CliRunner, Result

from adapters import auditing
from adapters.cli import cli
from bot.organisation import Organisation
from bot.schedule import millis
from bot.settings import Settings
from storage import audit, erasure, people
from storage.audit import BEGINNING
from storage.database import Database, Tx
from storage.engines import open_database
from tests.commands import kizuki
from tests.databases import migrated

NINE = millis(datetime.fromisoformat("2026-11-24T09:00:00+09:00"))
NOTED = "written down elsewhere:\n"


@pytest.fixture
def home(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with an app.yaml for each database, in which commands are typed."""
    yaml = f"organisation:\n  name: {{ja: 試験}}\n  timezone: Asia/Tokyo\ndatabase: {database_url}\n"
    (tmp_path / "app.yaml").write_text(yaml)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    return tmp_path


def _types(*words: str) -> Result:
    return CliRunner().invoke(cli, ["audit", *words])


def _with(url: str, work: Callable[[Tx], None]) -> None:
    database = open_database(url)
    asyncio.run(database.transact(work))
    database.close()


def _three(tx: Tx) -> None:
    """Hanako makes Ken a manager; Ken, of whom no name is left, exports; the schedule ends the role."""
    for number, ja, en in (("1001", "花子", "Hanako"), ("1002", "健", "Ken"), ("1003", "太郎", "")):
        people.add(tx, number=number, name_ja=ja, name_en=en, joined_on="2020-04-01")
    erasure.rename(tx, 2, "left:2")
    people.add(tx, number="?slack/U4", name_ja="客", name_en="Guest", joined_on="2020-04-01", listed=False)
    audit.add(tx, "role.begin", actor="person:1", subject="person:3", at=NINE, role="manager", unit="1010")
    audit.add(tx, "export", actor="person:2", subject="digest", at=NINE + 1_000, period="2026-10")
    audit.add(tx, "role.end", actor="schedule", subject="person:4", at=NINE + 90_000, units=["10", "20"])


def test_an_empty_log_and_one_with_entries(home: Path, database_url: str) -> None:
    told = _types("verify")
    assert (told.exit_code, told.output.splitlines()[-1]) == (0, BEGINNING)
    assert told.output.startswith("0 entries")
    assert _types("list").output == "There is no such entry.\n"
    _with(database_url, _three)
    told = _types("verify")
    last = told.output.splitlines()[-1]
    assert (told.exit_code, told.output) == (
        0,
        f"3 entries, each fits the one before. The last hash, to be {NOTED}{last}\n",
    )
    assert "The hash given is there: entry 3." in _types("verify", "--expect", f" {last.upper()}").output
    assert "the beginning" in _types("verify", "--expect", BEGINNING).output


def test_a_hash_that_is_not_there_fails(home: Path, database_url: str) -> None:
    _with(database_url, _three)
    told = _types("verify", "--expect", "f" * 64)
    assert told.exit_code == 1
    assert "The hash given is not in the log" in told.stderr
    assert "There are 3 entries" in told.stderr
    for wrong in ("f" * 63, "g" * 64, " "):
        told = _types("verify", "--expect", wrong)
        assert told.exit_code == 2
        assert "takes a whole hash" in told.stderr


def test_the_first_entry_that_does_not_fit_is_named(home: Path, database_url: str) -> None:
    def tamper(tx: Tx) -> None:
        tx.cursor.execute("drop trigger audit_guard_update" + ("" if tx.sqlite else " on audit"))
        tx.cursor.execute("update audit set actor = 'person:3' where id = 2")

    _with(database_url, _three)
    noted = _types("verify").output.splitlines()[-1]
    _with(database_url, tamper)
    for words in ((), ("--expect", noted)):
        told = _types("verify", *words)
        assert (told.exit_code, told.stdout) == (1, "")
        assert "broken at entry 2" in told.stderr
        assert "(1 entry)" in told.stderr


def test_the_list_shows_the_organisations_time_and_who_still_has_a_name(home: Path, database_url: str) -> None:
    _with(database_url, _three)
    lines = [[part.strip() for part in line.split("  ") if part.strip()] for line in _types("list").output.splitlines()]
    assert [line for line in lines if line and line[0].isdigit()] == [
        ["3", "2026-11-24 09:01:30", "schedule", "role.end", "person:4 Guest", "units: 10 20"],
        ["2", "2026-11-24 09:00:01", "person:2", "export", "digest", "period: 2026-10"],
        ["1", "2026-11-24 09:00:00", "1001 Hanako", "role.begin", "1003 太郎", "role: manager, unit: 1010"],
    ]


def _numbers(*words: str) -> list[str]:
    lines = _types("list", *words).output.splitlines()
    return [line.split()[0] for line in lines if line.split() and line.split()[0].isdigit()]


def test_the_list_is_narrowed_by_action_person_and_number(home: Path, database_url: str) -> None:
    _with(database_url, _three)
    assert _numbers() == ["3", "2", "1"]
    assert _numbers("--action", "role") == ["3", "1"]
    assert _numbers("--action", "role", "--limit", "1") == ["3"]
    assert _numbers("--person", "1003") == ["1"]
    assert _numbers("--person", "1001", "--action", "role.end") == []
    _with(database_url, lambda tx: audit.add(tx, "export", actor="person:1", subject="x", at=NINE))
    assert _numbers("--person", "1001") == ["4", "1"]
    assert _numbers("--person", "1001", "--limit", "1") == ["4"]
    told = _types("list", "--person", "9999")
    assert told.exit_code == 2
    assert "nobody with the staff number '9999'" in told.stderr
    assert _types("list", "--limit", "0").exit_code == 2


def test_what_was_tampered_with_is_listed_as_it_is(home: Path, database_url: str) -> None:
    def tamper(tx: Tx) -> None:
        tx.cursor.execute("drop trigger audit_guard_update" + ("" if tx.sqlite else " on audit"))
        for number, detail in ((1, "[bold]{"), (2, "[1]"), (3, "7")):
            tx.cursor.execute(f"update audit set actor = 'person:x', detail = '{detail}' where id = {number}")

    _with(database_url, _three)
    _with(database_url, tamper)
    told = _types("list")
    assert (told.exit_code, told.output.count("person:x")) == (0, 3)
    assert "[bold]{" in told.output


def test_a_real_process_fails_without_a_traceback(tmp_path: Path) -> None:
    (tmp_path / "app.yaml").write_text("organisation:\n  name: {ja: 試験}\ndatabase: sqlite:///new.db\n")
    told = kizuki("audit", "verify", cwd=tmp_path)
    assert told.returncode == 1
    assert told.stderr == "The database has no tables yet. Run `kizuki migrate` first.\n"
    migrated(f"sqlite:///{tmp_path}/new.db")
    told = kizuki("audit", "verify", "--expect", "e" * 64, cwd=tmp_path)
    assert told.returncode == 1
    assert "not in the log" in told.stderr
    assert kizuki("audit", "verify", cwd=tmp_path).returncode == 0


# What the program writes itself

FIRST = Settings(organisation=Organisation(name={"ja": "試験"}))
ADDRESS = "postgresql://kizuki:{0}@db.example.jp:5432/kizuki?sslmode=require&sslpassword={0}"


def _changed(**parts: object) -> Settings:
    return Settings.model_validate({**FIRST.model_dump(), **parts})


async def _started(database: Database, *configs: Settings) -> list[list[str]]:
    """The changed sections each start wrote down."""
    for number, config in enumerate(configs):
        await database.transact(lambda tx, c=config, n=number: auditing.note_settings(tx, c, NINE + n))  # type: ignore[misc]
    found = await database.read(lambda tx: audit.newest(tx, limit=99, action="settings"))
    return [json.loads(entry.detail)["changed"] for entry in reversed(found)]


async def test_a_start_writes_down_which_settings_changed_since_the_last(database: Database) -> None:
    other = _changed(notes={"longest": 500}, quiet={"start": "21:00"})
    every = sorted(Settings.model_fields)
    assert await _started(database, FIRST, FIRST, other, other, FIRST) == [
        every,
        ["notes", "quiet"],
        ["notes", "quiet"],
    ]
    assert (await database.read(audit.verify)).broken is None


async def test_each_section_counts_as_a_setting(database: Database) -> None:
    schedules = FIRST.model_dump()["schedules"]
    changes: dict[str, object] = {
        "organisation": {"name": {"ja": "別"}},
        "pack": "tokyo@1.0.0",
        "database": "sqlite:///other.db",
        "cache": "elsewhere",
        "schedules": {k: v for k, v in schedules.items() if k != "learn"} | {"learn": "off"},
        "people": {"unlisted": "take-part"},
        "kudos": {"daily_cap": 3},
        "delivery": {"attempts": 3},
        "server": {"port": 9_999},
        "platforms": {"playground": True},
        "privacy": {"files": "P3D"},
    }
    for name, value in changes.items():
        assert (await _started(database, FIRST, _changed(**{name: value})))[-1] == [name]


async def test_the_order_in_app_yaml_does_not_matter(database: Database) -> None:
    names = {"ja": "試験", "en": "Test"}
    one, two = (_changed(organisation={"name": dict(order)}) for order in (names.items(), reversed(names.items())))
    assert len(await _started(database, one, two)) == 1


@pytest.mark.parametrize("secret", ["s3cret", "s3/cr:et", "s3%40cret"])
async def test_passwords_are_in_no_fingerprint(database: Database, secret: str) -> None:
    one, two = (_changed(database=ADDRESS.format(word)) for word in (secret, "another"))
    elsewhere = _changed(database=ADDRESS.format(secret).replace("example", "sample"))
    someone = _changed(database=ADDRESS.format(secret).replace("//kizuki", "//root"))
    assert (
        await _started(database, one, two, elsewhere, someone) == [sorted(Settings.model_fields)] + [["database"]] * 2
    )


async def test_a_secret_of_a_section_is_in_no_fingerprint(database: Database) -> None:
    class Secretive(Settings):
        token: SecretStr

    data = FIRST.model_dump()
    one, two = (Secretive.model_validate({**data, "token": word}) for word in ("one", "two"))
    assert len(await _started(database, one, two)) == 1
    found = await database.read(lambda tx: audit.newest(tx, limit=1))
    assert "token" in json.loads(found[0].detail)["sections"]


async def test_replicas_that_start_together_write_once(database: Database) -> None:
    other = open_database(database.url)
    starts = [
        place.transact(lambda tx: auditing.note_settings(tx, FIRST, NINE))
        for place in (database, other)
        for _ in range(8)
    ]
    await asyncio.gather(*starts)
    other.close()
    assert (await database.read(audit.verify)).entries == 1


async def test_the_list_leaves_fingerprints_out(home: Path, database: Database) -> None:
    await _started(database, FIRST, _changed(notes={"longest": 500}))
    told = await asyncio.to_thread(_types, "list", "--limit", "1")
    assert "changed: notes" in told.output
    assert "sections" not in told.output
    assert "cli:" in told.output


async def test_an_export_is_written_down(database: Database) -> None:
    await auditing.exported(database, "digest", actor="person:7", at=NINE, period="2026-10", unit="1010")
    found = await database.read(lambda tx: audit.newest(tx, limit=1))
    assert found[0][1:6] == (NINE, "person:7", "export", "digest", '{"period": "2026-10", "unit": "1010"}')


def test_whoever_runs_the_program_has_a_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("getpass.getuser", lambda: "root")
    assert auditing.operator() == "cli:root"

    def nameless() -> str:
        raise KeyError

    monkeypatch.setattr("getpass.getuser", nameless)
    monkeypatch.setattr("os.getuid", lambda: 1_234)
    assert auditing.operator() == "cli:1234"
