"""Suggestions: what they learn, what they say of odd texts, which words they name, and that typed numbers win."""

import math
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import evaluation, lanes, model, reasons, training
from bot.cards import Choice
from bot.evaluation import Judged
from bot.model import Model
from bot.packs import Pack
from bot.reasons import Reading
from bot.suggest import Ranked, Suggester, Suggestion, typed
from bot.turn import House
from bot.vocabulary import Example, Vocabulary
from tests.talk import Talk

ODD = [
    "",
    "待",
    "あ" * 4_000,
    "窓口で三回待たされました。" * 300,
    "😀🎉👍🏽",
    "1234567890",
    "ｺﾋﾟｰ機の前で行列",
    "Ａｐｉ連携 КОД 漢字カタカナひらがな ไทย עברית",
    "\x00\x01\ufffd\u202e",
    "　 \n\t",
    "#2",
    "\ud800",
    "𠮷野家の住所",
]


@given(st.lists(st.lists(st.floats(-50, 50), min_size=4, max_size=4), max_size=40))
def test_lanes_add_up_like_the_figures_in_them(rows: list[list[float]]) -> None:
    whole = sum(lanes.packed(row) for row in rows)
    for at, total in enumerate(lanes.unpacked(whole, 4)):
        assert math.isclose(total, sum(row[at] for row in rows), abs_tol=1e-4)
        assert lanes.lane(whole, at) == total


def lesson(*texts: tuple[str, tuple[int, ...]]) -> list[training.Labelled]:
    return training.labelled(texts)


def test_training_learns_what_stands_in_the_examples() -> None:
    found = lesson(*[(f"猫が{w}いる", (1,)) for w in "右左上下"], *[(f"犬が{w}いる", (2,)) for w in "右左上下"])
    learnt = training.train(found, (1, 2))
    assert learnt.labels == (1, 2, training.NONE)
    cat, dog = (learnt.scores(model.features(text)) for text in ("猫", "犬"))
    assert cat[0] > cat[1]
    assert dog[1] > dog[0]


def test_the_same_examples_give_the_same_model_and_it_can_be_kept() -> None:
    found = lesson(("窓口で待つ", (1,)), ("窓口で書く", (2,)), ("おはよう、窓口", ()), ("おはよう、待つ", ()))
    one, two = training.train(found, (1, 2)), training.train(found, (1, 2))
    assert model.dumped(one) == model.dumped(two)
    names, rows = model.dumped(one)
    assert model.loaded(one.labels, one.biases, names, rows) == one
    with pytest.raises(ValueError, match="not a whole model"):
        model.loaded(one.labels, one.biases, names, rows[:-1])


def test_nothing_to_learn_from_is_a_model_too() -> None:
    assert training.train([], (1, 2)).scores(model.features("窓口")) == [0.0, 0.0, 0.0]


@pytest.mark.parametrize("text", ODD)
def test_odd_texts_get_an_answer(house: House, text: str) -> None:
    ranked = house.suggester.rank(text)
    assert sorted(ranked.numbers) == sorted(house.pack.numbers)
    scores = [s.score for s in ranked.suggestions]
    assert scores == sorted(scores, reverse=True)
    assert all(math.isfinite(s) for s in scores)


@pytest.mark.parametrize("text", ["", " \n", "😀🎉", "1234567890", "!!!"])
def test_what_says_nothing_fits_nothing(house: House, text: str) -> None:
    assert house.suggester.rank(text).none


def test_what_says_nothing_fits_nothing_even_where_nothing_was_learnt(house: House) -> None:
    bare = Suggester.of(_pack(house), Vocabulary({}, ()))
    assert bare.rank("😀 123").none
    assert not bare.rank("窓口で使う人の話を聞く").none


def test_typed_numbers_and_what_is_beyond_reading_say_nothing(house: House) -> None:
    rank = house.suggester.rank
    assert rank("窓口で待たされた #7").suggestions == rank("窓口で待たされた  ").suggestions
    long = "窓口で待たされた。" * 80
    assert rank(long) == rank(long[:600]) == rank(long[:600] + "車いすの段差")


