"""Question sets as files: content/pulses/<name>.yaml, read with every fault of all of them, each with file and line."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

from pydantic import Field

from bot.documents import Document, Fault, Faults, Path_, read, validated
from bot.packs import Part
from bot.questions import (
    FEWEST_ANSWERS,
    LONGEST_PRINCIPLE,
    LONGEST_TEXT,
    MOST,
    MOST_ANSWERS,
    MOST_TEXT,
    POINTS,
    PRINCIPLE,
    Name,
    Question,
    QuestionSet,
    Texts,
    Title,
)

# Something wrong, and where in its file.
Amiss = tuple[Path_, str]


class _Sheet(Part):
    """A file as it is written; `of` takes over the questions of other files, before its own."""

    name: Name
    version: int = Field(ge=1)
    title: Texts[Title]
    of: tuple[str, ...] = ()
    questions: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class _Draft:
    """A sound file before it is put together with those it takes over; `own` has its questions by position."""

    document: Document
    sheet: _Sheet
    own: Mapping[int, Question]


def load(folder: Path) -> dict[str, QuestionSet]:
    """Every question set by its name; raises `Faults` with everything that is wrong in any file."""
    faults: list[Fault] = []
    drafts = {path.stem: _draft(path, faults) for path in sorted(folder.glob("*.yaml"))}
    sound = {name: draft for name, draft in drafts.items() if draft}
    faults.extend(_asked_twice(sound.values()))
    found = {name: _set(draft, drafts, faults) for name, draft in sound.items()}
    if faults:
        raise Faults(sorted(faults, key=lambda fault: (fault.file, fault.line)))
    return found


def _draft(path: Path, faults: list[Fault]) -> _Draft | None:
    """One file, with what is wrong in it added to `faults`; None where not even its frame holds."""
    try:
        document = read(path)
    except Faults as broken:
        faults.extend(broken.faults)
        return None
    own = _own(document, faults)
    try:
        sheet = validated(document, _Sheet)
    except Faults as broken:
        faults.extend(broken.faults)
        return None
    if sheet.name != path.stem:
        faults.append(document.fault(("name",), f"'{sheet.name}' stands in the file '{path.name}'"))
    return _Draft(document, sheet, own)


def _own(document: Document, faults: list[Fault]) -> dict[int, Question]:
    """The sound questions of a file by position, also of one whose frame does not hold."""
    rows = document.data.get("questions") if isinstance(document.data, dict) else None
    many = len(rows) if isinstance(rows, list) else 0
    return {at: found for at in range(many) if (found := _question(document, at, faults))}


def _question(document: Document, position: int, faults: list[Fault]) -> Question | None:
    """One question by itself, so that a fault in it hides none in the others."""
    part = _part(document, ("questions", position))
    try:
        question = validated(part, Question)
    except Faults as broken:
        faults.extend(broken.faults)
        return None
    faults.extend(part.fault(at, message) for at, message in _amiss(question))
    return question


def _part(document: Document, path: Path_) -> Document:
    """A value of a document as one of its own, with its lines."""
    data = document.data
    for step in path:
        data = data[step]
    depth = len(path)
    return Document(document.file, data, {p[depth:]: n for p, n in document.lines.items() if p[:depth] == path})


def _amiss(question: Question) -> Iterator[Amiss]:
    yield from _answers_amiss(question)
    yield from _ends_amiss(question)
    yield from _target_amiss(question)
    yield from _placeholders_amiss(question)


def _answers_amiss(question: Question) -> Iterator[Amiss]:
    many = len(question.answers)
    if question.kind not in ("choice", "many"):
        if many:
            yield ("answers",), f"a question of kind '{question.kind}' has no answers of its own"
    elif not FEWEST_ANSWERS <= many <= MOST_ANSWERS:
        yield ("answers",), f"{many} answers; there are {FEWEST_ANSWERS} to {MOST_ANSWERS}"
    for position in _again([answer.value for answer in question.answers]):
        yield ("answers", position, "value"), f"'{question.answers[position].value}' stands twice"
    yield from _none_amiss(question)
    if question.steps and question.kind != "choice":
        yield ("steps",), "only answers of which one is chosen can be steps"


def _none_amiss(question: Question) -> Iterator[Amiss]:
    marked = [position for position, answer in enumerate(question.answers) if answer.none]
    allowed = 1 if question.kind == "many" else 0
    for position in marked[allowed:]:
        why = "another answer is 'none' already" if allowed else "only where several can be chosen one is 'none'"
        yield ("answers", position, "none"), why


def _ends_amiss(question: Question) -> Iterator[Amiss]:
    if question.kind in POINTS and question.ends is None:
        yield (), "'ends' is missing: say what the lowest and the highest point mean"
    if question.kind not in POINTS and question.ends is not None:
        yield ("ends",), f"a question of kind '{question.kind}' has no ends"


def _target_amiss(question: Question) -> Iterator[Amiss]:
    if question.target is None:
        return
    if question.kind in ("many", "text"):
        yield ("target",), "only a question with one answer has a target"
        return
    reached = question.target.reached
    for position, value in enumerate(reached):
        if value not in question.values:
            yield ("target", "reached", position), f"'{value}' is not one of the answers"
    for position in _again(reached):
        yield ("target", "reached", position), f"'{reached[position]}' stands twice"
    if question.steps and set(reached) != set(question.values[-len(reached) :]):
        yield ("target", "reached"), "of steps, one is reached with all that come after it"


def _placeholders_amiss(question: Question) -> Iterator[Amiss]:
    for at, lang, text in _texts(question):
        plain = text.replace(PRINCIPLE, "") if at == ("text",) and question.about else text
        if stray := re.search(r"\{[^{}]*\}|[{}]", plain):
            yield (*at, lang), f"'{stray[0]}' is no placeholder here: only {PRINCIPLE}, in a text about a principle"
    holding = [lang for lang, text in question.text.items() if PRINCIPLE in text]
    if question.about and 0 < len(holding) < len(question.text):
        yield ("text",), f"{PRINCIPLE} stands only in {', '.join(holding)}"
    for lang, text in question.text.items():
        if len(text.replace(PRINCIPLE, "x" * LONGEST_PRINCIPLE)) > LONGEST_TEXT:
            yield (
                ("text", lang),
                f"with a principle of {LONGEST_PRINCIPLE} characters it is longer than {LONGEST_TEXT}",
            )


def _texts(question: Question) -> Iterator[tuple[Path_, str, str]]:
    """Every text of a question: where it stands, its language, and what it says."""
    found: dict[Path_, Mapping[str, str]] = {("text",): question.text, ("hint",): question.hint or {}}
    found |= {("answers", n, "text"): answer.text for n, answer in enumerate(question.answers)}
    if question.ends:
        found |= {("ends", "low"): question.ends.low, ("ends", "high"): question.ends.high}
    return ((at, lang, text) for at, texts in found.items() for lang, text in texts.items())


def _asked_twice(drafts: Iterable[_Draft]) -> Iterator[Fault]:
    """An id is one question in all files: its figures are compared from survey to survey."""
    first: dict[str, str] = {}
    for draft in drafts:
        for position, question in draft.own.items():
            file = draft.sheet.name
            if (other := first.get(question.id, "")) == file:
                yield draft.document.fault(("questions", position, "id"), f"'{question.id}' stands twice")
            elif other:
                message = f"{other}.yaml asks '{question.id}' too: take it over with 'of', or give it another id"
                yield draft.document.fault(("questions", position, "id"), message)
            first.setdefault(question.id, file)


def _set(draft: _Draft, drafts: Mapping[str, _Draft | None], faults: list[Fault]) -> QuestionSet:
    """A file with what it takes over."""
    sheet = draft.sheet
    taken = [other for name in sheet.of if (other := drafts.get(name))]
    wrong = [*_taken_amiss(sheet, drafts), *_length_amiss((*taken, draft))]
    faults.extend(draft.document.fault(at, message) for at, message in wrong)
    questions = chain.from_iterable(one.own.values() for one in (*taken, draft))
    return QuestionSet(sheet.name, sheet.version, sheet.title, tuple(questions))


def _taken_amiss(sheet: _Sheet, drafts: Mapping[str, _Draft | None]) -> Iterator[Amiss]:
    for position, name in enumerate(sheet.of):
        if name not in drafts:
            yield ("of", position), f"there is no {name}.yaml"
        elif (other := drafts[name]) and other.sheet.of:
            yield ("of", position), f"'{name}' takes over others itself"
    for position in _again(sheet.of):
        yield ("of", position), f"'{sheet.of[position]}' stands twice"


def _length_amiss(drafts: Sequence[_Draft]) -> Iterator[Amiss]:
    """Whether the whole can be answered in a minute."""
    many = sum(len(draft.sheet.questions) for draft in drafts)
    if not 1 <= many <= MOST:
        yield ("questions",), f"{many} questions; there are 1 to {MOST}"
    lines = [question for draft in drafts for question in draft.own.values() if question.kind == "text"]
    if len(lines) > MOST_TEXT:
        yield ("questions",), f"{len(lines)} questions of kind 'text'; there is at most {MOST_TEXT}"


def _again(values: Sequence[str]) -> list[int]:
    """Where values stand that stood before."""
    return [position for position, value in enumerate(values) if value in values[:position]]
