"""The pieces Block Kit is made of: keys, texts, options, questions. Each check yields its faults as "where: what".

Limits: docs.slack.dev/reference/block-kit/composition-objects. Lengths are counted as JavaScript counts them, an emoji
as two, which is the stricter way.
"""

import json
import math
import re
from collections.abc import Iterator, Sequence
from typing import Any

Json = dict[str, Any]
Faults = Iterator[str]
USER = re.compile(r"[UW][A-Z0-9]+")
STYLES = frozenset(("bold", "italic", "strike", "code", "underline", "highlight", "client_highlight", "unlink"))


def length(text: str) -> int:
    """Characters as JavaScript counts them."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def keys(found: object, at: str, needed: Sequence[str], may: Sequence[str] = ()) -> Faults:
    """It is an object, has what it needs, and nothing that Slack does not know."""
    if not isinstance(found, dict):
        yield f"{at}: not an object"
        return
    yield from (f"{at}: missing {name}" for name in needed if name not in found)
    yield from (f"{at}: unknown key {name}" for name in found if name not in needed and name not in may)


def string(found: object, at: str, most: int, *, least: int = 1) -> Faults:
    """A string within its limits."""
    if not isinstance(found, str):
        yield f"{at}: not a string"
    elif not least <= length(found) <= most:
        yield f"{at}: {length(found)} characters, not {least} to {most}"


def flag(found: Json, at: str, *names: str) -> Faults:
    """Flags are true or false."""
    yield from (f"{at}/{name}: not true or false" for name in names if not isinstance(found.get(name, False), bool))


def listed(found: object, at: str, most: int, *, least: int = 1) -> Faults:
    """A list within its limits."""
    if not isinstance(found, list):
        yield f"{at}: not a list"
    elif not least <= len(found) <= most:
        yield f"{at}: {len(found)} items, not {least} to {most}"


def each(found: object) -> Sequence[Any]:
    """The items of a list; of anything else none, as that is another fault."""
    return found if isinstance(found, list) else ()


def text(found: object, at: str, most: int, *, plain: bool = False) -> Faults:
    """A text object that is not empty."""
    yield from keys(found, at, ("type", "text"), ("emoji", "verbatim"))
    if not isinstance(found, dict):
        return
    kind = found.get("type")
    if kind not in (("plain_text",) if plain else ("plain_text", "mrkdwn")):
        yield f"{at}: a text of type {kind!r}"
    if ("emoji" in found and kind != "plain_text") or ("verbatim" in found and kind != "mrkdwn"):
        yield f"{at}: emoji belongs to plain_text, verbatim to mrkdwn"
    yield from flag(found, at, "emoji", "verbatim")
    yield from string(found.get("text"), f"{at}/text", most)


def optional_text(found: Json, name: str, at: str, most: int) -> Faults:
    """A plain text that may be left out."""
    if name in found:
        yield from text(found[name], f"{at}/{name}", most, plain=True)


def confirm(found: Json, at: str) -> Faults:
    """The question a button asks first."""
    if "confirm" not in found:
        return
    at = f"{at}/confirm"
    yield from keys(found["confirm"], at, ("title", "text", "confirm", "deny"), ("style",))
    if not isinstance(found["confirm"], dict):
        return
    for name, most in (("title", 100), ("text", 300), ("confirm", 30), ("deny", 30)):
        yield from text(found["confirm"].get(name), f"{at}/{name}", most, plain=name != "text")
    if found["confirm"].get("style", "primary") not in ("primary", "danger"):
        yield f"{at}: style {found['confirm']['style']!r}"


def options(found: object, at: str, most: int, *, plain: bool) -> Faults:
    """A list of different options."""
    yield from listed(found, at, most)
    for number, option in enumerate(each(found)):
        yield from _option(option, f"{at}/{number}", plain=plain)
    values = [o.get("value") for o in each(found) if isinstance(o, dict)]
    if len(values) != len(set(map(repr, values))):
        yield f"{at}: two options with one value"


def _option(found: object, at: str, *, plain: bool) -> Faults:
    yield from keys(found, at, ("text", "value"), ("description",))
    if not isinstance(found, dict):
        return
    yield from text(found.get("text"), f"{at}/text", 75, plain=plain)
    yield from string(found.get("value"), f"{at}/value", 150)
    if "description" in found:
        yield from text(found["description"], f"{at}/description", 75, plain=plain)


def initial(found: Json, at: str, known: Sequence[Any], *, many: bool) -> Faults:
    """What is chosen at first is exactly one of the options."""
    name, other = ("initial_options", "initial_option") if many else ("initial_option", "initial_options")
    if other in found:
        yield f"{at}: {other} in a {found['type']}"
    if name not in found:
        return
    chosen = found[name] if many else [found[name]]
    yield from listed(chosen, f"{at}/{name}", max(len(known), 1))
    if any(option not in known for option in each(chosen)):
        yield f"{at}/{name}: not one of the options"
    if len({json.dumps(o, sort_keys=True) for o in each(chosen)}) != len(each(chosen)):
        yield f"{at}/{name}: one option twice"


def web_address(found: object, at: str, most: int = 3_000) -> Faults:
    """An address of the web."""
    yield from string(found, at, most)
    if isinstance(found, str) and not re.match(r"https?://[^\s/]", found):
        yield f"{at}: not an http address"


def user(found: object, at: str) -> Faults:
    """It looks like the id of a user."""
    if not isinstance(found, str) or not USER.fullmatch(found):
        yield f"{at}: {found!r} is not the id of a user"


def image(found: Json, at: str) -> Faults:
    """A picture with words that stand for it."""
    yield from web_address(found.get("image_url"), f"{at}/image_url")
    yield from string(found.get("alt_text"), f"{at}/alt_text", 2_000)


def odd(found: Any, at: str = "") -> Faults:
    """Nothing is null and no number is infinite, anywhere."""
    if isinstance(found, dict):
        for name, value in found.items():
            yield from odd(value, f"{at}/{name}")
    elif isinstance(found, list):
        for number, value in enumerate(found):
            yield from odd(value, f"{at}/{number}")
    elif (found is None and "/column_settings/" not in at) or (isinstance(found, float) and not math.isfinite(found)):
        yield f"{at}: {found}"
