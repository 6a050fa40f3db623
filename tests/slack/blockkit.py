"""A strict Block Kit linter: what Slack refuses, as a list of faults, empty when it would be drawn.

`slack_sdk.models` checks most lengths; it lets unknown types, too many boxes or blocks, equal action ids and a dialog
without a submit button pass, which is checked here with everything else. A fault whose first word is one of Slack's
errors (`msg_blocks_too_long: …`) is refused as that, any other as `invalid_blocks`.
"""

import json
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, Literal

from slack_sdk.errors import SlackObjectFormationError
from slack_sdk.models.blocks import Block

from tests.slack import shapes
from tests.slack.elements import IN_ACTIONS, IN_INPUT, IN_SECTION, element
from tests.slack.figures import TABLE_TEXT, chart, table
from tests.slack.plain import copied
from tests.slack.richtext import rich_text
from tests.slack.shapes import Faults, Json

Surface = Literal["message", "modal", "home"]
MOST: dict[str, int] = {"message": 50, "modal": 100, "home": 100}
MESSAGE_TEXT_IN_BLOCKS = 13_200
TEXT_ADVISED, TEXT_MOST = 4_000, 40_000
VIEW_BYTES = 250_000
ALONE: dict[str, int] = {"table": 1, "data_visualization": 2}
VIEW_MAY = ("callback_id", "private_metadata", "external_id")
MODAL_MAY = ("submit", "close", "clear_on_close", "notify_on_close", "submit_disabled")


def faults(blocks: object, surface: Surface) -> list[str]:
    """What is wrong with these blocks on that surface."""
    found = [*shapes.odd(blocks), *shapes.listed(blocks, "blocks", MOST[surface])]
    listed = shapes.each(blocks)
    for number, block in enumerate(listed):
        found += _block(block, f"blocks/{number}", surface)
    found += _together([b for b in listed if isinstance(b, dict)])
    if surface == "message":
        found += _sizes([b for b in listed if isinstance(b, dict)])
    return found or _sdk(listed)


def view_faults(view: object) -> list[str]:
    """What is wrong with a dialog or a home tab."""
    if not isinstance(view, dict) or view.get("type") not in ("modal", "home"):
        return ["view: neither a modal nor a home"]
    modal = view["type"] == "modal"
    found = list(shapes.keys(view, "view", ("type", "blocks"), (*VIEW_MAY, *(("title", *MODAL_MAY) if modal else ()))))
    found += shapes.string(view.get("private_metadata", ""), "view/private_metadata", 3_000, least=0)
    for name in ("callback_id", "external_id"):
        found += shapes.string(view.get(name, ""), f"view/{name}", 255, least=0)
    if modal:
        found += _modal(view)
    if len(json.dumps(view).encode()) > VIEW_BYTES:
        found.insert(0, "view_too_large: more than 250 kB")
    return found + faults(view.get("blocks"), "modal" if modal else "home")


def message_faults(payload: Json) -> list[str]:
    """What is wrong with a message: its text, which has to say everything, and its blocks."""
    found: list[str] = []
    text = payload.get("text")
    if not isinstance(text, str) or not text.strip():
        found.append("no_text: the text is what notifications and screen readers say")
    elif shapes.length(text) > TEXT_MOST:
        found.append(f"msg_too_long: {shapes.length(text)} characters of text")
    blocks = payload.get("blocks")
    if blocks is not None and not isinstance(blocks, list):
        return [*found, "invalid_blocks_format: blocks are a list"]
    return found + (faults(blocks, "message") if blocks else [])


def advice(payload: Json) -> list[str]:
    """What Slack takes and advises against."""
    text = payload.get("text")
    if isinstance(text, str) and shapes.length(text) >= TEXT_ADVISED:
        return [f"text: {shapes.length(text)} characters, 4,000 are advised"]
    return []


def text_of(found: Any) -> int:
    """How many characters of text there are in blocks."""
    if isinstance(found, list):
        return sum(text_of(each) for each in found)
    if not isinstance(found, dict):
        return 0
    own = sum(shapes.length(v) for k, v in found.items() if k in ("text", "title", "alt_text") and isinstance(v, str))
    return own + sum(text_of(value) for value in found.values())


def _modal(view: Json) -> Faults:
    for name in ("title", "submit", "close"):
        if name in view or name == "title":
            yield from shapes.text(view.get(name), f"view/{name}", 24, plain=True)
    yield from shapes.flag(view, "view", "clear_on_close", "notify_on_close", "submit_disabled")
    asks = any(isinstance(b, dict) and b.get("type") == "input" for b in shapes.each(view.get("blocks")))
    if asks and "submit" not in view:
        yield "view: input blocks need submit"


def _block(found: object, at: str, surface: Surface) -> Faults:
    kind = found.get("type") if isinstance(found, dict) else None
    if not isinstance(found, dict) or kind not in BLOCKS:
        yield f"{at}: unknown block {kind!r}"
        return
    check, surfaces = BLOCKS[kind]
    if surface not in surfaces:
        yield f"{at}: no {kind} in a {surface}"
    if "block_id" in found:
        yield from shapes.string(found["block_id"], f"{at}/block_id", 255)
    yield from check(found, at)


