"""Charts as inline SVG: bars, stacked bars, lines with an interval, heat maps, funnels.

Positions across are percentages and heights pixels, so that a drawing takes any width while its text keeps its size.
Colours come from classes alone. Every chart says in words what it shows, and has its figures in a table below.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

from markupsafe import Markup

from adapters.markup import el, join
from bot.phrases import Speak, shown

ROW, STRIP = 48, 52
TALL, FLOOR, CEILING = 190, 156, 30
MOST_LABELS = 7
# How many shades a heat map has beside the empty one.
SHADES = 5


@dataclass(frozen=True, slots=True)
class Frame:
    """What every chart has: its title, a name for it on the page, phrases, their language, and the unit of figures."""

    title: str
    ident: str
    t: Speak
    lang: str
    unit: str = ""

    def figure(self, value: float) -> str:
        """A value with its unit, as the language writes it."""
        return shown(self.lang, _plain(value)) + self.unit


@dataclass(frozen=True, slots=True)
class Series:
    """One of several rows of figures; `plain` ones are no figures of the chart's unit."""

    name: str
    values: Sequence[float]
    plain: bool = False


@dataclass(frozen=True, slots=True)
class Band:
    """The interval around each figure of a line, or of a bar."""

    name: str
    low: Sequence[float]
    high: Sequence[float]


def bars(
    frame: Frame,
    labels: Sequence[str],
    values: Sequence[float],
    *,
    band: Band | None = None,
    top: float = 0,
    beside: Series | None = None,
) -> Markup:
    """A bar for each label, with the interval of each where there is one; `top` is the full width.

    `beside` stands in the table only: what the values are of.
    """
    top = top or max([*values, *(band.high if band else ())], default=0)
    drawn = []
    for at, (label, value) in enumerate(zip(labels, values, strict=True)):
        y = ROW * at
        drawn += [*_labelled(label, frame.figure(value), y)]
        drawn += [_track(y), _part(0, _share(value, top), y, 1)]
        drawn += _whisker(_share(band.low[at], top), _share(band.high[at], top), y) if band else []
    columns = [Series(frame.t("dashboard.value"), values), *_ends(frame, band), *([beside] if beside else ())]
    return _figure(frame, join(*drawn), ROW * len(values), labels, columns)


def stacked(frame: Frame, labels: Sequence[str], series: Sequence[Series], *, links: Sequence[str] = ()) -> Markup:
    """For each label one bar of several parts; `links` are where the labels lead in the table."""
    totals = [sum(one.values[at] for one in series) for at in range(len(labels))]
    top, drawn = max(totals, default=0), []
    for at, label in enumerate(labels):
        y = ROW * at
        drawn += [*_labelled(label, frame.figure(totals[at]), y), _track(y)]
        ends = [0, *accumulate(one.values[at] for one in series)]
        drawn += [_part(_share(a, top), _share(b, top), y, n) for n, (a, b) in enumerate(pairwise(ends), 1) if b > a]
    return _figure(frame, join(*drawn), ROW * len(labels), labels, series, legend=True, links=links)


def line(
    frame: Frame, labels: Sequence[str], series: Sequence[Series], *, band: Band | None = None, top: float = 0
) -> Markup:
    """A line for each series over the same labels, with the interval of the first; `top` is the full height."""
    top = top or max([*(v for one in series for v in one.values), *(band.high if band else ())], default=0)
    drawn = [el("line", x1="0", y1=FLOOR, x2="100%", y2=FLOOR, class_="axis")]
    drawn += [_area(band, top, len(labels))] if band else []
    for number, one in enumerate(series, 1):
        drawn += [*_strokes(one.values, top, number)]
    drawn += [*_below(labels), *_tips(frame, series[0].values, top)]
    return _figure(frame, join(*drawn), TALL, labels, [*series, *_ends(frame, band)], legend=len(series) > 1)


