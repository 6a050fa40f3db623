"""Where one thing ends and the next begins: each of these once let a deliberate fault through."""

from datetime import datetime, timedelta

import pytest

from bot import daily
from bot.daily import EVERYONE, STORY
from bot.events import Joined, Left, Place
from bot.schedule import millis
from bot.turn import Turn
from storage import accounts, outbox, people, postings, search, steps, units
from storage.database import Tx
from tests.talk import PLATFORM, Talk

NOTE = "番号札の紙がない"
WORDS = "引き継ぎ資料が丁寧で助かりました"


async def _noted(talk: Talk, text: str = NOTE, audience: str = "unit", by: str = "hanako", number: str = "1") -> None:
    who = getattr(talk, by)
    await who.says(f"/kizuki {text}")
    await who.presses("note.confirm", numbers=[number], audience=[audience])


async def _thanked(talk: Talk, to: str, visible: str = "public", words: str = WORDS) -> str:
    await talk.hanako.says(f"/kudos {to} {words}")
    return await talk.hanako.presses("kudos.confirm", numbers=["4"], visible=[visible])


async def test_joining_shows_in_the_channel(talk: Talk) -> None:
    await _noted(talk, "住民票の申請書で同じ住所を三回書いてもらっている")
    await talk.bot.tick("tidy", talk.now)
    await talk.delivered()
    await talk.taro.says("/kizuki 住民票の申請書に同じ住所を三回も書いてもらっている")
    await talk.taro.presses("note.join")
    await talk.delivered()
    assert "私も: 1人" in talk.shown_in("madoguchi")[0]


async def test_my_own_note_is_not_offered_as_a_similar_one_nor_joined(talk: Talk) -> None:
    await _noted(talk, "住民票の申請書で同じ住所を三回書いてもらっている")
    await talk.bot.tick("tidy", talk.now)
    assert "似た気づき" not in await talk.hanako.says("/kizuki 住民票の申請書に同じ住所を三回も書いてもらっている")
    await talk.hanako.sends("note.join", "2:1")
    assert talk.rows("select count(*) from note_support") == [(0,)]


@pytest.mark.parametrize("how", ["office", "deleted"])
async def test_what_is_not_for_colleagues_is_never_offered_as_similar(talk: Talk, how: str) -> None:
    await _noted(
        talk, "住民票の申請書で同じ住所を三回書いてもらっている", audience="office" if how == "office" else "unit"
    )
    await talk.bot.tick("tidy", talk.now)
    if how == "deleted":
        await talk.hanako.sends("note.delete", "1")
    assert "三回書いて" not in await talk.taro.says("/kizuki 住民票の申請書に同じ住所を三回も書いてもらっている")


async def test_the_secretariat_is_not_told_of_its_own_note(talk: Talk) -> None:
    await _noted(talk, audience="office", by="jimu")
    await talk.delivered()
    assert talk.jimu.inbox == []


async def test_as_many_as_twenty_colleagues_are_thanked_at_once(talk: Talk) -> None:
    def hired(tx: Tx) -> None:
        for i in range(21):
            person = people.add(tx, number=f"n{i}", name_ja=f"n{i}", name_en=f"n{i}", joined_on="2020-04-01")
            accounts.add(tx, PLATFORM, f"n{i}", person_id=person)

    await talk.database.transact(hired)
    for size, kept in ((21, 0), (20, 1)):
        await talk.hanako.sends("kudos.write", "", to=[f"wire/n{i}" for i in range(size)], text=[WORDS])
        assert talk.rows("select count(*) from draft") == [(kept,)]


async def test_the_same_words_to_one_more_colleague_are_still_twice(talk: Talk) -> None:
    await _thanked(talk, "@taro")
    await _thanked(talk, "@taro @ken")
    assert talk.rows("select count(*) from kudos") == [(1,)]


