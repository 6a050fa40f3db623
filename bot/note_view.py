"""How a note looks: on its own, in its unit's channel, in a list."""

from datetime import date

from bot.cards import Block, Button, Card, Facts, Heading, Quote, Span, row, say
from bot.people import Thing, may
from bot.phrases import Speak
from bot.turn import House, Turn
from storage import note_tags, steps, supports
from storage.notes import NoteRow

KINDS = ("notice", "proposal", "success", "failure", "voice")
AUDIENCES = ("unit", "anonymous", "office")
NAMELESS = "nameless"
DONE = ("adopted", "done", "declined")
SHORT = 80


def thing(note: NoteRow) -> Thing:
    """The note as `may` sees it."""
    return Thing(note.unit_id, note.author_id, note.audience)


def by_line(t: Speak, note: NoteRow, lang: str, *, named: bool) -> str:
    """Who wrote it, as far as the reader may know."""
    unit = (note.unit_en if lang == "en" else note.unit_ja) or t("notes.no_unit")
    name = (note.author_en if lang == "en" else note.author_ja) if named else None
    return t("notes.by", name=name, unit=unit) if name else t("notes.by_nobody", unit=unit)


def principles(house: House, numbers: tuple[int, ...], lang: str) -> str:
    """The principles of a note in short."""
    return " ".join(house.pack.short(n, lang) for n in numbers) or house.phrases(lang, "notes.none")


def shortened(text: str, size: int = SHORT) -> str:
    """A text on one line, cut where it is too long for a list."""
    line = " ".join(text.split())
    return line if len(line) <= size else f"{line[: size - 1]}…"


def in_channel(house: House, note: NoteRow, numbers: tuple[int, ...], support: int, lang: str) -> Card:
    """The card everyone in the channel sees."""
    t = house.phrases.bound(lang)
    if note.deleted_at is not None:
        return Card((say(Span(t("notes.withdrawn"), "muted")),), t("notes.withdrawn"), lang)
    by = by_line(t, note, lang, named=note.audience == "unit")
    heading = t("notes.heading", kind=t(f"notes.kind.{note.kind}"), id=note.id)
    blocks = (
        Heading(heading, 2),
        Quote(note.text, by),
        Facts(_facts(house, note, numbers, support, lang)),
        row(
            Button("note.support", t("notes.support", n=support), str(note.id)),
            Button("note.show", t("notes.details"), str(note.id)),
        ),
    )
    return Card(blocks, f"{heading}: {note.text} ({by})", lang)


def full(turn: Turn, note: NoteRow) -> Card:
    """A note with everything the reader may know and do."""
    t, lang = turn.t, turn.lang
    numbers, supporters = note_tags.of(turn.tx, note.id), supports.of(turn.tx, note.id)
    named = may(turn, "note.name", thing(note))
    heading = t("notes.heading", kind=t(f"notes.kind.{note.kind}"), id=note.id)
    by = by_line(t, note, lang, named=named)
    blocks: tuple[Block, ...] = (
        Heading(heading, 2),
        Quote(note.text, by),
        Facts((*_facts(turn.house, note, numbers, len(supporters), lang), *_as_tagged(turn, note, numbers))),
        *_story(turn, note),
        _buttons(turn, note, supporters),
    )
    return Card(blocks, f"{heading}: {note.text} ({by})", lang)


def _facts(
    house: House, note: NoteRow, numbers: tuple[int, ...], support: int, lang: str
) -> tuple[tuple[str, str], ...]:
    t = house.phrases.bound(lang)
    answer = (t("notes.reason"), note.reason) if note.reason else None
    due = (t("notes.due"), t("notes.by_day", day=date.fromisoformat(note.due_on))) if note.state not in DONE else None
    facts = (
        (t("notes.principles"), principles(house, numbers, lang)),
        (t("notes.state_label"), t(f"notes.state.{note.state}")),
        due,
        answer,
        (t("notes.supporters"), t("notes.people", n=support)) if support else None,
    )
    return tuple(f for f in facts if f)


def _as_tagged(turn: Turn, note: NoteRow, numbers: tuple[int, ...]) -> tuple[tuple[str, str], ...]:
    """The numbers a note was given under an earlier version, where they count for others now."""
    tagged = note_tags.as_tagged(turn.tx, note.id)
    if tagged == numbers:
        return ()
    edition = f"{note.pack}@{note.version}"
    pack = next((p for p in turn.pack.lineage() if p.edition == edition), None)
    shown = " ".join(pack.short(n, turn.lang) if pack else f"#{n}" for n in tagged)
    return ((turn.t("notes.as_tagged", edition=edition), shown),)


def _story(turn: Turn, note: NoteRow) -> tuple[Block, ...]:
    taken = steps.of(turn.tx, note.id)
    if not taken:
        return ()
    t = turn.t
    rows = tuple(
        (t("notes.moment", at=turn.local(at)), t(f"notes.state.{state}") + (f" — {reason}" if reason else ""))
        for state, reason, at in taken
    )
    return (Heading(t("notes.story"), 3), Facts(rows))


def _buttons(turn: Turn, note: NoteRow, supporters: list[int]) -> Block:
    t, ref = turn.t, str(note.id)
    mine = note.author_id == turn.me.id
    supported = turn.me.id in supporters
    support = Button("note.unsupport" if supported else "note.support", _support_label(t, supporters, supported), ref)
    return row(
        None if mine else support,
        Button("note.answer", t("notes.answer"), ref, "primary") if may(turn, "note.answer", thing(note)) else None,
        Button("note.edit", t("notes.edit"), ref) if mine else None,
        Button("note.delete", t("notes.delete"), ref, "danger", t("notes.delete_sure")) if mine else None,
    )


def _support_label(t: Speak, supporters: list[int], supported: bool) -> str:
    return t("notes.unsupport") if supported else t("notes.support", n=len(supporters))


def listed(turn: Turn, note: NoteRow) -> tuple[Block, ...]:
    """A note as one entry of a list."""
    t, lang = turn.t, turn.lang
    numbers = note_tags.of(turn.tx, note.id)
    by = by_line(t, note, lang, named=may(turn, "note.name", thing(note)))
    when = turn.local(note.at).date()
    line = t("notes.list_line", id=note.id, day=when, principles=principles(turn.house, numbers, lang))
    state = t(f"notes.state.{note.state}")
    return (
        say(Span(line, "strong"), Span(f" {state}", "muted")),
        Quote(shortened(note.text, 160), by),
        row(Button("note.show", t("notes.details"), str(note.id))),
    )