def test_every_shown_suggestion_names_words_of_the_text(house: House) -> None:
    for text in (
        "窓口で同じ住所を三回書いてもらっている",
        "前任者しか手順を知らなくて止まった",
        "Wrote her address four times",
    ):
        for suggestion in house.suggester.rank(text).suggestions[:2]:
            assert suggestion.words, (text, suggestion)
            assert all(word in text.lower() for word in suggestion.words)


def test_the_words_shown_are_whole_words() -> None:
    plain = "同じ住所を三回書いてもらった"
    nothing = Model((1,), (0.0,), {})
    assert reasons.shown(Reading(plain, nothing), ["三回書"], 0, most=4) == ("三回書いて",)
    leans = Model((1,), (0.0,), {"前任": lanes.packed([1.0, 1.0])})
    assert reasons.shown(Reading("前任者しか知らない手順", leans), [], 0, most=4) == ("前任者しか",)
    assert reasons.shown(Reading("何もない", nothing), [], 0, most=4) == ()


def _pack(house: House) -> Pack:
    return house.pack.model_copy(update={"principles": house.pack.principles[:3]})


def test_words_alone_make_a_suggester_and_some_speak_against(house: House) -> None:
    words = {1: {"ねこ": 1.0}, 2: {"いぬ": 1.0, "ねこ": -2.0}, 3: {"とり": 2.0}}
    suggester = Suggester.of(_pack(house), Vocabulary(words, ()))
    for text, first in (("ねこがいる", 1), ("いぬがいる", 2), ("とりがいる", 3)):
        assert suggester.rank(text).numbers[0] == first
    without = Suggester.of(_pack(house), Vocabulary({1: {"ねこ": 1.0}}, ()))
    score = {s.number: s.score for s in suggester.rank("ねこ").suggestions}
    assert score[2] < {s.number: s.score for s in without.rank("ねこ").suggestions}[2]


@pytest.mark.parametrize(
    ("text", "known", "unknown"),
    [("長い #2", (2,), ()), ("＃２と#12", (2,), (12,)), ("２番窓口", (), ()), ("#2 #2", (2,), ()), ("#2a", (), ())],
)
def test_typed_numbers(house: House, text: str, known: tuple[int, ...], unknown: tuple[int, ...]) -> None:
    assert (typed(text, house.pack).known, typed(text, house.pack).unknown) == (known, unknown)


async def test_typed_numbers_come_first_and_are_ticked(talk: Talk) -> None:
    await talk.hanako.says("/kizuki 窓口の列が長くて待たされる #7")
    assert talk.hanako.card is not None
    choice = next(b for b in talk.hanako.card.blocks if isinstance(b, Choice) and b.name == "numbers")
    assert choice.options[0].value == "7"
    assert choice.chosen == ("7",)


async def test_the_rank_of_what_was_chosen_is_kept(talk: Talk) -> None:
    text = "窓口で同じ住所を三回書いてもらっている"
    order = talk.house.suggester.rank(text).numbers
    await talk.hanako.says(f"/kizuki {text}")
    await talk.hanako.presses("note.confirm", numbers=[str(order[1])], others=[str(order[6])])
    kept = talk.rows("select number, rank from note_tag order by rank")
    assert kept == [(order[1], 2), (order[6], 7)]
    assert talk.rows("select none_offered from note") in ([(0,)], [(False,)])


async def test_the_rank_survives_being_asked_again(talk: Talk) -> None:
    await talk.hanako.says("/kizuki 窓口で待たされた")
    await talk.hanako.presses("note.confirm", numbers=[])
    await talk.hanako.presses("note.confirm", numbers=["1"])
    assert talk.rows("select rank from note_tag") == [(1,)]


async def test_that_none_was_offered_first_is_kept(talk: Talk) -> None:
    await talk.hanako.says("/kizuki 会議室の鍵は机の上です")
    await talk.hanako.presses("note.confirm", numbers=["none"])
    assert talk.rows("select none_offered from note") in ([(1,)], [(True,)])


async def test_thanks_keep_ranks_too(talk: Talk) -> None:
    text = "引き継ぎ資料が丁寧で助かりました"
    best = talk.house.suggester.rank(text).numbers[0]
    await talk.hanako.says(f"/kudos @taro {text}")
    await talk.hanako.presses("kudos.confirm", numbers=[str(best)])
    assert talk.rows("select number, rank from kudos_tag") == [(best, 1)]


