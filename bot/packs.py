"""Packs: an organisation's principles in one version, with everything there is to say about them."""

import re
from collections.abc import Iterator, Mapping
from datetime import date
from functools import cached_property
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from bot.organisation import LANGUAGES

# What a daily card tells of, in the order in which a principle's page shows it.
FACETS = (
    "background",
    "do",
    "plan",
    "build",
    "run",
    "avoid",
    "first_step",
    "question",
    "action",
    "output",
    "outcome",
)
# What only the page of a principle shows.
REFERENCE = ("system", "changed")
# What says what a principle is about, for whoever learns it: not how the text came to be.
TOLD = (*FACETS, "system")
SHORTEST, LONGEST = 3, 30

NAME = r"[a-z][a-z0-9-]*"
VERSION = r"\d+\.\d+\.\d+"
_EDITION = re.compile(rf"({NAME})@({VERSION})")


def _complete(texts: dict[str, str]) -> dict[str, str]:
    missing = [lang for lang in LANGUAGES if not texts.get(lang, "").strip()]
    if missing:
        raise ValueError(f"has no text in {', '.join(missing)}")
    unknown = sorted(texts.keys() - set(LANGUAGES))
    if unknown:
        raise ValueError(f"'{unknown[0]}' is not a language: {', '.join(LANGUAGES)}")
    return texts


Text = Annotated[dict[str, str], AfterValidator(_complete)]


class Part(BaseModel):
    """A part of a pack: unknown keys are faults, nothing changes after it is read."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Entry(Part):
    """A text in every language and the source it was made from; written as one mapping."""

    source: str = ""
    text: Text

    @model_validator(mode="before")
    @classmethod
    def _gathered(cls, data: Any) -> Any:
        """The languages stand beside `source` in the file."""
        if not isinstance(data, dict) or "text" in data:
            return data
        known = {name: data[name] for name in cls.model_fields if name in data}
        return {**known, "text": {k: v for k, v in data.items() if k not in known}}

    def __getitem__(self, lang: str) -> str:
        return self.text[lang]


class Measure(Entry):
    """What the whole organisation does for a principle: who owns it, and what each fiscal year brings."""

    owner: Text
    years: dict[int, Text] = {}


class Principle(Part):
    """One principle: its official title, a short name, its promise, and facets to talk about it."""

    number: int
    title: Text
    short: Text
    promise: Text
    facets: dict[str, tuple[Entry, ...]]
    measures: tuple[Measure, ...] = ()

    def texts(self) -> Iterator[str]:
        """Everything the pack says of it, in all languages."""
        yield from (*self.title.values(), *self.promise.values())
        for facet in TOLD:
            for entry in self.facets.get(facet, ()):
                yield from entry.text.values()


class Leaf(Part):
    """One card of a shelf: what it is, and how one begins with it."""

    id: str = Field(pattern=rf"^{NAME}$")
    group: str
    source: str = ""
    title: Text
    text: Text
    how: Text


class Shelf(Part):
    """Content beside the principles: a programme of activities, indicators, what others do."""

    name: Text
    about: Text
    how: Text
    groups: dict[str, Text]
    leaves: tuple[Leaf, ...] = Field(min_length=1)


class Header(Part):
    """pack.yaml: which version this is, where it comes from, and what became of the numbers of the one before.

    `extends` takes over everything of an earlier version that is not said anew; `follows` only names it.
    `renumbered` maps its numbers to those of this version, None for a principle that was dropped.
    """

    id: str = Field(pattern=rf"^{NAME}$")
    version: str = Field(pattern=rf"^{VERSION}$")
    since: date | None = None
    extends: str = ""
    follows: str = ""
    name: Text
    about: Text | None = None
    sources: dict[str, str] = {}
    renumbered: dict[int, int | None] = {}

    @model_validator(mode="after")
    def _one_before(self) -> "Header":
        if self.extends and self.follows:
            raise ValueError("say either what it extends or what it follows")
        if self.extends and self.renumbered:
            raise ValueError("a version that renumbers says what it follows, and carries all its content itself")
        return self

    @property
    def before(self) -> str:
        """The version before this one, or nothing."""
        return self.extends or self.follows


class Pack(Part):
    """A version of an organisation's principles; `before` is the version it came from."""

    header: Header
    principles: tuple[Principle, ...] = Field(min_length=SHORTEST, max_length=LONGEST)
    shelves: dict[str, Shelf] = {}
    before: "Pack | None" = None

    @property
    def id(self) -> str:
        """The name of its folder."""
        return self.header.id

    @property
    def version(self) -> str:
        """Which version it is."""
        return self.header.version

    @property
    def edition(self) -> str:
        """tokyo@1.1.0."""
        return f"{self.id}@{self.version}"

    @property
    def name(self) -> Mapping[str, str]:
        """What the principles as a whole are called."""
        return self.header.name

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

    def lineage(self) -> Iterator["Pack"]:
        """This version and all it came from, newest first."""
        here: Pack | None = self
        while here is not None:
            yield here
            here = here.before

    def ref(self, number: int) -> str:
        """A number as a button keeps it: 3@tokyo@1.1.0, so that it still means the same after a move."""
        return f"{number}@{self.edition}"

    def history(self, number: int) -> Iterator[tuple[str, tuple[Entry, ...]]]:
        """(version, what it changed in a principle and why), newest first."""
        for version in self.lineage():
            for principle in version.principles:
                told = principle.facets.get("changed", ())
                if told and self.now(version.edition, principle.number) == number:
                    yield version.version, told

    def now(self, edition: str, number: int) -> int | None:
        """What a number of an edition counts for in this version; None where nothing of it is left."""
        path: list[Pack] = []
        for pack in self.lineage():
            if pack.edition == edition:
                break
            path.append(pack)
        else:
            return None
        here: int | None = number if pack.has(number) else None
        for later in reversed(path):
            here = None if here is None else later.header.renumbered.get(here, here if later.has(here) else None)
        return here


def edition(text: str) -> tuple[str, str] | None:
    """The name and version in tokyo@1.1.0, or None for anything else."""
    found = _EDITION.fullmatch(text)
    return (found[1], found[2]) if found else None
