"""A question in the secretariat's own words: once in Japanese, and in the other languages where somebody wrote it."""

import json
from collections.abc import Mapping
from hashlib import blake2b

from bot.events import is_blank
from bot.organisation import LANGUAGES
from bot.questions import FEWEST_ANSWERS, LONGEST_TEXT, LONGEST_TITLE, MOST_ANSWERS, POINTS, Asked
from bot.turn import Refusal

OWN = "own"
KINDS = ("choice", "many", "scale", "nps", "text")
LONGEST_ANSWER = 75
# What is added to the names of the fields "question" and "answers"; Japanese has none.
ENDINGS = {"ja": "", "en": "_en", "ja-easy": "_easy"}


def own(said: Mapping[str, str]) -> Asked:
    """The question of a form; the same Japanese words are the same question when they are asked again."""
    kind = said["kind"]
    text = _texts(said)
    if kind not in KINDS:
        raise Refusal("pulse_asking.choose", field="kind")
    answers = _in_all(said) if kind in ("choice", "many") else {lang: [] for lang in LANGUAGES}
    labels = {f"a{n}": {lang: answers[lang][n - 1] for lang in LANGUAGES} for n in range(1, len(answers["ja"]) + 1)}
    same = blake2b(json.dumps([kind, text["ja"], answers["ja"]]).encode(), digest_size=6).hexdigest()
    return Asked(
        id=f"{OWN}-{same}",
        kind=kind,  # type: ignore[arg-type]
        title={lang: _short(said) for lang, said in text.items()},
        text=text,
        values=POINTS.get(kind) or tuple(labels),
        labels=labels,
    )


def _texts(said: Mapping[str, str]) -> dict[str, str]:
    """The question by language; what is not written is asked in Japanese."""
    found = {lang: said[f"question{end}"] for lang, end in ENDINGS.items()}
    for lang, text in found.items():
        if len(text) > LONGEST_TEXT or (lang == "ja" and is_blank(text)):
            raise Refusal("pulse_asking.text_length", field=f"question{ENDINGS[lang]}", longest=LONGEST_TEXT)
    return {lang: found["ja"] if is_blank(text) else text for lang, text in found.items()}


def _short(text: str) -> str:
    """A question as a title, so that several can be told apart."""
    line = " ".join(text.split())
    return line if len(line) <= LONGEST_TITLE else f"{line[: LONGEST_TITLE - 1]}…"


def _in_all(said: Mapping[str, str]) -> dict[str, list[str]]:
    """The answers by language, in one order."""
    first = _answers(said["answers"], "answers")
    return {lang: _like(first, said[f"answers{end}"], f"answers{end}") for lang, end in ENDINGS.items()}


def _like(first: list[str], text: str, field: str) -> list[str]:
    """The same answers in another language; what is not written is as it was."""
    if is_blank(text):
        return first
    found = _answers(text, field)
    if len(found) != len(first):
        raise Refusal("pulse_asking.answers_differ", field=field, n=len(first), given=len(found))
    return found


def _answers(text: str, field: str) -> list[str]:
    found = [line.strip() for line in text.splitlines() if not is_blank(line)]
    fine = FEWEST_ANSWERS <= len(found) <= MOST_ANSWERS and len(set(found)) == len(found)
    if not fine or any(len(answer) > LONGEST_ANSWER for answer in found):
        raise Refusal("pulse_asking.answers_wrong", field=field, most=MOST_ANSWERS, longest=LONGEST_ANSWER)
    return found
