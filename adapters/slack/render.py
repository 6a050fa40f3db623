"""Cards as Block Kit: messages, dialogs and the home tab, each within Slack's limits."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, assert_never

from adapters.slack import fields, figures
from adapters.slack.fit import Room, fitted
from adapters.slack.limits import LIMITS
from adapters.slack.text import BLANK, Json, is_web, plain_text, rich, run, said, section, spans, spoken
from adapters.texts import cut, length
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
    Paragraph,
    PersonPick,
    Quote,
    Table,
    TextInput,
)
from bot.phrases import Speak

Surface = Literal["message", "modal", "home"]
# Pressed buttons that the adapter itself answers.
# What a dialog is called whose card has no heading.
NAME = "kizuki"
FILE, LINK = "slack.file", "slack.link"
MESSAGE = Room(LIMITS.message_blocks, LIMITS.message_text_in_blocks)
VIEW = Room(LIMITS.view_blocks, LIMITS.view_text_in_blocks, LIMITS.view_bytes)


@dataclass(frozen=True, slots=True)
class Drawing:
    """What drawing a card needs: Slack's words around it, and the organisation whose people are users here."""

    t: Speak
    org: str
    surface: Surface = "message"


def message(card: Card, drawing: Drawing) -> Json:
    """A card as a message: blocks for the eye, `text` with everything for the ear."""
    drawn = _fitted(card.blocks, drawing, MESSAGE)
    return {"text": spoken(card), "blocks": drawn}


def plain_message(card: Card) -> Json:
    """The same as text alone, for the day Slack refuses a block."""
    shown = plain_text(said(card).strip(), LIMITS.section)
    return {"text": spoken(card), "blocks": [{"type": "section", "text": shown}]}


def modal(card: Card, drawing: Drawing, *, about: Json) -> Json:
    """A card as a dialog. Its primary button is Slack's submit button; `about` comes back with every press."""
    title = _title(card)
    submit = _submit(card)
    drawn = _fitted(_body(card, submit), drawing, VIEW)
    view = {
        "type": "modal",
        "callback_id": "kizuki",
        "title": plain_text(title, LIMITS.view_title),
        "close": plain_text(drawing.t("slack.close"), LIMITS.view_title),
        "blocks": drawn,
        "private_metadata": _metadata(about, submit),
    }
    if submit or any(b["type"] == "input" for b in drawn):
        view["submit"] = plain_text(submit.text if submit else drawing.t("slack.close"), LIMITS.view_title)
    return view


def home(card: Card, drawing: Drawing) -> Json:
    """A card as the home tab."""
    drawn = _fitted(card.blocks, drawing, VIEW)
    return {"type": "home", "callback_id": "kizuki", "blocks": drawn}


def _title(card: Card) -> str:
    return next((b.text for b in card.blocks if isinstance(b, Heading) and b.text), NAME)


def _body(card: Card, submit: Button | None) -> tuple[Block, ...]:
    """What stands below the dialog's title: without the heading that is the title whole, and without its button."""
    kept = tuple(b for b in (_without(b, submit) for b in card.blocks) if b is not None)
    first = kept[0] if kept else None
    titled = isinstance(first, Heading) and len(first.text) <= LIMITS.view_title and first.text == _title(card)
    return kept[1:] if titled else kept


def _submit(card: Card) -> Button | None:
    """The button that sends a dialog: the primary one of a card that asks for something."""
    if not any(isinstance(b, Choice | PersonPick | TextInput) for b in card.blocks):
        return None
    buttons = [b for block in card.blocks if isinstance(block, Buttons) for b in block.buttons if not b.link]
    primary = [b for b in buttons if b.style == "primary" and not b.confirm]
    return next(iter(primary or (b for b in buttons if not b.confirm)), None)


def _without(block: Block, submit: Button | None) -> Block | None:
    """The block without the button that became the dialog's own."""
    if submit is None or not isinstance(block, Buttons):
        return block
    left = tuple(b for b in block.buttons if b is not submit)
    return Buttons(left) if left else None


def _metadata(about: Json, submit: Button | None) -> str:
    sent = {**about, **({"a": submit.action, "v": submit.value[: LIMITS.button_value]} if submit else {})}
    text = json.dumps(sent, ensure_ascii=False, separators=(",", ":"))
    # What is too long to be remembered cannot be sent: its button gets a kind answer.
    return text if length(text) <= LIMITS.metadata else json.dumps({**sent, "v": ""})


def _fitted(blocks: tuple[Block, ...], drawing: Drawing, room: Room) -> list[Json]:
    """The blocks within their room; at least one, as Slack takes no empty card."""
    return fitted(_blocks(blocks, drawing), room, _context(drawing.t("slack.shortened"))) or [_context(BLANK)]


def _blocks(blocks: tuple[Block, ...], drawing: Drawing) -> list[Json]:
    native = _native(blocks) if drawing.surface == "message" else frozenset()
    drawn = (b for i, block in enumerate(blocks) for b in _block(block, i, drawing, native=i in native))
    return _named_once(drawn)


def _named_once(drawn: Iterable[Json]) -> list[Json]:
    """Two fields of one name would be one to Slack: the first is the one that counts."""
    seen: set[str] = set()
    kept = []
    for block in drawn:
        if (name := block.get("block_id", "")) not in seen or not name:
            kept.append(block)
        seen.add(name)
    return kept


