"""Certificates as PDF: the secretariat has each winner's and all of a round, a winner their own, nobody else any."""

import pytest

from adapters.files.fetching import Fetched, fetched
from bot.cards import Buttons, Card, File
from tests.bot.test_awards import SCOPE, _announced, _chosen, _id, _settings, _thanked
from tests.pdfs import opened
from tests.talk import Someone, Talk


def _link(card: Card | None) -> File:
    assert card
    (found,) = (block for block in card.blocks if isinstance(block, File))
    return found


async def _gets(talk: Talk, who: Someone, link: File | None = None) -> Fetched | None:
    return await fetched(talk.bot, who.handle, (link or _link(who.card)).token)


def _buttons(card: Card | None) -> dict[str, str]:
    assert card
    rows = (block for block in card.blocks if isinstance(block, Buttons))
    return {b.text: b.value for one in rows for b in one.buttons if b.action == "award.certificate"}


async def _two(talk: Talk) -> None:
    """Taro and hanako share the award."""
    await _thanked(talk)
    await talk.jimu.says("/kizuki 表彰")
    await talk.jimu.presses("award.choose", number=["10"])
    both = [str(await _id(talk, name)) for name in ("taro", "hanako")]
    await talk.jimu.presses("award.save", winners=both, citation=["<b>ふたりで</b>支えました"])
    await talk.jimu.presses("award.preview")
    await talk.jimu.presses("award.announce")
    await talk.delivered()


async def test_the_secretariat_has_each_and_all(talk: Talk) -> None:
    await _two(talk)
    assert "全員の表彰状（2枚）" in await talk.jimu.presses("award.certificates")
    listed = talk.jimu.card
    assert list(_buttons(listed)) == ["hanakoさん", "taroさん", "全員の表彰状（2枚）"]
    assert "まで取り出せます" in await talk.jimu.presses("taroさん", listed)
    assert _link(talk.jimu.card).name == "kizuki-certificate-10-20261202.pdf"
    found = await _gets(talk, talk.jimu)
    assert found
    one = opened(found.content)
    assert (len(one.texts), one.sizes, one.lang) == (1, [(297, 210)], "ja")
    for words in ("表彰状", "taro様", "窓口課", "ともに学びつづけよう", "<b>ふたりで</b>支えました"):
        assert words in one.text
    assert "2026年11月1日〜2026年11月30日" in one.text
    assert "2026年12月2日" in one.text
    assert "hanako" not in one.text
    await talk.jimu.presses("全員の表彰状", listed)
    found = await _gets(talk, talk.jimu)
    assert found
    every = opened(found.content)
    assert ["taro様" in text for text in every.texts] == [False, True]
    assert ["hanako様" in text for text in every.texts] == [True, False]
    assert (every.tags["H1"], every.tags["H2"]) == (2, 2)
    assert talk.rows("select subject from audit where action = 'export'") == [("certificate",)] * 2


async def test_a_winner_has_their_own_and_nobody_anybody_elses(talk: Talk) -> None:
    await _two(talk)
    congratulation = talk.wire.sent["dm:taro"][-1]
    await talk.taro.presses("表彰状を受け取る", congratulation)
    link = _link(talk.taro.card)
    found = await _gets(talk, talk.taro)
    assert found
    assert "taro様" in opened(found.content).text
    for someone in (talk.hanako, talk.jimu, talk.chiji):
        assert await _gets(talk, someone, link) is None, "a link is one person's"
    (own,) = _buttons(congratulation).values()
    whole = f"{own.split(':')[0]}::"
    for someone in (talk.hanako, talk.kacho, talk.chiji):
        assert "担当の人だけ" in await someone.sends("award.certificate", own)
    for someone in (talk.taro, talk.chiji):
        assert "担当の人だけ" in await someone.sends("award.certificate", whole)
        assert "担当の人だけ" in await someone.sends("award.certificates", SCOPE)
    assert "名簿に登録がない" in await talk.stranger.sends("award.certificate", own)
    await talk.grants("kacho", "secretariat", "1010")
    assert "担当の人だけ" in await talk.kacho.sends("award.certificate", own), "of everybody's awards it is not theirs"


async def test_english(talk: Talk) -> None:
    await _thanked(talk)
    await _announced(talk)
    await talk.grants("ken", "secretariat")
    await talk.ken.sends("award.certificates", SCOPE)
    await talk.ken.presses("Everybody’s certificates")
    found = await _gets(talk, talk.ken)
    assert found
    one = opened(found.content)
    for words in ("Taro", "CounterDivision", "1November2026", "30November2026", "2December2026", "TestCity"):
        assert words in one.text
    assert one.lang == "en"


async def test_who_refuses_later_has_none_and_nor_has_who_lost_it(talk: Talk) -> None:
    await _two(talk)
    links = []
    for someone in (talk.taro, talk.hanako):
        await someone.presses("表彰状を受け取る", talk.wire.sent[f"dm:{someone.name}"][-1])
        links.append(_link(someone.card))
    await talk.jimu.sends("award.certificates", SCOPE)
    await talk.jimu.presses("全員の表彰状")
    every = _link(talk.jimu.card)
    await talk.taro.sends("preferences.save", "", **_settings())
    assert await _gets(talk, talk.taro, links[0]) is None
    assert "いまはお渡しできません" in await talk.taro.presses("表彰状を受け取る", talk.wire.sent["dm:taro"][-1])
    found = await _gets(talk, talk.jimu, every)
    assert found
    assert "taro" not in opened(found.content).text, "it shows what is so now"
    assert await _gets(talk, talk.hanako, links[1])
    await talk.jimu.sends("award.withdraw", SCOPE)
    assert await _gets(talk, talk.hanako, links[1]) is None
    assert await _gets(talk, talk.jimu, every) is None
    assert "発表されている表彰はありません" in await talk.jimu.sends("award.certificates", SCOPE)


async def test_who_looks_after_awards_no_more_fetches_none(talk: Talk) -> None:
    await _two(talk)
    await talk.jimu.presses("award.certificates")
    await talk.jimu.presses("全員の表彰状")
    await talk.database.transact(lambda tx: tx.cursor.execute("update role set ends_on = '2026-12-02'") and None)
    assert await _gets(talk, talk.jimu) is None


async def test_what_is_chosen_but_not_announced_is_on_none(talk: Talk) -> None:
    await _thanked(talk)
    await _chosen(talk)
    assert "発表されている表彰はありません" in await talk.jimu.sends("award.certificates", SCOPE)
    assert "いまはお渡しできません" in await talk.jimu.sends("award.certificate", "1::")


@pytest.mark.parametrize("value", ["", "x", "1", "1:2", "1:2:", "1::3", "9:1:1", "1:1:1:1", "-1::", "999999999999::"])
async def test_forged_certificates(talk: Talk, value: str) -> None:
    await _thanked(talk)
    await _announced(talk)
    seen = await talk.jimu.sends("award.certificate", value)
    assert "もう使えません" in seen or "いまはお渡しできません" in seen
