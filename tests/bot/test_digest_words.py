"""The two sentences of a digest follow from its figures by the rules in docs/digest.md."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from bot import digest_words
from bot.reports import Digest, Period, Usual
from bot.turn import House
from storage.units import UnitRow

MONDAY = date(2026, 11, 16)


def week(house: House, **figures: object) -> Digest:
    """A quiet week with some figures changed."""
    unit = UnitRow(1, "1010", "窓口課", "Counter", None, "2020-04-01", None)
    period = Period(MONDAY, MONDAY + timedelta(days=7), 0, 7 * 86_400_000)
    quiet = Digest(
        unit=unit,
        period=period,
        today="2026-11-24",
        view="then",
        took_over=(),
        staff=20,
        usual=Usual(0, 0, 0, 0),
        read=0,
        tried=0,
        tries=0,
        notes=0,
        by_number={},
        top=(),
        waiting=0,
        overdue=0,
        due_now=0,
        due=(),
        received=0,
        given=0,
        kudos_by_number={},
        silent=None,
    )
    return replace(quiet, **figures)  # type: ignore[arg-type]


def said(house: House, **figures: object) -> str:
    return digest_words.sentences(house.phrases.bound("ja"), week(house, **figures))


@pytest.mark.parametrize(
    ("figures", "first"),
    [
        ({"waiting": 4, "overdue": 1, "due_now": 2}, "期限を過ぎた回答が1件あります。"),
        ({"waiting": 4, "due_now": 2}, "この1週間に期限が来る回答が2件あります。"),
        ({"waiting": 4}, "回答を待つ気づきは4件です。"),
        ({}, "回答を待つ気づきはありません。"),
    ],
)
def test_what_is_most_pressing_comes_first(house: House, figures: dict[str, object], first: str) -> None:
    assert said(house, **figures).startswith(first)


def test_the_greatest_change_is_told_and_only_a_sure_one(house: House) -> None:
    usual = Usual(notes=9, received=4, given=4, tried=16)
    assert "いつもの週とあまり変わりません" in said(house, notes=14, received=6, tries=16, usual=usual)
    assert "気づきが20件あり、いつもの週（9件）より" in said(house, notes=20, received=6, tries=16, usual=usual)
    assert "受け取った感謝が14件あり" in said(house, notes=20, received=14, tries=16, usual=usual)
    assert "「やってみた」は2回で、いつもの週（16回）より" in said(house, notes=9, received=4, tries=2, usual=usual)


def test_two_more_are_no_news_however_rare(house: House) -> None:
    assert digest_words.greatest(week(house, notes=2)) is None
    assert digest_words.greatest(week(house, notes=3)) == digest_words.change("notes", 3, 0)


def test_a_running_week_is_not_held_against_whole_ones(house: House) -> None:
    running = Period(MONDAY, MONDAY + timedelta(days=2), 0, 2 * 86_400_000)
    told = said(house, period=running, notes=2, received=1, usual=Usual(30, 30, 30, 30))
    assert told.endswith("気づきは2件、感謝は1件です。")


def test_nothing_at_all_is_said_in_a_word(house: House) -> None:
    assert said(house, usual=Usual(1, 1, 1, 1)).endswith("気づきも感謝もない1週間でした。")
