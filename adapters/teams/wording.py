"""Teams' way of writing texts: mentions and the message's HTML become what the person saw."""

import re
from collections.abc import Iterable, Mapping
from html import unescape
from typing import Any, NamedTuple

from adapters.teams.origin import NAME, Activity, part, parts, tenant_of, text, user_of
from bot.events import Handle, Mention

_NAMED = re.compile(r"<at(?:\s[^<>]*)?>([^<]*)</at>", re.IGNORECASE)
_TAG = re.compile(r"(<[^<>]*>)")
_NAME = re.compile(r"<\s*(/?)\s*([a-zA-Z][a-zA-Z0-9]*)")
_ALT = re.compile(r'\balt="([^"<>]*)"')
_SPACES = re.compile(r"[ \t\u00a0]+")
_OPENS_LINE = frozenset(("br", "p", "div", "li", "tr", "blockquote", "pre", "h1", "h2", "h3"))
_CLOSES_LINE = frozenset(("p", "div", "blockquote"))
LONGEST = 64 * 1024
# What stands in a message and was not typed into it.
_SILENT = frozenset(("attachment", "systemeventmessage", "script", "style"))


class Worded(NamedTuple):
    """A text as it was seen, and the colleagues named in it."""

    text: str
    mentions: tuple[Mention, ...]


def worded(activity: Activity) -> Worded:
    """What a person typed to the bot. The bot's own mention is taken out; colleagues stay as @name."""
    tenant, bot = tenant_of(activity), text(part(activity, "recipient"), "id")
    said, found = text(activity, "text"), []
    for entity in parts(activity, "entities"):
        marked, account = text(entity, "text"), part(entity, "mentioned")
        if text(entity, "type") != "mention" or not marked:
            continue
        ours = text(account, "id") == bot
        shown = "" if ours else f"@{text(account, 'name') or plain(marked)}"
        said = said.replace(marked, shown, 1) if ours else said.replace(marked, shown)
        if not ours:
            found.append(Mention(Handle(NAME, f"{tenant}:{user_of(account)}"), shown))
    return Worded(_tidy(_NAMED.sub(lambda m: f"@{m[1]}", said)), tuple(found))


def quoted(message: Mapping[str, Any]) -> str:
    """The text of a message as the message extension hands it over."""
    body = part(message, "body")
    content = text(body, "content")
    return plain(content) if text(body, "contentType") != "text" else _tidy(content)


def plain(html: str) -> str:
    """HTML as the text a person saw. One pass, whatever is sent: a parser's worst case would hold up everybody."""
    found: list[str] = []
    silent = 0
    for piece in _TAG.split(html[:LONGEST]):
        named = _NAME.match(piece)
        if named is None:
            found += [] if silent else [unescape(piece)]
            continue
        tag, closing = named[2].lower(), bool(named[1])
        if tag in _SILENT:
            silent = max(0, silent + (-1 if closing else 1))
        elif tag in _OPENS_LINE and (not closing or tag in _CLOSES_LINE):
            found.append("\n")
        elif shown := _ALT.search(piece):
            found.append(unescape(shown[1]))
    return _tidy("".join(found))


def starting(said: str, words: Iterable[str]) -> tuple[str, str] | None:
    """The word a text starts with, and what follows it; None where it starts with none, or goes on like a sentence."""
    for word in words:
        head, rest = said[: len(word)], said[len(word) :]
        if head.casefold() == word.casefold() and (not rest or rest[0] in " \u3000\n\t:：、,"):
            return word, rest.lstrip(" \u3000\n\t:：、,")
    return None


def _tidy(said: str) -> str:
    lines = (_SPACES.sub(" ", line).strip() for line in said.replace("\r\n", "\n").replace("&nbsp;", " ").split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
