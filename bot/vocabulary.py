"""What suggestions are made from: everyday words with weights, and notes that somebody labelled."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass as plain_dataclass
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, RootModel, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from bot import pack_files
from bot.documents import Fault, Faults, read, text_of, validated
from bot.organisation import Language
from bot.packs import LONGEST, Pack

WORDS = "words.yaml"
EXAMPLES = "examples"
HEAVIEST = 3.0
LARGEST = 20_000_000
Has = Callable[[int], bool]


def _each_once(labels: tuple[int, ...]) -> tuple[int, ...]:
    if len(set(labels)) < len(labels):
        raise ValueError("a number stands twice")
    return labels


@dataclass(frozen=True, slots=True, config=ConfigDict(extra="forbid"))
class Example:
    """A labelled note: `scene` names its situation, `voice` who wrote it; no label means that no principle fits."""

    text: Annotated[str, Field(min_length=1, max_length=4_000)]
    labels: Annotated[tuple[int, ...], Field(max_length=3), AfterValidator(_each_once)]
    lang: Language = "ja"
    style: Annotated[str, Field(pattern="^(chat|formal)$")] = "chat"
    voice: str = ""
    scene: str = ""


@plain_dataclass(frozen=True, slots=True)
class Vocabulary:
    """Words by number with their weights (below 0: speaks against), and examples."""

    words: dict[int, dict[str, float]]
    examples: tuple[Example, ...]


def read_all(folder: Path) -> tuple[Pack, Vocabulary]:
    """A version of a pack with its words and examples; raises `Faults` with what is wrong in any of their files."""
    faults: list[Fault] = []
    pack = None
    try:
        pack = pack_files.load(folder)
        words = load(folder, pack)
    except Faults as broken:
        faults.extend(broken.faults)
    if pack is None:
        # Without a pack only its numbers cannot be checked.
        _words(folder / WORDS, _any_number, faults)
        for path in sorted((folder / EXAMPLES).glob("*.jsonl")):
            list(examples(path, _any_number, faults))
    if faults or pack is None:
        raise Faults(faults)
    return pack, words


def _any_number(number: int) -> bool:
    return 1 <= number <= LONGEST


def load(folder: Path, pack: Pack) -> Vocabulary:
    """The words and examples of a version, and those of the versions it came from under their present numbers.

    `folder` is the version's own. Raises `Faults` with everything that is wrong in any file.
    """
    faults: list[Fault] = []
    words: dict[int, dict[str, float]] = {}
    found: list[Example] = []
    for version in pack.lineage():
        here = folder.parent / version.version
        for number, said in _words(here / WORDS, version.has, faults).items():
            if (here_now := pack.now(version.edition, number)) is not None:
                words[here_now] = {**said, **words.get(here_now, {})}
        for path in sorted((here / EXAMPLES).glob("*.jsonl")):
            read_here = examples(path, version.has, faults)
            found += (now for one in read_here if (now := _renumbered(one, version, pack)))
    if faults:
        raise Faults(faults)
    return Vocabulary(words, tuple(found))


def _renumbered(example: Example, version: Pack, pack: Pack) -> Example | None:
    """An example under the present numbers; None where all it was about is gone."""
    if version is pack or not example.labels:
        return example
    labels = [now for n in example.labels if (now := pack.now(version.edition, n)) is not None]
    return replace(example, labels=tuple(dict.fromkeys(labels))) if labels else None


def _weighed(item: Any) -> Any:
    """A word alone weighs 1; {word: 2} says how much."""
    if isinstance(item, dict) and len(item) == 1:
        return next(iter(item.items()))
    return (item, 1.0)


_Weight = Annotated[float, Field(ge=-HEAVIEST, le=HEAVIEST)]
_Word = Annotated[tuple[Annotated[str, Field(min_length=2)], _Weight], BeforeValidator(_weighed)]


class _Words(RootModel[dict[Language, dict[int, tuple[_Word, ...]]]]):
    """words.yaml: words by language and number."""


def _words(path: Path, has: Has, faults: list[Fault]) -> dict[int, dict[str, float]]:
    if not path.exists():
        return {}
    try:
        document = read(path)
        words = validated(document, _Words).root
    except Faults as broken:
        faults.extend(broken.faults)
        return {}
    found: dict[int, dict[str, float]] = {}
    for lang, by_number in words.items():
        for number, said in by_number.items():
            if not has(number):
                faults.append(document.fault((lang, number), f"there is no principle {number}"))
            found.setdefault(number, {}).update(said)
    return found


_example = TypeAdapter(Example)


def examples(path: Path, has: Has, faults: list[Fault]) -> Iterable[Example]:
    """Labelled notes, a line of JSON each; what is wrong is added to `faults`. `has` knows the numbers."""
    for line, text in enumerate(_lines(path, faults), 1):
        if not text.strip():
            continue
        try:
            example = _example.validate_json(text)
        except ValidationError as error:
            faults.append(Fault(str(path), line, f"not an example: {_said(error)}"))
            continue
        outside = [n for n in example.labels if not has(n)]
        if outside:
            faults.append(Fault(str(path), line, f"there is no principle {outside[0]}"))
        yield example


def _said(error: ValidationError) -> str:
    first = error.errors()[0]
    if first["type"] == "json_invalid" or not first["loc"]:
        return "write a line of JSON: {text, labels, lang, style, voice, scene}"
    return f"'{'.'.join(map(str, first['loc']))}': {first['msg']}"


def _lines(path: Path, faults: list[Fault]) -> list[str]:
    try:
        return text_of(path, largest=LARGEST).split("\n")
    except Faults as broken:
        faults.extend(broken.faults)
        return []
