"""Making a card fit: what is too much is shortened, what can be pressed or filled in stays."""

import json
from collections.abc import Iterable
from typing import Any, NamedTuple

from adapters.slack.text import Json
from adapters.texts import cut, length

STEPS = (3_000, 1_000, 300, 100)
TELLING = frozenset(("text", "value"))
# What a button, one with a question, an option and anything large come to at the most.
BUTTON, WORDY, OPTION, HEAVY = 75, 2_700, 300, 10**6
STAYS = frozenset(("input", "actions"))


class Room(NamedTuple):
    """How much a message or a view holds; `weight` is its bytes as JSON, 0 where nobody counts them."""

    blocks: int
    characters: int
    weight: int = 0


def fitted(blocks: list[Json], room: Room, note: Json) -> list[Json]:
    """What fits of some blocks; where anything was left out, `note` says so at the end."""
    if len(blocks) <= room.blocks and _fits(blocks, room):
        return blocks
    left = room._replace(characters=room.characters - size([note]))
    kept = _fewer(blocks, room.blocks - 1)
    for step in STEPS:
        if _fits(kept, left):
            break
        kept = [_shorter(block, step) for block in kept]
    while kept and not _fits(kept, left):
        kept = _fewer(kept, len(kept) - 1)
    return [*kept, note]


def _fits(blocks: list[Json], room: Room) -> bool:
    # Nearly every card is far from its limits, which is seen without looking at each of its words.
    if sum(map(_at_most, blocks)) <= room.characters:
        return True
    heavy = room.weight and len(json.dumps(blocks)) > room.weight
    return not heavy and size(blocks) <= room.characters


def _at_most(block: Json) -> int:
    """No fewer than the characters of a block, as Slack counts them."""
    match block["type"]:
        case "actions":
            return sum(WORDY if "confirm" in e else BUTTON + 2 * len(e.get("value", "")) for e in block["elements"])
        case "input":
            element, named = block["element"], (block["label"], block.get("hint"))
            free = len(element.get("initial_value", "")) + sum(len(text["text"]) for text in named if text)
            options = OPTION * len(element.get("options", ())) + (HEAVY if "option_groups" in element else 0)
            return 2 * free + options + OPTION
        case "table":
            return HEAVY
        case _:
            return size(block)


def size(found: Any) -> int:
    """The characters of every text in some blocks."""
    total, waiting = 0, [found]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            waiting += (v for k, v in one.items() if k in TELLING or not isinstance(v, str))
        elif isinstance(one, list):
            waiting += one
        elif isinstance(one, str):
            total += length(one)
    return total


def _fewer(blocks: list[Json], most: int) -> list[Json]:
    """Leave out from the end what only tells, then what can be pressed."""
    surplus = len(blocks) - most
    gone: set[int] = set()
    for droppable in (_tells(blocks), range(len(blocks) - 1, -1, -1)):
        for position in droppable:
            if len(gone) < surplus:
                gone.add(position)
    return [b for i, b in enumerate(blocks) if i not in gone]


def _tells(blocks: list[Json]) -> Iterable[int]:
    return (i for i in range(len(blocks) - 1, 0, -1) if blocks[i]["type"] not in STAYS)


def _shorter(found: Any, most: int) -> Any:
    """The same with every run of rich text and table cell cut; labels and options are short as they are."""
    if isinstance(found, list):
        return [_shorter(v, most) for v in found]
    if not isinstance(found, dict):
        return found
    if found.get("type") in ("text", "raw_text"):
        return {**found, "text": cut(found["text"], most)}
    return {k: _shorter(v, most) for k, v in found.items()}
