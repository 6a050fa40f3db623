"""`kizuki role` and `kizuki account`, as an administrator types them, on both databases."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest
from typer.testing import CliRunner, Result

from adapters.cli import cli
from storage import accounts, audit, people, places, roles, units
from storage.database import Tx
from storage.engines import open_database

T = TypeVar("T")


@pytest.fixture
def home(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with an app.yaml, and two people in a unit."""
    yaml = f"organisation:\n  name: {{ja: 試験}}\n  timezone: Asia/Tokyo\ndatabase: {database_url}\n"
    (tmp_path / "app.yaml").write_text(yaml)
    monkeypatch.chdir(tmp_path)
    _with(database_url, _founded)
    return tmp_path


def _founded(tx: Tx) -> None:
    units.add(tx, code="1010", name_ja="窓口課", name_en="Counter", parent_id=None, starts_on="2020-04-01")
    for number in ("0012", "0013"):
        person = people.add(tx, number=number, name_ja=f"人{number}", name_en="", joined_on="2020-04-01")
        accounts.add(tx, "slack", f"U{number}", person_id=person)
        ext_id = f"D{number}"
        places.save(
            tx, platform="slack", ext_id=ext_id, private=True, address={}, person_id=person, account=f"U{number}"
        )


def _with(url: str, work: Callable[[Tx], T]) -> T:
    database = open_database(url)
    try:
        return asyncio.run(database.transact(work))
    finally:
        database.close()


def _types(*words: str) -> Result:
    return CliRunner().invoke(cli, list(words))


def _log(url: str) -> list[tuple[str, str]]:
    return [(e.action, e.subject) for e in reversed(_with(url, lambda tx: audit.newest(tx, limit=20)))]


def test_a_role_is_given_shown_and_taken(home: Path, database_url: str) -> None:
    assert _types("role", "grant", "0012", "manager", "--unit", "1010", "--from", "2026-04-01").exit_code == 0
    assert "manager" in (shown := _types("role", "list").output)
    assert "1010" in shown
    held = _with(database_url, lambda tx: roles.of(tx, 1, today="2026-11-24"))
    assert [(r.role, r.unit_id) for r in held] == [("manager", 1)]
    assert _types("role", "end", "0012", "manager", "--unit", "1010", "--on", "2026-11-01").exit_code == 0
    assert _with(database_url, lambda tx: roles.of(tx, 1, today="2026-11-24")) == []
    assert _log(database_url) == [("role.begin", "person:1"), ("role.end", "person:1")]
    entry = _with(database_url, lambda tx: audit.newest(tx, limit=1))[0]
    assert entry.actor.startswith("cli:")


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("role", "grant", "0012", "king"), "no role 'king'"),
        (("role", "grant", "9999", "manager"), "nobody with the staff number 9999"),
        (("role", "grant", "0012", "manager", "--unit", "77"), "no unit with the code 77"),
        (("role", "grant", "0012", "manager", "--from", "soon"), "not a day"),
        (("role", "grant", "0012", "manager", "--from", "2026-04-02", "--to", "2026-04-01"), "before --from"),
        (("role", "end", "0012", "manager"), "is not manager"),
        (("account", "link", "slakc", "U1", "0012"), "no platform 'slakc'"),
        (("account", "unlink", "slack", "U77"), "belongs to nobody"),
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(
    home: Path, database_url: str, words: tuple[str, ...], why: str
) -> None:
    told = _types(*words)
    assert told.exit_code == 2
    assert why in " ".join(told.output.replace("│", " ").split())
    assert _log(database_url) == []


def test_a_wrong_link_is_mended_and_both_hear_of_it(home: Path, database_url: str) -> None:
    assert _types("account", "link", "slack", "U0013", "0012").exit_code == 0
    assert "U0013" in _types("account", "list", "0012").output
    owner = _with(database_url, lambda tx: accounts.get(tx, "slack", "U0013"))
    assert owner
    assert (owner.person_id, owner.how) == (1, "admin")
    assert _log(database_url) == [("link.end", "person:2"), ("link.begin", "person:1")]

    def owed(tx: Tx) -> int:
        tx.cursor.execute("select count(*) from outbox")
        return int(tx.cursor.fetchone()[0])

    assert _with(database_url, owed) >= 2, "the one it was taken from, and the account it was added to"
    assert _types("account", "unlink", "slack", "U0013").exit_code == 0
    owner = _with(database_url, lambda tx: accounts.get(tx, "slack", "U0013"))
    assert owner
    assert (owner.person_id, owner.held) == (None, True)
