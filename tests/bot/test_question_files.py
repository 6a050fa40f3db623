"""Question sets as files: everything that can be wrong in them is listed at once, with file and line."""

import re
import shutil
from pathlib import Path

import pytest

from adapters import app
from bot import question_files
from bot.documents import Faults

PULSES = app.CONTENT / "pulses"
WORDS = "{ja: あ, en: a, ja-easy: あ}"


def _answers(values: str) -> str:
    return "".join(f"      - {{value: {value}, text: {WORDS}}}\n" for value in values)


FRAME = f"""\
name: own
version: 1
title: {WORDS}
questions:
"""
TEXT = f"  - {{id: line, kind: text, text: {WORDS}}}\n"
SCALE = f"  - {{id: mood, kind: scale, text: {WORDS}, ends: {{low: {WORDS}, high: {WORDS}}}}}\n"
CHOICE = f"""\
  - id: pick
    kind: choice
    text: {WORDS}
    answers:
{_answers("abc")}"""
MANY = CHOICE.replace("choice", "many").replace("value: c,", "value: c, none: true,")
STEPS = CHOICE + "    steps: true\n"
ABOUT = SCALE.replace("text: {ja: あ,", "about: principle, text: {ja: '{principle}は？',")


@pytest.fixture
def pulses(tmp_path: Path) -> Path:
    folder = tmp_path / "pulses"
    folder.mkdir()
    return folder


def faults_of(folder: Path, text: str | bytes, name: str = "own") -> list[str]:
    (folder / f"{name}.yaml").write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(Faults) as caught:
        question_files.load(folder)
    return [str(fault).removeprefix(f"{folder}/") for fault in caught.value.faults]


def changed(text: str, old: str, new: str) -> str:
    assert old in text
    return text.replace(old, new, 1)


@pytest.mark.parametrize("sound", [TEXT, SCALE, CHOICE, MANY, STEPS, SCALE.replace("scale", "nps")])
def test_a_sound_file_has_no_faults(pulses: Path, sound: str) -> None:
    (pulses / "own.yaml").write_text(FRAME + sound, encoding="utf-8")
    assert len(question_files.load(pulses)["own"].questions) == 1


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        (b"", ["own.yaml:1: "]),
        (b"just words", ["own.yaml:1: "]),
        (b"name: own\nversion: [", ["own.yaml:3: YAML: "]),
        (b"name: own\ntitle: \xff\n", ["own.yaml:2: not UTF-8 text"]),
        (FRAME + "  []\n", ["own.yaml:4: 0 questions; there are 1 to 5"]),
        (FRAME.replace("questions:\n", ""), ["own.yaml:1: 0 questions"]),
        (FRAME + "  no\n", ["own.yaml:4: 'questions'"]),
        (FRAME + "  - no\n", ["own.yaml:5: "]),
        (changed(FRAME, "name: own", "name: mine") + TEXT, ["own.yaml:1: 'mine' stands in the file 'own.yaml'"]),
        (changed(FRAME, "name: own", "name: Own!") + TEXT, ["own.yaml:1: 'name'"]),
        (changed(FRAME, "version: 1", "version: 0") + TEXT, ["own.yaml:2: 'version'"]),
        (changed(FRAME, "version: 1", "versoin: 1") + TEXT, ["own.yaml:1: 'version'", "own.yaml:2: 'versoin'"]),
        (changed(FRAME, "ja: あ", f"ja: {'あ' * 25}") + TEXT, ["own.yaml:3: 'title.ja': String should have at"]),
        (changed(FRAME, "en: a, ", "") + TEXT, ["own.yaml:3: 'title': has no text in en"]),
        (FRAME + SCALE + changed(SCALE, "mood", "mood2") + "".join(changed(SCALE, "mood", f"m{n}") for n in "abcd"),
         ["own.yaml:4: 6 questions; there are 1 to 5"]),
        (FRAME + TEXT + changed(TEXT, "line", "line2"), ["own.yaml:4: 2 questions of kind 'text'; there is at most 1"]),
        (FRAME + CHOICE + SCALE + changed(TEXT, "line", "mood"), ["own.yaml:13: 'mood' stands twice"]),
    ],
)  # fmt: skip
def test_a_file_with_faults(pulses: Path, text: str | bytes, faults: list[str]) -> None:
    found = faults_of(pulses, text)
    assert len(found) == len(faults), found
    assert all(told.startswith(expected) for told, expected in zip(found, faults, strict=True)), found


