"""Awards that change: what is public is what was looked at and announced, by those who may have it, until withdrawn."""

import asyncio
from datetime import datetime

import pytest

from bot.cards import Buttons, Card, Choice, TextInput
from storage import kudos, people, postings, units
from storage.database import Tx
from tests.bot.test_awards import LATER, SCOPE, _announced, _chosen, _id, _settings, _thanked
from tests.talk import SINCE, Talk
from tests.web.visitors import pages

TEN = f"{SCOPE}/10"


def _values(card: Card | None, action: str) -> list[str]:
    assert card
    rows = (block for block in card.blocks if isinstance(block, Buttons))
    return [button.value for one in rows for button in one.buttons if button.action == action]


async def _leaves(talk: Talk, name: str) -> None:
    person = await _id(talk, name)
    await talk.database.transact(lambda tx: people.leave(tx, person, day="2026-12-01"))


# What is public


async def test_what_is_chosen_after_an_announcement_is_nobodys_before_it_is_announced(talk: Talk) -> None:
    await _thanked(talk)
    await _announced(talk)
    async with pages(talk) as site:
        reader = site.browser()
        await reader.signs_in(talk.ken)
        await _chosen(talk, "hanako", "まだ発表していない下書きのことば")
        assert "まだ発表していない変更" in await talk.jimu.sends("award.list", SCOPE)
        await reader.opens("awards")
        assert "Taro" in reader.words
        assert "Hanako" not in reader.words
        assert "下書き" not in reader.words
        await talk.jimu.sends("award.save", f"{TEN}/{_mark(talk)}", winners=[], citation=[""])
        await reader.opens("awards")
        assert "Taro" in reader.words, "nor is it gone before that is announced"
        await _chosen(talk, "hanako", "あたらしいことば")
        await talk.jimu.presses("award.preview")
        await talk.jimu.presses("award.announce")
        await reader.opens("awards")
        assert "あたらしいことば" in reader.words
        assert "Taro" not in reader.words


def _mark(talk: Talk) -> str:
    """What the form of the tenth principle would carry."""
    from bot import award_checks
    from storage import awards

    def look(tx: Tx) -> str:
        found = awards.of_scope(tx, SCOPE)
        return award_checks.mark(awards.chosen(tx, found.id)[0]) if found else ""

    return talk.database.read_now(look)


async def test_many_rounds_that_nobody_announced_hide_none_that_was(talk: Talk) -> None:
    await _thanked(talk)
    await _announced(talk)
    await talk.database.transact(_many_units)
    for (unit,) in talk.rows("select id from unit where code like '8%'"):
        await talk.jimu.sends("award.save", f"{SCOPE}{unit}/10", winners=[], citation=[""])
    assert talk.rows("select count(*) from award_round where state = 'draft'") == [(24,)]
    async with pages(talk) as site:
        reader = site.browser()
        await reader.signs_in(talk.ken)
        await reader.opens("awards")
        assert "Taro" in reader.words


def _many_units(tx: Tx) -> None:
    for n in range(24):
        units.add(tx, code=f"8{n:03}", name_ja=f"班{n}", name_en="", parent_id=None, starts_on=SINCE)


# What was looked at


async def test_what_changed_after_it_was_looked_at_is_shown_before_it_is_announced(talk: Talk) -> None:
    await _thanked(talk)
    await talk.grants("ken", "secretariat")
    await _chosen(talk)
    await talk.jimu.presses("award.preview")
    seen = talk.jimu.card
    hanako = str(await _id(talk, "hanako"))
    await talk.ken.says("/kizuki awards last month")
    await talk.ken.presses("award.choose", number=["10"])
    await talk.ken.presses("award.save", winners=[hanako], citation=["別のことば"])
    refused = await talk.jimu.presses("award.announce", seen)
    assert "内容が変わった" in refused
    assert "hanakoさん" in refused, "with what would be announced now"
    assert talk.rows("select state from award_round") == [("draft",)]
    assert "5のチャンネル" in await talk.jimu.presses("award.announce")
    await talk.delivered()
    assert "hanakoさん" in talk.shown_in("zeimu")[-1]
    assert "内容が変わった" in await talk.jimu.sends("award.announce", SCOPE), "nor is anything announced unseen"
    assert "内容が変わった" in await talk.jimu.sends("award.announce", f"{SCOPE}:abc")


