"""What a strict reviewer tried: races, stale cards, odd texts, people who left, faults in the middle."""

import asyncio
import json
import logging
import sqlite3
from datetime import datetime, timedelta

import pytest

from adapters.delivery import Delivery
from adapters.platform import Later
from adapters.printed import _as_data
from bot import digest
from bot.bot import Unfinished
from bot.cards import plain
from bot.schedule import millis
from bot.turn import Turn
from storage import outbox, owed, people, places, units
from storage.database import Busy, Tx
from tests.talk import PLATFORM, Talk

NOTE = "番号札の紙がない"
WORDS = "引き継ぎ資料が丁寧で助かりました"


async def _noted(talk: Talk, text: str = NOTE, audience: str = "unit") -> None:
    await talk.hanako.says(f"/kizuki {text}")
    await talk.hanako.presses("note.confirm", numbers=["1"], audience=[audience])


async def _person(talk: Talk, name: str) -> int:
    found = talk.rows(f"select person_id from account where ext_id = '{name}'")[0][0]
    assert isinstance(found, int)
    return found


async def test_a_late_change_never_brings_a_deleted_note_back(talk: Talk) -> None:
    await _noted(talk)
    await talk.delivered()
    await talk.taro.sends("note.support", "1")
    talk.wire.refuse = [Later(30)]
    await talk.delivered()
    await talk.hanako.sends("note.delete", "1")
    await talk.delivered()
    talk.later(minutes=5)
    await talk.delivered()
    assert NOTE not in talk.shown_in("madoguchi")[0]
    assert "取り消されました" in talk.shown_in("madoguchi")[0]


async def test_a_failed_change_does_not_come_after_a_newer_one(talk: Talk) -> None:
    await _noted(talk)
    await talk.delivered()
    await talk.taro.sends("note.support", "1")
    await talk.hanako.sends("note.delete", "1")
    talk.wire.refuse = [RuntimeError()]
    for _ in range(4):
        await talk.delivered()
        talk.later(minutes=5)
    assert [NOTE in shown for shown in talk.shown_in("madoguchi")] == [False]


async def test_reviving_what_was_parked_never_shows_a_deleted_note(talk: Talk) -> None:
    await _noted(talk)
    talk.wire.refuse = [RuntimeError() for _ in range(8)]
    for _ in range(8):
        await talk.delivered()
        talk.later(hours=2)
    assert talk.rows("select state from outbox") == [("parked",)]
    await talk.hanako.sends("note.delete", "1")
    await talk.database.transact(lambda tx: owed.revive(tx, now=millis(talk.now)))
    await talk.delivered()
    assert talk.channel("madoguchi") == []


async def test_a_change_during_sending_is_sent_afterwards(talk: Talk) -> None:
    await _noted(talk)
    real = talk.wire.send

    async def slow(*args, **kwargs):  # type: ignore[no-untyped-def]
        if not talk.wire.keys:
            await talk.taro.sends("note.support", "1")
        return await real(*args, **kwargs)

    talk.wire.send = slow  # type: ignore[method-assign]
    await talk.delivered()
    await talk.delivered()
    assert "私も: 1人" in talk.shown_in("madoguchi")[0]
    assert len(talk.shown_in("madoguchi")) == 1


async def test_presses_at_the_same_instant_leave_card_and_counts_agreeing(talk: Talk) -> None:
    await _noted(talk)
    await talk.hanako.says(f"/kudos @taro {WORDS}")
    await talk.hanako.presses("感謝を送る", numbers=["1"])
    await talk.delivered()
    await asyncio.gather(
        *(p.sends("kudos.clap", "1") for p in (talk.ken, talk.kacho, talk.bucho, talk.jimu)),
        *(p.sends("note.support", "1") for p in (talk.ken, talk.kacho, talk.taro)),
        talk.hanako.sends("note.delete", "1"),
    )
    await talk.delivered()
    shown = talk.shown_in("madoguchi")
    assert "取り消されました" in shown[0]
    assert "拍手（4）" in shown[1]