def heat(frame: Frame, rows: Sequence[str], columns: Sequence[str], values: Sequence[Sequence[float]]) -> Markup:
    """For each row a strip with a cell for each column, the darker the more."""
    top = max((v for row in values for v in row), default=0)
    width = 100 / max(len(columns), 1)
    drawn = [_middle(f"{width * (at + 0.5):.2f}%", 14, head, "head") for at, head in enumerate(columns)]
    for at, (label, row) in enumerate(zip(rows, values, strict=True)):
        y = 24 + STRIP * at
        drawn.append(el("text", label, x="0", y=y + 14))
        drawn += [_cell(frame, value, top, x=width * n, y=y + 20, width=width) for n, value in enumerate(row)]
    table = [Series(head, [row[n] for row in values]) for n, head in enumerate(columns)]
    return _figure(frame, join(*drawn), 24 + STRIP * len(rows), rows, table)


def funnel(frame: Frame, labels: Sequence[str], values: Sequence[float], *, whole: float) -> Markup:
    """Steps one after the other, each with its share of the whole."""
    top, drawn = max([whole, *values]), []
    for at, (label, value) in enumerate(zip(labels, values, strict=True)):
        y, share = ROW * at, _share(value, top)
        drawn += [*_labelled(label, _of_whole(frame, value, whole), y)]
        drawn.append(
            el("rect", x=_percent(0.5 - share / 2), y=y + 25, width=_percent(share), height=14, class_="part t1")
        )
    return _figure(frame, join(*drawn), ROW * len(values), labels, [Series(frame.t("dashboard.value"), values)])


def _of_whole(frame: Frame, value: float, whole: float) -> str:
    told = frame.figure(value)
    return frame.t("dashboard.of_whole", figure=told, share=round(100 * value / whole)) if whole else told


def _figure(
    frame: Frame,
    drawing: Markup,
    height: int,
    labels: Sequence[str],
    columns: Sequence[Series],
    *,
    legend: bool = False,
    links: Sequence[str] = (),
) -> Markup:
    """The drawing for the eye, words for whoever does not see it, the table for everybody."""
    keys = (el("li", el("span", class_=f"key t{n}"), one.name) for n, one in enumerate(columns, 1))
    picture = el(
        "svg",
        el("title", frame.title, id=f"{frame.ident}-title"),
        el("desc", _told(frame, labels, columns), id=f"{frame.ident}-desc"),
        el("g", drawing, aria_hidden="true"),
        role="img",
        aria_labelledby=f"{frame.ident}-title {frame.ident}-desc",
        class_="chart",
        height=max(height, 1),
        width="100%",
    )
    return el(
        "figure",
        el("figcaption", frame.title),
        el("ul", *keys, class_="legend") if legend else "",
        picture,
        _table(frame, labels, columns, links),
        class_="figure",
    )


def _told(frame: Frame, labels: Sequence[str], columns: Sequence[Series]) -> str:
    """What stands out, in a sentence for each series."""
    told = [one for one in columns[:3] if len(one.values) and not one.plain]
    said = [_largest(frame, labels, one, named=len(told) > 1) for one in told]
    return " ".join([*said, frame.t("dashboard.in_table")])


def _largest(frame: Frame, labels: Sequence[str], one: Series, *, named: bool) -> str:
    at = max(range(len(one.values)), key=lambda n: one.values[n])
    told = frame.t("dashboard.largest", label=labels[at], figure=frame.figure(one.values[at]))
    return frame.t("dashboard.of_series", series=one.name, told=told) if named else told


def _table(frame: Frame, labels: Sequence[str], columns: Sequence[Series], links: Sequence[str]) -> Markup:
    head = el("tr", el("td", ""), *(el("th", one.name, scope="col", class_="number") for one in columns))
    rows = (
        el(
            "tr",
            el("th", el("a", label, href=links[at]) if links else label, scope="row"),
            *(_number(frame, one.values[at], plain=one.plain) for one in columns),
        )
        for at, label in enumerate(labels)
    )
    caption = el("caption", frame.title, class_="unseen")
    table = el("table", caption, el("thead", head), el("tbody", *rows))
    name = frame.t("dashboard.as_table_of", title=frame.title)
    scroll = el("div", table, class_="scroll", tabindex=0, role="group", aria_label=name)
    return el("details", el("summary", frame.t("dashboard.as_table"), class_="small"), scroll, class_="as-table")


def _number(frame: Frame, value: float, *, plain: bool) -> Markup:
    return el("td", shown(frame.lang, _plain(value)) if plain else frame.figure(value), class_="number")


