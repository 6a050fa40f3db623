"""Text objects, Slack's markup and rich text as HTML."""

import html
import re
from collections.abc import Mapping
from typing import Any

Shape = Mapping[str, Any]
_LINK = re.compile(r"(<[^<>]+>)")
_STYLED = (("bold", "b"), ("italic", "i"), ("strike", "s"), ("code", "code"))
_MARKED = ((re.compile(r"\*([^*\n]+)\*"), r"<b>\1</b>"), (re.compile(r"(?<!\w)_([^_\n]+)_(?!\w)"), r"<i>\1</i>"))
_HOLDS = {
    "rich_text_section": "<div>{}</div>",
    "rich_text_quote": "<blockquote>{}</blockquote>",
    "rich_text_preformatted": "<pre>{}</pre>",
}


def text(found: Shape) -> str:
    """A text object."""
    return mrkdwn(found["text"]) if found["type"] == "mrkdwn" else html.escape(found["text"])


def mrkdwn(found: str) -> str:
    """Slack's own markup, roughly: what is escaped in it is text, what is in angle brackets a link or a mention."""
    return "".join(_link(part) if part.startswith("<") else _marked(part) for part in _LINK.split(found))


def _link(part: str) -> str:
    address, _, label = part.strip("<>").partition("|")
    shown = html.escape(html.unescape(label or address))
    if address[:1] in "@#!":
        return f'<span class="mention">{shown}</span>'
    return f'<a href="{html.escape(html.unescape(address))}">{shown}</a>'


def _marked(part: str) -> str:
    shown = html.escape(html.unescape(part))
    for pattern, put in _MARKED:
        shown = pattern.sub(put, shown)
    return shown


def rich_text(block: Shape) -> str:
    """A block of rich text."""
    return "".join(_part(part) for part in block["elements"])


def _part(part: Shape) -> str:
    if part["type"] == "rich_text_list":
        tag = "ol" if part["style"] == "ordered" else "ul"
        return f"<{tag}>{''.join(f'<li>{_part(p)}</li>' for p in part['elements'])}</{tag}>"
    return _HOLDS[part["type"]].format("".join(_run(r) for r in part["elements"]))


def _run(run: Shape) -> str:
    match run["type"]:
        case "text":
            shown = html.escape(run["text"])
        case "link":
            shown = f'<a href="{html.escape(run["url"])}">{html.escape(run.get("text") or run["url"])}</a>'
        case "user":
            shown = f'<span class="mention">@{html.escape(run["user_id"])}</span>'
        case "emoji":
            shown = f":{html.escape(run['name'])}:"
        case _:
            shown = html.escape(str(run))
    for name, tag in _STYLED:
        if run.get("style", {}).get(name):
            shown = f"<{tag}>{shown}</{tag}>"
    return shown
