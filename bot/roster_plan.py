"""What a table of people changes: who joins, moves, leaves, is called something else, and which roles begin and end."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from bot.documents import Fault
from bot.roster_file import Roster, StaffLine
from bot.roster_units import Change, Kind, TreePlan
from bot.roster_work import Found, RoleEvent, Work, Writes
from storage.people import UNLISTED
from storage.postings import NewPosting
from storage.roles import NewRole
from storage.roster import Employed, Held, Known, Named, NewPerson, Posted
from storage.units import EVER

NAMED = 3


@dataclass(frozen=True, slots=True)
class StaffPlan:
    """What happens to people: `staff` is how many of the roster worked here on the day, `unchanged` how many rows say
    what is so already."""

    changes: tuple[Change, ...] = ()
    faults: tuple[Fault, ...] = ()
    unchanged: int = 0
    staff: int = 0
    writes: Writes = field(default_factory=Writes)


def works(person: Known, day: str) -> bool:
    """Whether a person works here on a day."""
    return person.joined_on <= day < (person.left_on or EVER)


def planned(roster: Roster, tree: TreePlan, found: Found) -> StaffPlan:
    """Compare the table of people with those there are; without such a table people stay as they are."""
    work = Work(roster, tree, found)
    staff = [p for p in found.people if p.listed and not p.bot and works(p, roster.day)]
    if roster.staff is not None:
        for line in roster.staff:
            _row(work, line)
        for person in staff:
            if person.id not in work.seen:
                _leave(work, person)
        _emails(work)
    _stay(work, found.people)
    changed = {change.key for change in work.changes}
    unchanged = sum(line.number not in changed for line in roster.staff or ())
    return StaffPlan(tuple(work.changes), tuple(work.faults), unchanged, len(staff), work.writes)


# One row


def _row(work: Work, line: StaffLine) -> None:
    known = _match(work, line)
    if known is not None and known.bot:
        work.faults.append(line.spot.fault("number", line.number, "is the number of a bot"))
        return
    person = _new(work, line) if known is None else known.id
    work.seen[person] = line
    if known is not None:
        _name(work, line, known)
        _language(work, line, known)
    # What the row says holds from here: the day of the import, or the first day it names if that comes later.
    ref = max(line.starts_on or work.day, work.day)
    unit = work.unit(line.spot, "unit", line.unit, day=ref) if line.unit else None
    if unit is None:
        work.lost.add(person)
        return
    _employ(work, line, known, person=person, unit=unit, ref=ref)
    if work.about:
        _roles(work, line, person, ref=ref)


def _match(work: Work, line: StaffLine) -> Known | None:
    """The person of a row: by number, or somebody on no roster yet by e-mail."""
    known = work.by_number.get(line.number)
    if known is not None or not line.email:
        return known
    other = work.by_email.get(line.email)
    free = other is not None and not other.bot and (not other.listed or other.number.startswith(UNLISTED))
    return other if other is not None and free and other.number not in work.numbers else None


def _new(work: Work, line: StaffLine) -> int:
    if same := work.bare_numbers.get(line.number.lstrip("0")):
        said = f"is new, but '{same}' is missing, and differs by zeros at the beginning"
        work.faults.append(line.spot.fault("number", line.number, said))
    work.writes.people.append(
        NewPerson(
            line.number,
            line.name_ja,
            line.name_en,
            line.title_ja,
            line.title_en,
            line.email or None,
            line.language,
            line.starts_on or work.day,
        )
    )
    return -len(work.writes.people)


def _name(work: Work, line: StaffLine, known: Known) -> None:
    """Names, titles and e-mail, where the row has others."""
    now = Named(known.id, known.name_ja, known.name_en, known.title_ja, known.title_en, known.email)
    wanted = Named(
        known.id,
        line.name_ja or now.name_ja,
        line.name_en or now.name_en,
        line.title_ja or now.title_ja,
        line.title_en or now.title_en,
        line.email or now.email,
    )
    if wanted == now:
        return
    work.writes.named.append(wanted)
    if now.email is not None and now.email != wanted.email:
        work.writes.freed.append(known.id)
    told = (f"{old or '—'} → {new}" for old, new in zip(now[1:], wanted[1:], strict=True) if old != new)
    work.change("renamed", line, ", ".join(told))


def _language(work: Work, line: StaffLine, known: Known) -> None:
    if line.language and not known.language:
        work.writes.languages.append((known.id, line.language))
        work.change("language", line, line.language)


def _employ(work: Work, line: StaffLine, known: Known | None, *, person: int, unit: int, ref: str) -> None:
    """Have a person work in a unit from their first day on, unless they do."""
    start = line.starts_on or work.day
    joins = known is None or not works(known, ref)
    if known is not None and (joins or not known.listed or known.number != line.number):
        joined = start if joins and not works(known, work.day) else known.joined_on
        left = None if known.left_on is not None and known.left_on <= ref else known.left_on
        work.writes.employed.append(Employed(known.id, line.number, joined, left))
        joins = True
    posting = next((p for p in work.postings.get(person, ()) if p.starts_on <= ref < (p.ends_on or EVER)), None)
    if joins:
        work.change("joined", line, f"{line.unit} on {start}")
    if posting is not None and posting.unit_id == unit:
        return
    if not joins:
        before = work.tree.code(posting.unit_id) if posting else "—"
        work.change("moved", line, f"{before} → {line.unit} on {start}")
    _post(work, line, posting, person=person, unit=unit, start=start)


def _post(work: Work, line: StaffLine, posting: Posted | None, *, person: int, unit: int, start: str) -> None:
    """Begin a posting; the one it ends is cut, and one that begins later ends it.

    One that began that same day was written down wrongly and gives way; what was done in it meanwhile stays there.
    """
    if posting is not None and posting.starts_on == start:
        work.writes.dropped.append(posting.id)
        ends = posting.ends_on
    elif posting is not None:
        if posting.starts_on > start:
            said = f"the posting in {work.tree.code(posting.unit_id)} it ends began on {posting.starts_on}"
            _too_early(work, line, start, said)
            return
        work.writes.cut.append((posting.id, start))
        ends = posting.ends_on
    else:
        if person > 0 and (ended := work.ended.get(person, "")) > start:
            _too_early(work, line, start, f"an earlier posting ended on {ended}")
            return
        ends = min((p.starts_on for p in work.postings.get(person, ()) if p.starts_on > start), default=None)
    work.writes.posted.append(NewPosting(person, unit, start, ends))


def _too_early(work: Work, line: StaffLine, start: str, said: str) -> None:
    field, value = ("starts_on", line.starts_on) if line.starts_on else ("unit", line.unit)
    work.faults.append(line.spot.fault(field, value, f"cannot begin on {start}: {said}"))


# Roles


def _roles(work: Work, line: StaffLine, person: int, *, ref: str) -> None:
    """Make the roles of the roster those of the row, from a day on."""
    if not line.roles and person not in work.roles:
        return
    wanted: dict[tuple[str, int | None], None] = {}
    for role, code in line.roles:
        unit = None
        if code is not None:
            unit = work.unit(line.spot, "role", code, day=ref)
            if unit is None:
                continue
        wanted[role, unit] = None
    rows = [r for r in work.roles.get(person, ()) if r.role in work.about and (r.ends_on or EVER) > ref]
    now = [r for r in rows if r.starts_on <= ref]
    later = [r for r in rows if r.starts_on > ref]
    over = [r for r in now if (r.role, r.unit_id) not in wanted]
    fresh = [key for key in wanted if key not in {(r.role, r.unit_id) for r in now}]
    for role, unit in fresh:
        ends = min((r.starts_on for r in later if (r.role, r.unit_id) == (role, unit)), default=None)
        work.writes.given.append(NewRole(person, role, unit, ref, ends))
        work.writes.events.append(RoleEvent(person, role, unit, ref, begins=True))
    for held in over:
        _end_role(work, held, ref)
    if fresh or over:
        told = [*(f"+{_role(work, *key)}" for key in fresh), *(f"−{_role(work, r.role, r.unit_id)}" for r in over)]
        work.change("roles", line, f"{', '.join(told)} on {ref}")


def _end_role(work: Work, held: Held, day: str) -> None:
    if held.starts_on >= day:
        work.writes.dropped_roles.append(held.id)
    else:
        work.writes.taken.append((held.id, day))
    work.writes.events.append(RoleEvent(held.person_id, held.role, held.unit_id, day, begins=False))


def _role(work: Work, role: str, unit: int | None) -> str:
    return role if unit is None else f"{role}@{work.tree.code(unit)}"


# Everybody


def _leave(work: Work, person: Known) -> None:
    """End what a person has: the posting of the day, what would have begun later, and the roles of the roster."""
    work.gone[person.id] = person
    work.writes.left.append(person.id)
    postings = work.postings.get(person.id, ())
    for posting in postings:
        if posting.starts_on >= work.day:
            work.writes.dropped.append(posting.id)
        else:
            work.writes.cut.append((posting.id, work.day))
    held = work.roles.get(person.id, ())
    for role in held:
        _end_role(work, role, work.day)
    now = next((p for p in postings if p.starts_on <= work.day), None)
    work.change("left", person, f"{work.tree.code(now.unit_id) if now else '—'} on {work.day}")
    if held:
        told = ", ".join(f"−{_role(work, r.role, r.unit_id)}" for r in held)
        work.change("roles", person, f"{told} on {work.day}")


def _emails(work: Work) -> None:
    """E-mails that somebody else has: one who gets another in this file, or who is gone, gives it up."""
    for person, line in work.seen.items():
        holder = work.by_email.get(line.email) if line.email else None
        if holder is None or holder.id == person:
            continue
        theirs = work.seen.get(holder.id)
        if theirs is not None and theirs.email and theirs.email != line.email:
            continue
        if theirs is None and (holder.id in work.gone or (holder.left_on or EVER) <= work.day):
            work.writes.freed.append(holder.id)
            work.change("renamed", holder, f"{line.email} → — for {line.number}")
            continue
        said = f"belongs to {holder.number}, whose e-mail these files do not change"
        work.faults.append(line.spot.fault("email", line.email, said))


def _stay(work: Work, people: Iterable[Known]) -> None:
    """Units that end while people stay in them: one fault for each unit, with how many people and some numbers."""
    ended = work.tree.ended
    if not ended:
        return
    known = {p.id: p for p in people if p.listed and not p.bot and p.id not in work.gone and p.id not in work.lost}
    cut = dict(work.writes.cut)
    staying: defaultdict[int, list[str]] = defaultdict(list)
    for person, postings in work.postings.items():
        for posting in postings if person in known else ():
            first = max(work.day, posting.starts_on)
            last = cut.get(posting.id, posting.ends_on) or EVER
            if ended.get(posting.unit_id, EVER) <= first < min(last, known[person].left_on or EVER):
                staying[posting.unit_id].append(known[person].number)
    work.faults += (_stayed(work.tree, unit, numbers) for unit, numbers in staying.items())


def _stayed(tree: TreePlan, unit: int, numbers: list[str]) -> Fault:
    code, day = tree.code(unit), tree.ended[unit]
    numbers = sorted(set(numbers))
    some = ", ".join(numbers[:NAMED]) + (" and others" if len(numbers) > NAMED else "")
    people = f"{len(numbers):,} {'person stays' if len(numbers) == 1 else 'people stay'} in it ({some})"
    if spot := tree.spots.get(code):
        return spot.fault("ends_on", day, f"is when {code} ends, but {people}")
    assert tree.head is not None  # noqa: S101 - only a table of units ends units
    return Fault(tree.head.file, tree.head.line, f"the unit {code} is missing and would end on {day}, but {people}")


def counted(changes: Iterable[Change]) -> Iterator[tuple[Kind, int]]:
    """How many people or units there are of each kind of change."""
    yield from Counter(kind for kind, _ in dict.fromkeys((c.kind, c.key) for c in changes)).items()
