"""What Adaptive Cards 1.5 lets a card say, for the elements kizuki draws: anything else is a fault.

No package carries 1.5's JSON schema, so this is written from its documentation (adaptivecards.io/explorer) and checked
against the schema there. `msteams` and charts are Teams' own: of a chart, its fallback is looked at.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import date, time
from typing import Any
from urllib.parse import urlsplit

Json = Mapping[str, Any]
Check = Callable[[Any], bool]


def one_of(*values: object) -> Check:
    """One of some values."""
    return lambda found: any(found is v or (found == v and type(found) is type(v)) for v in values)


def is_text(found: object) -> bool:
    """Text that is there."""
    return isinstance(found, str) and found != ""


def any_text(found: object) -> bool:
    """Text, also an empty one."""
    return isinstance(found, str)


def is_web(found: object) -> bool:
    """An address of a web page."""
    return isinstance(found, str) and urlsplit(found).scheme in ("http", "https") and " " not in found


def is_day(found: object) -> bool:
    """A day as YYYY-MM-DD."""
    return isinstance(found, str) and date.fromisoformat(found).isoformat() == found


def is_time(found: object) -> bool:
    """A time as HH:MM."""
    return isinstance(found, str) and f"{time.fromisoformat(found):%H:%M}" == found


def is_list(found: object) -> bool:
    """A list, whose parts are looked at by themselves."""
    return isinstance(found, list)


def is_object(found: object) -> bool:
    """An object, which is looked at by itself."""
    return isinstance(found, dict)


FLAG = one_of(True, False)
SPACING = one_of("None", "Small", "Default", "Medium", "Large", "ExtraLarge", "Padding")
SIDE = one_of("Left", "Center", "Right")
COLOUR = one_of("Default", "Dark", "Light", "Accent", "Good", "Warning", "Attention")
SIZE = one_of("Small", "Default", "Medium", "Large", "ExtraLarge")
WEIGHT = one_of("Lighter", "Default", "Bolder")
QUERY = one_of("graph.microsoft.com/users", "graph.microsoft.com/users?scope=currentContext")

ELEMENT: dict[str, Check] = {"spacing": SPACING, "separator": FLAG, "id": is_text}
INPUT: dict[str, Check] = {
    **ELEMENT,
    "id": is_text,
    "label": is_text,
    "isRequired": FLAG,
    "errorMessage": is_text,
    "placeholder": is_text,
}
ACTION: dict[str, Check] = {"title": is_text, "style": one_of("positive", "destructive")}
WORDS: dict[str, Check] = {"text": is_text, "weight": WEIGHT, "size": SIZE, "isSubtle": FLAG, "color": COLOUR}

KINDS: dict[str, dict[str, Check]] = {
    "AdaptiveCard": {
        "$schema": one_of("http://adaptivecards.io/schemas/adaptive-card.json"),
        "version": one_of("1.5"),
        "lang": one_of("ja", "en"),
        "speak": is_text,
        "fallbackText": is_text,
        "body": is_list,
        "actions": is_list,
    },
    "TextBlock": {**ELEMENT, **WORDS, "wrap": FLAG, "style": one_of("default", "heading")},
    "RichTextBlock": {**ELEMENT, "inlines": is_list, "horizontalAlignment": SIDE},
    "TextRun": {**WORDS, "underline": FLAG, "selectAction": is_object},
    "Container": {**ELEMENT, "items": is_list, "style": one_of("default", "emphasis")},
    "Image": {**ELEMENT, "url": is_web, "altText": is_text},
    # Written firstRowAsHeader in the published schema, and read as firstRowAsHeaders by every renderer.
    "Table": {**ELEMENT, "columns": is_list, "rows": is_list, "firstRowAsHeaders": FLAG},
    "TableRow": {"cells": is_list},
    "TableCell": {"items": is_list},
    "ActionSet": {**ELEMENT, "actions": is_list},
    "Input.ChoiceSet": {
        **INPUT,
        "choices": is_list,
        # Teams' own, as part of 1.6: a search for people.
        "choices.data": is_object,
        "isMultiSelect": FLAG,
        "style": one_of("compact", "expanded", "filtered"),
        "value": is_text,
        "wrap": FLAG,
    },
    "Data.Query": {"dataset": QUERY},
    "Input.Text": {**INPUT, "isMultiline": FLAG, "value": is_text},
    "Input.Date": {**INPUT, "value": is_day},
    "Input.Time": {**INPUT, "value": is_time},
    "Action.Execute": {**ACTION, "verb": is_text, "data": is_object, "fallback": is_object},
    "Action.Submit": {**ACTION, "data": is_object},
    "Action.OpenUrl": {**ACTION, "url": is_web},
    "Action.ShowCard": {**ACTION, "card": is_object},
}
UNNAMED: dict[str, dict[str, Check]] = {
    "choices": {"title": is_text, "value": any_text},
    "columns": {"width": lambda found: isinstance(found, int) and found > 0, "horizontalCellContentAlignment": SIDE},
}
NEEDED: dict[str, tuple[str, ...]] = {
    "TextBlock": ("text", "wrap"),
    "RichTextBlock": ("inlines",),
    "TextRun": ("text",),
    "Container": ("items",),
    "Image": ("url", "altText"),
    "Table": ("columns", "rows", "firstRowAsHeaders"),
    "TableRow": ("cells",),
    "TableCell": ("items",),
    "ActionSet": ("actions",),
    "AdaptiveCard": ("body",),
    "Data.Query": ("dataset",),
    "Input.ChoiceSet": ("id", "label", "choices"),
    "Input.Text": ("id", "label"),
    "Input.Date": ("id", "label"),
    "Input.Time": ("id", "label"),
    "Action.Execute": ("title", "verb", "data", "fallback"),
    "Action.Submit": ("title", "data"),
    "Action.OpenUrl": ("url",),
    "Action.ShowCard": ("title", "card"),
}
TOP = ("$schema", "version", "lang", "speak", "fallbackText", "body")
BLOCKS = ("TextBlock", "RichTextBlock", "Container", "Image", "Table", "ActionSet", "Input.ChoiceSet")
BODY = (*BLOCKS, "Input.Text", "Input.Date", "Input.Time")
ACTIONS = ("Action.Execute", "Action.Submit", "Action.OpenUrl", "Action.ShowCard")
# Which kinds may stand in a list or property.
INSIDE: dict[str, tuple[str, ...]] = {
    "body": BODY,
    "items": BODY,
    "actions": ACTIONS,
    "inlines": ("TextRun",),
    "rows": ("TableRow",),
    "cells": ("TableCell",),
    "selectAction": ("Action.OpenUrl",),
    "fallback": ("Action.Submit", "Table"),
    "card": ("AdaptiveCard",),
    "choices.data": ("Data.Query",),
}
SHAPES = {
    "Chart.HorizontalBar": ("title", "displayMode", "data"),
    "Chart.Line": ("title", "yAxisTitle", "data"),
}
PLACES = ("type", "fallback", "spacing", "separator")


def faults(card: Json) -> list[str]:
    """What is wrong with a whole card."""
    found = [f"no {key}" for key in TOP if key not in card]
    found += _faults({k: v for k, v in card.items() if k != "msteams"}, ("AdaptiveCard",), "card")
    idents = [one["id"] for one in within(card) if "id" in one and str(one.get("type")).startswith("Input.")]
    found += [f"{ident} twice" for ident in idents if idents.count(ident) > 1]
    return found


def within(found: Any) -> Iterator[dict[str, Any]]:
    """Every object in a card."""
    if isinstance(found, dict):
        yield found
    parts = found.values() if isinstance(found, dict) else found if isinstance(found, list) else ()
    for part in parts:
        yield from within(part)


def _faults(found: Any, allowed: tuple[str, ...], at: str) -> list[str]:
    if not isinstance(found, dict):
        return [f"{at} is no object"]
    kind = str(found.get("type"))
    if kind in SHAPES and "TextBlock" in allowed:
        return _chart_faults(found, f"{at}/{kind}")
    if kind not in allowed:
        return [f"{at} may not hold {kind}"]
    rules = KINDS[kind]
    at = f"{at}/{kind}"
    wrong = [f"{at} lacks {key}" for key in NEEDED.get(kind, ()) if key not in found]
    for key, value in found.items():
        if key != "type":
            wrong += [f"{at}.{key}"] if key not in rules or not _right(rules[key], value) else _below(key, value, at)
    return wrong + _wrong_in(found, at)


def _right(check: Check, value: object) -> bool:
    try:
        return check(value)
    except ValueError:
        return False


def _below(key: str, value: Any, at: str) -> list[str]:
    if key in UNNAMED:
        rules = UNNAMED[key]
        right = all(set(one) == set(rules) and all(_right(rules[k], v) for k, v in one.items()) for one in value)
        return [] if right else [f"{at}.{key} has something else in it"]
    if key not in INSIDE:
        return []
    parts = value if isinstance(value, list) else [value]
    return [fault for part in parts for fault in _faults(part, INSIDE[key], f"{at}.{key}")]


def _wrong_in(found: Json, at: str) -> list[str]:
    """What no single property tells."""
    match found["type"]:
        case "ActionSet":
            return [] if 0 < len(found["actions"]) <= 6 else [f"{at} has {len(found['actions'])} actions"]
        case "RichTextBlock" if not found.get("inlines"):
            return [f"{at} is empty"]
        case "Table":
            wide = {len(row.get("cells", ())) for row in found["rows"]}
            return [] if wide == {len(found["columns"])} else [f"{at} is ragged"]
        case "Input.ChoiceSet":
            return _choice_faults(found, at)
        case "Action.Execute":
            same = {k: v for k, v in found["fallback"].items() if k != "type"}
            ours = {k: v for k, v in found.items() if k not in ("type", "verb", "fallback")}
            return [] if same == ours and found["verb"] == found["data"]["a"] else [f"{at} has another fallback"]
        case _:
            return []


def _choice_faults(found: Json, at: str) -> list[str]:
    values = [choice["value"] for choice in found["choices"]]
    chosen = found["value"].split(",") if "value" in found else []
    searched = "choices.data" in found
    wrong = [f"{at}: {v} twice" for v in values if values.count(v) > 1] if len(values) < 300 else []
    wrong += [f"{at}: chosen {v} is no choice" for v in chosen if not searched and v not in values]
    wrong += [f"{at}: several chosen"] if len(chosen) > 1 and not found.get("isMultiSelect") else []
    return wrong + [f"{at}: {v} has a comma" for v in values if "," in v]


def _chart_faults(found: Json, at: str) -> list[str]:
    """A chart: what Teams documents of it, and the table in its place."""
    known = (*SHAPES[found["type"]], *PLACES)
    wrong = [f"{at}.{key}" for key in found if key not in known] + [
        f"{at} lacks {k}" for k in known[:4] if k not in found
    ]
    series = found["data"] if found["type"] == "Chart.HorizontalBar" else found["data"][0]["values"]
    wrong += [] if series else [f"{at} has no data"]
    for point in series:
        finite = isinstance(point.get("y"), int | float) and abs(point["y"]) < float("inf")
        wrong += [] if set(point) == {"x", "y"} and is_text(point["x"]) and finite else [f"{at}: {point}"]
    labels = [point["x"] for point in series]
    wrong += [f"{at}: {label} twice" for label in set(labels) if labels.count(label) > 1]
    return wrong + _faults(found.get("fallback"), ("Table",), at)
