"""A survey closes: answers stop, what is published is worked out beside the writers, stored, and all else destroyed.

Whatever cuts it short, it is done again from the start, with the same figures: from the moment answers stop nothing
changes in what they were counted in.
"""

import json
from typing import NamedTuple

from bot import published, pulse_inviting, pulse_lines, pulse_said, pulse_view, release
from bot.release import Closing
from bot.staged import Changed, Staged
from bot.turn import Turn
from storage import pulse_answers, pulses
from storage import pulse_said as kept
from storage.pulses import CLOSED, CLOSING, OPEN, PulseRow


class _Basis(NamedTuple):
    """What a release is worked out from, as far as it could change meanwhile."""

    sums: frozenset[tuple[object, ...]]
    earlier: tuple[int, ...]


class _Worked(NamedTuple):
    closing: Closing
    said: list[tuple[str, str]]
    basis: _Basis


def of(pulse_id: int) -> Staged:
    """The closing of a survey; what comes of it is False where that was done before."""
    return Staged(
        lambda turn: _stop(turn, pulse_id),
        lambda turn: _work_out(turn, pulse_id),
        lambda turn, worked: _settle(turn, pulse_id, worked),
    )


def at_once(turn: Turn, pulse_id: int) -> bool:
    """All of it in one transaction, for a database in which nobody else has anything to write."""
    _stop(turn, pulse_id)
    return _settle(turn, pulse_id, _work_out(turn, pulse_id))


def _stop(turn: Turn, pulse_id: int) -> None:
    """From here on no answer is counted; those under way are in, or come too late."""
    pulse = pulses.hold_alone(turn.tx, pulse_id)
    if pulse and pulse.state == OPEN:
        pulses.stop(turn.tx, pulse_id)


def _work_out(turn: Turn, pulse_id: int) -> _Worked | None:
    """What is published; None where somebody closed it already."""
    pulse = pulses.get(turn.tx, pulse_id)
    if pulse is None or pulse.state != CLOSING:
        return None
    closing = release.publish(turn, pulse)
    return _Worked(closing, _said(pulse, closing), _basis(turn, pulse_id, pulse.questions))


def _said(pulse: PulseRow, closing: Closing) -> list[tuple[str, str]]:
    """What the table that is published says about each unit."""
    table, told = published.load(closing.released), release.bounds(closing.pieces)
    return list(pulse_said.written(table, pulse_view.asked(pulse.questions), json.loads(pulse.tree), told))


def _settle(turn: Turn, pulse_id: int, worked: _Worked | None) -> bool:
    """Store what is published and destroy everything that could join a person and an answer, or neither."""
    pulse = pulses.hold_alone(turn.tx, pulse_id)
    if pulse is None or pulse.state == CLOSED:
        return False
    if worked is None or pulse.state != CLOSING or worked.basis != _basis(turn, pulse_id, pulse.questions):
        raise Changed
    pulses.close(turn.tx, pulse_id, day=turn.day, released=worked.closing.released, pieces=worked.closing.pieces)
    kept.add(turn.tx, pulse_id, worked.said)
    pulse_answers.forget(turn.tx, pulse_id)
    turn.audit("pulse.close", f"pulse:{pulse.code}")
    pulse_inviting.take_down(turn, pulse)
    pulse_lines.tell(turn, pulse, worked.closing.lines)
    return True


def _basis(turn: Turn, pulse_id: int, questions: str) -> _Basis:
    return _Basis(pulse_answers.sums(turn.tx, pulse_id), tuple(release.before(turn.tx, questions)))