def _native(blocks: tuple[Block, ...]) -> frozenset[int]:
    """The tables and charts that a message may hold as Slack's own; any more become text."""
    tables = [i for i, b in enumerate(blocks) if isinstance(b, Table)][: LIMITS.tables]
    charts = [i for i, b in enumerate(blocks) if isinstance(b, Chart) and figures.drawable(b)][: LIMITS.charts]
    return frozenset((*tables, *charts))


def _block(block: Block, position: int, drawing: Drawing, *, native: bool) -> list[Json]:
    match block:
        case Heading():
            return _heading(block)
        case Paragraph():
            return _paragraph(block, drawing)
        case Quote():
            return _quote(block)
        case Facts():
            return _facts(block)
        case Table():
            return (figures.table if native else figures.table_as_text)(block, drawing.t)
        case Chart():
            return (figures.chart if native else figures.chart_as_text)(block, drawing.t)
        case Image():
            return _image(block)
        case File():
            return _file(block, position, drawing)
        case Choice():
            return fields.choice(block, drawing.t)
        case PersonPick():
            return fields.person_pick(block, drawing.org, drawing.t)
        case TextInput():
            return fields.text_input(block, drawing.t)
        case Buttons():
            return _buttons(block, position, drawing)
        case Divider():
            return [{"type": "divider"}]
        case _:
            assert_never(block)


def _heading(block: Heading) -> list[Json]:
    """The first two levels as Slack's header, whose words are few; the third, and long ones, in bold."""
    if block.level < 3 and len(block.text) <= LIMITS.header // 2:
        return [{"type": "header", "text": plain_text(block.text, LIMITS.header)}] if block.text else []
    return _rich(section(run(block.text, bold=True))) if block.text else []


def _paragraph(block: Paragraph, drawing: Drawing) -> list[Json]:
    if block.spans and all(s.style == "muted" and not s.link and not s.mention for s in block.spans):
        text = "".join(s.text for s in block.spans)
        return [_context(text)] if text else []
    runs = spans(block.spans, drawing.org)
    return _rich(section(*runs)) if runs else []


def _quote(block: Quote) -> list[Json]:
    quoted = {"type": "rich_text_quote", "elements": [run(block.text or BLANK)]}
    return _rich(quoted, *((section(run(f"— {block.by}")),) if block.by else ()))


def _facts(block: Facts) -> list[Json]:
    """A line for each, the label in bold; an em space between them suits every script."""
    runs: list[Json] = []
    for position, (label, value) in enumerate(block.rows):
        start = "\n" if position else ""
        runs += [run(f"{start}{label}\u2003", bold=True), run(value or BLANK)]
    return _rich(section(*runs)) if runs else []


def _image(block: Image) -> list[Json]:
    if not is_web(block.url):
        return [_context(block.alt)] if block.alt else []
    return [{"type": "image", "image_url": block.url, "alt_text": cut(block.alt, LIMITS.alt_text) or BLANK}]


def _file(block: File, position: int, drawing: Drawing) -> list[Json]:
    """A button that has the file sent to the person's own chat, where nobody else comes."""
    button = Button(FILE, drawing.t("slack.file_button", name=block.name), block.token)
    return [_context(block.text), *_buttons(Buttons((button,)), position, drawing)]


def _buttons(block: Buttons, position: int, drawing: Drawing) -> list[Json]:
    drawn = [_button(b, f"{position}-{n}", drawing) for n, b in enumerate(block.buttons)][: LIMITS.buttons]
    return [{"type": "actions", "elements": drawn}] if drawn else []


def _button(button: Button, ident: str, drawing: Drawing) -> Json:
    found: Json = {"type": "button", "text": plain_text(button.text, LIMITS.button_text)}
    if button.link:
        url = {"url": button.link} if is_web(button.link) else {}
        return {**found, "action_id": f"{LINK}:{ident}", **url}
    found["action_id"] = f"{button.action}:{ident}"[: LIMITS.action_id]
    if button.value and length(button.value) <= LIMITS.button_value:
        found["value"] = button.value
    if button.style != "plain":
        found["style"] = button.style
    if button.confirm:
        found["confirm"] = _sure(button.confirm, drawing.t)
    return found


def _sure(text: str, t: Speak) -> Json:
    return {
        "title": plain_text(t("slack.sure_title"), LIMITS.confirm_title),
        "text": plain_text(text, LIMITS.confirm_text),
        "confirm": plain_text(t("slack.sure_yes"), LIMITS.confirm_button),
        "deny": plain_text(t("slack.sure_no"), LIMITS.confirm_button),
    }


def _context(text: str) -> Json:
    return {"type": "context", "elements": [plain_text(text, LIMITS.context)]}


def _rich(*parts: Json) -> list[Json]:
    return [rich(*(_whole(part) for part in parts))]


def _whole(part: Json) -> Json:
    """A part whose runs are no longer than Slack takes."""
    return {**part, "elements": [_short(e) for e in part["elements"]]}


def _short(element: Json) -> Json:
    return {**element, "text": cut(element["text"], LIMITS.rich_text)} if "text" in element else element


def asks(blocks: Iterable[Json]) -> list[tuple[str, tuple[str, ...]]]:
    """What a view asks for, by field and options: two that ask the same differ at most in their words."""
    return [(b["block_id"], _values(b["element"])) for b in blocks if b.get("type") == "input"]


def _values(element: Json) -> tuple[str, ...]:
    groups = element.get("option_groups") or [element]
    return tuple(option["value"] for group in groups for option in group.get("options", ()))
