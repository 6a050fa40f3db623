"""The outbox loop: nothing lost, nothing twice, whatever the platform says."""

import asyncio
import contextlib
from collections.abc import Iterable, Sequence
from typing import Any

import pytest

from adapters.delivery import Delivery
from adapters.platform import Later
from bot.cards import Card, dump, say
from bot.events import Place
from storage import leases, outbox, owed, people, places
from storage.database import Busy, T, Tx, Work
from storage.deliveries import Found
from storage.outbox import Owed
from tests.talk import PLATFORM, Talk, Wire

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
    listed = await talk.database.read(lambda tx: owed.listing(tx, "parked", limit=5))
    assert [(r.key, r.platform, r.place) for r in listed] == [("m0", PLATFORM, "madoguchi")]
    now = round(talk.now.timestamp() * 1000)
    assert await talk.database.transact(lambda tx: owed.revive(tx, now=now)) == 1
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


class Doors(Wire):
    """A platform at which places can hang until they are opened, or refuse after so many messages."""

    def __init__(self, *shut: str) -> None:
        super().__init__()
        self.shut = {name: asyncio.Event() for name in shut}
        self.begun: list[str] = []
        self.most = self.now = 0
        self.refuse_after: tuple[int, float] | None = None

    async def send(self, place: Place, card: Card, *, key: str, replaces: str = "") -> str:
        self.begun.append(key)
        self.now += 1
        self.most = max(self.most, self.now)
        try:
            await asyncio.sleep(0)
            if place.id in self.shut:
                await self.shut[place.id].wait()
            if self.refuse_after and len(self.keys) == self.refuse_after[0]:
                seconds, self.refuse_after = self.refuse_after[1], None
                raise Later(seconds)
            return await super().send(place, card, key=key, replaces=replaces)
        finally:
            self.now -= 1


def _loop(talk: Talk, wire: Wire, **limits: int) -> Delivery:
    part = talk.house.settings.delivery.model_copy(update=limits)
    settings = talk.house.settings.model_copy(update={"delivery": part})
    return Delivery(talk.database, {PLATFORM: wire}, settings, lambda: talk.now)


async def _owe_to(talk: Talk, ext_ids: Iterable[str], *, each: int = 1, name: str = "", ago: int = 0) -> None:
    at = round(talk.now.timestamp() * 1000) - ago

    def work(tx: Tx) -> None:
        body = outbox.body(tx, "body", CARD, at=at)
        for ext_id in ext_ids:
            place = places.save(tx, platform=PLATFORM, ext_id=ext_id, private=False, address={})
            for i in range(each):
                outbox.post(tx, f"{name}{ext_id}.{i:03}", body, due_at=at, place_id=place)

    await talk.database.transact(work)


async def _until(done: Any) -> None:
    async with asyncio.timeout(10):
        while not done():
            await asyncio.sleep(0.01)


async def test_a_place_that_hangs_with_much_before_it_holds_up_nobody_else(talk: Talk) -> None:
    await _owe_to(talk, ["shut"], each=60, ago=5)
    await _owe_to(talk, [f"open{i}" for i in range(40)])
    wire = Doors("shut")
    loop = _loop(talk, wire, at_once=4)
    draining = asyncio.create_task(loop.drain())
    await _until(lambda: len(wire.keys) == 40)
    assert [k for k in wire.begun if k.startswith("shut")] == ["shut.000"]
    leased = talk.rows("select count(*) from outbox where state = 'leased'")
    assert int(str(leased[0][0])) <= 16, "no more is held than can soon be sent"
    wire.shut["shut"].set()
    await draining
    assert [k for k in wire.keys if k.startswith("shut")] == [f"shut.{i:03}" for i in range(60)]


async def test_no_more_than_agreed_are_on_their_way_and_not_one_by_one(talk: Talk) -> None:
    await _owe_to(talk, [f"p{i}" for i in range(60)])
    wire = Doors()
    await _loop(talk, wire, at_once=7).drain()
    assert wire.most == 7
    assert len(wire.keys) == 60


async def test_a_place_keeps_its_order_across_leases_and_when_it_says_later(talk: Talk) -> None:
    await _owe_to(talk, ["here"], each=40)
    wire = Doors()
    wire.refuse_after = (17, 30)
    loop = _loop(talk, wire, at_once=5)
    await loop.drain()
    assert wire.keys == [f"here.{i:03}" for i in range(17)]
    assert talk.rows("select distinct state, tries, error from outbox where state <> 'sent'") == [
        ("waiting", 0, "later")
    ]
    await _owe_to(talk, ["here"], each=3, name="newer ")
    talk.later(seconds=29)
    await loop.drain()
    assert len(wire.keys) == 17, "what is new waits behind"
    talk.later(seconds=2)
    await _owe_to(talk, ["here"], each=3, name="newest ")
    await loop.drain()
    assert wire.keys[17:40] == [f"here.{i:03}" for i in range(17, 40)]
    assert wire.keys[40:] == [f"{n} here.{i:03}" for n in ("newer", "newest") for i in range(3)]


