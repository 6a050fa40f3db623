"""Fields and buttons of a card: finding them, filling them in, and what Teams sends of them."""

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Union
from urllib.parse import unquote

from tests.teams.plain import plain, read, visible
from tests.teams.tenant import Account, Json, Tenant

if TYPE_CHECKING:
    from typing_extensions import TypeIs

    from tests.teams.person import Person

One = Union[str, "Person"]
Value = One | Sequence[One] | None
Typed = dict[tuple[str, str], str]
INSIDE = ("body", "items", "columns", "rows", "cells", "actions")


def parts(found: Json) -> Iterator[Json]:
    """Every element and action of a card, but not what a button would unfold."""
    for name in INSIDE:
        for part in found.get(name, ()):
            if isinstance(part, dict) and part.get("isVisible") is not False:
                yield part
                yield from parts(part)
    for name in ("selectAction", "inlineAction"):
        if isinstance(found.get(name), dict):
            yield found[name]


def inputs(card: Json) -> list[Json]:
    """The fields of a card, but not of what a button would unfold."""
    return [p for p in parts(card) if str(p.get("type")).startswith("Input.")]


def actions(card: Json, above: tuple[Json, ...] = ()) -> Iterator[tuple[Json, tuple[Json, ...]]]:
    """Every button, each with the cards it stands in: the outermost first."""
    inside = (*above, card)
    for part in parts(card):
        if str(part.get("type")).startswith("Action."):
            yield part, inside
            if part["type"] == "Action.ShowCard":
                yield from actions(part["card"], inside)


def named(action: Json) -> str:
    """The action's name, as kizuki calls it."""
    data = action.get("data")
    carried = data.get("a", "") if isinstance(data, dict) else ""
    return str(carried or action.get("verb", ""))


def title(action: Json) -> str:
    """The words on a button, as they are read."""
    return visible(str(action.get("title", "")))


def action(card: Json, words: str) -> tuple[Json, tuple[Json, ...]]:
    """The button with these words, or the one whose action begins so, with the cards it stands in."""
    found = [(a, above) for a, above in actions(card) if a.get("isEnabled") is not False]
    hits = (
        [f for f in found if title(f[0]) == words]
        or [f for f in found if named(f[0]).startswith(words) and words]
        or [f for f in found if words in title(f[0])]
    )
    assert hits, f"no button {words!r} among {[(title(a), named(a)) for a, _ in found]}"
    return _unfolded(*hits[0])


def _unfolded(found: Json, above: tuple[Json, ...]) -> tuple[Json, tuple[Json, ...]]:
    """A button that unfolds a card with one button in it asks before it does something: that one is meant."""
    if found["type"] != "Action.ShowCard":
        return found, above
    inner = list(actions(found["card"], above))
    assert len(inner) == 1, f"{found.get('title')!r} unfolds {len(inner)} buttons: name one of them"
    return inner[0]


def question(above: tuple[Json, ...]) -> str:
    """What was asked before the button did something, if anything was."""
    return "\n".join(plain({"body": card.get("body", ())}) for card in above[1:])


def field(cards: Sequence[Json], name: str) -> Json:
    """The field of that name."""
    found = [i for card in cards for i in inputs(card)]
    hits = [i for i in found if name in (i.get("id"), bare(str(i.get("id"))))]
    assert hits, f"no field {name!r} among {[i.get('id') for i in found]}"
    return hits[0]


def everywhere(card: Json) -> list[Json]:
    """A card and all the cards that its buttons would unfold."""
    return [card, *(a["card"] for a, _ in actions(card) if a["type"] == "Action.ShowCard")]


def entered(element: Json, value: Value, home: Tenant) -> str:
    """What the field holds with this in it, if Teams' client lets one enter it."""
    given = [value] if isinstance(value, str) or _is_person(value) else list(value or ())
    many = element["type"] == "Input.ChoiceSet" and bool(element.get("isMultiSelect"))
    assert many or len(given) <= 1, f"{element['id']} takes one value, not {given}"
    return ",".join(_held(element, v, home) for v in given)


def _is_person(value: object) -> "TypeIs[Person]":
    return isinstance(getattr(value, "account", None), Account)


def _held(element: Json, value: One, home: Tenant) -> str:
    if not isinstance(value, str):
        assert "choices.data" in element, f"{element['id']} picks no people"
        found = home.find(value.account.oid)
        assert found, f"{value.name} is in no directory of this tenant"
        return found.oid
    match element["type"]:
        case "Input.ChoiceSet":
            return _chosen(element, value, home)
        case "Input.Text":
            longest = element.get("maxLength", 1_000_000)
            assert len(value) <= longest, f"the field takes {longest} characters"
            assert element.get("isMultiline") or "\n" not in value, "the field takes one line"
        case "Input.Date":
            assert re.fullmatch(r"\d{4}-\d{2}-\d{2}", value), f"{value!r} is no day"
        case "Input.Time":
            assert re.fullmatch(r"\d{2}:\d{2}", value), f"{value!r} is no time"
        case "Input.Toggle":
            assert value in (element.get("valueOn", "true"), element.get("valueOff", "false"))
    return value


def _chosen(element: Json, value: str, home: Tenant) -> str:
    """The value of a choice; kizuki writes one with a comma in it percent-encoded."""
    offered = [c["value"] for c in element.get("choices", ())]
    hits = [said for said in offered if value in (said, unquote(said))]
    if hits:
        return str(hits[0])
    known = "choices.data" in element and home.find(value)
    assert known, f"no option {value!r} among {offered}"
    return value


def standing(element: Json, typed: Typed, person: str) -> str:
    """What is in a field now."""
    default = element.get("valueOff", "false") if element["type"] == "Input.Toggle" else ""
    return typed.get((person, element["id"]), str(element.get("value", default)))


def collected(action: Json, cards: Sequence[Json], typed: Typed, person: str) -> Json:
    """`data` of an action with the fields of the cards it stands in; a choice without a choice is not sent."""
    data = action.get("data") or {}
    found: Json = dict(data) if isinstance(data, dict) else {}
    if action.get("associatedInputs") == "none":
        return found
    for element in (i for card in cards for i in inputs(card)):
        value = standing(element, typed, person)
        if value or element["type"] == "Input.Text":
            found[element["id"]] = value
    return found


def missing(action: Json, cards: Sequence[Json], typed: Typed, person: str) -> dict[str, str]:
    """What the client says at fields it does not let pass, each by its name; nothing is sent then."""
    if action.get("associatedInputs") == "none":
        return {}
    found = [i for card in cards for i in inputs(card)]
    wrong = [i for i in found if not _passes(i, standing(i, typed, person))]
    return {bare(i["id"]): str(i.get("errorMessage", "")) for i in wrong}


def _passes(element: Json, value: str) -> bool:
    if not value.strip() and element.get("isRequired"):
        return False
    regex = element.get("regex")
    return not (regex and value) or bool(re.search(regex, value))


def bare(name: str) -> str:
    """A field's name as kizuki calls it: one letter and a colon keep it apart from the data of buttons."""
    return re.sub(r"^[a-z]:", "", name)


def shown_errors(card: Json) -> dict[str, str]:
    """What the app itself wrote in red above a field."""
    found: dict[str, str] = {}
    before: Json = {}
    for part in parts(card):
        if str(part.get("type")).startswith("Input.") and before.get("color", "").lower() == "attention":
            found[bare(part["id"])] = read(before["text"])
        before = part if part.get("type") == "TextBlock" else {}
    return found
