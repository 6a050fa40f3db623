"""Text as Slack wants it: plain text objects, rich text that needs no escaping, and what a screen reader reads."""

import re
from collections.abc import Iterable
from typing import Any

from adapters.slack.limits import LIMITS
from adapters.texts import cut, escaped, length
from bot.cards import Block, Buttons, Card, Divider, Span, plain_lines

Json = dict[str, Any]
BLANK = "\u200b"
# What plain text puts before a heading, a quote and an option.
_MARKS = re.compile(r"^(?:#{1,3} |> |  \[[ x]\] )")


def plain_text(text: str, most: int) -> Json:
    """A plain text object. `emoji` is off: `:shrug:` in a person's words is five letters and two colons."""
    return {"type": "plain_text", "text": cut(text, most) or BLANK, "emoji": False}


def is_web(link: str) -> bool:
    """Whether a link leads to a web page and is no longer than Slack takes; everything else stays text."""
    return link.startswith(("https://", "http://")) and length(link) <= LIMITS.url


def run(text: str, **style: bool) -> Json:
    """A run of rich text."""
    return {"type": "text", "text": text, **({"style": style} if style else {})}


def section(*runs: Json) -> Json:
    """A line or more of rich text."""
    return {"type": "rich_text_section", "elements": list(runs)}


def rich(*parts: Json) -> Json:
    """A block of rich text."""
    return {"type": "rich_text", "elements": list(parts)}


def spans(found: Iterable[Span], org: str) -> list[Json]:
    """Spans as runs of rich text; mentions of accounts of this organisation notify, others are names."""
    return [_span(s, org) for s in found if s.text]


def _span(span: Span, org: str) -> Json:
    if is_web(span.link):
        return {"type": "link", "url": span.link, "text": span.text}
    if span.mention and (user := user_of(span.mention.name, org)):
        return {"type": "user", "user_id": user}
    return run(span.text, bold=True) if span.style == "strong" else run(span.text)


def user_of(handle: str, org: str) -> str:
    """The Slack user of a handle "slack/T1:U2" in this organisation, or ""."""
    start = f"slack/{org}:"
    return handle.removeprefix(start) if handle.startswith(start) else ""


def spoken(card: Card) -> str:
    """Everything a card says, for notifications and for screen readers, which read nothing else of a message."""
    return cut(escaped(said(card)), LIMITS.message_text).strip() or BLANK


def said(card: Card) -> str:
    """The same as it was written, of any length."""
    lines = [card.summary]
    for block in card.blocks:
        lines += [line for line in _lines(block) if line and line not in card.summary]
    return "\n".join(lines)


def _lines(block: Block) -> Iterable[str]:
    match block:
        case Buttons() | Divider():
            return ()
        case _:
            return (_MARKS.sub("", line).strip() for line in plain_lines(block))
