"""Tables and charts as HTML and SVG."""

import html
from collections.abc import Mapping, Sequence
from typing import Any

from tests.slack import drawn_text

Shape = Mapping[str, Any]
WIDE, HIGH, LEFT, BELOW = 600, 220, 40, 40
COLOURS = ("#1264a3", "#007a5a", "#ecb22e", "#e01e5a", "#4a154b", "#36c5f0")


def table(block: Shape) -> str:
    """A table with its columns aligned."""
    aligned = [(c or {}).get("align", "left") for c in block.get("column_settings", ())]
    rows = (
        "".join(_cell(c, aligned[x] if x < len(aligned) else "left") for x, c in enumerate(r)) for r in block["rows"]
    )
    return f"<table>{''.join(f'<tr>{row}</tr>' for row in rows)}</table>"


def _cell(cell: Shape, align: str) -> str:
    inner = drawn_text.rich_text(cell) if cell["type"] == "rich_text" else html.escape(cell["text"])
    return f'<td style="text-align: {align}">{inner}</td>'


def chart(block: Shape) -> str:
    """A chart as simple bars or lines, with its title and the values' names."""
    drawn = block["chart"]
    names = drawn["axis_config"]["categories"]
    most = max((d["value"] for s in drawn["series"] for d in s["data"]), default=0) or 1
    shape = _bars if drawn["type"] == "bar" else _line
    parts = (shape(s, names, most, number, len(drawn["series"])) for number, s in enumerate(drawn["series"]))
    inner = "".join(parts) + "".join(_name(n, x, len(names)) for x, n in enumerate(names)) + _axis(most)
    series = " ".join(
        f'<span style="color: {COLOURS[i]}">■</span> {html.escape(s["name"])}' for i, s in enumerate(drawn["series"])
    )
    size = f'width="{WIDE}" height="{HIGH + BELOW}" font-size="11" fill="#616061"'
    return f'<b>{html.escape(block["title"])}</b><br><svg {size}>{inner}</svg><div class="muted">{series}</div>'


def _step(count: int) -> float:
    return (WIDE - LEFT) / max(count, 1)


def _top(value: float, most: float) -> float:
    return HIGH - max(value, 0) / most * (HIGH - 20)


def _ordered(series: Shape, names: Sequence[str]) -> list[float]:
    values = {d["label"]: d["value"] for d in series["data"]}
    return [values[name] for name in names]


def _bars(series: Shape, names: Sequence[str], most: float, number: int, of: int) -> str:
    wide = _step(len(names)) * 0.7 / of
    parts = []
    for x, value in enumerate(_ordered(series, names)):
        left, top = LEFT + _step(len(names)) * (x + 0.15) + wide * number, _top(value, most)
        bar = f'x="{left:.0f}" y="{top:.0f}" width="{wide:.0f}" height="{HIGH - top:.0f}" fill="{COLOURS[number]}"'
        parts.append(f'<rect {bar}/><text x="{left:.0f}" y="{top - 4:.0f}">{value:g}</text>')
    return "".join(parts)


def _line(series: Shape, names: Sequence[str], most: float, number: int, of: int) -> str:
    step = _step(len(names))
    points = [(LEFT + step * (x + 0.5), _top(v, most), v) for x, v in enumerate(_ordered(series, names))]
    path = " ".join(f"{x:.0f},{y:.0f}" for x, y, _ in points)
    marks = "".join(f'<text x="{x:.0f}" y="{y - 6:.0f}">{v:g}</text>' for x, y, v in points)
    return f'<polyline points="{path}" fill="none" stroke="{COLOURS[number]}" stroke-width="2"/>{marks}'


def _name(name: str, x: int, of: int) -> str:
    middle = LEFT + _step(of) * (x + 0.5)
    short = name if of < 8 else f"{name[:6]}…" if len(name) > 7 else name
    return f'<text x="{middle:.0f}" y="{HIGH + 16}" text-anchor="middle">{html.escape(short)}</text>'


def _axis(most: float) -> str:
    return f'<line x1="{LEFT}" y1="{HIGH}" x2="{WIDE}" y2="{HIGH}" stroke="#bbb"/><text x="0" y="24">{most:g}</text>'
