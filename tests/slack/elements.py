"""Buttons, fields and menus: docs.slack.dev/reference/block-kit/block-elements."""

import re
from collections.abc import Callable
from datetime import date

from tests.slack import shapes
from tests.slack.shapes import Faults, Json

Check = Callable[[Json, str], Faults]
CHOICES = frozenset(("checkboxes", "radio_buttons"))
MENUS = frozenset(("static_select", "users_select", "conversations_select", "channels_select"))
MANY = frozenset(("multi_static_select", "multi_users_select"))
PICKERS = frozenset(("datepicker", "timepicker"))
WRITTEN = frozenset(("plain_text_input", "email_text_input", "url_text_input"))
# Where each may stand: https://docs.slack.dev/reference/block-kit/block-elements, "works with block types".
IN_ACTIONS = frozenset(("button",)) | CHOICES | MENUS | PICKERS
IN_SECTION = IN_ACTIONS | MANY | {"image"}
IN_INPUT = CHOICES | MENUS | MANY | PICKERS | WRITTEN
COMMON = ("type", "action_id", "focus_on_load")


def element(found: object, at: str, allowed: frozenset[str]) -> Faults:
    """One element, where it may stand."""
    if not isinstance(found, dict):
        yield f"{at}: not an object"
        return
    kind = found.get("type")
    if kind not in allowed:
        yield f"{at}: {kind!r} may not stand here"
    if "action_id" in found:
        yield from shapes.string(found["action_id"], f"{at}/action_id", 255)
    check = CHECKS.get(str(kind))
    if check is None:
        yield f"{at}: unknown element {kind!r}"
        return
    yield from check(found, at)
    yield from shapes.confirm(found, at)
    yield from shapes.flag(found, at, "focus_on_load")


def _button(found: Json, at: str) -> Faults:
    may = ("action_id", "url", "value", "style", "confirm", "accessibility_label")
    yield from shapes.keys(found, at, ("type", "text"), may)
    yield from shapes.text(found.get("text"), f"{at}/text", 75, plain=True)
    if "value" in found:
        yield from shapes.string(found["value"], f"{at}/value", 2_000)
    if "url" in found:
        yield from shapes.web_address(found["url"], f"{at}/url")
    if found.get("style", "primary") not in ("primary", "danger"):
        yield f"{at}: style {found['style']!r}"
    if "accessibility_label" in found:
        yield from shapes.string(found["accessibility_label"], f"{at}/accessibility_label", 75)


def _boxes(found: Json, at: str) -> Faults:
    many = found["type"] == "checkboxes"
    yield from shapes.keys(
        found, at, ("type", "options"), (*COMMON, "confirm", "initial_options" if many else "initial_option")
    )
    yield from shapes.options(found.get("options"), f"{at}/options", 10, plain=False)
    yield from shapes.initial(found, at, shapes.each(found.get("options")), many=many)


def _menu(found: Json, at: str) -> Faults:
    many = found["type"] == "multi_static_select"
    may = (*COMMON, "placeholder", "confirm", "options", "option_groups")
    more = ("initial_options", "max_selected_items") if many else ("initial_option",)
    yield from shapes.keys(found, at, ("type",), (*may, *more))
    yield from shapes.optional_text(found, "placeholder", at, 150)
    if ("options" in found) == ("option_groups" in found):
        yield f"{at}: either options or option_groups"
    if "options" in found:
        yield from shapes.options(found["options"], f"{at}/options", 100, plain=True)
    known = list(shapes.each(found.get("options")))
    if "option_groups" in found:
        yield from _groups(found["option_groups"], f"{at}/option_groups")
        known = [o for g in shapes.each(found["option_groups"]) if isinstance(g, dict) for o in g.get("options", ())]
    yield from shapes.initial(found, at, known, many=many)
    yield from _most(found, at)


def _most(found: Json, at: str) -> Faults:
    most = found.get("max_selected_items", 1)
    if not isinstance(most, int) or most < 1:
        yield f"{at}/max_selected_items: not a number from 1"


