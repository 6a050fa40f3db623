"""Cards as HTML: the third renderer, beside Slack's blocks and Teams' Adaptive Cards."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import assert_never
from urllib.parse import quote, urlsplit

from markupsafe import Markup

from adapters.markup import el, join
from adapters.playground.charts import chart
from adapters.playground.fields import choice, person_pick, text_input
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
    Span,
    Table,
    TextInput,
)
from bot.phrases import Speak


@dataclass(frozen=True, slots=True)
class Drawing:
    """What a card needs to be drawn: where its ids begin, the words around it, people's names by handle, for whom."""

    id: str
    t: Speak
    names: Mapping[str, str]
    level: int = 3
    account: str = ""


def draw(card: Card, drawing: Drawing) -> Markup:
    """A card as a form, so that Enter and the buttons send its fields."""
    numbered = [(f"{drawing.id}-{position}", b) for position, b in enumerate(card.blocks)]
    parts: list[Markup] = []
    for folded, run in groupby(numbered, key=lambda item: _is_menu(item[1])):
        drawn = [_block(block, ident, drawing) for ident, block in run]
        parts += [el("div", *drawn, class_="menus")] if folded else drawn
    return el("form", *parts, class_="card", lang=tongue(card.lang), novalidate=True, autocomplete="off")


def _is_menu(block: Block) -> bool:
    """Menus stand side by side: what is seldom changed must not push the button out of sight."""
    return isinstance(block, Choice) and block.look == "menu"


def title(card: Card) -> str:
    """What a dialog with this card is called."""
    return next((b.text for b in card.blocks if isinstance(b, Heading)), card.summary)


def tongue(lang: str) -> str:
    """The HTML language of one of ours: easy Japanese is Japanese."""
    return lang.removesuffix("-easy")


def _block(block: Block, ident: str, drawing: Drawing) -> Markup:
    match block:
        case Heading():
            return _heading(block, drawing)
        case Paragraph():
            return el("p", *map(_span, block.spans))
        case Quote():
            return _quote(block)
        case Facts():
            return _facts(block)
        case Table():
            return table(block, ident)
        case Chart():
            return chart(block, ident, drawing.t)
        case Image():
            return _image(block)
        case File():
            return _file(block, drawing)
        case Choice():
            return choice(block, ident, drawing.t)
        case PersonPick():
            return person_pick(block, ident, drawing.t, drawing.names)
        case TextInput():
            return text_input(block, ident, drawing.t)
        case Buttons():
            return el("div", *map(_button, block.buttons), class_="buttons")
        case Divider():
            return el("hr")
        case _:
            assert_never(block)


def _heading(block: Heading, drawing: Drawing) -> Markup:
    level = min(max(block.level, 1), 3)
    return el(f"h{drawing.level + level - 1}", block.text, class_=f"heading-{level}")


def _span(span: Span) -> Markup:
    if span.link and web_address(span.link):
        return el("a", span.text, href=span.link, target="_blank", rel="noopener noreferrer", class_=span.style)
    if span.mention:
        return el("span", span.text, class_="mention")
    return el("strong" if span.style == "strong" else "span", span.text, class_=f"span {span.style}")


def web_address(link: str) -> bool:
    """Whether a link leads to a web page; everything else (`javascript:`, `file:`) stays text."""
    try:
        found = urlsplit(link)
    except ValueError:
        return False
    return found.scheme in ("http", "https") and bool(found.netloc)


def _quote(block: Quote) -> Markup:
    by = el("footer", block.by) if block.by else ""
    return el("blockquote", el("p", block.text, class_="typed", dir="auto"), by)


def _facts(block: Facts) -> Markup:
    return el("dl", *(el("div", el("dt", label), el("dd", value)) for label, value in block.rows), class_="facts")


def table(block: Table, ident: str) -> Markup:
    """A table that scrolls sideways by itself, with the keyboard too."""
    numeric = frozenset(block.numeric)
    head = el("thead", el("tr", *(_cell("th", text, i in numeric) for i, text in enumerate(block.columns))))
    rows = (el("tr", *(_cell("td", text, i in numeric) for i, text in enumerate(r))) for r in block.rows)
    caption = el("caption", block.title, id=f"{ident}-title")
    inner = el("table", caption, head, el("tbody", *rows))
    return el("div", inner, class_="scroll", role="group", tabindex=0, aria_labelledby=f"{ident}-title")


def _cell(name: str, text: str, numeric: bool) -> Markup:
    return el(name, text, class_="number" if numeric else None, scope="col" if name == "th" else None)


def _image(block: Image) -> Markup:
    if not web_address(block.url):
        return el("p", block.alt, class_="span muted")
    return el("img", src=block.url, alt=block.alt, loading="lazy", class_="picture")


def _file(block: File, drawing: Drawing) -> Markup:
    address = f"/playground/files/{quote(block.token, safe='')}?as={quote(drawing.account, safe='')}"
    link = el("a", block.text, href=address, download=block.name, class_="button plain")
    return el("p", link, " ", el("span", block.name, class_="span muted"), class_="file")


def _button(button: Button) -> Markup:
    look = f"button {button.style}"
    if button.link:
        if not web_address(button.link):
            return join()
        return el("a", button.text, class_=look, href=button.link, target="_blank", rel="noopener noreferrer")
    return el(
        "button",
        button.text,
        type="submit" if button.style == "primary" else "button",
        class_=look,
        data_action=button.action,
        data_value=button.value,
        data_confirm=button.confirm or None,
    )