async def test_who_answers_their_own_note_is_not_told_of_it(talk: Talk) -> None:
    await _noted(talk, by="kacho")
    await talk.kacho.sends("note.answered", "1:open", state=["received"])
    await talk.delivered()
    assert talk.rows("select state from note") == [("received",)]
    assert talk.kacho.inbox == []


async def test_changed_words_leave_the_index(talk: Talk) -> None:
    await _noted(talk)
    await talk.bot.tick("tidy", talk.now)
    await talk.hanako.sends("note.edited", "1", text=["窓口が寒い"], kind=["notice"], numbers=["1"])
    talk.later(minutes=1)
    await talk.bot.tick("tidy", talk.now)
    pair = search.pairs(search.fold(NOTE))[0]
    left = {
        True: f"select rowid from note_pairs where note_pairs match '{pair}'",
        False: f"select id from note where '{pair}' = any(tsvector_to_array(pairs))",
    }
    assert talk.rows(left[talk.database.read_now(lambda tx: tx.sqlite)]) == []


async def test_who_wants_no_messages_is_owed_no_daily_card(talk: Talk) -> None:
    await talk.taro.says("/kizuki 設定")
    await talk.taro.presses("保存する", daily=["also"], gets=["muted"])
    await talk.bot.tick("daily", datetime.fromisoformat("2026-11-25T09:00:00+09:00"))
    assert talk.rows("select count(*) from outbox where person_id is not null") == [(0,)]


def _story(talk: Talk, number: int) -> str:
    return talk.database.read_now(
        lambda tx: str(daily.card(Turn(tx, talk.house, talk.now), daily.Due(number, STORY, 0, EVERYONE), "ja"))
    )


async def test_a_story_names_no_anonymous_writer(talk: Talk) -> None:
    await _noted(talk, audience="anonymous", number="4")
    assert NOTE in _story(talk, 4)
    assert "hanako" not in _story(talk, 4)


async def test_no_story_from_what_is_private(talk: Talk) -> None:
    await _noted(talk, audience="office", number="4")
    await _thanked(talk, "@taro", visible="private")
    assert talk.rows("select count(*) from kudos") == [(1,)]
    assert NOTE not in _story(talk, 4)
    assert WORDS not in _story(talk, 4)


async def test_who_is_no_executive_any_more_plans_no_words(talk: Talk) -> None:
    await talk.chiji.sends("leader.preview", "", number=["5"], text=["ことば"], day=["2026-11-25"])
    await talk.database.transact(lambda tx: tx.cursor.execute("delete from role where role = 'executive'") and None)
    await talk.chiji.presses("leader.plan")
    assert talk.rows("select count(*) from leader_message") == [(0,)]


async def test_words_stay_once_their_day_has_come(talk: Talk) -> None:
    await talk.chiji.sends("leader.preview", "", number=["5"], text=["ことば"], day=["2026-11-25"])
    await talk.chiji.presses("leader.plan")
    assert "担当の人だけ" in await talk.hanako.sends("leader.withdraw", "1")
    talk.now = datetime.fromisoformat("2026-11-25T08:00:00+09:00")
    await talk.chiji.sends("leader.withdraw", "1")
    assert talk.rows("select state from leader_message") == [("planned",)]


async def test_a_manager_does_not_answer_their_own_note_to_the_secretariat(talk: Talk) -> None:
    await _noted(talk, audience="office", by="kacho")
    assert "担当の人だけ" in await talk.kacho.sends("note.answered", "1:open", state=["done"])
    assert talk.rows("select state from note") == [("open",)]


async def test_an_anonymous_writer_sees_their_own_name(talk: Talk) -> None:
    await _noted(talk, audience="anonymous")
    assert "hanako" in await talk.hanako.says("/kizuki 表示 1")


