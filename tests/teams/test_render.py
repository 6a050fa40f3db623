"""Every card as Teams gets it: what was approved stays as it was, and Teams would draw cards of any size."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from adapters.app import CONTENT
from adapters.teams import render
from adapters.teams.fit import STAYS, weight
from adapters.teams.limits import LIMITS
from adapters.teams.render import Drawing, Surface
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
    File,
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
from bot.dispatch import DIALOGS
from bot.events import Handle
from bot.organisation import LANGUAGES, Organisation
from bot.phrases import load
from bot.settings import Settings
from bot.turn import House
from storage.engines import open_database
from tests.cards import cases
from tests.conftest import MORNING
from tests.databases import migrated
from tests.talk import Talk, resettled
from tests.teams.cards_schema import faults, within

PHRASES = load(CONTENT / "locales", LANGUAGES)
GOLDEN = Path(__file__).parents[1] / "golden"
TENANT = "11111111-2222-4333-8444-555555555555"
TARO, KEN = "aaaaaaaa-0000-4000-8000-000000000001", "aaaaaaaa-0000-4000-8000-000000000002"
CHAT = "https://teams.microsoft.com/l/chat/0/0?users=28:app"
SURFACES: tuple[Surface, ...] = ("message", "dialog", "plain")


@pytest.fixture
async def small(house: House, tmp_path: Path) -> AsyncIterator[Talk]:
    """A conversation of its own: the case list changes the organisation's language."""
    found = Settings(organisation=Organisation(name={"ja": "試験都庁", "en": "Test City"}))
    url = f"sqlite:///{tmp_path}/golden.db"
    migrated(url)
    database = open_database(url)
    yield await Talk.begin(resettled(house, found), database, now=datetime.fromisoformat(MORNING))
    database.close()


def drawing(surface: Surface = "message", lang: str = "ja") -> Drawing:
    """How a card is drawn here."""
    return Drawing(PHRASES.bound(lang), TENANT, surface, DIALOGS, CHAT)


def drawn(card: Card, surface: Surface = "message", lang: str = "ja") -> dict[str, Any]:
    """An activity, or a task module's value, with the card."""
    if surface == "dialog":
        return render.dialog(card, drawing(surface, lang))
    return render.message(card, drawing(surface, lang))


def content(found: dict[str, Any]) -> dict[str, Any]:
    """The Adaptive Card alone."""
    attachment = found["card"] if "card" in found else found["attachments"][0]
    assert attachment["contentType"] == "application/vnd.microsoft.card.adaptive"
    return dict(attachment["content"])


def body(*blocks: Block, surface: Surface = "message") -> list[Any]:
    """What is drawn of some blocks."""
    return list(content(drawn(Card(blocks, "まとめ"), surface))["body"])


def said(found: object) -> list[str]:
    """The words of every element, its runs put together."""
    blocks = (one for one in within(found) if one.get("type") == "RichTextBlock")
    return ["".join(run["text"] for run in one["inlines"]) for one in blocks]


@pytest.mark.parametrize("lang", ["ja", "en"])
async def test_every_card_looks_as_it_was_approved(small: Talk, lang: str, update_golden: bool) -> None:
    found: dict[str, dict[str, Any]] = {}
    for name, card in (await cases(small, lang)).items():
        found[name] = drawn(card, "message", lang)
        if any(isinstance(b, Choice | PersonPick | TextInput) for b in card.blocks):
            found[f"{name} as a dialog"] = drawn(card, "dialog", lang)
    text = "\n".join(f"=== {name}\n{_indented(one)}" for name, one in found.items()) + "\n"
    file = GOLDEN / f"teams.{lang}.txt"
    if update_golden:
        file.write_text(text, encoding="utf-8")
    assert file.read_text(encoding="utf-8") == text, f"{file.name}: look, then --update-golden"


def _indented(found: dict[str, Any]) -> str:
    """JSON in which nothing is hidden: an invisible character is written as its number."""
    text = json.dumps(found, ensure_ascii=False, indent=1)
    return "".join(c if c.isprintable() or c in "\n\u3000" else f"\\u{ord(c):04x}" for c in text)


@pytest.mark.parametrize("lang", ["ja", "en", "ja-easy"])
async def test_every_card_is_an_adaptive_card_on_every_surface(small: Talk, lang: str) -> None:
    for name, card in (await cases(small, lang)).items():
        for surface in SURFACES:
            found = drawn(card, surface, lang)
            assert faults(content(found)) == [], (name, surface)
            assert content(found)["version"] == "1.5"
            assert weight(found) <= LIMITS.activity_bytes


