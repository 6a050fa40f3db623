"""First days: here, in a new unit, one principle a working day, and whom to ask."""

import asyncio
import re

from bot import arrivals
from bot.events import Profile
from bot.turn import Turn
from storage import people, postings, units
from storage.database import Tx
from tests.talk import Talk


async def _noted(talk: Talk, words: str) -> None:
    await talk.ken.says(f"/kizuki {words}")
    await talk.ken.presses("note.confirm", numbers=["3"])


async def test_the_first_day_in_a_new_unit_brings_a_welcome_and_what_was_noticed_there(talk: Talk) -> None:
    await _noted(talk, "The tax form asks twice")
    await talk.moves("taro", "1020", "2026-12-01")
    await talk.ticks("arrivals", "2026-12-01T09:15:00+09:00")
    await talk.delivered()
    assert len(talk.taro.inbox) == 1
    assert "税務課へようこそ" in talk.taro.inbox[0]
    assert "The tax form asks twice" in talk.taro.inbox[0]
    await talk.ticks("arrivals", "2026-12-02T09:15:00+09:00")
    await talk.delivered()
    assert sum("ようこそ" in m for m in talk.taro.inbox) == 1


async def test_one_principle_a_working_day_for_ten_days(talk: Talk) -> None:
    await talk.moves("taro", "1020", "2026-12-01")
    for day in range(1, 24):
        await talk.ticks("arrivals", f"2026-12-{day:02d}T09:15:00+09:00")
        await talk.delivered()
    daily = [m for m in talk.taro.inbox if "着任の案内" in m]
    assert re.findall(r"^## #(\d+)", "\n".join(daily), re.MULTILINE) == [str(n) for n in range(1, 11)]
    assert "1日目（全10日）" in daily[0]
    assert "きょうの小さな一歩" in daily[0]
    days = [k[0].split(":")[1] for k in talk.rows("select key from outbox where key like 'induction:%' order by key")]  # type: ignore[attr-defined]
    assert days[0] == "2026-12-02"
    assert "2026-12-05" not in days, "a Saturday"
    assert days[-1] == "2026-12-15"


async def test_one_press_and_no_more_come(talk: Talk) -> None:
    await talk.moves("taro", "1020", "2026-12-01")
    for day in (1, 2):
        await talk.ticks("arrivals", f"2026-12-{day:02d}T09:15:00+09:00")
    await talk.delivered()
    assert "案内をやめました" in await talk.taro.sends("induction.stop")
    for day in (3, 4):
        await talk.ticks("arrivals", f"2026-12-{day:02d}T09:15:00+09:00")
    await talk.delivered()
    assert len(talk.taro.inbox) == 2


async def test_whoever_first_comes_to_kizuki_is_welcomed_at_once(talk: Talk) -> None:
    await talk.database.transact(
        lambda tx: people.add(
            tx, number="new", name_ja="春子", name_en="H", email="new@city.example", joined_on="2026-11-24"
        )
    )
    there = talk.elsewhere("N", Profile(email="new@city.example", verified=True))
    await there.opens_home()
    await talk.delivered()
    assert "ようこそ" in there.inbox[0]
    await talk.ticks("arrivals", "2026-11-25T09:15:00+09:00")
    await talk.delivered()
    assert "1日目" in there.inbox[1]


async def test_whoever_has_no_account_is_not_written_to(talk: Talk) -> None:
    def work(tx: Tx) -> None:
        person = people.add(tx, number="new", name_ja="春子", name_en="H", joined_on="2026-12-01")
        unit = units.by_code(tx, "1020")
        assert unit
        postings.add(tx, person, unit.id, starts_on="2026-12-01")

    await talk.database.transact(work)
    await talk.ticks("arrivals", "2026-12-01T09:15:00+09:00")
    assert talk.rows("select count(*) from outbox where key like 'welcome%'") == [(0,)]


async def _thanked(talk: Talk, who: str, giver: str) -> None:
    someone = getattr(talk, giver)
    await someone.says(f"/kudos @{who} 引き継ぎ資料が丁寧で助かりました from {giver}")
    await someone.presses("kudos.confirm", numbers=["4"])


