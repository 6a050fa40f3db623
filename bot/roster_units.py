"""What a table of units changes in the tree: what is founded, renamed, moved, ended, and what came from what."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal, NamedTuple

from bot.documents import Fault
from bot.roster_file import UnitLine
from bot.roster_headings import Spot
from bot.tree import Tangled, grown
from storage.units import EVER, Branch, StateRow, UnitRow

Kind = Literal[
    "joined",
    "moved",
    "left",
    "renamed",
    "language",
    "roles",
    "unit founded",
    "unit renamed",
    "unit moved",
    "unit ended",
    "unit came from",
]


class Change(NamedTuple):
    """Something an import does: of which kind, to the person or unit with which number or code, and what exactly."""

    kind: Kind
    key: str
    name: str
    detail: str


class Known(NamedTuple):
    """The units the database has, and at which moment a day begins."""

    units: Sequence[UnitRow]
    states: Sequence[StateRow]
    descents: Sequence[tuple[int, int, str]]
    at: Callable[[str], int]


@dataclass(frozen=True)
class TreePlan:
    """The tree after an import, and what has to be written for it. A key below 0 is of a unit that is founded now."""

    units: Mapping[str, UnitRow]
    spots: Mapping[str, Spot]
    head: Spot | None = None
    changes: tuple[Change, ...] = ()
    faults: tuple[Fault, ...] = ()
    founded: tuple[UnitRow, ...] = ()
    states: tuple[StateRow, ...] = ()
    begun: Mapping[int, str] = field(default_factory=dict)
    ended: Mapping[int, str] = field(default_factory=dict)
    descents: tuple[tuple[int, int, str], ...] = ()
    branches: tuple[Branch, ...] = ()

    def code(self, unit_id: int | None) -> str:
        """A unit's code by its key; "" for the whole organisation."""
        return self._codes.get(unit_id or 0, "")

    @cached_property
    def _codes(self) -> dict[int, str]:
        return {unit.id: code for code, unit in self.units.items()}


def alive(unit: UnitRow, day: str) -> bool:
    """Whether there is a unit on a day."""
    return unit.starts_on <= day < (unit.ends_on or EVER)


def bare(codes: Iterable[str]) -> dict[str, str]:
    """Codes by what is left of them when a spreadsheet takes the zeros at their beginning away."""
    return {code.lstrip("0"): code for code in codes}


def unknown(code: str, bare: Mapping[str, str]) -> str:
    """What is wrong with a code no unit has."""
    close = bare.get(code.lstrip("0"))
    return (
        f"is no unit's code: '{close}' is one, and differs by zeros at the beginning" if close else "is no unit's code"
    )


def planned(
    lines: Sequence[UnitLine] | None, known: Known, *, day: str, head: Spot | None, whole: bool = True
) -> TreePlan:
    """Compare a table with the units there are on a day. Units missing from it end if it is `whole`."""
    work = _Work(known, day)
    if lines is None or head is None:
        return TreePlan(work.by_code(), {})
    work.spots = {line.code: line.spot for line in lines}
    for line in lines:
        _meet(work, line)
    for unit in [u for u in work.units.values() if whole and alive(u, day) and u.code not in work.spots]:
        work.end(unit, day, "missing from the table")
    for line in lines:
        _place(work, line)
        _descend(work, line)
    return _result(work, known, head)


class _Work:
    """The tree while it is changed."""

    def __init__(self, known: Known, day: str) -> None:
        self.day = day
        self.units = {unit.id: unit for unit in known.units}
        self.ids = {unit.code: unit.id for unit in known.units}
        self.states: defaultdict[int, dict[str, StateRow]] = defaultdict(dict)
        for state in known.states:
            self.states[state.unit_id][state.starts_on] = state
        self.descents = {(p, s): d for p, s, d in known.descents}
        self.spots: dict[str, Spot] = {}
        self.skipped: set[str] = set()
        self.changes: list[Change] = []
        self.faults: list[Fault] = []
        self.founded: list[int] = []
        self.written: list[StateRow] = []
        self.begun: dict[int, str] = {}
        self.ended: dict[int, str] = {}
        self.descended: list[tuple[int, int, str]] = []

    @cached_property
    def bare(self) -> dict[str, str]:
        """The codes without zeros, once all units of the table are known."""
        return bare(self.ids)

    def by_code(self) -> dict[str, UnitRow]:
        return {unit.code: unit for unit in self.units.values()}

    def change(self, kind: Kind, unit: UnitRow, detail: str) -> None:
        self.changes.append(Change(kind, unit.code, unit.name_ja, detail))

    def state(self, unit: UnitRow, day: str) -> StateRow:
        """What a unit is called and where it is on a day; before its first such row as in that."""
        found = self.states.get(unit.id)
        if not found:
            return StateRow(unit.id, unit.starts_on, unit.name_ja, unit.name_en, unit.parent_id)
        return found[max((d for d in found if d <= day), default=min(found))]

    def write(self, state: StateRow) -> None:
        self.states[state.unit_id][state.starts_on] = state
        self.written.append(state)

    def end(self, unit: UnitRow, day: str, why: str = "") -> None:
        self.units[unit.id] = unit._replace(ends_on=day)
        self.ended[unit.id] = day
        self.change("unit ended", unit, f"on {day}" + (f", {why}" if why else ""))

    def effective(self, unit: UnitRow) -> str:
        """The day from which a table's words about a unit hold."""
        return max(self.day, unit.starts_on)