async def test_confirm_and_discard_at_the_same_instant_tell_the_truth(talk: Talk) -> None:
    for _ in range(5):
        await talk.hanako.says(f"/kizuki {NOTE}")
        card = talk.hanako.card
        before = talk.rows("select count(*) from note")[0][0]
        seen = await asyncio.gather(
            talk.hanako.presses("note.confirm", card, numbers=["1"]), talk.hanako.presses("やめる", card)
        )
        assert isinstance(before, int)
        stored = talk.rows("select count(*) from note")[0][0] == before + 1
        assert stored == any("記録しました" in s for s in seen)
        assert not any("もう記録されています" in s for s in seen) or stored


async def test_digits_of_other_scripts_are_no_time_and_no_number(talk: Talk) -> None:
    await talk.hanako.says("/kizuki 設定")
    await talk.hanako.presses("保存する", quiet_from=["1٣:00"])
    assert "時刻を" in str(talk.hanako.card)
    for action in ("note.show", "note.compose", "kudos.compose", "daily.show", "leader.withdraw", "find.more"):
        assert "うまくいきませんでした" not in await talk.chiji.sends(action, "²")
        assert "うまくいきませんでした" not in await talk.chiji.sends(action, "9" * 30)


@pytest.mark.parametrize("text", ["a\x00b", "半\ud83d分", "\x07ベル", "長" * 1999])
async def test_odd_characters_are_stored_or_replaced_but_never_break(talk: Talk, text: str) -> None:
    await talk.hanako.says(f"/kizuki {text}")
    assert "記録しました" in await talk.hanako.presses("note.confirm", numbers=["1"])
    await talk.kacho.sends("note.answered", "1:open", state=["declined"], reason=[text[:400]])
    assert "見送り" in talk.kacho.sees
    assert "うまく" not in await talk.taro.says(f"/kizuki 検索 {text[:50]}")


@pytest.mark.parametrize("text", ["\u200b\u200b", "\x07\x07", "　　 \n"])
async def test_what_cannot_be_seen_is_no_note_and_no_thanks(talk: Talk, text: str) -> None:
    await talk.hanako.says(f"/kizuki {text}")
    assert talk.rows("select count(*) from draft") == [(0,)]
    await talk.hanako.sends("kudos.write", "", to=["wire/taro"], text=[text * 20])
    assert talk.rows("select count(*) from draft") == [(0,)]


async def test_a_search_is_kept_short_and_for_staff(talk: Talk) -> None:
    assert "200文字、10語まで" in await talk.hanako.says("/kizuki 検索 " + "あ" * 300)
    assert "200文字、10語まで" in await talk.hanako.says("/kizuki 検索 " + "あ " * 50)
    for text in ('"', "'", "%", "_", "*", "NEAR(a b)", "a AND b", "-a", "()", "\\"):
        assert "うまく" not in await talk.hanako.says(f"/kizuki 検索 {text}")
    await _noted(talk)
    assert NOTE not in await talk.stranger.says("/kizuki 検索 番号札")


async def test_whoever_left_and_every_bot_may_no_more_than_a_stranger(talk: Talk) -> None:
    await _noted(talk, audience="office")
    for name in ("kacho", "jimu"):
        person = await _person(talk, name)
        await talk.database.transact(lambda tx, p=person: people.leave(tx, p, day="2026-11-24"))  # type: ignore[misc]
    assert NOTE not in await talk.jimu.says("/kizuki 表示 1")
    await talk.kacho.sends("note.answered", "1:open", state=["adopted"])
    assert talk.rows("select state from note") == [("open",)]
    for name, why in (("robo", "自動で動く"), ("moto", "退職された")):
        someone = type(talk.hanako)(talk, name)
        assert why in await someone.says(f"/kizuki {NOTE}")


