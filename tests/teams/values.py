"""What single properties of a card may hold."""

import math
import re
from collections.abc import Callable
from typing import Any

from tests.teams.tenant import Json

_PATTERNS = {
    "date": r"\d{4}-\d{2}-\d{2}",
    "time": r"([01]\d|2[0-3]):[0-5]\d",
    "pixels": r"\d+px",
    "language": r"[a-z]{2}(-[A-Z]{2})?",
    "page": r"(https?://|mailto:)\S+",
    "picture": r"(https?://\S+|data:image/(png|jpeg|gif|svg\+xml)[;,]\S+)",
    "said": r"(?s).*\S.*",
    "text": r"(?s).*",
    "size": r"auto|stretch|\d+px",
}
_DATASETS = re.compile(r"graph\.microsoft\.com/users(\?scope=currentContext)?")


def problem(rule: str, value: Any) -> str:
    """What is wrong with a value, or ""."""
    if rule in _PATTERNS:
        right = isinstance(value, str) and re.fullmatch(_PATTERNS[rule], value)
        return "" if right else f"{value!r} is no {rule}"
    rules: dict[str, Callable[[], bool]] = {
        "any": lambda: True,
        "flag": lambda: isinstance(value, bool),
        "count": lambda: isinstance(value, int) and not isinstance(value, bool) and value >= 1,
        "number": lambda: number(value),
        "object": lambda: isinstance(value, dict),
        "width": lambda: number(value) or bool(re.fullmatch(r"auto|stretch|\d+px|\d+", str(value))),
        "facts": lambda: _all(value, _fact),
        "choices": lambda: isinstance(value, list) and all(map(_choice, value)),
        "query": lambda: _query(value),
        "points": lambda: _all(value, _point),
        "lines": lambda: _all(value, _line),
        "slices": lambda: _all(value, _slice),
        "targets": lambda: isinstance(value, list) and bool(value),
    }
    return "" if rules[rule]() else f"{value!r} is no {rule}"


def number(value: Any) -> bool:
    """Whether it is a number that JSON can carry."""
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def mention(entity: Any) -> str:
    """What is wrong with a mention, or ""."""
    if not isinstance(entity, dict) or entity.get("type") != "mention":
        return "is no mention"
    who = entity.get("mentioned")
    if not isinstance(who, dict) or not who.get("id") or not who.get("name"):
        return "needs mentioned with id and name"
    if not re.fullmatch(r"(?s)<at>.+</at>", str(entity.get("text", ""))):
        return "needs its text between <at> and </at>"
    return f"knows no {sorted(set(entity) - {'type', 'text', 'mentioned'})}" if set(entity) > _MENTION else ""


_MENTION = {"type", "text", "mentioned"}


def choice_problems(found: Json) -> list[str]:
    """What is wrong with a set of choices beyond its shape."""
    offered = [c.get("value") for c in found.get("choices") or () if isinstance(c, dict)]
    many = bool(found.get("isMultiSelect"))
    problems = [] if len(set(offered)) == len(offered) else ["two choices have the same value"]
    if many and any("," in str(value) for value in offered):
        problems.append("a value with a comma cannot be told from two")
    value = str(found.get("value") or "")
    standing = [v for v in value.split(",") if v] if many else [value] if value else []
    if "choices.data" not in found:
        problems += [f"{value!r} is chosen and not offered" for value in standing if value not in offered]
    if many and found.get("style") == "filtered" and "choices.data" not in found:
        problems.append("filtered and isMultiSelect want choices.data")
    return problems


def _all(found: Any, one: Any) -> bool:
    return isinstance(found, list) and bool(found) and all(map(one, found))


def _fact(found: Any) -> bool:
    return (
        isinstance(found, dict) and set(found) == {"title", "value"} and all(isinstance(v, str) for v in found.values())
    )


def _choice(found: Any) -> bool:
    texts = isinstance(found, dict) and all(isinstance(v, str) and v for v in found.values())
    return texts and set(found) == {"title", "value"}


def _query(found: Any) -> bool:
    right = isinstance(found, dict) and set(found) <= {"type", "dataset", "count", "skip", "associatedInputs"}
    return right and found.get("type") == "Data.Query" and bool(_DATASETS.fullmatch(str(found.get("dataset"))))


def _point(found: Any) -> bool:
    right = isinstance(found, dict) and set(found) <= {"x", "y", "color"} and {"x", "y"} <= set(found)
    return right and isinstance(found["x"], str) and number(found["y"])


def _line(found: Any) -> bool:
    right = (
        isinstance(found, dict) and set(found) <= {"legend", "values", "color"} and {"legend", "values"} <= set(found)
    )
    return right and isinstance(found["legend"], str) and _all(found["values"], _step)


def _step(found: Any) -> bool:
    right = isinstance(found, dict) and set(found) == {"x", "y"} and number(found["y"])
    return right and (isinstance(found["x"], str) or number(found["x"]))


def _slice(found: Any) -> bool:
    right = isinstance(found, dict) and set(found) <= {"legend", "value", "color"} and {"legend", "value"} <= set(found)
    return right and isinstance(found["legend"], str) and number(found["value"])