def _meet(work: _Work, line: UnitLine) -> None:
    """Found a unit or find it, with its first and last day."""
    unit_id = work.ids.get(line.code)
    if unit_id is None:
        _found(work, line)
        return
    unit = work.units[unit_id]
    if unit.ends_on and unit.ends_on <= work.day and not (line.ends_on and line.ends_on <= work.day):
        work.skipped.add(line.code)
        said = f"ended on {unit.ends_on} and cannot come again: the new unit needs a new code"
        work.faults.append(line.spot.fault("code", line.code, said))
        return
    start = line.starts_on or work.day
    if unit.starts_on > work.day and start < unit.starts_on:
        unit = work.units[unit_id] = unit._replace(starts_on=start)
        work.begun[unit_id] = start
        work.change("unit founded", unit, f"on {start}, earlier than was known")
    if line.ends_on and line.ends_on != unit.ends_on and _ends_after(work, line, unit):
        work.end(unit, line.ends_on)


def _found(work: _Work, line: UnitLine) -> None:
    unit_id = -len(work.founded) - 1
    start = line.starts_on or work.day
    unit = UnitRow(unit_id, line.code, line.name_ja, line.name_en, None, start, None)
    if line.ends_on and _ends_after(work, line, unit):
        unit = unit._replace(ends_on=line.ends_on)
    work.units[unit_id], work.ids[line.code] = unit, unit_id
    work.founded.append(unit_id)
    work.change("unit founded", unit, f"on {start}" + (f", ends on {unit.ends_on}" if unit.ends_on else ""))


def _ends_after(work: _Work, line: UnitLine, unit: UnitRow) -> bool:
    if line.ends_on > unit.starts_on:
        return True
    said = f"is not after the day it starts, {unit.starts_on}"
    work.faults.append(line.spot.fault("ends_on", line.ends_on, said))
    return False


def _place(work: _Work, line: UnitLine) -> None:
    """Give a unit the name and the parent it has in the table, from the day of the import or its first day on."""
    if line.code in work.skipped:
        return
    unit = work.units[work.ids[line.code]]
    if unit.id < 0:
        parent = _parent(work, line, unit, None)
        unit = work.units[unit.id] = unit._replace(parent_id=parent)
        work.write(StateRow(unit.id, unit.starts_on, unit.name_ja, unit.name_en, parent))
        return
    day = work.effective(unit)
    if not alive(unit, day):
        return
    now = work.state(unit, day)
    parent = _parent(work, line, unit, now.parent_id)
    wanted = StateRow(unit.id, day, line.name_ja or now.name_ja, line.name_en or now.name_en, parent)
    if wanted[2:] != now[2:]:
        work.write(wanted)
        _tell(work, unit, now, wanted)


def _tell(work: _Work, unit: UnitRow, now: StateRow, wanted: StateRow) -> None:
    called = unit._replace(name_ja=wanted.name_ja)
    for before, after in ((now.name_ja, wanted.name_ja), (now.name_en, wanted.name_en)):
        if before != after:
            work.change("unit renamed", called, f"{before or '—'} → {after} from {wanted.starts_on}")
    if now.parent_id != wanted.parent_id:
        before, after = (work.units[p].code if p is not None else "the top" for p in (now.parent_id, wanted.parent_id))
        work.change("unit moved", called, f"{before} → {after} from {wanted.starts_on}")