def _together(blocks: Sequence[Json]) -> Faults:
    """Ids are unique, and one thing at most has the cursor."""
    for name, count in Counter(str(b["block_id"]) for b in blocks if "block_id" in b).items():
        if count > 1:
            yield f"blocks: block_id {name!r} {count} times"
    for block in blocks:
        ids = [str(e["action_id"]) for e in _elements(block) if "action_id" in e]
        yield from (f"blocks: action_id {name!r} {n} times in one block" for name, n in Counter(ids).items() if n > 1)
    if sum(bool(e.get("focus_on_load")) for b in blocks for e in _elements(b)) > 1:
        yield "blocks: focus_on_load more than once"


def _elements(block: Json) -> list[Json]:
    single = [block.get("element"), block.get("accessory")]
    many = block.get("elements") if block.get("type") == "actions" else []
    return [e for e in (*single, *shapes.each(many)) if isinstance(e, dict)]


def _sizes(blocks: Sequence[Json]) -> Faults:
    if text_of(list(blocks)) > MESSAGE_TEXT_IN_BLOCKS:
        yield f"msg_blocks_too_long: {text_of(list(blocks))} characters in all blocks"
    kinds = Counter(str(b.get("type")) for b in blocks)
    for kind, most in ALONE.items():
        if kinds[kind] > most:
            yield f"blocks: {kinds[kind]} of {kind}, at most {most}"
    if text_of([b for b in blocks if b.get("type") == "table"]) > TABLE_TEXT:
        yield f"blocks: more than {TABLE_TEXT} characters in tables"


def _sdk(blocks: Sequence[Json]) -> list[str]:
    """What the library's own models refuse; they do not know every block yet."""
    known = [copied(b) for b in blocks if b["type"] != "data_visualization"]
    try:
        parsed = Block.parse_all(known)
        for block in parsed:
            block.validate_json()
    except SlackObjectFormationError as fault:
        return [f"blocks: {fault}"]
    # For a type it does not know the library gives None, whatever its annotation says.
    return ["blocks: a block the library does not know"] if None in parsed else []


def _section(found: Json, at: str) -> Faults:
    yield from shapes.keys(found, at, ("type",), ("text", "fields", "accessory", "block_id", "expand"))
    if "text" not in found and "fields" not in found:
        yield f"{at}: neither text nor fields"
    if "text" in found:
        yield from shapes.text(found["text"], f"{at}/text", 3_000)
    if "fields" in found:
        yield from shapes.listed(found["fields"], f"{at}/fields", 10)
        for number, field in enumerate(shapes.each(found["fields"])):
            yield from shapes.text(field, f"{at}/fields/{number}", 2_000)
    if "accessory" in found:
        yield from element(found["accessory"], f"{at}/accessory", IN_SECTION)


def _header(found: Json, at: str) -> Faults:
    yield from shapes.keys(found, at, ("type", "text"), ("block_id",))
    yield from shapes.text(found.get("text"), f"{at}/text", 150, plain=True)


def _divider(found: Json, at: str) -> Faults:
    yield from shapes.keys(found, at, ("type",), ("block_id",))


def _context(found: Json, at: str) -> Faults:
    yield from shapes.keys(found, at, ("type", "elements"), ("block_id",))
    yield from shapes.listed(found.get("elements"), f"{at}/elements", 10)
    for number, each in enumerate(shapes.each(found.get("elements"))):
        here = f"{at}/elements/{number}"
        if isinstance(each, dict) and each.get("type") == "image":
            yield from element(each, here, frozenset(("image",)))
        else:
            yield from shapes.text(each, here, 2_000)


def _actions(found: Json, at: str) -> Faults:
    yield from shapes.keys(found, at, ("type", "elements"), ("block_id",))
    yield from shapes.listed(found.get("elements"), f"{at}/elements", 25)
    for number, each in enumerate(shapes.each(found.get("elements"))):
        yield from element(each, f"{at}/elements/{number}", IN_ACTIONS)


def _input(found: Json, at: str) -> Faults:
    yield from shapes.keys(found, at, ("type", "label", "element"), ("block_id", "hint", "optional", "dispatch_action"))
    yield from shapes.text(found.get("label"), f"{at}/label", 2_000, plain=True)
    yield from shapes.optional_text(found, "hint", at, 2_000)
    yield from shapes.flag(found, at, "optional", "dispatch_action")
    yield from element(found.get("element"), f"{at}/element", IN_INPUT)


def _image(found: Json, at: str) -> Faults:
    yield from shapes.keys(found, at, ("type", "image_url", "alt_text"), ("block_id", "title"))
    yield from shapes.image(found, at)
    yield from shapes.optional_text(found, "title", at, 2_000)


def _alert(found: Json, at: str) -> Faults:
    yield from shapes.keys(found, at, ("type", "text"), ("block_id", "level"))
    yield from shapes.text(found.get("text"), f"{at}/text", 3_000)
    if found.get("level", "default") not in ("default", "info", "warning", "error", "success"):
        yield f"{at}: level {found['level']!r}"


EVERYWHERE = ("message", "modal", "home")
BLOCKS: dict[str, tuple[Callable[[Json, str], Faults], tuple[str, ...]]] = {
    "section": (_section, EVERYWHERE),
    "header": (_header, EVERYWHERE),
    "divider": (_divider, EVERYWHERE),
    "context": (_context, EVERYWHERE),
    "actions": (_actions, EVERYWHERE),
    "input": (_input, EVERYWHERE),
    "image": (_image, EVERYWHERE),
    "rich_text": (rich_text, EVERYWHERE),
    "table": (table, ("message",)),
    "data_visualization": (chart, ("message",)),
    "alert": (_alert, ("modal",)),
}
