"""The process that learns: a task comes in, an answer goes out, and nothing made from notes is ever written to disk.

`adapters.learner` starts it as `python -m adapters.apprentice`. Both sides speak one pickle.
"""

import os
import pickle
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from threading import Thread
from typing import Literal, NamedTuple

from adapters import models
from bot import learning, model, training
from bot.packs import Pack
from bot.suggest import Suggester
from bot.training import Labelled
from bot.vocabulary import Vocabulary
from storage.learning import Confirmed, LessonRow

BEHIND = 10
LOOK = 1.0

# Labels, biases, and what `model.dumped` gives. No class of this module: here it is called __main__, there it is not.
Plain = tuple[tuple[int, ...], tuple[float, ...], str, bytes]
# What was made, or the kind of the fault, whose message may hold words of a note.
Answer = tuple[LessonRow | Plain | None, str]


class Task(NamedTuple):
    """What there is to do, and everything needed for it; `cache` is where the pack's own model is kept."""

    work: Literal["attempt", "learnt"]
    pack: Pack
    vocabulary: Vocabulary
    notes: Sequence[Confirmed]
    at: int
    cache: Path | None


def done(task: Task) -> LessonRow | Plain:
    """Do a task."""
    pack, words, notes = task.pack, task.vocabulary, task.notes

    def train(found: Sequence[Labelled]) -> Suggester:
        return Suggester.by(pack, words, training.train(found, pack.numbers))

    if task.work == "attempt":
        return learning.attempt(pack, words, notes, models.suggester(pack, words, task.cache), train, at=task.at)
    made = learning.learnt(pack, words, notes, train).model
    return made.labels, made.biases, *model.dumped(made)


def main() -> None:
    """Answer one task, behind everything else on this machine, and never outlive who asked."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=_watch, args=(os.getppid(),), daemon=True).start()
    if lower := getattr(os, "nice", None):
        lower(BEHIND)
    pickle.dump(_answer(), sys.stdout.buffer)


def _answer() -> Answer:
    try:
        return done(pickle.load(sys.stdin.buffer)), ""  # noqa: S301 - from the process that started this one
    except Exception as fault:  # noqa: BLE001 - the other side logs its kind
        return None, type(fault).__name__


def _watch(parent: int) -> None:
    """End at once when the parent is gone."""
    while os.getppid() == parent:
        time.sleep(LOOK)
    os._exit(1)


if __name__ == "__main__":
    main()
