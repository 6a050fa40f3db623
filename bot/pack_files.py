"""Packs as files: content/packs/<name>/<version>/, read with every fault at once, each with file and line."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, TypeVar

from pydantic import Field

from bot.documents import Document, Fault, Faults, read, validated
from bot.packs import (
    FACETS,
    LONGEST,
    REFERENCE,
    SHORTEST,
    Entry,
    Header,
    Measure,
    Pack,
    Part,
    Principle,
    Shelf,
    Text,
    edition,
)

M = TypeVar("M", bound=Part)

HEADER = "pack.yaml"
PRINCIPLES = "principles"
SHELVES = "shelves"


class _Part(Part):
    """A principle's file: whatever it leaves out, the version it extends must say."""

    number: int
    title: Text | None = None
    short: Text | None = None
    promise: Text | None = None
    facets: dict[str, tuple[Entry, ...]] = Field(default_factory=dict)
    measures: tuple[Measure, ...] = ()


def versions(folder: Path) -> list[str]:
    """The versions of a pack, oldest first."""
    found = [path.parent.name for path in folder.glob(f"*/{HEADER}")]
    return sorted(found, key=lambda v: [int(part) if part.isdigit() else -1 for part in v.split(".")])


def found(packs: Path, wanted: str) -> Path:
    """The folder of tokyo@1.1.0 among packs; raises `Faults` where there is none."""
    name, _, version = wanted.partition("@")
    folder = packs / name
    if edition(wanted) is None or not (folder / version / HEADER).is_file():
        there = ", ".join(f"{name}@{v}" for v in versions(folder)) or "nothing of that name"
        raise Faults([Fault(str(folder), 1, f"there is no {wanted}, only {there}")])
    return folder / version


def load(folder: Path) -> Pack:
    """Read one version, such as content/packs/tokyo/1.1.0; raises `Faults` with everything that is wrong in it."""
    return _load(folder, ())


def _load(folder: Path, above: tuple[str, ...]) -> Pack:
    faults: list[Fault] = []
    document, header = _header(folder, faults)
    if header is None or document is None:
        raise Faults(faults)
    before = _before(folder, document, header, above, faults)
    principles = _principles(folder, header, before, faults)
    shelves = _shelves(folder, header, before, faults)
    if not faults:
        faults += _unmapped(document, header, before, {p.number for p in principles})
    if faults:
        raise Faults(faults)
    return Pack(header=header, principles=tuple(principles), shelves=shelves, before=before)


def _header(folder: Path, faults: list[Fault]) -> tuple[Document | None, Header | None]:
    try:
        document = read(folder / HEADER)
        header = validated(document, Header)
    except Faults as broken:
        faults.extend(broken.faults)
        return None, None
    if header.id != folder.parent.name:
        faults.append(document.fault(("id",), f"'{header.id}' stands in the folder '{folder.parent.name}'"))
    if header.version != folder.name:
        faults.append(document.fault(("version",), f"{header.version} stands in the folder '{folder.name}'"))
    return document, header


def _before(
    folder: Path, document: Document, header: Header, above: tuple[str, ...], faults: list[Fault]
) -> Pack | None:
    if not header.before:
        return None
    at = ("extends",) if header.extends else ("follows",)
    there = folder.parent / header.before
    if header.before == header.version or header.before in above:
        faults.append(document.fault(at, f"{header.before} cannot come before {header.version}: they go in a circle"))
        return None
    if not (there / HEADER).is_file():
        found = ", ".join(versions(folder.parent))
        faults.append(document.fault(at, f"there is no version {header.before}, only {found}"))
        return None
    try:
        return _load(there, (*above, header.version))
    except Faults as broken:
        faults.extend(broken.faults)
        return None


def _read_all(folder: Path, model: type[M], faults: list[Fault]) -> Iterator[tuple[str, Document, M]]:
    """(name, document, what it says) of every sound file in a folder, in order; the others are faults."""
    for path in sorted(folder.glob("*.yaml")):
        try:
            document = read(path)
            yield path.stem, document, validated(document, model)
        except Faults as broken:
            faults.extend(broken.faults)


def _principles(folder: Path, header: Header, before: Pack | None, faults: list[Fault]) -> list[Principle]:
    old = {p.number: _inherited(p) for p in before.principles} if before and header.extends else {}
    # What a broken earlier version would have said is not missing here.
    alone = not header.extends or before is not None
    parts: dict[int, Principle] = {}
    for _, document, part in _read_all(folder / PRINCIPLES, _Part, faults):
        mine = list(_misplaced(document, part, parts, header))
        if alone:
            mine += _incomplete(document, part, old.get(part.number))
        faults.extend(mine)
        if not mine and alone:
            parts[part.number] = _merged(part, old.get(part.number))
    if not faults:
        faults += _gaps(folder, {**old, **parts})
    return [p for _, p in sorted({**old, **parts}.items())]


