"""Answering a survey: a ticket says that somebody did, counters say what was answered, and nothing joins the two.

Nothing here writes down who pressed, in what order, or when. Only the answerer's own card can change an answer: it
carries a receipt that opens for nobody else.
"""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from hmac import compare_digest
from typing import NamedTuple

from bot import pulse_newest, pulse_view
from bot.cards import Block, Heading, Reply
from bot.events import Press, is_blank
from bot.pulse_view import asked
from bot.questions import LONGEST_LINE, Asked
from bot.receipts import Forged, Given, Receipt, Seal, new_line
from bot.turn import Refusal, Turn, in_form
from storage import pulse_answers, pulses, units
from storage.pulse_answers import ANSWERED, LineRow
from storage.pulses import OPEN, PulseRow

# What narrows an audience down, the most telling first, and how many of its units are named.
KINDS, NAMED = ("newcomers", "panel", "role", "units"), 3


class Seat(NamedTuple):
    """A survey that somebody may answer, the group they count in, and its key."""

    pulse: PulseRow
    number: int
    seal: Seal

    @property
    def asked(self) -> tuple[Asked, ...]:
        """What is asked."""
        return asked(self.pulse.questions)


def show(turn: Turn) -> Reply:
    """`/pulse`: what is open for me, what I answered, and the newest results."""
    listed = pulse_view.listing(turn, *mine(turn))
    return Reply(replace(listed, blocks=(*listed.blocks, *pulse_newest.buttons(turn))))


def show_from(turn: Turn, _: Press) -> Reply:
    """The same from a button."""
    return show(turn)


def at_home(turn: Turn) -> list[Block]:
    """The same for the home page; nothing where nothing is open."""
    waiting, done = mine(turn)
    found = pulse_view.overview(turn, waiting, done)
    return [Heading(turn.t("pulse.title"), 2), *found] if found else []


def mine(turn: Turn) -> tuple[list[PulseRow], list[PulseRow]]:
    """The surveys that are open for the person: those they have not answered, and those they have."""
    found = pulses.open_for(turn.tx, turn.me.id, today=turn.day)
    done = [pulse for pulse in found if has_answered(turn, pulse, turn.me.id)]
    return [pulse for pulse in found if pulse not in done], done


def has_answered(turn: Turn, pulse: PulseRow, person_id: int) -> bool:
    """Whether a person answered a survey that is open."""
    mark = seal_of(turn, pulse).mark(person_id)
    return pulse_answers.answered(turn.tx, pulse.id, mark)


def seal_of(turn: Turn, pulse: PulseRow) -> Seal:
    """The key of a survey that is open."""
    return Seal(turn.house.pulse_key, pulse.code, pulse.salt)


def open_form(turn: Turn, press: Press) -> Reply:
    """The questions, for whoever pressed."""
    seat = _seat(turn, press.value)
    _once(turn, seat)
    return Reply(pulse_view.form(turn, seat.pulse), "dialog")


def tap(turn: Turn, press: Press) -> Reply:
    """The one press that answers a single question."""
    code, _, value = press.value.partition(":")
    seat = _held(turn, code)
    if not pulse_view.is_one_press(seat.asked) or not seat.asked[0].check((value,)):
        raise Refusal("cards.stale")
    return _answer(turn, seat, {seat.asked[0].id: (value,)})


def answer(turn: Turn, press: Press) -> Reply:
    """The form, sent."""
    seat = _held(turn, press.value)
    given = _given(seat.asked, press)
    try:
        _check(turn, seat.asked, given)
    except Refusal as refusal:
        return in_form(turn, refusal, pulse_view.form(turn, seat.pulse, given, lines=_texts(seat.asked, given)))
    return _answer(turn, seat, given)


def change(turn: Turn, press: Press) -> Reply:
    """The form with what was answered, for whoever holds the receipt."""
    code, _, text = press.value.partition(":")
    seat = _seat(turn, code)
    receipt = _receipt(turn, seat, text)
    tx, pulse = turn.tx, seat.pulse
    lines = {q: pulse_answers.text_of(tx, pulse.id, line) for q, line in receipt.lines.items()}
    return Reply(pulse_view.form(turn, pulse, receipt.answers, receipt=text, lines=lines), "dialog")


