"""Field notes: written, tagged with principle numbers, confirmed with one press, told to those who should know."""

from datetime import date
from functools import partial

from bot import note_view, sealing
from bot.cards import (
    Button,
    Card,
    Heading,
    Paragraph,
    Quote,
    Reply,
    Span,
    muted,
    row,
    with_error,
)
from bot.draft_view import NONE, audiences_of, compose_card, draft_card, known, outdated, suggested
from bot.events import Press, is_blank, number_in
from bot.note_view import KINDS, NAMELESS
from bot.people import may, office
from bot.suggest import typed
from bot.turn import Refusal, Turn, in_form
from storage import drafts, note_tags, notes, outbox, supports
from storage.drafts import DraftRow
from storage.notes import NoteRow
from storage.search import fold

MOST_NUMBERS = 3


def start(turn: Turn, text: str) -> Reply:
    """A text typed after `/kizuki`: kept as a draft, with the numbers it may be about."""
    if turn.who is None:
        raise Refusal(f"people.{turn.standing}", back=text)
    checked(turn, text)
    return begin(turn, text, numbers=known_numbers(turn, text))


def begin(turn: Turn, text: str, *, numbers: tuple[int, ...], kind: str = "notice", dialog: bool = False) -> Reply:
    """Keep a draft and ask for its numbers."""
    ranked, kept = suggested(turn, text, numbers)
    draft_id = drafts.add(
        turn.tx,
        person_id=turn.me.id,
        kind="notes",
        text=text,
        data={"kind": kind, **kept},
        expires_at=turn.at_in(turn.settings.notes.draft_expires),
    )
    card = draft_card(turn, draft_id, text, ranked, numbers, kind)
    return Reply(card, "dialog" if dialog else "me", replaces=dialog)


def checked(turn: Turn, text: str, *, field: str = "") -> str:
    """A note's text, refused with it given back when it is empty or too long."""
    longest = turn.settings.notes.longest
    if is_blank(text):
        raise Refusal("notes.empty", field=field)
    if len(text) > longest:
        raise Refusal("notes.too_long", back=text, field=field, longest=longest, length=len(text))
    return text


def known_numbers(turn: Turn, text: str, *, field: str = "") -> tuple[int, ...]:
    """The numbers typed in a text; one that is no principle's is refused."""
    found = typed(text, turn.pack)
    if found.unknown:
        raise Refusal(
            "notes.no_such_number", back=text, field=field, number=found.unknown[0], last=turn.pack.numbers[-1]
        )
    return found.known


def compose(turn: Turn, press: Press) -> Reply:
    """The dialog to write a note in; `value` may be a number that is already chosen."""
    return Reply(compose_card(turn, press.value, "", "notice"), "dialog")


def write(turn: Turn, press: Press) -> Reply:
    """Words from the dialog, or a short text that was taken for a command."""
    if "text" not in press.fields:
        return begin(turn, checked(turn, press.value), numbers=known_numbers(turn, press.value))
    text, kind = press.first("text"), press.first("kind") or "notice"
    try:
        numbers = _numbers_of(turn, press.value, checked(turn, text, field="text"))
    except Refusal as refusal:
        return in_form(turn, refusal, compose_card(turn, press.value, text, kind))
    return begin(turn, text, numbers=numbers, kind=kind, dialog=True)


def _numbers_of(turn: Turn, value: str, text: str) -> tuple[int, ...]:
    """The number a dialog was opened for, and those typed in its text."""
    chosen = known(turn, (value,))
    return tuple(dict.fromkeys((*chosen, *known_numbers(turn, text, field="text"))))


def confirm(turn: Turn, press: Press) -> Reply:
    """The press that makes a draft a note."""
    draft = own_draft(turn, press.value)
    numbers, kept = chosen_numbers(turn, press), draft.unpacked()
    if numbers is None or outdated(turn, draft):
        return _again(turn, draft, press)
    kind, audience = press.first("kind") or kept["kind"], press.first("audience") or "unit"
    if kind not in KINDS or audience not in audiences_of(turn):
        raise Refusal("cards.stale")
    if audience == NAMELESS:
        return sealing.seal(turn, draft, numbers, kind)
    note = _store(turn, draft, numbers, kind, audience)
    if not drafts.settle(turn.tx, draft.id, became=note.id):
        raise Refusal("notes.already", id=note.id)
    _publish(turn, note, numbers)
    return Reply(_confirmed_card(turn, note, numbers), replaces=True)


def discard(turn: Turn, press: Press) -> Reply:
    """The press that throws a draft away."""
    drafts.drop(turn.tx, own_draft(turn, press.value).id)
    text = turn.t("notes.discarded")
    return Reply(Card((muted(text),), text, turn.lang), replaces=True)


def join(turn: Turn, press: Press) -> Reply:
    """Support a similar note instead of writing another."""
    draft_id, _, note_id = press.value.partition(":")
    draft = own_draft(turn, draft_id)
    note = held(turn, note_id)
    if note.author_id == turn.me.id:
        raise Refusal("notes.own_support")
    supports.add(turn.tx, note.id, turn.me.id, at=turn.at)
    drafts.drop(turn.tx, draft.id)
    refresh(turn, note)
    return Reply(note_view.full(turn, note), replaces=True)


def visible(turn: Turn, value: str) -> NoteRow:
    """The note a button or a word names, if this person may see it."""
    note_id = number_in(value)
    found = notes.get(turn.tx, note_id) if note_id is not None else None
    if found is None or found.deleted_at is not None or not may(turn, "note.see", note_view.thing(found)):
        raise Refusal("notes.unknown", id=value)
    return found


