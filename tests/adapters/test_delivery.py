"""The outbox loop: nothing lost, nothing twice, whatever the platform says."""

import asyncio

from adapters.delivery import Delivery
from adapters.platform import Later
from bot.cards import Card, dump, say
from storage import outbox
from storage.database import Tx
from tests.talk import PLATFORM, Talk

CARD = dump(Card((say("はい"),), "はい"))


async def _owe(talk: Talk, count: int = 1, **more: str | None) -> None:
    at = round(talk.now.timestamp() * 1000)

    def work(tx: Tx) -> None:
        tx.cursor.execute("select id from place where ext_id = 'madoguchi'")
        place = tx.cursor.fetchone()[0]
        body = outbox.body(tx, "body", CARD, at=at)
        for i in range(count):
            outbox.post(tx, f"m{i}", body, due_at=at, place_id=place)

    await talk.database.transact(work)


def _states(talk: Talk) -> list[tuple[object, ...]]:
    return talk.rows("select state, tries, error from outbox order by id")


async def test_the_same_message_is_owed_once(talk: Talk) -> None:
    await _owe(talk)
    await _owe(talk)
    await talk.delivered()
    assert talk.wire.keys == ["m0"]
    await talk.delivered()
    assert talk.wire.keys == ["m0"]


async def test_later_waits_as_long_as_asked_and_counts_no_try(talk: Talk) -> None:
    await _owe(talk)
    talk.wire.refuse = [Later(30)]
    await talk.delivered()
    assert _states(talk) == [("waiting", 0, "later")]
    talk.later(seconds=29)
    await talk.delivered()
    assert talk.wire.keys == []
    talk.later(seconds=2)
    await talk.delivered()
    assert talk.wire.keys == ["m0"]


async def test_gone_is_remembered_for_the_place(talk: Talk) -> None:
    await _owe(talk)
    talk.wire.gone = {"madoguchi"}
    await talk.delivered()
    assert _states(talk) == [("gone", 0, "gone")]
    assert talk.rows("select count(*) from place where gone_at is not null") == [(1,)]


async def test_a_person_gone_from_one_place_is_reached_at_another(talk: Talk) -> None:
    await talk.hanako.says("/kudos @taro 引き継ぎ資料が丁寧で助かりました")
    await talk.hanako.presses("感謝を送る", numbers=["10"])
    from storage import places

    taro = next(r[0] for r in talk.rows("select person_id from account where ext_id='taro'"))
    assert isinstance(taro, int)
    await talk.database.transact(
        lambda tx: places.save(tx, platform=PLATFORM, ext_id="dm:taro2", private=True, address={}, person_id=taro)
    )
    talk.wire.gone = {"dm:taro2"}
    await talk.delivered()
    await talk.delivered()
    assert len(talk.taro.inbox) == 1


async def test_other_faults_back_off_and_are_parked_and_can_be_revived(talk: Talk) -> None:
    await _owe(talk)
    attempts = talk.house.settings.delivery.attempts
    talk.wire.refuse = [RuntimeError("boom") for _ in range(attempts)]
    for _ in range(attempts):
        await talk.delivered()
        talk.later(hours=2)
    assert _states(talk) == [("parked", attempts, "RuntimeError")]
    await talk.delivered()
    assert talk.wire.keys == []
    listed = await talk.database.read(lambda tx: outbox.listing(tx, "parked", limit=5))
    assert [(r.key, r.platform, r.place) for r in listed] == [("m0", PLATFORM, "madoguchi")]
    now = round(talk.now.timestamp() * 1000)
    assert await talk.database.transact(lambda tx: outbox.revive(tx, now=now)) == 1
    await talk.delivered()
    assert talk.wire.keys == ["m0"]


async def test_waits_grow_and_differ(talk: Talk) -> None:
    await _owe(talk, 4)
    waits: list[set[int]] = []
    for _ in range(3):
        talk.wire.refuse = [RuntimeError() for _ in range(4)]
        before = talk.now.timestamp() * 1000
        await talk.delivered()
        due = [int(str(r[0])) - before for r in talk.rows("select due_at from outbox")]
        waits.append({round(d) for d in due})
        talk.later(hours=2)
    assert all(len(w) > 1 for w in waits), "jitter"
    assert max(waits[0]) < min(waits[2]), "growing"


