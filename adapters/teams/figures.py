"""Tables, and charts that Teams draws itself, with a table for where it does not."""

import math
from collections.abc import Sequence
from unicodedata import east_asian_width

from adapters.teams.limits import LIMITS
from adapters.teams.text import BLANK, Json, muted, rich, runs
from adapters.texts import cut
from bot.cards import Chart, Table
from bot.phrases import Speak

NO_FIGURE = "–"
# Columns are as wide as their words, within reason: a phone has room for about forty half-width characters.
NARROWEST, WIDEST = 6, 20


def table(block: Table, t: Speak) -> list[Json]:
    """A table under its title; rows that do not fit are counted."""
    kept = block.rows[: LIMITS.table_rows]
    columns = block.columns[: LIMITS.table_columns]
    drawn = [_grid(columns, kept, block.numeric)] if columns else [rich(runs(" | ".join(row))) for row in kept]
    return [*_title(block.title), *drawn, *_left_out(len(block.rows) - len(kept), t)]


def chart(block: Chart, t: Speak) -> list[Json]:
    """A chart under its title. What Teams cannot draw, such as no figures at all, is a table."""
    points = list(zip(block.labels, block.values, strict=False))
    kept = points[: LIMITS.chart_values]
    title = t("teams.chart_title", title=block.title, unit=block.unit.strip()) if block.unit.strip() else block.title
    if not points:
        return [*_title(title), muted(t("teams.no_figures"))]
    instead = _as_table(block, kept, t)
    drawn = _drawn(block, title, kept, t) | {"fallback": instead} if _drawable(kept) else instead
    return [*_title(title), drawn, *_left_out(len(points) - len(kept), t)]


def _drawable(points: Sequence[tuple[str, float]]) -> bool:
    return all(math.isfinite(value) for _, value in points)


def _drawn(block: Chart, title: str, points: Sequence[tuple[str, float]], t: Speak) -> Json:
    unit = block.unit.strip() or t("teams.chart_value")
    data = [{"x": x, "y": y} for x, (_, y) in zip(_labels([label for label, _ in points]), points, strict=True)]
    match block.shape:
        case "bar":
            # The form without axes writes each label above its bar and each value beside it: it suits phones.
            return {"type": "Chart.HorizontalBar", "title": title, "displayMode": "AbsoluteNoAxis", "data": data}
        case "line":
            series = [{"legend": cut(unit, LIMITS.chart_label), "values": data}]
            return {"type": "Chart.Line", "title": title, "yAxisTitle": unit, "data": series}


def _as_table(block: Chart, points: Sequence[tuple[str, float]], t: Speak) -> Json:
    rows = tuple((label, f"{value:g}" if math.isfinite(value) else NO_FIGURE) for label, value in points)
    return _grid((t("teams.chart_item"), block.unit.strip() or t("teams.chart_value")), rows, (1,))


def _labels(labels: Sequence[str]) -> list[str]:
    """Different from one another: two bars of one name would be one."""
    found: dict[str, None] = {}
    for label in labels:
        unlike = short = cut(label, LIMITS.chart_label) or BLANK
        number = 1
        while unlike in found:
            number += 1
            unlike = f"{short} {number}"
        found[unlike] = None
    return list(found)


def _grid(columns: Sequence[str], rows: Sequence[Sequence[str]], numeric: Sequence[int]) -> Json:
    sides = ["Right" if i in numeric else "Left" for i in range(len(columns))]
    head = _row(columns, sides, weight="Bolder")
    return {
        "type": "Table",
        "columns": [
            {"width": _width((name, *(row[i] for row in rows if i < len(row)))), "horizontalCellContentAlignment": side}
            for i, (name, side) in enumerate(zip(columns, sides, strict=True))
        ],
        "firstRowAsHeaders": True,
        "rows": [head, *(_row(row, sides) for row in rows)],
    }


def _width(cells: Sequence[str]) -> int:
    """How wide a column is beside others: as its longest word, as lines break only between words, or in Japanese."""
    longest = max(_wide(word) for cell in cells for word in cell.split() or [""])
    return min(max(longest, NARROWEST), WIDEST)


def _wide(word: str) -> int:
    """Japanese characters are two columns wide."""
    return sum(2 if east_asian_width(c) in "WF" else 1 for c in word[:WIDEST])


def _row(cells: Sequence[str], sides: Sequence[str], **style: object) -> Json:
    """A row of as many cells as there are columns, whatever it has."""
    even = [*cells, *[""] * len(sides)][: len(sides)]
    drawn = [_cell(text, side, **style) for text, side in zip(even, sides, strict=True)]
    return {"type": "TableRow", "cells": drawn}


def _cell(text: str, side: str, **style: object) -> Json:
    aligned = {} if side == "Left" else {"horizontalAlignment": side}
    return {"type": "TableCell", "items": [rich(runs(text, **style), **aligned)]}


def _title(text: str) -> list[Json]:
    return [rich(runs(text, weight="Bolder"), spacing="Medium")] if text else []


def _left_out(count: int, t: Speak) -> list[Json]:
    return [muted(t("teams.more_rows", n=count), spacing="Small")] if count > 0 else []