async def test_pressing_twice_announces_the_same_once_but_nothing_that_was_withdrawn(talk: Talk) -> None:
    await _thanked(talk)
    await _chosen(talk)
    await talk.jimu.presses("award.preview")
    seen = talk.jimu.card
    for _ in range(2):
        assert "5のチャンネル" in await talk.jimu.presses("award.announce", seen)
    await talk.delivered()
    assert len([card for card in talk.shown_in("zeimu") if "表彰のお知らせ" in card]) == 1
    assert len([card for card in talk.shown_in("dm:taro") if "おめでとう" in card]) == 1
    await talk.jimu.sends("award.withdraw", SCOPE)
    assert "内容が変わった" in await talk.jimu.presses("award.announce", seen)


async def test_saving_overwrites_nobody_unseen(talk: Talk) -> None:
    await _thanked(talk)
    await talk.grants("ken", "secretariat")
    taro, hanako = [str(await _id(talk, name)) for name in ("taro", "hanako")]
    for someone in (talk.jimu, talk.ken):
        await someone.says("/kizuki awards last month")
        await someone.presses("award.choose", number=["10"])
    form = talk.jimu.card
    await talk.ken.presses("award.save", winners=[hanako], citation=["ケンのことば"])
    await talk.jimu.presses("award.save", form, winners=[taro], citation=[""])
    form = talk.jimu.card
    assert "1文字から400文字" in str(form)
    await talk.jimu.presses("award.save", form, winners=[taro], citation=["事務のことば"])
    again = talk.jimu.card
    assert again
    assert "ほかの人がhanakoさんを選びました" in str(again)
    (field,) = (block for block in again.blocks if isinstance(block, TextInput))
    (choice,) = (block for block in again.blocks if isinstance(block, Choice))
    assert (field.value, choice.chosen) == ("事務のことば", (taro,)), "what was filled in is kept"
    assert talk.rows("select citation from award") == [("ケンのことば",)]
    await talk.jimu.presses("award.save", again, winners=[taro], citation=["事務のことば"])
    assert talk.rows("select citation from award") == [("事務のことば",)], "a second press replaces it"
    await talk.ken.sends("award.save", f"{TEN}/{_mark(talk)}", winners=[], citation=[""])
    await talk.jimu.presses("award.save", again, winners=[taro], citation=["もう一度"])
    assert "選ばないことにしました" in str(talk.jimu.card)


# Who may have one


@pytest.mark.parametrize(("why", "says"), [("left", "離任"), ("refused", "望んでいます"), ("thanks", "取り消され")])
async def test_winners_are_looked_at_again_when_they_are_announced(talk: Talk, why: str, says: str) -> None:
    await _thanked(talk)
    await _chosen(talk)
    await talk.jimu.presses("award.preview")
    seen = talk.jimu.card
    if why == "left":
        await _leaves(talk, "taro")
    elif why == "refused":
        # Refusing by one's settings takes the choice along; this is one that was made at the same instant.
        await talk.database.transact(lambda tx: tx.cursor.execute(_NO_HONOUR) and None)
    else:
        await talk.database.transact(_take_back)
    for card in (await talk.jimu.presses("award.announce", seen), await talk.jimu.sends("award.preview", SCOPE)):
        assert "発表できない人がいます" in card
        assert "taroさん #10" in card
        assert says in card
        assert not _values(talk.jimu.card, "award.announce")
    assert talk.rows("select state from award_round") == [("draft",)]
    await talk.delivered()
    assert "表彰" not in talk.shown_in("zeimu")[-1]


def _take_back(tx: Tx) -> None:
    """Everything but the thanks of one colleague."""
    tx.cursor.execute("select k.id from kudos k join person p on p.id = k.giver_id where p.number <> 'hanako'")
    for (one,) in tx.cursor.fetchall():
        given = kudos.get(tx, one)
        assert given
        kudos.take_back(tx, given, at=1)


_NO_HONOUR = "update person set honour = false where number = 'taro'"


