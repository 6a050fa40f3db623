"""Traces: what an attacker with the whole database and the log still cannot put together."""

import asyncio
import logging
import threading
from collections import Counter

import pytest

from bot import retention, sealing
from bot.cards import Buttons
from bot.events import Press
from bot.turn import Turn
from storage import kudos, notes, people, search
from storage.database import Tx
from tests.bot.test_sealing import NOTE, _allowed, _sealed
from tests.talk import Talk

# As a platform may write it: with the account in it.
KEY = "slack:hanako:17"
MORNING = "2026-11-25T08:00:00+09:00"


async def _presses(talk: Talk, action: str, value: str) -> str:
    press = Press(KEY, talk.hanako.handle, talk.hanako.place, action, value)
    return talk.hanako._shown(await talk.bot.handle(press))


async def test_taking_back_keeps_neither_the_key_nor_the_moment(talk: Talk) -> None:
    await _allowed(talk)
    receipt = await _sealed(talk)
    await talk.ticks("unseal", MORNING)
    await talk.delivered()
    talk.later(minutes=7)
    await _presses(talk, "note.unseal", receipt)
    assert [k for (k,) in talk.rows("select key from body where key like 'note:%'") if "hanako" in str(k)] == []
    deleted = talk.rows("select deleted_at from note")[0][0]
    assert deleted == talk.now.replace(hour=0, minute=0).timestamp() * 1000


@pytest.mark.parametrize("action", ["note.follow", "note.unseal"])
async def test_the_log_names_nobody_who_holds_a_receipt(
    talk: Talk, caplog: pytest.LogCaptureFixture, action: str
) -> None:
    await _allowed(talk)
    receipt = await _sealed(talk)
    await talk.ticks("unseal", MORNING)
    caplog.set_level(logging.INFO)
    caplog.clear()
    await _presses(talk, action, receipt)
    assert action in caplog.text
    assert "hanako" not in caplog.text


async def test_the_log_does_not_say_who_confirmed_what_became_no_named_note(
    talk: Talk, caplog: pytest.LogCaptureFixture
) -> None:
    await _allowed(talk)
    await talk.hanako.says(f"/kizuki {NOTE}")
    assert talk.hanako.card
    draft = next(b.buttons[0].value for b in talk.hanako.card.blocks if isinstance(b, Buttons))
    caplog.set_level(logging.INFO)
    caplog.clear()
    fields: dict[str, tuple[str, ...]] = {"numbers": ("2",), "audience": ("nameless",)}
    await talk.bot.handle(Press(KEY, talk.hanako.handle, talk.hanako.place, "note.confirm", draft, fields))
    assert "note.confirm" in caplog.text
    assert "hanako" not in caplog.text


async def test_an_event_is_remembered_by_its_day_alone(talk: Talk) -> None:
    talk.later(minutes=31)
    await talk.hanako.says("/kizuki 窓口の順番が分かりにくい")
    assert talk.rows("select distinct at from once") == [(talk.now.replace(hour=0, minute=0).timestamp() * 1000,)]


async def test_postgresql_does_not_join_a_sealed_note_to_its_event(talk: Talk) -> None:
    if talk.database.url.startswith("sqlite"):
        pytest.skip("SQLite numbers no transactions")
    await _allowed(talk)
    await _sealed(talk)
    await _sealed(talk, "二つ目の気づきです")
    joined = "select o.key from sealed s join once o on o.xmin::text = s.xmin::text"
    assert len(talk.rows(joined)) == 2, "until the minute's tidying"
    await talk.bot.tick("tidy", talk.now)
    assert talk.rows(joined) == []


@pytest.mark.parametrize("crowd", [0, 5])
async def test_every_name_a_note_may_be_told_under_stands_for_enough(talk: Talk, crowd: int) -> None:
    await _allowed(talk, crowd)

    def look(tx: Tx) -> Counter[int | None]:
        turn = Turn(tx, talk.house, talk.now)
        sizes = people.by_unit(tx, today=turn.day)
        return Counter(sealing._large_enough(turn, unit) for unit, n in sizes.items() for _ in range(n))

    found = await talk.database.read(look)
    assert sum(found.values()) == 8 + crowd
    assert all(n >= sealing.LEAST for n in found.values()), found


