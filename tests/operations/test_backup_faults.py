"""A backup that is not whole changes nothing, and a disk that is full leaves nothing half-written."""

import io
import json
import resource
import sqlite3
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from adapters.operations import archive, backups
from adapters.operations.archive import Unusable
from bot.settings import Settings
from bot.turn import House
from storage.schema import Unfit
from tests import databases
from tests.commands import kizuki
from tests.databases import Server
from tests.operations.lives import lived, of


def here(folder: Path) -> list[str]:
    """What lies in a folder."""
    return sorted(path.name for path in folder.iterdir())


def _cut(data: bytes) -> bytes:
    return data[: len(data) // 2]


def _short(data: bytes) -> bytes:
    return data[:-1]


def _flipped(data: bytes) -> bytes:
    """One bit in the middle of the largest table."""
    middle = len(data) // 3
    return data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :]


def _again(change: Callable[[dict[str, bytes]], None]) -> Callable[[bytes], bytes]:
    """The same zip packed anew, with right check sums, after a change."""

    def packed(data: bytes) -> bytes:
        with zipfile.ZipFile(io.BytesIO(data)) as file:
            found = {name: file.read(name) for name in file.namelist()}
        change(found)
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
            for name, content in found.items():
                file.writestr(name, content)
        return out.getvalue()

    return packed


def _says(**told: object) -> Callable[[bytes], bytes]:
    def change(found: dict[str, bytes]) -> None:
        found["manifest.json"] = json.dumps({**json.loads(found["manifest.json"]), **told}).encode()

    return _again(change)


DAMAGES = {
    "empty": lambda _: b"",
    "something else": lambda _: b"PK\x03\x04 or not",
    "cut": _cut,
    "short": _short,
    "flipped": _flipped,
    "a row changed": _again(lambda f: f.update({"tables/body.jsonl": f["tables/body.jsonl"].replace(b"1", b"2", 1)})),
    "a row more": _again(lambda f: f.update({"tables/body.jsonl": f["tables/body.jsonl"] * 2})),
    "a table gone": _again(lambda f: f.pop("tables/body.jsonl")),  # type: ignore[arg-type]
    "a file more": _again(lambda f: f.update({"../evil": b"x"})),
    "no manifest": _again(lambda f: f.pop("manifest.json")),  # type: ignore[arg-type]
    "half a manifest": _again(lambda f: f.update({"manifest.json": f["manifest.json"][:200]})),
    "a manifest of something else": _again(lambda f: f.update({"manifest.json": b"[1]"})),
    "no tables": _says(tables=[]),
}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory, settings: Settings) -> bytes:
    """A backup of a small organisation."""
    folder = tmp_path_factory.mktemp("whole")
    url = databases.migrated(f"sqlite:///{folder}/kizuki.db")
    with closing(sqlite3.connect(folder / "kizuki.db")) as connection:
        connection.executescript(
            "with recursive n(i) as (select 1 union all select i + 1 from n where i < 4000) "
            "insert into body (id, key, card, at) select i, hex(randomblob(16)), hex(randomblob(40)), i from n;"
        )
    backups.backup(of(settings, url), folder / "a.zip")
    return (folder / "a.zip").read_bytes()


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_backup_changes_nothing(whole: bytes, settings: Settings, tmp_path: Path, damage: str) -> None:
    (file := tmp_path / "a.zip").write_bytes(DAMAGES[damage](whole))
    assert file.read_bytes() != whole
    with pytest.raises(Unusable, match="is no whole backup: it is damaged, cut off, or something else"):
        backups.restore(of(settings, f"sqlite:///{tmp_path}/kizuki.db"), file)
    assert here(tmp_path) == ["a.zip"]


