"""A file is there whole or not at all: a full disk, an interruption and a wrong place leave everything as it was."""

from pathlib import Path

import pytest

from adapters.files import keeping
from adapters.files.keeping import Unwritable, keep, keep_bytes


def everything(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_file_is_kept_and_replaced(tmp_path: Path) -> None:
    keep_bytes(tmp_path / "a.csv", b"one")
    keep_bytes(tmp_path / "a.csv", b"two")
    assert everything(tmp_path) == {"a.csv": b"two"}
    assert (tmp_path / "a.csv").stat().st_mode & 0o777 == 0o666 & ~keeping._umask()


def test_an_interruption_leaves_the_old_file(tmp_path: Path) -> None:
    keep_bytes(tmp_path / "a.csv", b"old")

    def half(beside: Path) -> None:
        beside.write_bytes(b"ne")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        keep(tmp_path / "a.csv", half)
    assert everything(tmp_path) == {"a.csv": b"old"}


def test_a_disk_that_fills_up_while_writing_leaves_the_old_file(tmp_path: Path) -> None:
    keep_bytes(tmp_path / "a.csv", b"old")

    def full(beside: Path) -> None:
        beside.write_bytes(b"ne")
        raise OSError(28, "No space left on device")

    with pytest.raises(Unwritable, match="No space left on device"):
        keep(tmp_path / "a.csv", full)
    assert everything(tmp_path) == {"a.csv": b"old"}


def test_a_file_that_would_exceed_the_disk_is_not_begun(tmp_path: Path) -> None:
    begun: list[Path] = []
    with pytest.raises(Unwritable, match=r"would need about [\d,]+ MB, and the disk has [\d,]+ MB left"):
        keep(tmp_path / "a.csv", begun.append, room=1 << 60)
    assert begun == []
    assert everything(tmp_path) == {}


def test_a_wrong_place_is_said_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(Unwritable, match="is a folder"):
        keep_bytes(tmp_path, b"")
    with pytest.raises(Unwritable, match="There is no folder"):
        keep_bytes(tmp_path / "none" / "a.csv", b"")
    assert everything(tmp_path) == {}