def keep(turn: Turn, press: Press) -> Reply:
    """The changed form, sent: the old answer counts no more, and its receipt is used up."""
    code, _, text = press.value.partition(":")
    seat = _held(turn, code)
    receipt = _receipt(turn, seat, text)
    given = _given(seat.asked, press)
    try:
        _check(turn, seat.asked, given)
    except Refusal as refusal:
        again = pulse_view.form(turn, seat.pulse, given, receipt=text, lines=_texts(seat.asked, given))
        return in_form(turn, refusal, again)
    return _changed(turn, seat, receipt, given, in_chat=text.endswith(pulse_view.IN_CHAT))


def _changed(turn: Turn, seat: Seat, receipt: Receipt, given: Given, *, in_chat: bool) -> Reply:
    """The new receipt is where the old one was."""
    if not pulse_answers.spend(turn.tx, seat.pulse.id, seat.seal.spent(receipt)):
        raise Refusal("pulse.used")
    _count(turn, seat, given, before=receipt.answers)
    written = _write(turn, seat, given, receipt.lines)
    if in_chat:
        # Where no dialog can be opened the form stands in the chat: what was filled in does not stay there.
        return Reply(pulse_view.stored(turn, seat.pulse, written, changed=True), "chat", replaces=True)
    return Reply(pulse_view.thanks(turn, seat.pulse, written, changed=True), replaces=True, needed=True)


def store(turn: Turn, press: Press) -> Reply:
    """The receipt once more, in the person's own chat: a dialog's card is gone when it is closed."""
    code, _, text = press.value.partition(":")
    seat = _seat(turn, code)
    _receipt(turn, seat, text)
    return Reply(pulse_view.stored(turn, seat.pulse, text), "chat")


def _seat(turn: Turn, code: str) -> Seat:
    """A survey the person may answer now; refuses whoever may not."""
    return _seated(turn, pulses.asking(turn.tx, code))


def _held(turn: Turn, code: str) -> Seat:
    """The same as it stays until this transaction ends: whoever closes it waits."""
    return _seated(turn, pulses.hold(turn.tx, code))


def _seated(turn: Turn, pulse: PulseRow | None) -> Seat:
    if pulse is None:
        raise Refusal("pulse.unknown")
    if pulse.state != OPEN or pulse.closes_on <= turn.day:
        raise Refusal("pulse.closed", title=pulse_view.title(pulse, turn.lang))
    number = pulses.seat(turn.tx, pulse.id, turn.me.id)
    if number is None:
        raise Refusal("pulse.not_asked", title=pulse_view.title(pulse, turn.lang), who=_audience(turn, pulse))
    seal = seal_of(turn, pulse)
    if not turn.house.pulse_key or not compare_digest(pulse.key_check, seal.check):
        raise Refusal("pulse.other_key")
    return Seat(pulse, number, seal)


def _once(turn: Turn, seat: Seat) -> None:
    if pulse_answers.answered(turn.tx, seat.pulse.id, seat.seal.mark(turn.me.id)):
        raise Refusal("pulse.already", title=pulse_view.title(seat.pulse, turn.lang))


def _receipt(turn: Turn, seat: Seat, text: str) -> Receipt:
    """The receipt, if it is this person's, of this survey, and of the answer that counts."""
    try:
        receipt = seat.seal.read(text.removesuffix(pulse_view.IN_CHAT), turn.me.id)
    except Forged:
        raise Refusal("pulse.no_receipt") from None
    if receipt.number != seat.number or not has_answered(turn, seat.pulse, turn.me.id):
        raise Refusal("pulse.no_receipt")
    if pulse_answers.is_spent(turn.tx, seat.pulse.id, seat.seal.spent(receipt)):
        raise Refusal("pulse.used")
    return receipt


def _answer(turn: Turn, seat: Seat, given: Given) -> Reply:
    if not pulse_answers.take(turn.tx, seat.pulse.id, seat.seal.mark(turn.me.id)):
        raise Refusal("pulse.already", title=pulse_view.title(seat.pulse, turn.lang))
    _count(turn, seat, given)
    written = _write(turn, seat, given, {})
    return Reply(pulse_view.thanks(turn, seat.pulse, written), replaces=True, needed=True)


def _given(found: Sequence[Asked], press: Press) -> dict[str, tuple[str, ...]]:
    """What the form's fields say, by question; fields that it does not have say nothing."""
    fields = {q.id: press.fields.get(pulse_view.field(n), ()) for n, q in enumerate(found, 1)}
    return {q.id: _line(fields[q.id]) if q.kind == "text" else fields[q.id] for q in found}


