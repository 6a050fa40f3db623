"""A backup as a file: a zip with one list of rows a table and a manifest, written whole or not at all."""

import json
import os
import secrets
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from hashlib import sha256
from pathlib import Path
from typing import IO, Any

from bot.organisation import Part

FORMAT = 1
MANIFEST = "manifest.json"
# Nobody makes a manifest that long.
LONGEST = 1 << 20
CHUNK = 1 << 20


class Unusable(Exception):
    """A file that is no whole backup, or a place where none can be written; the words say which, and what to do."""


class Kept(Part):
    """A table in a backup: its columns in the order of the rows' values, how many rows, and what its list hashes to."""

    name: str
    columns: tuple[str, ...]
    rows: int
    sha256: str


class Manifest(Part):
    """What a backup says of itself."""

    format: int
    kizuki: str
    version: str
    database: str
    made: str
    numbered: dict[str, int]
    tables: tuple[Kept, ...]


class Writer:
    """A backup that is being written."""

    def __init__(self, file: zipfile.ZipFile) -> None:
        self._file = file
        self._kept: list[Kept] = []

    def add(self, name: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        """Write the rows of a table."""
        digest, count = sha256(), 0
        with self._file.open(_member(name), "w", force_zip64=True) as member:
            for row in rows:
                line = json.dumps(list(row), ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
                member.write(line)
                digest.update(line)
                count += 1
        self._kept.append(Kept(name=name, columns=tuple(columns), rows=count, sha256=digest.hexdigest()))

    def end(self, **told: Any) -> Manifest:
        """Write the manifest, last of all: a backup without it is not whole."""
        manifest = Manifest(format=FORMAT, tables=tuple(self._kept), **told)
        self._file.writestr(MANIFEST, manifest.model_dump_json(indent=1))
        return manifest


@contextmanager
def written(path: Path) -> Iterator[Writer]:
    """A new file, for its owner's eyes alone; it has its name only once all of it is on the disk."""
    if path.exists():
        raise Unusable(f"{path} is there already: a backup never takes another's place.")
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        with os.fdopen(os.open(draft, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "w+b") as opened:
            with zipfile.ZipFile(opened, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as file:
                yield Writer(file)
            opened.flush()
            os.fsync(opened.fileno())
        draft.replace(path)
    except OSError as fault:
        raise Unusable(f"{path} cannot be written: {fault.strerror or fault}. Nothing was left behind.") from None
    finally:
        draft.unlink(missing_ok=True)


class Archive:
    """A whole backup, to be read from."""

    def __init__(self, file: zipfile.ZipFile, manifest: Manifest) -> None:
        self.manifest = manifest
        self.version = manifest.version
        self.columns: Mapping[str, Sequence[str]] = {table.name: table.columns for table in manifest.tables}
        self.numbered: Mapping[str, int] = manifest.numbered
        self._file = file

    def rows(self, table: str) -> Iterator[Sequence[Any]]:
        """The rows of a table."""
        with self._file.open(_member(table)) as member:
            for line in member:
                yield json.loads(line)

    def check(self) -> None:
        """Read all of it once, so that nothing begins that cannot end; raises ValueError, and what zip files raise."""
        if {MANIFEST, *map(_member, self.columns)} != set(self._file.namelist()):
            raise ValueError("other files than the manifest says")
        for table in self.manifest.tables:
            with self._file.open(_member(table.name)) as member:
                digest, count = _digest(member)
            if (digest, count) != (table.sha256, table.rows):
                raise ValueError("not what was written")


@contextmanager
def opened(path: Path) -> Iterator[Archive]:
    """A backup that was read through and found whole; raises `Unusable`."""
    with ExitStack() as held:
        try:
            file = held.enter_context(zipfile.ZipFile(path))
            archive = Archive(file, _manifest(file))
            archive.check()
        except OSError as fault:
            raise Unusable(f"{path} cannot be read: {fault.strerror or fault}.") from None
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, KeyError, ValueError):
            raise Unusable(f"{path} is no whole backup: it is damaged, cut off, or something else.") from None
        yield archive


def _manifest(file: zipfile.ZipFile) -> Manifest:
    with file.open(MANIFEST) as member:
        found = json.loads(member.read(LONGEST))
    if isinstance(found, dict) and isinstance(found.get("format"), int) and found["format"] > FORMAT:
        raise Unusable("The backup was made by a newer kizuki. Update kizuki first.")
    return Manifest.model_validate(found)


def _digest(member: IO[bytes]) -> tuple[str, int]:
    digest, count = sha256(), 0
    while part := member.read(CHUNK):
        digest.update(part)
        count += part.count(b"\n")
    return digest.hexdigest(), count


def _member(table: str) -> str:
    return f"tables/{table}.jsonl"
