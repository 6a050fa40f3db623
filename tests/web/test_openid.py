"""Signing in by OpenID Connect, at a provider that is strict, and at one that lies."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from bot.web_settings import OpenId
from storage import accounts, people
from storage.database import Tx
from tests.talk import Talk
from tests.web.issuer import CLIENT, OTHER_KEY, SECRET, Issuer, issuing
from tests.web.visitors import Browser, pages

TENANT, OBJECT = "11111111-1111-1111-1111-111111111111", "22222222-2222-2222-2222-222222222222"
ENTRA = {"tid": TENANT, "oid": OBJECT}


@asynccontextmanager
async def at_a_browser(
    talk: Talk, accounts_of: str = "teams", client: str = CLIENT
) -> AsyncIterator[tuple[Browser, Issuer]]:
    """A browser on pages that know a provider, at which hanako has an account."""
    async with issuing() as issuer:
        known = OpenId.model_validate(
            {"accounts": accounts_of, "issuer": issuer.address, "client_id": client, "client_secret": SECRET}
        )
        talk.sets("web", openid={"work": known})
        issuer.redirect, issuer.who = "http://127.0.0.1:8080/dashboard/with/work/back", dict(ENTRA)
        await talk.database.transact(_linked)
        async with pages(talk) as found:
            yield found.browser(), issuer


def _linked(tx: Tx) -> None:
    hanako = people.by_number(tx, "hanako", today="2026-11-24")
    assert hanako
    accounts.add(tx, "teams", f"{TENANT}:{OBJECT}", person_id=hanako.id)
    accounts.add(tx, "slack", "T1:U2", person_id=hanako.id)


async def _to_and_fro(browser: Browser, issuer: Issuer) -> str:
    await browser.opens("with/work")
    assert browser.status == 303, browser.words
    assert "HttpOnly" in browser.headers["Set-Cookie"]
    back = issuer.agrees(browser.headers["Location"])
    await browser.opens(back)
    return back


async def test_whoever_the_provider_proves_is_in(talk: Talk) -> None:
    async with at_a_browser(talk) as (browser, issuer):
        await browser.opens("")
        assert "Microsoft Teamsでサインイン" in browser.words
        back = await _to_and_fro(browser, issuer)
        assert browser.status == 303
        assert set(browser.cookies) == {"kizuki"}, "what it was sent off with is used up"
        await browser.opens("settings")
        assert "hanakoさん" in browser.words
        assert "work" in browser.words
        await browser.opens(back)
        assert browser.status == 400, "nobody comes back twice"


async def test_accounts_of_slack_by_team_and_user(talk: Talk) -> None:
    async with at_a_browser(talk, "slack") as (browser, issuer):
        issuer.who = {"https://slack.com/team_id": "T1", "https://slack.com/user_id": "U2"}
        await _to_and_fro(browser, issuer)
        assert browser.status == 303
        issuer.who = {"https://slack.com/team_id": "T9", "https://slack.com/user_id": "U2"}
        await _to_and_fro(browser, issuer)
        assert browser.status == 403
        issuer.who = {
            "https://slack.com/enterprise_id": "E1",
            "https://slack.com/team_id": "T1",
            "https://slack.com/user_id": "U2",
        }
        await _to_and_fro(browser, issuer)
        assert browser.status == 403, "in an Enterprise Grid people are known by its id"


LIES: dict[str, dict[str, Any]] = {
    "another issuer": {"iss": "https://evil.example"},
    "for another client": {"aud": "other"},
    "for several clients": {"aud": [CLIENT, "other"]},
    "used by another client": {"azp": "other"},
    "another nonce": {"nonce": "x" * 43},
    "no nonce": {"nonce": None},
    "over": {"exp": int(time.time()) - 120},
    "without an end": {"exp": None},
    "from the future": {"iat": int(time.time()) + 600},
    "without the person": {"oid": None},
    "with half a person": {"oid": ""},
    "with a person that is none": {"oid": ["x"]},
    "with somebody else hidden in the tenant": {"tid": f"{TENANT}:{OBJECT}", "oid": "x"},
}


async def test_what_a_lying_provider_says_signs_nobody_in(talk: Talk) -> None:
    async with at_a_browser(talk) as (browser, issuer):
        for name, lies in LIES.items():
            talk.later(minutes=1)
            issuer.lies = lies
            await _to_and_fro(browser, issuer)
            assert browser.status in (400, 403), name
            assert "kizuki" not in browser.cookies, name
        issuer.lies, issuer.key = {}, OTHER_KEY
        await _to_and_fro(browser, issuer)
        assert browser.status == 403
        issuer.key, issuer.algorithm = "a shared secret that is long enough for HS256", "HS256"
        await _to_and_fro(browser, issuer)
        assert browser.status == 403
        issuer.key, issuer.algorithm = None, "none"
        await _to_and_fro(browser, issuer)
        assert browser.status == 403
        assert issuer.tokens == len(LIES) + 3, "every lie was heard"
        assert talk.rows("select count(*) from page_session") == [(0,)]


async def test_an_e_mail_proves_nothing(talk_here: Talk) -> None:
    async with at_a_browser(talk_here) as (browser, issuer):
        issuer.who = {"tid": TENANT, "oid": "33333333", "email": "taro@city.example", "email_verified": "true"}
        await _to_and_fro(browser, issuer)
        assert browser.status == 403
        assert "ここで働く人と結び付いていません" in browser.words


async def test_a_browser_comes_back_only_with_what_it_was_sent_off_with(talk_here: Talk) -> None:
    async with at_a_browser(talk_here) as (browser, issuer):
        await browser.opens("with/work")
        back = issuer.agrees(browser.headers["Location"])
        await browser.opens(back.replace("state=", "state=x"))
        assert browser.status == 400
        await browser.opens(back + "&iss=https%3A%2F%2Fevil.example")
        assert browser.status == 400
        await browser.opens(back.replace("with/work/", "with/other/"))
        assert browser.status == 404
        kept = browser.cookies["kizuki-openid"]
        for broken in ("", "x", kept[:-8], "bnVsbA=="):
            browser.holds("kizuki-openid", broken)
            await browser.opens(back)
            assert browser.status == 400, broken
        browser.holds("kizuki-openid", kept)
        await browser.opens("with/work/back?error=access_denied&state=x")
        assert browser.status == 400, "no state, no answer"
        await browser.opens(back)
        assert browser.status == 303
        assert issuer.tokens == 1


async def test_whoever_left_is_not_let_in_by_a_provider(talk_here: Talk) -> None:
    async with at_a_browser(talk_here) as (browser, issuer):
        await talk_here.database.transact(
            lambda tx: tx.cursor.execute("update person set left_on = '2026-11-24' where number = 'hanako'")
        )
        await _to_and_fro(browser, issuer)
        assert browser.status == 403


async def test_a_provider_that_is_away_or_is_another(talk_here: Talk) -> None:
    async with at_a_browser(talk_here) as (browser, issuer):
        issuer.broken = True
        await browser.opens("with/work")
        assert browser.status == 502
        assert "つながりませんでした" in browser.words
        issuer.broken, issuer.issuer = False, "https://evil.example"
        await browser.opens("with/work")
        assert browser.status == 502


async def test_a_wrong_secret_of_the_client(talk_here: Talk) -> None:
    async with at_a_browser(talk_here) as (browser, issuer):
        await browser.opens("with/work")
        back = issuer.agrees(browser.headers["Location"])
        issuer.codes.clear()
        await browser.opens(back)
        assert browser.status == 403
        assert "kizuki" not in browser.cookies


@pytest.mark.parametrize("accounts_of", ["google", ""])
def test_only_accounts_of_platforms(accounts_of: str) -> None:
    with pytest.raises(ValueError):
        OpenId.model_validate(
            {"accounts": accounts_of, "issuer": "https://x.example", "client_id": "x", "client_secret": "y"}
        )
