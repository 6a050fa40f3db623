"""More edges: who is written to when, what is found again, what returns."""

from datetime import datetime

from bot.events import Place
from storage import people, places, roles
from tests.bot.test_boundaries import NOTE, WORDS, _noted, _thanked
from tests.talk import PLATFORM, Talk


async def _id(talk: Talk, name: str) -> int:
    found = talk.rows(f"select person_id from account where ext_id = '{name}'")[0][0]
    assert isinstance(found, int)
    return found


async def test_a_manager_of_everything_answers_everywhere(talk: Talk) -> None:
    ken = await _id(talk, "ken")
    await talk.database.transact(lambda tx: roles.add(tx, ken, "manager", unit_id=None, starts_on="2020-04-01"))
    await _noted(talk)
    await talk.ken.sends("note.answered", "1:open", state=["received"])
    assert talk.rows("select state from note") == [("received",)]


async def test_a_late_delivery_of_an_event_acts_once_after_tidying_too(talk: Talk) -> None:
    await talk.hanako.says(f"/kizuki {NOTE}", key="same")
    talk.later(days=6)
    await talk.bot.tick("tidy", talk.now.replace(second=0, microsecond=0))
    await talk.hanako.says(f"/kizuki {NOTE}", key="same")
    assert talk.rows("select count(*) from once where key = 'same'") == [(1,)]
    assert talk.hanako.reply is None


async def test_a_places_address_is_kept_fresh(talk: Talk) -> None:
    for address in ({"url": "old"}, {"url": "new"}):
        talk.hanako.place = Place(PLATFORM, "madoguchi", False, address)
        await talk.hanako.says("/kizuki 今日")
    place = await talk.database.read(lambda tx: places.find(tx, PLATFORM, "madoguchi"))
    assert place is not None
    assert place.unpacked() == {"url": "new"}


async def test_taking_back_returns_one_giving_for_each_colleague(talk: Talk) -> None:
    await _thanked(talk, "@taro @ken")
    await talk.hanako.presses("取り消す")
    assert talk.rows("select used from quota") == [(0,)]


async def test_thanks_taken_back_are_not_among_my_own(talk: Talk) -> None:
    await _thanked(talk, "@taro")
    assert WORDS in await talk.taro.says("/kizuki 自分")
    await talk.hanako.presses("取り消す")
    assert WORDS not in await talk.taro.says("/kizuki 自分")


async def test_a_digest_gives_way_to_the_next_one(talk: Talk) -> None:
    slot = datetime.fromisoformat("2026-11-30T08:30:00+09:00")
    await talk.bot.tick("digest", slot)
    talk.now = slot.replace(day=7, month=12)
    await talk.delivered()
    assert talk.kacho.inbox == []


async def test_who_wants_no_messages_is_owed_none_even_when_they_want_them_again(talk: Talk) -> None:
    await talk.taro.says("/kizuki 設定")
    await talk.taro.presses("保存する", gets=["muted"])
    await _thanked(talk, "@taro")
    assert talk.rows("select count(*) from outbox where person_id is not null") == [(0,)]


async def test_nothing_is_sent_on_the_day_somebody_leaves(talk: Talk) -> None:
    await _thanked(talk, "@taro")
    taro = await _id(talk, "taro")
    await talk.database.transact(lambda tx: people.leave(tx, taro, day="2026-11-24"))
    await talk.delivered()
    assert talk.taro.inbox == []
