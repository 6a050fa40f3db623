"""Fields of a message or a view: finding them, filling them in, and what Slack sends of them."""

from collections.abc import Iterator, Sequence
from typing import Any

from tests.slack.plain import unescaped
from tests.slack.workspace import Json, Message, View, Workspace

Value = str | Sequence[str] | None
Thing = Message | View
# For each kind of element: the name of its value, where its first value stands, and whether it holds several.
STATE: dict[str, tuple[str, str, bool]] = {
    "plain_text_input": ("value", "initial_value", False),
    "email_text_input": ("value", "initial_value", False),
    "url_text_input": ("value", "initial_value", False),
    "number_input": ("value", "initial_value", False),
    "checkboxes": ("selected_options", "initial_options", True),
    "multi_static_select": ("selected_options", "initial_options", True),
    "radio_buttons": ("selected_option", "initial_option", False),
    "static_select": ("selected_option", "initial_option", False),
    "users_select": ("selected_user", "initial_user", False),
    "multi_users_select": ("selected_users", "initial_users", True),
    "conversations_select": ("selected_conversation", "initial_conversation", False),
    "channels_select": ("selected_channel", "initial_channel", False),
    "datepicker": ("selected_date", "initial_date", False),
    "timepicker": ("selected_time", "initial_time", False),
    "datetimepicker": ("selected_date_time", "initial_date_time", False),
}


def elements(where: Thing) -> Iterator[tuple[Json, Json]]:
    """Every element that can be used, with its block."""
    for block in where.blocks:
        single = block.get("element") or block.get("accessory")
        found = block.get("elements", ()) if block["type"] == "actions" else (single,) if single else ()
        for element in found:
            if "action_id" in element:
                yield block, element


def values(where: Thing, user: str) -> Json:
    """`state.values` as Slack sends it: every field, filled in or not."""
    found: Json = {}
    for block, element in elements(where):
        if element["type"] in STATE:
            typed = where.typed.get((user, block["block_id"], element["action_id"]))
            state = typed if typed and _still_there(element, typed) else standing(element)
            found.setdefault(block["block_id"], {})[element["action_id"]] = state
    return found


def _still_there(element: Json, state: Json) -> bool:
    """What was filled in outlives an update, unless the field became another or lost the option."""
    name, _, many = STATE[element["type"]]
    if state["type"] != element["type"]:
        return False
    if not name.startswith("selected_option"):
        return True
    chosen = state[name] if many else [state[name]] if state[name] else []
    return all(option in options(element) for option in chosen)


def standing(element: Json) -> Json:
    """The state of a field nobody touched."""
    name, initial, many = STATE[element["type"]]
    return {"type": element["type"], name: element.get(initial) or ([] if many else None)}


def entered(element: Json, value: Value, home: Workspace) -> Json:
    """The state of a field with this in it, if Slack's client lets one enter it."""
    kind = element["type"]
    name, _, many = STATE[kind]
    given = [value] if isinstance(value, str) else list(value or ())
    assert many or len(given) <= 1, f"{kind} takes one value, not {given}"
    held: list[Any] = [_held(element, v, home) for v in given]
    return {"type": kind, name: held if many else (held[0] if held else None)}


def _held(element: Json, value: str, home: Workspace) -> Any:
    kind = element["type"]
    if STATE[kind][0].startswith("selected_option"):
        found = next((o for o in options(element) if o["value"] == value), None)
        assert found is not None, f"no option {value!r} among {[o['value'] for o in options(element)]}"
        return found
    if kind.endswith("users_select"):
        assert value in home.users, f"nobody is {value!r} in this workspace"
    if kind == "plain_text_input":
        longest = element.get("max_length", 3_000)
        assert len(value) <= longest, f"the field takes {longest} characters"
    return value


def options(element: Json) -> list[Json]:
    """The options of a choice, in groups or not."""
    return [o for group in element.get("option_groups") or [element] for o in group.get("options", ())]


def field(where: Thing, name: str) -> tuple[Json, Json]:
    """The field of that name, which is the id of its block, or of its action."""
    found = [(b, e) for b, e in elements(where) if e["type"] in STATE]
    hits = [f for f in found if f[0]["block_id"] == name] or [f for f in found if f[1]["action_id"] == name]
    assert hits, f"no field {name!r} among {[b['block_id'] for b, _ in found]}"
    return hits[0]


def missing(view: View, state: Json) -> list[str]:
    """The fields that must not be left empty and are."""
    wanted = [b for b in view.blocks if b["type"] == "input" and not b.get("optional")]
    return [b["block_id"] for b in wanted if _empty(state[b["block_id"]][b["element"]["action_id"]])]


def _empty(state: Json) -> bool:
    return not state[STATE[state["type"]][0]]


def button(where: Thing, words: str) -> tuple[Json, Json]:
    """The button with this text, or the one whose action begins so, with its block."""
    found = [(b, e) for b, e in elements(where) if e["type"] == "button"]
    said = [(b, e, unescaped(e["text"]["text"])) for b, e in found]
    hits = (
        [(b, e) for b, e, text in said if text == words]
        or [(b, e) for b, e in found if e["action_id"].startswith(words)]
        or [(b, e) for b, e, text in said if words in text]
    )
    assert hits, f"no button {words!r} among {[text for _, _, text in said]}"
    return hits[0]


def pressed(block: Json, element: Json, at: str) -> Json:
    """A pressed button as an action."""
    kept: Json = {name: element[name] for name in ("text", "value", "style", "url", "confirm") if name in element}
    return {"type": "button", "block_id": block["block_id"], "action_id": element["action_id"], **kept, "action_ts": at}
