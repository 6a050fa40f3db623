"""Every card as Slack gets it: what was approved stays as it was, and Slack would draw cards of any size."""

import json
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from adapters.app import CONTENT
from adapters.slack import render
from adapters.slack.fit import size
from adapters.slack.limits import LIMITS
from adapters.slack.render import Drawing, Surface
from bot import cards
from bot.cards import (
    Block,
    Button,
    Buttons,
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
    Span,
    Table,
    TextInput,
)
from bot.events import Handle
from bot.organisation import LANGUAGES, Organisation
from bot.phrases import Speak, load
from bot.settings import Settings
from bot.turn import House
from storage.engines import open_database
from tests.cards import cases
from tests.conftest import MORNING
from tests.databases import migrated
from tests.slack import blockkit
from tests.talk import Talk, resettled

PHRASES = load(CONTENT / "locales", LANGUAGES)
GOLDEN = Path(__file__).parents[1] / "golden"


@pytest.fixture
async def small(house: House, tmp_path: Path) -> AsyncIterator[Talk]:
    """A conversation of its own: the case list changes the organisation's language."""
    found = Settings(organisation=Organisation(name={"ja": "試験都庁", "en": "Test City"}))
    url = f"sqlite:///{tmp_path}/golden.db"
    migrated(url)
    database = open_database(url)
    yield await Talk.begin(resettled(house, found), database, now=datetime.fromisoformat(MORNING))
    database.close()


def drawn(card: Card, t: Speak, surface: Surface) -> dict[str, Any]:
    """A card on one of Slack's surfaces."""
    drawing = Drawing(t, "T1", surface)
    match surface:
        case "message":
            return render.message(card, drawing)
        case "modal":
            return render.modal(card, drawing, about={"c": "C1"})
        case "home":
            return render.home(card, drawing)


def faults(found: dict[str, Any], surface: Surface) -> list[str]:
    """What Slack would refuse."""
    return blockkit.message_faults(found) if surface == "message" else blockkit.view_faults(found)


@pytest.mark.parametrize("lang", ["ja", "en"])
async def test_every_card_looks_as_it_was_approved(small: Talk, lang: str, update_golden: bool) -> None:
    t = small.house.phrases.bound(lang)
    found: dict[str, dict[str, Any]] = {}
    for name, card in (await cases(small, lang)).items():
        found[name] = drawn(card, t, "message")
        if _asks(card):
            found[f"{name} as a dialog"] = drawn(card, t, "modal")
    text = "\n".join(f"=== {name}\n{_lines(one)}" for name, one in found.items()) + "\n"
    file = GOLDEN / f"slack.{lang}.txt"
    if update_golden:
        file.write_text(text, encoding="utf-8")
    assert file.read_text(encoding="utf-8") == text, f"{file.name}: look, then --update-golden"


def _lines(found: dict[str, Any]) -> str:
    """A block a line."""
    head = json.dumps({k: v for k, v in found.items() if k != "blocks"}, ensure_ascii=False)
    return "\n".join((head, *(json.dumps(b, ensure_ascii=False) for b in found["blocks"])))


def _asks(card: Card) -> bool:
    return any(isinstance(b, Choice | PersonPick | TextInput) for b in card.blocks)


@pytest.mark.parametrize("lang", ["ja", "en", "ja-easy"])
async def test_slack_would_draw_every_card_on_every_surface(small: Talk, lang: str) -> None:
    t = small.house.phrases.bound(lang)
    for name, card in (await cases(small, lang)).items():
        surfaces: tuple[Surface, ...] = ("message", "modal", "home")
        for surface in surfaces:
            assert faults(drawn(card, t, surface), surface) == [], (name, surface)


async def test_the_text_of_a_message_says_everything_the_card_says(small: Talk) -> None:
    t = small.house.phrases.bound("ja")
    for name, card in (await cases(small, "ja")).items():
        text = drawn(card, t, "message")["text"]
        for block in card.blocks:
            if isinstance(block, Quote | Heading) and len(block.text) < 200 and name != "every_block":
                assert block.text in text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&"), name


async def test_easy_blocks_keep_a_persons_words_as_they_are(small: Talk) -> None:
    words = "<!channel> <@U1> *a* `b` :tada: &amp; https://x.example/"
    found = drawn(Card((Quote(words, "<@U2>"),), words), small.house.phrases.bound("ja"), "message")
    quote = found["blocks"][0]["elements"][0]["elements"]
    assert quote == [{"type": "text", "text": words}]
    assert "<" not in found["text"].replace("&lt;", "")


async def test_a_mention_notifies_only_people_of_this_organisation(small: Talk) -> None:
    spans = (Span("花子", mention=Handle("slack", "T1:U1")), Span("よそ", mention=Handle("slack", "T2:U2")))
    found = drawn(Card((Paragraph(spans),), "x"), small.house.phrases.bound("ja"), "message")
    assert found["blocks"][0]["elements"][0]["elements"] == [
        {"type": "user", "user_id": "U1"},
        {"type": "text", "text": "よそ"},
    ]


