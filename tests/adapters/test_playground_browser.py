"""The playground in a real browser: by keyboard, as two people, on a phone, in light and dark, with axe-core."""

import asyncio
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect, sync_playwright

from bot.cards import (
    Button,
    Card,
    Chart,
    Choice,
    Divider,
    Facts,
    Heading,
    Image,
    Option,
    Paragraph,
    PersonPick,
    Quote,
    Reply,
    Span,
    Table,
    TextInput,
    row,
    say,
    with_error,
)
from bot.events import Command, Event, Handle, Opened, Press
from tests.adapters.test_playground_room import Room, furnished, opened

CHROMIUM = shutil.which("chromium")
ROOT = Path(__file__).parent.parent.parent
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
NASTY = "<img src=x onerror=document.title='taken'> <!channel> **x** \u202eabc مرحبا 👩🏽\u200d💻"
PICTURE = "https://pictures.invalid/3.png"

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None and os.environ.get("CI") != "true", reason="no chromium here"),
]

EVERY_BLOCK = Card(
    (
        Heading("窓口課の一週間"),
        Paragraph(
            (
                Span("12件", "strong"),
                Span("一覧", link="https://example.org/"),
                Span("@気付 はな", mention=Handle("playground", "hanako")),
                Span("先週より多い", "muted"),
            )
        ),
        Quote(NASTY, "気付 はな"),
        Facts((("気づき", "12件"), ("感謝", "5件"))),
        Heading("規範ごと", 2),
        Chart("規範ごとの気づき", ("1 顧客視点", "2 シンプル"), (7, 0), "件"),
        Chart("週ごと", ("10/5", "10/12", "10/19"), (3, 5, 4), "件", "line"),
        Table("課ごと", ("課", "気づき"), (("総合窓口課", "12"), ("コールセンター課", "8")), (1,)),
        Image(PICTURE, "手をつなぐ人たち"),
        Divider(),
        Choice("numbers", "合う規範", (Option("1", "1 顧客視点", "「住所」から"), Option("2", "2")), ("1",), many=True),
        Choice("kind", "種類", (Option("a", "気づき"), Option("b", "提案")), ("a",), error="選んでください"),
        Choice("unit", "課", (Option("a", "窓口課"), Option("b", "電話課", "電話")), look="menu"),
        Choice("more", "ほかの規範", (Option("3", "3"), Option("4", "4")), ("3",), many=True, look="menu"),
        PersonPick("who", "相手", ("playground/hanako",), many=True),
        TextInput("text", "ひとこと", "ありがとう", "10字以上", 3, required=True, error="短すぎます"),
        TextInput("day", "いつまで", "2026-11-30", format="date"),
        TextInput("time", "時刻", "20:00", format="time"),
        row(
            Button("confirm", "登録する", "1", "primary"),
            Button("compose", "直す"),
            Button("discard", "捨てる", "1", "danger", "捨てますか。"),
            Button("", "一覧", link="https://example.org/"),
        ),
    ),
    "窓口課の一週間：気づき12件",
)
DIALOG = Card(
    (
        Heading("感謝を送る"),
        PersonPick("who", "だれに", many=True),
        TextInput("text", "ひとこと", lines=3, required=True),
        row(Button("save", "送る", "", "primary")),
    ),
    "感謝を送る",
)


def replies(event: Event) -> Reply:
    """A small conversation: every block, a draft to confirm, a dialog that insists on a text."""
    match event:
        case Command(text="all"):
            return Reply(EVERY_BLOCK)
        case Command(name="kudos") | Press(action="compose"):
            return Reply(DIALOG, "dialog")
        case Press(action="save") if not event.first("text"):
            return Reply(with_error(DIALOG, "text", "書いてください"), "dialog", replaces=True)
        case Press(action="save"):
            who = "、".join(event.fields["who"])
            return Reply(Card((say(f"{who} に送りました"),), "送りました"), "here")
        case Press():
            return Reply(Card((say("登録しました"),), "登録しました"), "me", replaces=True)
        case Opened():
            return Reply(Card((Heading("こんにちは"), row(Button("compose", "書く"))), "ホーム"), "home")
        case _:
            text = event.text if isinstance(event, Command) else ""
            draft = (say("確かめてください"), Quote(text), row(Button("confirm", "登録する", "", "primary")))
            return Reply(Card(draft, f"下書き {text}"))


class Served:
    """The room, run by a thread of its own."""

    def __init__(self, folder: Path) -> None:
        self._loop = asyncio.new_event_loop()
        self._stop = asyncio.Event()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._loop.run_until_complete, args=(self._serve(folder),))
        self.room: Room
        self._thread.start()
        assert self._ready.wait(20)

    async def _serve(self, folder: Path) -> None:
        async with opened(folder, furnished()) as self.room:
            self.room.bot.answer = replies
            self._ready.set()
            await self._stop.wait()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.room.client.port}/playground/"

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)
        self._loop.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield found
        found.close()


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    served = Served(tmp_path)
    yield served
    served.close()


