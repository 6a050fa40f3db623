"""A roster's tables as people send them → checked rows and every fault at once, each with file, line and column."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, NamedTuple

from bot import roster_headings as headings
from bot import roster_values as values
from bot.documents import Fault
from bot.roster_headings import STAFF, UNITS, Part, Spot, Table, shown
from bot.roster_values import RoleAt, Unreadable

OLDEST, AHEAD = "1950-01-01", timedelta(days=366)
ROLES = frozenset(("manager", "secretariat", "executive", "administrator"))


class StaffLine(NamedTuple):
    """A person as the roster has them; what is empty says nothing."""

    spot: Spot
    number: str
    name_ja: str
    name_en: str
    title_ja: str
    title_en: str
    email: str
    unit: str
    roles: tuple[RoleAt, ...]
    starts_on: str
    language: str


class UnitLine(NamedTuple):
    """A unit as the roster has it; `parent` is "" at the top and None where the table does not speak of parents."""

    spot: Spot
    code: str
    name_ja: str
    name_en: str
    parent: str | None
    starts_on: str
    ends_on: str
    predecessors: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Roster:
    """What the files say as of a day. None: there is no such table. `about`: the roles the files speak of."""

    day: str
    staff: tuple[StaffLine, ...] | None
    units: tuple[UnitLine, ...] | None
    about: frozenset[str]
    faults: tuple[Fault, ...]
    unread: tuple[str, ...]
    unit_head: Spot | None


def read(tables: Sequence[Table], *, day: str) -> Roster:
    """Every row of the tables, as far as it can be read, and everything that is wrong in them."""
    faults: list[Fault] = []
    parts = [part for table in tables if (part := headings.part(table, faults)) is not None]
    unread = _unread(tables, parts, faults)
    staff = [p for p in parts if p.kind is STAFF]
    about = _about(staff, faults)
    latest = (date.fromisoformat(day) + AHEAD).isoformat()
    people = [_staff_line(r, latest) for p in staff for r in _rows(p, faults)]
    units = [p for p in parts if p.kind is UNITS]
    tree = [_unit_line(r, latest) for p in units for r in _rows(p, faults)]
    people, tree = [p for p in people if p.number], [u for u in tree if u.code]
    faults += _twice(people, "number")
    faults += _twice(people, "email")
    faults += _twice(tree, "code")
    return Roster(
        day,
        tuple(people) if staff else None,
        tuple(tree) if units else None,
        about,
        tuple(faults),
        unread,
        units[0].head if units else None,
    )


def in_order(faults: Iterable[Fault]) -> list[Fault]:
    """Faults by file and line, each once."""
    return sorted(dict.fromkeys(faults), key=lambda f: (f.file, f.line))


def _unread(tables: Sequence[Table], parts: Sequence[Part], faults: list[Fault]) -> tuple[str, ...]:
    """The sheets that are something else; a file with nothing else is a fault."""
    read_files = {p.table.file for p in parts}
    for file in dict.fromkeys(t.file for t in tables if t.file not in read_files):
        said = (
            "no table with the headings of people (職員番号, 氏名, 所属コード) or units (組織コード, 組織名) is in it"
        )
        faults.append(Fault(file, 1, said))
    known = {p.table.name for p in parts}
    return tuple(t.name for t in tables if t.name not in known and t.file in read_files)


def _about(staff: Sequence[Part], faults: list[Fault]) -> frozenset[str]:
    """The roles the tables speak of: all with a column of roles, managers alone with only a column of managers."""
    said = [
        ROLES if "role" in p.fields else {"manager"} & ({"manager"} if "manager" in p.fields else set()) for p in staff
    ]
    for part, roles in zip(staff[1:], said[1:], strict=True):
        if roles != said[0]:
            other = (
                f"'{STAFF['role'][0]}' and '{STAFF['manager'][0]}' are columns of both tables of people or of neither"
            )
            faults.append(Fault(part.table.name, part.head.line, f"{other}: {staff[0].table.name} differs"))
    return frozenset(said[0]) if said else frozenset()


# Rows


class _Row:
    """One row while it is read: what cannot be read is noted as a fault and left empty."""

    __slots__ = ("_cells", "_faults", "spot")

    def __init__(self, spot: Spot, cells: Mapping[str, str], faults: list[Fault]) -> None:
        self.spot = spot
        self._cells = cells
        self._faults = faults

    def get(self, field: str, read: Callable[[str], Any], default: Any = "") -> Any:
        """A cell's value, or the default when it is empty, broken or not there."""
        text = self._cells.get(field, "")
        if not text:
            return default
        try:
            return read(text)
        except Unreadable as why:
            self.fault(field, text, str(why))
            return default

    def must(self, field: str, read: Callable[[str], str]) -> str:
        """The value of a cell that may not be empty."""
        if field in self._cells and not self._cells[field]:
            self._faults.append(Fault(self.spot.file, self.spot.line, f"{self.spot.headings[field]} is empty"))
        return str(self.get(field, read))

    def fault(self, field: str, text: str, message: str) -> None:
        """Note what is wrong with a cell."""
        self._faults.append(self.spot.fault(field, shown(text), message))

    def has(self, field: str) -> bool:
        """Whether the table has such a column."""
        return field in self._cells


