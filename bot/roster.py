"""An import of the roster: what it would change, and the change itself, worked out from the same data both times."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import NamedTuple
from zoneinfo import ZoneInfo

from bot import roster_plan, roster_units
from bot.documents import Faults
from bot.roster_file import Roster, in_order
from bot.roster_plan import StaffPlan
from bot.roster_units import Change, Kind, TreePlan
from bot.roster_work import Found
from bot.schedule import millis
from storage import audit, units
from storage import roster as stored
from storage.database import Tx

# Of the staff, so many in a hundred may leave by one import before it asks.
MANY = 5


class TooManyLeave(Exception):
    """The import would take more of the staff off the roster than anybody plans: it was not done."""

    def __init__(self, leaving: int, staff: int) -> None:
        super().__init__(f"{leaving:,} of {staff:,} people would leave")
        self.leaving = leaving
        self.staff = staff


class Order(NamedTuple):
    """Who imports what and when: `today` and `now` are of the clock, `digest` is the SHA-256 of the files.

    `really`: many may leave.
    """

    actor: str
    digest: str
    today: str
    now: int
    zone: ZoneInfo
    really: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything an import does."""

    day: str
    tree: TreePlan
    staff: StaffPlan

    @property
    def changes(self) -> tuple[Change, ...]:
        """Every change, units first."""
        return self.tree.changes + self.staff.changes

    @property
    def counts(self) -> dict[Kind, int]:
        """How many people or units each kind of change is of."""
        return dict(roster_plan.counted(self.changes))

    @property
    def leaving(self) -> int:
        """How many people leave."""
        return len(self.staff.writes.left)

    @property
    def too_many_leave(self) -> bool:
        """Whether more leave than an import takes off without being told that it is meant."""
        return self.leaving * 100 > self.staff.staff * MANY


def plan(tx: Tx, roster: Roster, *, zone: ZoneInfo) -> Plan:
    """What an import would change; raises `Faults` with everything that is wrong, in the files and with the data."""
    known = roster_units.Known(
        units.everything(tx), units.states(tx), units.descents(tx), lambda day: _begins(day, zone)
    )
    tree = roster_units.planned(roster.units, known, day=roster.day, head=roster.unit_head, whole=not roster.faults)
    day = roster.day
    found = Found(
        stored.people(tx), stored.postings(tx, day=day), stored.roles(tx, day=day), lambda: stored.ended(tx, day=day)
    )
    staff = roster_plan.planned(roster, tree, found)
    if faults := (*roster.faults, *tree.faults, *staff.faults):
        raise Faults(in_order(faults))
    return Plan(day, tree, staff)


def _begins(day: str, zone: ZoneInfo) -> int:
    return millis(datetime.combine(date.fromisoformat(day), time(), zone))


def apply(tx: Tx, roster: Roster, order: Order, *, writes: Callable[[], None] = lambda: None) -> Plan:
    """Work out what changes and change it; `writes` is called between the two. Raises `Faults`, `TooManyLeave`."""
    stored.hold(tx)
    found = plan(tx, roster, zone=order.zone)
    if found.too_many_leave and not order.really:
        raise TooManyLeave(found.leaving, found.staff.staff)
    writes()
    if found.changes:
        unit = _write_units(tx, found.tree, today=order.today)
        person = _write_people(tx, found, unit)
        _tell(tx, found, order, person)
    return found


Keys = Callable[[int], int]


def _write_units(tx: Tx, tree: TreePlan, *, today: str) -> Keys:
    """Write the tree; returns the true key of each unit."""
    keys: dict[int, int] = {}

    def key(unit: int) -> int:
        return keys.get(unit, unit)

    def above(unit: int | None) -> int | None:
        return None if unit is None else key(unit)

    for unit in tree.founded:
        keys[unit.id] = units.found(tx, unit._replace(parent_id=above(unit.parent_id)))
    units.save_states(tx, (s._replace(unit_id=key(s.unit_id), parent_id=above(s.parent_id)) for s in tree.states))
    stored.begin_units(tx, tree.begun.items())
    stored.end_units(tx, tree.ended.items())
    for before, after, day in tree.descents:
        units.descend(tx, key(before), key(after), day=day)
    if tree.branches:
        units.replant(tx, (b._replace(descendant=key(b.descendant), ancestor=key(b.ancestor)) for b in tree.branches))
        units.turn_over(tx, today=today)
    return key


def _write_people(tx: Tx, found: Plan, unit: Keys) -> Keys:
    """Write people, postings and roles; returns the true key of each person."""
    rows = found.staff.writes
    stored.free_emails(tx, rows.freed)
    stored.name(tx, rows.named)
    stored.employ(tx, rows.employed)
    stored.speak(tx, rows.languages)
    stored.leave(tx, rows.left, day=found.day)
    stored.add_people(tx, rows.people)
    numbers = stored.keys(tx) if rows.people else {}
    keys = {-place: numbers[new.number] for place, new in enumerate(rows.people, 1)}

    def key(person: int) -> int:
        return keys.get(person, person)

    stored.drop(tx, rows.dropped)
    stored.cut(tx, rows.cut)
    stored.post(tx, (p._replace(person_id=key(p.person_id), unit_id=unit(p.unit_id)) for p in rows.posted))
    stored.drop_roles(tx, rows.dropped_roles)
    stored.end_roles(tx, rows.taken)
    whole = (r._replace(person_id=key(r.person_id), unit_id=r.unit_id and unit(r.unit_id)) for r in rows.given)
    stored.give(tx, whole)
    return key


def _tell(tx: Tx, found: Plan, order: Order, person: Keys) -> None:
    """Leave one entry of the import in the audit log, and one of each role that begins or ends."""
    counts = found.counts
    told = {kind: counts.get(kind, 0) for kind in ("joined", "moved", "left", "renamed")}
    changed = len({c.key for c in found.tree.changes})
    audit.add(
        tx,
        "roster.import",
        actor=order.actor,
        subject=found.day,
        at=order.now,
        **told,
        units=changed,
        digest=order.digest,
    )
    for event in found.staff.writes.events:
        audit.add(
            tx,
            "role.begin" if event.begins else "role.end",
            actor=order.actor,
            subject=f"person:{person(event.person)}",
            at=order.now,
            role=event.role,
            unit=found.tree.code(event.unit),
            **({"first": event.day} if event.begins else {"day": event.day}),
        )
