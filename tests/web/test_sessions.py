"""Staying signed in to the pages, and being out again: by oneself, by the clock, by leaving, by losing a role."""

from storage.database import Tx
from tests.talk import Talk
from tests.web.visitors import linked, pages


async def test_signing_in_again_ends_the_session_of_before(talk_here: Talk) -> None:
    async with pages(talk_here) as found:
        browser = found.browser()
        await browser.signs_in(talk_here.hanako)
        first = browser.cookies["kizuki"]
        await browser.signs_in(talk_here.hanako)
        assert browser.cookies["kizuki"] != first
        assert talk_here.rows("select count(*) from page_session") == [(1,)]


async def test_a_session_ends_when_it_is_not_used_and_after_its_longest_time(talk: Talk) -> None:
    async with pages(talk) as found:
        idle, busy = found.browser(), found.browser()
        await idle.signs_in(talk.hanako)
        await busy.signs_in(talk.taro)
        for _ in range(11):
            talk.later(minutes=65)
            await busy.opens("")
            assert busy.status == 200
        await idle.opens("")
        assert idle.status == 401
        assert "前のサインインは終わりました" in idle.words
        assert idle.cookies == {}
        talk.later(minutes=5)
        await busy.opens("")
        assert busy.status == 401, "twelve hours are over"


async def test_a_cookie_is_renewed_and_the_one_before_is_good_for_a_minute(talk: Talk) -> None:
    async with pages(talk) as found:
        browser, thief = found.browser(), found.browser()
        await browser.signs_in(talk.hanako)
        old = browser.cookies["kizuki"]
        talk.later(minutes=14)
        await browser.opens("")
        assert browser.cookies["kizuki"] == old
        talk.later(minutes=2)
        await browser.opens("")
        assert browser.cookies["kizuki"] != old
        thief.holds("kizuki", old)
        talk.later(seconds=50)
        await thief.opens("")
        assert thief.status == 200, "a page under way"
        talk.later(seconds=20)
        await thief.opens("")
        assert thief.status == 401
        await browser.opens("")
        assert browser.status == 200


async def test_signing_out_here_there_and_everywhere(talk: Talk) -> None:
    async with pages(talk) as found:
        one, two, three, taro = (found.browser() for _ in range(4))
        for browser in (one, two, three):
            await browser.signs_in(talk.hanako)
        await taro.signs_in(talk.taro)
        await one.posts("out", form=await one.form())
        assert one.status == 303
        await one.opens("")
        assert one.status == 401
        [(other,)] = talk.rows("select min(id) from page_session")
        await taro.posts(f"sessions/{other}/out", form=await taro.form())
        assert talk.rows("select count(*) from page_session") == [(3,)], "nobody ends another's session"
        await three.posts(f"sessions/{other}/out", form=await three.form())
        await two.opens("")
        assert two.status == 401
        await two.signs_in(talk.hanako)
        await three.posts("out/everywhere", form=await three.form())
        for browser in (two, three):
            await browser.opens("")
            assert browser.status == 401
        await taro.opens("")
        assert taro.status == 200


async def test_whoever_left_is_out_at_the_next_request(talk: Talk) -> None:
    async with pages(talk) as found:
        browser = found.browser()
        await browser.signs_in(talk.hanako)
        link = await linked(talk.hanako)
        await talk.database.transact(_leaves)
        await browser.opens("")
        assert browser.status == 401
        assert "前のサインインは終わりました" in browser.words
        await browser.opens(link)
        assert browser.status == 410
        await talk.bot.tick("leavers", talk.now)
        assert talk.rows("select count(*) from page_session") == [(0,)]
        assert talk.rows("select count(*) from sign_in") == [(0,)]


def _leaves(tx: Tx) -> None:
    tx.cursor.execute("update person set left_on = '2026-11-24' where number = 'hanako'")


async def test_whoever_lost_a_role_no_longer_sees_what_it_opened(talk_here: Talk) -> None:
    async with pages(talk_here) as found:
        browser = found.browser()
        await browser.signs_in(talk_here.kacho)
        await browser.opens("units/1010")
        assert browser.status == 200
        await talk_here.database.transact(lambda tx: tx.cursor.execute("update role set ends_on = '2026-11-24'"))
        await browser.opens("units/1010")
        assert browser.status == 403
        await browser.opens("")
        assert browser.status == 200
        assert "部署" not in browser.words.partition("全体のようす 規範")[2][:10]


async def test_being_forgotten_signs_out_everywhere(talk_here: Talk) -> None:
    async with pages(talk_here) as found:
        browser = found.browser()
        await browser.signs_in(talk_here.hanako)
        await linked(talk_here.hanako)
        await talk_here.hanako.sends("forget.ask")
        await talk_here.hanako.presses("forget.sure", texts=["keep"])
        await talk_here.hanako.presses("forget.done")
        await browser.opens("")
        assert browser.status == 401
        assert talk_here.rows("select count(*) from sign_in") == [(0,)]


async def test_tidying_forgets_what_is_over(talk: Talk) -> None:
    async with pages(talk) as found:
        await found.browser().signs_in(talk.hanako)
        await linked(talk.taro)
        talk.later(minutes=11)
        await talk.bot.tick("tidy", talk.now)
        assert talk.rows("select count(*) from sign_in") == [(0,)]
        assert talk.rows("select count(*) from page_session") == [(1,)]
        talk.later(hours=2)
        await talk.bot.tick("tidy", talk.now)
        assert talk.rows("select count(*) from page_session") == [(0,)]
