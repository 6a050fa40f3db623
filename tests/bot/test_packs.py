"""Packs as files: versions, what they inherit, numbers that change, and everything that can be wrong in them."""

import json
import shutil
import tracemalloc
from collections import Counter
from pathlib import Path

import pytest

from adapters import app
from bot import pack_files, vocabulary
from bot.documents import Fault, Faults
from bot.packs import FACETS, Pack

PACKS = app.CONTENT / "packs"
EDITIONS = ("tokyo@1.0.0", "tokyo@1.1.0", "bandai@1.0.0")


def loaded(edition: str) -> Pack:
    return pack_files.load(pack_files.found(PACKS, edition))


@pytest.fixture
def packs(tmp_path: Path) -> Path:
    """A copy of the packs with few examples, to be broken."""
    shutil.copytree(PACKS, tmp_path / "packs", ignore=shutil.ignore_patterns("*.jsonl"))
    return tmp_path / "packs"


def faults_of(version: Path) -> list[Fault]:
    with pytest.raises(Faults) as caught:
        vocabulary.read_all(version)
    return list(caught.value.faults)


def changed(path: Path, old: str, new: str) -> int:
    """Put `new` for the first `old`; returns its line."""
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return text[: text.index(old)].count("\n") + 1


@pytest.mark.parametrize("edition", EDITIONS)
def test_every_principle_is_told_in_all_languages_with_its_source(edition: str) -> None:
    pack = loaded(edition)
    for principle in pack.principles:
        entries = [e for f in FACETS for e in principle.facets.get(f, ())]
        for lang in ("ja", "en", "ja-easy"):
            assert len({e[lang] for e in entries}) == len(entries) >= 12, f"{edition} #{principle.number} {lang}"
        told = [e for es in principle.facets.values() for e in es] + list(principle.measures)
        assert all(e.source in pack.header.sources for e in told)


def test_the_newer_version_carries_all_the_issue_asks_for() -> None:
    pack = loaded("tokyo@1.1.0")
    for principle in pack.principles:
        for facet in (*FACETS, "system"):
            assert principle.facets.get(facet), f"#{principle.number} {facet}"
        assert principle.measures
        assert all(m.owner["ja"] and set(m.years) <= {2022, 2023, 2024, 2025} and m.years for m in principle.measures)
        assert [v for v, _ in pack.history(principle.number)] == ["1.1.0", "1.0.0"]
    assert len(pack.shelves["programme"].leaves) == 12
    indicators = " ".join(leaf.id for leaf in pack.shelves["indicators"].leaves)
    assert "satisfaction" in indicators
    assert "awareness" in indicators
    assert len(pack.shelves["ideas"].leaves) >= 10


def test_a_later_version_takes_over_what_it_does_not_say_anew() -> None:
    old, new = loaded("tokyo@1.0.0"), loaded("tokyo@1.1.0")
    assert new.before == old
    assert new.by_number[4].title == old.by_number[4].title
    assert new.by_number[4].facets["background"] == old.by_number[4].facets["background"]
    assert "first_step" not in old.by_number[4].facets
    assert all(new.now("tokyo@1.0.0", n) == n for n in old.numbers)
    assert new.now("bandai@1.0.0", 1) is None


