"""Installing kizuki by OAuth: only whoever went to Slack comes back, once, and nothing secret is shown or logged."""

import asyncio
import logging
import os
import re
import shutil
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from aiohttp import ClientResponse, web
from aiohttp.test_utils import TestClient, TestServer
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, Route, sync_playwright

from adapters.slack.installations import Several
from adapters.slack.oauth import OAuth
from adapters.slack.pages import language
from adapters.slack.tokens import Rotation
from adapters.slack.vault import Vault, new_key
from bot.organisation import Organisation
from bot.platforms import Platforms
from bot.settings import Server, Settings
from bot.turn import House
from storage import audit, installations
from storage.database import Database
from storage.engines import open_database
from tests.databases import migrated
from tests.rows import rows
from tests.slack.calls import METHODS
from tests.slack.oauth import agreed
from tests.slack.server import LocalSlack
from tests.slack.test_installations import Clock, secrets_of, several
from tests.slack.test_installations import House as Replicas
from tests.slack.workspace import Workspace

KEY = new_key()
SCOPES = ("chat:write", "commands", "users:read")
PUBLIC = "https://kizuki.example.jp"
CHROMIUM = shutil.which("chromium")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]


class Door:
    """The install pages, with a Slack behind them and a browser in front that keeps its cookies itself."""

    def __init__(self, slack: LocalSlack, database: Database, clock: Clock, client: "TestClient[Any, Any]") -> None:
        self.slack = slack
        self.database = database
        self.clock = clock
        self.client = client
        self.away = Replicas(slack, database, clock).away
        self.workspaces: Several

    async def get(self, path: str, *, cookie: str = "", lang: str = "ja", **query: str) -> ClientResponse:
        headers = {"Accept-Language": lang, **({"Cookie": cookie} if cookie else {})}
        return await self.client.get(path, params=query, headers=headers, allow_redirects=False)

    async def go(self, home: Workspace | None = None) -> tuple[dict[str, str], str]:
        """Go to Slack and agree; returns code and state, and the cookie as the browser sends it back."""
        response = await self.get("/slack/install/go")
        assert response.status == 302
        address = agreed(self.slack, response.headers["Location"], home or self.slack.home, "UADMIN")
        return dict(parse_qsl(urlsplit(address).query)), response.headers["Set-Cookie"].partition(";")[0]

    async def back(self, *, cookie: str = "", **query: str) -> ClientResponse:
        return await self.get("/slack/oauth/callback", cookie=cookie, **query)

    async def install(self, home: Workspace | None = None) -> ClientResponse:
        """The whole way, as a person who agrees goes it."""
        query, cookie = await self.go(home)
        return await self.back(cookie=cookie, **query)

    async def stored(self) -> int:
        return len(await self.database.read(lambda tx: installations.everything(tx, "slack")))


def app_settings(slack: LocalSlack, url: str = PUBLIC) -> Settings:
    organisation = Organisation(name={"ja": "試験都庁", "en": "Test City"})
    return Settings(organisation=organisation, server=Server(url=url), platforms=Platforms(slack=several(slack, KEY)))


@asynccontextmanager
async def opened(database: Database, house: House, url: str = PUBLIC) -> AsyncIterator[Door]:
    clock = Clock()
    async with LocalSlack(clock=lambda: clock.time.timestamp()) as slack:
        config, vault = several(slack, KEY), Vault(KEY)
        workspaces = Several(database, vault, Rotation(config, database, vault, clock.now), clock.now)
        oauth = OAuth(
            app_settings(slack, url),
            config,
            scopes=SCOPES,
            phrases=house.phrases,
            database=database,
            vault=vault,
            now=clock.now,
            changed=workspaces.changed,
        )
        app = web.Application()
        app.add_routes(oauth.routes())
        server = TestServer(app)
        # As `kizuki serve` does: an access log would hold the address that Slack sends people back to.
        await server.start_server(access_log=None)
        async with TestClient(server) as client:
            door = Door(slack, database, clock, client)
            door.workspaces = workspaces
            yield door


@pytest.fixture
async def door(database: Database, house: House) -> AsyncIterator[Door]:
    async with opened(database, house) as found:
        yield found


async def heading(response: ClientResponse) -> str:
    found = re.search(r"<h1>(.*?)</h1>", await response.text())
    assert found
    return found[1]


