"""Teams' way of writing texts: mentions and the message's HTML become what the person saw."""

import re
from collections.abc import Iterable, Mapping
from html.parser import HTMLParser
from typing import Any, NamedTuple

from adapters.teams.origin import NAME, Activity, part, parts, tenant_of, text, user_of
from bot.events import Handle, Mention

_NAMED = re.compile(r"<at(?:\s[^<>]*)?>([^<]*)</at>", re.IGNORECASE)
_SPACES = re.compile(r"[ \t\u00a0]+")
_OPENS_LINE = frozenset(("br", "p", "div", "li", "tr", "blockquote", "pre", "h1", "h2", "h3"))
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
    """HTML as the text a person saw."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return _tidy("".join(reader.found))


class _Reader(HTMLParser):
    """Collects what can be read."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _SILENT:
            self._silent += 1
        elif tag in _OPENS_LINE:
            self.found.append("\n")
        elif tag in ("img", "emoji"):
            self.found.append(next((v for k, v in attrs if k == "alt" and v), ""))

    def handle_endtag(self, tag: str) -> None:
        if tag in _SILENT and self._silent:
            self._silent -= 1
        elif tag in ("p", "div", "blockquote"):
            self.found.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.found.append(data)


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