def _groups(found: object, at: str) -> Faults:
    yield from shapes.listed(found, at, 100)
    for number, group in enumerate(shapes.each(found)):
        here = f"{at}/{number}"
        yield from shapes.keys(group, here, ("label", "options"))
        if isinstance(group, dict):
            yield from shapes.text(group.get("label"), f"{here}/label", 75, plain=True)
            yield from shapes.options(group.get("options"), f"{here}/options", 100, plain=True)


def _people(found: Json, at: str) -> Faults:
    many = found["type"] == "multi_users_select"
    name = "initial_users" if many else "initial_user"
    more = (name, "max_selected_items") if many else (name,)
    yield from shapes.keys(found, at, ("type",), (*COMMON, "placeholder", "confirm", *more))
    yield from shapes.optional_text(found, "placeholder", at, 150)
    if name in found:
        chosen = found[name] if many else [found[name]]
        yield from shapes.listed(chosen, f"{at}/{name}", 100)
        for number, user in enumerate(shapes.each(chosen)):
            yield from shapes.user(user, f"{at}/{name}/{number}")
    yield from _most(found, at)


def _conversations(found: Json, at: str) -> Faults:
    kind = found["type"].removesuffix("s_select")
    more = (f"initial_{kind}", "filter", "default_to_current_conversation", "response_url_enabled")
    yield from shapes.keys(found, at, ("type",), (*COMMON, "placeholder", "confirm", *more))
    yield from shapes.optional_text(found, "placeholder", at, 150)


def _date(found: Json, at: str) -> Faults:
    yield from shapes.keys(found, at, ("type",), (*COMMON, "placeholder", "confirm", "initial_date"))
    yield from shapes.optional_text(found, "placeholder", at, 150)
    given = found.get("initial_date", "2026-01-01")
    try:
        good = isinstance(given, str) and date.fromisoformat(given).isoformat() == given
    except ValueError:
        good = False
    if not good:
        yield f"{at}/initial_date: {given!r} is not YYYY-MM-DD"


def _time(found: Json, at: str) -> Faults:
    yield from shapes.keys(found, at, ("type",), (*COMMON, "placeholder", "confirm", "initial_time", "timezone"))
    yield from shapes.optional_text(found, "placeholder", at, 150)
    given = found.get("initial_time", "00:00")
    if not isinstance(given, str) or not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", given):
        yield f"{at}/initial_time: {given!r} is not HH:mm"


def _written(found: Json, at: str) -> Faults:
    may = (*COMMON, "placeholder", "initial_value", "dispatch_action_config")
    free = found["type"] == "plain_text_input"
    yield from shapes.keys(found, at, ("type",), (*may, "multiline", "min_length", "max_length") if free else may)
    yield from shapes.optional_text(found, "placeholder", at, 150)
    yield from shapes.flag(found, at, "multiline")
    least, most = found.get("min_length", 0), found.get("max_length", 3_000)
    if not isinstance(most, int) or not 1 <= most <= 3_000:
        yield f"{at}/max_length: {most!r} is not 1 to 3000"
        most = 3_000
    if not isinstance(least, int) or not 0 <= least <= most:
        yield f"{at}/min_length: {least!r} is not 0 to {most}"
    if "initial_value" in found:
        yield from shapes.string(found["initial_value"], f"{at}/initial_value", most, least=0)


def _image(found: Json, at: str) -> Faults:
    yield from shapes.keys(found, at, ("type", "image_url", "alt_text"))
    yield from shapes.image(found, at)


CHECKS: dict[str, Check] = {
    "button": _button,
    "checkboxes": _boxes,
    "radio_buttons": _boxes,
    "static_select": _menu,
    "multi_static_select": _menu,
    "users_select": _people,
    "multi_users_select": _people,
    "conversations_select": _conversations,
    "channels_select": _conversations,
    "datepicker": _date,
    "timepicker": _time,
    "plain_text_input": _written,
    "email_text_input": _written,
    "url_text_input": _written,
    "image": _image,
}
