"""Signing in to the pages, staying signed in, and being out again."""

import asyncio
import re

import pytest
from sqlmodel import SQLModel

from bot import sign_ins
from bot.web_settings import OpenId, Web
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


async def test_signing_in_again_ends_the_session_of_before(talk_here: Talk) -> None:
    async with pages(talk_here) as found:
        browser = found.browser()
        await browser.signs_in(talk_here.hanako)
        first = browser.cookies["kizuki"]
        await browser.signs_in(talk_here.hanako)
        assert browser.cookies["kizuki"] != first
        assert talk_here.rows("select count(*) from page_session") == [(1,)]


async def test_whoever_is_not_signed_in_is_told_how(talk_here: Talk) -> None:
    async with pages(talk_here) as found:
        browser = found.browser()
        await browser.opens("notes")
        assert browser.status == 401
        assert "/kizuki ダッシュボード" in browser.words
        await browser.opens("notes", **{"Accept-Language": "en-US"})
        assert "Type “/kizuki dashboard” in chat" in browser.words


async def test_over_https_the_cookie_is_secure_and_of_this_host_alone(talk_here: Talk) -> None:
    talk_here.sets("server", url="https://kizuki.example.jp")
    async with pages(talk_here) as found:
        await talk_here.hanako.says("/kizuki dashboard")
        assert talk_here.hanako.card
        assert "https://kizuki.example.jp/dashboard/in/" in str(talk_here.hanako.card)
        browser = found.browser()
        await browser.posts(await linked(talk_here.hanako))
        assert "__Host-kizuki=" in browser.headers["Set-Cookie"]
        assert "Secure" in browser.headers["Set-Cookie"]
        assert "Path=/;" in browser.headers["Set-Cookie"] + ";"
        assert "max-age=" in browser.headers["Strict-Transport-Security"]


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


async def test_forms_of_other_pages_do_nothing(talk_here: Talk) -> None:
    async with pages(talk_here) as found:
        browser = found.browser()
        await browser.signs_in(talk_here.hanako)
        form = await browser.form()
        foreign = ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://elsewhere.example"}, {"Origin": "null"})
        for headers in foreign:
            await browser.posts("out", headers, form=form)
            assert browser.status == 403, headers
            await browser.posts(await linked(talk_here.hanako), headers)
            assert browser.status == 403, headers
        for wrong in ("", "x", form + "x", form[:-1]):
            await browser.posts("settings", form=wrong, language="en", theme="dark")
            assert browser.status == 403
        assert "この画面から送られたものではない" in browser.words
        await browser.opens("")
        assert browser.status == 200
        assert "全体のようす" in browser.words


async def test_settings_are_kept_for_chat_too_and_only_what_can_be_chosen(talk_here: Talk) -> None:
    async with pages(talk_here) as found:
        browser = found.browser()
        await browser.signs_in(talk_here.hanako)
        form = await browser.form()
        await browser.posts("settings", form=form, language="tlh", theme="dark")
        assert browser.status == 400
        await browser.posts("settings", form=form, language="en", theme="dark")
        assert browser.headers["Location"] == "/dashboard/settings?saved=1"
        await browser.opens("settings?saved=1")
        assert "Saved." in browser.words
        assert 'data-theme="dark"' in browser.text
        assert "What you can do with kizuki" in await talk_here.hanako.says("/kizuki help")
        await browser.posts("settings", form=form, language="ja", theme="auto")
        await browser.opens("settings")
        assert "data-theme" not in browser.text


async def test_whoever_tries_at_random_waits(talk_here: Talk) -> None:
    async with pages(talk_here) as found:
        browser = found.browser()
        for n in range(20):
            await browser.posts(f"in/{'a' * 40}{n}")
            assert browser.status == 410
        link = await linked(talk_here.hanako)
        await browser.opens(link)
        assert browser.status == 429
        assert "10分ほど待って" in browser.words
        assert browser.headers["Retry-After"] == "600"
        await browser.posts(link)
        assert browser.status == 429
        found.site.tries._clock = lambda: 1e9
        await browser.posts(link)
        assert browser.status == 303


async def test_addresses_behind_a_proxy_are_told_apart_by_what_it_adds_itself(talk_here: Talk) -> None:
    talk_here.sets("web", proxies=1)
    async with pages(talk_here) as found:
        browser = found.browser()
        for n in range(20):
            await browser.opens(f"in/{'a' * 40}{n}", **{"X-Forwarded-For": f"10.9.9.{n}, 10.0.0.1"})
        await browser.opens("in/" + "b" * 43, **{"X-Forwarded-For": "10.9.9.77, 10.0.0.1"})
        assert browser.status == 429
        await browser.opens("in/" + "b" * 43, **{"X-Forwarded-For": "10.9.9.77, 10.0.0.2"})
        assert browser.status == 410


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


async def test_where_the_dashboard_is_off_there_is_no_page(talk_here: Talk) -> None:
    talk_here.sets("web", dashboard=False)
    async with pages(talk_here) as found:
        browser = found.browser()
        await browser.opens("")
        assert browser.status == 404


async def test_nobody_elses_header_and_no_cache(talk_here: Talk) -> None:
    async with pages(talk_here) as found:
        browser = found.browser()
        await browser.signs_in(talk_here.hanako)
        for address in ("", "notes", "nothing", "units/1010", "in/" + "x" * 43):
            await browser.opens(address)
            policy = browser.headers["Content-Security-Policy"]
            assert "default-src 'none'" in policy
            assert "script" not in policy
            assert "unsafe" not in policy
            assert browser.headers["Cache-Control"] == "no-store"
            assert browser.headers["X-Content-Type-Options"] == "nosniff"
            assert "<script" not in browser.text
            assert " style=" not in browser.text
            assert not re.search(r"<[^>]* on\w+=", browser.text)
        await browser.opens("static/pages.css")
        assert "immutable" in browser.headers["Cache-Control"]
        for outside in ("static/../site.py", "static/%2e%2e%2fsite.py", "static/nothing.css", "static/base.html"):
            await browser.opens(outside)
            assert browser.status == 404


@pytest.mark.parametrize(
    "wrong",
    [
        {"renew": "PT3H"},
        {"idle": "PT13H"},
        {"link_holds": "PT2H"},
        {"openid": {"link": {}}},
        {"openid": {"entra": {"accounts": "teams", "issuer": "http://idp.example", "client_id": "x"}}},
    ],
)
def test_settings_that_cannot_be(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError):
        Web.model_validate(wrong)


def test_secrets_of_providers_do_not_show() -> None:
    found = OpenId.model_validate(
        {"accounts": "teams", "issuer": "https://idp.example", "client_id": "x", "client_secret": "hush"}
    )
    assert "hush" not in repr(found)