async def test_a_chat_that_was_there_before_its_person_spoke_becomes_theirs(talk: Talk) -> None:
    await talk.bot.handle(Joined(talk.key(), Place(PLATFORM, "dm:new", private=True), "new"))
    talk.taro.place = Place(PLATFORM, "dm:new", private=True)
    await talk.taro.says("/kizuki 今日")
    assert talk.rows("select count(*) from place where ext_id = 'dm:new' and person_id is not null") == [(1,)]


async def test_a_lease_that_ran_out_is_settled_by_its_new_holder_only(talk: Talk) -> None:
    await _noted(talk)
    now = millis(talk.now)
    first = (await talk.database.transact(lambda tx: outbox.lease(tx, now=now, until=now + 1, limit=1)))[0]
    await talk.database.transact(lambda tx: outbox.lease(tx, now=now + 2, until=now + 60_000, limit=1))
    late = await talk.database.transact(
        lambda tx: outbox.settle(tx, first, lease=now + 1, state="sent", tries=1, due_at=now)
    )
    assert late is False
    assert talk.rows("select state from outbox") == [("leased",)]


async def test_a_note_deleted_while_it_is_sent_does_not_stay(talk: Talk) -> None:
    await _noted(talk)
    real = talk.wire.send

    async def slow(*args, **kwargs):  # type: ignore[no-untyped-def]
        if not talk.wire.keys:
            await talk.hanako.sends("note.delete", "1")
        return await real(*args, **kwargs)

    talk.wire.send = slow  # type: ignore[method-assign]
    await talk.delivered()
    await talk.delivered()
    assert [NOTE in shown for shown in talk.shown_in("madoguchi")] == [False]


async def test_a_step_is_taken_from_the_state_the_answerer_saw_only(talk: Talk) -> None:
    await _noted(talk)
    jimu = talk.rows("select person_id from account where ext_id = 'jimu'")[0][0]
    assert isinstance(jimu, int)
    moved = await talk.database.transact(
        lambda tx: steps.move(
            tx, 1, was="received", to="done", reason="", person_id=jimu, at=1, answered_at=1, due_on="2026-12-01"
        )
    )
    assert moved is False
    assert talk.rows("select state from note") == [("open",)]


async def test_thanks_taken_back_can_be_given_again_at_once(talk: Talk) -> None:
    await _thanked(talk, "@taro")
    await talk.hanako.presses("取り消す")
    await _thanked(talk, "@taro")
    assert talk.rows("select count(*) from kudos where taken_back_at is null") == [(1,)]


async def test_a_note_of_a_unit_whose_channel_is_gone_goes_to_the_one_above(talk: Talk) -> None:
    await talk.database.transact(
        lambda tx: tx.cursor.execute("update place set gone_at = 1 where ext_id = 'madoguchi'") and None
    )
    talk.hanako.place = Place(PLATFORM, "dm:hanako", private=True)
    await _noted(talk)
    await talk.delivered()
    assert len(talk.channel("kyoku")) == 1


async def test_who_moves_today_is_in_one_unit(talk: Talk) -> None:
    def moved(tx: Tx) -> int:
        tx.cursor.execute("select person_id from account where ext_id = 'taro'")
        taro = int(tx.cursor.fetchone()[0])
        tx.cursor.execute(f"update posting set ends_on = '2026-11-24' where person_id = {taro}")
        unit = units.by_code(tx, "20")
        assert unit is not None
        postings.add(tx, taro, unit.id, starts_on="2026-11-24")
        return unit.id

    there = await talk.database.transact(moved)
    await _noted(talk, by="taro")
    assert talk.rows("select unit_id from note") == [(there,)]
    staff = await talk.database.read(lambda tx: people.staff(tx, today="2026-11-24"))
    assert len(staff) == len({p.id for p in staff})


async def test_a_note_of_nobodys_unit_waits_for_the_secretariat(talk: Talk) -> None:
    await talk.database.transact(lambda tx: tx.cursor.execute("update posting set ends_on = '2026-11-01'") and None)
    await _noted(talk)
    assert talk.rows("select unit_id from note") == [(None,)]
    assert "回答を待っている気づき（1件" in await talk.jimu.opens_home()


