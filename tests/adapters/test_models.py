"""Trained models on disk: found again, never mistaken, never trusted when they are not whole."""

import os
import time
from pathlib import Path

import pytest

from adapters import models
from bot import model, training
from bot.training import Labelled

LESSONS = training.labelled([("窓口で待つ", (1,)), ("窓口で書く", (2,)), ("おはよう、窓口", ()), ("また待つ\0", (1,))])


@pytest.fixture
def trainings(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many examples each training had."""
    calls: list[int] = []
    real = training.train

    def counted(lessons, numbers):  # type: ignore[no-untyped-def]
        calls.append(len(lessons))
        return real(lessons, numbers)

    monkeypatch.setattr(training, "train", counted)
    return calls


def test_a_model_is_trained_once_and_read_after_that(tmp_path: Path, trainings: list[int]) -> None:
    first = models.trained(LESSONS, (1, 2), tmp_path / "new")
    again = models.trained(LESSONS, (1, 2), tmp_path / "new")
    assert trainings == [4]
    assert first == again
    assert again.scores(model.features("待つ")) == first.scores(model.features("待つ"))


@pytest.mark.parametrize(
    ("lessons", "numbers"),
    [
        (LESSONS[:-1], (1, 2)),
        (LESSONS, (1, 2, 3)),
        ([*LESSONS[1:], LESSONS[0]], (1, 2)),
        ([Labelled(LESSONS[0].plain, (2,)), *LESSONS[1:]], (1, 2)),
    ],
)
def test_anything_else_to_learn_is_another_model(
    tmp_path: Path, trainings: list[int], lessons: list[Labelled], numbers: tuple[int, ...]
) -> None:
    models.trained(LESSONS, (1, 2), tmp_path)
    models.trained(lessons, numbers, tmp_path)
    assert len(trainings) == 2


@pytest.mark.parametrize("harm", ["cut", "turned", "emptied", "foreign"])
def test_a_model_that_is_not_whole_is_trained_anew(tmp_path: Path, trainings: list[int], harm: str) -> None:
    sound = models.trained(LESSONS, (1, 2), tmp_path)
    (path,) = tmp_path.glob("*.model")
    data = bytearray(path.read_bytes())
    if harm == "turned":
        data[len(data) // 2] ^= 1
    broken = {"cut": data[:-40], "turned": data, "emptied": b"", "foreign": b"x" * 500}[harm]
    path.write_bytes(bytes(broken))
    assert models.trained(LESSONS, (1, 2), tmp_path) == sound
    assert len(trainings) == 2
    assert models.trained(LESSONS, (1, 2), tmp_path) == sound
    assert len(trainings) == 2


def test_a_folder_nobody_can_write_to_is_no_reason_to_stop(tmp_path: Path, trainings: list[int]) -> None:
    (tmp_path / "file").write_text("")
    for _ in range(2):
        assert models.trained(LESSONS, (1, 2), tmp_path / "file" / "cache").rows
    assert len(trainings) == 2


def test_only_the_models_used_last_are_kept(tmp_path: Path) -> None:
    for i in range(models.KEPT + 3):
        models.trained(training.labelled([(f"例{i}窓口", (1,)), ("窓口", (2,))]), (1, 2), tmp_path)
        for path in tmp_path.glob("*.model"):
            os.utime(path, (path.stat().st_mtime - 10, path.stat().st_mtime - 10))
    assert len(list(tmp_path.glob("*.model"))) == models.KEPT
    assert list(tmp_path.glob("*.part")) == []


def test_a_model_that_may_be_read_but_not_touched_is_used(
    tmp_path: Path, trainings: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    sound = models.trained(LESSONS, (1, 2), tmp_path)

    def refused(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "utime", refused)
    assert models.trained(LESSONS, (1, 2), tmp_path) == sound
    assert trainings == [4]


def test_a_model_tidied_away_while_it_is_read_is_used(
    tmp_path: Path, trainings: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    sound = models.trained(LESSONS, (1, 2), tmp_path)
    real = Path.read_bytes

    def tidied(path: Path) -> bytes:
        data = real(path)
        if path.suffix == ".model":
            path.unlink()
        return data

    monkeypatch.setattr(Path, "read_bytes", tidied)
    assert models.trained(LESSONS, (1, 2), tmp_path) == sound
    assert trainings == [4]


def test_a_failing_write_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / f"{models.name_of(LESSONS, (1, 2))}.model").mkdir()
    for _ in range(2):
        assert models.trained(LESSONS, (1, 2), tmp_path).rows
    assert list(tmp_path.glob("*.part")) == []


def test_what_a_killed_process_left_half_written_goes_after_an_hour(tmp_path: Path) -> None:
    for name, age in (("old.part", 3700), ("new.part", 3000)):
        (tmp_path / name).write_bytes(b"half")
        os.utime(tmp_path / name, (time.time() - age, time.time() - age))
    models.trained(LESSONS, (1, 2), tmp_path)
    assert [path.name for path in tmp_path.glob("*.part")] == ["new.part"]
