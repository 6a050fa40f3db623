"""The fonts of everything printed: Noto Sans CJK JP in two weights, from Python packages, the same on every machine."""

from functools import cache
from importlib.resources import files
from pathlib import Path

import typst

PACKAGES = ("noto_cjk_sans_jp_regular", "noto_cjk_sans_jp_bold")
# What printers in Japan put where a letter is missing.
MISSING = "〓"
# Say nothing by themselves: they join emoji and choose how a character is drawn.
SILENT = dict.fromkeys((0x200C, 0x200D, 0xFE0E, 0xFE0F, 0x2060, 0xFEFF, *range(0xE0100, 0xE01F0)))
# Would turn the order of what stands behind them around, or are no characters at all.
CONTROLS = dict.fromkeys(
    (*range(9), *range(11, 32), *range(0x7F, 0xA0), *range(0x202A, 0x202F), *range(0x2066, 0x206A))
)


@cache
def fonts() -> typst.Fonts:
    """Both weights, and no font of this machine."""
    folders = [str(files(package)) for package in PACKAGES]
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=folders)


def drawable(text: str) -> str:
    """The text with a mark for every character the fonts do not have, such as an emoji."""
    text = text.translate(CONTROLS).translate(SILENT)
    if text.isascii():
        return text
    known = _known()
    return "".join(c if c in "\n\t" or ord(c) in known else MISSING for c in text)


@cache
def _known() -> frozenset[int]:
    """Every character that both weights have."""
    return frozenset(set.intersection(*map(_characters, PACKAGES)))


def _characters(package: str) -> set[int]:
    from fontTools.ttLib import TTFont

    with TTFont(_path(package), lazy=True) as font:
        return set(font.getBestCmap())


def _path(package: str) -> Path:
    return next(Path(str(files(package))).glob("*.otf"))
