"""Figures are kept, names are not: whoever refuses, leaves or takes back is off the pages with the next request."""

from datetime import timedelta

from storage.database import Tx
from tests.talk import Talk
from tests.web.visitors import Browser, Pages, pages

# Everything as it is usual, without "honour".
SETTINGS = {
    "language": ["ja"],
    "quiet_from": ["20:00"],
    "quiet_to": ["07:30"],
    "daily": ["channel"],
    "gets": ["digest", "reminders", "pulse"],
}
PAGE = "recognition"
STORY = "引き継ぎ資料が丁寧で助かりました"


async def _life(talk: Talk) -> None:
    """Two thank taro, and hanako for another principle; a note leads to a change."""
    await talk.hanako.says("/kizuki 番号札の紙がない")
    await talk.hanako.presses("note.confirm", numbers=["1"])
    for giver, to, words, number in (
        (talk.hanako, "taro", STORY, "10"),
        (talk.ken, "taro", "税務課の相談にもすぐ来てくれました", "10"),
        (talk.ken, "hanako", "窓口のことを教えてくれました", "2"),
        (talk.sakura, "hanako", "いっしょに考えてくれました", "2"),
    ):
        await giver.says(f"/kudos @{to} {words}")
        await giver.presses("kudos.confirm", numbers=[number])
    await talk.kacho.sends("note.answered", "1:open", state=["adopted"], reason=["12月から紙を増やします"])


async def _reader(talk: Talk, found: Pages) -> Browser:
    """The secretariat, on pages whose figures somebody makes anew beside the requests, and so are kept for long."""
    found.site.kept.renewed = True
    browser = found.browser()
    await browser.signs_in(talk.jimu)
    await browser.opens(PAGE)
    for words in ("taro", STORY, "hanako", "番号札の紙がない"):
        assert words in browser.words, "what is not there cannot disappear"
    return browser


async def test_whoever_refuses_to_be_listed_is_off_the_page_at_once(talk: Talk) -> None:
    await _life(talk)
    async with pages(talk) as found:
        browser = await _reader(talk, found)
        made = found.site.kept._found
        before = {key: one.began for key, one in made.items() if key[0] == PAGE}  # type: ignore[index]
        await browser.opens(PAGE)
        assert {key: made[key].began for key in before} == before, "it is kept"
        await talk.taro.sends("preferences.save", "", **SETTINGS)
        await browser.opens(PAGE)
        assert "taro" not in browser.words
        assert STORY not in browser.words
        assert "hanako" in browser.words


async def test_thanks_taken_back_are_off_the_page_at_once(talk_here: Talk) -> None:
    await _life(talk_here)
    async with pages(talk_here) as found:
        browser = await _reader(talk_here, found)
        await talk_here.hanako.sends("kudos.take_back", "1")
        await browser.opens(PAGE)
        assert STORY not in browser.words


async def test_whoever_asks_to_be_forgotten_is_off_the_page_at_once(talk_here: Talk) -> None:
    await _life(talk_here)
    async with pages(talk_here) as found:
        browser = await _reader(talk_here, found)
        await talk_here.hanako.sends("forget.ask")
        await talk_here.hanako.presses("forget.sure", texts=["erase"])
        await talk_here.hanako.presses("forget.done")
        await browser.opens(PAGE)
        for words in (STORY, "番号札の紙がない"):
            assert words not in browser.words


async def test_whoever_leaves_or_is_renamed_is_off_the_page_at_once(talk_here: Talk) -> None:
    await _life(talk_here)
    async with pages(talk_here) as found:
        browser = await _reader(talk_here, found)

        def leaves(tx: Tx) -> None:
            tx.cursor.execute("update person set left_on = '2026-11-24' where number = 'taro'")
            tx.cursor.execute("update person set name_ja = '新しい名前' where number = 'hanako'")

        await talk_here.database.transact(leaves)
        await browser.opens(PAGE)
        assert "taro" not in browser.words
        assert "hanako" not in browser.words
        assert "新しい名前" in browser.words


async def test_figures_that_are_kept_say_from_when_they_are(talk_here: Talk) -> None:
    async with pages(talk_here) as found:
        found.site.kept.renewed = True
        browser = found.browser()
        await browser.signs_in(talk_here.jimu)
        await browser.opens("reach")
        assert "数字は" not in browser.words.partition("ファイルで受け取る")[2].partition("数字は、届いた")[0]
        talk_here.now += timedelta(minutes=3)
        await browser.opens("reach")
        assert "数字は11月24日（火）10:00のものです" in browser.words