async def test_who_has_an_award_keeps_it_when_they_leave_and_the_words_can_be_corrected(talk: Talk) -> None:
    await _thanked(talk)
    await _announced(talk)
    await _leaves(talk, "taro")
    await talk.jimu.sends("award.choose", SCOPE, number=["10"])
    assert "前に選ばれています" in str(talk.jimu.card)
    await talk.jimu.presses("award.save", citation=["書き直したことば"], winners=[str(await _id(talk, "taro"))])
    await talk.jimu.presses("award.preview")
    await talk.jimu.presses("award.announce")
    await talk.delivered()
    assert "taroさん" in talk.shown_in("zeimu")[-1]
    assert "書き直したことば" in talk.shown_in("zeimu")[-1]


async def test_only_those_on_the_shortlist_can_be_chosen(talk: Talk) -> None:
    """Twelve givers of twelve units: the form offers the first five places, and a press may not name others."""
    found: dict[int, int] = {}
    talk.now = datetime.fromisoformat(LATER)
    await talk.database.transact(lambda tx: found.update(_crowd(tx)))
    await talk.jimu.says("/kizuki 表彰")
    await talk.jimu.presses("award.choose", number=["10"])
    assert talk.jimu.card
    (offered,) = (block for block in talk.jimu.card.blocks if isinstance(block, Choice))
    assert {int(o.value) for o in offered.options} == {found[n] for n in range(5)}
    seen = await talk.jimu.sends("award.save", TEN, winners=[str(found[11])], citation=["よい"])
    assert "いま候補に載せられません" in seen
    assert "r4さん" in await talk.jimu.sends("award.save", TEN, winners=[str(found[4])] * 2, citation=["よい"]), "once"
    assert talk.rows("select count(*) from award_winner") == [(1,)]


def _crowd(tx: Tx) -> dict[int, int]:
    """The nth is thanked by twelve less n people, each of another unit, and the last two by two."""
    top = units.by_code(tx, "00")
    assert top
    givers = []
    for n in range(12):
        unit = units.add(tx, code=f"9{n:03}", name_ja=f"課{n}", name_en="", parent_id=top.id, starts_on=SINCE)
        givers.append((people.add(tx, number=f"g{n}", name_ja=f"g{n}", name_en="", joined_on=SINCE), unit))
    at, found = round(datetime.fromisoformat("2026-11-10T10:00:00+09:00").timestamp() * 1000), {}
    for n in range(12):
        found[n] = people.add(tx, number=f"r{n}", name_ja=f"r{n}", name_en="", joined_on=SINCE)
        postings.add(tx, found[n], top.id, starts_on=SINCE)
        for giver, unit in givers[: 12 - n if n < 10 else 2]:
            _thanks(tx, giver, unit, found[n], top.id, at)
    return found


def _thanks(tx: Tx, giver: int, unit: int, to: int, its: int, at: int) -> None:
    kudos.add(
        tx,
        giver_id=giver,
        unit_id=unit,
        receivers=[(to, its)],
        text="ありがとうございます",
        numbers=(10,),
        public=True,
        pack="tokyo",
        version="1.1.0",
        day="2026-11-10",
        at=at,
    )


# Taken back


async def test_what_was_announced_can_be_withdrawn_and_announced_again(talk: Talk) -> None:
    await _thanked(talk)
    await _announced(talk)
    listing = await talk.jimu.sends("award.list", SCOPE)
    assert "発表を取り下げる" in listing
    assert "取り下げました" in await talk.jimu.presses("award.withdraw")
    await talk.delivered()
    for channel in ("all", "kyoku", "madoguchi", "zeimu", "digital"):
        assert "この表彰のお知らせは取り下げました" in talk.shown_in(channel)[-1]
    (told,) = [card for card in talk.shown_in("dm:taro") if "表彰" in card]
    assert "「#10 ともに学びつづけよう」の表彰は、事務局が取り下げました" in told
    assert "おめでとう" not in told
    assert "いま発表されている表彰はありません" in await talk.jimu.sends("award.withdraw", SCOPE)
    assert "担当の人だけ" in await talk.hanako.sends("award.withdraw", SCOPE)
    await talk.jimu.sends("award.preview", SCOPE)
    await talk.jimu.presses("award.announce")
    await talk.delivered()
    assert "taroさん" in talk.shown_in("zeimu")[-1]
    (told,) = [card for card in talk.shown_in("dm:taro") if "表彰" in card]
    assert "おめでとう" in told
    assert talk.rows("select action from audit where action like 'award.%' order by id") == [
        ("award.choose",),
        ("award.announce",),
        ("award.withdraw",),
        ("award.announce",),
    ]