async def test_the_card_says_everything_where_it_cannot_be_drawn(small: Talk) -> None:
    for name, card in (await cases(small, "ja")).items():
        found = content(drawn(card))
        instead = found["fallbackText"].replace("\u200b", "").replace("\\", "")
        for block in card.blocks:
            if isinstance(block, Heading) and len(instead) < LIMITS.fallback_text - 1:
                assert " ".join(block.text.replace("\\", "").split()) in " ".join(instead.split()), name
        assert found["speak"]


@pytest.mark.parametrize(
    "words",
    [
        "<at>everyone</at> <b>x</b> &lt; &amp;",
        "[x](http://evil.example/) ![y](http://evil.example/p.png)",
        "**太字** _斜_ `code` ~~消~~ # 見出し",
        "1. 一\n- 二\n* 三\n> 四",
        "${title} {{$root}} {0} %s",
        "行\n\n行 \u202e右から\u202c 👩🏽\u200d💻",
    ],
)
def test_a_persons_words_are_runs_as_they_were_typed(words: str) -> None:
    shown = body(Quote(words, words), cards.say(words), Facts(((words, words),)), Table("", (words,), ((words,),)))
    texts = [one["text"] for one in within(shown) if one.get("type") == "TextRun"]
    assert texts == [words, f"— {words}", words, f"{words}\u2003", words, words, words]
    assert [one for one in within(shown) if one.get("type") == "TextBlock"] == []


def test_a_day_that_teams_would_fill_in_is_parted_and_still_reads_as_typed() -> None:
    words = "いま {{DATE(2026-11-24T00:00:00Z, LONG)}} と {{TIME(2026-11-24T00:00:00Z)}}"
    button = Button("a.b", words)
    shown = body(Quote(words), Choice("c", words, (Option("1", words),)), cards.row(button), Image("x", words))
    assert said(shown)[0] == words
    for text in (one.get(key, "") for one in within(shown) for key in ("text", "title", "label")):
        assert "{{DATE(" not in text
        assert "{{TIME(" not in text


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("1 顧客視点", "1 顧客視点"),
        ("#3 とことん", "#3 とことん"),
        ("# 見出し", "\u200b# 見出し"),
        ("1. 一つ", "\u200b1. 一つ"),
        ("- 一つ", "\u200b- 一つ"),
        ("*太字* と_斜_", "\\*太字\\* と\\_斜\\_"),
        ("[x](http://evil.example/)", "\u200b[x]\u200b(http://evil.example/)"),
        ("<b>&lt;", "<\u200bb>&\u200blt;"),
        ("R&D; a & b&amp;", "R&\u200bD; a & b&\u200bamp;"),
        ("C:\\共有 \\*", "C:\\共有 \\\\\\*"),
        ("二\n行", "二 行"),
        ("{{DATE(2026-11-24T00:00:00Z)}}", "{\u200b{DATE(2026-11-24T00:00:00Z)}}"),
    ],
)
def test_nothing_in_a_heading_is_markdown(typed: str, shown: str) -> None:
    assert body(Heading(typed))[0]["text"] == shown


def test_headings_are_headings_and_the_deeper_the_smaller() -> None:
    found = body(Heading("一"), Heading("二", 2), Heading("三", 3), Heading(" "))
    assert [(one["style"], one["size"]) for one in found] == [
        ("heading", "Large"),
        ("heading", "Medium"),
        ("heading", "Default"),
    ]


def test_spans_are_joined_with_nothing_and_links_open_pages() -> None:
    link = "https://a.example/?b=1&c=2"
    spans = (Span("前"), Span("太", "strong"), Span("外", link=link), Span("危", link="javascript:alert(1)"), Span(""))
    found = body(Paragraph(spans))[0]
    assert said(found) == ["前太外危"]
    opens = [one["selectAction"]["url"] for one in found["inlines"] if "selectAction" in one]
    assert opens == [link]


def mentioned(*spans: Span, surface: Surface = "message") -> tuple[list[Any], list[Any]]:
    """A paragraph as drawn, and whom it notifies."""
    found = content(drawn(Card((Paragraph(spans),), "x"), surface))
    return found["body"], found.get("msteams", {}).get("entities", [])