async def test_draining_is_not_over_because_everything_on_its_way_ended_meanwhile(
    talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A slow database says that nothing more may be leased for a full place, which is empty by then."""
    look_up = Delivery._look_up

    async def late(self: Delivery, owed: Sequence[Owed]) -> list[Found]:
        await asyncio.sleep(0 if owed else 0.05)
        return await look_up(self, owed)

    monkeypatch.setattr(Delivery, "_look_up", late)
    await _owe_to(talk, ["here"], each=40)
    wire = Doors()
    await _loop(talk, wire, at_once=5).drain()
    assert len(wire.keys) == 40


async def test_what_comes_back_goes_before_what_never_left(talk: Talk) -> None:
    """Or those who were told when to come would find everybody else before them."""
    await _owe_to(talk, ["late"])
    wire = Doors()
    wire.refuse_after = (0, 30)
    await _loop(talk, wire).drain()
    talk.later(seconds=31)
    await _owe_to(talk, [f"p{i}" for i in range(30)], ago=31_000)
    await _loop(talk, wire, at_once=3).drain()
    assert "late.000" in wire.keys[:3]


async def test_closing_finishes_what_is_on_its_way_and_gives_back_the_rest_at_once(talk: Talk) -> None:
    await _owe_to(talk, ["one", "two"], each=20)
    wire = Doors("one", "two")
    loop = _loop(talk, wire, at_once=4)
    loop.start()
    await _until(lambda: len(wire.begun) == 2)
    closing = asyncio.create_task(loop.close())
    await asyncio.sleep(0.1)
    assert not closing.done()
    wire.shut["one"].set()
    await _until(lambda: talk.rows("select count(*) from outbox where state = 'leased'") <= [(20,)])
    wire.shut["two"].set()
    await closing
    assert sorted(wire.keys) == ["one.000", "two.000"]
    assert talk.rows("select state, tries, error, count(*) from outbox group by 1, 2, 3 order by 1") == [
        ("sent", 0, "", 2),
        ("waiting", 0, "", 38),
    ]
    other = Doors()
    await _loop(talk, other).drain()
    assert [k for k in other.keys if k.startswith("one")] == [f"one.{i:03}" for i in range(1, 20)]


async def test_what_waits_for_another_place_is_given_back_while_one_hangs(talk: Talk) -> None:
    await _owe_to(talk, ["shut"], ago=1)
    await _owe_to(talk, [f"p{i}" for i in range(3)])
    wire = Doors("shut", "p0", "p1", "p2")
    loop = _loop(talk, wire, at_once=1)
    loop.start()
    await _until(lambda: wire.begun)
    await _until(lambda: talk.rows("select count(*) from outbox where state = 'leased'") == [(2,)])
    await asyncio.sleep(0.2)
    closing = asyncio.create_task(loop.close())
    await _until(lambda: talk.rows("select count(*) from outbox where state = 'leased'") == [(1,)])
    wire.shut["shut"].set()
    await closing
    assert wire.keys == ["shut.000"]


async def test_one_replica_delivers_and_the_next_takes_over(talk: Talk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adapters.delivery.LOOK", 0.05)
    east, west = Doors(), Doors()
    first, second = _loop(talk, east), _loop(talk, west)
    first.start()
    await _until(lambda: talk.rows("select count(*) from lease") == [(1,)])
    second.start()
    await _owe_to(talk, [f"p{i}" for i in range(50)])
    await _until(lambda: len(east.keys) == 50)
    assert west.keys == []
    await first.close()
    await _owe_to(talk, [f"q{i}" for i in range(50)])
    await _until(lambda: len(west.keys) == 50)
    assert len(east.keys) == 50
    await second.close()
    assert talk.rows("select count(*) from lease") == [(0,)]


async def test_who_lost_the_lease_begins_nothing_more(talk: Talk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adapters.delivery.LOOK", 0.05)
    wire = Doors("one")
    loop = _loop(talk, wire)
    loop.start()
    await _until(lambda: talk.rows("select count(*) from lease") == [(1,)])
    talk.later(seconds=20)
    await _owe_to(talk, ["one"], each=5)
    await _until(lambda: wire.begun)
    talk.later(seconds=11)
    now = round(talk.now.timestamp() * 1000)
    assert await talk.database.transact(
        lambda tx: leases.take(tx, "delivery", "somebody", now=now, until=now + 30_000)
    ), "it ran out"
    wire.shut["one"].set()
    await _until(lambda: talk.rows("select count(*) from outbox where state = 'leased'") == [(0,)])
    await asyncio.sleep(0.2)
    assert wire.keys == ["one.000"]
    assert talk.rows("select state, count(*) from outbox group by state order by state") == [
        ("sent", 1),
        ("waiting", 4),
    ]
    await talk.database.transact(lambda tx: leases.give_back(tx, "delivery", "somebody"))
    await _until(lambda: len(wire.keys) == 5)
    await loop.close()


async def test_the_lease_is_renewed_while_it_runs(talk: Talk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adapters.leadership.RENEW", 0.05)
    loop = _loop(talk, Doors())
    loop.start()
    await _until(lambda: talk.rows("select count(*) from lease") == [(1,)])
    before = talk.rows("select holder, until from lease")[0]
    talk.later(seconds=20)
    await _until(lambda: talk.rows("select holder, until from lease") != [before])
    assert talk.rows("select holder, until from lease") == [(before[0], int(str(before[1])) + 20_000)]
    await loop.close()


async def test_what_waits_too_long_for_its_turn_is_leased_anew(talk: Talk) -> None:
    """Or its lease would run out while it is sent, and another replica would send it too."""
    await _owe_to(talk, ["slow"], each=4)
    left: list[int] = []

    class Looks(Doors):
        async def send(self, place: Place, card: Card, *, key: str, replaces: str = "") -> str:
            until = talk.rows(f"select lease_until from outbox where key = '{key}'")[0][0]
            left.append(int(str(until)) - round(talk.now.timestamp() * 1000))
            return await super().send(place, card, key=key, replaces=replaces)

    wire = Looks("slow")
    draining = asyncio.create_task(_loop(talk, wire).drain())
    await _until(lambda: wire.begun)
    talk.later(seconds=35)
    wire.shut["slow"].set()
    await draining
    assert left == [60_000] * 4
    assert wire.keys == [f"slow.{i:03}" for i in range(4)]
    assert talk.rows("select distinct state, tries from outbox") == [("sent", 0)]


async def test_wishes_count_when_it_goes_out_not_when_it_was_leased(talk: Talk) -> None:
    at = round(talk.now.timestamp() * 1000)

    def owe(tx: Tx) -> None:
        body = outbox.body(tx, "body", CARD, at=at)
        taro = people.by_number(tx, "taro", today="2026-11-24")
        assert taro
        for i in range(3):
            outbox.post(tx, f"m{i}", body, due_at=at, person_id=taro.id)

    await talk.database.transact(owe)
    wire = Doors("dm:taro")
    draining = asyncio.create_task(_loop(talk, wire).drain())
    await _until(lambda: wire.begun)
    await talk.database.transact(lambda tx: tx.cursor.execute("update person set muted = true where number = 'taro'"))
    talk.later(seconds=5)
    wire.shut["dm:taro"].set()
    await draining
    assert wire.keys == ["m0"]
    assert talk.rows("select state, error from outbox order by id") == [("sent", ""), *[("gone", "wants none")] * 2]


async def test_many_are_looked_up_in_one_read(talk: Talk, monkeypatch: pytest.MonkeyPatch) -> None:
    await _owe_to(talk, [f"p{i}" for i in range(30)])
    real, reads = talk.database.read, []

    async def read(work: Work[T]) -> T:
        reads.append(work)
        return await real(work)

    monkeypatch.setattr(talk.database, "read", read)
    wire = Doors()
    await _loop(talk, wire, at_once=30).drain()
    assert (len(wire.keys), len(reads)) == (30, 1)


async def test_a_database_that_is_busy_for_a_moment_has_nothing_sent_twice(
    talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adapters.ledger.PATIENCE", (0.01, 0.01))
    await _owe_to(talk, ["here"], each=2)
    real, left = talk.database.transact, [Busy("locked"), Busy("locked")]

    async def transact(work: Work[T]) -> T:
        if wire.keys and left:
            raise left.pop()
        return await real(work)

    monkeypatch.setattr(talk.database, "transact", transact)
    wire = Doors()
    await _loop(talk, wire).drain()
    assert wire.keys == ["here.000", "here.001"]
    assert not left
    assert talk.rows("select distinct state from outbox") == [("sent",)]


async def test_what_could_not_be_written_stops_its_place_and_is_said(
    talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adapters.ledger.PATIENCE", ())
    await _owe_to(talk, ["here"], each=3)
    real, left = talk.database.transact, [Busy("full")]

    async def transact(work: Work[T]) -> T:
        if wire.keys and left:
            raise left.pop()
        return await real(work)

    monkeypatch.setattr(talk.database, "transact", transact)
    wire = Doors()
    with pytest.raises(Busy):
        await _loop(talk, wire).drain()
    assert wire.keys == ["here.000"]
    talk.later(seconds=61)
    await _loop(talk, wire).drain()
    assert wire.keys == ["here.000", "here.000", "here.001", "here.002"], "at least once"


async def test_what_was_leased_and_cannot_be_looked_up_is_given_back(
    talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await _owe_to(talk, ["here"], each=3)

    async def read(_: object) -> object:
        raise Busy("locked")

    with monkeypatch.context() as broken:
        broken.setattr(talk.database, "read", read)
        with contextlib.suppress(Busy):
            await talk.delivery.drain()
    assert talk.rows("select distinct state, tries, lease_until from outbox") == [("waiting", 0, None)]
    await talk.delivered()
    assert len(talk.wire.keys) == 3
