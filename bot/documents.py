"""YAML files that people edit: read with the line of every value, so that each fault can name its file and line."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

Path_ = tuple[str | int, ...]
M = TypeVar("M", bound=BaseModel)
LARGEST = 5_000_000

LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True)
class Fault:
    """Something wrong in a file, in words for the person who edits it."""

    file: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message}"


class Faults(Exception):
    """Everything that is wrong, at once."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__("\n".join(map(str, faults)))
        self.faults = tuple(faults)


@dataclass(slots=True)
class Document:
    """A file's data and where each value stands."""

    file: str
    data: Any
    lines: dict[Path_, int] = field(default_factory=dict)

    def line(self, path: Path_) -> int:
        """The line of a value, or of the nearest value around it."""
        while path not in self.lines and path:
            path = path[:-1]
        return self.lines.get(path, 1)

    def fault(self, path: Path_, message: str) -> Fault:
        """A fault at a value."""
        return Fault(self.file, self.line(path), message)


def read(path: Path) -> Document:
    """Read a YAML file; raises `Faults` when it is missing, too large, not UTF-8 or not YAML."""
    return parse(text_of(path), str(path))


def parse(text: str, file: str) -> Document:
    """Read YAML from a text; keys that stand twice are faults."""
    try:
        node = yaml.compose(text, Loader=LOADER)
        data = yaml.load(text, Loader=LOADER)  # noqa: S506 - a safe loader
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or "not valid YAML"
        raise Faults([Fault(file, mark.line + 1 if mark else 1, f"YAML: {problem}")]) from None
    document = Document(file, data)
    try:
        twice = [document.fault(path, f"'{path[-1]}' stands twice") for path in _walk(node, (), document.lines)]
    except RecursionError:
        raise Faults([Fault(file, 1, "YAML: nested too deeply, or an alias of itself")]) from None
    if twice:
        raise Faults(twice)
    return document


def validated(document: Document, model: type[M]) -> M:
    """The document as a model; raises `Faults` with every value that does not fit."""
    try:
        return model.model_validate(document.data)
    except ValidationError as error:
        raise Faults([document.fault(_place(e["loc"]), _words(e)) for e in error.errors()]) from None


def text_of(path: Path, *, largest: int = LARGEST) -> str:
    """A file's text; raises `Faults` when it is missing, larger than so many bytes or not UTF-8."""
    try:
        if path.stat().st_size > largest:
            raise Faults([Fault(str(path), 1, f"larger than {largest // 1_000_000} MB")])
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise Faults([Fault(str(path), 1, "the file is missing")]) from None
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise Faults([Fault(str(path), line, "not UTF-8 text")]) from None


def _walk(node: yaml.Node | None, path: Path_, lines: dict[Path_, int]) -> Iterator[Path_]:
    """Note the line of every value; yields the paths of keys that stand twice."""
    if node is None:
        return
    lines.setdefault(path, node.start_mark.line + 1)
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            here = (*path, _key(key))
            if here in lines:
                lines[here] = key.start_mark.line + 1
                yield here
            lines[here] = key.start_mark.line + 1
            yield from _walk(value, here, lines)
    elif isinstance(node, yaml.SequenceNode):
        for position, value in enumerate(node.value):
            yield from _walk(value, (*path, position), lines)


def _key(node: yaml.Node) -> str | int:
    value = str(node.value)
    return int(value) if node.tag.endswith(":int") and value.isdigit() else value


def _place(loc: tuple[str | int, ...]) -> Path_:
    return tuple(part for part in loc if part != "[key]")


def _words(error: Any) -> str:
    where = ".".join(map(str, error["loc"]))
    match error["type"]:
        case "missing":
            return f"'{where}' is missing"
        case "extra_forbidden":
            return f"'{where}' is not a known key"
        case _:
            return f"'{where}': {error['msg'].removeprefix('Value error, ')}"
