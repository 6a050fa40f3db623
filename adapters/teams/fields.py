"""What a card asks for, as Adaptive Card inputs.

The beginning of an input's id says how its value is to be read: t: as typed, c: as one choice, m: as choices with
commas between them, p: as people.
"""

from collections.abc import Callable
from datetime import date, time

from adapters.teams.limits import LIMITS
from adapters.teams.text import BLANK, Json, inert, muted, oid_of, packed, still
from bot.cards import Choice, Option, PersonPick, TextInput
from bot.phrases import Speak


def choice(block: Choice, t: Speak) -> list[Json]:
    """Boxes or dots as long as they are few, else a menu; a choice without options asks nothing."""
    # Teams tells options apart by their value.
    given = {o.value: o for o in reversed(block.options)}
    options = list(reversed(given.values()))
    if not options:
        return []
    chosen = [o.value for o in options if o.value in block.chosen]
    drawn: Json = {
        **_input("Input.ChoiceSet", ("m:" if block.many else "c:") + block.name, block),
        "style": _look(block, len(options)),
        "isMultiSelect": block.many,
        "wrap": True,
        "choices": [_option(o) for o in options],
    }
    if chosen:
        drawn["value"] = ",".join(map(packed, chosen if block.many else chosen[:1]))
    if drawn["style"] != "expanded":
        drawn["placeholder"] = t("teams.choose")
    return [*_error(block.error, t), drawn]


def _look(block: Choice, count: int) -> str:
    if block.look == "list" and count <= LIMITS.listed:
        return "expanded"
    return "filtered" if count > LIMITS.menu and not block.many else "compact"


def _option(option: Option) -> Json:
    text = option.text.strip() or option.value.strip() or BLANK
    return {"title": still(f"{text} — {option.hint}" if option.hint else text), "value": packed(option.value)}


def person_pick(block: PersonPick, tenant: str, t: Speak) -> list[Json]:
    """A search over the organisation's people."""
    people = [person for handle in block.chosen if (person := oid_of(handle, tenant))]
    drawn: Json = {
        **_input("Input.ChoiceSet", f"p:{block.name}", block),
        "choices": [],
        "choices.data": {"type": "Data.Query", "dataset": "graph.microsoft.com/users"},
        "isMultiSelect": block.many,
        "placeholder": t("teams.choose_person"),
    }
    if people:
        drawn["value"] = ",".join(people if block.many else people[:1])
    return [*_error(block.error, t), drawn]


def text_input(block: TextInput, t: Speak) -> list[Json]:
    """A line, a larger field, or Teams' own day or time picker; the hint stays in sight below it."""
    match block.format:
        case "date":
            drawn = _picker("Input.Date", block, date.fromisoformat)
        case "time":
            drawn = _picker("Input.Time", block, _time)
        case "text":
            drawn = _input("Input.Text", f"t:{block.name}", block)
            drawn |= {"isMultiline": block.lines > 1, **({"value": block.value} if block.value else {})}
    if block.required:
        drawn |= {"isRequired": True, "errorMessage": still(t("teams.required", label=block.label))}
    hint = [muted(block.hint, spacing="Small")] if block.hint else []
    return [*_error(block.error, t), drawn, *hint]


def _picker(kind: str, block: TextInput, read: Callable[[str], object]) -> Json:
    """A picker; what stands in it must be a day, or a time, as Teams writes them."""
    drawn = _input(kind, f"t:{block.name}", block)
    try:
        return {**drawn, **({"value": block.value} if block.value and str(read(block.value)) == block.value else {})}
    except ValueError:
        return drawn


def _time(value: str) -> str:
    return f"{time.fromisoformat(value):%H:%M}"


def _input(kind: str, ident: str, block: Choice | PersonPick | TextInput) -> Json:
    """An input; what is wrong with it stands close above it."""
    label = still(block.label.strip() or BLANK)
    return {"type": kind, "id": ident, "label": label, "spacing": "Small" if block.error else "Medium"}


def _error(text: str, t: Speak) -> list[Json]:
    """Said above the field, with a sign and a word: colour alone tells nothing to many."""
    if not text:
        return []
    shown = inert(t("teams.error_mark", text=" ".join(text.split())))
    return [
        {
            "type": "TextBlock",
            "text": shown,
            "color": "Attention",
            "weight": "Bolder",
            "wrap": True,
            "spacing": "Medium",
        }
    ]
