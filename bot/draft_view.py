"""How a draft looks: the suggested numbers with their reasons, and earlier notes that say much the same."""

import re
from collections.abc import Iterable, Sequence
from datetime import timedelta
from time import perf_counter
from typing import Any

from bot import note_view
from bot.cards import Block, Button, Card, Choice, Heading, Option, Quote, TextInput, row, say
from bot.events import number_in
from bot.note_view import AUDIENCES, KINDS, NAMELESS
from bot.suggest import SHOWN, Ranked
from bot.turn import Turn
from storage import search, supports
from storage.drafts import DraftRow
from storage.notes import NoteRow
from storage.search import fold

NONE = "none"
ALIKE = 0.3
ALIKE_SHOWN = 2
ALIKE_AGE = timedelta(days=180)


def known(turn: Turn, values: Iterable[str], edition: str = "") -> tuple[int, ...]:
    """The principles among values a card sent, each once, under their present numbers.

    A value is a number of `edition` (the one in use if left out), or a number with its edition: 3@tokyo@1.1.0.
    """
    found: list[int | None] = []
    for value in values:
        digits, _, named = value.partition("@")
        number = number_in(digits)
        found.append(None if number is None else turn.pack.now(named or edition or turn.pack.edition, number))
    return tuple(dict.fromkeys(n for n in found if n is not None))


def number_choices(
    turn: Turn,
    ranked: Ranked,
    chosen: tuple[int, ...],
    *,
    allow_none: bool,
    none_first: bool,
    again: bool,
) -> tuple[Choice, Choice]:
    """The three likeliest numbers to tick with the reasons, "none fits", and a menu of all the others.

    The likeliest is ticked beforehand where nothing was chosen, but not when the person is asked `again`.
    """
    t, lang, pack = turn.t, turn.lang, turn.pack
    first = tuple(dict.fromkeys((*chosen, *ranked.numbers)))[: max(SHOWN, len(chosen))]
    why = {s.number: s.words for s in ranked.suggestions}
    options = [Option(str(n), pack.title(n, lang), _reason(turn, n, chosen, why.get(n, ()))) for n in first]
    if allow_none:
        options.insert(0 if none_first else len(options), Option(NONE, t("notes.none")))
    ticked = tuple(map(str, chosen)) or (() if again else (options[0].value,))
    others = tuple(Option(str(n), pack.title(n, lang)) for n in pack.numbers if n not in first)
    return (
        Choice("numbers", t("notes.which"), tuple(options), ticked, many=True),
        Choice("others", t("notes.other_numbers"), others, many=True, look="menu"),
    )


def _reason(turn: Turn, number: int, chosen: tuple[int, ...], found: Sequence[str]) -> str:
    if found:
        return turn.t("notes.because", words=turn.t("notes.word_separator").join(found))
    return turn.t("notes.because_chosen") if number in chosen else ""


def outdated(turn: Turn, draft: DraftRow) -> bool:
    """Whether a draft was begun under another version of the principles."""
    return draft.unpacked().get("edition") != turn.pack.edition


def suggested(turn: Turn, text: str, numbers: tuple[int, ...]) -> tuple[Ranked, dict[str, Any]]:
    """What is suggested for a text with numbers typed in it, and what a draft keeps of that until it is confirmed."""
    started = perf_counter()
    ranked = turn.house.suggester.rank(text)
    turn.house.watch.suggested(perf_counter() - started)
    kept = {"ranked": ranked.numbers, "none": ranked.none and not numbers, "edition": turn.pack.edition}
    return ranked, kept


def compose_card(turn: Turn, number: str, text: str, kind: str, *, quote: tuple[Block, ...] = ()) -> Card:
    """The dialog to write a note in; `number` may be a principle that is chosen, `quote` what it is about."""
    t = turn.t
    kinds = tuple(Option(k, t(f"notes.kind.{k}")) for k in KINDS)
    about = tuple(say(turn.pack.title(n, turn.lang)) for n in known(turn, (number,)))
    blocks: tuple[Block, ...] = (
        Heading(t("notes.compose")),
        *quote,
        *about,
        TextInput("text", t("notes.text_label"), text, t("notes.text_hint"), lines=4, required=True),
        Choice("kind", t("notes.kind_label"), kinds, (kind,), look="menu"),
        row(Button("note.write", t("notes.next_step"), number, "primary")),
    )
    return Card(blocks, t("notes.compose"), turn.lang)


def draft_card(
    turn: Turn, draft_id: int, text: str, ranked: Ranked, numbers: tuple[int, ...], kind: str, *, again: bool = False
) -> Card:
    t = turn.t
    none_first = ranked.none and not numbers
    choices = number_choices(turn, ranked, numbers, allow_none=True, none_first=none_first, again=again)
    kinds = tuple(Option(k, t(f"notes.kind.{k}")) for k in KINDS)
    audiences = tuple(Option(a, t(f"notes.audience.{a}")) for a in audiences_of(turn))
    blocks: tuple[Block, ...] = (
        Heading(t("notes.ask"), 2),
        Quote(text),
        *choices,
        Choice("kind", t("notes.kind_label"), kinds, (kind,), look="menu"),
        Choice("audience", t("notes.audience_label"), audiences, ("unit",), look="menu"),
        row(
            Button("note.confirm", t("notes.confirm"), str(draft_id), "primary"),
            Button("note.discard", t("notes.discard"), str(draft_id)),
        ),
        *_alike(turn, draft_id, text),
    )
    return Card(blocks, t("notes.ask_summary", text=text), turn.lang)


def audiences_of(turn: Turn) -> tuple[str, ...]:
    """Who may be chosen to see a note; that nobody knows who wrote it, only where the organisation allows it."""
    return (*AUDIENCES, NAMELESS) if turn.settings.notes.nameless else AUDIENCES


def _alike(turn: Turn, draft_id: int, text: str) -> tuple[Block, ...]:
    """Earlier notes that say much the same, to join instead."""
    found = similar(turn, text)
    if not found:
        return ()
    t = turn.t
    blocks: list[Block] = [Heading(t("notes.alike"), 3)]
    for note in found:
        count = len(supports.of(turn.tx, note.id))
        blocks.append(Quote(note_view.shortened(note.text, 160), t("notes.alike_line", id=note.id, n=count)))
        blocks.append(row(Button("note.join", t("notes.join"), f"{draft_id}:{note.id}")))
    return tuple(blocks)


def similar(turn: Turn, text: str) -> list[NoteRow]:
    """Notes of the last half year by others that share much of a text, closest first."""
    plain = fold(text)
    runs = sorted(set(re.findall(r"[一-龠々]{2,}|[ァ-ヶー]{3,}|[a-z]{4,}", plain)), key=lambda r: (-len(r), r))
    since = turn.at_in(-ALIKE_AGE)
    for words in (runs[:3], runs[:2]):
        if len(words) < 2:
            break
        near = search.near(turn.tx, tuple(words), since=since, limit=20)
        own = set(search.pairs(plain)) if near else set()
        scored = [(_overlap(own, n), n) for n in near if n.author_id != turn.me.id]
        close = sorted(((s, n) for s, n in scored if s >= ALIKE), key=lambda pair: (-pair[0], -pair[1].id))
        if close:
            return [n for _, n in close[:ALIKE_SHOWN]]
    return []


def _overlap(own: set[str], note: NoteRow) -> float:
    other = set(search.pairs(fold(note.text)))
    return len(own & other) / (len(own | other) or 1)
