"""Packs: an organisation's principles, their everyday vocabulary and example notes, read from content/packs."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, RootModel

from bot.documents import Document, Fault, Faults, read, validated
from bot.organisation import LANGUAGES, Language

FACETS = ("background", "do", "plan", "build", "run", "avoid", "first_step", "measure")
SHORTEST, LONGEST = 3, 30


def _complete(texts: dict[str, str]) -> dict[str, str]:
    missing = [lang for lang in LANGUAGES if not texts.get(lang)]
    if missing:
        raise ValueError(f"has no text in {', '.join(missing)}")
    return texts


Text = Annotated[dict[str, str], AfterValidator(_complete)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Principle(_Part):
    """One principle: its official title, a short name, its promise, and facets to talk about it."""

    number: int
    title: Text
    short: Text
    promise: Text
    facets: dict[str, tuple[Text, ...]]


class Pack(_Part):
    """A version of an organisation's principles."""

    id: str = Field(pattern=r"^[a-z][a-z0-9-]*$")
    version: str = Field(pattern=r"^\d+\.\d+\.\d+$")
    name: Text
    source: str
    principles: tuple[Principle, ...] = Field(min_length=SHORTEST, max_length=LONGEST)

    @cached_property
    def by_number(self) -> dict[int, Principle]:
        """The principles by their numbers."""
        return {p.number: p for p in self.principles}

    @property
    def numbers(self) -> tuple[int, ...]:
        """All numbers, in order."""
        return tuple(p.number for p in self.principles)

    def has(self, number: int) -> bool:
        """Whether there is a principle of this number."""
        return number in self.by_number

    def title(self, number: int, lang: str) -> str:
        """#2 and the official title; only the number where a later version dropped it."""
        found = self.by_number.get(number)
        return f"#{number} {found.title[lang]}" if found else f"#{number}"

    def short(self, number: int, lang: str) -> str:
        """#2 and the short name."""
        found = self.by_number.get(number)
        return f"#{number} {found.short[lang]}" if found else f"#{number}"


@dataclass(frozen=True, slots=True)
class Example:
    """A note somebody labelled: what a suggestion learns from."""

    text: str
    labels: tuple[int, ...]
    lang: str


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What suggestions are made from: words per number, and example notes."""

    words: dict[int, tuple[str, ...]]
    examples: tuple[Example, ...]


def load(folder: Path) -> tuple[Pack, Vocabulary]:
    """Read a pack; raises `Faults` with everything that is wrong in any of its files."""
    faults: list[Fault] = []
    document = _read(folder / "pack.yaml", faults)
    pack = _pack(document, faults) if document else None
    numbers = frozenset(pack.numbers) if pack else frozenset[int]()
    words = _words(folder / "words.yaml", numbers, faults)
    examples = tuple(_examples(folder / "examples.jsonl", numbers, faults))
    if faults or pack is None:
        raise Faults(faults)
    return pack, Vocabulary(words, examples)


def _read(path: Path, faults: list[Fault]) -> Document | None:
    try:
        return read(path)
    except Faults as broken:
        faults.extend(broken.faults)
        return None


def _pack(document: Document, faults: list[Fault]) -> Pack | None:
    try:
        pack = validated(document, Pack)
    except Faults as broken:
        faults.extend(broken.faults)
        return None
    faults.extend(_misnumbered(pack, document))
    return pack


def _misnumbered(pack: Pack, document: Document) -> Iterable[Fault]:
    """Numbers run from 1 without a gap, and every facet has a known name."""
    for position, principle in enumerate(pack.principles):
        at = ("principles", position, "number")
        if principle.number != position + 1:
            yield document.fault(at, f"number {principle.number} stands where {position + 1} is expected")
        for facet in principle.facets:
            if facet not in FACETS:
                yield document.fault(("principles", position, "facets", facet), f"'{facet}' is not a known facet")


class _Words(RootModel[dict[Language, dict[int, tuple[Annotated[str, Field(min_length=2)], ...]]]]):
    """words.yaml: words by language and number."""


def _words(path: Path, numbers: frozenset[int], faults: list[Fault]) -> dict[int, tuple[str, ...]]:
    document = _read(path, faults)
    found: dict[int, list[str]] = {}
    if document is None:
        return {}
    try:
        words = validated(document, _Words).root
    except Faults as broken:
        faults.extend(broken.faults)
        return {}
    for lang, by_number in words.items():
        for number, said in by_number.items():
            if numbers and number not in numbers:
                faults.append(document.fault((lang, number), f"there is no principle {number}"))
            found.setdefault(number, []).extend(said)
    return {number: tuple(dict.fromkeys(said)) for number, said in found.items()}


def _examples(path: Path, numbers: frozenset[int], faults: list[Fault]) -> Iterable[Example]:
    if not path.exists():
        return
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError:
        faults.append(Fault(str(path), 1, "not UTF-8 text"))
        return
    for line, text in enumerate(lines, 1):
        try:
            found = json.loads(text)
            example = Example(found["text"], tuple(found["labels"]), found.get("lang", "ja"))
        except (ValueError, KeyError, TypeError):
            faults.append(Fault(str(path), line, "not an example: {text, labels, lang} in JSON"))
            continue
        outside = [n for n in example.labels if numbers and n not in numbers]
        if outside:
            faults.append(Fault(str(path), line, f"there is no principle {outside[0]}"))
        yield example
