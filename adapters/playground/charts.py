"""Charts as inline SVG that stays readable on a phone, with a table to open below."""

from itertools import pairwise

from markupsafe import Markup

from adapters.markup import el, join
from bot.cards import Chart
from bot.phrases import Speak

ROW = 44
TALL = 168
FLOOR = 136
CEILING = 28
MOST_LABELS = 7


def chart(block: Chart, ident: str, t: Speak) -> Markup:
    """A figure: the drawing for the eye, the table for everybody."""
    drawing = _bars(block) if block.shape == "bar" else _line(block)
    height = ROW * len(block.values) if block.shape == "bar" else TALL
    picture = el("svg", drawing, role="img", aria_labelledby=f"{ident}-title", class_="chart", height=height)
    caption = el("figcaption", block.title, id=f"{ident}-title")
    return el("figure", caption, picture, _table(block, t), class_="figure")


def _table(block: Chart, t: Speak) -> Markup:
    rows = (
        el("tr", el("th", label, scope="row"), el("td", figure(value, block.unit), class_="number"))
        for label, value in zip(block.labels, block.values, strict=True)
    )
    inner = el("table", el("caption", block.title, class_="unseen"), el("tbody", *rows))
    return el("details", el("summary", t("playground.as_table")), inner, class_="as-table")


def figure(value: float, unit: str) -> str:
    """A value with its unit, without a decimal point that says nothing."""
    return f"{value:,.1f}".removesuffix(".0") + unit


def _share(value: float, top: float) -> float:
    return max(0.0, value / top) if top > 0 else 0.0


def _percent(share: float) -> str:
    return f"{100 * share:.2f}%"


# Positions across are percentages and heights pixels: the drawing takes any width, its text keeps its size.
def _bars(block: Chart) -> Markup:
    # Shares are of a whole, everything else is seen beside its largest.
    top = 100.0 if block.unit.startswith("%") else max(block.values, default=0)
    return join(
        *(
            _bar(position, label, value, share=_share(value, top), unit=block.unit)
            for position, (label, value) in enumerate(zip(block.labels, block.values, strict=True))
        )
    )


def _bar(position: int, label: str, value: float, *, share: float, unit: str) -> Markup:
    y = ROW * position
    return join(
        el("text", label, x="0", y=y + 17),
        el("text", figure(value, unit), x="100%", y=y + 17, class_="value"),
        el("rect", x="0", y=y + 25, width="100%", height=10, rx=5, class_="track"),
        el("rect", x="0", y=y + 25, width=_percent(share), height=10, rx=5, class_="bar"),
    )


def _line(block: Chart) -> Markup:
    top = max(block.values, default=0)
    points = [
        ((n + 0.5) / len(block.values), round(FLOOR - (FLOOR - CEILING) * _share(v, top)))
        for n, v in enumerate(block.values)
    ]
    strokes = (
        el("line", x1=_percent(a[0]), y1=a[1], x2=_percent(b[0]), y2=b[1], class_="stroke") for a, b in pairwise(points)
    )
    dots = (_dot(x, y, n, block) for n, (x, y) in enumerate(points))
    floor = el("line", x1="0", y1=FLOOR, x2="100%", y2=FLOOR, class_="axis")
    return join(floor, *strokes, *dots)


def _dot(x: float, y: int, position: int, block: Chart) -> Markup:
    every = -(-len(block.values) // MOST_LABELS)
    last = len(block.values) - 1
    labelled = (last - position) % every == 0
    words = (
        el("text", block.labels[position], x=_percent(x), y=FLOOR + 22, class_="below"),
        el("text", figure(block.values[position], block.unit), x=_percent(x), y=y - 12, class_="above"),
    )
    return join(el("circle", cx=_percent(x), cy=y, r=4, class_="dot"), *(words if labelled else ()))
