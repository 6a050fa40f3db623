"""A file for the person who asks, whatever it is made of; whose it is, and whether they may have it, is asked anew."""

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple, Protocol, TypeVar

from adapters.files.keeping import Unwritable
from bot import drawn_files, mydata, prints, report_books
from bot.events import Handle
from bot.turn import Refusal, Turn
from storage.files import FileRow

T = TypeVar("T")


class Reads(Protocol):
    """The core, as far as a file needs it."""

    async def read_as(self, handle: Handle, query: Callable[..., T], *args: Any) -> T: ...
    async def study_as(self, handle: Handle, query: Callable[..., T], *args: Any) -> T: ...


class Fetched(NamedTuple):
    """A file as it is handed over."""

    name: str
    media: str
    content: bytes


async def fetched(bot: Reads, who: Handle, token: str) -> Fetched | None:
    """The file of a token; None where there is none for this person (any more).

    One that has to be drawn is drawn after what the same person asked for before, beside all other reading.
    """
    row = await bot.read_as(who, mydata.file, token)
    if row is None or not drawn_files.is_drawn(row):
        return row and Fetched(row.name, row.media, row.content.encode())
    return await bot.study_as(who, _fetched, token)


def _fetched(turn: Turn, token: str) -> Fetched | None:
    row = mydata.file(turn, token)
    if row is None:
        return None
    try:
        content = _drawn(turn, row)
    except (Refusal, Unwritable):
        return None
    return Fetched(row.name, row.media, content)


def _drawn(turn: Turn, row: FileRow) -> bytes:
    from adapters.files import typesetting

    found = drawn_files.drawing(turn, row)
    if found.certificates:
        data = prints.certificates(turn.house, found.certificates, found.lang)
        return typesetting.pdf("certificate", data, at=turn.now)
    assert found.report is not None  # noqa: S101 - it is one or the other
    report_books.check(turn, found.report)
    return _report(turn, found)


def _report(turn: Turn, found: drawn_files.Drawing) -> bytes:
    from adapters.files.writing import write

    assert found.report is not None  # noqa: S101 - only reports come here
    with tempfile.TemporaryDirectory(prefix="kizuki-") as folder:
        path = Path(folder) / f"report.{found.form}"
        write(report_books.build(turn, found.report), found.form, path)
        return path.read_bytes()


async def is_there(bot: Reads, who: Handle, token: str) -> bool:
    """Whether there is such a file for this person, without drawing it."""
    return await bot.read_as(who, mydata.file, token) is not None
