"""What has to be so before awards are kept or announced: winners of the shortlist, and nothing changed meanwhile."""

import hashlib
import json
from collections.abc import Iterable
from typing import NamedTuple

from bot import cards, recognition_report, recognition_sums, shortlists
from bot.cards import Card
from bot.reports import Period
from bot.shortlists import LEAST_GIVERS, Frame, Pool
from bot.turn import Turn
from storage import people, recognised
from storage.awards import Honour, WinnerRow
from storage.units import UnitRow

LEFT, REFUSED, THANKS = "left", "refused", "thanks"
MARK = 12


class Missing(NamedTuple):
    """A winner who cannot be announced for a principle, and why: left, refused, or without the thanks for it."""

    number: int
    winner: WinnerRow
    why: str


def mark(chosen: Honour | None) -> str:
    """What stands for who was chosen for a principle and why; nothing where nobody was."""
    return _hash(_of(chosen)) if chosen else ""


def seal(drawn: Card, chosen: Iterable[Honour], *, withdrawn: bool) -> str:
    """What stands for a card that is to be announced, and for everybody on it."""
    return _hash([cards.dump(drawn), [_of(one) for one in chosen], withdrawn])


def same(some: Iterable[Honour], others: Iterable[Honour]) -> bool:
    """Whether the same people have the same awards in the same words."""
    return [_of(one) for one in some] == [_of(one) for one in others]


def _of(one: Honour) -> list[object]:
    return [one.number, one.award.edition, one.award.citation, [w.person_id for w in one.winners]]


def _hash(found: list[object]) -> str:
    return hashlib.sha256(json.dumps(found, ensure_ascii=False).encode()).hexdigest()[:MARK]


def shortlist(turn: Turn, period: Period, unit: UnitRow | None, number: int) -> set[int]:
    """Everybody on the shortlist of a principle."""
    pool, frame = _scored(turn, period, unit, (number,))
    found = shortlists.drawn_up(turn.tx, pool, frame)
    return {one.person_id for one in found.lists[number]} if found else set()


def missing(
    turn: Turn, period: Period, unit: UnitRow | None, chosen: Iterable[Honour], given: Iterable[Honour]
) -> list[Missing]:
    """The winners who cannot be announced. Whoever has the award already keeps it when they leave."""
    have = {(one.number, w.person_id) for one in given for w in one.winners}
    asked = [(one.number, w) for one in chosen for w in one.winners]
    listed = recognised.listed(turn.tx, {w.person_id for _, w in asked}, today=turn.day)
    pool, frame = _scored(turn, period, unit, tuple({number for number, _ in asked}))
    found = []
    for number, w in asked:
        why = _absent(turn, w) if w.person_id not in listed else _unthanked(turn, w, number, pool, frame)
        if why and not (why == LEFT and (number, w.person_id) in have):
            found.append(Missing(number, w, why))
    return found


def _absent(turn: Turn, winner: WinnerRow) -> str:
    person = people.get(turn.tx, winner.person_id, today=turn.day)
    return REFUSED if turn.present(person) else LEFT


def _unthanked(turn: Turn, winner: WinnerRow, number: int, pool: Pool, frame: Frame) -> str:
    points = shortlists.of_one(turn.tx, winner.person_id, number, pool, frame)
    return "" if points and points.points else THANKS


def _scored(turn: Turn, period: Period, unit: UnitRow | None, numbers: tuple[int, ...]) -> tuple[Pool, Frame]:
    found = recognition_sums.gathered(turn.tx, period, unit and unit.id)
    frame, _ = recognition_report.framed(turn, period, found.everybody.thanks)
    return recognition_sums.pool(found.here.thanks, numbers, LEAST_GIVERS), frame
