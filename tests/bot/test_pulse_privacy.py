"""Nothing that is stored, logged or owed joins a person to an answer, at any moment, whoever looks through it all."""

import json
import logging
import random
import sqlite3
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import SQLModel

from adapters.playground.chat import Chat
from adapters.playground.parse import Sent
from adapters.playground.roster import NAME as PLAYGROUND
from adapters.playground.roster import Roster, direct
from adapters.playground.stream import Hub
from bot import cards
from bot.cards import Buttons, Card
from bot.events import Handle, Place, Press
from bot.people import directory
from bot.receipts import Seal
from storage import accounts, people, postings, pulse_answers, pulses, units
from storage.database import Tx
from tests import surveys
from tests.surveys import CODE, SCALE, THREE, counted
from tests.talk import PLATFORM, SINCE, Someone, Talk

LINE = "窓口の端末が遅い"
ALL_THREE = {"q1": ["heard"], "q2": ["time", "tools"], "q3": [LINE]}
SECRET = ("pulse_ticket", "pulse_tally", "pulse_spent", "pulse_line")
Row = tuple[Any, ...]


def _tables() -> list[str]:
    return sorted(SQLModel.metadata.tables)


def _dump(talk: Talk) -> dict[str, list[Row]]:
    """Every row of every table."""
    return {table: talk.rows(f'select * from "{table}"') for table in _tables()}


def _is_postgres(talk: Talk) -> bool:
    return talk.database.url.startswith("postgresql")


def _receipts(card: Card | None) -> list[str]:
    """The receipts in a card, without the survey's code."""
    assert card
    found = [b.value for block in card.blocks if isinstance(block, Buttons) for b in block.buttons]
    return [value.partition(":")[2] for value in found if len(value) > 60]


def _people(talk: Talk) -> dict[int, str]:
    return {int(str(key)): str(number) for key, number in talk.rows("select id, number from person")}


def _marks(talk: Talk) -> set[str]:
    """The marks of everybody, whether they answered or not, as only this process can make them."""
    ((salt,),) = talk.rows("select salt from pulse")
    seal = Seal(talk.house.pulse_key, CODE, str(salt))
    return {seal.mark(person) for person in _people(talk)}


def _no_path(talk: Talk, receipts: Sequence[str], marks: set[str], keys: set[str]) -> None:
    """No row holds both a person and an answer, or something that leads from one to the other."""
    names = set(_people(talk).values())
    for table, rows in _dump(talk).items():
        for row in rows:
            texts = [str(value) for value in row if isinstance(value, str)]
            assert not [r for r in receipts for text in texts if r in text], f"{table} holds a receipt"
            assert not [k for k in keys if k in texts], f"{table} holds the key of a press"
            if table not in ("pulse_ticket", "pulse_spent"):
                assert not [m for m in marks for text in texts if m in text], f"{table} holds a mark"
            if table != "pulse_line":
                assert not [text for text in texts if LINE in text], f"{table} holds a free line"
            if table in SECRET:
                assert not [n for n in names for text in texts if n in text], f"{table} names somebody"
                assert "wire" not in "".join(texts)
    columns = {table: set(SQLModel.metadata.tables[table].columns.keys()) for table in SECRET}
    everything = set().union(*columns.values())
    assert everything == {"pulse_id", "mark", "number", "question", "answer", "count", "id", "text"}, "nothing is new"


