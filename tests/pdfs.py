"""A PDF opened again: its texts, fonts, tags and pages, read from what is in the file."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import pikepdf

_CHAR = re.compile(rb"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>")
_RANGE = re.compile(rb"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>")


@dataclass
class Opened:
    """What a PDF says: the text of each page without blanks, the size of each in millimetres, its fonts, its tags."""

    texts: list[str]
    sizes: list[tuple[int, int]]
    embedded: dict[str, bool]
    tags: dict[str, int]
    alts: list[str]
    lang: str
    title: str
    marked: bool
    actions: int

    @property
    def text(self) -> str:
        """All text without blanks."""
        return "".join(self.texts)


def opened(content: bytes) -> Opened:
    """Open a PDF."""
    with pikepdf.open(BytesIO(content)) as pdf:
        root, tags, alts = pdf.Root, dict[str, int](), list[str]()
        for node in _nodes(root.StructTreeRoot):
            name = str(node.get("/S", "/?"))[1:]
            tags[name] = tags.get(name, 0) + 1
            if "/Alt" in node:
                alts.append(str(node.Alt))
        embedded: dict[str, bool] = {}
        for page in pdf.pages:
            embedded.update(_fonts(page))
        links = sum(len(page.get("/Annots", [])) for page in pdf.pages)
        return Opened(
            [_text(page) for page in pdf.pages],
            [_size(page) for page in pdf.pages],
            embedded,
            tags,
            alts,
            str(root.get("/Lang", "")),
            str(pdf.docinfo.get("/Title", "")),
            bool(root.MarkInfo.Marked),
            links + ("/OpenAction" in root) + ("/JavaScript" in root.get("/Names", {})),
        )


def _nodes(node: Any) -> Iterator[Any]:
    children = node.get("/K", [])
    for child in children if isinstance(children, pikepdf.Array) else [children]:
        if isinstance(child, pikepdf.Dictionary) and "/S" in child:
            yield child
            yield from _nodes(child)


def _size(page: Any) -> tuple[int, int]:
    left, bottom, right, top = (float(edge) for edge in page.mediabox)
    return round((right - left) / 72 * 25.4), round((top - bottom) / 72 * 25.4)


def _fonts(page: Any) -> dict[str, bool]:
    found = {}
    for font in page.resources.get("/Font", {}).values():
        kept = font.DescendantFonts[0].FontDescriptor
        found[str(font.BaseFont)] = any(name in kept for name in ("/FontFile2", "/FontFile3"))
    return found


def _text(page: Any) -> str:
    maps = {name: _map(font) for name, font in page.resources.get("/Font", {}).items()}
    here: dict[int, str] = {}
    found: list[str] = []
    for step in pikepdf.parse_content_stream(page):
        assert isinstance(step, pikepdf.ContentStreamInstruction)
        operands: Any = step.operands
        match str(step.operator):
            case "Tf":
                here = maps[str(operands[0])]
            case "Tj":
                found.append(_decoded(bytes(operands[0]), here))
            case "TJ":
                found += [_decoded(bytes(p), here) for p in operands[0] if isinstance(p, pikepdf.String)]
    return "".join("".join(found).split())


def _decoded(codes: bytes, known: dict[int, str]) -> str:
    return "".join(known.get(int.from_bytes(codes[at : at + 2], "big"), "\ufffd") for at in range(0, len(codes), 2))


def _map(font: Any) -> dict[int, str]:
    source = bytes(font.ToUnicode.read_bytes())
    found: dict[int, str] = {}
    for part in re.findall(rb"beginbfchar(.*?)endbfchar", source, re.DOTALL):
        found.update({int(code, 16): _chars(text) for code, text in _CHAR.findall(part)})
    for part in re.findall(rb"beginbfrange(.*?)endbfrange", source, re.DOTALL):
        for first, last, text in _RANGE.findall(part):
            begin = int(first, 16)
            found.update({begin + n: chr(ord(_chars(text)) + n) for n in range(int(last, 16) - begin + 1)})
    return found


def _chars(text: bytes) -> str:
    return bytes.fromhex(text.decode()).decode("utf-16-be")
