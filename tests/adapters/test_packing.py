"""`kizuki pack` and `kizuki suggest --evaluate`, as an engineer types them."""

import asyncio
import errno
import json
import os
import shutil
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from adapters import packing
from adapters.app import CONTENT
from bot import pack_files, settings, vocabulary
from bot.documents import Faults
from bot.editions import Unmoved
from storage import learning, notes, people
from storage.database import Tx
from storage.engines import open_database
from tests.adapters.test_cli import home
from tests.commands import kizuki

__all__ = ["home"]


def test_a_new_pack_is_whole_and_its_faults_are_named(home: Path) -> None:
    told = kizuki("pack", "new", "our-town", "--into", str(home), cwd=home)
    assert told.returncode == 0
    fine = kizuki("pack", "check", "our-town", cwd=home)
    assert fine.returncode == 0, fine.stderr
    assert "our-town@1.0.0, 3 principles" in fine.stdout
    first = home / "our-town" / "1.0.0" / "principles" / "01.yaml"
    first.write_text(first.read_text(encoding="utf-8").replace("promise:", "promice:"), encoding="utf-8")
    (home / "our-town" / "1.0.0" / "words.yaml").write_text("ja: {40: [ねこ]}\n", encoding="utf-8")
    broken = kizuki("pack", "check", "our-town", cwd=home)
    assert broken.returncode == 1
    assert "01.yaml" in broken.stderr
    assert "words.yaml:1" in broken.stderr
    assert "2 faults." in broken.stderr or "3 faults." in broken.stderr


@pytest.mark.parametrize("name", ["Our Town", "../out", "1town", ""])
def test_a_pack_has_a_plain_name(home: Path, name: str) -> None:
    assert kizuki("pack", "new", name, "--into", str(home), cwd=home).returncode == 2
    assert [p.name for p in home.iterdir() if p.is_dir()] == []


def test_what_is_there_is_not_written_over(home: Path) -> None:
    kizuki("pack", "new", "our-town", "--into", str(home), cwd=home)
    again = kizuki("pack", "new", "our-town", "--into", str(home), cwd=home)
    assert again.returncode == 2
    assert "is there already" in again.stderr


def test_the_shipped_packs_are_fine(home: Path) -> None:
    for name in ("tokyo", "bandai"):
        assert "Fine: " in kizuki("pack", "check", str(CONTENT / "packs" / name), cwd=home).stdout
    assert kizuki("pack", "check", "nowhere", cwd=home).returncode == 1


def write(home: Path, pack: str) -> Path:
    path = home / "app.yaml"
    path.write_text(
        "# ours\norganisation:\n  name: {ja: 試験}\npack: " + pack + "   # which\ndatabase: sqlite:///kizuki.db\n"
    )
    return path


def test_an_organisation_moves_with_one_command(home: Path) -> None:
    path = write(home, "tokyo@1.0.0")
    kizuki("run", "tidy", cwd=home)
    shown = kizuki("pack", "move", "tokyo@1.1.0", cwd=home, stdin="n\n")
    assert shown.returncode == 1
    assert "+first_step" in shown.stdout
    assert "tokyo@1.0.0   # which" in path.read_text(), "nothing changes before the answer"
    done = kizuki("pack", "move", "tokyo@1.1.0", "--yes", cwd=home)
    assert done.returncode == 0, done.stderr
    assert path.read_text() == (
        "# ours\norganisation:\n  name: {ja: 試験}\npack: tokyo@1.1.0   # which\ndatabase: sqlite:///kizuki.db\n"
    )
    assert kizuki("run", "tidy", cwd=home).returncode == 0
    assert kizuki("pack", "move", "tokyo@1.1.0", "--yes", cwd=home).returncode == 0, "again is safe"


def test_a_start_with_another_version_is_refused_until_the_move(home: Path) -> None:
    write(home, "tokyo@1.0.0")
    kizuki("run", "tidy", cwd=home)
    write(home, "tokyo@1.1.0")
    refused = kizuki("run", "tidy", cwd=home)
    assert refused.returncode == 1
    assert "Run `kizuki pack move tokyo@1.1.0`" in refused.stderr


def test_a_version_that_is_not_there_changes_nothing(home: Path) -> None:
    path = write(home, "tokyo@1.0.0")
    refused = kizuki("pack", "move", "tokyo@7.0.0", "--yes", cwd=home)
    assert refused.returncode == 1
    assert "there is no tokyo@7.0.0, only tokyo@1.0.0, tokyo@1.1.0" in refused.stderr
    assert "tokyo@1.0.0" in path.read_text()