async def test_two_loops_send_every_message_once(talk: Talk) -> None:
    await _owe(talk, 200)
    other = Delivery(talk.database, {PLATFORM: talk.wire}, talk.house.settings, lambda: talk.now)
    await asyncio.gather(talk.delivery.drain(), other.drain())
    assert sorted(talk.wire.keys) == sorted(f"m{i}" for i in range(200))


async def test_a_crash_while_sending_gives_the_message_back(talk: Talk) -> None:
    await _owe(talk)
    now = round(talk.now.timestamp() * 1000)
    leased = await talk.database.transact(lambda tx: outbox.lease(tx, now=now, until=now + 60_000, limit=10))
    assert len(leased) == 1
    await talk.delivered()
    assert talk.wire.keys == [], "somebody else holds it"
    talk.later(seconds=61)
    await talk.delivered()
    assert talk.wire.keys == ["m0"]


async def test_a_change_never_overtakes_the_message_it_changes(talk: Talk) -> None:
    await talk.hanako.says("/kizuki 番号札の紙がない")
    await talk.hanako.presses("note.confirm", numbers=["1"])
    await talk.taro.sends("note.support", "1")
    talk.wire.refuse = [Later(5)]
    await talk.delivered()
    assert talk.shown_in("madoguchi") == []
    talk.later(seconds=10)
    await talk.delivered()
    talk.later(seconds=10)
    await talk.delivered()
    assert len(talk.shown_in("madoguchi")) == 1
    assert "私も: 1人" in talk.shown_in("madoguchi")[0]


async def test_a_change_of_a_message_that_was_never_sent_is_dropped(talk: Talk) -> None:
    await talk.hanako.says("/kizuki 番号札の紙がない")
    await talk.hanako.presses("note.confirm", numbers=["1"])
    talk.wire.gone = {"madoguchi"}
    await talk.delivered()
    talk.wire.gone = set()
    await talk.taro.sends("note.support", "1")
    await talk.delivered()
    assert talk.wire.keys == []


async def test_the_running_loop_wakes_when_something_is_owed_and_stops_at_once(talk: Talk) -> None:
    talk.delivery.start()
    await asyncio.sleep(0.05)
    await _owe(talk)
    async with asyncio.timeout(2):
        while not talk.wire.keys:
            await asyncio.sleep(0.01)
        await talk.delivery.close()
    assert talk.wire.keys == ["m0"]


async def test_a_message_to_somebody_on_no_platform_waits(talk: Talk) -> None:
    def alone(tx: Tx) -> None:
        tx.cursor.execute("delete from place where ext_id = 'dm:taro'")

    await talk.database.transact(alone)
    await talk.hanako.says("/kudos @taro 引き継ぎ資料が丁寧で助かりました")
    await talk.hanako.presses("感謝を送る", numbers=["10"])
    await talk.delivered()
    assert talk.rows("select state, error from outbox where person_id is not null") == [
        ("waiting", "nowhere to send it yet")
    ]
    from storage import places

    taro = next(r[0] for r in talk.rows("select person_id from account where ext_id='taro'"))
    assert isinstance(taro, int)
    await talk.database.transact(
        lambda tx: places.save(tx, platform=PLATFORM, ext_id="dm:taro", private=True, address={}, person_id=taro)
    )
    talk.later(hours=25)
    await talk.delivered()
    assert len(talk.taro.inbox) == 1


async def test_one_message_that_fails_does_not_stop_the_others(talk: Talk) -> None:
    await _owe(talk, 5)
    talk.wire.refuse = [RuntimeError()]
    await talk.delivered()
    assert talk.wire.keys == ["m1", "m2", "m3", "m4"]


async def test_messages_to_a_place_arrive_in_order_even_when_it_is_slow(talk: Talk) -> None:
    await _owe(talk, 5)
    talk.wire.refuse = [Later(1)]
    await talk.delivered()
    assert talk.wire.keys == []
    talk.later(seconds=2)
    await talk.delivered()
    assert talk.wire.keys == ["m0", "m1", "m2", "m3", "m4"]


async def test_a_slow_place_does_not_hold_up_another(talk: Talk) -> None:
    await talk.hanako.says("/kizuki 番号札の紙がない")
    await talk.hanako.presses("note.confirm", numbers=["1"])
    await talk.ken.says("/kizuki 税の通知が読みにくい")
    await talk.ken.presses("note.confirm", numbers=["1"])
    talk.wire.refuse = [Later(60)]
    await talk.delivered()
    assert len(talk.wire.keys) == 1
