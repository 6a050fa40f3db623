"""The neutral message: a closed set of blocks that every renderer draws, and the reply that carries them.

Limits and escaping belong to the renderers. Text is always plain; spans are joined without anything between them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Literal, assert_never

from pydantic import TypeAdapter

from bot.events import Handle


@dataclass(frozen=True, slots=True)
class Span:
    """A run of text. At most one of `link` (an http address) and `mention` (a person to notify) is set."""

    text: str
    style: Literal["plain", "strong", "muted"] = "plain"
    link: str = ""
    mention: Handle | None = None


@dataclass(frozen=True, slots=True)
class Heading:
    """The title of a card or of a part of it (`level` 1 to 3)."""

    text: str
    level: int = 1
    kind: Literal["heading"] = "heading"


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Running text."""

    spans: tuple[Span, ...]
    kind: Literal["paragraph"] = "paragraph"


@dataclass(frozen=True, slots=True)
class Quote:
    """A person's own words, shown exactly as typed."""

    text: str
    by: str = ""
    kind: Literal["quote"] = "quote"


@dataclass(frozen=True, slots=True)
class Facts:
    """Short labelled values."""

    rows: tuple[tuple[str, str], ...]
    kind: Literal["facts"] = "facts"


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under column names. `numeric` holds the positions of columns that are figures."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numeric: tuple[int, ...] = ()
    kind: Literal["table"] = "table"


@dataclass(frozen=True, slots=True)
class Chart:
    """Named values drawn as bars or a line; the renderer adds a table as text alternative."""

    title: str
    labels: tuple[str, ...]
    values: tuple[float, ...]
    unit: str = ""
    shape: Literal["bar", "line"] = "bar"
    kind: Literal["chart"] = "chart"


@dataclass(frozen=True, slots=True)
class Image:
    """A picture by address, with the words that stand for it."""

    url: str
    alt: str
    kind: Literal["image"] = "image"


@dataclass(frozen=True, slots=True)
class File:
    """A file to fetch: its name and media type, the token the adapter fetches it by, and what the link says."""

    name: str
    media: str
    token: str
    text: str
    kind: Literal["file"] = "file"


@dataclass(frozen=True, slots=True)
class Option:
    """One choice: what is sent, what is read, and a line that explains it."""

    value: str
    text: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Choice:
    """Pick from options. `look="list"` shows all of them, `"menu"` folds them away."""

    name: str
    label: str
    options: tuple[Option, ...]
    chosen: tuple[str, ...] = ()
    many: bool = False
    look: Literal["list", "menu"] = "list"
    error: str = ""
    kind: Literal["choice"] = "choice"


@dataclass(frozen=True, slots=True)
class PersonPick:
    """Pick colleagues; values are handles written `platform/id`."""

    name: str
    label: str
    chosen: tuple[str, ...] = ()
    many: bool = False
    error: str = ""
    kind: Literal["person_pick"] = "person_pick"


@dataclass(frozen=True, slots=True)
class TextInput:
    """Write text, or a day (`format="date"`, ISO)."""

    name: str
    label: str
    value: str = ""
    hint: str = ""
    lines: int = 1
    format: Literal["text", "date", "time"] = "text"
    required: bool = False
    error: str = ""
    kind: Literal["text_input"] = "text_input"


@dataclass(frozen=True, slots=True)
class Button:
    """A press: `action` names the feature's function, `value` what it is about. With `link` it only opens a page."""

    action: str
    text: str
    value: str = ""
    style: Literal["plain", "primary", "danger"] = "plain"
    confirm: str = ""
    link: str = ""


@dataclass(frozen=True, slots=True)
class Buttons:
    """A row of buttons."""

    buttons: tuple[Button, ...]
    kind: Literal["buttons"] = "buttons"


@dataclass(frozen=True, slots=True)
class Divider:
    """A line between parts."""

    kind: Literal["divider"] = "divider"


Block = (
    Heading
    | Paragraph
    | Quote
    | Facts
    | Table
    | Chart
    | Image
    | File
    | Choice
    | PersonPick
    | TextInput
    | Buttons
    | Divider
)


@dataclass(frozen=True, slots=True)
class Card:
    """A message. `summary` is its plain text for notifications and screen readers; `lang` the language it is in."""

    blocks: tuple[Block, ...]
    summary: str
    lang: str = "ja"


@dataclass(frozen=True, slots=True)
class Reply:
    """Where a card appears: only for `me`, for everyone `here`, as a `dialog`, as `home`, or to stay in one's `chat`.

    `replaces` puts it in the place of the card whose button was pressed. `refused` says that nothing was done: what the
    person filled in is to stay. `needed` says that its summary alone does not do: it has the only button of its kind.
    """

    card: Card
    at: Literal["me", "here", "dialog", "home", "chat"] = "me"
    replaces: bool = False
    refused: bool = False
    needed: bool = False


@cache
def _adapter() -> TypeAdapter[Card]:
    return TypeAdapter(Card)


def dump(card: Card) -> str:
    """A card as JSON, for the outbox."""
    return _adapter().dump_json(card, exclude_defaults=False).decode()


def load(text: str) -> Card:
    """The card that `dump` wrote."""
    return _adapter().validate_json(text)


def say(*parts: str | Span) -> Paragraph:
    """A paragraph from plain strings and spans."""
    return Paragraph(tuple(Span(p) if isinstance(p, str) else p for p in parts))


def muted(text: str) -> Paragraph:
    """A paragraph of secondary text."""
    return Paragraph((Span(text, "muted"),))


def row(*buttons: Button | None) -> Buttons:
    """A row of the buttons that are there."""
    return Buttons(tuple(b for b in buttons if b))


def with_error(card: Card, name: str, message: str) -> Card:
    """The same card with a message at the field called `name`."""
    return replace(card, blocks=tuple(_marked(b, name, message) for b in card.blocks))


def _marked(block: Block, name: str, message: str) -> Block:
    if isinstance(block, Choice | PersonPick | TextInput) and block.name == name:
        return replace(block, error=message)
    return block


def plain(card: Card) -> str:
    """The whole card as text: terminal, log of a delivery that could not be drawn, screen reader."""
    return "\n".join(line for block in card.blocks for line in plain_lines(block))


def plain_lines(block: Block) -> Iterable[str]:
    """One block as lines of text."""
    match block:
        case Heading():
            return [f"{'#' * block.level} {block.text}"]
        case Paragraph():
            return ["".join(s.text for s in block.spans)]
        case Quote():
            return [f"> {block.text}" + (f" — {block.by}" if block.by else "")]
        case Facts():
            return [f"{label}: {value}" for label, value in block.rows]
        case Table():
            return [block.title, *_grid(block)]
        case Chart():
            return [
                block.title,
                *(f"  {a} {b:g}{block.unit}" for a, b in zip(block.labels, block.values, strict=True)),
            ]
        case Image():
            return [block.alt]
        case File():
            return [f"{block.text}: {block.name}"]
        case Choice():
            return [
                block.label,
                *(f"  [{'x' if o.value in block.chosen else ' '}] {o.text}" for o in block.options),
            ]
        case PersonPick() | TextInput():
            return [f"{block.label}: "]
        case Buttons():
            return [" ".join(f"({b.text})" for b in block.buttons)]
        case Divider():
            return [""]
        case _:
            assert_never(block)


def _grid(table: Table) -> Sequence[str]:
    return [" | ".join(cells) for cells in (table.columns, *table.rows)]