@pytest.mark.parametrize(
    ("file", "old", "new", "why"),
    [
        ("principles/03.yaml", "number: 3\n", "number: 2\n", "another file has principle 2 too"),
        ("principles/02.yaml", "number: 2\n", "numbr: 2\n", "is not a known key"),
        ("principles/02.yaml", "number: 2\n", "number: 11\n", "principle 2 is missing"),
        ("principles/02.yaml", "  background:\n", "  backgroud:\n", "'backgroud' is not a known facet"),
        (
            "principles/02.yaml",
            "    - source: detail\n",
            "    - source: rumour\n",
            "'rumour' is not one of the sources",
        ),
        ("principles/02.yaml", "  en: ", "  fr: ", "has no text in en"),
        ("principles/02.yaml", "  ja-easy: ", "  ja-Easy: ", "has no text in ja-easy"),
        ("pack.yaml", "version: ", "version: v", "version"),
        ("pack.yaml", "id: tokyo", "id: osaka", "'osaka' stands in the folder 'tokyo'"),
        ("pack.yaml", "version: 1.0.0", "version: 1.0.1", "1.0.1 stands in the folder '1.0.0'"),
        ("pack.yaml", "version: 1.0.0", "version: 1.0.0\nfollows: 0.9.0", "there is no version 0.9.0, only"),
        ("pack.yaml", "version: 1.0.0", "version: 1.0.0\nfollows: 1.0.0", "they go in a circle"),
        ("words.yaml", "\n  2: [", "\n  12: [", "there is no principle 12"),
        ("words.yaml", "\n  2: [", "\n  2: [{深い: 9}, ", "less than or equal to 3"),
        ("words.yaml", "ja:\n", "ja: {\n", "YAML"),
    ],
)
def test_a_broken_pack_names_file_and_line(packs: Path, file: str, old: str, new: str, why: str) -> None:
    path = packs / "tokyo" / "1.0.0" / file
    line = changed(path, old, new)
    named = [f for f in faults_of(packs / "tokyo" / "1.0.0") if why in f.message]
    assert named, faults_of(packs / "tokyo" / "1.0.0")
    if "is missing" not in why:
        assert named[0].file == str(path)
        assert abs(named[0].line - line) <= (60 if "YAML" in why else 3)


def test_a_missing_title_is_named_only_where_nothing_is_inherited(packs: Path) -> None:
    changed(packs / "tokyo" / "1.0.0" / "principles" / "02.yaml", "promise:\n", "promises:\n")
    messages = [f.message for f in faults_of(packs / "tokyo" / "1.0.0")]
    assert "'promises' is not a known key" in messages
    assert pack_files.load(packs / "bandai" / "1.0.0").by_number[2].promise


def test_a_principle_without_a_text_for_a_daily_card_is_named(packs: Path) -> None:
    path = packs / "bandai" / "1.0.0" / "principles" / "04.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text[: text.index("facets:")], encoding="utf-8")
    found = faults_of(packs / "bandai" / "1.0.0")
    assert [(f.file, f.message[:27]) for f in found] == [(str(path), "no text for a daily card: w")]


def test_a_fault_of_an_earlier_version_is_told_alone(packs: Path) -> None:
    changed(packs / "tokyo" / "1.0.0" / "principles" / "02.yaml", "  background:\n", "  backgroud:\n")
    found = faults_of(packs / "tokyo" / "1.1.0")
    assert len(found) == 1
    assert "'backgroud' is not a known facet" in found[0].message


def test_a_wholly_inherited_principle_tells_its_history_once(packs: Path) -> None:
    folder = packs / "tokyo" / "1.2.0"
    folder.mkdir()
    name = "{ja: 条, en: Principles, ja-easy: やくそく}"
    header = f"id: tokyo\nversion: 1.2.0\nextends: 1.1.0\nname: {name}\n"
    (folder / "pack.yaml").write_text(header, encoding="utf-8")
    pack = pack_files.load(folder)
    assert [version for version, _ in pack.history(3)] == ["1.1.0", "1.0.0"]
    assert pack.by_number[3].measures


def test_examples_may_begin_with_a_mark_and_hold_odd_line_ends(packs: Path) -> None:
    mine = packs / "bandai" / "1.0.0" / "examples" / "mine.jsonl"
    mine.parent.mkdir(exist_ok=True)
    mine.write_text('\ufeff{"text": "一行\u2028二行", "labels": [1]}\r\n', encoding="utf-8")
    assert [e.text for e in vocabulary.read_all(packs / "bandai" / "1.0.0")[1].examples] == ["一行\u2028二行"]