@pytest.mark.parametrize(
    ("question", "old", "new", "fault"),
    [
        (TEXT, "kind: text", "kind: stars", "5: 'kind': Input should be 'choice', 'many', 'scale', 'nps' or 'text'"),
        (TEXT, "kind: text, ", "", "5: 'kind' is missing"),
        (TEXT, "id: line", "id: My_Line", "5: 'id': String should match"),
        (TEXT, "id: line", f"id: {'x' * 21}", "5: 'id': String should have at most 20"),
        (TEXT, "id: line", "id: line-3", "5: 'id': ends in a number"),
        (TEXT, "kind: text", "kind: text, colour: blue", "5: 'colour' is not a known key"),
        (TEXT, "en: a, ", "", "5: 'text': has no text in en"),
        (TEXT, "ja-easy: あ", "fr: a", "5: 'text.fr.[key]': 'fr' is not a language: ja, en, ja-easy"),
        (TEXT, "en: a", "en: '  '", "5: 'text.en': String should have at least 1"),
        (TEXT, "en: a", "en: no", "5: 'text.en': Input should be a valid string"),
        (TEXT, "en: a", f"en: {'a' * 151}", "5: 'text.en': String should have at most 150"),
        (TEXT, "en: a", "en: '{principle}'", "5: '{principle}' is no placeholder here"),
        (TEXT, "en: a", "en: '100 }'", "5: '}' is no placeholder here"),
        (TEXT, "}}", "}, hint: {ja: '{name}', en: a, ja-easy: あ}}", "5: '{name}' is no placeholder here"),
        (TEXT, "}}", "}, about: weather}", "5: 'about': Input should be 'principle'"),
        (TEXT, "}}", f"}}, answers: [{{value: a, text: {WORDS}}}]}}", "5: a question of kind 'text' has no answers of"),
        (TEXT, "}}", f"}}, ends: {{low: {WORDS}, high: {WORDS}}}}}", "5: a question of kind 'text' has no ends"),
        (TEXT, "}}", "}, target: {share: 70, reached: [a]}}", "5: only a question with one answer has a target"),
        (SCALE, "kind: scale", f"kind: scale, answers: [{{value: a, text: {WORDS}}}]", "5: a question of kind"),
        (SCALE, f", ends: {{low: {WORDS}, high: {WORDS}}}", "", "5: 'ends' is missing: say what"),
        (SCALE, f"low: {WORDS}, ", "", "5: 'ends.low' is missing"),
        (SCALE, "high: {ja: あ", f"high: {{ja: {'あ' * 31}", "5: 'ends.high.ja': String should have at most 30"),
        (SCALE, "high: {ja: あ", "high: {ja: '{あ'", "5: '{' is no placeholder here"),
        (SCALE, "kind: scale", "kind: scale, steps: true", "5: only answers of which one is chosen can be steps"),
        (SCALE, "kind: scale", "kind: scale, target: {share: 0, reached: [5]}", "5: 'target.share'"),
        (SCALE, "kind: scale", "kind: scale, target: {share: 70, reached: []}", "5: 'target.reached'"),
        (SCALE, "kind: scale", "kind: scale, target: {share: 70, reached: [4, 6]}", "5: '6' is not one of the answers"),
        (SCALE, "kind: scale", "kind: scale, target: {share: 70, reached: [4, 4]}", "5: '4' stands twice"),
        (ABOUT, "principle}は", "principal}は", "5: '{principal}' is no placeholder here: only {principle}"),
        (ABOUT, "は？", "は？", "5: {principle} stands only in ja"),
        (ABOUT, "は？", "は" * 91, "5: with a principle of 60 characters it is longer than 150"),
        (CHOICE, "value: b", "value: a", "10: 'a' stands twice"),
        (CHOICE, "value: b", "value: yes", "10: 'answers.1.value': put it in quotes: yes, no"),
        (CHOICE, "value: b", "value: B b", "10: 'answers.1.value': String should match"),
        (CHOICE, "value: b", f"value: {'b' * 21}", "10: 'answers.1.value': String should match"),
        (CHOICE, "value: b", "value: b, none: true", "10: only where several can be chosen one is 'none'"),
        (CHOICE, "value: b, text: {ja: あ", f"value: b, text: {{ja: {'あ' * 76}", "10: 'answers.1.text.ja': String"),
        (CHOICE, "value: b, text: {ja: あ", "value: b, text: {ja: '{x}'", "10: '{x}' is no placeholder here"),
        (CHOICE, _answers("bc"), "", "8: 1 answers; there are 2 to 10"),
        (CHOICE, "    answers:\n" + _answers("abc"), "", "5: 0 answers; there are 2 to 10"),
        (CHOICE, "    answers:\n", "    answers:\n" + _answers("defghijk"), "8: 11 answers; there are 2 to 10"),
        (MANY, "value: b", "value: b, none: true", "11: another answer is 'none' already"),
        (MANY, "kind: many", "kind: many\n    target: {share: 70, reached: [a]}", "7: only a question with one"),
        (STEPS, "steps: true", "steps: true\n    target: {share: 70, reached: [a, c]}", "13: of steps, one is"),
    ],
)  # fmt: skip
def test_a_question_with_a_fault_is_named_with_its_line(
    pulses: Path, question: str, old: str, new: str, fault: str
) -> None:
    found = faults_of(pulses, FRAME + changed(question, old, new))
    assert any(told.startswith(f"own.yaml:{fault}") for told in found), found
    # Only the text about a principle that stands in one language is wrong in two ways.
    assert len(found) == (2 if question == ABOUT and "は" * 91 in new else 1), found


