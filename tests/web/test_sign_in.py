"""Signing in to the pages: by the link from chat and its button, once, soon, and by nobody else."""

import asyncio

from sqlmodel import SQLModel

from bot import sign_ins
from storage.database import Tx
from tests.talk import Talk
from tests.web.visitors import linked, pages


def _everything(tx: Tx) -> str:
    found = []
    for table in sorted(SQLModel.metadata.tables):
        tx.cursor.execute(f'select * from "{table}"')
        found += [repr(row) for row in tx.cursor.fetchall()]
    return "\n".join(found)


async def test_a_link_signs_in_once_and_only_when_its_button_is_pressed(talk: Talk) -> None:
    async with pages(talk) as found:
        link, preview, browser = await linked(talk.hanako), found.browser(), found.browser()
        for _ in range(3):
            await preview.opens(link)
        assert "hanakoさん" in preview.words
        assert preview.cookies == {}
        await browser.opens(link)
        assert "hanakoとしてサインイン" in browser.words
        await browser.posts(link)
        assert (browser.status, browser.headers["Location"]) == (303, "/dashboard/")
        assert "HttpOnly" in browser.headers["Set-Cookie"]
        assert "SameSite=Lax" in browser.headers["Set-Cookie"]
        assert "Secure" not in browser.headers["Set-Cookie"]
        await browser.opens("")
        assert "全体のようす" in browser.words
        again = found.browser()
        await again.posts(link)
        assert again.status == 410
        assert "もう使われたか、時間が過ぎています" in again.words
        assert again.cookies == {}


async def test_two_presses_at_once_begin_one_session(talk: Talk) -> None:
    async with pages(talk) as found:
        link = await linked(talk.hanako)
        one, two = found.browser(), found.browser()
        await asyncio.gather(*(browser.posts(link) for browser in (one, two)))
        assert sorted((one.status, two.status)) == [303, 410]
        assert talk.rows("select count(*) from page_session") == [(1,)]


async def test_a_link_holds_for_ten_minutes(talk_here: Talk) -> None:
    async with pages(talk_here) as found:
        link, browser = await linked(talk_here.hanako), found.browser()
        talk_here.later(minutes=9, seconds=59)
        await browser.opens(link)
        assert browser.status == 200
        talk_here.later(seconds=1)
        await browser.opens(link)
        assert browser.status == 410
        await browser.posts(link)
        assert browser.status == 410


async def test_secrets_are_nowhere_in_the_database(talk: Talk) -> None:
    async with pages(talk) as found:
        unused, browser = await linked(talk.hanako), found.browser()
        await browser.signs_in(talk.taro)
        everything = await talk.database.read(_everything)
        for secret in (unused.rpartition("/")[2], browser.cookies["kizuki"]):
            assert len(secret) >= 43
            assert secret not in everything
            assert sign_ins.hashed(secret) in everything


async def test_a_link_of_somebody_else_is_not_used_where_another_is_signed_in(talk_here: Talk) -> None:
    async with pages(talk_here) as found:
        browser = found.browser()
        await browser.signs_in(talk_here.taro)
        link = await linked(talk_here.hanako)
        await browser.opens(link)
        assert browser.status == 403
        assert "リンクはhanakoさんのものですが、このブラウザーにはtaroさんがサインインしています" in browser.words
        form = browser.text.partition('name="form" value="')[2].partition('"')[0]
        secret = link.rpartition("/")[2]
        await browser.posts(link)
        assert browser.status == 403
        await browser.posts("out", form=form, secret=secret)
        assert browser.headers["Location"] == link
        await browser.posts(link)
        assert browser.status == 303
        await browser.opens("")
        assert "hanakoさん" in browser.words


async def test_whoever_is_not_signed_in_is_told_how(talk_here: Talk) -> None:
    async with pages(talk_here) as found:
        browser = found.browser()
        await browser.opens("notes")
        assert browser.status == 401
        assert "/kizuki ダッシュボード" in browser.words
        await browser.opens("notes", **{"Accept-Language": "en-US"})
        assert "Type “/kizuki dashboard” in chat" in browser.words


async def test_who_is_given_no_link(talk_here: Talk) -> None:
    assert "dashboard" not in str(await talk_here.stranger.says("/kizuki ダッシュボード"))
    assert talk_here.rows("select count(*) from sign_in") == [(0,)]
    for _ in range(10):
        await linked(talk_here.hanako)
    assert "まだ使っていないリンクがたくさん" in await talk_here.hanako.says("/kizuki ダッシュボード")
    talk_here.later(minutes=11)
    await linked(talk_here.hanako)
    talk_here.sets("web", dashboard=False)
    assert "使われていません" in await talk_here.hanako.says("/kizuki ダッシュボード")
    await talk_here.hanako.opens_home()
    assert "dashboard.open" not in str(talk_here.hanako.card)


async def test_home_has_a_button(talk_here: Talk) -> None:
    await talk_here.hanako.opens_home()
    await talk_here.hanako.presses("dashboard.open")
    assert "一度だけ使えます" in talk_here.hanako.sees
    assert talk_here.hanako.reply
    assert talk_here.hanako.reply.at == "dialog"
