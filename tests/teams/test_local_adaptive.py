"""The look at Adaptive Cards finds typing errors and what Teams would drop without a word."""

import copy
from typing import Any

import pytest

from tests.teams import activities, adaptive
from tests.teams.desk import card, execute, field, message, numbers, opens, people, submit, text
from tests.teams.tenant import Json


def table(*cells: str, columns: int = 1) -> Json:
    made = [{"type": "TableCell", "items": [text(c)]} for c in cells]
    row = {"type": "TableRow", "cells": made}
    return {"type": "Table", "columns": [{"width": 1}] * columns, "rows": [row], "firstRowAsHeader": True}


def chart(**more: Any) -> Json:
    return {"type": "Chart.HorizontalBar", "title": "表", "data": [{"x": "#1", "y": 3}], "fallback": table("a"), **more}


LINE = {
    "type": "Chart.Line",
    "data": [{"legend": "件", "values": [{"x": "4月", "y": 1.5}]}],
    "fallback": table("a"),
}
AT = {"type": "mention", "text": "<at>Taro</at>", "mentioned": {"id": "29:1", "name": "Taro"}}
RUN = {"type": "RichTextBlock", "inlines": ["あ", {"type": "TextRun", "text": "い", "weight": "Bolder"}]}
FACTS = {"type": "FactSet", "facts": [{"title": "件", "value": "1"}]}
COLUMNS = {"type": "ColumnSet", "columns": [{"type": "Column", "width": "stretch", "items": [text("あ")]}]}
ASKS = {"type": "Action.ShowCard", "title": "消す", "card": card(text("本当に？"), actions=[execute("x", "消す")])}
IMAGE = {"type": "Image", "url": "https://kizuki.example/a.png", "altText": "絵"}

GOOD: list[Json] = [
    card(text("題", style="heading"), RUN, FACTS, COLUMNS, IMAGE, table("a"), chart(), LINE),
    card(
        numbers("1", "2"),
        people(value="x"),
        field("a", isRequired=True, errorMessage="書く"),
        actions=[opens("x", "y")],
    ),
    card(text("<at>Taro</at> へ"), msteams={"width": "Full", "entities": [AT]}),
    card(
        actions=[
            execute("a", "あ", v="1"),
            ASKS,
            {"type": "Action.OpenUrl", "title": "見る", "url": "https://a.example"},
        ]
    ),
    card(
        {"type": "ActionSet", "actions": [submit("x", "y", style="positive")]}, lang="ja", speak="題", fallbackText="題"
    ),
]


@pytest.mark.parametrize("found", GOOD)
def test_good_cards_have_no_faults(found: Json) -> None:
    assert adaptive.faults(found) == []


def without(found: Json, name: str) -> Json:
    return {n: v for n, v in found.items() if n != name}


