"""Tables and charts: natively in messages, where Slack draws them, else as aligned text."""

import math
from collections.abc import Sequence
from unicodedata import east_asian_width

from adapters.slack.limits import LIMITS
from adapters.slack.text import BLANK, Json, plain_text, rich, run, section
from adapters.texts import cut
from bot.cards import Chart, Table
from bot.phrases import Speak

WIDEST = 24
BAR = 12
# Rather fewer rows than cells in which nothing can be read.
NARROWEST = 20


def table(block: Table, t: Speak) -> list[Json]:
    """A table as Slack's own block, under its title; rows that do not fit are counted."""
    if not block.columns:
        return table_as_text(block, t)
    columns = block.columns[: LIMITS.table_columns]
    kept = block.rows[: min(LIMITS.table_rows, LIMITS.table_text // (NARROWEST * max(len(columns), 1))) - 1]
    size = LIMITS.table_text // (max(len(columns), 1) * (len(kept) + 1))
    rows = [[_cell(c, size) for c in _even(row, len(columns))] for row in (columns, *kept)]
    aligned = [{"align": "right" if i in block.numeric else "left", "is_wrapped": True} for i in range(len(columns))]
    drawn = {"type": "table", "rows": rows, "column_settings": aligned}
    return [_title(block.title), drawn, *_left_out(len(block.rows) - len(kept), t)]


def table_as_text(block: Table, t: Speak) -> list[Json]:
    """A table as lines of aligned text."""
    kept = block.rows[: LIMITS.table_rows - 1]
    rows = [_even(row, len(block.columns)) for row in (block.columns, *kept)]
    widths = [min(WIDEST, max(map(_wide, column))) for column in zip(*rows, strict=True)]
    lines = (_line(row, widths, block.numeric) for row in rows)
    return [_title(block.title), _preformatted("\n".join(lines) or BLANK), *_left_out(len(block.rows) - len(kept), t)]


def chart(block: Chart, t: Speak) -> list[Json]:
    """A chart as Slack's own block; the message's text holds its values for whoever does not see it."""
    labels = _labels(block.labels[: LIMITS.chart_values])
    data = [{"label": a, "value": b} for a, b in zip(labels, block.values, strict=False)]
    series = {"name": cut(block.unit or t("slack.chart_value"), LIMITS.chart_label), "data": data}
    drawn = {"type": block.shape, "series": [series], "axis_config": {"categories": labels}}
    left = len(block.labels) - len(labels)
    return [
        {"type": "data_visualization", "title": cut(block.title, LIMITS.chart_title) or BLANK, "chart": drawn},
        *_left_out(left, t),
    ]


def drawable(block: Chart) -> bool:
    """Whether Slack can draw a chart: it wants a value, and figures that are numbers."""
    return bool(block.labels) and all(math.isfinite(v) for v in block.values)


def chart_as_text(block: Chart, t: Speak) -> list[Json]:
    """A chart as bars of text with their values."""
    kept = list(zip(block.labels, block.values, strict=True))[: LIMITS.table_rows]
    most = max((v for _, v in kept if math.isfinite(v)), default=0) or 1
    wide = min(WIDEST, max((_wide(label) for label, _ in kept), default=0))
    lines = (f"{_padded(a, wide)} {_bar(b, most)} {b:g}{block.unit}" for a, b in kept)
    return [
        _title(block.title),
        _preformatted("\n".join(lines) or BLANK),
        *_left_out(len(block.labels) - len(kept), t),
    ]


def _even(row: Sequence[str], count: int) -> list[str]:
    """A row of so many cells, whatever it has."""
    return [*row, *[""] * count][:count]


def _bar(value: float, most: float) -> str:
    full = round(BAR * (value / most)) if math.isfinite(value) and value > 0 else 0
    return "█" * full + "░" * (BAR - full)


def _labels(labels: Sequence[str]) -> list[str]:
    """Short and different from one another, as Slack finds values by their label."""
    found: list[str] = []
    for label in labels:
        short = cut(label, LIMITS.chart_label) or BLANK
        number = 2
        while short in found:
            mark = f" {number}"
            short, number = cut(label, LIMITS.chart_label - len(mark)) + mark, number + 1
        found.append(short)
    return found


def _cell(text: str, most: int) -> Json:
    return {"type": "raw_text", "text": cut(text, most) or " "}


def _title(text: str) -> Json:
    return rich(section(run(text or BLANK, bold=True)))


def _left_out(count: int, t: Speak) -> list[Json]:
    if count <= 0:
        return []
    return [{"type": "context", "elements": [plain_text(t("slack.more_rows", n=count), LIMITS.context)]}]


def _preformatted(text: str) -> Json:
    return rich({"type": "rich_text_preformatted", "elements": [run(cut(text, LIMITS.rich_text) or BLANK)]})


def _line(cells: Sequence[str], widths: Sequence[int], numeric: Sequence[int]) -> str:
    padded = (_padded(c, w, right=i in numeric) for i, (c, w) in enumerate(zip(cells, widths, strict=True)))
    return "  ".join(padded).rstrip()


def _padded(text: str, wide: int, *, right: bool = False) -> str:
    """Japanese characters are two columns wide."""
    while _wide(text) > wide:
        text = f"{text[:-2]}…" if text.endswith("…") else f"{text[:-1]}…"
    gap = " " * (wide - _wide(text))
    return gap + text if right else text + gap


def _wide(text: str) -> int:
    return sum(2 if east_asian_width(c) in "WF" else 1 for c in text)