def _ends(frame: Frame, band: Band | None) -> list[Series]:
    if band is None:
        return []
    return [Series(frame.t("dashboard.from"), band.low), Series(frame.t("dashboard.to"), band.high)]


def _labelled(label: str, value: str, y: int) -> Iterable[Markup]:
    yield el("text", label, x="0", y=y + 17)
    yield el("text", value, x="100%", y=y + 17, class_="value")


def _track(y: int) -> Markup:
    return el("rect", x="0", y=y + 25, width="100%", height=14, class_="track")


def _part(start: float, end: float, y: int, number: int) -> Markup:
    return el("rect", x=_percent(start), y=y + 25, width=_percent(end - start), height=14, class_=f"part t{number}")


def _whisker(low: float, high: float, y: int) -> list[Markup]:
    """An interval on a bar: a line between two ends."""
    ends = [el("line", x1=_percent(x), y1=y + 27, x2=_percent(x), y2=y + 37, class_="whisker") for x in (low, high)]
    return [el("line", x1=_percent(low), y1=y + 32, x2=_percent(high), y2=y + 32, class_="whisker"), *ends]


def _cell(frame: Frame, value: float, top: float, *, x: float, y: int, width: float) -> Markup:
    level = 0 if value <= 0 else 1 + min(SHADES - 1, int(SHADES * _share(value, top) * 0.999))
    box = el("rect", x=f"{x + 0.15:.2f}%", y=y, width=f"{width - 0.3:.2f}%", height=26, class_=f"cell h{level}")
    return join(box, _middle(f"{x + width / 2:.2f}%", y + 17, shown(frame.lang, _plain(value)), f"on-cell on-h{level}"))


def _middle(x: str, y: int, text: str, look: str) -> Markup:
    return el("text", text, x=x, y=y, class_=f"middle {look}")


def _strokes(values: Sequence[float], top: float, number: int) -> Iterable[Markup]:
    points = [(_at(n, len(values)), _height(v, top)) for n, v in enumerate(values)]
    for a, b in pairwise(points):
        yield el("line", x1=_percent(a[0]), y1=a[1], x2=_percent(b[0]), y2=b[1], class_=f"stroke s{number}")
    for x, y in points:
        yield el("circle", cx=_percent(x), cy=y, r=4, class_=f"dot s{number}")


def _area(band: Band, top: float, count: int) -> Markup:
    """The band of a line: stretched with the drawing, as points of a shape cannot be percentages."""
    upper = [(100 * _at(n, count), _height(v, top)) for n, v in enumerate(band.high)]
    lower = [(100 * _at(n, count), _height(v, top)) for n, v in enumerate(band.low)]
    points = " ".join(f"{x:.2f},{y}" for x, y in [*upper, *reversed(lower)])
    view = f"0 0 100 {TALL}"
    shape = el("polygon", points=points, class_="band")
    return el("svg", shape, viewBox=view, preserveAspectRatio="none", width="100%", height=TALL, x="0", y="0")


def _below(labels: Sequence[str]) -> Iterable[Markup]:
    for n in _labelled_of(len(labels)):
        yield _middle(_percent(_at(n, len(labels))), FLOOR + 22, labels[n], "below")


def _tips(frame: Frame, values: Sequence[float], top: float) -> Iterable[Markup]:
    for n in _labelled_of(len(values)):
        yield _middle(_percent(_at(n, len(values))), _height(values[n], top) - 12, frame.figure(values[n]), "tip")


def _labelled_of(count: int) -> list[int]:
    """Which of many points have words: as many as fit a phone, the last one always."""
    every = -(-count // MOST_LABELS) or 1
    return [n for n in range(count) if (count - 1 - n) % every == 0]


def _at(position: int, count: int) -> float:
    return (position + 0.5) / max(count, 1)


def _height(value: float, top: float) -> int:
    return round(FLOOR - (FLOOR - CEILING) * _share(value, top))


def _share(value: float, top: float) -> float:
    return min(1.0, max(0.0, value / top)) if top > 0 else 0.0


def _percent(share: float) -> str:
    return f"{100 * share:.2f}%"


def _plain(value: float) -> float | int:
    """A value without a decimal point that says nothing."""
    rounded = round(value, 1)
    return int(rounded) if rounded == int(rounded) else rounded
