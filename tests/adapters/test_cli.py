"""The command line, as an engineer types it: a real process, a real file."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest
from typer.testing import CliRunner

from adapters.cli import cli
from storage import outbox, people
from storage.engines import open_database
from tests.commands import Begun, kizuki
from tests.databases import migrated

ROOT = Path(__file__).parents[2]
KIZUKI = Path(sys.executable).parent / "kizuki"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A folder with an app.yaml and a migrated database."""
    (tmp_path / "app.yaml").write_text("organisation:\n  name: {ja: 試験, en: Test}\ndatabase: sqlite:///kizuki.db\n")
    migrated(f"sqlite:///{tmp_path}/kizuki.db")
    return tmp_path


def test_help_names_every_command(home: Path) -> None:
    told = kizuki("--help", cwd=home).stdout
    for name in [
        "demo",
        "serve",
        "check",
        "migrate",
        "run",
        "suggest",
        "outbox",
        "report",
        "simulate",
        "manifest",
        "doctor",
        "backup",
        "restore",
    ]:
        assert name in told
        assert CliRunner().invoke(cli, [name, "--help"]).exit_code == 0


def test_check_lists_faults_and_fails(home: Path) -> None:
    assert "Fine: app.yaml, pack tokyo" in kizuki("check", cwd=home).stdout
    (home / "app.yaml").write_text("organisation: {}\ndatabase: ${NOWHERE_URL}\n")
    done = kizuki("check", cwd=home)
    assert done.returncode == 1
    assert "app.yaml:1: 'organisation.name' is missing" in done.stderr
    assert "app.yaml:2: the environment variable NOWHERE_URL is not set" in done.stderr
    assert "2 faults." in done.stderr
    assert "Traceback" not in done.stderr


def test_serve_refuses_an_unmigrated_database(tmp_path: Path) -> None:
    (tmp_path / "app.yaml").write_text("organisation:\n  name: {ja: 試験}\ndatabase: sqlite:///new.db\n")
    done = kizuki("serve", cwd=tmp_path)
    assert done.returncode == 1
    assert "Run `kizuki migrate` first." in done.stderr
    assert "Traceback" not in done.stderr
    assert "is now at" in kizuki("migrate", cwd=tmp_path).stdout


