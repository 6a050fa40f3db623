"""Learning from confirmed notes: not before the hundredth, only with a gain, never from what was taken back."""

from dataclasses import replace
from datetime import datetime

import pytest

from bot import editions, learning
from bot.suggest import Suggester
from bot.training import Labelled, train
from bot.turn import House
from bot.vocabulary import Vocabulary
from storage import learning as stored
from storage import notes
from storage.database import Tx
from storage.learning import Confirmed, LessonRow
from tests.bot.test_editions import later
from tests.talk import Talk

# A word of the house that no example knows.
ODD = "ぴよ丸"


@pytest.fixture
def small(house: House) -> House:
    """A house whose examples are few, so that trials are quick."""
    some = tuple(e for e in house.vocabulary.examples[::25] if e.labels)
    return replace(house, vocabulary=Vocabulary(house.vocabulary.words, some))


def trainer(house: House, calls: list[int]):  # type: ignore[no-untyped-def]
    def made(lessons: list[Labelled]) -> Suggester:
        calls.append(len(lessons))
        model = train(lessons, house.pack.numbers)
        return Suggester(house.pack.numbers, house.vocabulary.words, model, taught=len(lessons))

    return made


def confirmed(count: int, number: int, word: str = ODD) -> list[Confirmed]:
    return [Confirmed(i, f"{word}の件で{i}回目の相談", (number,)) for i in range(1, count + 1)]


def tried(house: House, found: list[Confirmed], *, at: int = 5) -> LessonRow:
    train_it = trainer(house, [])
    base = learning.learnt(house.pack, house.vocabulary, (), train_it)
    return learning.attempt(house.pack, house.vocabulary, found, base, train_it, at=at)


def test_what_helps_the_held_out_part_is_adopted(small: House) -> None:
    found = confirmed(120, 7)
    lesson = tried(small, found)
    assert lesson.adopted
    assert (lesson.notes, lesson.through, lesson.at) == (120, 120, 5)
    assert 10 < lesson.held_out < 40
    assert lesson.firsts_after == lesson.held_out > lesson.firsts_before
    learnt = learning.learnt(small.pack, small.vocabulary, found, trainer(small, []))
    assert learnt.rank(f"{ODD}の件").numbers[0] == 7


def test_no_gain_is_no_reason(small: House) -> None:
    """Notes the examples know already bring nothing."""
    known = [Confirmed(i, e.text, e.labels) for i, e in enumerate(small.vocabulary.examples[:110], 1)]
    assert not tried(small, known).adopted


def test_too_few_is_a_lesson_that_is_not_used(small: House) -> None:
    lesson = learning.too_few(small.pack, confirmed(3, 7), at=9)
    assert (lesson.adopted, lesson.notes, lesson.through, lesson.at) == (False, 3, 3, 9)
    assert learning.too_few(small.pack, [], at=9).through == 0


@pytest.mark.parametrize(
    ("before", "after", "size", "expected"),
    [
        ((5, 3, 9), (5, 4, 9), 20, True),
        ((5, 3, 9), (5, 3, 9), 20, False),
        ((5, 3, 9), (4, 8, 9), 20, False),
        ((5, 3, 9), (9, 8, 8), 20, False),
        ((5, 3, 9), (6, 3, 9), 900, False),
    ],
)
def test_a_gain_is_a_gain_in_all(
    before: tuple[int, int, int], after: tuple[int, int, int], size: int, expected: bool
) -> None:
    assert learning._better(learning.Score(*before), learning.Score(*after), size) is expected


def test_equal_notes_have_equal_digests() -> None:
    one = confirmed(3, 7)
    assert learning.digest(one) == learning.digest(confirmed(3, 7))
    for other in (one[:2], [*one[:2], one[2]._replace(numbers=(8,))], [*one[:2], one[2]._replace(text="x")]):
        assert learning.digest(one) != learning.digest(other)


async def _write(talk: Talk, text: str, *numbers: str, audience: str = "unit") -> None:
    await talk.hanako.says(f"/kizuki {text}")
    await talk.hanako.presses("note.confirm", numbers=list(numbers) or ["none"], audience=[audience])