def test_a_mention_notifies_people_of_this_tenant_only() -> None:
    taro = Span("@太郎", mention=Handle("teams", f"{TENANT}:{TARO}"))
    other = Span("よその人", mention=Handle("teams", f"other:{KEN}"))
    blocks, told = mentioned(taro, Span("さん、"), other, Span(" **と** <at>everyone</at>\n次の行"))
    assert [one["text"] for one in blocks] == [
        "<at>太郎</at>さん、よその人 \\*\\*と\\*\\* <\u200bat>everyone<\u200b/at>",
        "次の行",
    ]
    assert told == [{"type": "mention", "text": "<at>太郎</at>", "mentioned": {"id": TARO, "name": "太郎"}}]


def test_two_people_of_one_name_are_two() -> None:
    taro, ken = (Span("<b>佐藤*", mention=Handle("teams", f"{TENANT}:{one}")) for one in (TARO, KEN))
    blocks, told = mentioned(taro, Span("と"), ken, Span("と"), taro)
    assert blocks[0]["text"] == "<at>b佐藤</at>と<at>b佐藤 2</at>と<at>b佐藤</at>"
    assert [one["mentioned"]["id"] for one in told] == [TARO, KEN]


@pytest.mark.parametrize("surface", ["dialog", "plain"])
def test_nobody_is_notified_by_what_one_person_sees_or_inserts(surface: Surface) -> None:
    blocks, told = mentioned(Span("太郎", mention=Handle("teams", f"{TENANT}:{TARO}")), surface=surface)
    assert (said(blocks), told) == (["太郎"], [])


def test_a_press_executes_and_old_clients_submit_the_same() -> None:
    action = body(cards.row(Button("note.confirm", "記録する", "1", "primary")))[0]["actions"][0]
    same = {"title": "記録する", "style": "positive", "data": {"a": "note.confirm", "v": "1"}}
    submit = {"type": "Action.Submit", **same}
    assert action == {"type": "Action.Execute", "verb": "note.confirm", **same, "fallback": submit}


def test_a_press_that_opens_a_dialog_asks_for_it() -> None:
    action = body(cards.row(Button("note.edit", "直す", "7")))[0]["actions"][0]
    data = {"msteams": {"type": "task/fetch"}, "a": "note.edit", "v": "7"}
    assert action == {"type": "Action.Submit", "title": "直す", "data": data}


def test_in_a_dialog_everything_is_submitted() -> None:
    actions = body(cards.row(Button("note.edit", "直す", "7"), Button("a.b", "する")), surface="dialog")[0]["actions"]
    assert [one["data"] for one in actions] == [{"a": "note.edit", "v": "7"}, {"a": "a.b", "v": ""}]
    assert {one["type"] for one in actions} == {"Action.Submit"}


def test_what_others_insert_has_nothing_to_press_but_links() -> None:
    link = Button("", "開く", link="https://a.example/")
    found = body(TextInput("t", "文"), cards.row(Button("a.b", "する"), link), surface="plain")
    assert found == [{"type": "ActionSet", "actions": [{"type": "Action.OpenUrl", "title": "開く", "url": link.link}]}]


def test_a_button_that_asks_first_unfolds_its_question() -> None:
    button = Button("note.delete", "取り消す", "3", "danger", "本当に？")
    action = body(cards.row(button))[0]["actions"][0]
    assert (action["type"], action["title"], action["style"]) == ("Action.ShowCard", "取り消す", "destructive")
    assert said(action["card"]) == ["本当に？"]
    (yes,) = action["card"]["actions"]
    assert (yes["title"], yes["data"]) == ("はい、取り消す", {"a": "note.delete", "v": "3"})
    assert (yes["type"], yes["style"]) == ("Action.Execute", "destructive")


def test_many_buttons_are_several_rows_and_a_link_to_nowhere_is_text() -> None:
    buttons = [Button("a.b", str(n)) for n in range(12)]
    *rows, lost = body(cards.row(*buttons, Button("", "壊れた", link="javascript:alert(1)")))
    assert [len(row["actions"]) for row in rows] == [5, 5, 2]
    assert said(lost) == ["壊れた"]


def test_the_first_of_two_fields_of_one_name_counts() -> None:
    found = body(TextInput("x", "一"), Choice("x", "二", (Option("1", "い"),)), PersonPick("x", "三"))
    assert [one["label"] for one in found] == ["一"]


