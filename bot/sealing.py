"""Nameless notes: nothing that is stored leads to their writer, and they are told at a moment that says nothing.

A nameless note is sealed without person, account, event or time, and its draft is gone in the same transaction. In the
morning all sealed notes are told together, in an order drawn by lot, as of the beginning of that day. Where a unit is
so small that its name would say who wrote, the note is told for the nearest unit above that is not. The writer holds a
receipt that only they have: with it they can read the answers and take the note back.
"""

import secrets
from hashlib import sha256

from bot import note_view
from bot.cards import Button, Card, Quote, Reply, Span, muted, row, say
from bot.events import Press
from bot.schedule import millis
from bot.turn import Refusal, Turn
from storage import drafts, note_tags, notes, postings, sealed, search, units
from storage.drafts import DraftRow
from storage.sealed import SealedRow
from storage.search import fold

LEAST = 5


def seal(turn: Turn, draft: DraftRow, numbers: tuple[int, ...], kind: str) -> Reply:
    """Keep a nameless note; hands its writer the receipt."""
    if not turn.settings.notes.nameless:
        raise Refusal("cards.stale")
    receipt = secrets.token_urlsafe(24)
    unit = _large_enough(turn, turn.me.unit_id)
    packed = ",".join(map(str, numbers))
    row_ = SealedRow(_hash(receipt), unit, kind, draft.text, packed, turn.pack.id, turn.pack.version)
    sealed.add(turn.tx, row_)
    drafts.drop(turn.tx, draft.id)
    t = turn.t
    done = t("sealing.sealed")
    blocks = (
        say(Span(done, "strong")),
        Quote(draft.text),
        muted(t("sealing.how")),
        row(
            Button("note.follow", t("sealing.follow"), receipt),
            Button("note.unseal", t("notes.delete"), receipt, "danger", t("notes.delete_sure")),
        ),
    )
    return Reply(Card(blocks, done, turn.lang), replaces=True)


def unseal(turn: Turn) -> None:
    """Tell every sealed note."""
    at = millis(turn.now.replace(hour=0, minute=0, second=0, microsecond=0))
    for found in sealed.open_all(turn.tx):
        _tell(turn, found, at)


def follow(turn: Turn, press: Press) -> Reply:
    """What became of a nameless note, to whoever holds its receipt."""
    note = notes.by_receipt(turn.tx, _hash(press.value))
    if note is None:
        return _still_sealed(turn, press.value)
    if note.deleted_at is not None:
        raise Refusal("notes.unknown", id=note.id)
    return Reply(note_view.full(turn, note))


def take_back(turn: Turn, press: Press) -> Reply:
    """Take a nameless note back, told or not."""
    receipt = _hash(press.value)
    note = notes.by_receipt(turn.tx, receipt)
    if note is not None and note.deleted_at is None:
        search.forget(turn.tx, note)
        notes.remove(turn.tx, note, at=turn.at)
        gone = note_view.in_channel(turn.house, note._replace(deleted_at=turn.at), (), 0, turn.house.lang)
        turn.withdraw(f"note:{note.id}", gone)
    elif not sealed.drop(turn.tx, receipt):
        raise Refusal("sealing.gone")
    text = turn.t("notes.withdrawn")
    return Reply(Card((muted(text),), text, turn.lang), replaces=True)


def _still_sealed(turn: Turn, receipt: str) -> Reply:
    found = sealed.get(turn.tx, _hash(receipt))
    if found is None:
        raise Refusal("sealing.gone")
    text = turn.t("sealing.waits")
    return Reply(Card((say(text), Quote(found.text)), text, turn.lang))


def _tell(turn: Turn, found: SealedRow, at: int) -> None:
    numbers = tuple(int(n) for n in found.numbers.split(",") if n)
    edition = f"{found.pack}@{found.version}"
    note_id = notes.add(
        turn.tx,
        author_id=None,
        unit_id=found.unit_id,
        kind=found.kind,
        text=found.text,
        plain=fold(found.text),
        audience="nameless",
        pack=turn.pack.id,
        version=turn.pack.version,
        due_on=turn.answer_by().isoformat(),
        at=at,
        numbers=tuple(n for n in (turn.pack.now(edition, number) for number in numbers) if n is not None),
        receipt=found.receipt,
    )
    note, place = notes.get(turn.tx, note_id), turn.channel(found.unit_id)
    if note and place is not None:
        card = note_view.in_channel(turn.house, note, note_tags.of(turn.tx, note_id), 0, turn.house.lang)
        turn.publish(place, f"note:{note_id}", card)


def _large_enough(turn: Turn, unit_id: int | None) -> int | None:
    """The unit, or the nearest above it, in which enough people work that it does not say who."""
    if unit_id is None:
        return None
    above = units.above(turn.tx, unit_id, today=turn.day)
    for unit in sorted(above, key=lambda u: above[u]):
        if postings.count_under(turn.tx, unit, today=turn.day) >= LEAST:
            return unit
    return None


def _hash(receipt: str) -> str:
    return sha256(receipt.encode()).hexdigest()


ACTIONS = {"note.follow": follow, "note.unseal": take_back}