def _parent(work: _Work, line: UnitLine, unit: UnitRow, now: int | None) -> int | None:
    """The key of the parent in the table; `now` where the table does not say or what it says is wrong."""
    if not line.parent:
        return now if line.parent is None else None
    found = work.units.get(work.ids.get(line.parent, 0))
    day = work.effective(unit)
    if found is None:
        work.faults.append(line.spot.fault("parent", line.parent, unknown(line.parent, work.bare)))
        return now
    if alive(unit, day) and not alive(found, day):
        said = f"begins only on {found.starts_on}" if found.starts_on > day else f"ended on {found.ends_on}"
        work.faults.append(line.spot.fault("parent", line.parent, f"{said}, and its unit is there on {day}"))
        return now
    return found.id


def _descend(work: _Work, line: UnitLine) -> None:
    """Remember what a unit came from: a new one since its first day, another since the day of the import."""
    if line.code in work.skipped:
        return
    unit = work.units[work.ids[line.code]]
    day = unit.starts_on if unit.id < 0 else work.day
    for code in line.predecessors:
        before = work.ids.get(code)
        if before is None or before == unit.id:
            said = "is the unit itself" if before else unknown(code, work.bare)
            work.faults.append(line.spot.fault("predecessors", code, said))
        elif (before, unit.id) not in work.descents:
            work.descents[before, unit.id] = day
            work.descended.append((before, unit.id, day))
            work.change("unit came from", unit, f"{code} on {day}")


def _result(work: _Work, known: Known, head: Spot) -> TreePlan:
    circles = list(_circles(work, head))
    work.faults += circles or _outlived(work, head)
    branches: list[Branch] = []
    if work.changes and not circles:
        branches = _grown(work, known, head)
    return TreePlan(
        work.by_code(),
        work.spots,
        head,
        tuple(work.changes),
        tuple(work.faults),
        tuple(_parents_first(work)),
        tuple(work.written),
        {unit: day for unit, day in work.begun.items() if unit > 0},
        {unit: day for unit, day in work.ended.items() if unit > 0},
        tuple(work.descended),
        tuple(branches),
    )


def _grown(work: _Work, known: Known, head: Spot) -> list[Branch]:
    states = [state for unit in sorted(work.states) for _, state in sorted(work.states[unit].items())]
    descents = [(p, s, d) for (p, s), d in work.descents.items()]
    try:
        return grown(list(work.units.values()), states, descents, known.at)
    except Tangled as circle:
        codes = [work.units[u].code for u in circle.units]
        work.faults.append(_circle(work, codes, head, f" on {circle.day}"))
        return []


def _circles(work: _Work, head: Spot) -> Iterator[Fault]:
    """Units that would be above themselves."""
    there = [u for u in work.units.values() if alive(u, work.effective(u))]
    above = {u.id: work.state(u, work.effective(u)).parent_id for u in there}
    done: set[int] = set()
    for unit in above:
        path: dict[int, None] = {}
        step: int | None = unit
        while step is not None and step not in done and step not in path:
            path[step] = None
            step = above.get(step)
        if step in path:
            ring = list(path)[list(path).index(step) :]
            yield _circle(work, [work.units[u].code for u in ring], head)
        done |= path.keys()


def _circle(work: _Work, codes: list[str], head: Spot, when: str = "") -> Fault:
    spots = [work.spots[c] for c in codes if c in work.spots]
    spot = min(spots, key=lambda s: s.line, default=head)
    return Fault(spot.file, spot.line, f"units are above each other{when}: {' → '.join([*codes, codes[0]])}")


def _outlived(work: _Work, head: Spot) -> Iterator[Fault]:
    """Units that would still be there after the one they are in has ended."""
    for unit in work.units.values():
        first, last = work.effective(unit), unit.ends_on or EVER
        turns = sorted({first, *(d for d in work.states.get(unit.id, ()) if first < d < last)})
        for start, end in zip(turns, [*turns[1:], last], strict=True):
            above = work.units.get(work.state(unit, start).parent_id or 0)
            if start < end and above is not None and start < (above.ends_on or EVER) < end:
                said = f"the unit {unit.code} is in {above.code}, which ends on {above.ends_on}, before it does"
                spot = work.spots.get(unit.code) or work.spots.get(above.code, head)
                yield Fault(spot.file, spot.line, said)


def _parents_first(work: _Work) -> Iterator[UnitRow]:
    """The founded units, each after the one it is in."""
    done: set[int] = set()
    for unit_id in work.founded:
        line: list[UnitRow] = []
        step: int | None = unit_id
        while step is not None and step < 0 and step not in done:
            done.add(step)
            line.append(work.units[step])
            step = work.units[step].parent_id
        yield from reversed(line)