def test_options_of_one_value_are_one_and_values_come_back_whole() -> None:
    values = ("a", "a", "b,c", "100%", "%2C", "あ")
    options = tuple(Option(value, f"選択{n}") for n, value in enumerate(values))
    found = body(Choice("c", "選ぶ", options, ("b,c", "100%", "ない"), many=True))[0]
    assert found["id"] == "m:c"
    assert [unquote(one["value"]) for one in found["choices"]] == ["a", "b,c", "100%", "%2C", "あ"]
    assert found["choices"][0]["title"] == "選択0"
    assert [unquote(one) for one in found["value"].split(",")] == ["b,c", "100%"]


def test_only_one_of_a_single_choice_is_chosen() -> None:
    found = body(Choice("c", "選ぶ", (Option("a", "あ", "説明"), Option("b", "い")), ("a", "b")))[0]
    assert (found["id"], found["value"], found["style"]) == ("c:c", "a", "expanded")
    assert found["choices"][0] == {"title": "あ — 説明", "value": "a"}


def test_long_lists_fold_and_are_searched() -> None:
    def look(count: int, **how: Any) -> str:
        options = tuple(Option(str(n), str(n)) for n in range(count))
        return str(body(Choice("c", "選ぶ", options, **how))[0]["style"])

    assert [look(12), look(13), look(16), look(16, many=True), look(3, look="menu"), look(16, look="menu")] == [
        *("expanded", "compact", "filtered", "compact", "compact", "filtered")
    ]


def test_people_are_searched_in_the_organisation() -> None:
    chosen = (f"teams/{TENANT}:{TARO}", f"teams/other:{KEN}", "slack/T1:U1", f"teams/{TENANT}:{KEN}")
    found = body(PersonPick("to", "誰に", chosen, many=True))[0]
    assert (found["id"], found["value"]) == ("p:to", f"{TARO},{KEN}")
    assert found["choices.data"] == {"type": "Data.Query", "dataset": "graph.microsoft.com/users"}
    assert body(PersonPick("to", "誰に", chosen))[0]["value"] == TARO


def test_a_fields_error_stands_above_it_with_a_sign_and_its_hint_below() -> None:
    error, field, hint = body(TextInput("t", "文", "書いた,もの", "ヒント", 3, required=True, error="長*すぎ*ます"))
    assert (error["text"], error["color"]) == ("⚠ 確認：長\\*すぎ\\*ます", "Attention")
    assert (field["id"], field["value"], field["isMultiline"]) == ("t:t", "書いた,もの", True)
    assert (field["isRequired"], field["errorMessage"]) == (True, "「文」を入力してください。")
    assert said(hint) == ["ヒント"]


@pytest.mark.parametrize(
    ("kind", "value", "shown"),
    [
        ("date", "2026-11-24", "2026-11-24"),
        ("date", "20261124", None),
        ("date", "2026-13-01", None),
        ("time", "18:00", "18:00"),
        ("time", "8:5", None),
        ("time", "25:00", None),
    ],
)
def test_a_picker_begins_with_a_real_day_or_time(kind: Any, value: str, shown: str | None) -> None:
    assert body(TextInput("d", "日", value, format=kind))[0].get("value") == shown


def test_a_tables_first_row_is_its_header_and_figures_stand_right() -> None:
    title, table = body(Table("表", ("名前", "件"), (("窓口", "3"), ("受付",), ("a", "b", "c")), (1,)))
    assert said(title) == ["表"]
    assert table["firstRowAsHeaders"] is True
    assert [said(row) for row in table["rows"]] == [["名前", "件"], ["窓口", "3"], ["受付", "\u200b"], ["a", "b"]]
    assert [column["horizontalCellContentAlignment"] for column in table["columns"]] == ["Left", "Right"]


def test_rows_that_are_left_out_are_counted() -> None:
    rows = tuple((str(n),) for n in range(130))
    *_, note = body(Table("表", ("名前",), rows))
    assert said(note) == ["ほかに30行あります。"]


