"""What can be checked of a survey's anonymity in the database itself, by anyone who may read it."""

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from hmac import digest
from typing import NamedTuple

from bot import pulse_reminding, pulse_view
from bot.receipts import Seal
from storage import pulse_answers, pulse_proof, pulses
from storage.database import Tx
from storage.pulse_answers import ANSWERED, PulseLine, PulseSpent, PulseTicket
from storage.pulse_proof import Holding, Invited, Schema
from storage.pulse_remains import Remains
from storage.pulses import CLOSED, PulseRow

# What may be written down of a survey: none of it says who answered.
ACTIONS = frozenset(("pulse.open", "pulse.close", "pulse.follow", "pulse.refuse"))
CLAIMS = re.compile(r"pulse-told:|close:|tell:")
MARK = re.compile(r"[0-9a-f]{32}")
# A receipt is longer than anything else that a button of a survey carries.
RECEIPT = 60
# The playground's chat is in the same database, and keeps cards as every chat does.
CHAT = "message"
UNKEYED = ("md5", "sha1", "sha256")


class Check(NamedTuple):
    """Something that was looked for: whether all is as it should be, and the numbers to say so with."""

    name: str
    fine: bool
    values: Mapping[str, object]


class Proof(NamedTuple):
    """A survey, what the database holds about it, and what was checked."""

    pulse: PulseRow
    held: Sequence[Holding]
    checks: Sequence[Check]

    @property
    def fine(self) -> bool:
        """Whether nothing was found that should not be there."""
        return all(check.fine for check in self.checks)


class Files(NamedTuple):
    """What was found in an SQLite file as bytes; `keyed` is whether a key is in it, None where no key is known."""

    remains: Remains
    keyed: bool | None
    running: bool


def prove(tx: Tx, pulse: PulseRow, root: bytes) -> Proof:
    """Look through all tables; `root` is the key that is not in the database, empty where it is not at hand."""
    found = pulse_proof.schema(tx)
    held = pulse_proof.holdings(tx, found, pulse.id, pulse.code)
    state = _closed(tx, pulse, held) if pulse.state == CLOSED else _open(tx, found, pulse, root)
    return Proof(pulse, held, [*state, *_always(tx, found, pulse)])


def words(pulse: PulseRow) -> list[str]:
    """How a question and an answer stand beside each other in a counter, and nowhere else."""
    return [f"{asked.id}{value}" for asked in pulse_view.asked(pulse.questions) for value in asked.values]


def in_files(files: Files) -> Iterator[Check]:
    """What the bytes of an SQLite file say."""
    remains = files.remains
    if not files.running:
        places = ", ".join(f"{place}: {many}" for place, many in remains.found.items())
        yield Check("remains", not remains.found, {"free": remains.free, "log": remains.log, "places": places})
    if files.keyed is not None:
        yield Check("keyed", not files.keyed, {})


def _open(tx: Tx, found: Schema, pulse: PulseRow, root: bytes) -> Iterator[Check]:
    tickets = pulse_proof.marks(tx, PulseTicket, pulse.id)
    counts = pulse_answers.counts(tx, pulse.id)
    answered = sum(one.times for one in counts if one.question == ANSWERED)
    others = [mark for model in (PulseSpent, PulseLine) for mark in pulse_proof.marks(tx, model, pulse.id)]
    odd = sum(not MARK.fullmatch(mark) for mark in (*tickets, *others))
    yield Check("marks", odd == 0, {"tickets": len(tickets), "odd": odd})
    guesses, hits = _guessed(pulse, pulse_proof.invited(tx, pulse.id), frozenset(tickets))
    yield Check("unkeyed", hits == 0, {"guesses": guesses, "hits": hits})
    yield Check("counted", answered == len(tickets), {"answered": answered, "tickets": len(tickets)})
    strange = _strange(tx, pulse, counts)
    yield Check("counters", strange == 0, {"counters": len(counts), "strange": strange})
    yield _places("elsewhere", pulse_proof.elsewhere(tx, found, pulse.id))
    if not tx.sqlite:
        yield _places("together", pulse_proof.together(tx, found, pulse.id))
    if root and pulse.key_check:
        yield Check("other_key", Seal(root, pulse.code, pulse.salt).check == pulse.key_check, {})


