"""Conversations about the daily principle, and the order it comes round in."""

import json
from datetime import date, datetime, timedelta

import pytest

from bot import daily
from bot.daily import EVERYONE, STORY, due
from bot.turn import House, Turn
from tests.conftest import MORNING
from tests.talk import Talk

SLOT = datetime.fromisoformat("2026-11-25T09:00:00+09:00")


def _working_days(house: House, first: date, count: int) -> list[date]:
    days: list[date] = []
    while len(days) < count:
        if house.calendar.is_working(first):
            days.append(first)
        first += timedelta(days=1)
    return days


@pytest.mark.parametrize("place", [EVERYONE, "slack/C1", "teams/19:x"])
def test_every_principle_and_facet_comes_round_before_any_repeats(house: House, place: str) -> None:
    numbers = house.pack.numbers
    facets = min(len(daily._entries(p)) for p in house.pack.principles)
    days = _working_days(house, date(2026, 4, 1), len(numbers) * facets)
    seen = [due(house, day, place) for day in days]
    for start in range(0, len(seen) - len(numbers), 7):
        assert {c.number for c in seen[start : start + len(numbers)]} == set(numbers)
    assert len(set(seen)) == len(seen), "no card comes twice before all have come"


def test_the_order_depends_on_nothing_but_pack_day_and_place(house: House) -> None:
    day = date(2026, 11, 25)
    assert due(house, day, "slack/C1") == due(house, day, "slack/C1")
    places = {due(house, day, f"slack/C{i}") for i in range(40)}
    assert len({c.number for c in places}) == 1, "everyone talks about the same principle"
    assert len(places) > 5, "seen from different sides"


async def test_the_card_goes_to_subscribed_places_and_people_once(talk: Talk) -> None:
    await talk.hanako.says("/kizuki 設定")
    await talk.hanako.presses("保存する", daily=["also"])
    talk.now = SLOT
    assert [await talk.bot.tick("daily", SLOT) for _ in range(3)] == [1, 0, 0]
    await talk.delivered()
    for channel in ("madoguchi", "zeimu", "all"):
        assert "11月25日（水）の規範" in talk.channel(channel)[0]
    assert len(talk.hanako.inbox) == 1
    assert talk.taro.inbox == []
    number = due(talk.house, SLOT.date(), EVERYONE).number
    assert talk.house.pack.title(number, "ja") in talk.hanako.inbox[0]


@pytest.mark.parametrize("day", ["2026-11-23", "2026-11-28", "2026-12-31", "2027-01-02"])
async def test_nothing_is_said_on_a_day_off(talk: Talk, day: str) -> None:
    assert await talk.bot.tick("daily", datetime.fromisoformat(f"{day}T09:00:00+09:00")) == 0
    assert talk.rows("select count(*) from outbox") == [(0,)]


async def test_reading_and_trying_count_once_a_person(talk: Talk) -> None:
    await talk.hanako.says("/kizuki 今日")
    assert talk.hanako.card is not None
    card = talk.hanako.card
    assert "きょう1人が読みました" in await talk.hanako.presses("読んだ", card)
    assert "もう数えています" in await talk.hanako.presses("読んだ", card)
    assert "2 people have read it" in await talk.ken.presses("daily.read", card)
    assert "どうでしたか" in await talk.hanako.presses("やってみた", card)
    await talk.hanako.presses("この規範の気づきを書く")
    assert talk.hanako.reply is not None
    assert talk.hanako.reply.at == "dialog"
    assert talk.rows("select what, count(*) from mark group by what order by what") == [("read", 2), ("tried", 1)]
    assert talk.rows("select count(*) from mark where unit_id is null") == [(0,)]


async def test_the_button_opens_a_note_with_the_number_chosen(talk: Talk) -> None:
    await talk.hanako.says("/kizuki 今日")
    number = due(talk.house, talk.now.date(), "wire/madoguchi").number
    await talk.hanako.presses("この規範の気づきを書く")
    assert talk.house.pack.title(number, "ja") in talk.hanako.sees
    await talk.hanako.presses("次へ", text=["受付で番号札が足りなくなった"])
    assert f"[x] #{number}" in talk.hanako.sees
    await talk.hanako.presses("この内容で記録する")
    assert talk.rows("select number from note_tag") == [(number,)]