def _inherited(principle: Principle) -> Principle:
    """A principle as a later version takes it over: what changed is told by each version for itself."""
    kept = {name: entries for name, entries in principle.facets.items() if name != "changed"}
    return principle.model_copy(update={"facets": kept})


def _incomplete(document: Document, part: _Part, inherited: Principle | None) -> Iterable[Fault]:
    for name in ("title", "short", "promise"):
        if getattr(part, name) is None and inherited is None:
            yield document.fault((), f"'{name}' is missing")
    told = {**(inherited.facets if inherited else {}), **part.facets}
    if not any(told.get(facet) for facet in FACETS):
        yield document.fault(("facets",), f"no text for a daily card: write one of {', '.join(FACETS)}")


def _misplaced(document: Document, part: _Part, others: dict[int, Principle], header: Header) -> Iterable[Fault]:
    if part.number in others:
        yield document.fault(("number",), f"another file has principle {part.number} too")
    for facet, entries in part.facets.items():
        if facet not in (*FACETS, *REFERENCE):
            yield document.fault(
                ("facets", facet), f"'{facet}' is not a known facet: {', '.join((*FACETS, *REFERENCE))}"
            )
        for position, entry in enumerate(entries):
            yield from _unsourced(document, ("facets", facet, position), entry.source, header)
    for position, measure in enumerate(part.measures):
        yield from _unsourced(document, ("measures", position), measure.source, header)


def _unsourced(document: Document, at: tuple[str | int, ...], source: str, header: Header) -> Iterable[Fault]:
    if source and source not in header.sources:
        yield document.fault((*at, "source"), f"'{source}' is not one of the sources in {HEADER}")


def _merged(part: _Part, old: Principle | None) -> Principle:
    said: dict[str, Any] = {k: v for k in ("title", "short", "promise") if (v := getattr(part, k)) is not None}
    base = {k: getattr(old, k) for k in ("title", "short", "promise")} if old else {}
    facets = {**(old.facets if old else {}), **part.facets}
    measures = part.measures or (old.measures if old else ())
    return Principle.model_construct(number=part.number, **(base | said), facets=facets, measures=measures)


def _gaps(folder: Path, found: dict[int, Principle]) -> Iterable[Fault]:
    """Numbers run from 1 without a gap."""
    at = str(folder / PRINCIPLES)
    if not SHORTEST <= len(found) <= LONGEST:
        yield Fault(at, 1, f"{len(found)} principles; a pack has {SHORTEST} to {LONGEST}")
    for expected, number in enumerate(sorted(found), 1):
        if number != expected:
            yield Fault(at, 1, f"principle {expected} is missing")
            return


def _shelves(folder: Path, header: Header, before: Pack | None, faults: list[Fault]) -> dict[str, Shelf]:
    found = dict(before.shelves) if before and header.extends else {}
    for name, document, shelf in _read_all(folder / SHELVES, Shelf, faults):
        faults.extend(_astray(document, shelf, header))
        found[name] = shelf
    return found


def _astray(document: Document, shelf: Shelf, header: Header) -> Iterable[Fault]:
    seen: set[str] = set()
    for position, leaf in enumerate(shelf.leaves):
        at = ("leaves", position)
        if leaf.id in seen:
            yield document.fault((*at, "id"), f"'{leaf.id}' stands twice")
        seen.add(leaf.id)
        if leaf.group not in shelf.groups:
            yield document.fault((*at, "group"), f"'{leaf.group}' is not one of the groups")
        yield from _unsourced(document, at, leaf.source, header)


def _unmapped(document: Document, header: Header, before: Pack | None, numbers: set[int]) -> Iterable[Fault]:
    """Every number of the version before is still there or was given another one; nothing leads nowhere."""
    old = set(before.numbers) if before else set()
    for number, now in header.renumbered.items():
        at = ("renumbered", number)
        if number not in old:
            yield document.fault(at, f"{header.before or 'no version'} has no principle {number}")
        if now is not None and now not in numbers:
            yield document.fault(at, f"there is no principle {now}")
    for number in sorted(old - numbers - header.renumbered.keys()):
        yield document.fault(
            ("renumbered",) if header.renumbered else ("follows",),
            f"{header.before} had a principle {number}: say under 'renumbered' which number it has now, or null",
        )