async def test_only_the_first_table_and_two_charts_are_slacks_own(small: Talk) -> None:
    t = small.house.phrases.bound("ja")
    figures: tuple[Block, ...] = (
        *(Table("表", ("名", "件"), (("窓口", "3"),), (1,)) for _ in range(2)),
        *(Chart("棒", ("#1", "#2"), (3, 1), "件") for _ in range(3)),
    )
    kinds = [b["type"] for b in drawn(Card(figures, "x"), t, "message")["blocks"]]
    assert kinds.count("table") == 1
    assert kinds.count("data_visualization") == 2
    kinds = [b["type"] for b in drawn(Card(figures, "x"), t, "modal")["blocks"]]
    assert set(kinds) == {"rich_text"}


async def test_a_chart_without_figures_is_text(small: Talk) -> None:
    t = small.house.phrases.bound("ja")
    for chart in (Chart("空", (), ()), Chart("無", ("a",), (float("nan"),))):
        found = drawn(Card((chart,), "x"), t, "message")
        assert faults(found, "message") == []


async def test_what_is_left_out_is_said_and_what_can_be_pressed_stays(small: Talk) -> None:
    t = small.house.phrases.bound("ja")
    long = tuple(Quote("長い話。" * 400, "誰か") for _ in range(80))
    card = Card((*long, cards.row(Button("note.confirm", "記録する", "1", "primary"))), "x")
    found = drawn(card, t, "message")
    assert faults(found, "message") == []
    assert found["blocks"][-1]["elements"][0]["text"] == t("slack.shortened")
    assert any(b["type"] == "actions" for b in found["blocks"])


texts = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=400)
words = st.text("あ亜a😀 <&>\n", min_size=1, max_size=160)
names = st.integers(0, 3).map(lambda n: f"f{n}")
values = st.one_of(st.integers(0, 400).map(str), st.text('あ"\n😀', min_size=1, max_size=200))
options = st.lists(st.builds(Option, values, words, words), min_size=0, max_size=230)
links = st.sampled_from(
    ["", "https://a.example/", "javascript:alert(1)", "https://a.example/" + "x" * 3_000, "ftp://x/"]
)
people = st.integers(0, 130).map(lambda n: tuple(f"slack/T1:U{i}" for i in range(n)))
numbers = st.floats(allow_nan=True, allow_infinity=True)


@st.composite
def tables(draw: st.DrawFn) -> Table:
    """Any table, far larger than Slack takes."""
    cells = st.lists(words, max_size=24).map(tuple)
    rows = draw(st.lists(cells, max_size=6))
    return Table(draw(words), draw(cells), tuple(rows) * draw(st.integers(1, 40)), (0,))


@st.composite
def charts(draw: st.DrawFn) -> Chart:
    """Any chart."""
    values = tuple(draw(st.lists(numbers, max_size=30)))
    labels = tuple(draw(words) for _ in values)
    return Chart(draw(words), labels, values, draw(st.text(max_size=30)), draw(st.sampled_from(["bar", "line"])))


blocks = st.one_of(
    st.builds(Heading, words, st.integers(1, 3)),
    st.builds(Paragraph, st.lists(st.builds(Span, texts, link=links), max_size=3).map(tuple)),
    st.builds(Image, links, texts),
    st.builds(Quote, texts.map(lambda t: t * 40), texts),
    st.builds(Facts, st.lists(st.tuples(texts, texts), max_size=14).map(tuple)),
    tables(),
    charts(),
    st.builds(Divider),
    st.builds(
        Buttons,
        st.lists(
            st.builds(
                Button,
                st.just("a.b"),
                words,
                values.map(lambda v: v * 12),
                st.sampled_from(["plain", "primary", "danger"]),
                texts,
                links,
            ),
            max_size=30,
        ).map(tuple),
    ),
)
fields = st.one_of(
    st.builds(
        Choice,
        names,
        words,
        options.map(tuple),
        many=st.booleans(),
        look=st.sampled_from(["list", "menu"]),
        error=texts,
    ),
    st.builds(PersonPick, names, words, people, many=st.booleans()),
    st.builds(TextInput, names, words, texts.map(lambda t: t * 12), texts, st.integers(1, 5)),
    st.builds(
        TextInput,
        names,
        words,
        st.sampled_from(["", "2026-11-24", "2026-13-01", "20261124", "18:00", "25:00", "8:5", "x"]),
        format=st.sampled_from(["date", "time"]),
    ),
)


@st.composite
def any_card(draw: st.DrawFn) -> Card:
    """Any card, of any size."""
    asked = draw(st.lists(fields, max_size=5))
    found = [*draw(st.lists(blocks, max_size=12)) * draw(st.integers(1, 12)), *asked]
    return Card(tuple(found), draw(words), "ja")


# Shrinking a card of thousands of lines takes minutes and tells no more than its faults do.
@settings(max_examples=200, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
@given(card=any_card(), surface=st.sampled_from(["message", "modal", "home"]))
def test_slack_would_draw_a_card_of_any_size(card: Card, surface: Surface) -> None:
    found = drawn(card, PHRASES.bound("ja"), surface)
    wrong = faults(found, surface)
    assert wrong == [], wrong[:3]
    most = LIMITS.message_text_in_blocks if surface == "message" else LIMITS.view_text_in_blocks
    assert size(found["blocks"]) <= most