def held(turn: Turn, value: str) -> NoteRow:
    """`visible`, with the note held until this turn ends: whoever changes it at the same instant comes after."""
    note_id = number_in(value)
    if note_id is not None:
        notes.hold(turn.tx, note_id)
    return visible(turn, value)


def own_draft(turn: Turn, value: str, kind: str = "notes") -> DraftRow:
    """The draft a button belongs to: still there, this person's, not used up, not expired."""
    draft_id = number_in(value)
    draft = drafts.get(turn.tx, draft_id) if draft_id is not None else None
    if draft is None or draft.kind != kind or draft.expires_at < turn.at:
        raise Refusal("cards.expired")
    if draft.person_id != turn.me.id:
        raise Refusal("cards.not_yours")
    if draft.became is not None:
        raise Refusal(f"{kind}.already", id=draft.became)
    return draft


def chosen_numbers(turn: Turn, press: Press) -> tuple[int, ...] | None:
    """The numbers ticked on a card; () for "none fits", None when nothing or too much was ticked."""
    ticked = (*press.fields.get("numbers", ()), *press.fields.get("others", ()))
    numbers = tuple(sorted(known(turn, ticked)))
    if len(numbers) > MOST_NUMBERS or (not numbers and NONE not in ticked):
        return None
    return numbers


def refresh(turn: Turn, note: NoteRow) -> None:
    """Have the note's card in its channel show how things stand now."""
    now = notes.get(turn.tx, note.id) or note
    if note.audience == "office":
        if now.deleted_at is not None:
            gone = note_view.in_channel(turn.house, now, (), 0, turn.house.lang)
            for key in outbox.keys(turn.tx, f"note:{note.id}:office:%"):
                turn.withdraw(key, gone)
        return
    numbers, support = note_tags.of(turn.tx, note.id), len(supports.of(turn.tx, note.id))
    card = note_view.in_channel(turn.house, now, numbers, support, turn.house.lang)
    (turn.withdraw if now.deleted_at is not None else turn.change)(f"note:{note.id}", card)


def _again(turn: Turn, draft: DraftRow, press: Press) -> Reply:
    ticked = (*press.fields.get("numbers", ()), *press.fields.get("others", ()))
    moved = outdated(turn, draft)
    numbers = known(turn, ticked, draft.unpacked().get("edition", ""))
    ranked, kept = suggested(turn, draft.text, ())
    drafts.keep(turn.tx, draft.id, draft.unpacked() | kept)
    kind = press.first("kind") or "notice"
    card = draft_card(turn, draft.id, draft.text, ranked, numbers[:MOST_NUMBERS], kind, again=True)
    many = len(numbers) > MOST_NUMBERS
    message = turn.t("notes.too_many" if many else "notes.moved" if moved else "notes.choose", most=MOST_NUMBERS)
    return Reply(with_error(card, "numbers", message), replaces=True)


def _store(turn: Turn, draft: DraftRow, numbers: tuple[int, ...], kind: str, audience: str) -> NoteRow:
    me, pack, text, kept = turn.me, turn.pack, draft.text, draft.unpacked()
    due = turn.answer_by().isoformat()
    note_id = notes.add(
        turn.tx,
        author_id=me.id,
        unit_id=me.unit_id,
        kind=kind,
        text=text,
        plain=fold(text),
        audience=audience,
        pack=pack.id,
        version=pack.version,
        due_on=due,
        at=turn.at,
        numbers=numbers,
        ranked=tuple(kept["ranked"]),
        none_offered=kept["none"],
    )
    found = notes.get(turn.tx, note_id)
    assert found is not None  # noqa: S101 - just stored
    return found


def _publish(turn: Turn, note: NoteRow, numbers: tuple[int, ...]) -> None:
    """A note goes to its unit's channel; one nobody but the secretariat may see goes to each of them."""
    if note.audience == "office":
        for position, person_id in enumerate(office(turn, note.unit_id)):
            if person_id != turn.me.id:
                card = partial(_for_the_office, turn, note)
                turn.tell(person_id, f"note:{note.id}:office:{position}", card, body=f"note:{note.id}:office")
    elif (place := turn.channel(note.unit_id)) is not None:
        turn.publish(place, f"note:{note.id}", note_view.in_channel(turn.house, note, numbers, 0, turn.house.lang))


def _for_the_office(turn: Turn, note: NoteRow, lang: str) -> Card:
    t, ref = turn.speak(lang), str(note.id)
    line = t("notes.for_the_office", id=note.id)
    by = note_view.by_line(t, note, lang, named=True)
    buttons = row(
        Button("note.answer", t("notes.answer"), ref, "primary"), Button("note.show", t("notes.details"), ref)
    )
    return Card((Heading(line, 2), Quote(note.text, by), buttons), f"{line} {note.text}", lang)


def _confirmed_card(turn: Turn, note: NoteRow, numbers: tuple[int, ...]) -> Card:
    t, ref = turn.t, str(note.id)
    principles = note_view.principles(turn.house, numbers, turn.lang)
    done = t("notes.confirmed", id=note.id, principles=principles)
    blocks = (
        Paragraph((Span(done, "strong"),)),
        Quote(note.text),
        muted(t(f"notes.next.{note.audience}", due=date.fromisoformat(note.due_on))),
        row(
            Button("note.show", t("notes.details"), ref),
            Button("note.edit", t("notes.edit"), ref),
            Button("note.delete", t("notes.delete"), ref, "danger", t("notes.delete_sure")),
        ),
    )
    return Card(blocks, done, turn.lang)


ACTIONS = {
    "note.compose": compose,
    "note.write": write,
    "note.confirm": confirm,
    "note.discard": discard,
    "note.join": join,
}