def test_a_broken_version_is_refused_and_the_running_one_stays(
    home: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = write(home, "tokyo@1.0.0")
    packs = tmp_path / "packs"
    shutil.copytree(CONTENT / "packs", packs, ignore=shutil.ignore_patterns("*.jsonl"))
    broken = packs / "tokyo" / "1.1.0" / "principles" / "03.yaml"
    broken.write_text(broken.read_text(encoding="utf-8").replace("number: 3", "number: 4"), encoding="utf-8")
    monkeypatch.setattr(packing, "PACKS", packs)
    monkeypatch.chdir(home)
    with pytest.raises(Faults, match=r"04.yaml:1: another file has principle 4 too"):
        packing.move("tokyo@1.1.0", config=path, yes=True, lang="ja")
    assert "tokyo@1.0.0" in path.read_text()
    database = open_database(f"sqlite:///{home}/kizuki.db")
    try:
        assert database.read_now(lambda tx: tx.cursor.execute("select count(*) from edition").fetchone()) == (0,)
    finally:
        database.close()


REST = "organisation:\n  name: {ja: 試験😀}\ndatabase: sqlite:///kizuki.db\n"


# Packs by their folders, read once: with thousands of examples that takes most of a move's time.
loaded, read = cache(pack_files.load), cache(vocabulary.read_all)


@pytest.fixture
def mover(home: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Moves the organisation at home from tokyo@1.0.0 to tokyo@1.1.0 in this process."""
    monkeypatch.setattr(pack_files, "load", loaded)
    monkeypatch.setattr(vocabulary, "read_all", read)
    monkeypatch.chdir(home)
    return lambda: packing.move("tokyo@1.1.0", config=Path("app.yaml"), yes=True, lang="ja")


def moves(home: Path) -> int:
    """How many versions the database was moved to."""
    with closing(sqlite3.connect(home / "kizuki.db")) as connection:
        return int(connection.execute("select count(*) from edition").fetchone()[0])


def names(home: Path) -> set[str]:
    return {p.name for p in home.iterdir() if not p.name.startswith("kizuki.db")}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (f"{REST}pack: tokyo@1.0.0", f"{REST}pack: tokyo@1.1.0"),
        (f"# pack: x\n{REST}pack:   tokyo@1.0.0  # why\n", f"# pack: x\n{REST}pack:   tokyo@1.1.0  # why\n"),
        (f"---\n{REST}", f"---\npack: tokyo@1.1.0\n{REST}"),
        (f"# ours\n\n---\n# mine\n{REST}", f"# ours\n\n---\n# mine\npack: tokyo@1.1.0\n{REST}"),
        (f"%YAML 1.1\n---\n{REST}...\n", f"%YAML 1.1\n---\npack: tokyo@1.1.0\n{REST}...\n"),
        (f"---\npack: tokyo@1.0.0\n{REST}", f"---\npack: tokyo@1.1.0\n{REST}"),
        (f'{REST}"pack": tokyo@1.0.0\n', f'{REST}"pack": tokyo@1.1.0\n'),
        (f"{REST}pack : 'tokyo@1.0.0' # why\n", f"{REST}pack : 'tokyo@1.1.0' # why\n"),
        (f'{REST}pack: "tokyo@1.0.0"\n', f'{REST}pack: "tokyo@1.1.0"\n'),
        (f'pack: "tokyo\\x401.0.0" # x\n{REST}', f"pack: tokyo@1.1.0 # x\n{REST}"),
        (f"pack:\n  tokyo@1.0.0   # why\n{REST}", f"pack:\n  tokyo@1.1.0   # why\n{REST}"),
        (f"pack: # why\n  'tokyo@1.0.0'\n{REST}", f"pack: # why\n  'tokyo@1.1.0'\n{REST}"),
        (f"pack: >- # tokyo@1.0.0\n  tokyo@1.0.0\n\n{REST}", f"pack: >- # tokyo@1.0.0\n  tokyo@1.1.0\n\n{REST}"),
        (f"pack: !!str &p tokyo@1.0.0\n{REST}", f"pack: !!str &p tokyo@1.1.0\n{REST}"),
        (f"? pack\n: tokyo@1.0.0\n{REST}", f"? pack\n: tokyo@1.1.0\n{REST}"),
        (
            "{organisation: {name: {ja: 試験}}, pack: tokyo@1.0.0, database: 'sqlite:///kizuki.db'}\n",
            "{organisation: {name: {ja: 試験}}, pack: tokyo@1.1.0, database: 'sqlite:///kizuki.db'}\n",
        ),
        (
            "{organisation: {name: {ja: 試験}}, database: 'sqlite:///kizuki.db'}\n",
            "{pack: tokyo@1.1.0, organisation: {name: {ja: 試験}}, database: 'sqlite:///kizuki.db'}\n",
        ),
        (f"\ufeffpack: tokyo@1.0.0\n{REST}", f"\ufeffpack: tokyo@1.1.0\n{REST}"),
        (f"\ufeff{REST}", f"\ufeffpack: tokyo@1.1.0\n{REST}"),
        (f"{REST}pack: ${{PACK}}\n", f"{REST}pack: tokyo@1.1.0\n"),
        (f"{REST}pack: ${{NEXT}}\n", f"{REST}pack: ${{NEXT}}\n"),
        (
            "\n  organisation:\n    name: {ja: 試験}\n  database: sqlite:///kizuki.db\n",
            "\n  pack: tokyo@1.1.0\n  organisation:\n    name: {ja: 試験}\n  database: sqlite:///kizuki.db\n",
        ),
    ],
)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_only_the_version_in_app_yaml_is_written(
    home: Path, mover: Callable[[], None], monkeypatch: pytest.MonkeyPatch, before: str, after: str, end: str
) -> None:
    monkeypatch.setenv("PACK", "tokyo@1.0.0")
    monkeypatch.setenv("NEXT", "tokyo@1.1.0")
    path = home / "app.yaml"
    path.write_bytes(before.replace("\n", end).encode())
    path.chmod(0o640)
    mover()
    assert path.read_bytes().decode() == after.replace("\n", end)
    assert path.stat().st_mode & 0o777 == 0o640
    assert names(home) == {"app.yaml"}
    assert settings.load(path).pack == "tokyo@1.1.0"


@pytest.mark.parametrize(
    "text",
    [
        "organisation:\n  name: {ja: 試験, en: &p tokyo@1.0.0}\npack: *p\ndatabase: sqlite:///kizuki.db\n",
        "? organisation\n: {name: {ja: 試験}}\ndatabase: sqlite:///kizuki.db\n",
    ],
)
def test_what_cannot_be_replaced_alone_is_refused_before_anything_changes(
    home: Path, mover: Callable[[], None], text: str
) -> None:
    path = home / "app.yaml"
    path.write_text(text)
    with pytest.raises(Faults, match=r"nothing has moved\. Write `pack: tokyo@1.1.0` here yourself"):
        mover()
    assert path.read_text() == text
    assert moves(home) == 0


def test_a_file_edited_while_the_question_stands_is_not_written_over(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(home, "tokyo@1.0.0")

    def edited(_: str) -> bool:
        path.write_text(path.read_text() + "cache: elsewhere\n")
        return True

    monkeypatch.chdir(home)
    monkeypatch.setattr("typer.confirm", edited)
    with pytest.raises(Faults, match="changed meanwhile"):
        packing.move("tokyo@1.1.0", config=path, yes=False, lang="ja")
    assert "cache: elsewhere" in path.read_text()
    assert moves(home) == 0


def test_a_link_stays_a_link(home: Path, mover: Callable[[], None]) -> None:
    path = write(home, "tokyo@1.0.0")
    (home / "real").mkdir()
    path.rename(home / "real" / "ours.yaml")
    path.symlink_to(Path("real") / "ours.yaml")
    mover()
    assert path.readlink() == Path("real") / "ours.yaml"
    assert "pack: tokyo@1.1.0   # which" in path.read_text()
    assert names(home / "real") == {"ours.yaml"}


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root gives files away")
def test_the_file_stays_its_owner_s(home: Path, mover: Callable[[], None]) -> None:
    path = write(home, "tokyo@1.0.0")
    os.chown(path, 1234, 2345)
    path.chmod(0o600)
    mover()
    now = path.stat()
    assert (now.st_uid, now.st_gid, now.st_mode & 0o777) == (1234, 2345, 0o600)
    assert "tokyo@1.1.0" in path.read_text()


def failing(number: int) -> Callable[..., None]:
    """Fails as the system does."""

    def fail(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number))

    return fail


@pytest.mark.parametrize(
    ("what", "number"), [("os.chown", errno.EPERM), ("pathlib.Path.replace", errno.EBUSY), ("os.fsync", errno.ENOSPC)]
)
def test_where_no_new_file_can_take_its_place_it_is_written_in_place(
    home: Path, mover: Callable[[], None], monkeypatch: pytest.MonkeyPatch, what: str, number: int
) -> None:
    path = write(home, "tokyo@1.0.0")
    before = path.stat()
    monkeypatch.setattr(what, failing(number))
    mover()
    assert path.stat().st_ino == before.st_ino
    assert "pack: tokyo@1.1.0   # which" in path.read_text()
    assert names(home) == {"app.yaml"}


@pytest.fixture
def unwritable(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file as on a read-only mount, also for root."""
    real = Path.open

    def refusing(self: Path, mode: str = "r", *rest: Any, **options: Any) -> Any:
        if self.suffix == ".yaml" and "+" in mode:
            failing(errno.EROFS)()
        return real(self, mode, *rest, **options)

    monkeypatch.setattr(Path, "open", refusing)


@pytest.mark.usefixtures("unwritable")
def test_a_file_that_cannot_be_written_is_refused_before_anything_changes(
    home: Path, mover: Callable[[], None]
) -> None:
    path = write(home, "tokyo@1.0.0")
    with pytest.raises(Faults, match=r"app.yaml:4: the file cannot be written \(Read-only file system\); nothing"):
        mover()
    assert "tokyo@1.0.0" in path.read_text()
    assert moves(home) == 0
    write(home, "tokyo@1.1.0")
    mover()
    assert moves(home) == 1, "written by hand, it need not be writable"


def test_a_disk_that_fails_after_the_move_is_told_in_one_sentence(
    home: Path, mover: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(home, "tokyo@1.0.0")
    before, real, tries = path.read_bytes(), packing._overwrite, iter([5])

    def half(path: Path, data: bytes) -> None:
        cut = next(tries, None)
        real(path, data[:cut])
        if cut:
            failing(errno.ENOSPC)()

    monkeypatch.setattr(packing, "_overwrite", half)
    monkeypatch.setattr(Path, "replace", failing(errno.EBUSY))
    said = r"^The database has moved to tokyo@1.1.0, .*No space.*: write `pack: tokyo@1.1.0` into app.yaml yourself\.$"
    with pytest.raises(Unmoved, match=said):
        mover()
    assert moves(home) == 1
    assert path.read_bytes() == before
    assert names(home) == {"app.yaml"}


def test_the_words_of_the_version_left_behind_need_not_be_sound(
    home: Path, mover: Callable[[], None], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    write(home, "bandai@1.0.0")
    packs = tmp_path / "packs"
    shutil.copytree(CONTENT / "packs", packs, ignore=shutil.ignore_patterns("*.jsonl"))
    (packs / "bandai" / "1.0.0" / "words.yaml").write_text("ja: {40: [ねこ]}\n")
    monkeypatch.setattr(packing, "PACKS", packs)
    mover()
    assert moves(home) == 1


NOTES = [
    {"text": "窓口で同じ住所を三回書いてもらった", "labels": [2, 1]},
    {"text": "車いすの方が段差で入れなかった", "labels": [3]},
    {"text": "Had to write her address four times", "labels": [2], "lang": "en"},
    {"text": "会議室の鍵は机の上です", "labels": []},
]


def test_suggestions_are_measured_on_a_file(home: Path) -> None:
    path = home / "notes.jsonl"
    path.write_text("\n".join(json.dumps(note) for note in NOTES))
    told = kizuki("suggest", "--evaluate", str(path), cwd=home)
    assert told.returncode == 0, told.stderr
    for part in (
        "hit@3",
        "top-1",
        "micro F1",
        "macro F1",
        "none said",
        "kept",
        "3+1",
        "By principle",
        "Words that fail",
    ):
        assert part in told.stdout
    assert "100.0 100–100" in told.stdout


def test_a_broken_file_of_notes_is_named_with_its_line(home: Path) -> None:
    path = home / "notes.jsonl"
    path.write_text('{"text": "x", "labels": [1]}\n{"text": "y", "labels": [12]}\n')
    told = kizuki("suggest", "--evaluate", str(path), cwd=home)
    assert told.returncode == 1
    assert "notes.jsonl:2: there is no principle 12" in told.stderr
    assert kizuki("suggest", "--evaluate", "nowhere.jsonl", cwd=home).returncode == 1


def test_live_figures_show_months_and_attempts(home: Path) -> None:
    write(home, "tokyo@1.1.0")
    kizuki("run", "tidy", cwd=home)
    database = open_database(f"sqlite:///{home}/kizuki.db")

    def fill(tx: Tx) -> None:
        at = int(time.time() * 1000)
        person = people.add(tx, number="1", name_ja="花", name_en="Hana", joined_on="2020-04-01")
        rest = {"kind": "notice", "audience": "unit", "pack": "tokyo", "version": "1.1.0", "due_on": "2026-12-01"}
        for i, number in enumerate((2, 2, 9)):
            text = f"秘密の気づき{i}"
            notes.add(
                tx,
                author_id=person,
                unit_id=None,
                text=text,
                plain=text,
                at=at,
                numbers=(number,),
                ranked=(2, 1, 3, 9),
                none_offered=False,
                **rest,
            )
        learning.add(tx, learning.LessonRow(0, "tokyo", "1.1.0", 3, 120, 20, 10, 12, 8, 9, True, at))

    asyncio.run(database.transact(fill))
    database.close()
    told = kizuki("suggest", "--live", cwd=home)
    assert told.returncode == 0, told.stderr
    assert "66.7 %" in told.stdout
    assert "50.0 % → 60.0 %" in told.stdout
    assert "秘密" not in told.stdout
