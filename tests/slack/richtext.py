"""Rich text: docs.slack.dev/reference/block-kit/blocks/rich-text-block."""

import re

from tests.slack import shapes
from tests.slack.shapes import Faults, Json

# The keys of each run, with the one that must not be empty first.
RUNS: dict[str, tuple[str, ...]] = {
    "text": ("text",),
    "link": ("url", "text", "unsafe"),
    "user": ("user_id",),
    "channel": ("channel_id",),
    "usergroup": ("usergroup_id",),
    "emoji": ("name", "unicode", "skin_tone"),
    "broadcast": ("range",),
    "date": ("timestamp", "format", "url", "fallback"),
}
PARTS: dict[str, tuple[str, ...]] = {
    "rich_text_section": (),
    "rich_text_quote": ("border",),
    "rich_text_preformatted": ("border", "language"),
    "rich_text_list": ("style", "indent", "offset", "border"),
}


def rich_text(found: Json, at: str) -> Faults:
    """A block of rich text with something in it."""
    yield from shapes.keys(found, at, ("type", "elements"), ("block_id",))
    yield from shapes.listed(found.get("elements"), f"{at}/elements", 1_000)
    for number, part in enumerate(shapes.each(found.get("elements"))):
        yield from _part(part, f"{at}/elements/{number}")


def _part(found: object, at: str) -> Faults:
    kind = found.get("type") if isinstance(found, dict) else None
    if not isinstance(found, dict) or kind not in PARTS:
        yield f"{at}: unknown rich text {kind!r}"
        return
    yield from shapes.keys(found, at, ("type", "elements"), PARTS[kind])
    yield from shapes.listed(found.get("elements"), f"{at}/elements", 1_000)
    if kind == "rich_text_list":
        yield from _list(found, at)
        return
    allowed = ("text", "link") if kind == "rich_text_preformatted" else tuple(RUNS)
    for number, run in enumerate(shapes.each(found.get("elements"))):
        yield from _run(run, f"{at}/elements/{number}", allowed)


def _list(found: Json, at: str) -> Faults:
    if found.get("style") not in ("bullet", "ordered"):
        yield f"{at}: style {found.get('style')!r}"
    for number, part in enumerate(shapes.each(found.get("elements"))):
        here = f"{at}/elements/{number}"
        if not isinstance(part, dict) or part.get("type") != "rich_text_section":
            yield f"{here}: a list holds sections"
        else:
            yield from _part(part, here)


def _run(found: object, at: str, allowed: tuple[str, ...]) -> Faults:
    kind = found.get("type") if isinstance(found, dict) else None
    if not isinstance(found, dict) or kind not in allowed:
        yield f"{at}: unknown run {kind!r}"
        return
    names = RUNS[kind]
    yield from shapes.keys(found, at, ("type", names[0]), (*names[1:], "style"))
    if kind != "date":
        yield from shapes.string(found.get(names[0]), f"{at}/{names[0]}", 12_000)
    if kind == "link":
        yield from _link(found, at)
    if kind == "user":
        yield from shapes.user(found.get("user_id"), f"{at}/user_id")
    yield from _style(found.get("style", {}), f"{at}/style")


def _link(found: Json, at: str) -> Faults:
    if not re.match(r"(https?://[^\s/]|mailto:)", str(found.get("url"))):
        yield f"{at}/url: not an http address"
    if "text" in found:
        yield from shapes.string(found["text"], f"{at}/text", 12_000)


def _style(found: object, at: str) -> Faults:
    yield from shapes.keys(found, at, (), tuple(shapes.STYLES))
    if isinstance(found, dict):
        yield from shapes.flag(found, at, *found)
