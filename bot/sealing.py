"""Nameless notes: nothing that is stored leads to their writer, and they are told at a moment that says nothing.

A nameless note is sealed without person, account, event or time, and its draft is gone in the same transaction. In the
morning all sealed notes are told together, in an order drawn by lot, as of the beginning of that day. Where a unit is
so small that its name would say who wrote, the note is told for the nearest unit above that is not. The writer holds a
receipt that only they have: with it they can read the answers and take the note back.
"""

import secrets
from dataclasses import replace
from hashlib import sha256

from bot import note_view
from bot.cards import Button, Card, Quote, Reply, Span, muted, row, say
from bot.events import Press
from bot.schedule import millis
from bot.turn import Refusal, Turn
from storage import drafts, note_tags, notes, people, sealed, units
from storage.drafts import DraftRow
from storage.notes import NoteRow
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
    if not sealed.drop(turn.tx, receipt):
        # Looked for after it was not found sealed: it may just have been told.
        note = notes.by_receipt(turn.tx, receipt)
        if note is None or note.deleted_at is not None:
            raise Refusal("sealing.gone")
        _withdraw(turn, note)
    text = turn.t("notes.withdrawn")
    return Reply(Card((muted(text),), text, turn.lang), replaces=True)


def _withdraw(turn: Turn, note: NoteRow) -> None:
    """Delete a told note; neither the moment nor the key of the press, which names who pressed, is kept with it."""
    day = turn.now.replace(hour=0, minute=0, second=0, microsecond=0)
    quiet = replace(turn, now=day, key="unsealed")
    notes.remove(turn.tx, note, at=quiet.at)
    gone = note_view.in_channel(turn.house, note._replace(deleted_at=quiet.at), (), 0, turn.house.lang)
    quiet.withdraw(f"note:{note.id}", gone)


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
    """The unit, or the nearest above it, whose name stands for enough people.

    A name stands for those in the unit and below it who have no nearer one of their own: "10" says little where 500
    work, and much where all but two of them are told under their divisions' names.
    """
    if unit_id is None:
        return None
    above = units.above(turn.tx, unit_id, today=turn.day)
    nearest = sorted(above, key=lambda u: above[u])
    stands_for = _stands_for(turn)
    return next((unit for unit in nearest if stands_for.get(unit, 0) >= LEAST), nearest[-1] if nearest else None)


def _stands_for(turn: Turn) -> dict[int, int]:
    """For how many people each unit's name stands; too few of them count for the unit above instead.

    Where too few are left at the very top, the smallest name under it gives way to it.
    """
    found, rows = people.by_unit(turn.tx, today=turn.day), units.parents(turn.tx, today=turn.day)
    for unit, parent in rows:
        if found.get(unit, 0) < LEAST and parent is not None:
            found[parent] = found.get(parent, 0) + found.pop(unit, 0)
    parents = dict(rows)
    for top in (unit for unit, parent in rows if parent is None):
        while 0 < found.get(top, 0) < LEAST and (given := _under_none_but(top, found, parents)):
            found[top] += found.pop(min(given, key=lambda unit: (found[unit], unit)))
    return found


def _under_none_but(top: int, found: dict[int, int], parents: dict[int, int | None]) -> list[int]:
    """The units with a name of their own whose next such unit upwards is the top."""

    def next_named(unit: int | None) -> int | None:
        while unit is not None and unit != top and unit not in found:
            unit = parents.get(unit)
        return unit

    return [unit for unit in found if unit != top and next_named(parents.get(unit)) == top]


def _hash(receipt: str) -> str:
    return sha256(receipt.encode()).hexdigest()


ACTIONS = {"note.follow": follow, "note.unseal": take_back}
