"""Draws the app's icons anew: `python -m tests.icons`, whenever a drawing (.svg) in content/brand has changed.

Also reads and writes PNG, as far as two icons need it: no library for pictures is installed for them.
"""

import asyncio
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from playwright.async_api import async_playwright

from tests.pictures import CHROMIUM, FLAGS

BRAND = Path(__file__).parents[1] / "content" / "brand"
SIZES = {"color": 192, "outline": 32}
RGB, RGBA = 2, 6
CHANNELS = {RGB: 3, RGBA: 4}


class Picture(NamedTuple):
    """A picture: its width and height, and red, green, blue and how opaque for every pixel."""

    width: int
    height: int
    pixels: tuple[tuple[int, int, int, int], ...]


def main() -> None:
    """Draw both icons and put them beside their drawings."""
    for name, png in asyncio.run(drawn()).items():
        (BRAND / f"{name}.png").write_bytes(png)


async def drawn() -> dict[str, bytes]:
    """Both icons as Chromium draws them: the one without anything transparent, the other in white alone."""
    async with async_playwright() as browsers:
        browser = await browsers.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        shots = {}
        for name, size in SIZES.items():
            page = await browser.new_page(viewport={"width": size, "height": size})
            svg = (BRAND / f"{name}.svg").read_text(encoding="utf-8")
            await page.set_content(f"<style>body {{ margin: 0 }} svg {{ display: block }}</style>{svg}")
            shots[name] = read(await page.screenshot(omit_background=True))
        await browser.close()
    return {"color": written(shots["color"], RGB), "outline": written(_whitened(shots["outline"]), RGBA)}


def _whitened(picture: Picture) -> Picture:
    """The same with nothing but white in it: what is half transparent comes a shade darker out of the browser."""
    return picture._replace(pixels=tuple((255, 255, 255, alpha) for *_, alpha in picture.pixels))


def written(picture: Picture, kind: int) -> bytes:
    """A picture as PNG, with or without transparency."""
    wide = CHANNELS[kind]
    flat = b"".join(bytes(pixel[:wide]) for pixel in picture.pixels)
    lines = range(0, len(flat), picture.width * wide)
    raw = b"".join(b"\0" + flat[n : n + picture.width * wide] for n in lines)
    head = struct.pack(">IIBBBBB", picture.width, picture.height, 8, kind, 0, 0, 0)
    parts = ((b"IHDR", head), (b"IDAT", zlib.compress(raw, 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(*part) for part in parts)


def read(png: bytes) -> Picture:
    """A PNG as a picture: eight bits a channel, in colour, not interlaced."""
    chunks = list(_chunks(png))
    width, height, depth, kind, *rest = struct.unpack(">IIBBBBB", dict(chunks)[b"IHDR"])
    assert (depth, rest) == (8, [0, 0, 0])
    raw = zlib.decompress(b"".join(data for name, data in chunks if name == b"IDAT"))
    wide = CHANNELS[kind]
    flat = b"".join(_lines(raw, width * wide, wide))
    assert len(flat) == width * height * wide
    dots = (flat[n : n + wide].ljust(4, b"\xff") for n in range(0, len(flat), wide))
    return Picture(width, height, tuple((r, g, b, a) for r, g, b, a in dots))


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def _chunks(png: bytes) -> Iterator[tuple[bytes, bytes]]:
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    at = 8
    while at < len(png):
        size = int.from_bytes(png[at : at + 4], "big")
        name, data, check = png[at + 4 : at + 8], png[at + 8 : at + 8 + size], png[at + 8 + size : at + 12 + size]
        assert zlib.crc32(name + data) == int.from_bytes(check, "big")
        yield name, data
        at += 12 + size


def _lines(raw: bytes, length: int, wide: int) -> Iterator[bytes]:
    """Each line of pixels, without the filter it was written with."""
    above = bytes(length)
    for start in range(0, len(raw), length + 1):
        line = bytearray(raw[start + 1 : start + 1 + length])
        for n in range(length):
            left, corner = (line[n - wide], above[n - wide]) if n >= wide else (0, 0)
            line[n] = (line[n] + _guess(raw[start], left, above[n], corner)) & 255
        above = bytes(line)
        yield above


def _guess(how: int, left: int, up: int, corner: int) -> int:
    """What a filter took away: https://www.w3.org/TR/png-3/#9Filters."""
    if how == 4:
        near = left + up - corner
        return min((left, up, corner), key=lambda value: abs(near - value))
    return (0, left, up, (left + up) // 2)[how]


if __name__ == "__main__":
    main()