BAD: dict[str, tuple[Any, str]] = {
    "no card": ([], "no AdaptiveCard"),
    "newer": ({**card(), "version": "1.6"}, "version"),
    "no version": (without(card(), "version"), "version"),
    "empty": ({"type": "AdaptiveCard", "version": "1.5", "body": []}, "is empty"),
    "typo in card": (card(fallbacktext="x"), "knows no 'fallbacktext'"),
    "typo in element": (card(text("x", colour="good")), "knows no 'colour'"),
    "typo in value": (card(text("x", color="Gud")), "is none of"),
    "unknown element": (card({"type": "Textblock", "text": "x"}), "unknown element"),
    "no text": (card({"type": "TextBlock"}), "needs text"),
    "blank text": (card(text("  ")), "is no said"),
    "text as number": (card(text(3)), "is no said"),  # type: ignore[arg-type]
    "wrap as word": (card({**text("x"), "wrap": "true"}), "is no flag"),
    "run": (card({"type": "RichTextBlock", "inlines": [{"type": "TextBlock", "text": "x"}]}), "no TextRun"),
    "run typo": (card({"type": "RichTextBlock", "inlines": [{"type": "TextRun", "text": "x", "bold": True}]}), "bold"),
    "facts": (card({"type": "FactSet", "facts": [{"title": "x"}]}), "is no facts"),
    "no alt": (card(without(IMAGE, "altText")), "needs altText"),
    "script": (card({**IMAGE, "url": "javascript:1"}), "is no picture"),
    "no id": (card(without(field("a"), "id")), "needs id"),
    "no label": (card(without(field("a"), "label")), "needs label"),
    "twice": (card(field("a"), field("a")), "is there twice"),
    "twice in a question": (
        card(field("a"), actions=[{**ASKS, "card": card(field("a"), actions=[submit("x", "y")])}]),
        "is there twice",
    ),
    "reserved": (card({**field("a"), "id": "msteams"}), "cannot be called"),
    "no error": (card(field("a", isRequired=True)), "needs an errorMessage"),
    "no choices": (card({**numbers(), "choices": []}), "needs choices"),
    "not offered": (card(numbers("9")), "not offered"),
    "one of two": (card(numbers("1,2", many=False)), "not offered"),
    "comma": (card({**numbers(), "choices": [{"title": "x", "value": "a,b"}]}), "with a comma"),
    "same value": (card({**numbers(), "choices": [{"title": "x", "value": "a"}] * 2}), "same value"),
    "data set": (card({**people(), "choices.data": {"type": "Data.Query", "dataset": "users"}}), "is no query"),
    "date": (card({"type": "Input.Date", "id": "d", "label": "日", "value": "24/11/2026"}), "is no date"),
    "time": (card({"type": "Input.Time", "id": "d", "label": "時", "value": "25:00"}), "is no time"),
    "cells": (card(table("a", columns=2)), "has 1 cells of 2"),
    "chart alone": (card(without(chart(), "fallback")), "needs a fallback"),
    "chart value": (card(chart(data=[{"x": "a", "y": "3"}])), "is no points"),
    "chart nan": (card(chart(data=[{"x": "a", "y": float("nan")}])), "is no points"),
    "bad fallback": (card(chart(fallback={"type": "Tabel"})), "unknown element 'Tabel'"),
    "chart typo": (card(chart(titel="x")), "knows no 'titel'"),
    "line": (card({**LINE, "data": [{"legend": "x", "values": []}]}), "is no lines"),
    "no fallback": (card(actions=[without(execute("a", "あ"), "fallback")]), "needs fallback"),
    "no verb": (card(actions=[without(execute("a", "あ"), "verb")]), "needs verb"),
    "no title": (card(actions=[without(submit("a", "あ"), "title")]), "needs title"),
    "unknown action": (card(actions=[{"type": "Action.Http", "title": "x"}]), "unknown action"),
    "style": (card(actions=[submit("a", "あ", style="primary")]), "is none of"),
    "page": (card(actions=[{"type": "Action.OpenUrl", "title": "x", "url": "javascript:1"}]), "is no page"),
    "seven": (card(actions=[submit(f"a{n}", "あ") for n in range(7)]), "7 actions"),
    "task typo": (card(actions=[submit("a", "あ", data={"msteams": {"type": "task/fech"}})]), "means nothing"),
    "collision": (card({**field("a"), "id": "a"}, actions=[submit("a", "あ")]), "both called 'a'"),
    "inner version": (card(actions=[{**ASKS, "card": {**card(), "version": "1.4"}}]), "version"),
    "mention alone": (card(text("<at>Taro</at>")), "has no entity"),
    "entity alone": (card(text("Taro"), msteams={"entities": [AT]}), "stands in no text"),
    "nobody": (card(text("<at>Taro</at>"), msteams={"entities": [{**AT, "mentioned": {}}]}), "needs mentioned"),
    "width": (card(msteams={"width": "full!"}), "width is Full"),
    "toggles": (card(actions=[{"type": "Action.ToggleVisibility", "title": "x", "targetElements": ["y"]}]), "'y'"),
    "lang": (card(lang="ja-easy"), "is no language"),
}


@pytest.mark.parametrize(("found", "why"), BAD.values(), ids=BAD)
def test_each_fault_is_found(found: Any, why: str) -> None:
    faults = adaptive.faults(found)
    assert any(why in fault for fault in faults), faults


def test_each_surface_has_its_own_buttons() -> None:
    sent, run, dialog = (card(actions=[a]) for a in (submit("a", "あ"), execute("a", "あ"), opens("a", "あ")))
    assert adaptive.faults(sent, "dialog") == []
    assert "Action.Execute" in adaptive.faults(run, "dialog")[0]
    assert "message alone" in adaptive.faults(dialog, "dialog")[0]
    assert adaptive.faults(sent, "plain")
    assert adaptive.faults(run, "plain")
    assert adaptive.faults(card(field("a")), "plain")


def test_looking_changes_nothing() -> None:
    before = copy.deepcopy(GOOD)
    for found in GOOD:
        adaptive.faults(found)
    assert before == GOOD


ACTIVITIES: dict[str, tuple[Json, str]] = {
    "typo": ({**message(), "sumary": "x"}, "knows no 'sumary'"),
    "no summary": (without(message(), "summary"), "without a summary"),
    "format": ({"type": "message", "text": "x", "textFormat": "html"}, "textFormat"),
    "kind": ({"type": "message", "attachments": [{"contentType": "card"}], "summary": "x"}, "shown to nobody"),
    "card": (message({"type": "Textblock"}), "attachments[0].card.body[0]: unknown element"),
    "mention": ({"type": "message", "text": "Taro", "entities": [AT]}, "stands not in the text"),
    "consent": (
        {
            "type": "message",
            "summary": "x",
            "attachments": [{"contentType": activities.CONSENT, "name": "a", "content": {"sizeInBytes": 0}}],
        },
        "no size",
    ),
    "info": ({"type": "message", "summary": "x", "attachments": [{"contentType": activities.INFO}]}, "a file needs"),
}


@pytest.mark.parametrize(("found", "why"), ACTIVITIES.values(), ids=ACTIVITIES)
def test_faults_of_activities(found: Json, why: str) -> None:
    faults = activities.faults(found)
    assert any(why in fault for fault in faults), faults


def test_good_activities() -> None:
    told: Json = {"type": "message", "text": "<at>Taro</at>", "entities": [AT], "textFormat": "plain"}
    info = {"uniqueId": "1", "fileType": "json"}
    file = {"contentType": activities.INFO, "name": "a", "contentUrl": "https://a.example", "content": info}
    for found in (message(), told, {"type": "message", "summary": "x", "attachments": [file]}, {"type": "typing"}):
        assert activities.faults(found) == []
