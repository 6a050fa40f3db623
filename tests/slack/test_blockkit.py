"""The linter refuses what Slack refuses, rule by rule, and takes what Slack draws."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.slack.blockkit import Surface, faults, message_faults, view_faults

Json = dict[str, Any]


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def option(value: str, text: str = "あ") -> Json:
    return {"text": plain(text), "value": value}


def button(**more: Any) -> Json:
    return {"type": "button", "text": plain("押す"), "action_id": "a", **more}


def actions(*elements: Json) -> Json:
    return {"type": "actions", "elements": list(elements)}


def asks(element: Json, **more: Any) -> Json:
    return {"type": "input", "label": plain("欄"), "element": element, **more}


def rich(*runs: Json) -> Json:
    return {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": list(runs)}]}


def run(text: str) -> Json:
    return {"type": "text", "text": text}


def boxes(count: int, **more: Any) -> Json:
    return asks({"type": "checkboxes", "options": [option(str(n)) for n in range(count)], **more})


def menu(count: int, **more: Any) -> Json:
    return asks({"type": "static_select", "options": [option(str(n)) for n in range(count)], **more})


def grouped(groups: int, label: str = "組") -> Json:
    found = [{"label": plain(label), "options": [option(str(n))]} for n in range(groups)]
    return asks({"type": "static_select", "option_groups": found})


def table(*rows: list[str], **more: Any) -> Json:
    return {"type": "table", "rows": [[{"type": "raw_text", "text": c} for c in row] for row in rows], **more}


def chart(names: list[str], values: list[float], **more: Any) -> Json:
    data = [{"label": a, "value": b} for a, b in zip(names, values, strict=False)]
    drawn = {"type": "bar", "series": [{"name": "件", "data": data}], "axis_config": {"categories": names}, **more}
    return {"type": "data_visualization", "title": "図", "chart": drawn}


def section(text: str = "文", **more: Any) -> Json:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}, **more}


GOOD: dict[str, tuple[Surface, list[Json]]] = {
    "section": ("home", [section(fields=[plain("x" * 2000)] * 10, accessory=button())]),
    "header": ("message", [{"type": "header", "text": plain("x" * 150)}]),
    "context": ("message", [{"type": "context", "elements": [plain("x")] * 10}]),
    "actions": ("home", [actions(*(button(action_id=str(n), value="v" * 2000) for n in range(25)))]),
    "image": ("message", [{"type": "image", "image_url": "https://example.jp/a.png", "alt_text": "絵"}]),
    "rich text": ("message", [rich(run("a"), {"type": "link", "url": "https://example.jp", "text": "b"})]),
    "people": ("modal", [asks({"type": "multi_users_select", "initial_users": ["U1", "W2"]})]),
    "boxes": ("modal", [boxes(10, initial_options=[option("3")])]),
    "menu": ("message", [menu(100, placeholder=plain("x" * 150), initial_option=option("99"))]),
    "groups": ("modal", [grouped(100, "x" * 75)]),
    "days": ("modal", [asks({"type": "datepicker", "initial_date": "2026-11-24"})]),
    "times": ("modal", [asks({"type": "timepicker", "initial_time": "18:00"})]),
    "text": ("modal", [asks({"type": "plain_text_input", "multiline": True, "initial_value": "x" * 3000})]),
    "table": (
        "message",
        [table(["a", "b"], ["1", "2"], column_settings=[{"align": "right", "is_wrapped": True}, None])],
    ),
    "charts": ("message", [chart(["a", "b"], [1, 2.5]), chart(["a"], [0])]),
    "alert": ("modal", [{"type": "alert", "text": plain("注意"), "level": "warning"}]),
    "fifty": ("message", [{"type": "divider"}] * 50),
    "hundred": ("home", [{"type": "divider"}] * 100),
}

BAD: dict[str, tuple[Surface, list[Json], str]] = {
    "unknown block": ("message", [{"type": "marquee"}], "unknown block"),
    "no block": ("message", [[]], "unknown block"),  # type: ignore[list-item]
    "unknown key": ("message", [{"type": "divider", "colour": "red"}], "unknown key colour"),
    "unknown element": ("message", [actions({"type": "slider"})], "may not stand here"),
    "key of an element": ("message", [actions(button(disabled=True))], "unknown key disabled"),
    "51 in a message": ("message", [{"type": "divider"}] * 51, "51 items"),
    "101 in a dialog": ("modal", [{"type": "divider"}] * 101, "101 items"),
    "none": ("home", [], "0 items"),
    "all text": ("message", [section("x" * 2_700)] * 5, "msg_blocks_too_long"),
    "block id": ("message", [section(block_id="x" * 256)], "256 characters"),
    "same block id": ("message", [section(block_id="a"), section(block_id="a")], "'a' 2 times"),
    "action id": ("message", [actions(button(action_id="x" * 256))], "256 characters"),
    "same action id": ("message", [actions(button(), button())], "'a' 2 times in one block"),
    "header": ("message", [{"type": "header", "text": plain("x" * 151)}], "151 characters"),
    "header in markup": ("message", [{"type": "header", "text": {"type": "mrkdwn", "text": "x"}}], "mrkdwn"),
    "emoji count twice": ("message", [{"type": "header", "text": plain("🙂" * 76)}], "152 characters"),
    "section": ("message", [section("x" * 3_001)], "3001 characters"),
    "empty section": ("message", [section("")], "0 characters"),
    "section of nothing": ("message", [{"type": "section"}], "neither text nor fields"),
    "fields": ("message", [section(fields=[plain("x")] * 11)], "11 items"),
    "field": ("message", [section(fields=[plain("x" * 2_001)])], "2001 characters"),
    "context": ("message", [{"type": "context", "elements": [plain("x")] * 11}], "11 items"),
    "actions": ("message", [actions(*(button(action_id=str(n)) for n in range(26)))], "26 items"),
    "no actions": ("message", [actions()], "0 items"),
    "button text": ("message", [actions({**button(), "text": plain("x" * 76)})], "76 characters"),
    "button value": ("message", [actions(button(value="x" * 2_001))], "2001 characters"),
    "button address": ("message", [actions(button(url="javascript:alert(1)"))], "not an http address"),
    "button style": ("message", [actions(button(style="plain"))], "style 'plain'"),
    "question": (
        "message",
        [actions(button(confirm={"title": plain("t"), "text": plain("x" * 301)}))],
        "301 characters",
    ),
    "question's keys": ("message", [actions(button(confirm={"title": plain("t")}))], "missing deny"),
    "11 boxes": ("modal", [boxes(11)], "11 items"),
    "no options": ("modal", [boxes(0)], "0 items"),
    "option text": ("modal", [asks({"type": "radio_buttons", "options": [option("1", "x" * 76)]})], "76 characters"),
    "option value": ("modal", [asks({"type": "radio_buttons", "options": [option("x" * 151)]})], "151 characters"),
    "empty value": ("modal", [asks({"type": "radio_buttons", "options": [option("")]})], "0 characters"),
    "same option": ("modal", [asks({"type": "radio_buttons", "options": [option("1"), option("1")]})], "one value"),
    "initial option": ("modal", [boxes(2, initial_options=[option("9")])], "not one of the options"),
    "initial text": ("modal", [boxes(2, initial_options=[option("1", "別")])], "not one of the options"),
    "no initial": ("modal", [boxes(2, initial_options=[])], "0 items"),
    "one for many": ("modal", [boxes(2, initial_option=option("1"))], "initial_option"),
    "101 options": ("modal", [menu(101)], "101 items"),
    "101 groups": ("modal", [grouped(101)], "101 items"),
    "group's label": ("modal", [grouped(1, "x" * 76)], "76 characters"),
    "options and groups": ("modal", [asks({"type": "static_select"})], "either options or option_groups"),
    "placeholder": ("modal", [menu(1, placeholder=plain("x" * 151))], "151 characters"),
    "label": ("modal", [{**menu(1), "label": plain("x" * 2_001)}], "2001 characters"),
    "hint": ("modal", [{**menu(1), "hint": plain("x" * 2_001)}], "2001 characters"),
    "empty label": ("modal", [{**menu(1), "label": plain("")}], "0 characters"),
    "text given": ("modal", [asks({"type": "plain_text_input", "initial_value": "x" * 3_001})], "3001 characters"),
    "text length": ("modal", [asks({"type": "plain_text_input", "max_length": 3_001})], "not 1 to 3000"),
    "no length": ("modal", [asks({"type": "plain_text_input", "max_length": 0})], "not 1 to 3000"),
    "longer than allowed": (
        "modal",
        [asks({"type": "plain_text_input", "max_length": 2, "initial_value": "abc"})],
        "3 characters",
    ),
    "day": ("modal", [asks({"type": "datepicker", "initial_date": "2026/11/24"})], "not YYYY-MM-DD"),
    "day that is none": ("modal", [asks({"type": "datepicker", "initial_date": "2026-02-30"})], "not YYYY-MM-DD"),
    "time": ("modal", [asks({"type": "timepicker", "initial_time": "9:00"})], "not HH:mm"),
    "user": ("modal", [asks({"type": "users_select", "initial_user": "slack/T1:U1"})], "not the id of a user"),
    "users": ("modal", [asks({"type": "multi_users_select", "initial_users": ["hanako"]})], "not the id of a user"),
    "button as a field": ("modal", [asks(button())], "may not stand here"),
    "field among buttons": ("message", [actions({"type": "plain_text_input"})], "may not stand here"),
    "picture": ("message", [{"type": "image", "image_url": "data:x", "alt_text": "絵"}], "not an http address"),
    "picture without words": ("message", [{"type": "image", "image_url": "https://a.jp/", "alt_text": ""}], "0 char"),
    "empty run": ("message", [rich(run(""))], "0 characters"),
    "empty rich text": ("message", [{"type": "rich_text", "elements": []}], "0 items"),
    "empty section of it": ("message", [rich()], "0 items"),
    "link": ("message", [rich({"type": "link", "url": "javascript:alert(1)"})], "not an http address"),
    "mention": ("message", [rich({"type": "user", "user_id": "@hanako"})], "not the id of a user"),
    "style": ("message", [rich({**run("a"), "style": {"blink": True}})], "unknown key blink"),
    "unknown run": ("message", [rich({"type": "plain_text", "text": "a"})], "unknown run"),
    "table in a dialog": ("modal", [table(["a"])], "no table in a modal"),
    "two tables": ("message", [table(["a"]), table(["b"])], "2 of table"),
    "table rows": ("message", [table(*[["a"]] * 101)], "101 items"),
    "table columns": ("message", [table(["a"] * 21)], "21 items"),
    "uneven": ("message", [table(["a", "b"], ["c"])], "different widths"),
    "empty cell": ("message", [table(["a", ""])], "0 characters"),
    "cell of text": ("message", [{"type": "table", "rows": [[plain("a")]]}], "unknown cell"),
    "table settings": ("message", [table(["a"], column_settings=[{}] * 21)], "21 items"),
    "table alignment": ("message", [table(["a"], column_settings=[{"align": "middle"}])], "align 'middle'"),
    "table text": ("message", [table(*[["x" * 101]] * 100)], "characters in tables"),
    "three charts": ("message", [chart(["a"], [1])] * 3, "3 of data_visualization"),
    "chart at home": ("home", [chart(["a"], [1])], "no data_visualization in a home"),
    "chart title": ("message", [{**chart(["a"], [1]), "title": "x" * 51}], "51 characters"),
    "chart type": ("message", [chart(["a"], [1], type="donut")], "type 'donut'"),
    "chart label": ("message", [chart(["x" * 21], [1])], "21 characters"),
    "chart labels": ("message", [chart([str(n) for n in range(21)], list(range(21)))], "21 items"),
    "same labels": ("message", [chart(["a", "a"], [1, 2])], "one twice"),
    "missing value": ("message", [chart(["a", "b"], [1])], "not one value for each"),
    "no series": ("message", [chart(["a"], [1], series=[])], "0 items"),
    "not a number": ("message", [chart(["a"], [float("nan")])], "nan"),
    "infinite": ("message", [chart(["a"], [float("inf")])], "inf"),
    "null": ("message", [section(accessory=None)], "None"),
    "alert in a message": ("message", [{"type": "alert", "text": plain("x")}], "no alert in a message"),
    "focus twice": (
        "modal",
        [asks({"type": "plain_text_input", "focus_on_load": True}) for _ in "ab"],
        "focus_on_load more than once",
    ),
}


@pytest.mark.parametrize("name", GOOD)
def test_what_slack_draws(name: str) -> None:
    surface, blocks = GOOD[name]
    assert faults(blocks, surface) == []


@pytest.mark.parametrize("name", BAD)
def test_what_slack_refuses(name: str) -> None:
    surface, blocks, words = BAD[name]
    found = faults(blocks, surface)
    assert any(words in fault for fault in found), found


def modal(**more: Any) -> Json:
    return {"type": "modal", "title": plain("題"), "blocks": [section()], **more}


@pytest.mark.parametrize(
    ("view", "words"),
    [
        (modal(title=plain("x" * 25)), "25 characters"),
        (modal(title=plain("")), "0 characters"),
        (modal(submit=plain("x" * 25)), "25 characters"),
        (modal(close={"type": "mrkdwn", "text": "x"}), "mrkdwn"),
        (modal(blocks=[menu(1)]), "need submit"),
        (modal(private_metadata="x" * 3_001), "3001 characters"),
        (modal(callback_id="x" * 256), "256 characters"),
        (modal(colour="red"), "unknown key colour"),
        (modal(notify_on_close="yes"), "not true or false"),
        ({"type": "modal", "blocks": [section()]}, "view/title"),
        ({"type": "home", "title": plain("題"), "blocks": [section()]}, "unknown key title"),
        ({"type": "home", "submit": plain("送"), "blocks": [section()]}, "unknown key submit"),
        ({"type": "window", "blocks": []}, "neither a modal nor a home"),
        (modal(blocks=[section("x" * 3_000)] * 90), "view_too_large"),
    ],
)
def test_views_that_slack_refuses(view: Json, words: str) -> None:
    found = view_faults(view)
    assert any(words in fault for fault in found), found


def test_a_whole_view() -> None:
    view = modal(submit=plain("送信"), close=plain("閉じる"), blocks=[menu(2)], private_metadata="{}", callback_id="k")
    assert view_faults(view) == []
    assert view_faults({"type": "home", "callback_id": "k", "blocks": [section()]}) == []


@pytest.mark.parametrize(
    ("payload", "word"),
    [
        ({"blocks": [section()]}, "no_text"),
        ({"text": "  "}, "no_text"),
        ({"text": "x" * 40_001}, "msg_too_long"),
        ({"text": "x", "blocks": {}}, "invalid_blocks_format"),
        ({"text": "x", "blocks": [section("")]}, "blocks/0/text/text"),
    ],
)
def test_messages_that_slack_refuses(payload: Json, word: str) -> None:
    found = message_faults(payload)
    assert any(fault.startswith(word) for fault in found), found


@pytest.mark.parametrize("broken", [lambda b: b | {"type": 3}, lambda b: b | {"text": 3}, lambda b: {"text": b}])
def test_nonsense_is_a_fault_and_never_a_crash(broken: Callable[[Json], Json]) -> None:
    for surface, blocks in GOOD.values():
        assert faults([broken(dict(b)) for b in blocks], surface)