async def test_the_page_has_one_button_that_leads_to_slack(door: Door) -> None:
    page = await door.get("/slack/install")
    assert page.status == 200
    assert re.findall('href="(.*?)"', await page.text()) == ["/slack/install/go"]
    response = await door.get("/slack/install/go")
    found = urlsplit(response.headers["Location"])
    assert f"{found.scheme}://{found.netloc}{found.path}" == "https://slack.com/oauth/v2/authorize"
    asked = dict(parse_qsl(found.query))
    assert len(asked.pop("state")) == 43
    assert asked == {
        "client_id": door.slack.client_id,
        "scope": "chat:write,commands,users:read",
        "redirect_uri": f"{PUBLIC}/slack/oauth/callback",
    }


async def test_the_cookie_binds_this_browser_and_no_script_or_neighbour_reaches_it(door: Door) -> None:
    cookie = (await door.get("/slack/install/go")).headers["Set-Cookie"]
    name, *parts = cookie.split("; ")
    assert name.startswith("__Host-kizuki-install=")
    assert {part.lower() for part in parts} == {"httponly", "max-age=600", "path=/", "samesite=lax", "secure"}


async def test_a_yes_installs_kizuki(door: Door) -> None:
    assert await door.workspaces.find("", "T1") is None
    door.slack.rotates = True
    page = await door.install()
    assert page.status == 200
    assert await heading(page) == "追加できました"
    assert f"https://slack.com/app_redirect?app={door.slack.app_id}&amp;team=T1" in await page.text()
    assert "/kizuki" in await page.text()
    found, home = await door.workspaces.find("", "T1"), door.slack.home
    assert found
    assert (found.token, found.bot_user, found.bot_id) == (home.token, home.bot_user, home.bot_id)
    assert (found.app, found.scopes, found.org_wide) == (door.slack.app_id, frozenset(SCOPES), False)
    (row,) = await door.database.read(lambda tx: installations.everything(tx, "slack"))
    assert row.expires_at == round(door.clock.now().timestamp() * 1000) + 43_200_000
    assert Vault(KEY).open(row.refresh) in door.slack.refresh_tokens
    entry = await door.database.read(lambda tx: audit.latest(tx, "installation.begin"))
    assert entry
    assert (entry.actor, entry.subject) == ("slack", f"installation:{row.id}")
    assert "xox" not in entry.detail
    assert page.headers["Set-Cookie"].startswith('__Host-kizuki-install=""; ')
    assert "max-age=0" in page.headers["Set-Cookie"].lower()


async def test_a_whole_organisation_installs_kizuki(door: Door) -> None:
    page = await door.install(door.slack.workspace("T7", enterprise="E1", everywhere=True))
    assert "組織全体" in await page.text()
    found = await door.workspaces.find("E1", "T8")
    assert found
    assert (found.enterprise, found.team, found.org_wide) == ("E1", "", True)


async def test_installing_again_keeps_one_installation_with_the_newest_token(door: Door) -> None:
    home = door.slack.workspace("T7", enterprise="E1")
    await door.install(home)
    first = await door.workspaces.find("E1", "T7")
    door.clock.pass_by(seconds=1)
    await door.install(home)
    second = await door.workspaces.find("E1", "T7")
    assert first
    assert second
    assert first.token != second.token
    assert await door.stored() == 1


async def test_an_uninstalled_workspace_may_install_kizuki_again(door: Door) -> None:
    await door.install()
    door.slack.home.tokens[-1].state = "inactive"
    await door.workspaces.gone("", "T1")
    assert await door.workspaces.find("", "T1") is None
    door.clock.pass_by(seconds=1)
    await door.install()
    found = await door.workspaces.find("", "T1")
    assert found
    assert found.token == door.slack.token
    entries = await door.database.read(lambda tx: audit.newest(tx, limit=9, action="installation"))
    assert [entry.action for entry in entries] == ["installation.begin", "installation.end", "installation.begin"]


async def refused(door: Door, response: ClientResponse, status: int = 400) -> None:
    assert response.status == status
    assert door.slack.calls == []
    assert await door.stored() == 0


async def test_a_forged_state_installs_nothing(door: Door) -> None:
    query, cookie = await door.go()
    name, code, forged = cookie.partition("=")[0], query["code"], "A" * 43
    await refused(door, await door.back(cookie=cookie, state=forged, code=code))
    await refused(door, await door.back(cookie=f"{name}={forged}", state=forged, code=code))
    await refused(door, await door.back(cookie=cookie, code=code))
    await refused(door, await door.back(cookie=cookie, state="\x00" + "é" * 42, code=code))


async def test_another_browser_installs_nothing(door: Door) -> None:
    query, cookie = await door.go()
    _, other = await door.go()
    await refused(door, await door.back(**query))
    await refused(door, await door.back(cookie=other, **query))
    await refused(door, await door.back(cookie=cookie.replace("__Host-", ""), **query))