@pytest.mark.parametrize(
    "value",
    ["", "[]", "{}", "[99,1,1]", '[1,"do","2999-01-01"]', '[1,"do","x"]', '["1","do","2026-11-24"]', "[[1],2,3]"],
)
async def test_a_forged_mark_is_refused(talk: Talk, value: str) -> None:
    assert "もう使えません" in await talk.hanako.sends("daily.read", value)
    assert talk.rows("select count(*) from mark") == [(0,)]


async def test_a_story_of_a_colleague_takes_its_turn(talk: Talk) -> None:
    number = 4
    await talk.hanako.says(f"/kudos @taro 集計を自動にしてくれて助かりました #{number}")
    await talk.hanako.presses("感謝を送る")
    turn_card = await talk.database.read(
        lambda tx: daily.card(Turn(tx, talk.house, talk.now), daily.Due(number, STORY, 0, EVERYONE), "ja")
    )
    assert "集計を自動に" in turn_card.summary


async def test_a_principle_can_be_read_by_number(talk: Talk) -> None:
    for typed in ("/kizuki 規範 ３", "/kizuki principle #3", "/kizuki 規範3番"):
        assert talk.house.pack.title(3, "ja") in await talk.hanako.says(typed)
    assert "#10" in await talk.hanako.says("/kizuki 規範")
    for typed in ("規範 0", "規範 11", "規範 ３１"):
        assert "番号は1から10まで" in await talk.hanako.says(f"/kizuki {typed}")


class TestLeader:
    """Words of an executive."""

    async def test_they_take_that_days_card_and_say_who_speaks(self, talk: Talk) -> None:
        await talk.chiji.says("/kizuki ことば")
        await talk.chiji.presses(
            "見え方を確かめる", number=["5"], text=["私も毎朝確かめています。"], day=["2026-11-25"]
        )
        assert "この形で届きます" in talk.chiji.sees
        assert "11月25日（水）に届けます" in await talk.chiji.presses("leader.plan")
        talk.now = SLOT
        await talk.bot.tick("daily", SLOT)
        await talk.delivered()
        assert "私も毎朝確かめています。 — chiji" in talk.channel("madoguchi")[0]
        assert talk.house.pack.title(5, "ja") in talk.channel("madoguchi")[0]

    async def test_only_executives_may(self, talk: Talk) -> None:
        assert "担当の人だけ" in await talk.hanako.says("/kizuki ことば")
        assert "担当の人だけ" in await talk.kacho.sends(
            "leader.preview", "", number=["5"], text=["x"], day=["2026-11-25"]
        )

    @pytest.mark.parametrize(
        ("day", "why"),
        [("", "日付を選んで"), ("2026-11-24", "あしたから"), ("2026-11-28", "休みの日"), ("2028-01-05", "あしたから")],
    )
    async def test_a_day_that_does_not_fit_is_named_at_the_field(self, talk: Talk, day: str, why: str) -> None:
        await talk.chiji.sends("leader.preview", "", number=["5"], text=["ことば"], day=[day])
        assert talk.chiji.reply is not None
        assert why in json.dumps([getattr(b, "error", "") for b in talk.chiji.reply.card.blocks], ensure_ascii=False)

    async def test_a_day_is_taken_once_and_can_be_given_back(self, talk: Talk) -> None:
        for expected in ("に届けます", None):
            await talk.chiji.sends("leader.preview", "", number=["5"], text=["ことば"], day=["2026-11-25"])
            if expected:
                assert expected in await talk.chiji.presses("leader.plan")
                plan = talk.chiji.card
            else:
                assert "ほかのことばが予約" in str(talk.chiji.card)
        assert "取り消しました" in await talk.chiji.presses("予約を取り消す", plan)
        talk.now = SLOT
        await talk.bot.tick("daily", SLOT)
        await talk.delivered()
        assert "chiji" not in talk.channel("madoguchi")[0]


def test_mornings_are_working_days(house: House) -> None:
    assert house.calendar.is_working(datetime.fromisoformat(MORNING).date())
