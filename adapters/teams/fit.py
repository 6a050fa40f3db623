"""Making a card fit: what is too much is shortened, what can be pressed or filled in stays."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace

from adapters.teams.text import Json
from adapters.texts import cut
from bot.cards import (
    Block,
    Buttons,
    Card,
    Chart,
    Choice,
    Facts,
    File,
    Heading,
    Image,
    Paragraph,
    PersonPick,
    Quote,
    Table,
    TextInput,
)

Draw = Callable[[Card, bool], Json]
STEPS = (3_000, 1_000, 300, 100)
OPTIONS = (500, 200, 100, 30)
STAYS = (Buttons, File, Choice, PersonPick, TextInput)


def weight(found: object) -> int:
    """The bytes of JSON as Teams counts them: in UTF-16."""
    text = json.dumps(found, ensure_ascii=False, separators=(",", ":"))
    return len(text.encode("utf-16-le", "surrogatepass"))


def fitted(card: Card, draw: Draw, most: int) -> Json:
    """A card drawn within so many bytes; `draw` is told whether something was left out, to say so."""
    drawn = draw(card, False)
    if weight(drawn) <= most:
        return drawn
    for shorter in _shorter_ones(card):
        card = shorter
        drawn = draw(card, True)
        if weight(drawn) <= most:
            return drawn
    return _first_ones(card, draw, most)


def _shorter_ones(card: Card) -> Iterator[Card]:
    """The same card, shorter and shorter: its texts, its tables, then what only tells, then its options."""
    for step in STEPS:
        card = replace(card, blocks=tuple(_shortened(block, step) for block in card.blocks))
        yield card
    for share in (0.5, 0.25, 0.125, 0.0):
        yield (card := replace(card, blocks=_fewer(card.blocks, share)))
    for count in OPTIONS:
        card = replace(card, blocks=tuple(_narrowed(block, count) for block in card.blocks))
        yield card


def _fewer(blocks: tuple[Block, ...], share: float) -> tuple[Block, ...]:
    """The first of what only tells, and everything else."""
    left = int(sum(not isinstance(block, STAYS) for block in blocks) * share)
    kept: list[Block] = []
    for block in blocks:
        if isinstance(block, STAYS) or left > 0:
            kept.append(block)
        left -= not isinstance(block, STAYS)
    return tuple(kept)


def _first_ones(card: Card, draw: Draw, most: int) -> Json:
    """As many of the first blocks as fit, found by halving."""
    low, high = 0, len(card.blocks)
    while low < high:
        middle = (low + high + 1) // 2
        if weight(draw(replace(card, blocks=card.blocks[:middle]), True)) <= most:
            low = middle
        else:
            high = middle - 1
    return draw(replace(card, blocks=card.blocks[:low]), True)


def _narrowed(block: Block, count: int) -> Block:
    """A choice of fewer options; those that are chosen stay."""
    if not isinstance(block, Choice):
        return block
    kept = (o for i, o in enumerate(block.options) if i < count or o.value in block.chosen)
    return replace(block, options=tuple(replace(o, hint="", text=cut(o.text, 60)) for o in kept))


def _shortened(block: Block, most: int) -> Block:
    """A block whose texts are cut. What a person is writing is never cut, and what is pressed or chosen stays."""
    match block:
        case Heading():
            return replace(block, text=cut(block.text, most))
        case Paragraph():
            return replace(block, spans=tuple(replace(s, text=cut(s.text, most)) for s in block.spans))
        case Quote():
            return replace(block, text=cut(block.text, most), by=cut(block.by, most))
        case Facts():
            return replace(block, rows=tuple((cut(a, most), cut(b, most)) for a, b in block.rows))
        case Table():
            return _shortened_table(block, most)
        case Chart():
            return replace(block, title=cut(block.title, most), unit=cut(block.unit, most))
        case Image():
            return replace(block, alt=cut(block.alt, most))
        case File():
            return replace(block, text=cut(block.text, most))
        case _:
            return block


def _shortened_table(block: Table, most: int) -> Table:
    rows = (tuple(cut(cell, most) for cell in row) for row in block.rows)
    return replace(
        block, title=cut(block.title, most), columns=tuple(cut(c, most) for c in block.columns), rows=(*rows,)
    )