def _closed(tx: Tx, pulse: PulseRow, held: Iterable[Holding]) -> Iterator[Check]:
    secret = {str(model.__tablename__) for model in pulse_proof.SECRET}
    yield _places("forgotten", {one.table: one.rows for one in held if one.table in secret and one.rows})
    yield Check("key_gone", not pulse.salt and not pulse.key_check, {})
    if pulses.running(tx):
        return
    for name, (dead, size) in pulse_proof.dead(tx).items():
        yield Check("dead", not dead and not size, {"table": name, "dead": dead, "size": size})


def _always(tx: Tx, found: Schema, pulse: PulseRow) -> Iterator[Check]:
    odd = pulse_proof.shape(found)
    yield Check("shape", not odd, {"places": "; ".join(f"{name}: {', '.join(held)}" for name, held in odd.items())})
    if tx.sqlite:
        numbered = pulse_proof.numbered(tx)
        yield Check("numbered", not numbered, {"places": ", ".join(numbered)})
    audited = pulse_proof.audited(tx, pulse.code)
    yield _places("audit", {action: many for action, many in audited.items() if action not in ACTIONS})
    yield _places("claims", Counter(key for key in pulse_proof.claims(tx, pulse.code) if not CLAIMS.match(key)))
    yield _reminders(tx, pulse)
    receipt = re.compile(rf'"{re.escape(pulse.code)}:[A-Za-z0-9_-]{{{RECEIPT},}}')
    carried = pulse_proof.carried(tx, found, f"{pulse.code}:")
    yield _places(
        "receipts",
        {name: sum(bool(receipt.search(t)) for t in texts) for name, texts in carried.items() if name != CHAT},
    )


def _reminders(tx: Tx, pulse: PulseRow) -> Check:
    """Reminders that were sent leave no row; one that did would tell who had not answered."""
    reminders = [state for key, state, _ in pulse_proof.owed(tx, pulse.code) if key.startswith(pulse_reminding.NAME)]
    told = sum(state not in ("waiting", "leased", "expired") for state in reminders)
    return Check("reminders", told == 0, {"rows": len(reminders), "told": told})


def _places(name: str, hits: Mapping[str, int]) -> Check:
    """Nothing may be found in any place."""
    there = {place: many for place, many in hits.items() if many}
    return Check(name, not there, {"places": ", ".join(f"{place}: {many}" for place, many in sorted(there.items()))})


def _strange(tx: Tx, pulse: PulseRow, counts: Iterable[pulse_answers.Count]) -> int:
    """How many counters count something that was not asked, of a group that is not there, or less than nothing."""
    known = {(q.id, value) for q in pulse_view.asked(pulse.questions) for value in q.values} | {(ANSWERED, ANSWERED)}
    groups = {group.number for group in pulses.groups(tx, pulse.id)}
    return sum((c.question, c.answer) not in known or c.number not in groups or c.times < 0 for c in counts)


def _guessed(pulse: PulseRow, people: Iterable[Invited], marks: frozenset[str]) -> tuple[int, int]:
    """How many hashes without the key were tried, of everybody who was asked, and how many were somebody's mark."""
    tried = hits = 0
    for guess in _guesses(pulse, people):
        tried += 1
        hits += guess in marks
    return tried, hits


def _guesses(pulse: PulseRow, people: Iterable[Invited]) -> Iterator[str]:
    salt = pulse.salt.encode()
    for person in people:
        names = (str(person.id), f"person:{person.id}", person.number, f"{person.platform}:{person.account}")
        for name in map(str.encode, names):
            yield digest(salt, name, "sha256").hex()[:32]
            yield digest(digest(salt, b"", "sha256"), name, "sha256").hex()[:32]
            for data in (name, salt + name, name + salt, salt + b":" + name):
                yield from (hashlib.new(kind, data, usedforsecurity=False).hexdigest()[:32] for kind in UNKEYED)