async def test_no_dump_of_any_moment_joins_a_person_to_an_answer(talk: Talk) -> None:
    pulse_id = await surveys.opened(talk.database, talk.bot, THREE)
    marks = _marks(talk)
    receipts: list[str] = []
    keys: set[str] = set()

    async def does(someone: Someone, action: str, value: str, **fields: list[str]) -> None:
        event = Press(f"key-of-{someone.name}-{len(keys)}", someone.handle, someone.place, action, value)
        keys.add(event.key)
        given = {name: tuple(values) for name, values in fields.items()}
        reply = await talk.bot.handle(Press(event.key, event.who, event.where, action, value, given))
        assert reply
        assert not reply.refused
        receipts.extend(_receipts(reply.card))
        _no_path(talk, receipts, marks, keys)

    _no_path(talk, receipts, marks, keys)
    await does(talk.hanako, "pulse.open", CODE)
    await does(talk.hanako, "pulse.answer", CODE, **ALL_THREE)
    assert len(talk.rows("select * from pulse_ticket")) == 1, "there is something that could leak"
    for someone in (talk.taro, talk.ken):
        await does(someone, "pulse.answer", CODE, **{**ALL_THREE, "q1": ["read"]})
    receipt = f"{CODE}:{receipts[0]}"
    await does(talk.hanako, "pulse.change", receipt)
    await does(talk.hanako, "pulse.keep", receipt, **{**ALL_THREE, "q1": ["read"], "q3": [f"{LINE}。"]})
    await does(talk.hanako, "pulse.store", f"{CODE}:{receipts[-1]}")
    held = {str(mark) for (mark,) in talk.rows("select mark from pulse_ticket")}
    assert held < marks
    assert talk.rows("select count(*) from pulse_line") == [(3,)]
    await surveys.closed(talk.database, pulse_id)
    _no_path(talk, receipts, marks, keys)
    assert [row for table in SECRET for row in talk.rows(f"select * from {table}")] == []
    assert talk.rows("select salt, key_check from pulse") == [("", "")]
    everything = repr(_dump(talk))
    assert not [word for word in (*marks, *receipts, LINE) if word in everything]


async def test_an_answer_is_written_without_a_trace_of_who_pressed(talk: Talk) -> None:
    """Not even what a press usually leaves: where somebody is written to, and which account they used last."""
    await surveys.opened(talk.database, talk.bot, SCALE)
    await talk.database.transact(lambda tx: tx.cursor.execute("update person set used = ''"))
    before = _dump(talk)
    place = Place(PLATFORM, "dm:hanako", True, {"moved": "here"})
    await talk.bot.handle(Press("k", talk.hanako.handle, place, "pulse.tap", f"{CODE}:4"))
    after = _dump(talk)
    assert {table for table in after if after[table] != before[table]} == {"once", "pulse_ticket", "pulse_tally"}
    (new,) = set(after["once"]) - set(before["once"])
    assert str(new[0]).startswith("pulse:")
    assert new[1] == talk.now.replace(hour=0).timestamp() * 1000, "no moment, only the day"


async def test_nothing_is_owed_because_of_an_answer(talk: Talk) -> None:
    await surveys.opened(talk.database, talk.bot, SCALE)
    event = Press("k", talk.hanako.handle, talk.hanako.place, "pulse.tap", f"{CODE}:4")
    await talk.bot.handle(event, insured=True)
    assert counted(talk.database)
    assert talk.rows("select * from outbox") == []
    assert talk.rows("select * from body") == []


@pytest.mark.parametrize("refused", [False, True])
async def test_the_log_says_neither_who_nor_what(
    talk: Talk, caplog: pytest.LogCaptureFixture, *, refused: bool
) -> None:
    caplog.set_level(logging.DEBUG)
    pulse_id = await surveys.opened(talk.database, talk.bot, THREE)
    if refused:
        await surveys.closed(talk.database, pulse_id)
    caplog.clear()
    where = Place(PLATFORM, "madoguchi")
    fields = {name: tuple(values) for name, values in ALL_THREE.items()}
    value, found = CODE, None
    for action in ("open", "answer", "change", "keep", "store", "tap", "list"):
        event = Press(
            f"{PLATFORM}:hanako:{action}", Handle(PLATFORM, "hanako"), where, f"pulse.{action}", value, fields
        )
        found = await talk.bot.handle(event)
        assert found
        if action in ("answer", "keep"):
            value = f"{CODE}:{(_receipts(found.card) or ['none'])[0]}"
    ours = [record.getMessage() for record in caplog.records if record.name == "kizuki"]
    assert len(ours) == 7
    for line in ours:
        assert line.endswith(" ms -"), line
    for word in ("hanako", "heard", "tools", LINE, CODE, value.partition(":")[2] or CODE, "madoguchi"):
        assert word not in caplog.text, word


