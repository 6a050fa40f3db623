"""Reading: the pages of a principle, the guide beside the principles, and a year of daily cards."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from adapters import app
from bot import daily, pack_files
from bot.cards import Buttons
from bot.turn import House
from tests.talk import Talk

PACKS = app.CONTENT / "packs"


@pytest.mark.parametrize("edition", ["tokyo@1.0.0", "tokyo@1.1.0", "bandai@1.0.0"])
@pytest.mark.parametrize("place", [daily.EVERYONE, "slack/C1", "teams/19:abc"])
@pytest.mark.parametrize("year", [2026, 2027])
def test_no_card_comes_twice_within_sixty_days_of_a_year(house: House, edition: str, place: str, year: int) -> None:
    """In a place where no colleague's story is ever to be had, so that something else is told instead."""
    there = replace(house, pack=pack_files.load(pack_files.found(PACKS, edition)))
    last: dict[tuple[int, str, int], date] = {}
    day = date(year, 4, 1)
    while day < date(year + 1, 4, 1):
        if there.calendar.is_working(day):
            due = daily.due(there, day, place)
            principle = there.pack.by_number[due.number]
            told = daily._instead(there, principle, place) if due.facet == daily.STORY else (due.facet, due.entry)
            card = (due.number, *told)
            assert card not in last or day - last[card] > timedelta(days=60), (card, last[card], day)
            last[card] = day
        day += timedelta(days=1)
    assert len(last) >= 12 * len(there.pack.principles)


def buttons(talk: Talk) -> list[str]:
    assert talk.hanako.card is not None
    return [b.text for block in talk.hanako.card.blocks if isinstance(block, Buttons) for b in block.buttons]


async def test_a_principle_is_read_page_by_page(talk: Talk) -> None:
    seen = await talk.hanako.says("/kizuki 規範 4")
    assert "#4 資源（データ）を最大限に活用しよう" in seen
    assert "はじめの一歩" in seen
    assert "企画のとき" not in seen
    assert "企画のとき" in await talk.hanako.presses("場面ごとの例")
    seen = await talk.hanako.presses("目標と数え方")
    assert "目標を決めるときの問い" in seen
    assert "数えるもの" in seen
    seen = await talk.hanako.presses("仕組みと全庁の取組")
    for part in ("支える仕組み", "全庁の取組", "2023年度", "1.1.0版で変わったこと", "1.0.0版で変わったこと"):
        assert part in seen
    assert buttons(talk) == ["この規範の気づきを書く", "大切な理由とはじめの一歩", "場面ごとの例", "目標と数え方"]


async def test_a_stranger_may_read_too(talk: Talk) -> None:
    assert "#4" in await talk.stranger.says("/kizuki 規範 4")
    assert "数えるもの" in await talk.stranger.presses("目標と数え方")
    assert "手引き" in await talk.stranger.says("/kizuki 手引き")


@pytest.mark.parametrize("value", ["4:nowhere", "11:goals", "x:goals", "4", "", "4:about:x"])
async def test_a_page_that_is_not_there_is_refused_kindly(talk: Talk, value: str) -> None:
    seen = await talk.hanako.sends("principle.page", value)
    assert "もう使えません" in seen or "番の規範はありません" in seen or "番号" in seen


async def test_the_guide_leads_to_shelves_and_groups(talk: Talk) -> None:
    seen = await talk.hanako.says("/kizuki てびき")
    for shelf in talk.house.pack.shelves.values():
        assert shelf.name["ja"] in seen
    ideas = talk.house.pack.shelves["ideas"]
    seen = await talk.hanako.presses(ideas.name["ja"])
    assert all(leaf.title["ja"] in seen for leaf in ideas.leaves)
    assert ideas.leaves[0].text["ja"] not in seen
    first = next(iter(ideas.groups))
    seen = await talk.hanako.sends("guide.group", f"ideas:{first}")
    for leaf in ideas.leaves:
        assert (leaf.text["ja"] in seen) == (leaf.group == first)
    assert ideas.how["ja"] in seen
    assert all(leaf.title["ja"] in seen or leaf.group != first for leaf in ideas.leaves)


async def test_english_and_easy_japanese_have_the_same_guide(talk: Talk) -> None:
    assert "Guide" in await talk.ken.says("/kizuki guide")
    assert "ガイド" in await talk.sakura.says("/kizuki ガイド")


@pytest.mark.parametrize("value", ["nowhere", "ideas:nowhere", "nowhere:carry", ""])
async def test_a_shelf_that_is_not_there_is_refused(talk: Talk, value: str) -> None:
    assert "もう使えません" in await talk.hanako.sends("guide.group", value)
    assert "もう使えません" in await talk.hanako.sends("guide.shelf", value)


async def test_a_pack_without_shelves_has_no_guide(talk: Talk) -> None:
    talk.bot.house = replace(talk.house, pack=talk.house.pack.model_copy(update={"shelves": {}}))
    assert "まだ手引きがありません" in await talk.hanako.says("/kizuki 手引き")
    await talk.hanako.says("/kizuki 規範")
    assert "手引き" not in buttons(talk)
