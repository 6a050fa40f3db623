"""The pages in a real browser: from the button in chat to every page, with axe-core, by keyboard and on paper."""

import csv
import io
import os
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pikepdf
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.web.served import Served

CHROMIUM = shutil.which("chromium")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync", "--no-first-run"]
EVERY_PAGE = (
    "",
    "principles/",
    "principles/3",
    "units/",
    "units/00",
    "units/1010?view=now",
    "notes",
    "notes?q=住所&kind=notice",
    "notes/1",
    "kudos",
    "pulse",
    "adoption",
    "figures",
    "awards",
    "recognition",
    "announcements",
    "reach",
    "delivery",
    "suggestions",
    "settings?saved=1",
    "notes?from=2026-01-02&to=2026-01-01",
    "nothing",
)

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None and os.environ.get("CI") != "true", reason="no chromium here"),
]


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    found = Served()
    yield found
    found.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield found
        found.close()


class Window:
    """A page of somebody who is signed in, and everything its console said."""

    def __init__(self, context: BrowserContext, served: Served, account: str, lang: str) -> None:
        self.page = context.new_page()
        self.page.set_default_timeout(8_000)
        self.said: list[str] = []
        self.page.on("console", lambda message: self.said.append(message.text))
        self.page.on("pageerror", lambda fault: self.said.append(str(fault)))
        self._url = f"{served.url}/dashboard/"
        self.page.goto(served.link(account))
        self.page.click("main button")
        self.opens("settings")
        self.page.check(f"input[name=language][value={lang}]")
        self.page.click("main form button.primary")

    def opens(self, address: str) -> Page:
        """Open a page."""
        self.page.goto(f"{self._url}{address}")
        return self.page

    @property
    def faults(self) -> list[Any]:
        """What axe-core finds."""
        found = Axe().run(self.page).response["violations"]
        return [(f["id"], [n["html"][:200] for n in f["nodes"]]) for f in found]


@pytest.fixture
def window(browser: Browser, served: Served) -> Iterator[Callable[..., Window]]:
    contexts = []

    def open_as(
        account: str = "nozomi", *, lang: str = "ja", width: int = 1280, dark: bool = False, **how: Any
    ) -> Window:
        scheme: Any = "dark" if dark else "light"
        context = browser.new_context(
            viewport={"width": width, "height": 800}, color_scheme=scheme, locale="ja-JP", **how
        )
        contexts.append(context)
        return Window(context, served, account, lang)

    yield open_as
    for context in contexts:
        context.close()


def test_a_visitor_of_the_demo_presses_the_button_and_is_in(browser: Browser, served: Served) -> None:
    context = browser.new_context(locale="ja-JP")
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.goto(f"{served.url}/playground/as/taro?lang=ja")
    page.wait_for_selector("body[data-ready]")
    if page.locator("#hints").is_visible():
        page.click("#hints-close")
    page.click("[data-place=home]")
    page.click("#home [data-action='dashboard.open']")
    with context.expect_page() as opened:
        page.click("dialog a.primary")
    pages = opened.value
    pages.on("console", lambda message: said.append(message.text))
    expect(pages.locator("h1")).to_have_text("サインイン")
    pages.click("main button")
    expect(pages.locator("h1")).to_have_text("全体のようす")
    assert "窓口 たろうさん" in pages.inner_text("header")
    assert int(pages.inner_text(".tile .value >> nth=0")) > 10, "real figures"
    assert said == []
    context.close()


# Every language, and every pair of light and width; not all twelve together, for axe is slow.
@pytest.mark.parametrize(
    ("lang", "dark", "width", "addresses"),
    [
        ("ja", False, 390, EVERY_PAGE),
        ("en", True, 1280, EVERY_PAGE),
        ("ja", True, 390, ("", "units/00", "notes")),
        ("ja-easy", False, 1280, ("", "settings")),
    ],
)
def test_axe_finds_nothing(
    window: Callable[..., Window], lang: str, *, dark: bool, width: int, addresses: tuple[str, ...]
) -> None:
    found = window("mirai" if width > 600 else "nozomi", lang=lang, dark=dark, width=width)
    for address in addresses:
        page = found.opens(address)
        for summary in page.locator("main summary").all():
            summary.click()
        assert found.faults == [], address
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, address
    found.opens("pulse").click("tbody a")
    assert found.faults == []
    assert [line for line in found.said if "404" not in line and "403" not in line and "400" not in line] == []


def test_the_ways_in_are_accessible(browser: Browser, served: Served) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 800})
    page = context.new_page()
    for address in (f"{served.url}/dashboard/", served.link("taro"), f"{served.url}/dashboard/in/{'x' * 43}"):
        page.goto(address)
        assert Axe().run(page).response["violations"] == []
    context.close()


