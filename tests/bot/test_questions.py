"""Questions: what the given sets ask, what a survey keeps of it, and which answers count."""

import json
import re
from dataclasses import asdict
from functools import cache

import pytest

from adapters import app
from bot import pack_files, question_files, questions
from bot.organisation import LANGUAGES
from bot.packs import Principle
from bot.questions import Asked, QuestionSet
from tests.bot.test_easy_japanese import DAILY_LIFE, LONGEST_SENTENCE, SCHOOL, score

PULSES = app.CONTENT / "pulses"
PACKS = app.CONTENT / "packs"
GIVEN = {"adoption", "practice", "environment", "recommendation", "voice", "weekly"}


@cache
def given() -> dict[str, QuestionSet]:
    return question_files.load(PULSES)


@cache
def principle(number: int = 3) -> Principle:
    return pack_files.load(pack_files.found(PACKS, "tokyo@1.1.0")).by_number[number]


def asked(name: str) -> dict[str, Asked]:
    return {a.id: a for a in questions.asked(given()[name], principle())}


def test_the_given_sets() -> None:
    assert set(given()) == GIVEN
    assert {name for name, found in given().items() if any(one.about for one in found.questions)} == {
        "adoption",
        "practice",
        "weekly",
    }
    assert list(asked("weekly")) == ["adoption-3", "practice-3", "hindrance-3"]
    funnel = asked("adoption")["adoption-3"]
    assert [funnel.label(value, "ja") for value in funnel.values] == [
        "知らない",
        "聞いたことがある",
        "読んだ",
        "仕事で意識した",
        "行動が変わった",
    ]
    assert (funnel.steps, funnel.share, funnel.reached, funnel.principle) == (True, 70, funnel.values[1:], 3)
    assert {a.kind for a in asked("environment").values()} == {"scale"}
    assert asked("recommendation")["recommendation"].values == (*"0123456789", "10")
    assert asked("voice")["voice"].values == ()


@pytest.mark.parametrize("edition", ["tokyo@1.1.0", "bandai@1.0.0"])
def test_the_principle_is_filled_in_whole_and_fits(edition: str) -> None:
    for one in pack_files.load(pack_files.found(PACKS, edition)).principles:
        for found in given().values():
            for a in questions.asked(found, one):
                assert a.id.endswith(f"-{one.number}") == (a.principle == one.number)
                assert all(len(said) <= 150 and "{" not in said for said in a.text.values())
        practice = questions.asked(given()["practice"], one)[0]
        assert all(one.title[lang] in practice.text[lang] for lang in LANGUAGES)


def test_a_long_title_is_cut_and_braces_in_it_are_nothing() -> None:
    long = principle().model_copy(update={"title": dict.fromkeys(LANGUAGES, "{principle}" + "長" * 90)})
    text = questions.asked(given()["practice"], long)[0].text["ja"]
    assert text == "今週、「{principle}" + "長" * 48 + "…」を仕事でやってみましたか？"


def test_a_question_about_a_principle_needs_one() -> None:
    with pytest.raises(ValueError, match="'adoption' asks about a principle"):
        questions.asked(given()["weekly"])
    assert questions.asked(given()["environment"])[0].principle is None


def test_a_snapshot_says_the_same_after_every_edit() -> None:
    for found in given().values():
        whole = questions.asked(found, principle())
        assert questions.restore(questions.dump(whole)) == whole
    kept = questions.dump(questions.asked(given()["weekly"], principle()))
    assert "聞いたことがある" in kept, "readable for whoever looks into the database"
    first = questions.restore(kept)[0]
    assert first.title["ja"] == "今週の3問"
    assert first.label("heard", "en") == "I've heard of it"
    assert first.check(("heard",))


def test_a_snapshot_of_other_times_can_still_be_read() -> None:
    """What is stricter today, or was called differently, does not shut out what was asked."""
    old = asdict(asked("voice")["voice"]) | {"text": {"ja": "あ" * 500}, "title": {"ja": "あ" * 50}, "gone": 1}
    del old["reached"]
    found = questions.restore(json.dumps([old]))[0]
    assert (len(found.text["ja"]), found.reached) == (500, ())


