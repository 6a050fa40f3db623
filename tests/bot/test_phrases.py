"""Phrases: every key the code asks for exists, and numbers and days read as each language writes them."""

import re
from datetime import date, datetime
from pathlib import Path

import pytest

from bot.organisation import LANGUAGES
from bot.turn import House

ROOT = Path(__file__).parents[2]
ASKED = re.compile(r"""(?:\bt|phrases|speak\(\w+\))\(\s*(?:lang, )?"([a-z_]+(?:\.[a-z_]+)+)\"""")
REFUSED = re.compile(r"""Refusal\(\s*"([a-z_]+\.[a-z_]+)\"""")


def _asked() -> set[str]:
    code = "\n".join(p.read_text(encoding="utf-8") for p in (ROOT / "bot").glob("*.py"))
    return {*ASKED.findall(code), *REFUSED.findall(code)}


def test_every_phrase_the_code_asks_for_exists(house: House) -> None:
    asked = _asked()
    assert len(asked) > 120
    missing = [k for k in asked if not house.phrases.has("ja", k) and not house.phrases.has("ja", f"{k}.other")]
    assert missing == []


def test_numbers_days_and_plurals(house: House) -> None:
    t = house.phrases
    assert t("en", "notes.people", n=1) == "1 person"
    assert t("en", "notes.people", n=54046) == "54,046 people"
    assert t("ja", "notes.people", n=54046) == "54,046人"
    assert t("ja", "notes.by_day", day=date(2026, 11, 20)) == "11月20日（金）まで"
    assert t("en", "notes.by_day", day=date(2026, 11, 20)) == "by Fri, Nov 20"
    assert t("ja", "notes.moment", at=datetime.fromisoformat("2026-11-20T09:05:00+09:00")) == "11月20日（金）9:05"


def test_a_persons_words_are_never_taken_for_a_placeholder(house: House) -> None:
    for lang in LANGUAGES:
        assert "{id}" in house.phrases(lang, "answers.because", reason="{id} {0} %s")


def test_japanese_is_neither_stiff_nor_shouting(house: House) -> None:
    """What an editor would strike out: officialese, exclamation marks, half-width punctuation inside Japanese."""
    stiff = re.compile(
        r"つきまして|におかれまして|いたしかね|ご査収|賜り|！|下さい|出来ます|有り難う|[ぁ-ん一-龠],|[ぁ-ん一-龠]\."
    )
    found = [
        (lang, key, text)
        for lang in ("ja", "ja-easy")
        for key, text in house.phrases._texts[lang].items()
        if stiff.search(text)
    ]
    assert found == []


def test_easy_japanese_keeps_sentences_short(house: House) -> None:
    """Sentences of at most 45 characters, the limit the national guideline for やさしい日本語 works with."""
    long = [
        (key, sentence)
        for key, text in house.phrases._texts["ja-easy"].items()
        if not key.startswith("commands.words")
        for sentence in re.split("[。？]", re.sub(r"「[^」]*」|\{[a-z_]+\}", "", text))
        if len(sentence) > 45
    ]
    assert long == []


# What Slack takes, in characters: https://docs.slack.dev/reference/views, …/reference/app-manifest
SLACK_TAKES = {
    "close": 24,
    "sure_title": 24,
    "sure_yes": 30,
    "sure_no": 30,
    "shortened": 150,
    "expired": 150,
    "file_sent": 150,
    "file_button": 75,
    "chart_value": 20,
    "choose": 150,
    "error_mark": 30,
    "not_installed": 150,
    "description_short": 140,
    "description_long": 4_000,
    "command_kizuki": 100,
    "command_kudos": 100,
    "usage_kizuki": 100,
    "usage_kudos": 100,
    "shortcut_note": 24,
    "shortcut_note_about": 150,
    "shortcut_kudos": 24,
    "shortcut_kudos_about": 150,
    "message_note": 24,
    "message_note_about": 150,
    "message_kudos": 24,
    "message_kudos_about": 150,
}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_slacks_own_words_are_as_long_as_slack_takes_them(house: House, lang: str) -> None:
    found = house.phrases.under(lang, "slack")
    assert set(SLACK_TAKES) <= set(found)
    assert [k for k, most in SLACK_TAKES.items() if not 1 <= len(found[k]) <= most] == []
    assert len(found["description_long"]) >= 175
    assert "1,200" in house.phrases(lang, "slack.more_rows", n=1200)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_what_menus_and_titles_hold_is_short(house: House, lang: str) -> None:
    """Titles of dialogs: 24 characters in Slack; button texts and labels: 75."""
    for key in ("channel.title", "notes.compose", "kudos.compose"):
        assert len(house.phrases(lang, key)) <= 24, key
    for key in ("channel.decide", "channel.change", "digest.open"):
        assert len(house.phrases(lang, key)) <= 75, key
