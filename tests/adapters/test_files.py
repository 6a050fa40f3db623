"""Files made for one person: fetched by nobody else, shown by no browser as a page of ours, and readable."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

from adapters.app import furnish
from bot.cards import Card, File, Reply, plain
from bot.organisation import LANGUAGES, Organisation
from bot.settings import Settings
from bot.turn import House
from storage import files
from storage.database import Tx
from storage.engines import open_database
from tests.adapters.test_playground_room import FRIDAY, Room, furnished, opened
from tests.conftest import MORNING
from tests.databases import migrated
from tests.full_life import full_life, numbered
from tests.talk import PLATFORM, Talk

CHROMIUM = shutil.which("chromium")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync", "--no-first-run"]
TOKEN = "a_token-1"
NAME = '私の"記録"\r\nX-Bad: 1.html'
HOUR = 3_600_000


@pytest.fixture(scope="module")
def house() -> House:
    return furnished()


@pytest.fixture
async def room(tmp_path: Path, house: House) -> AsyncIterator[Room]:
    async with opened(tmp_path, house) as room:
        await room.bot.database.transact(_keep)
        yield room


def _keep(tx: Tx) -> None:
    at = round(FRIDAY.timestamp() * 1000)
    owner = numbered(tx, "hanako")
    row: dict[str, Any] = {"person_id": owner, "at": at, "expires_at": at + HOUR}
    files.add(tx, TOKEN, name=NAME, media="text/html", content="<p>私の記録</p>", **row)
    files.add(tx, "json", name="kizuki.json", media="application/json", content='{"a": "あ"}', **row)


async def test_its_owner_gets_it_as_a_download(room: Room) -> None:
    response = await room.client.get(f"/playground/files/{TOKEN}", params={"as": "hanako"})
    assert response.status == 200
    assert await response.text() == "<p>私の記録</p>"
    headers = response.headers
    assert headers["Content-Type"] == "text/html; charset=utf-8"
    assert headers["Content-Security-Policy"] == "default-src 'none'; style-src 'unsafe-inline'"
    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "X-Bad" not in headers
    shown = headers["Content-Disposition"]
    assert shown.startswith('attachment; filename="')
    assert shown.isascii()
    assert shown.endswith("filename*=UTF-8''%E7%A7%81%E3%81%AE%22%E8%A8%98%E9%8C%B2%22%0D%0AX-Bad%3A%201.html")
    response = await room.client.get("/playground/files/json", params={"as": "hanako"})
    assert await response.json() == {"a": "あ"}


@pytest.mark.parametrize(
    ("token", "account"),
    [(TOKEN, "taro"), (TOKEN, "nobody"), (TOKEN, ""), ("other", "hanako"), ("..%2F..", "hanako"), ("%00", "hanako")],
)
async def test_nobody_else_gets_anything(room: Room, token: str, account: str) -> None:
    response = await room.client.get(f"/playground/files/{token}", params={"as": account})
    assert response.status == 404
    text = await response.text()
    assert "私の記録" not in text
    assert "default-src 'none'; script-src 'self'" in response.headers["Content-Security-Policy"]


async def test_a_name_that_only_points_here_gets_nothing(room: Room) -> None:
    response = await room.client.get(
        f"/playground/files/{TOKEN}", params={"as": "hanako"}, headers={"Host": "evil.example"}
    )
    assert response.status == 403


async def test_after_its_time_it_is_gone(room: Room) -> None:
    room.clock.time = datetime.fromtimestamp(FRIDAY.timestamp() + 3_601, FRIDAY.tzinfo)
    response = await room.client.get(f"/playground/files/{TOKEN}", params={"as": "hanako"})
    assert response.status == 404


async def test_the_link_names_the_file_and_who_reads_it(room: Room) -> None:
    file = File("記録.json", "application/json", "a/b?c", "受け取る")
    room.bot.answer = lambda _: Reply(Card((file,), "できました"))
    await room.says("hanako", "1", "/kizuki x")
    (_, shown) = await room.sees("hanako")
    assert 'href="/playground/files/a%2Fb%3Fc?as=hanako"' in shown["html"]
    assert 'download="記録.json"' in shown["html"]
    assert "記録.json" in plain(Card((file,), ""))


# The page in a real browser

no_chromium = pytest.mark.skipif(CHROMIUM is None and os.environ.get("CI") != "true", reason="no chromium here")


async def _made(house: House, folder: Path, lang: str) -> Path:
    """The page of somebody who did everything, as it is downloaded."""
    url = f"sqlite:///{folder}/page.db"
    migrated(url)
    database = open_database(url)
    talk = await Talk.begin(house, database, now=datetime.fromisoformat(MORNING))
    await full_life(talk)
    await database.transact(lambda tx: tx.cursor.execute(f"update person set language = '{lang}'"))
    await talk.hanako.sends("mydata.make")
    assert talk.hanako.card is not None
    token = next(b.token for b in talk.hanako.card.blocks if isinstance(b, File) and b.media == "text/html")
    found = await database.read(lambda tx: files.get(tx, token, now=0))
    assert found is not None
    assert found.person_id == await database.read(lambda tx: numbered(tx, "hanako"))
    database.close()
    path = folder / f"{PLATFORM}-{lang}.html"
    path.write_text(found.content, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    house = furnish(Settings(organisation=Organisation(name={"ja": "試験都庁", "en": "Test City"})))
    # In a thread of its own: the browser's driver has a loop running in this one.
    with ThreadPoolExecutor(1) as pool:
        made = {lang: pool.submit(asyncio.run, _made(house, tmp_path_factory.mktemp(lang), lang)) for lang in LANGUAGES}
        return {lang: future.result() for lang, future in made.items()}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield found
        found.close()


def _faults(page: Page) -> list[Any]:
    found = Axe().run(page).response["violations"]
    return [(f["id"], [n["html"][:160] for n in f["nodes"]]) for f in found]


@pytest.mark.parametrize(
    ("lang", "scheme", "width"),
    [("ja", "light", 1280), ("ja", "dark", 390), ("en", "dark", 1280), ("en", "light", 390), ("ja-easy", "dark", 390)],
)
@pytest.mark.browser
@no_chromium
def test_axe_finds_nothing_and_nothing_sticks_out(
    browser: Browser, pages: dict[str, Path], *, lang: str, width: int, scheme: Any
) -> None:
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.goto(pages[lang].as_uri())
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert _faults(page) == []
    assert page.title() != ""
    assert said == []
    if folder := os.environ.get("KIZUKI_PICTURES"):
        page.screenshot(path=f"{folder}/mydata-{lang}-{width}-{scheme}.png", full_page=True)
    context.close()


@pytest.mark.browser
@no_chromium
def test_on_paper_it_is_black_on_white_without_links(browser: Browser, pages: dict[str, Path]) -> None:
    page = browser.new_page(color_scheme="dark")
    page.goto(pages["ja"].as_uri())
    page.emulate_media(media="print")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert page.evaluate("getComputedStyle(document.body).color") == "rgb(0, 0, 0)"
    assert not page.locator("nav").is_visible()
    page.close()