async def test_whom_to_ask_are_those_who_were_thanked_and_agreed(talk: Talk) -> None:
    for who in ("taro", "ken"):
        await _thanked(talk, who, "hanako")
    await _thanked(talk, "ken", "kacho")
    assert "まだだれもいません" in await talk.hanako.says("/kizuki 相談 #4")
    for someone, save in ((talk.taro, "保存する"), (talk.ken, "Save")):
        await someone.sends("preferences.open")
        await someone.presses(save, gets=["askable", "digest", "reminders"])
    shown = await talk.hanako.says("/kizuki who #4")
    assert shown.index("taro") < shown.index("ken"), "of her own unit first, though fewer thanked him"
    shown = await talk.sakura.says("/kizuki 相談 4")
    assert shown.index("ken") < shown.index("taro")
    assert "まだだれもいません" in await talk.hanako.says("/kizuki 相談 #5")
    assert "taro" not in await talk.taro.says("/kizuki 相談 #4"), "one does not ask oneself"
    await talk.taro.sends("preferences.open")
    await talk.taro.presses("保存する", gets=[])
    assert "taro" not in await talk.hanako.says("/kizuki who #4")


async def test_a_number_that_is_no_principle(talk: Talk) -> None:
    assert "11番の規範はありません" in await talk.hanako.says("/kizuki 相談 #11")


async def test_reminders_come_once_before_the_day_and_only_to_those_who_want_them(talk: Talk) -> None:
    await talk.hanako.says("/kizuki 番号札の紙がない")
    await talk.hanako.presses("note.confirm", numbers=["1"])
    due = str(talk.rows("select due_on from note")[0][0])
    assert due == "2026-12-08"
    await talk.ticks("reminders", "2026-12-04T08:45:00+09:00")
    await talk.delivered()
    assert talk.kacho.inbox == []
    await talk.ticks("reminders", "2026-12-07T08:45:00+09:00")
    await talk.delivered()
    assert "回答の期限が近い" in talk.kacho.inbox[0]
    assert "番号札" in talk.kacho.inbox[0]
    assert talk.bucho.inbox == [], "the nearest manager"
    await talk.ticks("reminders", "2026-12-08T08:45:00+09:00")
    await talk.delivered()
    assert len(talk.kacho.inbox) == 1


async def test_where_the_nearest_manager_wants_none_the_next_one_hears(talk: Talk) -> None:
    await talk.hanako.says("/kizuki 番号札の紙がない")
    await talk.hanako.presses("note.confirm", numbers=["1"])
    await talk.kacho.sends("preferences.open")
    await talk.kacho.presses("保存する", gets=["digest"])
    await talk.ticks("reminders", "2026-12-07T08:45:00+09:00")
    await talk.delivered()
    assert talk.kacho.inbox == []
    assert "番号札" in talk.bucho.inbox[0]


async def test_a_second_run_of_a_morning_changes_nothing(talk: Talk) -> None:
    await talk.moves("taro", "1020", "2026-11-24")
    taro = talk.rows("select id from person where number = 'taro'")[0][0]
    assert isinstance(taro, int)
    for _ in range(2):
        await talk.database.transact(lambda tx: arrivals.begin_all(Turn(tx, talk.house, talk.now, key="x"), [taro]))
    await talk.ticks("arrivals", "2026-11-25T09:15:00+09:00")
    await talk.delivered()
    assert ["1日目" in m for m in talk.taro.inbox] == [False, True]


async def test_a_first_event_on_a_running_server_loses_no_welcome(talk: Talk) -> None:
    """Delivery looks for a place the moment the welcome is owed; the place is there by then."""
    for i in range(8):
        email = f"new{i}@city.example"
        await talk.database.transact(
            lambda tx, e=email: people.add(tx, number=e, name_ja=e, name_en=e, email=e, joined_on="2026-11-24") and None  # type: ignore[misc]
        )
    talk.delivery.start()
    newcomers = [talk.elsewhere(f"N{i}", Profile(email=f"new{i}@city.example", verified=True)) for i in range(8)]
    for someone in newcomers:
        await someone.opens_home()
    for _ in range(100):
        if all(someone.inbox for someone in newcomers):
            break
        await asyncio.sleep(0.05)
    await talk.delivery.close()
    assert all("ようこそ" in someone.inbox[0] for someone in newcomers)