def test_shelves_and_measures_are_checked_too(packs: Path) -> None:
    shelf = packs / "tokyo" / "1.1.0" / "shelves" / "ideas.yaml"
    changed(shelf, "    group: ", "    group: nowhere-")
    text = shelf.read_text(encoding="utf-8")
    first, second = [line for line in text.splitlines() if line.startswith("  - id: ")][:2]
    shelf.write_text(text.replace(second, first, 1), encoding="utf-8")
    messages = [f.message for f in faults_of(packs / "tokyo" / "1.1.0")]
    assert any("is not one of the groups" in m for m in messages)
    assert any("stands twice" in m for m in messages)


def test_all_faults_come_at_once_from_every_file(packs: Path) -> None:
    folder = packs / "tokyo" / "1.0.0"
    changed(folder / "principles" / "02.yaml", "  background:\n", "  backgroud:\n")
    changed(folder / "principles" / "05.yaml", "  en: ", "  fr: ")
    changed(folder / "pack.yaml", "sources:\n", "sauces:\n")
    changed(folder / "words.yaml", "\n  2: [", "\n  2: [{深い: 9}, ")
    assert {Path(f.file).name for f in faults_of(folder)} == {"pack.yaml", "words.yaml"}, "no header, no principles"
    changed(folder / "pack.yaml", "sauces:\n", "sources:\n")
    assert {Path(f.file).name for f in faults_of(folder)} == {"02.yaml", "05.yaml", "words.yaml"}


def test_versions_cannot_go_in_a_circle(packs: Path) -> None:
    changed(packs / "tokyo" / "1.0.0" / "pack.yaml", "version: 1.0.0", "version: 1.0.0\nfollows: 1.1.0")
    assert any("they go in a circle" in f.message for f in faults_of(packs / "tokyo" / "1.1.0"))


EXAMPLES: dict[str, tuple[bytes, str, int]] = {
    "a label outside": (b'{"text": "x", "labels": [11]}\n', "there is no principle 11", 1),
    "no labels": (b'{"text": "x", "labels": []}\n{"text": "x"}\n', "'labels': Field required", 2),
    "four labels": (b'{"text": "x", "labels": [1,2,3,4]}\n', "at most 3", 1),
    "a number twice": (b'{"text": "x", "labels": [2, 2]}\n', "a number stands twice", 1),
    "no JSON": (b'{"text": 3\n', "a line of JSON", 1),
    "a list": (b"[1]\n", "not an example", 1),
    "deep": (b"[" * 100_000 + b"\n", "not an example", 1),
    "another key": (b'{"text": "x", "labels": [1], "colour": 1}\n', "'colour'", 1),
    "another language": (b'{"text": "x", "labels": [1], "lang": "fr"}\n', "'lang'", 1),
    "no UTF-8": (b'{"text": "x", "labels": [1]}\n\xff\n', "not UTF-8 text", 2),
}


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_broken_example_names_file_and_line(packs: Path, name: str) -> None:
    content, why, line = EXAMPLES[name]
    path = packs / "tokyo" / "1.0.0" / "examples" / "mine.jsonl"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    found = [f for f in faults_of(packs / "tokyo" / "1.0.0") if why in f.message]
    assert [(f.file, f.line) for f in found] == [(str(path), line)]


@pytest.mark.parametrize("file", ["principles/02.yaml", "words.yaml", "examples/mine.jsonl", "pack.yaml"])
def test_a_file_of_fifty_megabytes_is_refused_before_it_is_read(packs: Path, file: str) -> None:
    path = packs / "tokyo" / "1.0.0" / file
    path.parent.mkdir(exist_ok=True)
    with path.open("wb") as big:
        big.truncate(50_000_000)
    tracemalloc.start()
    found = faults_of(packs / "tokyo" / "1.0.0")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert any(f.file == str(path) and "larger than" in f.message for f in found)
    assert peak < 40_000_000


RENUMBERED = """
id: tokyo
version: 2.0.0
follows: 1.1.0
name: {ja: 新しい条, en: New principles, ja-easy: 新しい やくそく}
renumbered: {3: 1, 4: 3, 5: 4, 6: null, 7: 5, 8: 6, 9: 7, 10: 8}
"""


