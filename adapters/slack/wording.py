"""Slack's way of writing texts: mentions, links and escapes become what the person saw."""

import re
from collections.abc import Mapping
from html import unescape
from typing import NamedTuple

from bot.events import Handle, Mention

_MARKED = re.compile(r"<(?P<kind>[@#!]?)(?P<target>[^|<>]*)(?:\|(?P<label>[^<>]*))?>")


class Worded(NamedTuple):
    """A text as it was seen, and the colleagues named in it."""

    text: str
    mentions: tuple[Mention, ...]


def mentioned(text: str) -> tuple[str, ...]:
    """The users named in a text, by their Slack ids."""
    return tuple(dict.fromkeys(m["target"] for m in _MARKED.finditer(text) if m["kind"] == "@"))


def worded(text: str, org: str, *, bot: str = "", names: Mapping[str, str] | None = None) -> Worded:
    """What a person typed. The bot's own mention is taken out; `names` are what users are called, by Slack id."""
    called: dict[str, str] = {}

    def seen(found: re.Match[str]) -> str:
        if found["kind"] == "@" and found["target"] == bot:
            return ""
        shown = _shown(found, names or {})
        if found["kind"] == "@":
            called.setdefault(found["target"], shown)
        return shown

    plain = unescape_once(_MARKED.sub(seen, text)).strip()
    mentions = (Mention(Handle("slack", f"{org}:{user}"), unescape_once(shown)) for user, shown in called.items())
    return Worded(plain, tuple(mentions))


def _shown(found: re.Match[str], names: Mapping[str, str]) -> str:
    target, label = found["target"], found["label"]
    match found["kind"]:
        case "@":
            return f"@{(label or names.get(target) or target).lstrip('@')}"
        case "#":
            return f"#{label or target}"
        case "!":
            # <!here>, <!subteam^S1|@team>, <!date^…|11月24日>
            return label or f"@{target.partition('^')[0]}"
        case _:
            return label if label and label != target else target.removeprefix("mailto:")


def unescape_once(text: str) -> str:
    """Slack escapes three characters and no others: `&copy;` was typed as it stands."""
    return re.sub("&(amp|lt|gt);", lambda found: unescape(found[0]), text)
