"""Open data: notes and thanks by principle and month, and released surveys, as far as everybody may know them."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

from bot import open_cells, pulse_view, release
from bot.open_cells import Sum, Told, added
from bot.pulse_groups import WHOLE
from bot.reports import Period, between
from bot.turn import Turn
from storage import open_figures, pulses, rollups, units
from storage.open_figures import Cell
from storage.pulses import CLOSED, PulseRow
from storage.units import StateRow, UnitRow

NOTES, THANKS = "notes", "thanks"
HIDDEN = "hidden"


@dataclass(frozen=True, slots=True)
class Figure:
    """One count: of a month and principle, of the whole organisation or of bureaus; None where too few."""

    month: str
    measure: str
    principle: int
    units: tuple[str, ...]
    others: bool
    count: int | None


@dataclass(frozen=True, slots=True)
class Answer:
    """A figure of a survey as it was released; `told` says how: exact, rounded, or topcoded (so many or more)."""

    survey: str
    closed_on: str
    question: str
    answer: str
    units: tuple[str, ...]
    invited: int
    answered: int
    count: int
    told: str


class Bureaus(NamedTuple):
    """The units below the top on a day: their codes by id, which of them each unit is in, and who works in each."""

    codes: dict[int, str]
    of: dict[int, int]
    staff: dict[str, int]


def months(turn: Turn) -> list[Period]:
    """Every month that is over, from that of the first note or thanks on."""
    first = open_figures.first(turn.tx)
    if first is None:
        return []
    month, found = turn.local(first).date().replace(day=1), list[Period]()
    while (end := (month + timedelta(days=31)).replace(day=1)) <= turn.today:
        found.append(between(turn.settings, month, end))
        month = end
    return found


def figures(turn: Turn, month: Period) -> list[Figure]:
    """What is told of a month."""
    k, bureaus = turn.settings.open_data.k, bureaus_on(turn, month.end - timedelta(days=1))
    span = {"since": month.since, "until": month.until}
    found = {NOTES: open_figures.notes(turn.tx, **span), THANKS: open_figures.thanks(turn.tx, **span)}
    return [
        Figure(f"{month.first:%Y-%m}", measure, number, one.bureaus, one.others, one.count)
        for measure, cells in found.items()
        for number in turn.pack.numbers
        for one in _told([cell for cell in cells if cell.number == number], bureaus, k)
    ]


def _told(cells: Iterable[Cell], bureaus: Bureaus, k: int) -> list[Told]:
    parts: defaultdict[int | None, list[Sum]] = defaultdict(list)
    for cell in cells:
        bureau = bureaus.of.get(cell.unit) if cell.unit is not None else None
        parts[bureau].append(Sum(cell.times, cell.by, cell.to))
    here = {code: added(parts[unit]) for unit, code in bureaus.codes.items()}
    return open_cells.told(here, added(parts[None]), bureaus.staff, k)


def bureaus_on(turn: Turn, day: date) -> Bureaus:
    """The bureaus of a day: what is directly below the top, or the tops themselves where there are several."""
    parents, day_text = _parents(units.states(turn.tx), day.isoformat()), day.isoformat()
    there = {u.id: u for u in units.everything(turn.tx) if _is_there(u, day_text)}
    tops = [unit for unit in there if parents.get(unit) not in there]
    chosen = {unit for unit in there if parents.get(unit) in tops} if len(tops) == 1 else set(tops)
    of = {unit: bureau for unit in parents if (bureau := _above(unit, parents, chosen)) is not None}
    staff: defaultdict[str, int] = defaultdict(int)
    for unit, people in rollups.homes(turn.tx, day=day_text):
        if unit in of:
            staff[there[of[unit]].code] += len(people)
    return Bureaus({unit: there[unit].code for unit in chosen}, of, dict(staff))


def _is_there(unit: UnitRow, day: str) -> bool:
    return unit.starts_on <= day and (unit.ends_on is None or unit.ends_on > day)


def _parents(states: Iterable[StateRow], day: str) -> dict[int, int | None]:
    """The unit above each on a day: alone, unlike in the tree, where a unit is also under what took it over later."""
    found: dict[int, int | None] = {}
    for state in sorted(states, key=lambda one: one.starts_on):
        if state.starts_on <= day or state.unit_id not in found:
            found[state.unit_id] = state.parent_id
    return found


def _above(unit: int, parents: Mapping[int, int | None], chosen: set[int]) -> int | None:
    here: int | None = unit
    for _ in range(len(parents)):
        if here is None or here in chosen:
            return here
        here = parents.get(here)
    return None


def answers(turn: Turn) -> list[Answer]:
    """What was released of every survey that is closed, of the whole organisation and what is directly below it."""
    closed = [one for one in pulses.everything(turn.tx) if one.state == CLOSED]
    return [
        answer for one in sorted(closed, key=lambda p: (p.closed_on or "", p.code)) for answer in _survey(turn, one)
    ]


def _survey(turn: Turn, pulse: PulseRow) -> list[Answer]:
    whole = pulses.get(turn.tx, pulse.id)
    if whole is None or not whole.released:
        return []
    found, labels = release.results(turn, pulse.code), {q.id: q for q in pulse_view.asked(whole.questions)}
    told: list[Answer] = []
    for question in found.questions:
        top = next((g.units[0] for g in question.groups if g.parent is None), WHOLE)
        for group in question.groups:
            if group.shown == HIDDEN or group.parent not in (None, top) or question.id not in labels:
                continue
            codes = () if group.parent is None else group.units
            told += [
                Answer(
                    pulse.code,
                    pulse.closed_on or "",
                    question.id,
                    answer,
                    codes,
                    group.invited,
                    group.answered,
                    count,
                    group.shown,
                )
                for answer, count in group.counts.items()
            ]
    return told