# PostgreSQL's own columns


def _written(talk: Talk, table: str) -> set[int]:
    """The transactions that wrote the rows of a table."""
    return {int(str(x)) for (x,) in talk.rows(f'select xmin::text::bigint from "{table}"')}


async def _all_answer(talk: Talk) -> None:
    await talk.database.transact(lambda tx: tx.cursor.execute("update person set used = ''"))
    for n, someone in enumerate((talk.hanako, talk.ken, talk.taro, talk.sakura, talk.kacho)):
        await someone.sends("pulse.open", CODE)
        fields = {**ALL_THREE, "q1": [("unknown", "heard", "read")[n % 3]], "q3": [f"{LINE} {n}"]}
        await someone.sends("pulse.answer", CODE, **fields)


@pytest.mark.postgres
async def test_no_transaction_wrote_both_an_answer_and_anything_of_a_person(talk: Talk) -> None:
    if not _is_postgres(talk):
        pytest.skip("SQLite numbers no transactions")
    await surveys.opened(talk.database, talk.bot, THREE)
    await _all_answer(talk)
    secret = set().union(*(_written(talk, table) for table in SECRET))
    assert len(secret) >= 5
    for table in _tables():
        if table in SECRET:
            continue
        shared = _written(talk, table) & secret
        keys = (
            talk.rows(f"select key from once where xmin::text::bigint in ({','.join(map(str, shared))})")
            if shared
            else []
        )
        assert table == "once" or not shared, f"{table} was written together with an answer"
        assert all(str(key).startswith("pulse:") for (key,) in keys)


@pytest.mark.postgres
async def test_what_was_written_last_says_nothing_of_what_was_answered_last(talk: Talk) -> None:
    """All counters and all free lines of a group are written by whoever answered last in it."""
    if not _is_postgres(talk):
        pytest.skip("SQLite numbers no transactions")
    await surveys.opened(talk.database, talk.bot, THREE)
    await _all_answer(talk)
    for group, answers in ((1, 3), (2, 2)):
        for table, rows in (("pulse_tally", 7), ("pulse_line", answers)):
            found = talk.rows(f"select xmin::text from {table} where number = {group}")
            assert len(found) == rows, "those that stand at zero as well"
            assert len(set(found)) == 1, table
    receipt = await _changed_last(talk)
    assert receipt
    found = talk.rows(
        "select xmin::text from pulse_tally where number = 1 union select xmin::text from pulse_line where number = 1"
    )
    assert len(found) == 1, "a change writes them all as well"


async def _changed_last(talk: Talk) -> str:
    assert talk.kacho.card
    receipt = f"{CODE}:{_receipts(talk.kacho.card)[0]}"
    await talk.kacho.sends("pulse.keep", receipt, **{**ALL_THREE, "q1": ["unknown"]})
    return receipt


# Order


async def _crowd(talk: Talk, size: int) -> list[Someone]:
    """Open a survey with one large group; returns those in it."""
    pulse_id = await surveys.opened(talk.database, talk.bot, THREE)

    def add(tx: Tx) -> None:
        unit = units.by_code(tx, "1010")
        assert unit
        for n in range(size):
            person = people.add(tx, number=f"c{n}", name_ja=f"c{n}", name_en="", joined_on=SINCE)
            postings.add(tx, person, unit.id, starts_on=SINCE)
            accounts.add(tx, PLATFORM, f"c{n}", person_id=person)
            tx.cursor.execute(
                f"insert into pulse_invited (pulse_id, person_id, number) values ({pulse_id}, {person}, 1)"
            )

    await talk.database.transact(add)
    return [Someone(talk, f"c{n}") for n in range(size)]


def _rank_correlation(found: Sequence[int]) -> float:
    """Spearman's, of a permutation with the order in which things happened."""
    n = len(found)
    return 1 - 6 * sum((at - number) ** 2 for at, number in enumerate(found)) / (n * (n * n - 1))