SCALE_5, NPS = asked("environment")["environment"], asked("recommendation")["recommendation"]
ONE, SEVERAL = asked("practice")["practice-3"], asked("practice")["hindrance-3"]
LINE = asked("voice")["voice"]


@pytest.mark.parametrize(
    ("question", "values"),
    [
        (SCALE_5, ("1",)),
        (SCALE_5, ("5",)),
        (NPS, ("0",)),
        (NPS, ("10",)),
        (ONE, ("not-yet",)),
        (SEVERAL, ("time",)),
        (SEVERAL, ("tools", "time")),
        (SEVERAL, ("none",)),
        (SEVERAL, ("time", "rules", "nobody", "tools", "link", "backing")),
        (LINE, ()),
        (LINE, ("",)),
        (LINE, ("\u3000ひとこと ",)),
        (LINE, ("あ" * 300 + "  \n",)),
        (LINE, ("none",)),
    ],
)
def test_an_answer_inside_the_scale(question: Asked, values: tuple[str, ...]) -> None:
    assert question.check(values)


@pytest.mark.parametrize(
    ("question", "values"),
    [
        (SCALE_5, ()),
        (SCALE_5, ("",)),
        (SCALE_5, ("0",)),
        (SCALE_5, ("6",)),
        (SCALE_5, ("-1",)),
        (SCALE_5, ("3.5",)),
        (SCALE_5, ("03",)),
        (SCALE_5, (" 3",)),
        (SCALE_5, ("３",)),
        (SCALE_5, ("٣",)),
        (SCALE_5, ("3", "3")),
        (SCALE_5, ("3", "4")),
        (SCALE_5, ("12",)),
        (NPS, ("11",)),
        (NPS, ("1", "0")),
        (ONE, ("time",)),
        (ONE, ("NOT-YET",)),
        (ONE, ("often", "once")),
        (ONE, ()),
        (SEVERAL, ()),
        (SEVERAL, ("",)),
        (SEVERAL, ("time", "time")),
        (SEVERAL, ("time", "none")),
        (SEVERAL, ("none", "none")),
        (SEVERAL, ("time", "weather")),
        (SEVERAL, ("ti",)),
        (LINE, ("a", "b")),
        (LINE, ("あ" * 301,)),
    ],
)
def test_an_answer_outside_the_scale(question: Asked, values: tuple[str, ...]) -> None:
    assert not question.check(values)


def test_what_answers_are_called() -> None:
    assert [SCALE_5.label(v, "en") for v in SCALE_5.values] == [
        "1 Very dissatisfied",
        "2",
        "3",
        "4",
        "5 Very satisfied",
    ]
    assert (NPS.label("0", "ja"), NPS.label("7", "ja"), NPS.label("10", "ja")) == (
        "0 まったくすすめない",
        "7",
        "10 ぜひすすめたい",
    )
    assert SEVERAL.label("none", "ja") == "特になかった"
    assert SEVERAL.label("gone", "ja") == "gone"


def said(lang: str) -> list[str]:
    every = [(found, a) for found in given().values() for a in questions.asked(found, principle())]
    texts = [t for found, a in every for t in (found.title, a.text, a.hint, *a.labels.values()) if t]
    return [*dict.fromkeys(text[lang].replace(principle().title[lang], "") for text in texts)]


def test_easy_japanese_is_easy() -> None:
    easy = said("ja-easy")
    sentences = [s for text in easy for s in re.split("[。？]", re.sub("「[^」]*」", "「」", text))]
    assert [s for s in sentences if len(s) > LONGEST_SENTENCE] == []
    assert {c for text in easy for c in text if "一" <= c <= "龠" and c not in SCHOOL + DAILY_LIFE} == set()
    assert score(easy) >= 4.5
    assert score(easy) > score(said("ja")), "easier than what is written for everyone, which is simple here too"


def test_every_text_is_polite_and_its_own() -> None:
    assert [t for lang in ("ja", "ja-easy") for t in said(lang) if re.search("！|下さい|出来ます|[?!]", t)] == []
    for lang in LANGUAGES:
        for found in given().values():
            for a in questions.asked(found, principle()):
                called = [a.label(value, lang) for value in a.values]
                assert len(set(called)) == len(called)
