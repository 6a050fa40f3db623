"""Learning from confirmed notes: tried on a held-out part first, used only where that part shows a gain."""

from collections.abc import Callable, Sequence
from hashlib import blake2b
from typing import NamedTuple

from bot.packs import Pack
from bot.suggest import LONGEST_READ, SHOWN, Suggester, lessons
from bot.training import Labelled, labelled
from bot.vocabulary import Vocabulary
from storage import learning
from storage.database import Tx
from storage.learning import Confirmed, LessonRow

FEWEST = 100
MOST = 10_000
HELD_OUT = 5
# A gain so small is luck: half a point of the held-out part, and never less than one note.
LEAST_GAIN = 0.005

Train = Callable[[Sequence[Labelled]], Suggester]


class Score(NamedTuple):
    """How often: a right number among three, a right one first, and "none fits" said rightly or rightly not."""

    hits: int
    firsts: int
    fitting: int


def material(tx: Tx) -> list[Confirmed]:
    """The notes that may be learnt from; those for the secretariat alone never are."""
    return learning.confirmed(tx, limit=MOST)


def attempt(
    pack: Pack, vocabulary: Vocabulary, notes: Sequence[Confirmed], base: Suggester, train: Train, *, at: int
) -> LessonRow:
    """Try whether an organisation's notes make suggestions better than the pack alone does (`base`).

    A fifth of them, always the same, is only for the trial. There have to be `FEWEST` of them.
    """
    kept, trial = [n for n in notes if not _held_out(n)], [n for n in notes if _held_out(n)]
    about = sum(bool(n.numbers) for n in trial)
    before, after = _score(base, trial), _score(learnt(pack, vocabulary, kept, train), trial)
    return _lesson(pack, notes, at, about, before, after, adopted=_better(before, after, len(trial)))


def too_few(pack: Pack, notes: Sequence[Confirmed], *, at: int) -> LessonRow:
    """A lesson that says that the organisation's notes are not used any more: too many were deleted."""
    return _lesson(pack, notes, at, 0, Score(0, 0, 0), Score(0, 0, 0), adopted=False)


def _lesson(
    pack: Pack, notes: Sequence[Confirmed], at: int, about: int, before: Score, after: Score, *, adopted: bool
) -> LessonRow:
    return LessonRow(
        id=0,
        pack=pack.id,
        version=pack.version,
        through=max((n.id for n in notes), default=0),
        notes=len(notes),
        held_out=about,
        hits_before=before.hits,
        hits_after=after.hits,
        firsts_before=before.firsts,
        firsts_after=after.firsts,
        adopted=adopted,
        at=at,
    )


def learnt(pack: Pack, vocabulary: Vocabulary, notes: Sequence[Confirmed], train: Train) -> Suggester:
    """The suggester that has learnt from these notes besides the pack's own examples."""
    return train([*lessons(pack, vocabulary.examples), *_as_lessons(notes)])


def in_use(tx: Tx, pack: Pack) -> list[Confirmed]:
    """The notes suggestions are made by now: none, or those the last adopted attempt looked at that still stand."""
    newest = learning.newest(tx, pack.id, pack.version)
    if newest is None or not newest.adopted:
        return []
    return learning.confirmed(tx, limit=MOST, through=newest.through)


def digest(notes: Sequence[Confirmed]) -> str:
    """What two equal sets of notes have in common, and no other set."""
    found = blake2b(digest_size=16)
    for note in notes:
        found.update(f"{note.id} {note.numbers} {note.text}\0".encode("utf-8", "surrogatepass"))
    return found.hexdigest()


def _as_lessons(notes: Sequence[Confirmed]) -> list[Labelled]:
    return labelled((note.text[:LONGEST_READ], note.numbers) for note in notes)


def _held_out(note: Confirmed) -> bool:
    return blake2b(str(note.id).encode(), digest_size=4).digest()[0] % HELD_OUT == 0


def _score(suggester: Suggester, notes: Sequence[Confirmed]) -> Score:
    ranked = [(suggester.rank(note.text), set(note.numbers)) for note in notes]
    return Score(
        sum(bool(set(r.numbers[:SHOWN]) & n) for r, n in ranked),
        sum(r.numbers[0] in n for r, n in ranked),
        sum(r.none != bool(n) for r, n in ranked),
    )


def _better(before: Score, after: Score, size: int) -> bool:
    """Whether hits and firsts grew together, and none of the three fell."""
    grown = after.hits + after.firsts - before.hits - before.firsts
    return grown >= max(1, LEAST_GAIN * size) and all(b <= a for b, a in zip(before, after, strict=True))