async def test_a_state_works_once(door: Door) -> None:
    query, cookie = await door.go()
    back = [door.back(cookie=cookie, **query) for _ in range(5)]
    assert sorted(r.status for r in await asyncio.gather(*back)) == [200, 400, 400, 400, 400]
    another, _ = await door.go()
    again = await door.back(cookie=cookie, state=query["state"], code=another["code"])
    assert again.status == 400
    assert await heading(again) == "この画面は使えなくなりました"
    assert len(door.slack.called("oauth.v2.access")) == 1


async def test_after_ten_minutes_one_begins_again(door: Door) -> None:
    query, cookie = await door.go()
    door.clock.pass_by(minutes=10)
    await refused(door, await door.back(cookie=cookie, **query))


async def test_states_nobody_came_back_with_do_not_pile_up(door: Door) -> None:
    for _ in range(3):
        await door.go()
    door.clock.pass_by(minutes=11)
    await door.go()
    assert len(await door.database.read(lambda tx: rows(tx, "select state from install_state"))) == 1
    assert (await door.client.head("/slack/install/go")).status == 405


async def test_a_no_is_taken_kindly_and_uses_the_state_up(door: Door) -> None:
    query, cookie = await door.go()
    page = await door.back(cookie=cookie, state=query["state"], error="access_denied")
    await refused(door, page, 200)
    assert await heading(page) == "追加しませんでした"
    await refused(door, await door.back(cookie=cookie, **query))


async def test_another_error_of_slacks_is_said_without_being_repeated(
    door: Door, caplog: pytest.LogCaptureFixture
) -> None:
    query, cookie = await door.go()
    await refused(door, await door.back(cookie=cookie, state=query["state"], error="invalid_scope"))
    assert "invalid_scope" in caplog.text
    query, cookie = await door.go()
    page = await door.back(cookie=cookie, state=query["state"], error="<b>x\nforged line</b>")
    await refused(door, page)
    assert "forged" not in caplog.text + await page.text()


@pytest.mark.parametrize("code", ["unknown-code", "", "x" * 501, "a b", "コード"])
async def test_a_bad_code_installs_nothing(door: Door, code: str) -> None:
    query, cookie = await door.go()
    page = await door.back(cookie=cookie, state=query["state"], code=code)
    assert page.status == 400
    assert await heading(page) == "Slackが受け付けませんでした"
    assert await door.stored() == 0


@pytest.mark.parametrize("method", ["oauth.v2.access", "auth.test"])
@pytest.mark.parametrize("fault", [500, 429, "ratelimited", "text", "cut"])
async def test_when_slack_is_away_one_is_asked_to_come_back(door: Door, method: str, fault: int | str) -> None:
    trouble = door.away(method, fault)
    page = await door.install()
    assert page.status == 503
    assert await heading(page) == "いまは追加できません"
    assert await door.stored() == 0
    trouble.stop()
    assert (await door.install()).status == 200


@pytest.mark.parametrize(
    "odd",
    [
        {"access_token": None},
        {"token_type": "user"},
        {"team": None},
        {"team": "T1"},
        {"bot_user_id": None},
        {"is_enterprise_install": True},
    ],
)
async def test_an_odd_answer_installs_nothing(door: Door, monkeypatch: pytest.MonkeyPatch, odd: dict[str, Any]) -> None:
    method = METHODS["oauth.v2.access"]
    monkeypatch.setitem(METHODS, "oauth.v2.access", replace(method, run=lambda ask: {**method.run(ask), **odd}))
    assert (await door.install()).status == 503
    assert await door.stored() == 0


async def test_every_answer_keeps_to_itself(door: Door) -> None:
    query, cookie = await door.go()
    answers = [
        await door.get("/slack/install"),
        await door.get("/slack/install/go"),
        await door.back(cookie=cookie, **query),
        await door.back(state="x", code="y"),
    ]
    for answer in answers:
        policy = answer.headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'; ")
        assert "script" not in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