SIZE = 80
# Chance gives more than this in fewer than one of ten million runs: the standard error is 1/√79 = 0.11.
LARGEST = 0.6


async def test_the_order_of_rows_says_nothing_of_the_order_of_answers(talk: Talk) -> None:
    staff = await _crowd(talk, SIZE)
    ((salt,),) = talk.rows("select salt from pulse")
    seal = Seal(talk.house.pulse_key, CODE, str(salt))
    ids = {number: key for key, number in _people(talk).items()}
    for n, someone in enumerate(staff):
        await someone.sends("pulse.answer", CODE, **{**ALL_THREE, "q3": [str(n)]})
    physical = "ctid" if _is_postgres(talk) else "id"
    lines = [int(str(text)) for (text,) in talk.rows(f"select text from pulse_line order by {physical}")]
    as_stored = [int(str(text)) for (text,) in talk.rows("select text from pulse_line")]
    assert sorted(lines) == sorted(as_stored) == list(range(SIZE))
    assert abs(_rank_correlation(lines)) < LARGEST
    assert abs(_rank_correlation(as_stored)) < LARGEST
    when = {seal.mark(ids[someone.name]): n for n, someone in enumerate(staff)}
    tickets = [when[str(mark)] for (mark,) in talk.rows("select mark from pulse_ticket order by mark")]
    assert abs(_rank_correlation(tickets)) < LARGEST
    if _is_postgres(talk):
        _tell_only_that(talk)


def _tell_only_that(talk: Talk) -> None:
    """Tickets stand in the order in which they came, and no counter or line remembers which of them it came with."""
    tickets, counters, lines = (_written(talk, table) for table in ("pulse_ticket", "pulse_tally", "pulse_line"))
    assert len(tickets) == SIZE
    assert counters == lines == {max(tickets)}


def test_the_correlation_finds_an_order() -> None:
    assert _rank_correlation(range(SIZE)) == 1
    assert _rank_correlation(range(SIZE)[::-1]) == -1
    shuffled = random.Random(7).sample(range(SIZE), SIZE)
    assert abs(_rank_correlation(shuffled)) < LARGEST


# The playground, which keeps what it shows


class _Clock:
    def __init__(self, talk: Talk) -> None:
        self._talk = talk

    def now(self) -> Any:
        return self._talk.now


@asynccontextmanager
async def _window(talk: Talk) -> AsyncIterator[Any]:
    """Hanako's window of the playground."""

    def link(tx: Tx) -> None:
        hanako = people.by_number(tx, "hanako", today="2026-11-24")
        assert hanako
        accounts.add(tx, PLAYGROUND, "hanako", person_id=hanako.id)

    await talk.database.transact(link)
    chat = Chat(talk.bot, talk.database, _Clock(talk), Hub())  # type: ignore[arg-type]
    roster = Roster(await talk.bot.read(directory, "2026-11-24"))
    numbers = iter(range(100))

    async def presses(action: str, value: str, message: int = 0, **fields: list[str]) -> tuple[Any, dict[str, Any]]:
        data = {"place": direct("hanako"), "action": action, "value": value, "fields": fields, "message": message}
        sent = Sent(Handle(PLAYGROUND, "hanako"), "ja", f"{PLAYGROUND}:hanako:{next(numbers)}", data)
        return await chat.press(sent, roster)

    yield presses


