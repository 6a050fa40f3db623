"""`kizuki pulse results` and `kizuki pulse prove`: what they print, and that a planted leak is found."""

import hashlib
import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from pydantic import SecretStr

from adapters.pulse_evidence import proved, said, told
from adapters.pulse_words import STATES
from bot import published
from bot.events import Press
from bot.turn import House, Turn
from storage import pulse_answers, pulse_cleaning, pulses, schema
from storage.database import Tx
from tests import surveys
from tests.commands import kizuki
from tests.surveys import CODE, THREE
from tests.talk import Talk

KEY = "a key for tests, known to everybody"
SIMULATED = "weekly-2026-08-25"
Plant = Callable[[Tx, int], object]


@dataclass(frozen=True)
class Office:
    """A survey that is talked about, and somebody at the keyboard of its database."""

    talk: Talk
    house: House
    pulse_id: int

    async def plants(self, plant: Plant) -> None:
        """Put something where it should not be."""
        await self.talk.database.transact(lambda tx: plant(tx, self.pulse_id))

    def finds(self) -> list[str]:
        """What is found that should not be there."""
        return [said(check) for check in proved(self.house, CODE).checks if not check.fine]

    async def closes(self) -> None:
        """The survey is over and cleaned up after."""
        await surveys.closed(self.talk.database, self.pulse_id)
        await pulse_cleaning.clean(self.talk.database)

    @property
    def sqlite(self) -> bool:
        """Whether the database is a file."""
        return self.talk.database.url.startswith("sqlite")


@pytest.fixture
async def office(talk: Talk, database_url: str) -> Office:
    """Two of five have answered; one of them wrote a line."""
    pulse_id = await surveys.opened(talk.database, talk.bot, THREE)
    await surveys.invited(talk.database, talk.bot)
    for someone, line in ((talk.hanako, "端末が遅い"), (talk.ken, "")):
        fields: dict[str, tuple[str, ...]] = {"q1": ("heard",), "q2": ("tools",), "q3": (line,)}
        key = f"press-{someone.name}"
        reply = await talk.bot.handle(Press(key, someone.handle, someone.place, "pulse.answer", CODE, fields))
        assert reply
        assert not reply.refused
    planned = talk.house.settings.pulse.model_copy(update={"key": SecretStr(KEY)})
    settings = talk.house.settings.model_copy(update={"database": database_url, "pulse": planned})
    return Office(talk, replace(talk.house, settings=settings), pulse_id)


async def test_an_open_survey_is_told_as_it_is(office: Office) -> None:
    found = proved(office.house, CODE)
    assert (office.finds(), found.fine) == ([], True)
    lines = [line for line in told(found) if isinstance(line, str)]
    text = "\n".join(lines)
    assert "2 tickets, each 32 digits of a keyed hash" in text
    assert "As many answers are counted as there are tickets: 2." in text
    assert "copies the live database between two answers can see which counters changed" in text
    assert ("xmin" in text) is not office.sqlite
    rows = {one.table: one.rows for one in found.held}
    held = {"pulse": 1, "pulse_invited": 5, "pulse_ticket": 2, "pulse_line": 1, "pulse_spent": 0}
    assert held.items() <= rows.items()
    assert {"body", "outbox"} <= rows.keys(), "the invitation names it"
    assert "person" not in rows


