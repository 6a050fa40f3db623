"""`kizuki pulse open`, `close` and `list`, as the secretariat's operator types them, on both databases."""

import asyncio
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo

import pytest
from typer.testing import CliRunner, Result

from adapters.cli import cli
from storage import audit, places, pulse_answers, pulse_cleaning, pulses
from storage.database import Database, Tx
from storage.engines import open_database
from storage.pulse_cleaning import Unclean
from tests import talk

T = TypeVar("T")
KEY = "a key that is as long as it has to be"


@pytest.fixture
def home(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with an app.yaml, and the organisation of the conversations."""
    organisation = "organisation:\n  name: {ja: 試験}\n  timezone: Asia/Tokyo\n"
    yaml = f"{organisation}database: {database_url}\npulse: {{key: {KEY}}}\n"
    (tmp_path / "app.yaml").write_text(yaml)
    monkeypatch.chdir(tmp_path)
    _with(database_url, talk.found)
    return tmp_path


def _with(url: str, work: Callable[[Tx], T]) -> T:
    database = open_database(url)
    try:
        return asyncio.run(database.transact(work))
    finally:
        database.close()


def _types(*words: str) -> Result:
    return CliRunner().invoke(cli, ["pulse", *words])


def _today() -> str:
    return datetime.now(ZoneInfo("Asia/Tokyo")).date().isoformat()


def test_a_survey_is_opened_listed_and_closed(home: Path, database_url: str) -> None:
    code = f"once-environment-{_today()}"
    assert f"{code} is open for 8 people until " in _types("open", "environment", "--days", "2").output
    assert code in (shown := _types("list").output)
    assert " open " in shown
    kept = _with(database_url, lambda tx: pulses.by_code(tx, code))
    assert kept
    _with(database_url, lambda tx: pulse_answers.take(tx, kept.id, "mark"))
    assert f"{code} is closed." in _types("close", code).output
    assert f"{code} was closed before." in _types("close", code).output
    assert " closed " in _types("list").output
    closed = _with(database_url, lambda tx: pulses.by_code(tx, code))
    assert closed
    assert (closed.state, closed.salt) == ("closed", "")
    assert _with(database_url, lambda tx: pulse_answers.marks(tx, closed.id)) == set()
    found = _with(database_url, lambda tx: [e.action for e in audit.newest(tx, limit=9, action="pulse.")])
    assert found == ["pulse.close", "pulse.open"]


def test_a_survey_is_closed_also_where_the_database_cannot_be_cleaned_up_now(
    home: Path, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def busy(_: Database) -> None:
        raise Unclean

    monkeypatch.setattr(pulse_cleaning, "clean", busy)
    code = f"once-environment-{_today()}"
    _types("open", "environment")
    done = _types("close", code)
    assert done.exit_code == 0
    text = " ".join(done.output.split())
    assert f"{code} is closed." in text
    assert "cleaned up the next working morning" in text
    kept = _with(database_url, lambda tx: pulses.by_code(tx, code))
    assert kept
    assert kept.state == "closed"


@pytest.mark.parametrize("words", [(), ("--person",)])
def test_results_wait_for_managers_and_channels(home: Path, database_url: str, words: tuple[str, ...]) -> None:
    _types("open", "environment", *words)
    _types("close", f"once-environment-{_today()}")

    def owed(tx: Tx) -> list[str]:
        tx.cursor.execute("select key from outbox where key like 'pulse-results:%'")
        return sorted(str(row[0]).rsplit(":", 1)[1].split("-")[0] for row in tx.cursor.fetchall())

    channels = len(_with(database_url, places.channels))
    assert _with(database_url, owed) == ["manager"] * 2 + ["place"] * channels + ["secretariat"]


def test_only_some_are_asked(home: Path, database_url: str) -> None:
    assert "is open for 6 people" in _types("open", "weekly", "--unit", "10", "--person", "--no-remind").output
    kept = _with(database_url, pulses.everything)[0].audience
    assert kept == '{"of": "units", "units": ["10"], "invite": "person", "remind": []}'


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("open", "nothing"), "no questions called"),
        (("open", "weekly", "--unit", "77"), "No such unit: 77"),
        (("open", "weekly", "--unit", "1010"), "ask at least 5"),
        (("open", "weekly", "--role", "administrator"), "Nobody fits this"),
        (("open", "weekly", "--role", "king"), "no role"),
        (("open", "weekly", "--days", "0"), "--days"),
        (("close", "weekly-2020-01-01"), "no survey"),
    ],
)
def test_what_cannot_be_is_refused(home: Path, database_url: str, words: tuple[str, ...], why: str) -> None:
    refused = _types(*words)
    assert refused.exit_code == 2
    assert why in " ".join(refused.output.replace("│", " ").split())
    assert _with(database_url, pulses.everything) == []


def test_a_plan_with_unknown_questions_is_a_fault(home: Path) -> None:
    plan = "  surveys: {monthly: {set: nothing, every: month}}\n"
    (home / "app.yaml").write_text(
        (home / "app.yaml").read_text().replace(f"pulse: {{key: {KEY}}}", f"pulse:\n  key: {KEY}") + plan
    )
    found = CliRunner().invoke(cli, ["check"])
    assert "there is no question set 'nothing'" in str(found.exception)
