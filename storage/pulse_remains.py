"""What is left of deleted rows in an SQLite file: free pages, pages of emptied tables, and the write-ahead log.

SQLite only marks what it deletes; with `secure_delete` it overwrites it, and a checkpoint cuts the log off. Here the
file is read as bytes to see whether that was done. Format: https://www.sqlite.org/fileformat2.html
"""

import mmap
import re
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

HEADER, FRAME = 32, 24
# Marks, and keys of free lines, are 32 hexadecimal digits.
MARK = rb"[0-9a-f]{32,}"
FREE, EMPTIED, LOG = "free pages", "emptied tables", "write-ahead log"


class Remains(NamedTuple):
    """How many free pages there are, how long the log is, and by place how much looks like something of a survey."""

    free: int
    log: int
    found: dict[str, int]


def remains(path: Path, tables: Iterable[str], words: Iterable[str]) -> Remains:
    """Look through a file; `tables` are those that hold nothing now, `words` what their rows looked like."""
    look = re.compile(b"|".join([MARK, *(re.escape(word.encode()) for word in words)]))
    log = path.with_name(f"{path.name}-wal")
    logged = log.read_bytes() if log.exists() else b""
    with path.open("rb") as file:
        first = file.read(100)
        size = int.from_bytes(first[16:18], "big")
        size = 65_536 if size == 1 else size
        pages = _Pages(path, size)
        free = list(_free(pages, int.from_bytes(first[32:36], "big"), int.from_bytes(first[36:40], "big")))
    roots = _roots(path, tables)
    frames = [page for number, page in _frames(logged, size) if number in roots]
    hits = {
        FREE: sum(len(look.findall(pages.read(number))) for number in free),
        EMPTIED: sum(len(look.findall(pages.read(number))) for number in roots),
        LOG: sum(len(look.findall(page)) for page in frames),
    }
    return Remains(len(free), len(logged), {place: many for place, many in hits.items() if many})


class _Pages(NamedTuple):
    path: Path
    size: int

    def read(self, number: int) -> bytes:
        """A page by its number, from 1."""
        with self.path.open("rb") as file:
            file.seek((number - 1) * self.size)
            return file.read(self.size)


def _free(pages: _Pages, trunk: int, count: int) -> Iterator[int]:
    """The free pages: each trunk names the next one and its leaves."""
    seen = 0
    while trunk and seen < count:
        page = pages.read(trunk)
        yield trunk
        leaves = min(int.from_bytes(page[4:8], "big"), pages.size // 4 - 2)
        yield from (int.from_bytes(page[8 + 4 * at : 12 + 4 * at], "big") for at in range(leaves))
        seen += 1 + leaves
        trunk = int.from_bytes(page[:4], "big")


def _roots(path: Path, tables: Iterable[str]) -> set[int]:
    """The pages where tables and their indexes begin; all of them, when they are empty."""
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        query = "SELECT rootpage FROM sqlite_master WHERE tbl_name = ? AND rootpage > 0"
        return {row[0] for name in tables for row in connection.execute(query, (name,))}


def _frames(log: bytes, size: int) -> Iterator[tuple[int, bytes]]:
    """(page number, page) of every frame of a write-ahead log, also of those that count no more."""
    for start in range(HEADER, len(log) - FRAME - size + 1, FRAME + size):
        yield int.from_bytes(log[start : start + 4], "big"), log[start + FRAME : start + FRAME + size]


def contains(path: Path, secrets: Iterable[bytes]) -> bool:
    """Whether a file or its write-ahead log holds one of some secrets, plain or in hexadecimal digits."""
    needles = [form for secret in secrets if secret for form in (secret, secret.hex().encode())]
    files = (path, path.with_name(f"{path.name}-wal"))
    return any(_holds(file, needles) for file in files if file.exists() and file.stat().st_size)


def _holds(path: Path, needles: list[bytes]) -> bool:
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as held:
        return any(held.find(needle) >= 0 for needle in needles)
