"""Whether Teams would draw an Adaptive Card: what it takes, and what it drops without a word.

    assert adaptive.faults(card) == []

`surface` is where the card stands: in a message, in a dialog, or in a card that somebody inserts ("plain").
"""

import re
from collections.abc import Callable
from typing import Any, Literal

from tests.teams import values
from tests.teams.shapes import (
    ACTION,
    ACTIONS,
    CARD,
    CELL,
    COMMON,
    ELEMENTS,
    NEEDED,
    ROW,
    TABLE_COLUMN,
    TEXT_RUN,
    Rule,
    Rules,
)
from tests.teams.tenant import Json

Surface = Literal["message", "dialog", "plain"]
MOST_ACTIONS = 6
_AT = re.compile(r"<at(?: [^>]*)?>.*?</at>", re.DOTALL)
_MSTEAMS = {
    "task/fetch": ("type",),
    "imBack": ("type", "value"),
    "messageBack": ("type", "displayText", "text", "value"),
    "signin": ("type", "value"),
    "invoke": ("type", "value"),
}


def faults(card: Any, surface: Surface = "message") -> list[str]:
    """Everything that is wrong with a card, each fault with where it is."""
    look = _Look(surface)
    look.card(card, "card", outer=True)
    return look.found


class _Look:
    """One look over one card."""

    def __init__(self, surface: Surface) -> None:
        self.surface = surface
        self.found: list[str] = []
        self.ids: set[str] = set()
        self.inputs: set[str] = set()
        self._more: dict[str, Callable[[Any, str], None]] = {
            "elements": self._elements,
            "actions": self._actions,
            "action": self._action,
            "columns": lambda found, at: self._each(found, at, self._column),
            "inlines": lambda found, at: self._each(found, at, self._inline),
            "rows": lambda found, at: self._each(found, at, self._row),
            "cells": lambda found, at: self._each(found, at, self._cell),
            "table columns": lambda found, at: self._each(found, at, self._table_column),
            "card": self._inner,
            "id": self._id,
            # Both are looked at where the whole element or card is.
            "fallback": _nothing,
            "msteams": _nothing,
        }

    def fault(self, at: str, what: str) -> None:
        self.found.append(f"{at}: {what}")

    def card(self, card: Any, at: str, *, outer: bool) -> None:
        if not isinstance(card, dict) or card.get("type") != "AdaptiveCard":
            self.fault(at, "is no AdaptiveCard")
            return
        version = card.get("version", None if outer else "1.5")
        if version != "1.5":
            self.fault(at, f"version is {version!r}, not '1.5'")
        if not card.get("body") and not card.get("actions"):
            self.fault(at, "is empty")
        self._properties(card, CARD, at)
        if outer:
            self._whole(card, at)

    def _whole(self, card: Json, at: str) -> None:
        """What only the whole card shows: mentions, and what buttons carry beside the fields."""
        self._mentions(card, f"{at}.msteams")
        for name, where in _carried(card):
            if name in self.inputs:
                self.fault(where, f"data and a field are both called {name!r}")
        for where, target in _targets(card):
            if target not in self.ids:
                self.fault(where, f"nothing is called {target!r}")

    def _mentions(self, card: Json, at: str) -> None:
        told = card.get("msteams", {})
        if not isinstance(told, dict) or set(told) - {"width", "entities"}:
            self.fault(at, "holds width and entities alone")
            return
        if told.get("width", "Full") != "Full":
            self.fault(at, "width is Full or nothing")
        texts = _texts(card)
        said = {m for text in texts for m in _AT.findall(text)}
        known = set()
        for number, entity in enumerate(told.get("entities", ())):
            problem = values.mention(entity)
            if problem:
                self.fault(f"{at}.entities[{number}]", problem)
                continue
            known.add(entity["text"])
            if entity["text"] not in said:
                self.fault(f"{at}.entities[{number}]", f"{entity['text']!r} stands in no text")
        for text in sorted(said - known):
            self.fault(at, f"{text!r} has no entity")

    def _properties(self, found: Json, rules: Rules, at: str) -> None:
        for name in NEEDED.get(str(found.get("type")), ()):
            if found.get(name) in (None, "", []) and not (name == "choices" and "choices.data" in found):
                self.fault(at, f"needs {name}")
        for name, value in found.items():
            if name not in rules:
                self.fault(at, f"knows no {name!r}")
            else:
                self._value(value, rules[name], f"{at}.{name}")

    def _value(self, value: Any, rule: Rule, at: str) -> None:
        if isinstance(rule, tuple):
            if not isinstance(value, str) or value.lower() not in {w.lower() for w in rule}:
                self.fault(at, f"{value!r} is none of {', '.join(rule)}")
        elif rule in self._more:
            self._more[rule](value, at)
        elif problem := values.problem(rule, value):
            self.fault(at, problem)

    def _each(self, found: Any, at: str, one: Callable[[Any, str], None]) -> None:
        if not isinstance(found, list):
            self.fault(at, "is no list")
            return
        for number, item in enumerate(found):
            one(item, f"{at}[{number}]")

    def _elements(self, found: Any, at: str) -> None:
        self._each(found, at, self._element)

    def _element(self, found: Any, at: str) -> None:
        kind = found.get("type") if isinstance(found, dict) else None
        if kind not in ELEMENTS or kind == "Column":
            self.fault(at, f"unknown element {kind!r}")
            return
        self._properties(found, {**COMMON, **ELEMENTS[kind]}, at)
        if "fallback" in found:
            self._fallback(found["fallback"], f"{at}.fallback", self._element)
        elif kind.startswith("Chart."):
            self.fault(at, "a chart needs a fallback")
        if kind.startswith("Input."):
            self._input(found, at)
        if kind == "Table":
            self._table(found, at)

    def _fallback(self, found: Any, at: str, one: Callable[[Any, str], None]) -> None:
        """What stands in its place may have its ids."""
        if found == "drop":
            return
        ids, inputs, self.ids, self.inputs = self.ids, self.inputs, set(), set()
        one(found, at)
        self.ids, self.inputs = ids, inputs

    def _input(self, found: Json, at: str) -> None:
        if self.surface == "plain":
            self.fault(at, "nobody can send what is filled in here")
        self.inputs.add(str(found.get("id", "")))
        if found.get("id") == "msteams":
            self.fault(at, "a field cannot be called msteams")
        if found.get("isRequired") and not found.get("errorMessage"):
            self.fault(at, "is required and needs an errorMessage")
        if found["type"] == "Input.ChoiceSet":
            for problem in values.choice_problems(found):
                self.fault(at, problem)

    def _table(self, found: Json, at: str) -> None:
        columns = found.get("columns")
        for number, row in enumerate(found.get("rows") or ()):
            if isinstance(columns, list) and isinstance(row, dict) and len(row.get("cells", ())) != len(columns):
                self.fault(f"{at}.rows[{number}]", f"has {len(row.get('cells', ()))} cells of {len(columns)}")

    def _typed(self, found: Any, kind: str, rules: Rules, at: str) -> None:
        if not isinstance(found, dict) or found.get("type", kind) != kind:
            self.fault(at, f"is no {kind}")
            return
        self._properties(found, rules, at)

    def _column(self, found: Any, at: str) -> None:
        self._typed(found, "Column", {**COMMON, **ELEMENTS["Column"]}, at)

    def _table_column(self, found: Any, at: str) -> None:
        self._typed(found, "TableColumnDefinition", TABLE_COLUMN, at)

    def _row(self, found: Any, at: str) -> None:
        self._typed(found, "TableRow", ROW, at)

    def _cell(self, found: Any, at: str) -> None:
        self._typed(found, "TableCell", CELL, at)

    def _inline(self, found: Any, at: str) -> None:
        if not isinstance(found, str):
            if isinstance(found, dict) and found.get("type") != "TextRun":
                self.fault(at, "is no TextRun")
            self._typed(found, "TextRun", TEXT_RUN, at)

    def _inner(self, found: Any, at: str) -> None:
        self.card(found, at, outer=False)

    def _id(self, found: Any, at: str) -> None:
        if not isinstance(found, str) or not found:
            self.fault(at, "is no id")
        elif at.endswith(".labelFor"):
            return
        elif found in self.ids:
            self.fault(at, f"{found!r} is there twice")
        else:
            self.ids.add(found)

    def _actions(self, found: Any, at: str) -> None:
        self._each(found, at, self._action)
        if isinstance(found, list) and len(found) > MOST_ACTIONS:
            self.fault(at, f"{len(found)} actions, {MOST_ACTIONS} are shown")

    def _action(self, found: Any, at: str) -> None:
        kind = found.get("type") if isinstance(found, dict) else None
        if kind not in ACTIONS:
            self.fault(at, f"unknown action {kind!r}")
            return
        if at.endswith(".selectAction") and not found.get("title"):
            found = {"title": found.get("tooltip", "selectAction"), **found}
        self._properties(found, {**ACTION, **ACTIONS[kind]}, at)
        if "fallback" in found:
            self._fallback(found["fallback"], f"{at}.fallback", self._action)
        self._surface(kind, found, at)

    def _surface(self, kind: str, found: Json, at: str) -> None:
        if self.surface == "plain" and kind in ("Action.Submit", "Action.Execute"):
            self.fault(at, "whoever gets an inserted card has no bot to answer it")
        if self.surface == "dialog" and kind == "Action.Execute":
            self.fault(at, "a dialog knows no Action.Execute")
        data = found.get("data")
        told = data.get("msteams") if isinstance(data, dict) else None
        if told is None:
            return
        wanted = _MSTEAMS.get(str(told.get("type"))) if isinstance(told, dict) else None
        if wanted is None or set(told) - set(wanted):
            self.fault(f"{at}.data.msteams", f"{told!r} means nothing")
        elif self.surface == "dialog" or kind == "Action.Execute":
            self.fault(f"{at}.data.msteams", "works in an Action.Submit of a message alone")