async def test_the_playground_keeps_no_form_and_no_answer(talk: Talk) -> None:
    await surveys.opened(talk.database, talk.bot, THREE)
    async with _window(talk) as presses:
        await presses("pulse.list", "")
        listed = talk.rows("select count(*) from message")
        form, answer = await presses("pulse.open", CODE)
        assert form.at == "dialog"
        assert answer == {}
        await presses("pulse.answer", CODE, q1=["wrong"], q3=[LINE])
        assert talk.rows("select count(*) from message") == listed, "a form with faults is not kept either"
        thanks, _ = await presses("pulse.answer", CODE, **ALL_THREE)
        receipt = f"{CODE}:{_receipts(thanks.card)[0]}"
        filled, _ = await presses("pulse.change", receipt)
        assert LINE in repr(filled.card)
        await presses("pulse.keep", receipt, **{**ALL_THREE, "q1": ["read"]})
        await presses("pulse.store", f"{CODE}:{_receipts(thanks.card)[0]}")
    kept = [cards.load(str(card)) for (card,) in talk.rows("select card from message where card <> ''")]
    assert len(kept) >= 3
    for card in kept:
        shown = json.dumps([str(block) for block in card.blocks], ensure_ascii=False)
        for word in (LINE, "heard", "tools", "chosen", "TextInput", "答えread"):
            assert word not in shown, word


async def test_a_tapped_card_in_the_playground_keeps_no_answer(talk: Talk) -> None:
    await surveys.opened(talk.database, talk.bot, SCALE)
    async with _window(talk) as presses:
        _, shown = await presses("pulse.list", "")
        thanks, answer = await presses("pulse.tap", f"{CODE}:4", shown["message"])
        assert answer["message"] == shown["message"], "it stands in the place of the buttons"
    ((card,),) = talk.rows("select card from message")
    assert thanks.card == cards.load(str(card))
    assert f"{CODE}:4" not in str(card)
    again, _ = await talk.bot.read(lambda tx: (pulses.by_code(tx, CODE), None))
    assert again


async def test_a_mark_is_nothing_without_the_key(talk: Talk) -> None:
    """Whoever has the whole database cannot tell who answered, though they know everybody and the salt."""
    await surveys.opened(talk.database, talk.bot, SCALE)
    await talk.hanako.sends("pulse.tap", f"{CODE}:4")
    ((salt,),) = talk.rows("select salt from pulse")
    ((mark,),) = talk.rows("select mark from pulse_ticket")
    stored = [str(value) for rows in _dump(talk).values() for row in rows for value in row]
    guesses = {text.encode() for text in stored} | {b"", str(salt).encode()}
    assert talk.house.pulse_key not in guesses
    made = {Seal(key, CODE, str(salt)).mark(person) for key in guesses for person in _people(talk)}
    assert mark not in made
    assert mark in _marks(talk)


async def test_the_place_of_a_row_in_its_page_says_nothing_of_when_it_was_written(
    talk: Talk, database_url: str
) -> None:
    """SQLite puts rows into a page in the order in which they come; what was answered must not move them."""
    if not database_url.startswith("sqlite"):
        pytest.skip("pages of SQLite")
    pulse_id = await surveys.opened(talk.database, talk.bot, surveys.THREE)
    values = {"adoption": ("unknown", "heard", "read"), "hindered": ("time", "tools", "none")}
    every = [("", ""), *((q, v) for q, given in values.items() for v in given)]
    await talk.database.transact(lambda tx: pulse_answers.prepare(tx, pulse_id, (1, 2), every))
    before = _placed(database_url)
    for someone, answer in ((talk.hanako, "read"), (talk.taro, "unknown"), (talk.kacho, "read")):
        await someone.sends("pulse.answer", surveys.CODE, q1=[answer], q2=["none"], q3=[])
    assert _placed(database_url) == before


def _placed(database_url: str) -> list[int]:
    """Where each counter stands in its page, in the order of their keys."""
    path = database_url.removeprefix("sqlite:///")
    with closing(sqlite3.connect(path)) as file:
        file.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        size = file.execute("PRAGMA page_size").fetchone()[0]
        root = file.execute("SELECT rootpage FROM sqlite_master WHERE name = 'pulse_tally'").fetchone()[0]
    page = Path(path).read_bytes()[(root - 1) * size : root * size]
    assert page[0] == 10, "a leaf of an index"
    cells = int.from_bytes(page[3:5])
    return [int.from_bytes(page[8 + 2 * n : 10 + 2 * n]) for n in range(cells)]