async def test_no_token_code_or_state_is_in_a_page_or_a_log(door: Door, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    door.slack.rotates = True
    seen, secrets = "", {door.slack.client_secret, KEY}
    for fault in ("", "text", 500, "invalid_code"):
        trouble = door.away("oauth.v2.access", fault) if fault else None
        query, cookie = await door.go()
        page = await door.back(cookie=cookie, **query)
        seen += await page.text() + str(page.headers)
        secrets |= set(query.values())
        if trouble:
            trouble.stop()
    secrets |= secrets_of(door.slack)
    assert len(secrets) == 2 + 2 * 4 + 3
    for secret in secrets:
        assert secret not in seen
        assert secret not in caplog.text


async def test_a_busy_database_asks_to_come_back(house: House, tmp_path: Path) -> None:
    database = open_database(f"sqlite:///{tmp_path}/none/x.db")
    (tmp_path / "none" / "x.db").mkdir()
    async with opened(database, house) as door:
        assert (await door.get("/slack/install/go")).status == 503
        page = await door.back(cookie=f"__Host-kizuki-install={'A' * 43}", state="A" * 43, code="c")
        assert page.status == 503
    database.close()


@pytest.mark.parametrize(
    ("accepted", "expected"),
    [
        ("", "ja-easy"),
        ("*", "ja-easy"),
        ("ja", "ja"),
        ("en-GB,en;q=0.9,ja;q=0.8", "en"),
        ("ja;q=0.8,en;q=0.9", "en"),
        ("fr-FR,ja;q=0.3", "ja"),
        ("fr", "en"),
        ("jam, ;;q=x,", "en"),
    ],
)
def test_the_page_speaks_the_readers_language(accepted: str, expected: str) -> None:
    assert language(accepted, "ja-easy") == expected


async def test_the_page_in_english(door: Door) -> None:
    text = await (await door.get("/slack/install", lang="en-US")).text()
    assert '<html lang="en">' in text
    assert "Add to Slack" in text
    assert "Test City" in text


# In a real browser


class Running:
    """The install pages on this machine, run by a thread of its own; its Slack is this machine too."""

    def __init__(self, folder: Path, house: House) -> None:
        self._loop = asyncio.new_event_loop()
        self._stop = asyncio.Event()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._loop.run_until_complete, args=(self._serve(folder, house),))
        self.door: Door
        self._thread.start()
        assert self._ready.wait(20)

    async def _serve(self, folder: Path, house: House) -> None:
        url = f"sqlite:///{folder}/kizuki.db"
        migrated(url)
        database = open_database(url)
        async with opened(database, house, "http://localhost") as self.door:
            self._ready.set()
            await self._stop.wait()
        database.close()

    def agreed(self, address: str) -> str:
        """Where somebody who says yes comes out; in `app.yaml` no port is known yet."""
        way = agreed(self.door.slack, address, self.door.slack.home, "UADMIN")
        return way.replace("http://localhost/", f"{self.url}/", 1)

    @property
    def url(self) -> str:
        return f"http://localhost:{self.door.client.port}"

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)
        self._loop.close()


@pytest.fixture
def running(tmp_path: Path, house: House) -> Iterator[Running]:
    found = Running(tmp_path, house)
    yield found
    found.close()


@pytest.fixture
def window() -> Iterator[Callable[..., Page]]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)

        def open_in(locale: str, *, dark: bool = False, width: int = 1280) -> Page:
            context = browser.new_context(
                locale=locale, color_scheme="dark" if dark else "light", viewport={"width": width, "height": 800}
            )
            page = context.new_page()
            page.set_default_timeout(5_000)
            return page

        yield open_in
        browser.close()


def faults(page: Page) -> list[Any]:
    return [(f["id"], [n["html"][:160] for n in f["nodes"]]) for f in Axe().run(page).response["violations"]]


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None and os.environ.get("CI") != "true", reason="no chromium here")
@pytest.mark.parametrize(
    ("locale", "dark", "width"), [("ja-JP", False, 1280), ("en-GB", True, 390), ("ja-JP", True, 390)]
)
def test_somebody_installs_it_in_a_browser_and_axe_finds_nothing(
    window: Callable[..., Page], running: Running, locale: str, dark: bool, width: int
) -> None:
    page = window(locale, dark=dark, width=width)
    errors: list[str] = []
    page.on("console", lambda message: errors.append(message.text))

    def slack(route: Route) -> None:
        route.fulfill(status=302, headers={"Location": running.agreed(route.request.url)})

    page.context.route("https://slack.com/oauth/**", slack)
    page.goto(f"{running.url}/slack/install")
    assert page.locator("h1").evaluate("e => getComputedStyle(e).fontWeight") == "700"
    assert page.locator(".button").evaluate("e => getComputedStyle(e).display") == "inline-flex"
    assert faults(page) == []
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_selector("ol")
    assert faults(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.reload()
    page.wait_for_selector("h1")
    assert faults(page) == []
    page.goto(f"{running.url}/slack/oauth/callback?error=access_denied&state=x")
    assert faults(page) == []
    assert [e for e in errors if "400" not in e] == []
