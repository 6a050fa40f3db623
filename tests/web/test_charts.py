"""Charts: what is drawn is what is in the table, for any figures, and nothing in them is markup."""

import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markupsafe import Markup

from adapters.web import charts
from adapters.web.charts import Band, Frame, Series
from bot import phrases
from bot.organisation import LANGUAGES

TEXTS = phrases.load(Path(__file__).parents[2] / "content" / "locales", LANGUAGES)
NASTY = "<script>\"&' 窓口"

labels = st.lists(st.sampled_from(["窓口課", NASTY, "#1 顧客視点", ""]), min_size=1, max_size=14)
value = st.integers(0, 10**9) | st.floats(0, 1e6, allow_nan=False)


def frame(unit: str = "件") -> Frame:
    return Frame(NASTY, "x", TEXTS.bound("ja"), "ja", unit)


def read(drawn: Markup) -> ET.Element:
    """A chart, well-formed, with its drawing hidden from screen readers and described for them."""
    root = ET.fromstring(str(drawn))  # noqa: S314 - our own drawing
    picture = root.find("svg")
    assert picture is not None
    assert picture.attrib["role"] == "img"
    named = picture.attrib["aria-labelledby"].split()
    assert [child.attrib["id"] for child in picture if "id" in child.attrib] == named
    assert all("".join(child.itertext()).strip() for child in picture if "id" in child.attrib)
    assert "style" not in str(drawn)
    assert picture.findall(".//script") == []
    for name, share in re.findall(r'\b(x|x1|x2|cx|width)="(-?[\d.]+)%"', str(drawn)):
        assert -0.01 <= float(share) <= 100.01, (name, share)
    return root


def cells(root: ET.Element) -> list[list[str]]:
    return [["".join(cell.itertext()) for cell in row] for row in root.findall(".//tbody/tr")]


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_any_figures(data: st.DataObject) -> None:
    names = data.draw(labels)
    size = len(names)
    row = st.lists(value, min_size=size, max_size=size)
    first, second = data.draw(row), data.draw(row)
    band = Band("95%", [v * 0.5 for v in first], [v * 1.5 for v in first])
    series = [Series("気づき", first), Series(NASTY, second)]
    told = [frame().figure(v) for v in first]
    for drawn in (
        charts.bars(frame(), names, first),
        charts.bars(frame(), names, first, band=band),
        charts.stacked(frame(), names, series, links=["/dashboard/"] * size),
        charts.line(frame(), names, series),
        charts.line(frame(), names, series[:1], band=band),
        charts.funnel(frame(), names, first, whole=sum(first)),
        charts.heat(frame(), names, ["#1", "#2"], list(zip(first, second, strict=True))),
    ):
        found = cells(read(drawn))
        assert [line[0] for line in found] == names
        assert [line[1] for line in found] == told


def test_bars_are_as_long_as_their_figures() -> None:
    drawn = str(charts.bars(frame(), ["a", "b", "c"], [10, 5, 0]))
    assert re.findall(r'width="([\d.]+%)" height="14" class="part t1"', drawn) == ["100.00%", "50.00%", "0.00%"]
    drawn = str(charts.bars(frame("%"), ["a"], [25], top=100.0))
    assert 'width="25.00%" height="14" class="part t1"' in drawn


def test_parts_of_a_stack_lie_one_after_the_other() -> None:
    drawn = str(charts.stacked(frame(), ["a", "b"], [Series("x", [3, 0]), Series("y", [1, 2])]))
    found = re.findall(r'x="([\d.]+)%" y="\d+" width="([\d.]+)%" height="14" class="part (t\d)"', drawn)
    assert found == [("0.00", "75.00", "t1"), ("75.00", "25.00", "t2"), ("0.00", "50.00", "t2")]


def test_the_more_the_darker() -> None:
    drawn = str(charts.heat(frame(), ["a"], ["1", "2", "3", "4"], [[0, 1, 50, 100]]))
    assert re.findall(r'class="cell (h\d)"', drawn) == ["h0", "h1", "h3", "h5"]


def test_an_interval_lies_around_its_line() -> None:
    drawn = str(charts.line(frame("%"), ["9/1", "9/8"], [Series("x", [50, 60])], band=Band("95%", [40, 55], [70, 80])))
    points = re.search(r'points="([^"]+)"', drawn)
    assert points
    heights = [int(point.split(",")[1]) for point in points[1].split()]
    dots = [int(y) for y in re.findall(r'cy="(\d+)"', drawn)]
    high, low = heights[:2], heights[:1:-1]
    assert all(top < dot < bottom for top, dot, bottom in zip(high, dots, low, strict=True))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_what_stands_out_is_said(lang: str) -> None:
    told = Frame("t", "x", TEXTS.bound(lang), lang)
    drawn = charts.line(told, ["a", "b"], [Series("one", [1, 9]), Series("two", [1200, 2])])
    words = "".join(read(drawn).find("svg/desc").itertext())  # type: ignore[union-attr]
    assert "9" in words
    assert "1,200" in words


def test_nothing_to_draw() -> None:
    for drawn in (charts.bars(frame(), [], []), charts.line(frame(), [], [Series("x", [])])):
        assert cells(read(drawn)) == []