async def test_somebody_leaving_next_month_is_still_written_to(talk: Talk) -> None:
    taro = await _person(talk, "taro")
    await talk.database.transact(lambda tx: people.leave(tx, taro, day="2027-04-01"))
    await talk.hanako.says(f"/kudos @taro {WORDS}")
    await talk.hanako.presses("感謝を送る", numbers=["1"])
    await talk.delivered()
    assert len(talk.taro.inbox) == 1


async def test_notes_for_the_secretariat_reach_it_and_stay_on_its_list(talk: Talk) -> None:
    await _noted(talk, audience="office")
    await talk.delivered()
    assert "事務局あての気づき No.1 が届きました" in talk.jimu.inbox[0]
    assert "回答を待っている気づき（1件、期限切れ0件）" in await talk.jimu.opens_home()
    talk.now = datetime.fromisoformat("2026-12-14T08:30:00+09:00")
    await talk.bot.tick("digest", talk.now)
    await talk.delivered()
    assert "回答待ち1件、期限切れ1件" in talk.jimu.inbox[1]
    await talk.jimu.presses("note.answer")
    assert talk.jimu.reply is not None
    assert talk.jimu.reply.at == "dialog"
    assert all(NOTE not in read for who in (talk.kacho, talk.bucho, talk.chiji) for read in who.inbox)


async def test_no_report_counts_what_only_the_secretariat_may_see(talk: Talk) -> None:
    await _noted(talk, audience="office")
    assert "気づき: 0件" in await talk.chiji.says("/kizuki 報告")


async def test_wishes_count_when_a_message_goes_out(talk: Talk) -> None:
    talk.now = talk.now.replace(hour=21)
    await talk.hanako.says(f"/kudos @taro {WORDS}")
    await talk.hanako.presses("感謝を送る", numbers=["1"])
    await talk.hanako.says(f"/kudos @ken {WORDS}")
    await talk.hanako.presses("感謝を送る", numbers=["1"])
    await talk.taro.says("/kizuki 設定")
    await talk.taro.presses("保存する", gets=["muted"])
    await talk.ken.says("/kizuki settings")
    await talk.ken.presses("Save", quiet_to=["09:30"])
    talk.now = talk.now.replace(day=25, hour=8)
    await talk.delivered()
    assert (talk.taro.inbox, talk.ken.inbox) == ([], [])
    talk.later(hours=2)
    await talk.delivered()
    assert (len(talk.taro.inbox), len(talk.ken.inbox)) == (0, 1)


async def test_thanks_taken_back_are_gone_for_the_person_thanked_too(talk: Talk) -> None:
    talk.now = talk.now.replace(hour=21)
    await talk.hanako.says(f"/kudos @taro {WORDS}")
    await talk.hanako.presses("感謝を送る", numbers=["1"])
    await talk.hanako.presses("取り消す")
    talk.later(hours=12)
    await talk.delivered()
    assert talk.taro.inbox == []
    await talk.hanako.says(f"/kudos @taro {WORDS}また")
    await talk.hanako.presses("感謝を送る", numbers=["1"])
    await talk.delivered()
    await talk.hanako.presses("取り消す")
    await talk.delivered()
    assert [WORDS in shown for shown in talk.shown_in("dm:taro")] == [False]


async def test_a_private_chat_that_speaks_again_is_reachable_again(talk: Talk) -> None:
    taro = await _person(talk, "taro")
    talk.taro.place = type(talk.taro.place)(PLATFORM, "dm:taro", private=True)
    place = await talk.database.read(lambda tx: people.private_place(tx, taro))
    assert place is not None
    await talk.database.transact(lambda tx: places.mark_gone(tx, place, at=1, why="blocked"))
    await talk.taro.says("/kizuki 今日")
    assert await talk.database.read(lambda tx: people.private_place(tx, taro)) == place


async def test_yesterdays_principle_is_not_sent_today(talk: Talk) -> None:
    slot = datetime.fromisoformat("2026-11-25T09:00:00+09:00")
    await talk.bot.tick("daily", slot)
    talk.now = slot + timedelta(days=1)
    await talk.delivered()
    assert talk.channel("madoguchi") == []
    assert {state for (state,) in talk.rows("select state from outbox")} == {"expired"}


