"""The blocks of a card as parts of a page: what a chat shows, a page shows; what asks for an answer stays in chat."""

from typing import assert_never
from urllib.parse import urlsplit

from markupsafe import Markup

from adapters.markup import el, join
from adapters.web import charts
from adapters.web.charts import Frame, Series
from bot.cards import (
    Block,
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

NOTHING = Markup("")


def drawn(card: Card, ident: str, t: Speak, *, level: int = 2, skip_title: bool = True) -> Markup:
    """A card's blocks; its headings begin at `level`. The first heading is left out where the page has it already."""
    blocks = card.blocks[1:] if skip_title and card.blocks and isinstance(card.blocks[0], Heading) else card.blocks
    frame = Frame("", ident, t, card.lang)
    return join(*(_block(block, frame, level, n) for n, block in enumerate(blocks)))


def _block(block: Block, frame: Frame, level: int, position: int) -> Markup:
    match block:
        case Heading():
            return el(f"h{min(6, level + max(0, block.level - 2))}", block.text)
        case Paragraph():
            return el("p", *map(_span, block.spans))
        case Quote():
            return quote(block.text, block.by)
        case Facts():
            return facts(block.rows)
        case Table():
            return _table(block)
        case Chart():
            return _chart(block, frame, position)
        case Image():
            return el("p", block.alt, class_="muted")
        case Divider():
            return el("hr")
        case File() | Choice() | PersonPick() | TextInput() | Buttons():
            return NOTHING
        case _:
            assert_never(block)


def quote(text: str, by: str = "") -> Markup:
    """A person's own words, as typed."""
    source = el("footer", by) if by else NOTHING
    return el("blockquote", el("p", text, class_="words", dir="auto"), source)


def facts(rows: tuple[tuple[str, str], ...]) -> Markup:
    """Labelled values."""
    return el("dl", *(el("div", el("dt", label), el("dd", value)) for label, value in rows), class_="facts")


def _span(span: Span) -> Markup:
    if span.link and urlsplit(span.link).scheme in ("http", "https"):
        return el("a", span.text, href=span.link, rel="noopener noreferrer")
    return el("strong", span.text) if span.style == "strong" else el("span", span.text, class_=span.style)


def _table(block: Table) -> Markup:
    def look(n: int) -> str | None:
        return "number" if n in block.numeric else None

    head = el("tr", *(el("th", name, scope="col", class_=look(n)) for n, name in enumerate(block.columns)))
    rows = (el("tr", *(_cell(n, text, look(n)) for n, text in enumerate(cells))) for cells in block.rows)
    table = el("table", el("caption", block.title), el("thead", head), el("tbody", *rows))
    return el("div", table, class_="scroll", tabindex=0, role="group", aria_label=block.title)


def _cell(position: int, text: str, look: str | None) -> Markup:
    return el("td", text, class_=look) if position else el("th", text, scope="row", class_=look)


def _chart(block: Chart, frame: Frame, position: int) -> Markup:
    within = Frame(block.title, f"{frame.ident}-{position}", frame.t, frame.lang, block.unit)
    if block.shape == "line":
        return charts.line(within, block.labels, [Series(frame.t("dashboard.value"), block.values)])
    # Shares are of a whole, everything else is seen beside its largest.
    return charts.bars(within, block.labels, block.values, top=100.0 if block.unit.startswith("%") else 0)