def judged(labels: tuple[int, ...], order: tuple[int, ...], *, none: bool = False, score: float = 1.0) -> Judged:
    """A note and its suggestions: the first one scores `score`, the others less than nothing."""
    ranked = tuple(Suggestion(n, score if i == 0 else -1.0 - i, ()) for i, n in enumerate(order))
    return Judged(Example(text="窓口の列", labels=labels), Ranked(ranked, none))


def test_figures_are_what_they_are_by_hand() -> None:
    found = [
        judged((1,), (1, 2, 3, 4)),
        judged((2, 3), (4, 3, 1, 2)),
        judged((4,), (1, 2, 3, 4)),
        judged((2,), (2, 1, 3, 4), none=True),
        judged((), (1, 2, 3, 4), none=True),
        judged((), (1, 2, 3, 4), none=True),
        judged((), (1, 2, 3, 4)),
        judged((), (1, 2, 3, 4), none=True),
    ]
    figures = evaluation.figures(found, (1, 2, 3, 4))
    assert figures.hit is not None
    assert (figures.notes, figures.about_nothing) == (4, 4)
    assert [round(s.value, 4) for s in (figures.hit, figures.first, figures.kept, figures.silent) if s] == [
        0.75,
        0.5,
        0.75,
        0.75,
    ]
    # Ticked: {1}, {4}, {1}, {}: right 1; wrong 2 (4, 1); missed 4 (2, 3, 4, 2).
    assert figures.micro_f1 is not None
    assert round(figures.micro_f1.value, 4) == round(2 / (2 + 2 + 4), 4)
    assert figures.macro_f1 is not None
    assert round(figures.macro_f1.value, 4) == round((2 / 3) / 4, 4)
    assert figures.hit.low <= figures.hit.value <= figures.hit.high


def test_an_interval_narrows_with_the_notes() -> None:
    rng = Random(1)
    few = [judged((1,) if rng.random() < 0.8 else (9,), (1, 2, 3)) for _ in range(40)]
    wide, narrow = (evaluation.figures(f, (1, 2, 3, 9)).hit for f in (few, few * 16))
    assert wide is not None
    assert narrow is not None
    assert narrow.high - narrow.low < (wide.high - wide.low) / 2
    assert wide.high - wide.low > 0.1


def test_nothing_to_measure_is_no_figure() -> None:
    figures = evaluation.figures([], (1, 2))
    assert (figures.hit, figures.silent) == (None, None)


def test_a_scene_stays_on_one_side_of_the_split(house: House) -> None:
    parts: dict[str, set[str]] = {}
    sizes = {"train": 0, "dev": 0, "test": 0}
    for example in house.vocabulary.examples:
        part = evaluation.part(example)
        parts.setdefault(example.scene, set()).add(part)
        sizes[part] += 1
    assert all(len(found) == 1 for found in parts.values())
    total = sum(sizes.values())
    assert 0.6 < sizes["train"] / total < 0.8
    assert sizes["dev"] / total > 0.08
    assert sizes["test"] / total > 0.08


def test_unseen_scenes_are_suggested_well(house: House) -> None:
    """Far below what is measured, so that only a broken trainer fails here."""
    by_part: dict[str, list[Example]] = {"train": [], "dev": [], "test": []}
    for example in house.vocabulary.examples:
        by_part[evaluation.part(example)].append(example)
    some = by_part["train"][::3]
    suggester = Suggester.of(house.pack, Vocabulary(house.vocabulary.words, tuple(some)))
    figures = evaluation.figures(evaluation.judge(suggester.rank, by_part["test"]), house.pack.numbers)
    assert figures.hit is not None
    assert figures.first is not None
    assert figures.hit.value > 0.85
    assert figures.first.value > 0.6


def test_the_words_that_fail_most_are_named() -> None:
    wrong = [Judged(Example(text="除雪の道", labels=(1,)), judged((1,), (2, 1, 3)).ranked) for _ in range(6)]
    right = [Judged(Example(text="窓口の列", labels=(1,)), judged((1,), (1, 2, 3)).ranked) for _ in range(6)]
    assert evaluation.failing_words([*wrong, *right], most=3) == [("除雪", 6, 6)]