def test_by_keyboard_alone(window: Callable[..., Window]) -> None:
    page = window("taro").opens("units/1010")
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_text("本文へ移動")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_text("全体のようす")
    for _ in range(12):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.tagName") == "SUMMARY":
            break
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_attribute("name", "span")
    page.select_option("#span", "days")
    page.fill("#from", "2026-01-01")
    page.press("main .filter button", "Enter")
    assert "span=days" in page.url
    assert "from=2026-01-01" in page.url


def test_without_a_script_one_finds_and_leafs_through(window: Callable[..., Window]) -> None:
    page = window("nozomi", java_script_enabled=False).opens("notes")
    page.fill("#q", "窓口")
    page.click("main form button.primary")
    assert "窓口" in page.inner_text("main .entries li >> nth=0")
    few = page.locator("main .entries li").count()
    page.click("text=条件を外してすべて見る")
    assert page.locator("main .entries > li").count() == 20 > few
    page.click("a[rel=next]")
    assert "page=2" in page.url
    page.click("main .entries a >> nth=0")
    expect(page.locator("h1")).to_contain_text("No.")
    page.click("nav.crumbs a >> nth=1")
    expect(page.locator("h1")).to_have_text("気づき")


def test_the_two_views_of_transfers(window: Callable[..., Window]) -> None:
    page = window("taro").opens("units/1010")
    expect(page.locator(".tabs [aria-current]")).to_have_text("当時の部署で見る")
    page.click("text=今いる人で見る")
    assert "view=now" in page.url
    expect(page.locator(".tabs [aria-current]")).to_have_text("今いる人で見る")


def test_the_menu_of_a_phone(window: Callable[..., Window]) -> None:
    page = window("taro", width=390).opens("")
    expect(page.locator("nav.side")).to_be_hidden()
    page.click(".menu summary")
    page.click(".menu >> text=感謝")
    expect(page.locator("h1")).to_have_text("感謝")


def test_on_paper_there_are_figures_and_no_buttons(window: Callable[..., Window]) -> None:
    page = window("taro", dark=True).opens("units/1010")
    page.emulate_media(media="print")
    for hidden in ("nav.side", ".menu", ".top .who", "main .filter", "main .tabs"):
        expect(page.locator(hidden)).to_be_hidden()
    expect(page.locator("figure svg >> nth=0")).to_be_visible()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert page.pdf().startswith(b"%PDF")


def test_colours_of_ones_own(window: Callable[..., Window]) -> None:
    page = window("taro", forced_colors="active").opens("")
    one, two, ground = (
        page.evaluate(f"getComputedStyle(document.querySelector('{selector}')).fill")
        for selector in (".part.t1", ".part.t2", ".track")
    )
    assert len({one, two, ground}) == 3


def test_light_and_dark_by_choice(window: Callable[..., Window]) -> None:
    found = window("taro")
    page = found.opens("settings")
    page.check("input[value=dark]")
    page.click("main form button.primary")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(26, 26, 26)"
    assert re.search("保存しました", page.inner_text("[role=status]"))
    page.check("input[value=auto]")
    page.click("main form button.primary")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"


@pytest.mark.parametrize("form", ["csv", "xlsx", "pdf"])
def test_a_report_is_downloaded_and_opened_again(window: Callable[..., Window], form: str, tmp_path: Path) -> None:
    page = window("taro").opens("units/1010?view=now&span=quarter")
    notes = int(page.inner_text(".tile .value >> nth=0"))
    with page.expect_download() as started:
        page.click(f"nav.files a[href*='files/digest.{form}?unit=1010']")
    name = started.value.suggested_filename
    assert re.fullmatch(rf"kizuki-digest-1010-\d{{8}}-\d{{8}}\.{form}", name)
    path = tmp_path / name
    started.value.save_as(path)
    if form == "pdf":
        with pikepdf.open(path) as paper:
            assert len(paper.pages) >= 1
            assert "部署のまとめ" in str(paper.docinfo["/Title"])
        return
    if form == "csv":
        rows = list(csv.reader(io.StringIO(path.read_text(encoding="utf-8-sig"))))
    else:
        rows = [
            [str(cell) for cell in row] for sheet in openpyxl.load_workbook(path).worksheets for row in sheet.values
        ]
    assert [row[1] for row in rows if row[0] == "気づき"] == [str(notes)], "as on the page: unit, days and view"


def test_the_first_page_is_light(window: Callable[..., Window]) -> None:
    found = window("mirai")
    sizes: dict[str, int] = {}
    found.page.context.clear_cookies(name="nothing")
    found.page.on("response", lambda response: sizes.update({response.url: len(response.body())}))
    found.opens("")
    found.page.wait_for_load_state("networkidle")
    assert 3 <= len(sizes) <= 5, sizes
    assert sum(sizes.values()) <= 100_000, sizes
