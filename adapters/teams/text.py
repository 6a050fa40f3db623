"""Text as Teams wants it: runs that are shown as typed, markdown in which nothing is a command, what is read aloud."""

import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote, urlsplit

from adapters.teams.limits import LIMITS
from adapters.texts import cut, length
from bot.cards import Block, Buttons, Card, Chart, Divider, Paragraph, Span, plain_lines

Json = dict[str, Any]
BLANK = "\u200b"
STYLES: Mapping[str, Json] = {"strong": {"weight": "Bolder"}, "muted": {"isSubtle": True}, "plain": {}}
# Cards put a day or a time in the place of {{DATE(…)}} and {{TIME(…)}}, in plain runs as well.
_CLOCK = re.compile(r"\{(?=\{(?:DATE|TIME)\()")
# What stops being markdown or HTML by an invisible character after it. Phones show a backslash or an entity as it is
# (microsoft/AdaptiveCards #5590, MicrosoftDocs/msteams-docs #10997), so those are left for what needs them.
_PARTED = re.compile(r"<|&(?=#?\w+;)|\](?=[(\[:])|" + _CLOCK.pattern)
_ESCAPED = re.compile(r"[*_`]|~(?=~)|\\(?=[!-/:-@\[-`{-~])")
_LINE_START = re.compile(r"(?=#{1,6}(?:\s|$)|[>+-]|\d+[.)](?:\s|$)|={1,}\s*$|\[)")
_AT = re.compile(r"[<>&*_`~\[\]{}\\]")
# What plain text puts before a heading, a quote and an option.
_MARKS = re.compile(r"^(?:#{1,3} |> |  \[[ x]\] )")


def is_web(link: str) -> bool:
    """Whether a link leads to a web page; everything else (`javascript:`, `file:`) stays text."""
    try:
        found = urlsplit(link)
    except ValueError:
        return False
    whole = length(link) <= LIMITS.url and link.isprintable() and " " not in link
    return whole and found.scheme in ("http", "https") and bool(found.netloc)


def still(text: str) -> str:
    """Text for a label, a title or an option, where Teams knows no markdown but may fill in days and times."""
    return _CLOCK.sub(f"{{{BLANK}", text)


def inert(text: str) -> str:
    """One line of text for a TextBlock, in which no markdown, HTML or mention comes of what a person typed."""
    line = _PARTED.sub(lambda found: found[0] + BLANK, _ESCAPED.sub(lambda found: "\\" + found[0], text.strip()))
    return BLANK + line if _LINE_START.match(line) else line


def runs(text: str, **style: object) -> list[Json]:
    """Runs of rich text, shown exactly as typed; a day or time that Teams would fill in is parted."""
    parts = re.split(r"(?<=\{)(?=\{(?:DATE|TIME)\()", text)
    return [{"type": "TextRun", "text": part, **style} for part in parts if part]


def rich(inlines: Iterable[Json], **how: object) -> Json:
    """An element of rich text; never empty, as Teams refuses that."""
    return {"type": "RichTextBlock", "inlines": list(inlines) or runs(BLANK), **how}


def muted(text: str, **how: object) -> Json:
    """Secondary text."""
    return rich(runs(text, isSubtle=True), **how)


def spans(found: Iterable[Span]) -> list[Json]:
    """Spans as runs, with nothing between them; links open a page, and are underlined, as colour alone tells little."""
    return [run for span in found for run in runs(span.text, **_style(span))]


def _style(span: Span) -> Json:
    style = STYLES[span.style]
    if is_web(span.link):
        return {**style, "underline": True, "selectAction": {"type": "Action.OpenUrl", "url": span.link}}
    return style


def named(card: Card, tenant: str) -> dict[str, str]:
    """Whom a card mentions, by object id, with the words between <at> and </at>; different people never share them."""
    found: dict[str, str] = {}
    for block in card.blocks:
        for span in block.spans if isinstance(block, Paragraph) else ():
            if span.mention and (person := oid_of(span.mention.name, tenant)) and person not in found:
                found[person] = _unlike(_AT.sub("", span.text).strip().removeprefix("@") or BLANK, found)
    return found


def _unlike(name: str, found: Mapping[str, str]) -> str:
    number, taken = 1, frozenset(found.values())
    unlike = name
    while unlike in taken:
        number += 1
        unlike = f"{name} {number}"
    return unlike


def entities(names: Mapping[str, str]) -> list[Json]:
    """What turns <at>…</at> into mentions that notify."""
    return [
        {"type": "mention", "text": f"<at>{name}</at>", "mentioned": {"id": person, "name": name}}
        for person, name in names.items()
    ]


def mentioning(found: Iterable[Span], tenant: str, names: Mapping[str, str]) -> list[str]:
    """Spans with mentions as lines of markdown: only there does Teams notify anybody."""
    text = "".join(_marked(span, tenant, names) for span in found)
    return [line for line in text.split("\n") if line.strip()]


def _marked(span: Span, tenant: str, names: Mapping[str, str]) -> str:
    if span.mention and (name := names.get(oid_of(span.mention.name, tenant))):
        return f"<at>{name}</at>"
    return "\n".join(map(_kept_ends, span.text.split("\n")))


def _kept_ends(line: str) -> str:
    """A part of a line: the blanks at its ends separate it from its neighbours."""
    if not (middle := line.strip()):
        return line
    return line.replace(middle, inert(middle), 1)


def oid_of(handle: str, tenant: str) -> str:
    """The object id of a handle "teams/tenant:id" of this tenant, or ""."""
    start = f"teams/{tenant}:"
    return handle.removeprefix(start) if handle.startswith(start) else ""


def packed(value: str) -> str:
    """An option's value as Teams can send it: several come joined by commas."""
    return quote(value, safe="") if "," in value or "%" in value else value


def tongue(lang: str) -> str:
    """The language of one of ours as Teams knows it: easy Japanese is Japanese."""
    return lang.removesuffix("-easy")


def instead(card: Card) -> str:
    """Everything a card says, for where it cannot be drawn; that place knows markdown."""
    lines = [inert(line) for line in said(card).split("\n")]
    return cut("\n\n".join(line for line in lines if line), LIMITS.fallback_text)


def said(card: Card) -> str:
    """Everything a card says, as it was written."""
    lines = [card.summary]
    for block in card.blocks:
        lines += [line for line in _lines(block) if line and line not in card.summary]
    return "\n".join(lines).strip()


def _lines(block: Block) -> Iterable[str]:
    match block:
        case Buttons() | Divider():
            return ()
        case Chart():
            pairs = zip(block.labels, block.values, strict=False)
            return (block.title, *(f"{label} {value:g}{block.unit}" for label, value in pairs))
        case _:
            return (_MARKS.sub("", line).strip() for line in plain_lines(block))