def test_the_line_of_a_text_is_that_of_its_language(pulses: Path) -> None:
    block = (
        f"  - id: line\n    kind: text\n    text:\n      ja: あ\n      en: {'a' * 151}\n      ja-easy: {'あ' * 151}\n"
    )
    assert [told.split(":")[1] for told in faults_of(pulses, FRAME + block)] == ["9", "10"]


def test_faults_of_all_files_and_all_questions_come_together(pulses: Path) -> None:
    (pulses / "broken.yaml").write_text("name: [\n", encoding="utf-8")
    (pulses / "frame.yaml").write_text("version: 1\nquestions:\n  - {id: line}\n", encoding="utf-8")
    text = FRAME + changed(TEXT, "kind: text", "kind: stars") + changed(CHOICE, "value: b", "value: a")
    found = faults_of(pulses, text + changed(SCALE, "ends", "edns"))
    told = [re.sub(r"^(\w+\.yaml:\d+: .{12}).*", r"\1", fault) for fault in found]
    assert told == [
        "broken.yaml:2: YAML: did no",
        "frame.yaml:1: 'name' is mi",
        "frame.yaml:1: 'title' is m",
        "frame.yaml:3: 'kind' is mi",
        "frame.yaml:3: 'text' is mi",
        "own.yaml:5: 'kind': Inpu",
        "own.yaml:11: 'a' stands t",
        "own.yaml:13: 'edns' is no",
    ]


@pytest.mark.parametrize(
    ("of", "fault"),
    [
        ("[nothing]", "own.yaml:4: there is no nothing.yaml"),
        ("[own]", "own.yaml:4: 'own' takes over others itself"),
        ("[weekly]", "own.yaml:4: 'weekly' takes over others itself"),
        ("[voice, voice]", "own.yaml:4: 'voice' stands twice"),
        ("[environment, practice]", "own.yaml:1: 6 questions; there are 1 to 5"),
    ],
)
def test_what_is_taken_over_is_checked(pulses: Path, of: str, fault: str) -> None:
    shutil.copytree(PULSES, pulses, dirs_exist_ok=True)
    found = faults_of(pulses, f"name: own\nversion: 1\ntitle: {WORDS}\nof: {of}\n")
    assert fault in found, found


def test_a_broken_file_is_not_called_missing_where_it_is_taken_over(pulses: Path) -> None:
    shutil.copytree(PULSES, pulses, dirs_exist_ok=True)
    found = faults_of(pulses, "name: adoption\nversion: x\n", "adoption")
    assert found
    assert all(told.startswith("adoption.yaml:") for told in found), found


def test_one_id_is_one_question_in_all_files(pulses: Path) -> None:
    shutil.copytree(PULSES, pulses, dirs_exist_ok=True)
    assert faults_of(pulses, FRAME + changed(TEXT, "line", "environment")) == [
        "own.yaml:5: environment.yaml asks 'environment' too: take it over with 'of', or give it another id"
    ]


def test_an_organisation_without_question_sets(tmp_path: Path) -> None:
    assert question_files.load(tmp_path / "nowhere") == {}
