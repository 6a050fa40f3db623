"""What a card asks for, as Slack's inputs: the field's name is the block's id, so that nothing needs a table."""

from collections.abc import Callable, Sequence
from datetime import date, time

from adapters.slack.limits import LIMITS
from adapters.slack.text import Json, plain_text, user_of
from adapters.texts import cut
from bot.cards import Choice, Option, PersonPick, TextInput
from bot.phrases import Speak

ELEMENT = "v"


def choice(block: Choice, t: Speak) -> list[Json]:
    """Boxes or dots as long as they are few, else a menu; a choice without options asks nothing."""
    # Slack tells options apart by their value.
    given = {o.value[: LIMITS.option_value]: o for o in reversed(block.options)}
    options = [_option(o) for o in reversed(given.values())]
    if not options:
        return []
    chosen = [o for o in options if given[o["value"]].value in block.chosen]
    if block.look == "list" and len(options) <= LIMITS.boxes:
        element = _boxes(options, chosen, many=block.many)
    else:
        element = _menu(options, chosen, t("slack.choose"), many=block.many)
    # Where one of several is chosen already, nothing can be left out: Slack need not call it optional.
    return _input(block.name, block.label, element, error=block.error, t=t, optional=block.many or not chosen)


def _boxes(options: list[Json], chosen: list[Json], *, many: bool) -> Json:
    found: Json = {"type": "checkboxes" if many else "radio_buttons", "options": options}
    if chosen:
        found |= {"initial_options": chosen} if many else {"initial_option": chosen[0]}
    return found


def _menu(options: list[Json], chosen: list[Json], placeholder: str, *, many: bool) -> Json:
    found: Json = {"type": "multi_static_select" if many else "static_select"}
    found["placeholder"] = plain_text(placeholder, LIMITS.placeholder)
    found |= _grouped(options)
    if chosen:
        found |= {"initial_options": chosen} if many else {"initial_option": chosen[0]}
    return found


def _grouped(options: list[Json]) -> Json:
    """Up to a hundred options as they are; more in groups named by their first and last."""
    size = LIMITS.menu_options
    if len(options) <= size:
        return {"options": options}
    parts = [options[i : i + size] for i in range(0, len(options), size)][: LIMITS.menu_groups]
    return {"option_groups": [{"label": _range(part), "options": part} for part in parts]}


def _range(part: Sequence[Json]) -> Json:
    first, last = (cut(o["text"]["text"], 30) for o in (part[0], part[-1]))
    return plain_text(f"{first} – {last}", LIMITS.option_text)


def _option(option: Option) -> Json:
    found: Json = {
        "text": plain_text(option.text, LIMITS.option_text),
        "value": option.value[: LIMITS.option_value],
    }
    if option.hint:
        found["description"] = plain_text(option.hint, LIMITS.option_text)
    return found


def person_pick(block: PersonPick, org: str, t: Speak) -> list[Json]:
    """A search over the workspace's people."""
    users = [user for handle in block.chosen if (user := user_of(handle, org))][: LIMITS.menu_options]
    element: Json = {"type": "multi_users_select" if block.many else "users_select"}
    element["placeholder"] = plain_text(t("slack.choose"), LIMITS.placeholder)
    if users:
        element |= {"initial_users": users} if block.many else {"initial_user": users[0]}
    return _input(block.name, block.label, element, error=block.error, t=t)


def text_input(block: TextInput, t: Speak) -> list[Json]:
    """A line, a larger field, or Slack's own day or time picker."""
    match block.format:
        case "date":
            element = _picker("datepicker", "initial_date", block.value, date.fromisoformat)
        case "time":
            element = _picker("timepicker", "initial_time", block.value, _time)
        case "text":
            element = {"type": "plain_text_input", "multiline": block.lines > 1}
            if block.value:
                element["initial_value"] = cut(block.value, LIMITS.field_value)
    return _input(
        block.name, block.label, element, error=block.error, t=t, hint=block.hint, optional=not block.required
    )


def _picker(kind: str, initial: str, value: str, read: Callable[[str], object]) -> Json:
    """A picker; what stands in it must be a day, or a time, as Slack writes them."""
    try:
        return {"type": kind, **({initial: value} if value and str(read(value)) == value else {})}
    except ValueError:
        return {"type": kind}


def _time(value: str) -> str:
    return f"{time.fromisoformat(value):%H:%M}"


def _input(
    name: str, label: str, element: Json, *, error: str, t: Speak, hint: str = "", optional: bool = True
) -> list[Json]:
    block: Json = {
        "type": "input",
        "block_id": name[: LIMITS.block_id],
        "label": plain_text(label, LIMITS.label),
        "element": {**element, "action_id": ELEMENT},
        "optional": optional,
    }
    if hint:
        block["hint"] = plain_text(hint, LIMITS.hint)
    return [*_error(error, t), block]


def _error(text: str, t: Speak) -> list[Json]:
    if not text:
        return []
    return [{"type": "context", "elements": [plain_text(t("slack.error_mark", text=text), LIMITS.context)]}]