def _line(values: tuple[str, ...]) -> tuple[str, ...]:
    """A free line without what surrounds it; a blank one is none."""
    return tuple(value.strip() for value in values if not is_blank(value))


def _texts(found: Sequence[Asked], given: Given) -> dict[str, str]:
    return {q.id: given[q.id][0] for q in found if q.kind == "text" and given[q.id]}


def _check(turn: Turn, found: Sequence[Asked], given: Given) -> None:
    for position, question in enumerate(found, 1):
        values, name = given[question.id], pulse_view.field(position)
        if question.check(values):
            continue
        if question.kind == "text" and len(values) == 1:
            length = len(values[0])
            raise Refusal("pulse.line_too_long", field=name, length=length, longest=LONGEST_LINE)
        if not values:
            raise Refusal("pulse.missing", field=name)
        if question.none in values and len(values) > 1:
            raise Refusal("pulse.alone", field=name, none=question.label(question.none, turn.lang))
        raise Refusal("pulse.not_an_answer", field=name)


def _count(turn: Turn, seat: Seat, given: Given, *, before: Given | None = None) -> None:
    """Count an answer, in place of the one before.

    Every counter of the group is written, also those that stay: which ones were written last would say what was
    answered last.
    """
    changes: Counter[tuple[str, str]] = Counter({(ANSWERED, ANSWERED): 0 if before else 1})
    for question in seat.asked:
        changes.update({(question.id, value): 0 for value in question.values})
        if question.values:
            changes.update({(question.id, value): 1 for value in given[question.id]})
            changes.subtract({(question.id, value): 1 for value in (before or {}).get(question.id, ())})
    rows = ((question, value, n) for (question, value), n in changes.items())
    pulse_answers.count(turn.tx, seat.pulse.id, seat.number, rows)


def _write(turn: Turn, seat: Seat, given: Given, lines: Mapping[str, str]) -> str:
    """Put free lines in their places and return the receipt of it all."""
    free = [question for question in seat.asked if question.kind == "text"]
    kept = {q.id: line for q in free if (line := _put(turn, seat, q.id, given[q.id], lines.get(q.id, "")))}
    if free:
        pulse_answers.mix(turn.tx, seat.pulse.id, seat.number)
    answers = {question.id: given[question.id] for question in seat.asked if question.values}
    return seat.seal.write(Receipt(seat.number, answers, kept), turn.me.id, size=size(seat.asked))


def size(found: Sequence[Asked]) -> int:
    """At least as long as any receipt of a survey can be."""
    most = {q.id: list(q.values) if q.kind == "many" else [max(q.values, key=len)] for q in found if q.values}
    lines = {q.id: "0" * len(new_line()) for q in found if q.kind == "text"}
    return len(json.dumps([10**9, most, lines], separators=(",", ":")))


def _put(turn: Turn, seat: Seat, question: str, values: tuple[str, ...], line: str) -> str:
    """A free line written, changed or taken away; returns its key."""
    tx, pulse_id = turn.tx, seat.pulse.id
    if not values:
        if line:
            pulse_answers.drop_line(tx, pulse_id, line)
        return ""
    if line and pulse_answers.change_line(tx, pulse_id, line, values[0]):
        return line
    written = LineRow(new_line(), seat.number, question, values[0])
    pulse_answers.add_line(tx, pulse_id, written)
    return written.id


def _audience(turn: Turn, pulse: PulseRow) -> str:
    """Who is asked, in words."""
    found = json.loads(pulse.audience)
    of = next((kind for kind in KINDS if found.get(kind)), "everyone")
    named = [unit.name(turn.lang) for code in found.get("units", ()) if (unit := units.by_code(turn.tx, code))]
    return turn.t(f"pulse.audience.{of}", units=turn.t("pulse.and").join(named[:NAMED]))


ACTIONS = {
    "pulse.list": show_from,
    "pulse.open": open_form,
    "pulse.tap": tap,
    "pulse.answer": answer,
    "pulse.change": change,
    "pulse.keep": keep,
    "pulse.store": store,
    "pulse.results": pulse_newest.show,
}
LOOKS = frozenset(("pulse.list", "pulse.open", "pulse.change", "pulse.store", "pulse.results"))
DIALOGS = frozenset(("pulse.open", "pulse.change"))
# Presses that leave no trace of who pressed.
SECRET = frozenset(("pulse.tap", "pulse.answer", "pulse.keep"))
