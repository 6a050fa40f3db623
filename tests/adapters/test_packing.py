"""`kizuki pack` and `kizuki suggest --evaluate`, as an engineer types them."""

import asyncio
import json
import shutil
import time
from pathlib import Path

import pytest

from adapters import packing
from adapters.app import CONTENT
from bot.documents import Faults
from storage import learning, notes, people
from storage.database import Tx
from storage.engines import open_database
from tests.adapters.test_cli import home, kizuki

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


@pytest.mark.parametrize("line", ["pack: tokyo@1.0.0", "pack:   tokyo@1.0.0  # why", 'pack: "tokyo@1.0.0"', None])
def test_only_the_one_line_of_app_yaml_is_written(home: Path, line: str | None) -> None:
    path = home / "app.yaml"
    rest = "# a pack: of cards\norganisation:\n  name: {ja: 試験}\n"
    path.write_text(rest + (f"{line}\n" if line else ""))
    path.chmod(0o640)
    packing._rewrite(path, "tokyo@1.1.0")
    text = path.read_text()
    assert text.count("tokyo@1.1.0") == 1
    assert "tokyo@1.0.0" not in text
    assert rest in text
    assert ("# why" in text) == (line is not None and "# why" in line)
    assert path.stat().st_mode & 0o777 == 0o640


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
