"""Cards as Adaptive Cards: messages, dialogs and what people insert, each within Teams' limits."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Literal, assert_never

from adapters.teams import fields, figures
from adapters.teams.fit import fitted
from adapters.teams.limits import LIMITS
from adapters.teams.text import (
    BLANK,
    Json,
    entities,
    inert,
    instead,
    is_web,
    mentioning,
    muted,
    named,
    rich,
    runs,
    said,
    spans,
    still,
    tongue,
)
from adapters.texts import cut, escaped
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

Surface = Literal["message", "dialog", "plain"]
CARD = "application/vnd.microsoft.card.adaptive"
VERSION = "1.5"
SIZES = {1: "Large", 2: "Medium"}
STYLES = {"primary": {"style": "positive"}, "danger": {"style": "destructive"}, "plain": {}}
# What a dialog is called whose card has no heading.
NAME = "kizuki"
# A pressed button that the adapter itself answers.
FILE = "teams.file"


@dataclass(frozen=True, slots=True)
class Drawing:
    """What drawing a card needs: Teams' words around it, whose people are users here, and where it is shown.

    `dialogs` names the actions that are answered by a dialog, `chat` is the web address of the person's chat with the
    bot. A `plain` card is one that others insert: in it, nothing can be pressed but links.
    """

    t: Speak
    tenant: str
    surface: Surface = "message"
    dialogs: frozenset[str] = frozenset()
    chat: str = ""


def card(card: Card, drawing: Drawing) -> Json:
    """A card as an Adaptive Card."""
    return fitted(card, lambda some, shortened: _card(some, drawing, shortened=shortened), LIMITS.card_bytes)


def message(found: Card, drawing: Drawing) -> Json:
    """A card as a message, with the words of its notification."""
    return {"type": "message", "summary": _summary(found), "attachments": [_attachment(card(found, drawing))]}


def plain_message(found: Card) -> Json:
    """The same as text alone, for the day Teams refuses a card."""
    text = cut(said(found), LIMITS.message_text) or NAME
    return {"type": "message", "textFormat": "plain", "text": text, "summary": _summary(found)}


def dialog(found: Card, drawing: Drawing) -> Json:
    """A card as a dialog: what a task module is given."""
    title = cut(" ".join(_title(found).split()), LIMITS.dialog_title)
    body = replace(found, blocks=_body(found, title))
    return {
        "title": title,
        "height": _height(body),
        "width": "medium",
        "card": _attachment(card(body, replace(drawing, surface="dialog"))),
    }


def _summary(found: Card) -> str:
    return cut(" ".join((found.summary or said(found)).split()), LIMITS.summary) or NAME


def _attachment(content: Json) -> Json:
    return {"contentType": CARD, "content": content}


def _title(found: Card) -> str:
    return next((b.text for b in found.blocks if isinstance(b, Heading) and b.text.strip()), NAME)


def _body(found: Card, title: str) -> tuple[Block, ...]:
    """What stands below the dialog's title: without the heading that is the title whole."""
    first = found.blocks[0] if found.blocks else None
    return found.blocks[1:] if isinstance(first, Heading) and first.text == title else found.blocks


def _height(found: Card) -> str:
    """Small for a question, large for a form: roughly as many lines as it has."""
    lines = sum(len(b.options) if isinstance(b, Choice) and b.look == "list" else 2 for b in found.blocks)
    return "small" if lines <= 6 else "medium" if lines <= 14 else "large"


def _card(found: Card, drawing: Drawing, *, shortened: bool) -> Json:
    names = named(found, drawing.tenant) if drawing.surface == "message" else {}
    body = [*_blocks(found.blocks, drawing, names), *(_note(drawing) if shortened else ())]
    return {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": VERSION,
        "lang": tongue(found.lang),
        "speak": escaped(_summary(found)),
        "fallbackText": instead(found) or NAME,
        "body": body or [rich(())],
        **_msteams(found, names),
    }


def _msteams(found: Card, names: Mapping[str, str]) -> Json:
    wide = any(isinstance(block, Table | Chart) for block in found.blocks)
    extra = {**({"width": "Full"} if wide else {}), **({"entities": entities(names)} if names else {})}
    return {"msteams": extra} if extra else {}


def _note(drawing: Drawing) -> list[Json]:
    """That this is not everything, and where the rest is."""
    open_chat = {"type": "Action.OpenUrl", "title": drawing.t("teams.open_chat"), "url": drawing.chat}
    link = [{"type": "ActionSet", "actions": [open_chat]}] if is_web(drawing.chat) else []
    return [muted(drawing.t("teams.shortened"), separator=True, spacing="Medium"), *link]


def _blocks(blocks: tuple[Block, ...], drawing: Drawing, names: Mapping[str, str]) -> list[Json]:
    """The blocks as elements; a divider is a line above the next one."""
    drawn: list[Json] = []
    line: Json = {}
    for block in _named_once(blocks):
        if isinstance(block, Divider):
            line = {"separator": True, "spacing": "Large"}
        elif elements := _block(block, drawing, names):
            drawn += [{**elements[0], **line}, *elements[1:]]
            # What follows buttons is about something else.
            line = {"spacing": "Medium"} if isinstance(block, Buttons) else {}
    return drawn


