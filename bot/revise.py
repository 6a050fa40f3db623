"""What people do with notes that exist: look, say 「私も」, change, delete."""

from bot import find, note_view
from bot.cards import Button, Card, Choice, Heading, Option, Reply, TextInput, muted, row
from bot.draft_view import NONE, known
from bot.events import Press
from bot.note_view import KINDS
from bot.notes import MOST_NUMBERS, checked, chosen_numbers, held, refresh, visible
from bot.people import require
from bot.turn import Refusal, Turn, in_form
from storage import note_tags, notes, search, supports
from storage.notes import NoteRow
from storage.search import fold


def show(turn: Turn, press: Press) -> Reply:
    """A note with everything the reader may know and do."""
    return Reply(note_view.full(turn, visible(turn, press.value)))


def show_or_mine(turn: Turn, number: str) -> Reply:
    """`/kizuki show 12`; without a number, one's own notes."""
    return Reply(note_view.full(turn, visible(turn, number))) if number else find.mine(turn)


def support(turn: Turn, press: Press) -> Reply:
    """「私も」: counted once a person, never for one's own note."""
    note = held(turn, press.value)
    if note.author_id == turn.me.id:
        raise Refusal("notes.own_support")
    fresh = supports.add(turn.tx, note.id, turn.me.id, at=turn.at)
    if not fresh:
        raise Refusal("notes.supported_before", id=note.id)
    return _shown_again(turn, note)


def unsupport(turn: Turn, press: Press) -> Reply:
    """Take a 「私も」 back."""
    note = held(turn, press.value)
    supports.withdraw(turn.tx, note.id, turn.me.id)
    return _shown_again(turn, note)


def _shown_again(turn: Turn, note: NoteRow) -> Reply:
    """The channel's card with the new count for everyone, the full note for the person who pressed."""
    refresh(turn, note)
    return Reply(note_view.full(turn, note))


def edit(turn: Turn, press: Press) -> Reply:
    """The dialog in which the writer changes words, kind or numbers."""
    note = _own(turn, press.value)
    chosen = tuple(map(str, note_tags.of(turn.tx, note.id))) or (NONE,)
    return Reply(_dialog(turn, note, note.text, note.kind, chosen), "dialog")


def save(turn: Turn, press: Press) -> Reply:
    """The changed note; what it was before is kept."""
    ref, _, edition = press.value.partition("@")
    note = _own(turn, ref)
    text, kind = press.first("text"), press.first("kind")
    ticked = press.fields.get("numbers", ())
    try:
        checked(turn, text, field="text")
        if edition and edition != turn.pack.edition:
            ticked = tuple(map(str, known(turn, ticked, edition)))
            raise Refusal("notes.moved", field="numbers")
        numbers = chosen_numbers(turn, press)
        if numbers is None:
            raise Refusal("notes.choose_upto", field="numbers", most=MOST_NUMBERS)
    except Refusal as refusal:
        return in_form(turn, refusal, _dialog(turn, note, text, kind, ticked))
    if kind not in KINDS:
        raise Refusal("cards.stale")
    search.forget(turn.tx, note)
    by = (turn.pack.id, turn.pack.version)
    notes.change(turn.tx, note, text=text, plain=fold(text), kind=kind, numbers=numbers, edition=by, at=turn.at)
    refresh(turn, note)
    return Reply(note_view.full(turn, notes.get(turn.tx, note.id) or note))


def delete(turn: Turn, press: Press) -> Reply:
    """Delete one's own note from every list and count."""
    note = _own(turn, press.value)
    notes.remove(turn.tx, note, at=turn.at)
    refresh(turn, note)
    text = turn.t("notes.deleted", id=note.id)
    return Reply(Card((muted(text),), text, turn.lang), replaces=True)


def _own(turn: Turn, value: str) -> NoteRow:
    note = held(turn, value)
    require(turn, "note.edit", note_view.thing(note))
    return note


def _dialog(turn: Turn, note: NoteRow, text: str, kind: str, chosen: tuple[str, ...]) -> Card:
    t, pack = turn.t, turn.pack
    options = (*(Option(str(n), pack.title(n, turn.lang)) for n in pack.numbers), Option(NONE, t("notes.none")))
    kinds = tuple(Option(k, t(f"notes.kind.{k}")) for k in KINDS)
    blocks = (
        Heading(t("notes.edit_title", id=note.id)),
        TextInput("text", t("notes.text_label"), text, lines=4, required=True),
        Choice("numbers", t("notes.which"), options, chosen, many=True),
        Choice("kind", t("notes.kind_label"), kinds, (kind,), look="menu"),
        row(Button("note.edited", t("notes.save"), f"{note.id}@{turn.pack.edition}", "primary")),
    )
    return Card(blocks, t("notes.edit_title", id=note.id), turn.lang)


ACTIONS = {
    "note.show": show,
    "note.support": support,
    "note.unsupport": unsupport,
    "note.edit": edit,
    "note.edited": save,
    "note.delete": delete,
}
