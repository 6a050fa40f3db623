"""What planning an import of people works on: everybody as they are, and what was planned for them so far."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple, TypeVar

from bot.documents import Fault
from bot.roster_file import Roster, StaffLine
from bot.roster_headings import Spot
from bot.roster_units import Change, Kind, TreePlan, alive, bare, unknown
from storage.postings import NewPosting
from storage.roles import NewRole
from storage.roster import Employed, Held, Known, Named, NewPerson, Posted

T = TypeVar("T", Posted, Held)


class Found(NamedTuple):
    """What the database has: people, their postings and roster roles from the day on, and when older postings ended."""

    people: Sequence[Known]
    postings: Sequence[Posted]
    roles: Sequence[Held]
    ended: Callable[[], Mapping[int, str]]


class RoleEvent(NamedTuple):
    """That a role begins or ends, for the audit log."""

    person: int
    role: str
    unit: int | None
    day: str
    begins: bool


@dataclass(slots=True)
class Writes:
    """The rows to be written. A person's key below 0 is of the new person at that place in the list, from -1 on."""

    people: list[NewPerson] = field(default_factory=list)
    freed: list[int] = field(default_factory=list)
    named: list[Named] = field(default_factory=list)
    employed: list[Employed] = field(default_factory=list)
    languages: list[tuple[int, str]] = field(default_factory=list)
    left: list[int] = field(default_factory=list)
    posted: list[NewPosting] = field(default_factory=list)
    cut: list[tuple[int, str]] = field(default_factory=list)
    dropped: list[int] = field(default_factory=list)
    given: list[NewRole] = field(default_factory=list)
    taken: list[tuple[int, str]] = field(default_factory=list)
    dropped_roles: list[int] = field(default_factory=list)
    events: list[RoleEvent] = field(default_factory=list)


class Work:
    """Everybody, looked up in the ways the plan needs, and what was planned so far."""

    def __init__(self, roster: Roster, tree: TreePlan, found: Found) -> None:
        self.day, self.about, self.tree = roster.day, roster.about, tree
        self.lines = roster.staff or ()
        self.by_number = {p.number: p for p in found.people}
        self.by_email = {p.email: p for p in found.people if p.email}
        self.postings = _grouped(found.postings)
        self.roles = _grouped(found.roles)
        self.numbers = {line.number for line in self.lines}
        self.seen: dict[int, StaffLine] = {}
        self.gone: dict[int, Known] = {}
        self.lost: set[int] = set()
        self.writes = Writes()
        self.changes: list[Change] = []
        self.faults: list[Fault] = []
        self._find_ended = found.ended

    def change(self, kind: Kind, person: StaffLine | Known, detail: str) -> None:
        self.changes.append(Change(kind, person.number, person.name_ja, detail))

    @cached_property
    def ended(self) -> Mapping[int, str]:
        """When the newest of a person's postings that ended did so; looked up only when somebody comes back."""
        return self._find_ended()

    @cached_property
    def bare_codes(self) -> dict[str, str]:
        """The units' codes without the zeros they begin with."""
        return bare(self.tree.units)

    @cached_property
    def bare_numbers(self) -> dict[str, str]:
        """The numbers in the database that are not in the files, without the zeros they begin with."""
        return {number.lstrip("0"): number for number in self.by_number.keys() - self.numbers}

    def unit(self, spot: Spot, field: str, code: str, *, day: str) -> int | None:
        """The key of the unit with a code; None, and a fault, where there is none on the day."""
        unit = self.tree.units.get(code)
        if unit is not None and alive(unit, day):
            return unit.id
        if unit is None:
            said = unknown(code, self.bare_codes)
        elif unit.starts_on > day:
            said = f"is the code of a unit that begins only on {unit.starts_on}"
        else:
            said = f"is the code of a unit that ended on {unit.ends_on}"
        self.faults.append(spot.fault(field, code, said))
        return None


def _grouped(rows: Iterable[T]) -> dict[int, list[T]]:
    found: defaultdict[int, list[T]] = defaultdict(list)
    for row in rows:
        found[row.person_id].append(row)
    return dict(found)