def test_a_chart_has_a_table_for_where_it_is_not_drawn() -> None:
    title, bar = body(Chart("棒", ("窓口", "窓口", ""), (3, 0, 2.5), "件"))
    assert said(title) == ["棒（件）"]
    assert bar["data"] == [{"x": "窓口", "y": 3}, {"x": "窓口 2", "y": 0}, {"x": "\u200b", "y": 2.5}]
    assert said(bar["fallback"]) == ["項目", "件", "窓口", "3", "窓口", "0", "\u200b", "2.5"]
    line = body(Chart("線", ("4月", "5月"), (1, 2), shape="line"))[1]
    assert line["data"] == [{"legend": "件数", "values": [{"x": "4月", "y": 1}, {"x": "5月", "y": 2}]}]
    assert content(drawn(Card((Chart("棒", ("a",), (1,)),), "x")))["msteams"] == {"width": "Full"}


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_a_chart_of_no_number_is_a_table(value: float) -> None:
    assert body(Chart("棒", ("a", "b"), (1, value)))[1]["type"] == "Table"
    assert said(body(Chart("空", (), ()))) == ["空", "まだ数字がありません。"]


def test_a_picture_from_nowhere_is_its_words() -> None:
    assert body(Image("https://a.example/p.png", ""))[0]["altText"] == "\u200b"
    assert said(body(Image("file:///etc/passwd", "説明"))) == ["説明"]


def test_a_file_is_fetched_by_a_button() -> None:
    about, row = body(File("記録.json", "application/json", "a-token", "全部の記録"))
    assert said(about) == ["全部の記録"]
    assert row["actions"][0]["data"] == {"a": "teams.file", "v": "a-token"}


def test_a_divider_is_a_line_above_what_follows() -> None:
    found = body(Divider(), Heading("一"), Divider(), Divider(), cards.say("二"), Divider())
    assert [one.get("separator", False) for one in found] == [True, True]


def test_a_card_of_nothing_is_a_card() -> None:
    for surface in SURFACES:
        found = content(drawn(Card((Heading(""), Paragraph(()), Buttons(()), Choice("c", "選ぶ", ())), ""), surface))
        assert faults(found) == []


def test_a_dialog_is_called_by_its_heading() -> None:
    found = drawn(Card((Heading("感謝を送る"), Heading("感謝を送る", 2), TextInput("t", "文")), "x"), "dialog")
    assert (found["title"], found["width"], found["height"]) == ("感謝を送る", "medium", "small")
    assert [one["type"] for one in content(found)["body"]] == ["TextBlock", "Input.Text"]
    long = drawn(Card((Heading("長い題" * 40), TextInput("t", "文")), "x"), "dialog")
    assert len(long["title"]) <= LIMITS.dialog_title
    assert [one["type"] for one in content(long)["body"]] == ["TextBlock", "Input.Text"]


def test_the_words_around_a_card() -> None:
    found = drawn(Card((cards.say("本文"),), "まとめ <b> & 🙂\n次", "ja-easy"))
    assert found["summary"] == "まとめ <b> & 🙂 次"
    assert (content(found)["lang"], content(found)["speak"]) == ("ja", "まとめ &lt;b&gt; &amp; 🙂 次")
    assert render.plain_message(Card((cards.say("*本文*"),), "まとめ")) == {
        "type": "message",
        "textFormat": "plain",
        "text": "まとめ\n*本文*",
        "summary": "まとめ",
    }


def test_what_is_left_out_is_said_and_what_can_be_pressed_stays() -> None:
    long = tuple(Quote("長い話🙂" * 400, "誰か") for _ in range(80))
    asked = TextInput("text", "文", "書きかけ" * 500)
    card = Card((*long, asked, cards.row(Button("note.confirm", "記録する", "1", "primary"))), "x")
    found = drawn(card)
    assert weight(found) <= LIMITS.activity_bytes
    *_, field, row, note, chat = content(found)["body"]
    assert (field["value"], row["actions"][0]["verb"]) == (asked.value, "note.confirm")
    assert said(note) == [PHRASES.bound("ja")("teams.shortened")]
    assert chat["actions"][0]["url"] == CHAT
    alone = render.card(card, replace(drawing(), chat=""))
    assert said(alone["body"][-1]) == [PHRASES.bound("ja")("teams.shortened")]


def test_of_a_thousand_options_those_that_fit_stay_and_the_chosen_one_too() -> None:
    options = tuple(Option(f"{n},x", f"とても長い名前の課 {n} 番目" * 4, "説明") for n in range(1_000))
    found = drawn(Card((Choice("unit", "課", options, ("999,x",)), cards.row(Button("a.b", "する"))), "x"))
    assert weight(found) <= LIMITS.activity_bytes
    choice = content(found)["body"][0]
    assert len(choice["choices"]) > 100
    assert unquote(choice["choices"][-1]["value"]) == "999,x"
    assert faults(content(found)) == []