async def test_taking_back_leaves_the_search_index_whole(talk: Talk) -> None:
    await _allowed(talk)
    receipts = [await _sealed(talk, f"{NOTE}{i}") for i in range(6)]
    await talk.ticks("unseal", MORNING)
    await talk.database.transact(search.index)
    for receipt in receipts[1:]:
        await talk.hanako.sends("note.unseal", receipt)
    talk.later(days=400)
    await talk.database.transact(lambda tx: retention.run(Turn(tx, talk.house, talk.now, key="r")))
    await talk.database.transact(search.index)
    if talk.database.url.startswith("sqlite"):
        check = "INSERT INTO note_pairs(note_pairs) VALUES('integrity-check')"
        await talk.database.transact(lambda tx: tx.cursor.execute(check) and None)
    assert "1件" in await talk.ken.says("/kizuki 検索 残業の申請") or NOTE in talk.ken.sees


async def test_a_note_sealed_while_the_morning_runs_is_not_lost(talk: Talk) -> None:
    if talk.database.url.startswith("sqlite"):
        pytest.skip("SQLite has one writer")
    await _allowed(talk)
    receipt = await _sealed(talk)
    told, go = threading.Event(), threading.Event()

    def unseal(tx: Tx) -> None:
        sealing.unseal(Turn(tx, talk.house, talk.now, key="u"))
        told.set()
        go.wait(10)

    running = asyncio.create_task(talk.database.transact(unseal))
    await asyncio.to_thread(told.wait, 10)
    await _sealed(talk, "朝に書いた気づき")
    taking_back = asyncio.create_task(talk.hanako.sends("note.unseal", receipt))
    await asyncio.sleep(0.3)
    go.set()
    await running
    assert "取り消されました" in await taking_back
    assert talk.rows("select text from sealed") == [("朝に書いた気づき",)]
    assert talk.rows("select count(*) from note where deleted_at is null") == [(0,)]


async def test_a_deleted_note_for_the_secretariat_reaches_nobody(talk: Talk) -> None:
    await talk.hanako.says("/kizuki 上司のことで話があります")
    await talk.hanako.presses("note.confirm", numbers=["2"], audience=["office"])
    await talk.hanako.sends("note.delete", "1")
    await talk.delivered()
    assert "上司のこと" not in "".join(talk.jimu.inbox)


async def test_a_reminder_does_not_go_past_the_manager_who_wrote_namelessly(talk: Talk) -> None:
    for someone, words in ((talk.kacho, "会議が長くて困っている"), (talk.taro, "印刷が多くて困っている")):
        await someone.says(f"/kizuki {words}")
        await someone.presses("note.confirm", numbers=["2"], audience=["anonymous"])
    await talk.ticks("reminders", "2026-12-07T08:45:00+09:00")
    await talk.delivered()
    assert talk.bucho.inbox == []
    assert "会議が長くて" in talk.kacho.inbox[-1]


async def test_nobody_is_told_erased_words(talk: Talk) -> None:
    await talk.hanako.says("/kizuki 窓口の順番が分かりにくい")
    await talk.hanako.presses("note.confirm", numbers=["2"])
    await talk.hanako.says("/kudos @taro いつも手伝ってくれてありがとうございます")
    await talk.hanako.presses("kudos.confirm", numbers=["2"])
    await talk.hanako.sends("forget.ask")
    await talk.hanako.presses("forget.sure", texts=["erase"])
    await talk.hanako.presses("forget.done")
    await talk.ticks("reminders", "2026-12-07T08:45:00+09:00")
    await talk.delivered()
    assert talk.kacho.inbox == []
    latest = await talk.database.read(lambda tx: (kudos.latest(tx, 2, since=0), notes.latest(tx, 2, since=0)))
    assert latest == (None, None)


async def test_a_leavers_name_goes_from_the_cards_in_channels_too(talk: Talk) -> None:
    await talk.hanako.says("/kizuki 窓口の順番が分かりにくい")
    await talk.hanako.presses("note.confirm", numbers=["2"])
    await talk.hanako.says("/kudos @taro いつも手伝ってくれてありがとうございます")
    await talk.hanako.presses("kudos.confirm", numbers=["2"])
    await talk.delivered()
    hanako = talk.rows("select id from person where number = 'hanako'")[0][0]
    assert isinstance(hanako, int)
    await talk.database.transact(lambda tx: people.leave(tx, hanako, day="2026-11-24"))
    talk.later(days=500)
    for work in (retention.depart, retention.run):
        await talk.database.transact(lambda tx, w=work: w(Turn(tx, talk.house, talk.now, key="r")))  # type: ignore[misc]
    await talk.delivered()
    assert "hanako" not in "".join(talk.shown_in("madoguchi"))
    talk.later(days=1)
    await talk.bot.tick("tidy", talk.now)
    assert [k for k, c in talk.rows("select key, card from body") if "hanako" in str(c)] == []