@pytest.fixture
def window(browser: Browser, served: Served) -> Iterator[Callable[..., Page]]:
    contexts = []

    def open_as(account: str, *, width: int = 1280, dark: bool = False, lang: str = "ja") -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": 800},
            color_scheme="dark" if dark else "light",
            reduced_motion="reduce",
            locale="ja-JP",
        )
        contexts.append(context)
        context.route("https://*/**", lambda route: route.abort())
        page = context.new_page()
        page.set_default_timeout(5_000)
        enter(page, served.url, account, lang)
        return page

    yield open_as
    for context in contexts:
        context.close()


def enter(page: Page, url: str, account: str, lang: str = "ja") -> None:
    page.goto(f"{url}as/{account}?lang={lang}")
    page.wait_for_selector("body[data-ready]")
    if page.locator("#hints").is_visible():
        page.click("#hints-close")


def say_in(page: Page, text: str) -> None:
    page.fill("#text", text)
    page.keyboard.press("Escape")
    page.press("#text", "Enter")
    expect(page.locator("#text")).to_have_value("")


def faults(page: Page) -> list[Any]:
    found = Axe().run(page).response["violations"]
    return [(f["id"], [n["html"][:160] for n in f["nodes"]]) for f in found]


# Every language, and every pair of light and width; not all twelve together, for axe is slow.
@pytest.mark.parametrize(
    ("lang", "dark", "width"),
    [("ja", False, 1280), ("ja", True, 390), ("en", True, 1280), ("en", False, 390), ("ja-easy", True, 390)],
)
def test_axe_finds_nothing(window: Callable[..., Page], served: Served, *, lang: str, dark: bool, width: int) -> None:
    page = window("hanako", lang=lang, dark=dark, width=width)
    say_in(page, "/kizuki all")
    page.wait_for_selector(".figure")
    for summary in page.locator(".message summary").all():
        summary.click()
    assert faults(page) == []
    page.fill("#text", "/kudos @")
    page.wait_for_selector("#completions li")
    assert faults(page) == []
    say_in(page, "/kudos")
    page.fill("dialog .search", "a")
    page.wait_for_selector("dialog [role=option]")
    assert faults(page) == []
    page.click("dialog [data-action=save]")
    page.wait_for_selector("dialog [aria-invalid=true]")
    assert faults(page) == []
    page.click("dialog.card-dialog [data-close]")
    page.click("[data-action=discard]")
    assert faults(page) == []
    page.keyboard.press("Escape")
    page.click("#hints-open")
    assert faults(page) == []
    page.click("#hints-close")
    if width < 600:
        page.click("#menu")
        assert faults(page) == []
    page.click("[data-place=home]")
    page.wait_for_selector("#home .card")
    assert faults(page) == []
    page.goto(f"{served.url}?lang={lang}")
    assert faults(page) == []


def test_what_people_type_is_shown_and_does_nothing(window: Callable[..., Page]) -> None:
    taro, hanako = window("taro"), window("hanako")
    for page in (taro, hanako):
        page.click("[data-place=hiroba]")
    say_in(taro, NASTY)
    expect(hanako.locator(".said")).to_have_text(NASTY, use_inner_text=False)
    say_in(taro, f"/kizuki {NASTY}")
    expect(taro.locator("blockquote .typed")).to_have_text(NASTY)
    assert taro.locator(".log img").count() == 0
    assert "taken" not in taro.title() + hanako.title()
    expect(taro.locator(".badge.only")).to_have_count(2)
    expect(hanako.locator(".message")).to_have_count(1)


def test_a_note_by_keyboard_alone(window: Callable[..., Page]) -> None:
    page = window("hanako")
    page.focus("#text")
    page.keyboard.type("/kiz")
    page.wait_for_selector("#completions li")
    page.keyboard.press("Enter")
    expect(page.locator("#text")).to_have_value("/kizuki ")
    page.keyboard.press("Escape")
    page.keyboard.type("音が小さい")
    page.keyboard.press("Enter")
    button = page.locator("[data-action=confirm]")
    expect(button).to_be_visible()
    page.keyboard.press("Shift+Tab")
    expect(button).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(".message.bot")).to_contain_text("登録しました")
    expect(page.locator(".message.bot")).to_be_focused()
    expect(page.locator("#live")).to_contain_text("登録しました")


