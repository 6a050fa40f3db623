"""Learning from confirmed notes: tried on a held-out part first, used only where that part shows a gain."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import blake2b

from bot.packs import Pack
from bot.suggest import LONGEST_READ, SHOWN, Suggester, lessons
from bot.training import Labelled, labelled
from bot.vocabulary import Vocabulary
from storage import learning
from storage.database import Tx
from storage.learning import Confirmed, LessonRow

FEWEST = 100
MOST = 20_000
HELD_OUT = 5
# A gain so small is luck: half a point of the held-out part, and never less than one note.
LEAST_GAIN = 0.005

Train = Callable[[Sequence[Labelled]], Suggester]


@dataclass(frozen=True, slots=True)
class Attempt:
    """What was tried, and the suggester to use from now on."""

    lesson: LessonRow
    suggester: Suggester


def material(tx: Tx) -> list[Confirmed]:
    """The notes that may be learnt from; those for the secretariat alone never are."""
    return learning.confirmed(tx, limit=MOST)


def attempt(pack: Pack, vocabulary: Vocabulary, notes: Sequence[Confirmed], train: Train, *, at: int) -> Attempt | None:
    """Try whether an organisation's notes make suggestions better; None while there are too few.

    A fifth of them, always the same, is only for the trial. Where it shows a gain, all are learnt from.
    """
    if len(notes) < FEWEST:
        return None
    base = lessons(pack, vocabulary.examples)
    kept, trial = [n for n in notes if not _held_out(n)], [n for n in notes if _held_out(n) and n.numbers]
    before, after = (_right(suggester, trial) for suggester in (train(base), train([*base, *_as_lessons(kept)])))
    adopted = _better(before, after, len(trial))
    lesson = LessonRow(
        0,
        pack.id,
        pack.version,
        max(n.id for n in notes),
        len(notes),
        len(trial),
        before[0],
        after[0],
        before[1],
        after[1],
        adopted,
        at,
    )
    return Attempt(lesson, learnt(pack, vocabulary, notes if adopted else (), train))


def learnt(pack: Pack, vocabulary: Vocabulary, notes: Sequence[Confirmed], train: Train) -> Suggester:
    """The suggester that has learnt from these notes besides the pack's own examples."""
    return train([*lessons(pack, vocabulary.examples), *_as_lessons(notes)])


def in_use(tx: Tx, pack: Pack) -> list[Confirmed]:
    """The notes suggestions are made by now: none, or those the last adopted attempt looked at that still stand."""
    newest = learning.newest(tx, pack.id, pack.version)
    if newest is None or not newest.adopted:
        return []
    return [note for note in material(tx) if note.id <= newest.through]


def _as_lessons(notes: Sequence[Confirmed]) -> list[Labelled]:
    return labelled((note.text[:LONGEST_READ], note.numbers) for note in notes)


def _held_out(note: Confirmed) -> bool:
    return blake2b(str(note.id).encode(), digest_size=4).digest()[0] % HELD_OUT == 0


def _right(suggester: Suggester, notes: Sequence[Confirmed]) -> tuple[int, int]:
    """(right among three, right first)."""
    ranked = [(suggester.rank(note.text).numbers, set(note.numbers)) for note in notes]
    return sum(bool(set(r[:SHOWN]) & n) for r, n in ranked), sum(r[0] in n for r, n in ranked)


def _better(before: tuple[int, int], after: tuple[int, int], size: int) -> bool:
    """Whether the sum of both figures grew, and neither fell."""
    grown = sum(after) - sum(before)
    return grown >= max(1, LEAST_GAIN * size) and all(b <= a for b, a in zip(before, after, strict=True))
