"""How a note is answered: received, considered, adopted and done, or declined with a reason."""

from bot import note_view
from bot.cards import Button, Card, Choice, Heading, Option, Quote, Reply, TextInput, row, say, with_error
from bot.events import Press
from bot.note_view import DONE
from bot.notes import held, refresh, visible
from bot.people import require
from bot.turn import Refusal, Turn
from storage import notes, steps, supports
from storage.notes import NoteRow

NEXT = {
    "open": ("received", "considering", "adopted", "done", "declined"),
    "received": ("considering", "adopted", "done", "declined"),
    "considering": ("adopted", "done", "declined"),
    "adopted": ("done", "declined"),
    "done": (),
    "declined": ("considering",),
}
NEEDS_REASON = ("declined",)
LONGEST_REASON = 500


def ask(turn: Turn, press: Press) -> Reply:
    """The dialog in which a manager or the secretariat answers."""
    note = visible(turn, press.value)
    require(turn, "note.answer", note_view.thing(note))
    if not NEXT[note.state]:
        raise Refusal("answers.finished", id=note.id)
    return Reply(_dialog(turn, note, NEXT[note.state][0], note.reason), "dialog")


def save(turn: Turn, press: Press) -> Reply:
    """The answer itself; `value` is the note and the state the answerer saw."""
    ref, _, was = press.value.partition(":")
    note = held(turn, ref)
    require(turn, "note.answer", note_view.thing(note))
    state, reason = press.first("state"), press.first("reason").strip()
    if note.state != was:
        raise Refusal("answers.changed", state=turn.t(f"notes.state.{note.state}"))
    if state not in NEXT[was]:
        raise Refusal("cards.stale")
    problem = _problem(turn, state, reason)
    if problem:
        return Reply(with_error(_dialog(turn, note, state, reason), "reason", problem), "dialog", replaces=True)
    _move(turn, note, state, reason)
    answered = notes.get(turn.tx, note.id) or note
    return Reply(note_view.full(turn, answered), replaces=False)


def _problem(turn: Turn, state: str, reason: str) -> str:
    if state in NEEDS_REASON and not reason:
        return turn.t("answers.reason_needed")
    if len(reason) > LONGEST_REASON:
        return turn.t("answers.reason_too_long", longest=LONGEST_REASON)
    return ""


def _move(turn: Turn, note: NoteRow, state: str, reason: str) -> None:
    # A note that is taken up again waits again, with a new day to answer by.
    due = turn.answer_by().isoformat() if note.state in DONE else note.due_on
    moved = steps.move(
        turn.tx,
        note.id,
        was=note.state,
        to=state,
        reason=reason,
        person_id=turn.me.id,
        at=turn.at,
        answered_at=turn.at if state in DONE else None,
        due_on=due,
    )
    if not moved:
        raise Refusal("answers.changed", state=turn.t(f"notes.state.{note.state}"))
    turn.audit("note.state", f"note:{note.id}", was=note.state, to=state)
    _tell(turn, note, state, reason)
    refresh(turn, note)


def _tell(turn: Turn, note: NoteRow, state: str, reason: str) -> None:
    """The writer and everyone who said 「私も」 hear of it."""
    told = dict.fromkeys(p for p in (note.author_id, *supports.of(turn.tx, note.id)) if p and p != turn.me.id)
    for position, person_id in enumerate(told):
        role = "writer" if person_id == note.author_id else "supporter"
        turn.tell(
            person_id,
            f"note:{note.id}:{turn.key}:{position}",
            lambda lang, role=role: _news(turn, note, state, reason, role, lang),  # type: ignore[misc]
            body=f"note:{note.id}:{turn.key}:{role}",
        )


def _news(turn: Turn, note: NoteRow, state: str, reason: str, role: str, lang: str) -> Card:
    t = turn.speak(lang)
    line = t(f"answers.news.{role}", id=note.id, state=t(f"notes.state.{state}"))
    why = (say(t("answers.because", reason=reason)),) if reason else ()
    blocks = (say(line), Quote(note.text), *why, row(Button("note.show", t("notes.details"), str(note.id))))
    return Card(blocks, line + (f" {reason}" if reason else ""), lang)


def _dialog(turn: Turn, note: NoteRow, chosen: str, reason: str) -> Card:
    t = turn.t
    options = tuple(Option(s, t(f"notes.state.{s}"), t(f"answers.hint.{s}")) for s in NEXT[note.state])
    blocks = (
        Heading(t("answers.title", id=note.id)),
        Quote(note.text),
        Choice("state", t("answers.which"), options, (chosen,)),
        TextInput("reason", t("answers.reason"), reason, t("answers.reason_hint"), lines=3),
        row(Button("note.answered", t("answers.send"), f"{note.id}:{note.state}", "primary")),
    )
    return Card(blocks, t("answers.title", id=note.id), turn.lang)


ACTIONS = {"note.answer": ask, "note.answered": save}
