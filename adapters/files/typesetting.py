"""Pages: a template of content/print and the data it is given → PDF, tagged for screen readers, or PNG."""

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

import typst

from adapters.files.fonts import drawable, fonts

TEMPLATES = Path(__file__).resolve().parent.parent.parent / "content" / "print"
Form = Literal["pdf", "png"]
# PDF/UA-1: every text tagged, in reading order, with its language; what only decorates is marked as such.
STANDARD: Literal["ua-1"] = "ua-1"


def pdf(template: str, data: Mapping[str, Any], *, at: datetime) -> bytes:
    """A document as a PDF; equal data and time, equal bytes."""
    made = _compiler(template, data).compile(format="pdf", pdf_standards=[STANDARD], timestamp=_stamp(at))
    assert isinstance(made, bytes)  # noqa: S101 - a PDF is one file
    return made


def png(template: str, data: Mapping[str, Any], *, ppi: float) -> list[bytes]:
    """A document as pictures, one a page."""
    made = _compiler(template, data).compile(format="png", ppi=ppi)
    return made if isinstance(made, list) else [made or b""]


def _compiler(template: str, data: Mapping[str, Any]) -> typst.Compiler:
    """Texts go in as data, never as a part of the template. A template reads nothing but its neighbours."""
    return typst.Compiler(
        str(TEMPLATES / f"{template}.typ"),
        root=str(TEMPLATES),
        font_paths=fonts(),
        ignore_system_fonts=True,
        sys_inputs={"data": json.dumps(_drawable(data), ensure_ascii=False)},
    )


def _drawable(value: Any) -> Any:
    match value:
        case str():
            return drawable(value)
        case Mapping():
            return {key: _drawable(one) for key, one in value.items()}
        case list() | tuple():
            return [_drawable(one) for one in value]
        case _:
            return value


def _stamp(at: datetime) -> datetime:
    """The moment with a fixed offset, in whole seconds."""
    return datetime.fromisoformat(at.replace(microsecond=0).isoformat())