def _rows(part: Part, faults: list[Fault]) -> Iterator[_Row]:
    width, told = len(part.fields), False
    for line, cells in part.body:
        spot = part.head._replace(line=line)
        if not told and (stray := _stray(part, cells)):
            told = True
            faults.append(Fault(spot.file, line, f"'{shown(stray)}' stands in a column that has no heading"))
        texts = (*cells[:width], *("",) * (width - len(cells)))
        yield _Row(spot, dict(zip(part.fields, texts, strict=True)), faults)


def _stray(part: Part, cells: Sequence[str]) -> str:
    """A value below no heading, as after a comma too many."""
    if len(cells) <= len(part.fields) and not part.blank:
        return ""
    beyond = (cell for i, cell in enumerate(cells) if i >= len(part.fields) or i in part.blank)
    return next(filter(None, beyond), "")


def _staff_line(row: _Row, latest: str) -> StaffLine:
    unit = row.must("unit", values.code)
    roles: tuple[RoleAt, ...] = row.get("role", values.roles, ())
    if row.get("manager", values.flag, False):
        roles = (*roles, RoleAt("manager", ""))
    own = (r._replace(code=unit) if r.code == "" else r for r in roles)
    return StaffLine(
        row.spot,
        row.must("number", values.number),
        row.must("name_ja", _name),
        row.get("name_en", _name),
        row.get("title_ja", _name),
        row.get("title_en", _name),
        row.get("email", values.email),
        unit,
        tuple(dict.fromkeys(own)),
        _start(row, OLDEST, latest),
        row.get("language", values.language),
    )


def _unit_line(row: _Row, latest: str) -> UnitLine:
    starts_on, ends_on = _start(row, "", latest), row.get("ends_on", values.day)
    if starts_on and ends_on and ends_on <= starts_on:
        row.fault("ends_on", ends_on, f"is not after the day it starts, {starts_on}")
        ends_on = ""
    return UnitLine(
        row.spot,
        row.must("code", values.code),
        row.must("name_ja", _name),
        row.get("name_en", _name),
        row.get("parent", values.code) if row.has("parent") else None,
        starts_on,
        ends_on,
        row.get("predecessors", values.codes, ()),
    )


def _name(text: str) -> str:
    return values.plain(text, values.NAME)


def _start(row: _Row, oldest: str, latest: str) -> str:
    found: str = row.get("starts_on", values.day)
    if not found or oldest <= found <= latest:
        return found
    said = f"is before {oldest}" if found < oldest else f"is after {latest}, more than a year ahead"
    row.fault("starts_on", found, said)
    return ""


def _twice(lines: Sequence[Any], field: str) -> Iterator[Fault]:
    """What may stand once only and stands in two rows."""
    first: dict[str, Spot] = {}
    for line in lines:
        value = getattr(line, field)
        before = first.setdefault(value, line.spot) if value else line.spot
        if before is not line.spot:
            where = f"line {before.line}" if before.file == line.spot.file else f"{before.file}:{before.line}"
            yield line.spot.fault(field, value, f"stands in {where} too")