async def test_a_sender_that_was_too_slow_does_not_undo_what_another_did(talk: Talk) -> None:
    await _noted(talk)
    now = millis(talk.now)
    first = (await talk.database.transact(lambda tx: outbox.lease(tx, now=now, until=now + 1, limit=1)))[0]
    talk.later(seconds=5)
    await talk.delivered()
    late = await talk.database.transact(
        lambda tx: outbox.settle(tx, first, lease=now + 1, state="waiting", tries=1, due_at=now)
    )
    assert late is False
    await talk.delivered()
    assert len(talk.channel("madoguchi")) == 1


async def test_one_failing_recipient_does_not_cost_the_others_their_digest(
    talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = digest.build
    failing = [True]

    def build(turn: Turn, unit_id: int, *days):  # type: ignore[no-untyped-def]
        unit = units.get(turn.tx, unit_id)
        assert unit is not None
        if failing[0] and unit.code == "10":
            raise RuntimeError
        return real(turn, unit_id, *days)

    monkeypatch.setattr(digest, "build", build)
    slot = datetime.fromisoformat("2026-11-30T08:30:00+09:00")
    talk.now = slot
    with pytest.raises(Unfinished):
        await talk.bot.tick("digest", slot)
    await talk.delivered()
    assert (len(talk.kacho.inbox), len(talk.bucho.inbox)) == (1, 0)
    failing[0] = False
    await talk.bot.tick("digest", slot)
    await talk.delivered()
    assert (len(talk.kacho.inbox), len(talk.bucho.inbox)) == (1, 1)


async def test_the_delivery_loop_survives_a_fault_of_the_database(talk: Talk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adapters.delivery.IDLE", 0.05)
    real, faults = talk.database.read, [sqlite3.OperationalError("disk I/O error"), OSError()]

    async def read(work):  # type: ignore[no-untyped-def]
        if faults:
            raise faults.pop()
        return await real(work)

    monkeypatch.setattr(talk.database, "read", read)
    loop = Delivery(talk.database, {PLATFORM: talk.wire}, talk.house.settings, lambda: talk.now)
    await _noted(talk)
    loop.start()
    async with asyncio.timeout(10):
        while not talk.wire.keys:
            talk.later(seconds=61)
            await asyncio.sleep(0.05)
    await loop.close()
    assert len(talk.channel("madoguchi")) == 1


async def test_anonymous_writers_are_in_no_log_and_no_file(talk: Talk, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    await _noted(talk, audience="anonymous")
    caplog.clear()
    await talk.kacho.sends("note.answered", "1:open", state=["received"])
    talk.wire.refuse = [RuntimeError(), RuntimeError(), RuntimeError()]
    await talk.delivered()
    hanako = await _person(talk, "hanako")
    assert f":{hanako} " not in caplog.text + " "
    assert "note:1" not in caplog.text

    def model(tx: Tx) -> str:
        turn = Turn(tx, talk.house, talk.now)
        unit = units.by_code(tx, "1010")
        assert unit is not None
        week = digest.build(turn, unit.id, talk.now.date(), talk.now.date() + timedelta(days=1))
        assert NOTE in plain(digest.card(talk.house, week, "ja"))
        return json.dumps(_as_data(week), ensure_ascii=False)

    assert "hanako" not in (await talk.database.read(model)).lower()


async def test_a_day_belongs_to_one_leader_however_many_press(talk: Talk) -> None:
    cards = []
    for text in ("一", "二"):
        await talk.chiji.sends("leader.preview", "", number=["5"], text=[text], day=["2026-11-25"])
        cards.append(talk.chiji.card)
    seen = await asyncio.gather(*(talk.chiji.presses("leader.plan", card) for card in cards))
    assert sum("に届けます" in s for s in seen) == 1
    assert talk.rows("select count(*) from leader_message") == [(1,)]
    await talk.chiji.sends("leader.preview", "", number=["5"], text=["三"], day=["20261126"])
    assert "日付を選んで" in str(talk.chiji.card)


async def test_a_preview_pressed_too_late_is_refused(talk: Talk) -> None:
    await talk.chiji.sends("leader.preview", "", number=["5"], text=["ことば"], day=["2026-11-25"])
    talk.later(hours=23)
    await talk.chiji.presses("leader.plan")
    assert talk.rows("select count(*) from leader_message") == [(0,)]


@pytest.mark.parametrize("value", ['[1,"do","2001-01-01"]', '[1,"do","20261124"]', '[true,"do","2026-11-24"]'])
async def test_marks_of_other_days_do_not_count(talk: Talk, value: str) -> None:
    await talk.hanako.sends("daily.read", value)
    assert talk.rows("select count(*) from mark") == [(0,)]


async def test_a_declined_note_that_is_taken_up_again_gets_a_new_day(talk: Talk) -> None:
    await _noted(talk)
    await talk.kacho.sends("note.answered", "1:open", state=["declined"], reason=["予算がない"])
    talk.later(days=30)
    await talk.kacho.sends("note.answered", "1:declined", state=["considering"])
    assert "2027-01-14" in str(talk.rows("select due_on from note"))
    assert "期限を過ぎた" not in await talk.kacho.says("/kizuki まとめ")


async def test_cards_nobody_shows_any_more_are_swept(talk: Talk) -> None:
    await _noted(talk)
    await talk.delivered()
    await talk.hanako.sends("note.delete", "1")
    await talk.delivered()
    talk.later(hours=3)
    await talk.bot.tick("tidy", talk.now.replace(second=0, microsecond=0))
    assert all(NOTE not in str(card) for (card,) in talk.rows("select card from body"))


async def test_a_slot_in_another_time_zone_is_the_same_slot(talk: Talk) -> None:
    there = datetime.fromisoformat("2026-11-25T00:00:00+00:00")
    assert await talk.bot.tick("daily", there) == 1
    assert await talk.bot.tick("daily", there.astimezone(talk.house.settings.zone)) == 0
    talk.now = there.astimezone(talk.house.settings.zone)
    await talk.delivered()
    assert "11月25日（水）の規範" in talk.channel("madoguchi")[0]


async def test_a_locked_database_gives_the_text_back(talk: Talk, monkeypatch: pytest.MonkeyPatch) -> None:
    async def busy(work: object) -> object:
        raise Busy("locked")

    await talk.hanako.says(f"/kizuki {NOTE}")
    card = talk.hanako.card
    monkeypatch.setattr(talk.database, "transact", busy)
    assert f"> {NOTE}" in await talk.hanako.says(f"/kizuki {NOTE}")
    assert "いま保存できませんでした" in talk.hanako.sees
    assert "いま保存できませんでした" in await talk.hanako.presses("note.confirm", card, numbers=["1"])
    monkeypatch.undo()
    assert "記録しました" in await talk.hanako.presses("note.confirm", card, numbers=["1"])


async def test_what_only_looks_is_answered_beside_the_writers(talk: Talk, monkeypatch: pytest.MonkeyPatch) -> None:
    await _noted(talk)
    seen: list[bool] = []
    real = talk.database.read

    async def read(work):  # type: ignore[no-untyped-def]
        seen.append(True)
        return await real(work)

    monkeypatch.setattr(talk.database, "read", read)
    for typed in ("検索 番号札", "まとめ", "報告", "自分", "表示 1", "今日", "規範", "設定", "ヘルプ", "ホーム", ""):
        before = len(seen)
        assert "うまくいきませんでした" not in await talk.kacho.says(f"/kizuki {typed}")
        assert len(seen) == before + 1, typed
    looked = len(seen)
    await asyncio.gather(*(talk.kacho.says("/kizuki 検索 番号札", key="again") for _ in range(5)))
    assert len(seen) == looked + 1, "delivered five times, answered once"
