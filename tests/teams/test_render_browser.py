"""Every card in the renderer that Teams' own is made from: drawn without a complaint, readable, and as it was typed."""

import asyncio
import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from bot import cards
from bot.cards import Button, Card, Choice, Facts, Heading, Option, Paragraph, Quote, Span, Table, TextInput
from bot.events import Handle
from bot.organisation import Organisation
from bot.settings import Settings
from bot.turn import House
from storage.engines import open_database
from tests.cards import cases
from tests.conftest import MORNING
from tests.databases import migrated
from tests.talk import Talk, resettled
from tests.teams import jsrender
from tests.teams.jsrender import PHONE, draw, look, look_all, opened
from tests.teams.test_render import SURFACES, TARO, TENANT, content, drawn

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(bool(jsrender.missing()) and os.environ.get("CI") != "true", reason=jsrender.missing()),
]

Cards = dict[str, Card]
TYPED = (
    "<at>everyone</at> <b>x</b> &lt; <img src=x onerror=alert(1)>",
    "[x](http://evil.example/) ![y](http://evil.example/p.png) <http://evil.example/>",
    "**太字** _斜_ `code` ~~消~~ \\*",
    "# 見出し",
    "1. 一つ",
    "- 一つ",
    "> 引用",
    "---",
    "[x]: http://evil.example/",
    "${title} {{DATE(2026-11-24T00:00:00Z, LONG)}} {{TIME(2026-11-24T00:00:00Z)}}",
    "\u202e右から\u202c 👩🏽\u200d💻 مرحبا",
)


def every_card(house: House, folder: Path, lang: str) -> Cards:
    """All cards of the product in one language."""
    url = f"sqlite:///{folder}/{lang}.db"
    migrated(url)
    database = open_database(url)
    found = resettled(house, Settings(organisation=Organisation(name={"ja": "試験都庁", "en": "Test City"})))

    async def all_cards() -> Cards:
        return await cases(await Talk.begin(found, database, now=datetime.fromisoformat(MORNING)), lang)

    try:
        return asyncio.run(all_cards())
    finally:
        database.close()


@pytest.fixture(scope="module")
def every(house: House, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Cards]:
    """All cards in all languages: made before the browser, which brings an event loop of its own."""
    folder = tmp_path_factory.mktemp("cards")
    return {lang: every_card(house, folder, lang) for lang in ("ja", "en", "ja-easy")}


