"""Everything that can be read in blocks, as a person would read it."""

import html
import re
from collections.abc import Iterable, Mapping
from typing import Any

_LINK = re.compile(r"<([^<>|]+)(?:\|([^<>]*))?>")
# What is read of a block, in the order in which it stands.
_READ = (
    "title",
    "label",
    "text",
    "fields",
    "elements",
    "accessory",
    "element",
    "rows",
    "chart",
    "alt_text",
    "hint",
)


def plain(blocks: Iterable[Mapping[str, Any]]) -> str:
    """The text of blocks, one line a block."""
    return "\n".join(_joined(_words(block)) for block in blocks)


def copied(found: Any) -> Any:
    """A copy of what came as JSON, all the way down."""
    if isinstance(found, dict):
        return {name: copied(value) for name, value in found.items()}
    return [copied(value) for value in found] if isinstance(found, list) else found


def unescaped(text: str) -> str:
    """Slack's markup as it is read: entities resolved, links by their label."""
    return html.unescape(_LINK.sub(lambda m: m[2] or m[1], text))


def _joined(words: Iterable[str]) -> str:
    return " ".join(w for w in words if w)


def _words(found: Any) -> list[str]:
    if isinstance(found, str):
        return [unescaped(found)]
    if isinstance(found, list):
        return [word for each in found for word in _words(each)]
    if not isinstance(found, Mapping):
        return []
    match found.get("type"):
        case "plain_text" | "raw_text" | "raw_number" | "text":
            return [str(found.get("text", ""))]
        case "rich_text_section" | "rich_text_quote" | "rich_text_preformatted":
            return ["".join(_inline(e) for e in found.get("elements", ()))]
        case "mrkdwn":
            return [unescaped(found.get("text", ""))]
        case _:
            return _parts(found)


def _parts(found: Mapping[str, Any]) -> list[str]:
    words = [word for name in _READ for word in _words(found.get(name))]
    return words + _chosen(found) + _drawn(found)


def _inline(element: Mapping[str, Any]) -> str:
    match element.get("type"):
        case "link":
            return str(element.get("text") or element.get("url"))
        case "user":
            return f"@{element.get('user_id')}"
        case "channel":
            return f"#{element.get('channel_id')}"
        case "emoji":
            return f":{element.get('name')}:"
        case "broadcast":
            return f"@{element.get('range')}"
        case _:
            return str(element.get("text", ""))


def _chosen(element: Mapping[str, Any]) -> list[str]:
    """Options with a mark at what is chosen, and what stands in a field."""
    groups = element.get("option_groups") or [element]
    options = [o for g in groups for o in g.get("options", ())]
    standing = element.get("initial_options") or [element.get("initial_option")]
    found = [f"[{'x' if o in standing else ' '}] {_joined(_words([o['text'], o.get('description')]))}" for o in options]
    values = (element.get(name) for name in ("initial_value", "initial_date", "initial_time", "initial_user"))
    return found + [str(v) for v in values if v]


def _drawn(chart: Mapping[str, Any]) -> list[str]:
    """The figures of a chart."""
    return [f"{d.get('label')} {d.get('value')}" for s in chart.get("series", ()) for d in s.get("data", ())]
