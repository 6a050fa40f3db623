"""Tables and charts: docs.slack.dev/reference/block-kit/blocks/table-block and …/data-visualization-block."""

import math

from tests.slack import shapes
from tests.slack.richtext import rich_text
from tests.slack.shapes import Faults, Json

TABLE_TEXT = 10_000


def table(found: Json, at: str) -> Faults:
    """A table whose rows are equally wide and whose cells are not empty."""
    yield from shapes.keys(found, at, ("type", "rows"), ("block_id", "column_settings"))
    rows = found.get("rows")
    yield from shapes.listed(rows, f"{at}/rows", 100)
    for y, row in enumerate(shapes.each(rows)):
        yield from shapes.listed(row, f"{at}/rows/{y}", 20)
        for x, cell in enumerate(shapes.each(row)):
            yield from _cell(cell, f"{at}/rows/{y}/{x}")
    if len({len(shapes.each(row)) for row in shapes.each(rows)}) > 1:
        yield f"{at}/rows: rows of different widths"
    if "column_settings" in found:
        yield from _columns(found["column_settings"], f"{at}/column_settings")


def _cell(found: object, at: str) -> Faults:
    kind = found.get("type") if isinstance(found, dict) else None
    if isinstance(found, dict) and kind == "rich_text":
        yield from rich_text(found, at)
    elif isinstance(found, dict) and kind in ("raw_text", "raw_number"):
        yield from shapes.keys(found, at, ("type", "text"), ("value",) if kind == "raw_number" else ())
        yield from shapes.string(found.get("text"), f"{at}/text", TABLE_TEXT)
    else:
        yield f"{at}: unknown cell {kind!r}"


def _columns(found: object, at: str) -> Faults:
    yield from shapes.listed(found, at, 20)
    for number, column in enumerate(shapes.each(found)):
        if column is None:
            continue
        yield from shapes.keys(column, f"{at}/{number}", (), ("align", "is_wrapped"))
        if isinstance(column, dict) and column.get("align", "left") not in ("left", "center", "right"):
            yield f"{at}/{number}: align {column['align']!r}"


def chart(found: Json, at: str) -> Faults:
    """A chart in which every series has one finite value for each category."""
    yield from shapes.keys(found, at, ("type", "title", "chart"), ("block_id",))
    yield from shapes.string(found.get("title"), f"{at}/title", 50)
    drawn, at = found.get("chart"), f"{at}/chart"
    yield from shapes.keys(drawn, at, ("type", "series", "axis_config"))
    if not isinstance(drawn, dict):
        return
    if drawn.get("type") not in ("bar", "line", "area"):
        yield f"{at}: type {drawn.get('type')!r}"
    axes = drawn.get("axis_config")
    yield from _axes(axes, f"{at}/axis_config")
    categories = list(shapes.each(axes.get("categories"))) if isinstance(axes, dict) else []
    yield from shapes.listed(drawn.get("series"), f"{at}/series", 6)
    for number, series in enumerate(shapes.each(drawn.get("series"))):
        yield from _series(series, f"{at}/series/{number}", categories)
    names = [s.get("name") for s in shapes.each(drawn.get("series")) if isinstance(s, dict)]
    if len(names) != len(set(map(str, names))):
        yield f"{at}/series: two with one name"


def _axes(found: object, at: str) -> Faults:
    yield from shapes.keys(found, at, ("categories",), ("x_label", "y_label"))
    if not isinstance(found, dict):
        return
    names = found.get("categories")
    yield from shapes.listed(names, f"{at}/categories", 20)
    for number, name in enumerate(shapes.each(names)):
        yield from shapes.string(name, f"{at}/categories/{number}", 20)
    if len(shapes.each(names)) != len(set(map(str, shapes.each(names)))):
        yield f"{at}/categories: one twice"
    for label in ("x_label", "y_label"):
        if label in found:
            yield from shapes.string(found[label], f"{at}/{label}", 50)


def _series(found: object, at: str, categories: list[object]) -> Faults:
    yield from shapes.keys(found, at, ("name", "data"))
    if not isinstance(found, dict):
        return
    yield from shapes.string(found.get("name"), f"{at}/name", 20)
    data = [d for d in shapes.each(found.get("data")) if isinstance(d, dict)]
    if sorted(str(d.get("label")) for d in data) != sorted(map(str, categories)):
        yield f"{at}/data: not one value for each category"
    for number, point in enumerate(shapes.each(found.get("data"))):
        yield from shapes.keys(point, f"{at}/data/{number}", ("label", "value"))
        value = point.get("value") if isinstance(point, dict) else None
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            yield f"{at}/data/{number}/value: {value!r} is not a finite number"