def _named_once(blocks: Iterable[Block]) -> Iterable[Block]:
    """Two fields of one name would be one to Teams: the first is the one that counts."""
    seen: set[str] = set()
    for block in blocks:
        if isinstance(block, Choice | PersonPick | TextInput):
            if block.name in seen:
                continue
            seen.add(block.name)
        yield block


def _block(block: Block, drawing: Drawing, names: Mapping[str, str]) -> list[Json]:
    match block:
        case Heading():
            return _heading(block)
        case Paragraph():
            return _paragraph(block, drawing, names)
        case Quote():
            return _quote(block)
        case Facts():
            return [_fact(label, value) for label, value in block.rows]
        case Table():
            return figures.table(block, drawing.t)
        case Chart():
            return figures.chart(block, drawing.t)
        case Image():
            return _image(block)
        case File():
            return _file(block, drawing)
        case Choice() | PersonPick() | TextInput():
            return _field(block, drawing)
        case Buttons():
            return _buttons(block.buttons, drawing)
        case Divider():
            return []
        case _:
            assert_never(block)


def _heading(block: Heading) -> list[Json]:
    """A heading, which screen readers can jump to; the deeper, the smaller."""
    text = inert(" ".join(block.text.split()))
    how = {"style": "heading", "size": SIZES.get(block.level, "Default"), "weight": "Bolder", "wrap": True}
    return [{"type": "TextBlock", "text": text, **how, "spacing": "Medium"}] if text else []


def _paragraph(block: Paragraph, drawing: Drawing, names: Mapping[str, str]) -> list[Json]:
    if names and any(span.mention for span in block.spans):
        lines = mentioning(block.spans, drawing.tenant, names)
        return [{"type": "TextBlock", "text": line, "wrap": True} for line in lines]
    inlines = spans(block.spans)
    return [rich(inlines)] if inlines else []


def _quote(block: Quote) -> list[Json]:
    by = [muted(f"— {block.by}", spacing="Small")] if block.by else []
    return [{"type": "Container", "style": "emphasis", "items": [rich(runs(block.text)), *by]}]


def _fact(label: str, value: str) -> Json:
    """A line with the label in bold; an em space between them suits every script."""
    return rich([*runs(f"{label}\u2003", weight="Bolder"), *runs(value)], spacing="Small")


def _image(block: Image) -> list[Json]:
    if is_web(block.url):
        return [{"type": "Image", "url": block.url, "altText": still(block.alt) or BLANK}]
    return [muted(block.alt)] if block.alt else []


def _file(block: File, drawing: Drawing) -> list[Json]:
    """A button that has the file sent to the person's own chat, where nobody else comes."""
    button = Button(FILE, drawing.t("teams.file_button", name=block.name), block.token)
    return [*([muted(block.text)] if block.text else []), *_buttons((button,), drawing)]


def _field(block: Choice | PersonPick | TextInput, drawing: Drawing) -> list[Json]:
    match block:
        case _ if drawing.surface == "plain":
            # Nothing sends what would be filled in there.
            return []
        case Choice():
            return fields.choice(block, drawing.t)
        case PersonPick():
            return fields.person_pick(block, drawing.tenant, drawing.t)
        case TextInput():
            return fields.text_input(block, drawing.t)


def _buttons(buttons: Iterable[Button], drawing: Drawing) -> list[Json]:
    """Rows of a few; what leads nowhere is text."""
    found = list(buttons)
    actions = [action for button in found if (action := _button(button, drawing))]
    rows = [actions[i : i + LIMITS.actions] for i in range(0, len(actions), LIMITS.actions)]
    lost = [muted(b.text) for b in found if b.link and not is_web(b.link) and b.text]
    return [*({"type": "ActionSet", "actions": row} for row in rows), *lost]


def _button(button: Button, drawing: Drawing) -> Json | None:
    title = still(button.text.strip()) or BLANK
    if button.link:
        return {"type": "Action.OpenUrl", "title": title, "url": button.link} if is_web(button.link) else None
    if drawing.surface == "plain":
        return None
    if button.confirm:
        return _sure(button, title, drawing)
    return _action(button, title, drawing)


def _action(button: Button, title: str, drawing: Drawing) -> Json:
    """A press: Submit where a dialog is opened or sent, else Execute, whose answer takes the card's place."""
    data = {"a": button.action, "v": button.value}
    look = {"title": title, **STYLES[button.style]}
    if drawing.surface == "dialog":
        return {"type": "Action.Submit", **look, "data": data}
    if button.action in drawing.dialogs:
        return {"type": "Action.Submit", **look, "data": {"msteams": {"type": "task/fetch"}, **data}}
    submit = {"type": "Action.Submit", **look, "data": data}
    return {"type": "Action.Execute", **look, "verb": button.action, "data": data, "fallback": submit}


def _sure(button: Button, title: str, drawing: Drawing) -> Json:
    """A button that first asks: the question unfolds below it, with the one button that does it."""
    yes = _action(button, still(drawing.t("teams.sure_yes", text=title)), drawing)
    asked = {"type": "AdaptiveCard", "body": [rich(runs(button.confirm))], "actions": [yes]}
    return {"type": "Action.ShowCard", "title": title, **STYLES[button.style], "card": asked}