@pytest.fixture(scope="module")
def browser(every: dict[str, Cards]) -> Iterator[Browser]:
    """A browser for all tests here."""
    with jsrender.browser() as found:
        yield found


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page to draw on that has nothing to complain of."""
    found, wrong = opened(browser, "ja")
    yield found
    found.close()
    assert wrong == []


def shown(page: Page, *blocks: cards.Block) -> dict[str, Any]:
    """What is to be seen of some blocks."""
    assert draw(page, {"one": content(drawn(Card(blocks, "まとめ")))}) == {"one": []}
    return look(page, "one")


def presses(page: Page) -> list[Any]:
    """What the buttons of a page will have sent."""
    sent: list[Any] = []
    page.expose_function("sent", lambda data: sent.append(data))
    page.evaluate("() => { AdaptiveCards.AdaptiveCard.onExecuteAction = action => window.sent(action.data) }")
    return sent


@pytest.mark.parametrize("lang", ["ja", "en", "ja-easy"])
def test_every_card_is_drawn_and_axe_finds_nothing(every: dict[str, Cards], browser: Browser, lang: str) -> None:
    for surface in SURFACES:
        page, wrong = opened(browser, lang)
        found = draw(page, {name: content(drawn(card, surface, lang)) for name, card in every[lang].items()})
        assert {name: faults for name, faults in found.items() if faults} == {}, surface
        assert lang != "ja" or _serious(page) == [], surface
        looked = look_all(page)
        assert [name for name, _ in looked] == list(found)
        for name, seen in looked:
            card = every[lang][name]
            assert (seen["unnamed"], seen["made"], seen["scripts"]) == ([], [], 0), name
            assert set(seen["links"]) <= _links(card), name
            assert [one.replace("\u200b", "") for one in seen["headings"]] == _headings(card, surface), name
        assert wrong == []
        page.close()


def _serious(page: Page) -> list[tuple[str, str]]:
    """What axe finds; in one language, as the others have the same elements, and it is slow."""
    found = [one for one in Axe().run(page).response["violations"] if one["impact"] in ("serious", "critical")]
    return [(one["id"], one["nodes"][0]["html"]) for one in found]


def _links(card: Card) -> set[str]:
    return {s.link for b in card.blocks if isinstance(b, Paragraph) for s in b.spans if s.link.startswith("https://")}


def _headings(card: Card, surface: str) -> list[str]:
    found = [" ".join(b.text.split()) for b in card.blocks if isinstance(b, Heading)]
    titled = surface == "dialog" and isinstance(card.blocks[0], Heading) and len(found[0]) <= 60
    return found[1:] if titled else found


def test_what_a_person_typed_is_shown_and_does_nothing(page: Page) -> None:
    assert draw(page, {words: content(drawn(_typed(words))) for words in TYPED}) == {words: [] for words in TYPED}
    looked = look_all(page)
    assert [words for words, _ in looked] == list(TYPED)
    for words, seen in looked:
        text = seen["text"].replace("\u200b", "")
        assert text.count(words) >= 13, text
        assert (seen["made"], seen["links"], seen["pictures"], seen["scripts"]) == ([], [], [], 0), words


def _typed(words: str) -> Card:
    """A card with these words wherever somebody's words can stand."""
    person = Span("太郎", mention=Handle("teams", f"{TENANT}:{TARO}"))
    blocks = (
        Heading(words),
        Quote(words, words),
        cards.say(words),
        Paragraph((person, Span(f" {words}"))),
        Facts(((words, words),)),
        Table(words, (words, "件"), ((words, "1"),), (1,)),
        Choice("c", words, (Option("1", words, words),), error=words),
        TextInput("t", words, words, words),
        cards.row(Button("a.b", words)),
    )
    return Card(blocks, "まとめ")


def test_a_tables_columns_have_names_and_a_charts_figures_can_be_read(page: Page) -> None:
    chart = cards.Chart("規範ごと", ("1 顧客視点", "2 シンプル"), (3, 0), "件")
    seen = shown(page, Table("課ごと", ("課", "気づき"), (("窓口課", "12"),), (1,)), chart)
    assert seen["tables"] == ["課", "気づき", "項目", "件"]
    assert all(words in seen["text"] for words in ("課ごと", "窓口課", "12", "規範ごと（件）", "1 顧客視点", "3"))


def test_a_question_unfolds_and_its_button_sends_every_field(page: Page) -> None:
    sent = presses(page)
    shown(
        page,
        Choice("n", "合う規範", (Option("a,b", "1"), Option("2", "2"), Option("3", "3")), ("3",), many=True),
        TextInput("t", "ひとこと", "はい,いいえ"),
        cards.row(Button("note.delete", "取り消す", "7", "danger", "本当に？")),
    )
    page.get_by_label("1", exact=True).check()
    page.get_by_role("button", name="取り消す").click()
    page.get_by_role("button", name="はい、取り消す").click()
    page.wait_for_timeout(50)
    assert sent == [{"a": "note.delete", "v": "7", "m:n": "a%2Cb,3", "t:t": "はい,いいえ"}]


def test_a_field_that_must_be_filled_in_says_so_before_anything_is_sent(page: Page) -> None:
    sent = presses(page)
    seen = shown(page, TextInput("t", "ひとこと", required=True), cards.row(Button("a.b", "送る")))
    assert "ひとこと *" in seen["text"]
    page.get_by_role("button", name="送る").click()
    assert page.get_by_text("「ひとこと」を入力してください。").is_visible()
    assert sent == []


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_on_a_phone_nothing_runs_off_the_side(every: dict[str, Cards], browser: Browser, lang: str) -> None:
    page, wrong = opened(browser, lang, PHONE)
    draw(page, {name: content(drawn(card, "message", lang)) for name, card in every[lang].items()})
    wide = page.evaluate(
        """width => [...document.querySelectorAll('section *')].filter(
             e => e.getClientRects().length && e.getBoundingClientRect().right > width + 1
           ).map(e => e.outerHTML.slice(0, 200))""",
        PHONE + 13,
    )
    assert (wide, wrong) == ([], [])
    page.close()