def _nothing(_found: Any, _at: str) -> None: ...


def walk(card: Any, at: str = "card") -> "list[tuple[str, Json]]":
    """Every object in a card that has a type, with where it is; fallbacks are left out."""
    found: list[tuple[str, Json]] = []
    if isinstance(card, dict):
        if "type" in card:
            found.append((at, card))
        for name, value in card.items():
            if name not in ("fallback", "data", "msteams"):
                found += walk(value, f"{at}.{name}")
    elif isinstance(card, list):
        for number, value in enumerate(card):
            found += walk(value, f"{at}[{number}]")
    return found


def _carried(card: Json) -> list[tuple[str, str]]:
    return [
        (name, at)
        for at, found in walk(card)
        if str(found["type"]).startswith("Action.") and isinstance(found.get("data"), dict)
        for name in found["data"]
    ]


def _targets(card: Json) -> list[tuple[str, str]]:
    found = [(at, a["targetElements"]) for at, a in walk(card) if isinstance(a.get("targetElements"), list)]
    return [(at, str(t.get("elementId") if isinstance(t, dict) else t)) for at, targets in found for t in targets]


def _texts(card: Json) -> list[str]:
    return [str(found.get("text", "")) for _, found in walk(card) if found["type"] == "TextBlock"]


__all__ = ["Surface", "faults", "walk"]