def _mark(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _ticket(mark: str) -> Plant:
    return lambda tx, pulse_id: pulse_answers.take(tx, pulse_id, mark)


def _hashed(*sql: str) -> Plant:
    """A ticket whose mark is a hash of what is in the database."""
    return lambda tx, pulse_id: pulse_answers.take(tx, pulse_id, _mark("".join(_value(tx, one) for one in sql)))


def _sql(*statements: str) -> Plant:
    def plant(tx: Tx, pulse_id: int) -> None:
        for statement in statements:
            tx.cursor.execute(statement.replace("PULSE", str(pulse_id)).replace("CODE", CODE))

    return plant


def _value(tx: Tx, sql: str) -> str:
    tx.cursor.execute(sql)
    return str(tx.cursor.fetchone()[0])


HANAKO = "select id from person where number = 'hanako'"
TICKET = "select min(mark) from pulse_ticket"
RECEIPT = f'{{"value": "{CODE}:{"Aa0_-" * 13}"}}'
SALT = "select salt from pulse"


async def test_a_survey_that_is_about_to_close_is_told_as_it_is(office: Office) -> None:
    """Its counters are still there: it is looked at like one that is open."""
    await office.plants(pulses.stop)
    found = proved(office.house, CODE)
    assert found.fine
    assert {check.name for check in found.checks} >= {"marks", "counted", "counters"}
    assert "takes no answers any more" in str(next(iter(told(found))))


# One is put beside the other; the numbers are those of all so far.
LEAKS: tuple[tuple[Plant, str], ...] = (
    (_ticket("Hanako of the counter"), "1 tickets, used receipts or free lines have keys of another form"),
    (_hashed(HANAKO), "1 tickets can be made from a person's key"),
    (_hashed(SALT, HANAKO), "2 tickets can be made from a person's key"),
    (_ticket(_mark("wire:hanako")), "3 tickets can be made from a person's key"),
    (_ticket(_mark("no one")), "2 answers are counted, but there are 7 tickets"),
    (
        _sql("insert into pulse_tally values (PULSE, 1, 'person', '12', 1099511627776)"),
        "counters count something that was not asked",
    ),
    (
        _sql(f"update person set email = ({TICKET}) where number = 'taro'"),
        "Marks of tickets stand where they lead on to something else: person: 1.",
    ),
    (_sql("alter table pulse_ticket add column person_id bigint"), "should not be: pulse_ticket: person_id."),
    (_sql("create table pulse_who (pulse_id bigint, person_id bigint)"), "; pulse_who: pulse_id, person_id"),
    (_sql("insert into once values ('wire:hanako:CODE', 1)"), "name the survey: wire:hanako:CODE: 1."),
    (
        _sql(
            "update outbox set key = 'pulse-remind:2026-11-25:CODE:person-1', state = 'sent' where key like 'pulse:%'"
        ),
        "1 of 1 reminders say what became of them",
    ),
    (_sql(f"update body set card = '{RECEIPT}'"), "Receipts are stored, which hold answers"),
)


async def test_leaks_are_found_while_it_is_open(office: Office) -> None:
    found = office.finds()
    for plant, text in LEAKS:
        expected = text.replace("CODE", CODE)
        assert not [line for line in found if expected in line], text
        await office.plants(plant)
        found = office.finds()
        assert [line for line in found if expected in line], text


async def test_an_entry_of_who_answered_is_found(office: Office) -> None:
    def plant(tx: Tx, _: int) -> None:
        turn = Turn(tx, office.talk.house, office.talk.bot.now())
        turn.audit("pulse.open", f"pulse:{CODE}")
        turn.audit("pulse.answer", f"pulse:{CODE}", by="person:1")

    await office.plants(plant)
    assert office.finds() == ["The audit log has other entries about it: pulse.answer: 1."]


async def test_one_transaction_with_an_answer_is_found_on_postgres(office: Office) -> None:
    def plant(tx: Tx, pulse_id: int) -> None:
        tx.cursor.execute("update person set language = 'en' where number = 'taro'")
        pulse_answers.count(tx, pulse_id, 1, [("adoption", "heard", 0), ("hindered", "time", 0)])

    await office.plants(plant)
    found = "Rows were written in one transaction with an answer: person: 1."
    assert office.finds() == ([] if office.sqlite else [found])


CLOSED_LEAKS: tuple[tuple[Plant, str], ...] = (
    (_ticket(_mark("taro")), "rows that should be gone: pulse_ticket: 1."),
    (
        _sql("insert into pulse_tally values (PULSE, 1, 'adoption', 'heard', 1)"),
        "rows that should be gone: pulse_tally: 1, pulse_ticket: 1.",
    ),
    (_sql("update pulse set salt = 'abc'"), "its salt is still there"),
)


async def test_a_closed_survey_holds_nothing_more_and_what_is_left_is_found(office: Office) -> None:
    await office.closes()
    found = proved(office.house, CODE)
    assert (office.finds(), found.fine) == ([], True)
    text = "\n".join(line for line in told(found) if isinstance(line, str))
    assert "Tickets, counters, used receipts and free lines are gone." in text
    assert "Its salt is destroyed" in text
    assert "copies the live database" not in text
    for plant, expected in CLOSED_LEAKS:
        await office.plants(plant)
        assert [line for line in office.finds() if expected in line], expected


async def test_deleted_rows_are_found_in_the_file(office: Office) -> None:
    """Nothing was cleaned up: SQLite's log, and PostgreSQL's file, still hold what was deleted."""
    await surveys.closed(office.talk.database, office.pulse_id)
    found = office.finds()
    assert len(found) == (1 if office.sqlite else 3)
    assert all(("write-ahead log:" if office.sqlite else "deleted rows are known") in line for line in found)


async def test_deleted_rows_are_found_in_pages(office: Office) -> None:
    """Whoever turned `secure_delete` off left them in pages of the file that are free or empty."""
    if not office.sqlite:
        pytest.skip("pages of SQLite")

    def sloppily(tx: Tx, pulse_id: int) -> None:
        tx.cursor.execute("pragma secure_delete = off")
        for number in range(400):
            pulse_answers.take(tx, pulse_id, _mark(str(number)))
        pulse_answers.forget(tx, pulse_id)

    await office.plants(sloppily)
    await office.plants(lambda tx, pulse_id: pulses.close(tx, pulse_id, day="2026-11-28", released="{}", pieces=""))
    office.talk.database.close()
    (found,) = office.finds()
    assert "free pages:" in found
    assert "emptied tables:" in found


async def test_the_key_in_the_database_is_found(office: Office) -> None:
    if not office.sqlite:
        pytest.skip("files of SQLite")
    await office.plants(_sql(f"update person set email = '{KEY}' where number = 'ken'"))
    (found,) = office.finds()
    assert "The key stands in the file" in found


@pytest.fixture(scope="module")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder where `kizuki simulate --pulse` was run."""
    folder = tmp_path_factory.mktemp("simulated")
    (folder / "app.yaml").write_text("organisation:\n  name: {ja: 試験, en: Test}\ndatabase: sqlite:///kizuki.db\n")
    schema.upgrade(f"sqlite:///{folder}/kizuki.db")
    size = ("--staff", "60", "--weeks", "2", "--until", "2026-08-31", "--response", "0.7")
    done = kizuki("simulate", *size, "--pulse", "out", cwd=folder)
    assert done.returncode == 0, done.stderr
    assert " 2 surveys\n" in done.stdout
    assert done.stdout.splitlines()[1].endswith(" % of the answers are visible, on average over the surveys.")
    return folder


def test_results_are_exactly_what_was_released(simulated: Path) -> None:
    done = kizuki("pulse", "results", SIMULATED, "--json", cwd=simulated)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == (simulated / "out" / "published" / f"{SIMULATED}.json").read_text() + "\n"


def test_results_can_be_read(simulated: Path) -> None:
    done = kizuki("pulse", "results", SIMULATED, cwd=simulated)
    found = published.load((simulated / "out" / "published" / f"{SIMULATED}.json").read_text())
    assert done.stdout.startswith(f"{SIMULATED}: groups of at least 5, {100 * found.visible:.1f} % of the answers")
    for question in found.questions:
        assert question.id in done.stdout
    top = found.questions[0].groups[0]
    cells = [top.units[0], "", str(top.invited), str(top.answered), *map(str, top.counts.values()), top.shown]
    assert cells in [[cell.strip() for cell in line.split("│")[1:-1]] for line in done.stdout.splitlines()]


def test_results_of_a_unit(simulated: Path) -> None:
    whole = json.loads((simulated / "out" / "published" / f"{SIMULATED}.json").read_text())
    unit = next(g["units"][0] for g in whole["questions"][0]["groups"] if g["parent"] == "00" != g["units"][0])
    assert unit == "01"
    part = json.loads(kizuki("pulse", "results", SIMULATED, "--json", "--unit", unit, cwd=simulated).stdout)
    for some, every in zip(part["questions"], whole["questions"], strict=True):
        assert some["groups"] == [g for g in every["groups"] if unit in g["units"] or (g["parent"] or "")[:2] == unit]
        assert 0 < len(some["groups"]) < len(every["groups"])
    nowhere = kizuki("pulse", "results", SIMULATED, "--unit", "x9", cwd=simulated)
    assert (nowhere.returncode, nowhere.stdout) == (2, "")
    assert "Nothing was published for 'x9'" in nowhere.stderr


def test_an_unknown_survey_is_said_to_be_unknown(simulated: Path) -> None:
    for command in ("results", "prove"):
        done = kizuki("pulse", command, "weekly-1999-01-01", cwd=simulated)
        assert (done.returncode, done.stdout) == (2, "")
        assert "weekly-1999-01-01" in done.stderr
        assert "Traceback" not in done.stderr


def test_a_proof_is_printed_and_a_leak_ends_with_1(simulated: Path) -> None:
    done = kizuki("pulse", "prove", SIMULATED, cwd=simulated)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith("Nothing was found.\n")
    assert "│ pulse_invited │ 60 " in done.stdout
    with closing(sqlite3.connect(simulated / "kizuki.db")) as connection, connection:
        connection.execute("update pulse set salt = 'abc', state = 'open' where code = ?", (SIMULATED,))
        connection.execute("insert into pulse_ticket select id, 'taro' from pulse where code = ?", (SIMULATED,))
    done = kizuki("pulse", "prove", SIMULATED, cwd=simulated)
    assert done.returncode == 1
    assert "  FOUND  1 tickets, used receipts or free lines have keys of another form" in done.stdout
    refused = kizuki("pulse", "results", SIMULATED, "--json", cwd=simulated)
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "Traceback" not in refused.stderr


def test_words_are_there_for_every_state_there_is() -> None:
    assert set(STATES) == {pulses.OPEN, pulses.CLOSING, pulses.CLOSED}
