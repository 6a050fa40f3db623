"""Nameless notes: nothing that is stored leads to the writer, whoever looks through the whole database."""

import logging

import pytest

from bot.cards import Buttons
from storage import people, postings, units
from storage.database import Tx
from tests.talk import Talk

NOTE = "残業の申請が実態と合っていない"


async def _sealed(talk: Talk, words: str = NOTE) -> str:
    """Write a nameless note; returns the receipt its writer holds."""
    await talk.hanako.says(f"/kizuki {words}")
    await talk.hanako.presses("note.confirm", numbers=["2"], audience=["nameless"])
    assert talk.hanako.card
    buttons = [b for block in talk.hanako.card.blocks if isinstance(block, Buttons) for b in block.buttons]
    return buttons[0].value


async def _allowed(talk: Talk, staff: int = 5) -> None:
    talk.sets("notes", nameless=True)

    def crowd(tx: Tx) -> None:
        unit = units.by_code(tx, "1010")
        assert unit
        for i in range(staff):
            person = people.add(tx, number=f"c{i}", name_ja=f"c{i}", name_en="", joined_on="2020-04-01")
            postings.add(tx, person, unit.id, starts_on="2020-04-01")

    await talk.database.transact(crowd)


async def test_it_is_not_offered_where_the_organisation_does_not_allow_it(talk: Talk) -> None:
    await talk.hanako.says(f"/kizuki {NOTE}")
    await talk.hanako.presses("note.confirm", numbers=["2"], audience=["nameless"])
    assert talk.rows("select count(*) from sealed, note") == [(0,)]


async def test_nothing_in_the_database_leads_to_the_writer(talk: Talk, caplog: pytest.LogCaptureFixture) -> None:
    """Every table is searched for rows that hold both the note (or its receipt) and the person."""
    caplog.set_level(logging.INFO)
    await _allowed(talk)
    await talk.ken.says("/kizuki The queue at window three is long in the morning")
    await talk.ken.presses("note.confirm", numbers=["3"])
    receipt = await _sealed(talk)
    await talk.ticks("unseal", "2026-11-25T08:00:00+09:00")
    await talk.delivered()
    assert any(NOTE in m for m in talk.channel("madoguchi"))
    me = talk.rows("select id from person where number = 'hanako'")[0][0]
    assert talk.rows("select author_id, audience, receipt is not null from note where text like '残業%'") in (
        [(None, "nameless", 1)],
        [(None, "nameless", True)],
    )
    assert talk.rows("select author_id from note_tag where number = 2") == [(None,)]
    assert talk.rows("select count(*) from draft") == [(1,)], "only the other note's"
    assert talk.rows(f"select count(*) from draft where person_id = {me}") == [(0,)]
    for table, column in _texts(talk):
        held = [str(row[0]) for row in talk.rows(f'select "{column}" from "{table}"')]
        assert not [h for h in held if receipt in h], f"{table}.{column} holds the receipt itself"
        with_note = [h for h in held if NOTE in h]
        assert not [h for h in with_note if "hanako" in h], f"{table}.{column}"
    assert receipt not in caplog.text
    assert NOTE not in caplog.text


async def test_the_moment_says_nothing(talk: Talk) -> None:
    await _allowed(talk)
    await _sealed(talk)
    await talk.ticks("unseal", "2026-11-25T08:00:00+09:00")
    at = talk.rows("select at from note")[0][0]
    assert talk.now.replace(hour=0).timestamp() * 1000 == at


async def test_sealed_notes_come_in_an_order_drawn_by_lot(talk: Talk) -> None:
    await _allowed(talk)
    words = [f"{i}番目の気づき" for i in range(12)]
    for text in words:
        await _sealed(talk, text)
    await talk.ticks("unseal", "2026-11-25T08:00:00+09:00")
    told = [row[0] for row in talk.rows("select text from note order by id")]
    assert sorted(told) == sorted(words)  # type: ignore[type-var]
    assert told != words, "one in 479,001,600 runs fails here"


async def test_a_small_unit_lends_its_name_to_nobody(talk: Talk) -> None:
    talk.sets("notes", nameless=True)
    await _sealed(talk)
    await talk.ticks("unseal", "2026-11-25T08:00:00+09:00")
    told_under = talk.rows("select u.code from note n join unit u on u.id = n.unit_id")
    assert told_under == [("00",)], "three in the division, six in the bureau, but only two would be left above it"


async def test_the_receipt_shows_the_answer_and_takes_back(talk: Talk) -> None:
    await _allowed(talk)
    receipt = await _sealed(talk)
    assert "まだ載せていません" in await talk.hanako.sends("note.follow", receipt)
    await talk.ticks("unseal", "2026-11-25T08:00:00+09:00")
    await talk.kacho.sends("note.answered", "1:open", state=["declined"], reason=["来月の会議で話します"])
    assert "来月の会議" in await talk.hanako.sends("note.follow", receipt)
    assert "見つかりません" in await talk.taro.sends("note.follow", "guessed")
    await talk.delivered()
    assert "取り消されました" in await talk.hanako.sends("note.unseal", receipt)
    await talk.delivered()
    assert NOTE not in "".join(talk.shown_in("madoguchi"))
    assert "見つかりません" in await talk.hanako.sends("note.follow", receipt)


async def test_taken_back_before_it_was_told_it_never_is(talk: Talk) -> None:
    await _allowed(talk)
    receipt = await _sealed(talk)
    await talk.hanako.sends("note.unseal", receipt)
    await talk.ticks("unseal", "2026-11-25T08:00:00+09:00")
    assert talk.rows("select count(*) from note") == [(0,)]


async def test_two_presses_seal_one_note(talk: Talk) -> None:
    await _allowed(talk)
    await talk.hanako.says(f"/kizuki {NOTE}")
    card = talk.hanako.card
    for _ in range(2):
        await talk.hanako.presses("note.confirm", card, numbers=["2"], audience=["nameless"])
    assert talk.rows("select count(*) from sealed") == [(1,)]


async def test_nobody_sees_a_name_the_secretariat_included(talk: Talk) -> None:
    await _allowed(talk)
    await _sealed(talk)
    await talk.ticks("unseal", "2026-11-25T08:00:00+09:00")
    for someone in (talk.jimu, talk.kacho, talk.taro, talk.hanako):
        shown = await someone.says("/kizuki 表示 1")
        assert "匿名（窓口課）" in shown
        assert "hanako" not in shown


def _texts(talk: Talk) -> list[tuple[str, str]]:
    """(table, column) of every text in the database."""
    from sqlmodel import SQLModel

    return [
        (t.name, c.name)
        for t in SQLModel.metadata.tables.values()
        for c in t.columns
        if "CHAR" in str(c.type) or "TEXT" in str(c.type)
    ]