async def test_thanks_taken_back_in_quiet_hours_are_gone_at_once(talk: Talk) -> None:
    await _thanked(talk, "@taro")
    await talk.delivered()
    talk.now = talk.now.replace(hour=21)
    await talk.hanako.presses("取り消す")
    await talk.delivered()
    assert [WORDS in shown for shown in talk.shown_in("dm:taro")] == [False]


async def test_a_forged_audience_makes_no_note(talk: Talk) -> None:
    await talk.hanako.says(f"/kizuki {NOTE}")
    await talk.hanako.presses("note.confirm", numbers=["1"], audience=["everyone"])
    assert talk.rows("select count(*) from note") == [(0,)]


async def test_a_draft_of_one_kind_becomes_nothing_else(talk: Talk) -> None:
    await talk.hanako.says(f"/kudos @taro {WORDS}")
    await talk.hanako.sends("note.confirm", "1", numbers=["1"], kind=["notice"], audience=["unit"])
    assert talk.rows("select count(*) from note") == [(0,)]


async def test_thanks_are_taken_back_up_to_the_very_end_of_the_day(talk: Talk) -> None:
    await _thanked(talk, "@taro")
    talk.later(hours=24)
    await talk.hanako.presses("取り消す")
    assert talk.rows("select count(*) from kudos where taken_back_at is null") == [(0,)]


async def test_public_thanks_stand_in_the_channel_meant_for_them(talk: Talk) -> None:
    on = "true" if "true" in str(talk.rows("select 1 = 1")).lower() else "1"
    await talk.database.transact(
        lambda tx: tx.cursor.execute(f"update place set kudos = {on} where ext_id = 'all'") and None
    )
    await _thanked(talk, "@taro")
    await talk.delivered()
    assert (len(talk.channel("all")), len(talk.channel("madoguchi"))) == (1, 0)


@pytest.mark.parametrize(("length", "state"), [(500, "declined"), (501, "open")])
async def test_a_reason_has_its_length(talk: Talk, length: int, state: str) -> None:
    await _noted(talk)
    await talk.kacho.sends("note.answered", "1:open", state=["declined"], reason=["理" * length])
    assert talk.rows("select state from note") == [(state,)]


@pytest.mark.parametrize(("number", "stored"), [(0, 1), (1, 0)])
async def test_words_are_planned_at_most_180_days_ahead(talk: Talk, number: int, stored: int) -> None:
    talk.now = datetime.fromisoformat("2026-11-26T10:00:00+09:00")
    day = talk.now.date() + timedelta(days=180 + number)
    assert talk.house.calendar.is_working(day)
    await talk.chiji.sends("leader.preview", "", number=["5"], text=["ことば"], day=[day.isoformat()])
    assert talk.rows("select count(*) from draft") == [(stored,)]


async def test_marks_of_a_day_to_come_do_not_count(talk: Talk) -> None:
    tomorrow = talk.now.date() + timedelta(days=1)
    number = daily.due(talk.house, tomorrow, daily.EVERYONE).number
    await talk.hanako.sends("daily.read", f'[{number}, "do", "{tomorrow}"]')
    assert talk.rows("select count(*) from mark") == [(0,)]


async def test_the_last_page_offers_no_further_one_and_a_full_one_does(talk: Talk) -> None:
    for i in range(6):
        await _noted(talk, f"{NOTE}その{i}")
    await talk.taro.says("/kizuki 検索 番号札")
    assert "その0" in await talk.taro.presses("find.more")
    assert "find.more" not in str(talk.taro.card)


async def test_what_left_by_its_channel_is_told_elsewhere(talk: Talk) -> None:
    await talk.bot.handle(Left(talk.key(), Place(PLATFORM, "madoguchi")))
    assert talk.rows("select count(*) from place where gone_at is not null") == [(1,)]