def test_every_byte_that_is_cut_off_is_missed(whole: bytes, settings: Settings, tmp_path: Path) -> None:
    for end in range(0, len(whole), max(1, len(whole) // 40)):
        (file := tmp_path / "a.zip").write_bytes(whole[:end])
        with pytest.raises(Unusable), archive.opened(file):
            pass


def test_a_newer_backup_is_refused_with_what_to_do(whole: bytes, settings: Settings, tmp_path: Path) -> None:
    wanted = of(settings, f"sqlite:///{tmp_path}/kizuki.db")
    (file := tmp_path / "a.zip").write_bytes(_says(version="9999")(whole))
    with pytest.raises(Unfit, match=r"9999, which is newer than this program. Update kizuki first"):
        backups.restore(wanted, file)
    file.write_bytes(_says(format=2)(whole))
    with pytest.raises(Unusable, match=r"made by a newer kizuki. Update kizuki first"):
        backups.restore(wanted, file)
    assert here(tmp_path) == ["a.zip"]


@contextmanager
def full_after(size: int) -> Iterator[None]:
    """A disk on which no file grows beyond a size."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_full_disk_leaves_no_backup_behind(whole: bytes, settings: Settings, tmp_path: Path) -> None:
    wanted = of(settings, f"sqlite:///{tmp_path}/kizuki.db")
    (tmp_path / "whole.zip").write_bytes(whole)
    for size in (50_000, 300_000):
        with full_after(size), pytest.raises((Unusable, Unfit), match=r"Nothing was left behind"):
            backups.restore(wanted, tmp_path / "whole.zip")
        assert here(tmp_path) == ["whole.zip"]
    backups.restore(wanted, tmp_path / "whole.zip")
    before = here(tmp_path)
    for size in (50_000, 600_000, len(whole) // 2):
        with full_after(size), pytest.raises(Unusable, match=r"cannot be written: .+ Nothing was left behind"):
            backups.backup(wanted, tmp_path / "b.zip")
        assert here(tmp_path) == before


async def test_a_full_disk_beside_postgresql(
    house: House, settings: Settings, tmp_path: Path, postgres_kept: Server
) -> None:
    url = await lived(house, postgres_kept, tmp_path)
    with (
        full_after(8_000),
        pytest.raises(Unusable, match=r"cannot be written: File too large. Nothing was left behind"),
    ):
        backups.backup(of(settings, url), tmp_path / "b.zip")
    assert here(tmp_path) == []


def test_faults_are_sentences(tmp_path: Path, migrated_file: Path) -> None:
    (tmp_path / "app.yaml").write_text("organisation:\n  name: {ja: 試験}\ndatabase: sqlite:///kizuki.db\n")
    told = kizuki("backup", "a.zip", cwd=tmp_path)
    assert (told.returncode, told.stderr.strip()) == (1, "There is no database at kizuki.db.")
    assert "cannot be read: No such file" in kizuki("restore", "a.zip", cwd=tmp_path).stderr
    databases.migrated(f"sqlite:///{tmp_path}/kizuki.db")
    assert "There is no folder nowhere." in kizuki("backup", "nowhere/a.zip", cwd=tmp_path).stderr
    assert "rows of" in kizuki("backup", "a.zip", cwd=tmp_path).stdout
    assert "a backup never takes another's place" in kizuki("backup", "a.zip", cwd=tmp_path).stderr
    (tmp_path / "app.yaml").write_text("organisation:\n  name: {ja: 試験}\ndatabase: sqlite:///b/kizuki.db\n")
    assert "rows of" in kizuki("restore", "a.zip", cwd=tmp_path).stdout
    data = bytearray((tmp_path / "kizuki.db").read_bytes())
    data[8192:40_000] = b"\xff" * (40_000 - 8192)
    (tmp_path / "b" / "kizuki.db").write_bytes(data)
    told = kizuki("backup", "b.zip", cwd=tmp_path)
    assert told.returncode == 1
    assert "is damaged" in told.stderr
    (tmp_path / "app.yaml").write_text(
        "organisation:\n  name: {ja: 試験}\ndatabase: postgresql://nobody:hush@127.0.0.1:9/x\n"
    )
    told = kizuki("backup", "c.zip", cwd=tmp_path)
    assert told.returncode == 1
    assert "The database cannot be read" in told.stderr
    assert "hush" not in told.stderr
    assert not [name for name in here(tmp_path) if "part" in name or name in ("b.zip", "c.zip")]
