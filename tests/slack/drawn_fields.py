"""Buttons and fields as HTML."""

import html
from collections.abc import Mapping
from typing import Any

from tests.slack import drawn_text

Shape = Mapping[str, Any]
INITIAL = ("initial_value", "initial_date", "initial_time", "initial_user")
EMPTY = {
    "datepicker": "日付を選ぶ",
    "timepicker": "時刻を選ぶ",
    "users_select": "人を選ぶ",
    "multi_users_select": "人を選ぶ",
}


def field(block: Shape, error: str) -> str:
    """An input block with its label, its hint and what is wrong with it."""
    optional = ' <span class="optional">(任意)</span>' if block.get("optional") else ""
    label = f'<label class="title">{drawn_text.text(block["label"])}{optional}</label>'
    hint = f'<div class="hint">{drawn_text.text(block["hint"])}</div>' if "hint" in block else ""
    wrong = f'<div class="error">⚠ {html.escape(error)}</div>' if error else ""
    return f'<div class="block{" wrong" if error else ""}">{label}{element(block["element"])}{hint}{wrong}</div>'


def element(found: Shape) -> str:
    """A button, a choice, a menu or a field."""
    match found["type"]:
        case "button":
            return f'<button class="{found.get("style", "")}">{drawn_text.text(found["text"])}</button>'
        case "checkboxes" | "radio_buttons":
            return "".join(_choice(found, option) for option in found["options"])
        case "image":
            return (
                f'<img class="picture" src="{html.escape(found["image_url"])}" alt="{html.escape(found["alt_text"])}">'
            )
        case _:
            return _box(found)


def _chosen(found: Shape) -> list[Shape]:
    return list(found.get("initial_options") or filter(None, [found.get("initial_option")]))


def _choice(found: Shape, option: Shape) -> str:
    kind = "checkbox" if found["type"] == "checkboxes" else "radio"
    checked = " checked" if option in _chosen(found) else ""
    about = f'<div class="hint">{drawn_text.text(option["description"])}</div>' if "description" in option else ""
    return f'<label class="choice"><input type="{kind}"{checked}> {drawn_text.text(option["text"])}{about}</label>'


def _box(found: Shape) -> str:
    """A field with what stands in it, or else its placeholder in grey."""
    values = [html.escape(str(found[name])) for name in INITIAL if found.get(name)]
    values += [f"@{html.escape(u)}" for u in found.get("initial_users", ())]
    values += [drawn_text.text(option["text"]) for option in _chosen(found)]
    placeholder = (
        drawn_text.text(found["placeholder"]) if "placeholder" in found else EMPTY.get(found["type"], "&nbsp;")
    )
    inner = "、".join(values) or f'<span class="placeholder">{placeholder}</span>'
    fold = " ▾" if found["type"].endswith("select") else ""
    return f'<div class="input{" tall" if found.get("multiline") else ""}">{inner}{fold}</div>'