def test_thanks_in_a_dialog_by_keyboard(window: Callable[..., Page], served: Served) -> None:
    page = window("hanako")
    say_in(page, "/kudos")
    search = page.locator("dialog .search")
    expect(search).to_be_focused()
    page.keyboard.type("taro")
    page.keyboard.press("ArrowDown")
    assert search.get_attribute("aria-activedescendant")
    page.keyboard.press("Enter")
    expect(page.locator("dialog .chip")).to_contain_text("窓口 たろう")
    page.click("dialog [data-action=save]")
    expect(page.locator("dialog textarea")).to_be_focused()
    expect(page.locator("dialog .error", has_text="書いてください")).to_be_visible()
    page.fill("dialog textarea", "ありがとう")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("dialog.card-dialog")).to_have_count(0)
    expect(page.locator("#text")).to_be_focused()
    expect(page.locator(".message.bot")).to_contain_text("に送りました")
    presses = [e for e in served.room.bot.events if isinstance(e, Press)]
    assert [p.action for p in presses] == ["save", "save"]


def test_nothing_typed_is_lost_when_the_server_fails(window: Callable[..., Page], served: Served) -> None:
    page = window("hanako")
    page.route("**/api/say*", lambda route: route.abort())
    page.fill("#text", "消えないで")
    page.press("#text", "Enter")
    expect(page.locator("#composer-error")).not_to_be_empty()
    expect(page.locator("#text")).to_have_value("消えないで")
    page.reload()
    page.wait_for_selector("body[data-ready]")
    expect(page.locator("#text")).to_have_value("消えないで")
    page.unroute("**/api/say*")
    page.press("#text", "Enter")
    expect(page.locator(".message.bot")).to_contain_text("消えないで")
    assert len(served.room.bot.events) == 1


def test_a_draft_waits_in_its_place_and_unread_places_say_so(window: Callable[..., Page]) -> None:
    hanako, taro = window("hanako"), window("taro")
    hanako.fill("#text", "書きかけ")
    hanako.click("[data-place=hiroba]")
    expect(hanako.locator("#text")).to_have_value("")
    taro.click("[data-place=madoguchi]")
    say_in(taro, "おはよう")
    expect(hanako.locator("[data-place=madoguchi] .dot")).to_be_visible()
    hanako.click("[data-place=madoguchi]")
    expect(hanako.locator(".said")).to_have_text("おはよう")
    expect(hanako.locator("[data-place=madoguchi] .dot")).to_be_hidden()
    hanako.go_back()
    hanako.go_back()
    expect(hanako.locator("#text")).to_have_value("書きかけ")


def test_on_a_phone_nothing_runs_off_the_side(window: Callable[..., Page], served: Served) -> None:
    page = window("hanako", width=390)
    say_in(page, "/kizuki all")
    page.wait_for_selector(".figure")
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    assert page.evaluate("document.querySelector('#scroller').scrollWidth") <= 390
    assert page.evaluate("document.documentElement.scrollHeight") == 800
    assert page.evaluate("scrollY") == 0
    page.click("#menu")
    expect(page.locator("#side")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#menu")).to_be_focused()


def test_the_time_it_shows_moves_in_every_window(window: Callable[..., Page]) -> None:
    hanako, taro = window("hanako"), window("taro")
    hanako.click("#next")
    for page in (hanako, taro):
        expect(page.locator("#now")).to_have_text("11月21日（土）9:00")


@pytest.fixture(scope="module")
def demo() -> Iterator[str]:
    """`kizuki demo` as a visitor starts it."""
    command = [sys.executable, "-c", "from adapters.cli import main; main()", "demo", "--port", "0"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        assert process.stdout is not None
        lines = iter(process.stdout.readline, "")
        address = next((found[0] for line in lines if (found := re.search(r"http://127\.0\.0\.1:\d+", line))), "")
        yield f"{address}/playground/"
        process.terminate()
        process.wait(10)


def test_a_visitors_first_minute(browser: Browser, demo: str) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 800}, reduced_motion="reduce")
    page = context.new_page()
    page.goto(demo)
    page.fill("#q", "kizuki")
    page.click("a.person:visible")
    page.wait_for_selector("body[data-ready]")
    page.click("[data-try=post]")
    expect(page.locator("#text")).not_to_have_value("")
    page.press("#text", "Enter")
    # Results of the last survey may be on their way into the same channel.
    expect(page.locator(".message.bot", has_text="どの規範に関わる気づきですか")).to_be_visible()
    page.click("[data-try=confirm]")
    page.keyboard.press("Enter")
    expect(page.locator("[data-hint=confirm]")).to_have_class("tried")
    with context.expect_page() as opening:
        page.click("[data-try=manager]")
    manager = opening.value
    manager.wait_for_selector("body[data-ready]")
    page.click("[data-try=digest]")
    expect(manager.locator(".message.bot h3").first).to_be_visible(timeout=20_000)
    expect(page.locator("[data-hint=manager]")).to_have_class("tried", timeout=20_000)
    context.close()