async def test_only_notes_that_stand_and_are_not_for_the_secretariat_teach(talk: Talk) -> None:
    await _write(talk, "一つ目の気づきです", "2", "9")
    await _write(talk, "内緒の気づきです", "5", audience="office")
    await _write(talk, "消す気づきです", "1")
    await talk.hanako.sends("note.delete", "3")
    await _write(talk, "どれでもない気づき")
    found = await talk.database.read(learning.material)
    assert found == [Confirmed(1, "一つ目の気づきです", (2, 9)), Confirmed(4, "どれでもない気づき", ())]


def _lesson(through: int, *, adopted: bool) -> LessonRow:
    return LessonRow(0, "tokyo", "1.1.0", through, through, 20, 10, 12, 8, 9, adopted, 7)


async def test_what_is_in_use_is_what_the_newest_attempt_says(talk: Talk) -> None:
    for i in range(3):
        await _write(talk, f"気づき その{i}です", "2")
    pack = talk.house.pack

    async def in_use() -> list[int]:
        return [n.id for n in await talk.database.read(lambda tx: learning.in_use(tx, pack))]

    assert await in_use() == []
    await talk.database.transact(lambda tx: stored.add(tx, _lesson(2, adopted=True)))
    assert await in_use() == [1, 2]
    await talk.hanako.sends("note.delete", "1")
    assert await in_use() == [2], "what was deleted is forgotten"
    await talk.database.transact(lambda tx: stored.add(tx, _lesson(3, adopted=False)))
    assert await in_use() == []
    attempts = await talk.database.read(lambda tx: stored.attempts(tx, pack.id, pack.version, limit=5))
    assert [a.adopted for a in attempts] == [False, True]


async def test_live_accuracy_counts_what_people_chose(talk: Talk) -> None:
    text = "窓口で同じ住所を三回書いてもらっている"
    order = [str(n) for n in talk.house.suggester.rank(text).numbers]
    await _write(talk, text, order[0], order[5])
    await _write(talk, f"{text}。", order[2])
    await _write(talk, f"{text}！", order[7])
    await _write(talk, "会議室の鍵は机の上です")
    await _write(talk, f"{text}、また")
    await talk.database.transact(_unranked)
    chosen = await talk.database.read(lambda tx: stored.chosen(tx, since=0, until=10**15))
    assert chosen == stored.Chosen(notes=3, firsts=1, hits=2, about_nothing=2, silent=1)


def _unranked(tx: Tx) -> None:
    """A note from before ranks were kept."""
    rest = {"kind": "notice", "audience": "unit", "pack": "tokyo", "version": "1.1.0", "due_on": "2026-12-01", "at": 9}
    notes.add(tx, author_id=1, unit_id=1, text="昔の気づき", plain="昔の気づき", numbers=(3,), **rest)  # type: ignore[arg-type]


async def test_a_note_whose_principles_are_gone_is_no_lesson(talk: Talk) -> None:
    await _write(talk, "もう無い条の気づき", "10")
    await _write(talk, "どれでもない気づき")
    gone = later(talk.house.pack, {10: None}, size=9)
    await talk.database.transact(lambda tx: editions.move(tx, gone, at=9))
    found = await talk.database.read(learning.material)
    assert [n.text for n in found] == ["どれでもない気づき"]


async def test_the_window_of_notes_does_not_slide(talk: Talk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(learning, "MOST", 2)
    for i in range(5):
        await _write(talk, f"気づき その{i}です", "2")
    await talk.database.transact(lambda tx: stored.add(tx, _lesson(3, adopted=True)))
    used = await talk.database.read(lambda tx: learning.in_use(tx, talk.house.pack))
    assert [n.id for n in used] == [2, 3]


async def test_notes_for_the_secretariat_are_in_no_live_figure(talk: Talk) -> None:
    await _write(talk, "窓口で同じ住所を三回書いてもらっている", "2", audience="office")
    assert await talk.database.read(lambda tx: stored.chosen(tx, since=0, until=10**15)) == stored.Chosen(0, 0, 0, 0, 0)


async def test_a_slot_can_be_given_back(talk: Talk) -> None:
    slot = datetime.fromisoformat("2026-11-24T03:30:00+09:00")
    assert await talk.bot.tick("learn", slot) == 1
    await talk.bot.release("learn", slot)
    assert await talk.bot.tick("learn", slot) == 1


async def test_the_slot_of_learning_is_claimed_once(talk: Talk) -> None:
    slot = datetime.fromisoformat("2026-11-24T03:30:00+09:00")
    assert await talk.bot.tick("learn", slot) == 1
    assert await talk.bot.tick("learn", slot) == 0