def renumbered(packs: Path, header: str = RENUMBERED) -> Path:
    """A version in which the third principle became part of the first, and the sixth is gone."""
    folder = packs / "tokyo" / "2.0.0"
    (folder / "principles").mkdir(parents=True)
    (folder / "pack.yaml").write_text(header, encoding="utf-8")
    for new, old in enumerate((1, 2, 4, 5, 7, 8, 9, 10), 1):
        text = (packs / "tokyo" / "1.0.0" / "principles" / f"{old:02}.yaml").read_text(encoding="utf-8")
        text = text.replace(f"number: {old}\n", f"number: {new}\n").replace("source: detail", 'source: ""')
        for source in ("own", "council", "final", "adoption"):
            text = text.replace(f"source: {source}", 'source: ""')
        (folder / "principles" / f"{new:02}.yaml").write_text(text, encoding="utf-8")
    return folder


def test_numbers_that_change_are_followed_through_all_versions(packs: Path) -> None:
    pack = pack_files.load(renumbered(packs))
    assert [pack.now("tokyo@1.0.0", n) for n in range(1, 12)] == [1, 2, 1, 3, 4, None, 5, 6, 7, 8, None]
    assert [pack.now("tokyo@2.0.0", n) for n in (1, 8, 9)] == [1, 8, None]
    assert [p.edition for p in pack.lineage()] == ["tokyo@2.0.0", "tokyo@1.1.0", "tokyo@1.0.0"]


def test_two_moves_one_after_the_other(packs: Path) -> None:
    """3 became 1 and then 2; 2 stayed and then became 1: the order of the moves matters."""
    renumbered(packs)
    third = packs / "tokyo" / "3.0.0"
    shutil.copytree(packs / "tokyo" / "2.0.0", third)
    header = RENUMBERED.replace("2.0.0", "3.0.0").replace("1.1.0", "2.0.0")
    (third / "pack.yaml").write_text(header.replace(header.split("renumbered: ")[1], "{1: 2, 2: 1, 8: null}\n"))
    pack = pack_files.load(third)
    assert [pack.now("tokyo@1.0.0", n) for n in range(1, 11)] == [2, 1, 2, 3, 4, None, 5, 6, 7, None]


def test_what_changed_is_told_once_by_the_version_that_changed_it(packs: Path) -> None:
    path = packs / "tokyo" / "1.1.0" / "principles" / "02.yaml"
    text = path.read_text(encoding="utf-8")
    start = text.index("  changed:\n")
    end = text.find("measures:", start)
    path.write_text(text[:start] + (text[end:] if end > 0 else ""), encoding="utf-8")
    pack = pack_files.load(packs / "tokyo" / "1.1.0")
    assert [version for version, _ in pack.history(2)] == ["1.0.0"]


def test_words_and_examples_follow_their_numbers(packs: Path) -> None:
    folder = renumbered(packs)
    mine = packs / "tokyo" / "1.0.0" / "examples" / "mine.jsonl"
    mine.parent.mkdir(exist_ok=True)
    mine.write_text(
        '{"text": "三と四", "labels": [3, 4]}\n{"text": "六だけ", "labels": [6]}\n{"text": "なし", "labels": []}\n'
    )
    pack = pack_files.load(folder)
    found = vocabulary.load(folder, pack)
    assert [(e.text, e.labels) for e in found.examples] == [("三と四", (1, 3)), ("なし", ())]
    assert set(found.words) == set(pack.numbers)
    assert {"車椅子", "待合"} <= set(found.words[1])


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("6: null, ", "", None),
        ("10: 8", "10: 9", "there is no principle 9"),
        (", 10: 8", "", "1.1.0 had a principle 10: say under 'renumbered'"),
        ("10: 8", "10: 8, 14: 2", "1.1.0 has no principle 14"),
        ("follows: 1.1.0", "extends: 1.1.0", "a version that renumbers says what it follows"),
    ],
)
def test_every_old_number_has_to_lead_somewhere(packs: Path, old: str, new: str, why: str | None) -> None:
    folder = renumbered(packs, RENUMBERED.replace(old, new))
    if why is None:
        assert pack_files.load(folder).now("tokyo@1.0.0", 6) == 6, "a number that is still there stays by itself"
        return
    assert any(why in f.message for f in faults_of(folder))


