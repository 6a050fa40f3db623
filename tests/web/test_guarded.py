"""What guards the pages: cookies, forms of other pages, tries at random, headers, and settings that cannot be."""

import re

import pytest

from adapters.web.door import HEADERS
from bot.web_settings import OpenId, Web
from tests.talk import Talk
from tests.web.visitors import linked, pages


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


async def test_whoever_tries_at_random_waits_and_whoever_has_a_link_does_not(talk: Talk) -> None:
    async with pages(talk) as found:
        browser = found.browser()
        for n in range(20):
            await browser.posts(f"in/{'a' * 40}{n}")
            assert browser.status == 410
        for attempt in (browser.opens, browser.posts):
            await attempt(f"in/{'b' * 43}")
            assert browser.status == 429
            assert "10分ほど待って" in browser.words
            assert browser.headers["Retry-After"] == "600"
        colleague, link = found.browser(), await linked(talk.hanako)
        await colleague.opens(link)
        assert colleague.status == 200, "everybody in an office has one address"
        await colleague.posts(link)
        assert colleague.status == 303
        await browser.posts(link)
        assert browser.status == 429, "it was used up"
        found.site.tries._clock = lambda: 1e9
        await browser.posts(link)
        assert browser.status == 410


async def test_what_a_request_says_of_its_own_address_counts_on_this_machine_alone(talk_here: Talk) -> None:
    evil = {"Host": "evil.example", "Origin": "http://evil.example", "Sec-Fetch-Site": "same-origin"}
    async with pages(talk_here) as found:
        browser = found.browser()
        await browser.posts(await linked(talk_here.hanako), evil)
        assert browser.status == 403
        await browser.posts(await linked(talk_here.hanako), {"Host": "[", "Origin": "http://["})
        assert browser.status == 403
        await browser.posts(await linked(talk_here.hanako), {"Host": "localhost:1", "Origin": "http://localhost:1"})
        assert browser.status == 303
    talk_here.sets("server", url="https://kizuki.example.jp")
    async with pages(talk_here) as found:
        browser = found.browser()
        for elsewhere in (evil, {"Host": "localhost:1", "Origin": "http://localhost:1"}):
            await browser.posts(await linked(talk_here.hanako), elsewhere)
            assert browser.status == 403
        await browser.posts(await linked(talk_here.hanako), {"Origin": "https://kizuki.example.jp"})
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


async def test_what_the_web_server_itself_refuses_looks_like_all_else(talk_here: Talk) -> None:
    async with pages(talk_here) as found:
        browser = found.browser()
        await browser.opens("settings")
        usual = {name: browser.headers[name] for name in HEADERS}
        for ask, status, words in (
            (browser.opens("no%0athing"), 404, "そのページはありません"),
            (browser.posts("notes"), 405, "ここではできません"),
            (browser.pours("settings"), 413, "大きすぎて"),
            (browser.opens("notes", Expect="the-impossible"), 417, "the-impossible"),
        ):
            await ask
            assert browser.status == status
            assert words in browser.words
            assert {name: browser.headers[name] for name in HEADERS} == usual
            assert browser.headers["Cache-Control"] == "no-store"
        await browser.posts("notes")
        assert browser.headers["Allow"] == "GET,HEAD"


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


async def test_where_the_dashboard_is_off_there_is_no_page(talk_here: Talk) -> None:
    talk_here.sets("web", dashboard=False)
    async with pages(talk_here) as found:
        browser = found.browser()
        await browser.opens("")
        assert browser.status == 404
