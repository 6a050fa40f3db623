"""`kizuki suggest`: suggestions on a terminal, as lines of JSON, and measured on labelled notes."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TextIO

from rich.box import SIMPLE_HEAD
from rich.console import Group
from rich.table import Table

from adapters import models
from bot import evaluation, vocabulary
from bot.documents import Fault, Faults
from bot.evaluation import Figures, Judged, Share
from bot.packs import Pack
from bot.suggest import Ranked, Suggester
from bot.vocabulary import Example, Vocabulary

WORST = 20


def table(suggester: Suggester, pack: Pack, text: str) -> Table:
    """All principles for one note, likeliest first."""
    ranked = suggester.rank(text)
    drawn = Table("", "Principle", "Score", "Words", title="None fits" if ranked.none else None)
    for place, found in enumerate(ranked.suggestions, 1):
        drawn.add_row(str(place), pack.title(found.number, "ja"), f"{found.score:.2f}", "、".join(found.words))
    return drawn


def stream(suggester: Suggester, lines: Iterable[str], to: TextIO) -> None:
    """A line of JSON out for every line of JSON in."""
    for line in lines:
        if line.strip():
            note = json.loads(line)
            to.write(json.dumps(_answer(suggester.rank(note["text"]), note["id"]), ensure_ascii=False) + "\n")


def _answer(ranked: Ranked, ref: object) -> dict[str, object]:
    shown = [{"number": s.number, "score": round(s.score, 4), "words": list(s.words)} for s in ranked.suggestions[:10]]
    return {"id": ref, "suggestions": shown, "none": ranked.none}


def labelled(path: Path, pack: Pack) -> list[Example]:
    """Labelled notes from a file; raises `Faults` where it is not one."""
    if not path.is_file():
        raise Faults([Fault(str(path), 1, "the file is missing")])
    faults: list[Fault] = []
    found = list(vocabulary.examples(path, pack.has, faults))
    if faults or not found:
        raise Faults(faults or [Fault(str(path), 1, "no labelled note stands in it")])
    return found


def report(title: str, pack: Pack, judged: Sequence[Judged]) -> Group:
    """Every figure of a set: as a whole, by language and style, by principle, and the words that fail most."""
    rows = {"all": list(judged)}
    for key in (_language, _style):
        groups = evaluation.grouped(judged, key)
        rows |= groups if len(groups) > 1 else {}
    found = {name: evaluation.figures(some, pack.numbers) for name, some in rows.items()}
    return Group(_figures(title, found), _by_principle(pack, judged, found["all"]), _failing(judged))


def parts(pack: Pack, words: Vocabulary) -> Iterator[tuple[str, list[Judged]]]:
    """The pack's examples split by scene: trained on one part, measured on it and on the two that stayed unseen."""
    by_part: dict[str, list[Example]] = {"train": [], "dev": [], "test": []}
    for example in words.examples:
        by_part[evaluation.part(example)].append(example)
    suggester = models.suggester(pack, Vocabulary(words.words, tuple(by_part["train"])))
    for name, examples in by_part.items():
        yield name, evaluation.judge(suggester.rank, examples)


def _language(judged: Judged) -> tuple[str]:
    return (judged.example.lang,)


def _style(judged: Judged) -> tuple[str]:
    return (judged.example.style,)


_COLUMNS: dict[str, Callable[[Figures], Share | None]] = {
    "hit@3": lambda f: f.hit,
    "top-1": lambda f: f.first,
    "micro F1": lambda f: f.micro_f1,
    "macro F1": lambda f: f.macro_f1,
    "none said": lambda f: f.silent,
    "kept": lambda f: f.kept,
}


def _figures(title: str, found: Mapping[str, Figures]) -> Table:
    drawn = _table(f"{title}: % with 95 % intervals", "", "notes", *_COLUMNS)
    for name, of in found.items():
        drawn.add_row(name, f"{of.notes}+{of.about_nothing}", *(_share(column(of)) for column in _COLUMNS.values()))
    return drawn


def _by_principle(pack: Pack, judged: Sequence[Judged], all_of: Figures) -> Table:
    drawn = _table("By principle", "", "notes", "hit@3", "top-1", "F1")
    groups = evaluation.grouped(judged, lambda j: (f"{n:02}" for n in j.example.labels))
    for name, some in groups.items():
        of = evaluation.figures(some, pack.numbers)
        shares = (_share(s) for s in (of.hit, of.first, all_of.by_number[int(name)]))
        drawn.add_row(pack.short(int(name), "ja"), str(of.notes), *shares)
    return drawn


def _table(title: str, *columns: str) -> Table:
    drawn = Table(title=title, box=SIMPLE_HEAD, title_justify="left")
    for column in columns:
        drawn.add_column(column, no_wrap=True)
    return drawn


def _share(share: Share | None) -> str:
    return "–" if share is None else f"{share.value * 100:.1f} {share.low * 100:.0f}–{share.high * 100:.0f}"


def _failing(judged: Sequence[Judged]) -> Table:
    drawn = _table("Words that fail most", "word", "first wrong", "notes with it")
    for word, wrong, seen in evaluation.failing_words(judged, most=WORST):
        drawn.add_row(word, str(wrong), str(seen))
    return drawn