def test_a_version_that_is_not_there_is_told_with_those_that_are() -> None:
    with pytest.raises(Faults, match=r"there is no tokyo@3.0.0, only tokyo@1.0.0, tokyo@1.1.0"):
        pack_files.found(PACKS, "tokyo@3.0.0")
    for wanted in ("nowhere@1.0.0", "tokyo", "../tokyo@1.0.0", "tokyo@../1.0.0"):
        with pytest.raises(Faults, match="there is no"):
            pack_files.found(PACKS, wanted)


def test_the_examples_are_as_many_and_as_varied_as_promised() -> None:
    pack = loaded("tokyo@1.1.0")
    found = vocabulary.load(PACKS / "tokyo" / "1.1.0", pack).examples
    ja = [e for e in found if e.lang == "ja"]
    assert len(found) >= 4_000
    assert sum(e.style == "chat" for e in ja) >= 3_000
    assert sum(e.style == "formal" for e in ja) >= 400
    assert sum(e.lang == "en" for e in found) >= 300
    assert sum(e.lang == "ja-easy" for e in found) >= 300
    assert sum(not e.labels for e in found) >= 300
    assert all(e.scene and e.voice for e in found)
    assert len({e.scene for e in found}) >= 80
    lengths = [len(e.text) for e in ja if e.style == "chat" and e.labels]
    assert sum(8 <= n <= 120 for n in lengths) / len(lengths) > 0.97


def test_hardly_any_example_repeats_another() -> None:
    """Character 5-grams: fewer than one in a hundred shares more than half of them (Jaccard) with another."""
    found = vocabulary.load(PACKS / "tokyo" / "1.1.0", loaded("tokyo@1.1.0")).examples
    assert near_duplicates([e.text for e in found]) < len(found) / 100
    twice = [found[0].text, found[0].text + "。", "まったく別のことば"]
    assert near_duplicates(twice) == 1


def near_duplicates(texts: list[str]) -> int:
    """How many texts are nearly the same as one before them.

    Two texts that share more than half of their grams share one of the rarer half of each: only those are looked up.
    """
    grams = [{text[i : i + 5] for i in range(max(1, len(text) - 4))} for text in texts]
    often = Counter(gram for own in grams for gram in own)
    holders: dict[str, list[int]] = {}
    doubles = 0
    for number, own in enumerate(grams):
        rare = sorted(own, key=lambda gram: (often[gram], gram))[: len(own) // 2 + 1]
        alike = {other for gram in rare for other in holders.get(gram, ())}
        doubles += any(_mostly_shared(own, grams[other]) for other in alike)
        for gram in rare:
            holders.setdefault(gram, []).append(number)
    return doubles


def _mostly_shared(one: set[str], other: set[str]) -> bool:
    small, large = sorted((len(one), len(other)))
    return 2 * small > large and len(one & other) / len(one | other) > 0.5


def test_words_are_many_and_some_speak_against() -> None:
    path = PACKS / "tokyo" / "1.0.0" / "words.yaml"
    pack = loaded("tokyo@1.0.0")
    found = vocabulary.load(path.parent, pack).words
    for number in pack.numbers:
        assert len(found[number]) >= 400
        assert sum(weight < 0 for weight in found[number].values()) >= 8
        assert len(set(found[number].values())) >= 3


def test_a_line_of_json_is_all_an_example_needs(packs: Path) -> None:
    mine = packs / "bandai" / "1.0.0" / "examples" / "mine.jsonl"
    mine.parent.mkdir(exist_ok=True)
    mine.write_text(json.dumps({"text": "除雪の道順", "labels": [1]}) + "\n\n")
    pack = pack_files.load(packs / "bandai" / "1.0.0")
    assert [e.text for e in vocabulary.load(packs / "bandai" / "1.0.0", pack).examples] == ["除雪の道順"]
