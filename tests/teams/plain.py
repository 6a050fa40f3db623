"""Everything that can be read in an Adaptive Card, as a person would read it."""

import html
import re
from collections.abc import Iterable
from typing import Any

_ESCAPED = re.compile(r"\\([^\w\s])")
_AT = re.compile(r"</?at(?: [^>]*)?>")
_LINK = re.compile(r"(?<!\\)\[([^\]]*)\]\(([^)\s]*)\)")


def copied(found: Any) -> Any:
    """A copy of what came as JSON, all the way down."""
    if isinstance(found, dict):
        return {name: copied(value) for name, value in found.items()}
    return [copied(value) for value in found] if isinstance(found, list) else found


def read(text: str) -> str:
    """Teams' markdown as it is read: mentions by their names, links by their labels, nothing escaped."""
    found = _LINK.sub(lambda m: m[1], _AT.sub("", text))
    return visible(html.unescape(_ESCAPED.sub(lambda m: m[1], found)))


def visible(text: str) -> str:
    """A text without the characters that only keep others apart."""
    return text.replace("\u200b", "")


def plain(card: dict[str, Any]) -> str:
    """The text of a card, one line an element; what a button would unfold is not read yet."""
    parts = [*card.get("body", ()), *card.get("actions", ())]
    return "\n".join(line for part in parts for line in map(visible, lines(part)) if line)


def lines(element: dict[str, Any]) -> list[str]:
    """One element as lines."""
    kind = str(element.get("type", ""))
    if element.get("isVisible") is False:
        return []
    if kind.startswith("Input."):
        return _input(element)
    if kind.startswith("Action."):
        return [str(element.get("title", ""))]
    if kind.startswith("Chart."):
        return [str(element.get("title", "")), *_figures(element.get("data", ()))]
    return _content(kind, element)


def _content(kind: str, element: dict[str, Any]) -> list[str]:
    match kind:
        case "TextBlock":
            return [read(str(element.get("text", "")))]
        case "RichTextBlock":
            runs = element.get("inlines", ())
            return ["".join(r if isinstance(r, str) else str(r.get("text", "")) for r in runs)]
        case "FactSet":
            return [f"{read(f['title'])} {read(f['value'])}" for f in element.get("facts", ())]
        case "Table":
            return [_row(row) for row in element.get("rows", ())]
        case "Image":
            return [str(element.get("altText", ""))]
        case _:
            inside = (element.get(name, ()) for name in ("items", "columns", "images", "actions"))
            return [line for parts in inside for part in parts for line in lines(part)]


def _row(row: dict[str, Any]) -> str:
    cells = (" ".join(line for item in cell.get("items", ()) for line in lines(item)) for cell in row.get("cells", ()))
    return " | ".join(cells)


def _figures(data: Iterable[dict[str, Any]]) -> list[str]:
    points = [point for each in data for point in each.get("values", [each])]
    return [f"{p.get('x', p.get('legend', ''))} {p.get('y', p.get('value', ''))}" for p in points]


def _input(element: dict[str, Any]) -> list[str]:
    """Its label, options with a mark at what is chosen, and what stands in it."""
    standing = str(element.get("value", ""))
    found = [str(element.get("label") or ""), str(element.get("title") or "")]
    chosen = standing.split(",")
    options = element.get("choices", ())
    found += [f"[{'x' if o['value'] in chosen else ' '}] {o['title']}" for o in options]
    found += [] if options else [standing, "" if standing else str(element.get("placeholder") or "")]
    return [word for word in found if word]