texts = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=400)
words = st.text("あ亜a😀 <&>*_[](){}\n", min_size=1, max_size=160)
names = st.integers(0, 3).map(lambda n: f"f{n}")
values = st.one_of(st.integers(0, 400).map(str), st.text('あ"\n😀,%', min_size=1, max_size=200))
options = st.lists(st.builds(Option, values, words, words), min_size=0, max_size=230)
links = st.sampled_from(
    ["", "https://a.example/", "javascript:alert(1)", "https://a.example/" + "x" * 3_000, "ftp://x/", "https://[a/"]
)
people = st.integers(0, 130).map(lambda n: tuple(f"teams/{TENANT}:{i}" for i in range(n)))
mentions = st.one_of(st.none(), st.integers(0, 9).map(lambda n: Handle("teams", f"{TENANT}:{n}")))
numbers = st.floats(allow_nan=True, allow_infinity=True)


@st.composite
def tables(draw: st.DrawFn) -> Table:
    """Any table, far larger than Teams takes."""
    cells = st.lists(words, max_size=24).map(tuple)
    rows = draw(st.lists(cells, max_size=6))
    return Table(draw(words), draw(cells), tuple(rows) * draw(st.integers(1, 40)), (0,))


@st.composite
def charts(draw: st.DrawFn) -> Chart:
    """Any chart."""
    figures = tuple(draw(st.lists(numbers, max_size=30)))
    labels = tuple(draw(words) for _ in figures)
    return Chart(draw(words), labels, figures, draw(st.text(max_size=30)), draw(st.sampled_from(["bar", "line"])))


buttons = st.builds(
    Button,
    st.just("a.b"),
    words,
    values.map(lambda v: v * 12),
    st.sampled_from(["plain", "primary", "danger"]),
    texts,
    links,
)
blocks = st.one_of(
    st.builds(Heading, words, st.integers(1, 3)),
    st.builds(Paragraph, st.lists(st.builds(Span, texts, link=links, mention=mentions), max_size=3).map(tuple)),
    st.builds(Image, links, texts),
    st.builds(File, texts, texts, values, texts),
    st.builds(Quote, texts.map(lambda t: t * 40), texts),
    st.builds(Facts, st.lists(st.tuples(texts, texts), max_size=14).map(tuple)),
    tables(),
    charts(),
    st.builds(Divider),
    st.builds(Buttons, st.lists(buttons, max_size=30).map(tuple)),
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
    st.builds(TextInput, names, words, texts.map(lambda t: t * 12), texts, st.integers(1, 5), error=texts),
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
    found = [*draw(st.lists(blocks, max_size=12)) * draw(st.integers(1, 8)), *asked]
    return Card(tuple(found), draw(words), "ja")


# Shrinking a card of thousands of lines takes minutes and tells no more than its faults do.
@settings(max_examples=80, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
@given(card=any_card(), surface=st.sampled_from(SURFACES))
def test_teams_would_draw_a_card_of_any_size(card: Card, surface: Surface) -> None:
    found = drawn(card, surface)
    assert weight(found) <= LIMITS.activity_bytes
    wrong = faults(content(found))
    assert wrong == [], wrong[:3]
    shortened = PHRASES.bound("ja")("teams.shortened") in said(content(found)["body"])
    alone = drawn(replace(card, blocks=tuple(b for b in card.blocks if isinstance(b, STAYS))), surface)
    if not shortened or PHRASES.bound("ja")("teams.shortened") not in said(content(alone)["body"]):
        assert _pressed(found) == _pressed(alone)
    if not shortened:
        told = said(content(found))
        assert [text for text in _typed(card) if text not in told] == []


def _pressed(found: dict[str, Any]) -> list[Any]:
    """What can be filled in and pressed, in order."""
    inputs = [one["id"] for one in within(found) if str(one.get("type")).startswith("Input.")]
    data = [one["data"] for one in within(found) if one.get("type") in ("Action.Execute", "Action.Submit")]
    return [inputs, data]


def _typed(card: Card) -> list[str]:
    return [block.text for block in card.blocks if isinstance(block, Quote) and block.text]
