"""After the clean-up nothing that surveys forgot is in the database's files, and what they keep is as it was."""

import asyncio
import re
import secrets
import sqlite3
from pathlib import Path

import psycopg
import pytest

from storage import pulse_answers, pulse_cleaning, pulses
from storage.database import Database, Tx
from storage.pulse_answers import LineRow
from storage.pulse_cleaning import Unclean
from storage.pulses import GroupRow, NewPulse

MANY = 3_000
LINE = "だれにも見せない声"
# Marks and ids are this long.
MARK = 32
HEX = re.compile(rb"[0-9a-f]{%d}" % MARK)


class _Filled:
    """A survey that is closed and one that is open, with everything that was written for the closed one."""

    def __init__(self) -> None:
        self.salt = secrets.token_hex(32)
        self.gone = [secrets.token_hex(16) for _ in range(MANY)]
        self.kept = [secrets.token_hex(16) for _ in range(MANY)]
        self.lines = [LineRow(secrets.token_hex(16), 1, "voice", f"{LINE}{n:04}") for n in range(200)]
        self.closed = self.open = 0

    @property
    def secrets(self) -> list[bytes]:
        """What must be nowhere afterwards."""
        texts = [self.salt, *self.gone, LINE, *(line.id for line in self.lines)]
        return [text.encode() for text in texts]

    async def fill(self, database: Database) -> None:
        """Open both, answer both in turn, close one."""
        await database.transact(self._open)
        for at in range(0, MANY, 100):
            await database.transact(lambda tx, at=at: self._answer(tx, at))  # type: ignore[misc]
        if not database.url.startswith("sqlite"):
            # What is looked at to plan queries is kept in a table of its own.
            await database.transact(lambda tx: tx.cursor.execute("ANALYZE"))
        await database.transact(self._close)

    def _open(self, tx: Tx) -> None:
        self.closed, self.open = (
            pulses.add(tx, _new(code, salt), [GroupRow(1, "[]", "", 5)], [])
            for code, salt in (("a", self.salt), ("b", "stays"))
        )
        for line in self.lines:
            pulse_answers.add_line(tx, self.closed, line)

    def _answer(self, tx: Tx, at: int) -> None:
        for mark, kept in zip(self.gone[at : at + 100], self.kept[at : at + 100], strict=True):
            pulse_answers.take(tx, self.closed, mark)
            pulse_answers.spend(tx, self.closed, mark)
            pulse_answers.take(tx, self.open, kept)
            pulse_answers.count(tx, self.open, 1, [("mood", "4", 1)])
        # Other surveys come and go: rows move from page to page while the salt is there.
        pulses.add(tx, _new(f"other-{at}", "x" * 64)._replace(questions="q" * 3_000), [], [])

    def _close(self, tx: Tx) -> None:
        pulses.close(tx, self.closed, day="2026-11-30", released="{}", pieces="")
        pulse_answers.forget(tx, self.closed)


def _new(code: str, salt: str) -> NewPulse:
    return NewPulse(code, "x", "[]", "{}", "{}", 5, 5, "2026-11-24", "2026-11-28", salt, "")


@pytest.fixture
async def filled(database: Database) -> _Filled:
    found = _Filled()
    await found.fill(database)
    return found


async def test_nothing_of_a_closed_survey_is_left_in_any_file(filled: _Filled, database: Database) -> None:
    assert set(filled.gone[-100:]) <= {found.decode() for found in _found(database, filled.secrets)}
    await pulse_cleaning.clean(database)
    assert not _found(database, filled.secrets)


async def test_what_is_open_stays_as_it_is(filled: _Filled, database: Database) -> None:
    before = database.read_now(_everything)
    for _ in range(2):
        await pulse_cleaning.clean(database)
    assert database.read_now(_everything) == before
    assert database.read_now(lambda tx: pulse_answers.marks(tx, filled.open)) == set(filled.kept)
    assert await database.transact(lambda tx: pulse_answers.take(tx, filled.open, filled.kept[0])) is False
    assert await database.transact(lambda tx: pulse_answers.take(tx, filled.open, "new")) is True
    with pytest.raises((sqlite3.IntegrityError, psycopg.errors.UniqueViolation)):
        await database.transact(lambda tx: pulses.add(tx, _new("a", "x"), [], []))


async def test_answers_go_on_meanwhile(filled: _Filled, database: Database) -> None:
    async def answer(n: int) -> bool:
        return await database.transact(lambda tx: pulse_answers.take(tx, filled.open, f"during-{n}"))

    done = await asyncio.gather(
        pulse_cleaning.clean(database), *map(answer, range(200)), pulse_cleaning.clean(database)
    )
    assert done[1:-1] == [True] * 200
    assert len(database.read_now(lambda tx: pulse_answers.marks(tx, filled.open))) == MANY + 200


async def test_a_reader_that_holds_the_log_is_said(
    filled: _Filled, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not database.url.startswith("sqlite"):
        pytest.skip("PostgreSQL's log is its own")
    monkeypatch.setattr(pulse_cleaning, "PAUSE", 0.01)
    monkeypatch.setattr(pulse_cleaning, "WAIT_MS", 10)
    reader = sqlite3.connect(database.url.removeprefix("sqlite:///"), isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM pulse").fetchone()
    with pytest.raises(Unclean):
        await pulse_cleaning.clean(database)
    reader.close()
    await pulse_cleaning.clean(database)
    assert not _found(database, filled.secrets)


def _everything(tx: Tx) -> list[object]:
    found: list[object] = []
    for table in ("pulse", "pulse_group", "pulse_ticket", "pulse_tally", "pulse_spent", "pulse_line"):
        tx.cursor.execute(f"SELECT * FROM {table} ORDER BY 1, 2")
        found.append([tuple(row) for row in tx.cursor.fetchall()])
    return found


def _found(database: Database, wanted: list[bytes]) -> list[bytes]:
    """What of it stands in the files of the database: in rows, free pages, or the log of SQLite."""
    held = b"".join(file.read_bytes() for file in _files(database))
    runs = [run[0] for run in re.finditer(rb"[0-9a-f]{%d,}" % MARK, held)]
    pieces = {run[at : at + MARK] for run in runs for at in range(len(run) - MARK + 1)}
    # The thousands of marks are looked up in what one walk through the files has found.
    return [text for text in wanted if text in (pieces if HEX.fullmatch(text) else held)]


def _files(database: Database) -> list[Path]:
    if database.url.startswith("sqlite"):
        file = Path(database.url.removeprefix("sqlite:///"))
        return [file, *file.parent.glob(f"{file.name}-wal")]
    with psycopg.connect(database.url.replace("postgresql+psycopg://", "postgresql://"), autocommit=True) as connection:
        connection.execute("CHECKPOINT")
        (data,) = connection.execute("SHOW data_directory").fetchone() or ("",)
        (oid,) = connection.execute("SELECT oid FROM pg_database WHERE datname = current_database()").fetchone() or (0,)
    return [file for file in (Path(data) / "base" / str(oid)).iterdir() if file.is_file()]


async def test_what_somebody_still_looks_at_is_not_called_clean(database: Database) -> None:
    if database.url.startswith("sqlite"):
        pytest.skip("an older view of PostgreSQL")
    filled = _Filled()
    await database.transact(filled._open)
    with psycopg.connect(database.url.replace("postgresql+psycopg://", "postgresql://")) as looking:
        looking.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        looking.execute("SELECT 1 FROM person")
        await database.transact(filled._close)
        with pytest.raises(Unclean):
            await pulse_cleaning.clean(database)
    await pulse_cleaning.clean(database)