async def test_nobody_chosen_any_more_is_a_withdrawal_to_look_at_first(talk: Talk) -> None:
    await _thanked(talk)
    await _announced(talk)
    await talk.jimu.sends("award.choose", SCOPE, number=["10"])
    await talk.jimu.presses("award.save", winners=[], citation=[""])
    await talk.delivered()
    assert "taroさん" in talk.shown_in("zeimu")[-1], "nothing has happened yet"
    assert "この表彰のお知らせは取り下げました" in await talk.jimu.presses("award.preview")
    await talk.jimu.presses("award.withdraw")
    await talk.delivered()
    assert "取り下げました" in talk.shown_in("zeimu")[-1]


async def test_a_replaced_winner_is_told_and_the_new_one_congratulated(talk: Talk) -> None:
    await _thanked(talk)
    await _announced(talk)
    await _chosen(talk, "hanako", "別のことば")
    await talk.jimu.presses("award.preview")
    await talk.jimu.presses("award.announce")
    await talk.delivered()
    assert "hanakoさん" in talk.shown_in("zeimu")[-1]
    assert "taroさん" not in talk.shown_in("zeimu")[-1]
    assert "事務局が取り下げました" in next(card for card in talk.shown_in("dm:taro") if "表彰" in card)
    assert "おめでとう" in next(card for card in talk.shown_in("dm:hanako") if "表彰" in card)


async def test_a_congratulation_that_was_not_sent_yet_is_never_sent(talk: Talk) -> None:
    await _thanked(talk)
    await _chosen(talk)
    await talk.jimu.presses("award.preview")
    await talk.jimu.presses("award.announce")
    await talk.jimu.sends("award.withdraw", SCOPE)
    await talk.delivered()
    for place in ("dm:taro", "zeimu", "all"):
        assert not [card for card in talk.channel(place) if "表彰" in card], place
    await talk.jimu.sends("award.preview", SCOPE)
    await talk.jimu.presses("award.announce")
    await talk.delivered()
    for place in ("dm:taro", "zeimu", "all"):
        assert len([card for card in talk.channel(place) if "表彰" in card]) == 1, place


async def test_refusing_takes_what_is_chosen_and_what_is_public(talk: Talk) -> None:
    await _thanked(talk)
    await _announced(talk)
    await _chosen(talk, "hanako", "別のことば")
    await talk.hanako.sends("preferences.save", "", **_settings())
    await talk.taro.sends("preferences.save", "", **_settings())
    await talk.delivered()
    assert "取り下げました" in talk.shown_in("zeimu")[-1]
    assert "まだ選んでいません" in await talk.jimu.sends("award.list", SCOPE)


async def test_refusing_while_it_is_announced_leaves_nothing_public(talk: Talk) -> None:
    await _thanked(talk)
    await _chosen(talk)
    await talk.jimu.presses("award.preview")
    refuses = talk.taro.sends("preferences.save", "", **_settings())
    await asyncio.gather(talk.jimu.presses("award.announce"), refuses)
    await talk.delivered()
    assert talk.rows("select count(*) from award_given_to") == [(0,)]
    assert "taro" not in "".join(card for card in talk.shown_in("zeimu") if "表彰" in card)


# Of which period


@pytest.mark.parametrize(
    "typed", ["2026-11-01..2026-11-05", "2026-11-10", "2026-04-01..2026-10-15", "2026-08-01..2026-10-31"]
)
async def test_awards_are_of_whole_months_quarters_and_years(talk: Talk, typed: str) -> None:
    talk.now = datetime.fromisoformat(LATER)
    assert "月・四半期・年度ごと" in await talk.jimu.says(f"/kizuki 表彰 {typed}")
    assert "月・四半期・年度ごと" in await talk.jimu.sends("award.list", "2026-11-01/2026-11-06/")


@pytest.mark.parametrize(("typed", "says"), [("前四半期", "2026年度 第2四半期（7月から）　"), ("前年度", "2025年度　")])
async def test_awards_of_a_quarter_and_a_year(talk: Talk, typed: str, says: str) -> None:
    talk.now = datetime.fromisoformat(LATER)
    assert says in await talk.jimu.says(f"/kizuki 表彰 {typed}")
