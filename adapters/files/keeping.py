"""Files are written beside their place and moved there when they are whole: nothing half-written is ever found."""

import os
import shutil
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

# What the disk has left afterwards, at least.
SPARE = 32 << 20


class Unwritable(Exception):
    """A file that cannot be kept, and why, in a sentence."""


def keep(path: Path, write: Callable[[Path], object], *, room: int = 0) -> None:
    """Have `write` fill a file beside `path`, and put it there once it is on the disk; `room` is how large it may be.

    Raises `Unwritable`; then, and where it is interrupted, everything is as it was.
    """
    try:
        _check(path, room)
        _kept(path, write)
    except OSError as fault:
        raise Unwritable(f"{path} cannot be written: {fault.strerror or type(fault).__name__}.") from None


def keep_bytes(path: Path, content: bytes) -> None:
    """Keep what is in memory already."""
    keep(path, lambda beside: beside.write_bytes(content), room=len(content))


def _check(path: Path, room: int) -> None:
    if path.is_dir():
        raise Unwritable(f"{path} is a folder: name a file.")
    if not path.parent.is_dir():
        raise Unwritable(f"There is no folder {path.parent}.")
    free = shutil.disk_usage(path.parent).free
    if room + SPARE > free:
        raise Unwritable(
            f"{path} would need about {_megabytes(room)} MB, and the disk has {_megabytes(free)} MB left: "
            "nothing was written."
        )


def _kept(path: Path, write: Callable[[Path], object]) -> None:
    number, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=path.suffix, dir=path.parent)
    os.close(number)
    beside = Path(name)
    try:
        write(beside)
        _settle(beside)
        beside.chmod(0o666 & ~_umask())
        beside.replace(path)
        _settle(path.parent)
    finally:
        with suppress(FileNotFoundError):
            beside.unlink()


def _settle(path: Path) -> None:
    """Wait until a file, or what a folder holds, is on the disk."""
    number = os.open(path, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _megabytes(size: int) -> str:
    return f"{-(-size // 1_000_000):,}"