def test_serve_answers_and_stops_cleanly(home: Path) -> None:
    server = subprocess.Popen(
        [KIZUKI, "serve", "--port", "0"], cwd=home, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert server.stdout is not None
    address = server.stdout.readline().split()[-1]
    with urllib.request.urlopen(f"{address}/healthz", timeout=5) as answer:  # noqa: S310 - loopback
        assert answer.read() == b"ok\n"
    server.send_signal(signal.SIGINT)
    _, logged = server.communicate(timeout=10)
    assert server.returncode == 0
    assert "Traceback" not in logged


def test_a_taken_port_is_named(home: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        for command in ("serve", "demo"):
            done = kizuki(command, "--port", str(port), cwd=home)
            assert done.returncode == 1
            assert f"Port {port} on 127.0.0.1 cannot be opened" in done.stderr
            assert "PORT=" in done.stderr
            assert "Traceback" not in done.stderr


def test_the_demo_opens_and_ctrl_c_leaves_nothing_behind(home: Path) -> None:
    started = time.monotonic()
    demo = subprocess.Popen(
        [KIZUKI, "demo", "--port", "0"],
        cwd=home,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "TMPDIR": str(home)},
    )
    assert demo.stdout is not None
    address = demo.stdout.readline().split()[-1]
    with urllib.request.urlopen(f"{address}/playground/", timeout=5) as page:  # noqa: S310 - loopback
        assert "東京みらい都庁" in page.read().decode()
    demo.send_signal(signal.SIGINT)
    _, errors = demo.communicate(timeout=10)
    assert (demo.returncode, errors) == (0, "")
    assert list(home.glob("kizuki-demo-*")) == []
    assert time.monotonic() - started < 60


def test_run_does_a_slot_once(home: Path) -> None:
    first = kizuki("run", "daily", "--at", "2026-11-24T09:00", cwd=home)
    assert "daily: 1 runs done." in first.stdout
    assert "it ran before" in kizuki("run", "daily", "--at", "2026-11-24T09:00", cwd=home).stdout
    assert "nothing was due" in kizuki("run", "daily", "--at", "2026-11-23T09:00", cwd=home).stdout
    assert "There is no job 'weekly'" in kizuki("run", "weekly", cwd=home).stderr
    assert "is not a time" in kizuki("run", "daily", "--at", "soon", cwd=home).stderr


def test_four_processes_at_once_run_a_slot_once(home: Path) -> None:
    runs = [Begun(("run", "daily", "--at", "2026-11-24T09:00"), home) for _ in range(4)]
    told = [run.ended().stdout for run in runs]
    assert sum("1 runs done" in t for t in told) == 1
    assert sum("it ran before" in t for t in told) == 3


def test_suggest_prints_a_table_and_lines_of_json(home: Path) -> None:
    assert "シンプル" in kizuki("suggest", "申請書に同じ住所を三回", cwd=home).stdout
    lines = '{"id": 7, "text": "ハンコが4つも要る"}\n\n{"id": "b", "text": "おはようございます"}\n'
    done = kizuki("suggest", "--jsonl", cwd=home, stdin=lines)
    first, second = map(json.loads, done.stdout.splitlines())
    assert first["id"] == 7
    assert first["suggestions"][0]["number"] == 2
    assert len(first["suggestions"]) == 10
    assert set(first["suggestions"][0]) == {"number", "score", "words"}
    scores = [s["score"] for s in first["suggestions"]]
    assert scores == sorted(scores, reverse=True)
    assert (first["none"], second["none"]) == (False, True)


def test_the_outbox_lists_what_is_parked_and_revives_it(home: Path) -> None:
    database = open_database(f"sqlite:///{home}/kizuki.db")

    def park(tx) -> None:  # type: ignore[no-untyped-def]
        people.add(tx, number="1", name_ja="花", name_en="Hana", joined_on="2020-01-01")
        body = outbox.body(tx, "b", '{"secret":"text"}', at=1)
        outbox.post(tx, "kudos:1:1", body, due_at=1, person_id=1)
        owed = outbox.lease(tx, now=2, until=3, limit=1)[0]
        outbox.settle(tx, owed, lease=3, state="parked", tries=8, due_at=2, error="RuntimeError")

    import asyncio

    asyncio.run(database.transact(park))
    database.close()
    told = kizuki("outbox", cwd=home).stdout
    assert "1 parked" in told
    assert "kudos:1:1" in told
    assert "RuntimeError" in told
    assert "secret" not in told
    assert "1 message will be sent again." in kizuki("outbox", "--revive", cwd=home).stdout
    assert "1 waiting" in kizuki("outbox", cwd=home).stdout


def test_reports_for_any_period(home: Path) -> None:
    done = kizuki("simulate", "--staff", "60", "--weeks", "8", "--seed", "3", "--until", "2026-10-31", cwd=home)
    assert done.returncode == 0, done.stderr
    again = kizuki("simulate", "--staff", "60", "--weeks", "8", cwd=home)
    assert "has people in it already" in again.stderr
    told = kizuki("report", "recognition", "--period", "2026-10", cwd=home).stdout
    assert "表彰のための報告" in told
    data = json.loads(kizuki("report", "recognition", "--period", "2026", "--format", "json", cwd=home).stdout)
    assert data["notes"] > 0
    assert data["period"]["first"] == "2026-04-01"
    assert "There is no unit ''" in kizuki("report", "digest", "--period", "2026-W42", cwd=home).stderr
    for wrong in ("2026-13", "yesterday", "2026-10-09..2026-10-01", "2026-11-01..9999-12-31", "9999-12"):
        assert "is not a period" in kizuki("report", "recognition", "--period", wrong, cwd=home).stderr
    assert "There is no report 'gossip'" in kizuki("report", "gossip", "--period", "2026", cwd=home).stderr
