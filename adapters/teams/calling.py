"""How the bot is called: texts name it by slash commands, for which Teams has its name and words instead."""

import re
from dataclasses import replace
from typing import assert_never

from bot import cards
from bot.cards import (
    Block,
    Button,
    Buttons,
    Card,
    Chart,
    Choice,
    Divider,
    Facts,
    File,
    Heading,
    Image,
    Option,
    Paragraph,
    PersonPick,
    Quote,
    Table,
    TextInput,
)
from bot.phrases import Speak

COMMAND = re.compile(r"/(kizuki|kudos|pulse)(?![\w/-])", re.ASCII)


def called(card: Card, t: Speak) -> Card:
    """The card with the commands it names as they are said in Teams; what people wrote stays as it is."""
    if not COMMAND.search(cards.dump(card)):
        return card
    blocks = tuple(_block(block, t) for block in card.blocks)
    return replace(card, blocks=blocks, summary=said(card.summary, t))


def said(text: str, t: Speak) -> str:
    """A text with its commands as they are said in Teams."""
    return COMMAND.sub(lambda found: t(f"teams.call_{found[1]}"), text)


def _block(block: Block, t: Speak) -> Block:
    match block:
        case Heading() | File():
            return replace(block, text=said(block.text, t))
        case Paragraph():
            return replace(block, spans=tuple(replace(span, text=said(span.text, t)) for span in block.spans))
        case Facts():
            return replace(block, rows=tuple((said(label, t), said(value, t)) for label, value in block.rows))
        case Choice():
            return replace(block, label=said(block.label, t), options=tuple(_option(one, t) for one in block.options))
        case TextInput():
            return replace(block, label=said(block.label, t), hint=said(block.hint, t), error=said(block.error, t))
        case Buttons():
            return Buttons(tuple(_button(button, t) for button in block.buttons))
        case Quote() | Table() | Chart() | Image() | PersonPick() | Divider():
            return block
        case _:
            assert_never(block)


def _option(option: Option, t: Speak) -> Option:
    return replace(option, text=said(option.text, t), hint=said(option.hint, t))


def _button(button: Button, t: Speak) -> Button:
    return replace(button, text=said(button.text, t), confirm=said(button.confirm, t))
