"""The parts of a recognition report that are not scores: what roles are divided by, who stands behind the scenes,
what changed, where the principles have reached.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from statistics import median
from typing import TypeVar

from bot import scoring, tallies
from bot.deeds_of import Done
from bot.recognition_model import Behind, Changed, Changes, Covered, Story
from bot.recognition_sums import Sums
from bot.reports import ListedNote, Period
from bot.shortlists import Pool, Shortlists
from storage import changes, coverage, note_tags, recognised, units
from storage.database import Tx
from storage.notes import NoteRow
from storage.recognised import Edge
from storage.segments import Deeds

K = TypeVar("K")

# Of the newest so many of each kind of change the most supported are shown.
NEWEST, CHANGES_SHOWN = 200, 5
# Looked for among the so many whom people of most other units thanked.
LOOKED_AT, BEHIND_SHOWN = 300, 5
# Of the newest so many thanks the most applauded are told.
RECENT, STORIES = 12, 2


def roles(tx: Tx, thanks: Deeds, sizes: Mapping[int, int], *, day: str) -> tuple[dict[str, float], dict[int, float]]:
    """By what the points of each role are divided, and of everybody who has one: by the more visible of several.

    `thanks` are everybody's, once for every principle.
    """
    held = set(recognised.roles(tx, day=day))
    holders = {person for person, _ in held}
    of_each = tallies.times(thanks["receiver"][tallies.among(thanks["receiver"], holders)])
    others = max(1, sum(sizes.values()) - len(holders))
    usual = (len(thanks) - sum(of_each.values())) / others
    theirs: Counter[str] = Counter()
    for person, role in held:
        theirs[role] += of_each.get(person, 0)
    count = Counter(role for _, role in held)
    divided = {role: scoring.visibility(theirs[role], count[role], usual) for role in sorted(count)}
    found: dict[int, float] = {}
    for person, role in held:
        found[person] = max(found.get(person, scoring.LEAST_ROLE), divided[role])
    return divided, found


def behind(
    tx: Tx, period: Period, sums: Sums, lists: Shortlists, holders: Mapping[int, float], *, today: str
) -> tuple[Behind, ...]:
    """People thanked from many other units who are seldom seen: no role, on no shortlist, few words of their own."""
    placed = {one.person_id for found in lists.lists.values() for one in found}
    order = sorted(sums.outside, key=lambda item: (-item[1], item[0]))[:LOOKED_AT]
    wide = {person: count for person, count in order if person not in placed and person not in holders}
    names = recognised.listed(tx, wide, today=today)
    seen = recognised.seen(tx, names, since=period.since, until=period.until)
    quiet = [person for person in names if seen.get(person, 0) < wide[person]]
    quiet = sorted(quiet, key=lambda person: (-wide[person], seen.get(person, 0), person))[:BEHIND_SHOWN]
    told = _of_other_units(tx, sums.pool, quiet, today=today)
    return tuple(Behind(names[p], wide[p], seen.get(p, 0), told.get(p, ())) for p in quiet)


def _of_other_units(tx: Tx, pool: Pool, people: list[int], *, today: str) -> dict[int, tuple[Story, ...]]:
    found: dict[int, list[Edge]] = {person: [] for person in people}
    for (person, _), some in pool.edges(people).items():
        if person in found:
            found[person] += (edge for edge in some if not edge.own and edge.unit)
    return stories(tx, found, today=today)


def stories(tx: Tx, edges: Mapping[K, Iterable[Edge]], *, today: str) -> dict[K, tuple[Story, ...]]:
    """What givers wrote, of each of some thanks: of the newest public ones the most applauded."""
    recent = {key: _recent(some) for key, some in edges.items()}
    told = recognised.stories(tx, {kudos for some in recent.values() for kudos in some}, today=today)
    found: dict[K, tuple[Story, ...]] = {}
    for key, some in recent.items():
        known = sorted((told[k] for k in some if k in told), key=lambda one: (-one.claps, -one.at, -one.kudos_id))
        found[key] = tuple(Story(one.text, one.giver_ja, one.giver_en) for one in known[:STORIES])
    return found


def _recent(edges: Iterable[Edge]) -> list[int]:
    newest = sorted({(edge.at, edge.kudos) for edge in edges}, reverse=True)
    return [kudos for _, kudos in newest[:RECENT]]


def changed(tx: Tx, period: Period, unit: int | None) -> Changes:
    """Notes adopted or done in the period, whenever they were written."""
    span = {"since": period.since, "until": period.until}
    took = changes.days(tx, **span, unit=unit)
    newest = changes.newest(tx, **span, unit=unit, limit=NEWEST)
    support = changes.supporters(tx, (note.id for note in newest))
    best = sorted(newest, key=lambda note: (-support.get(note.id, 0), -(note.answered_at or 0), -note.id))
    shown = tuple(_changed(tx, note, support.get(note.id, 0)) for note in best[:CHANGES_SHOWN])
    return Changes(len(took), float(median(took)) if took else None, shown)


def _changed(tx: Tx, note: NoteRow, support: int) -> Changed:
    took = ((note.answered_at or note.at) - note.at) // changes.DAY
    if note.audience != "unit":
        # Who wrote it must not travel with the figures, into a file for example.
        note = note._replace(author_id=None, author_ja=None, author_en=None)
    return Changed(ListedNote(note, note_tags.of(tx, note.id), support), took)


def covered(
    tx: Tx, touched: Mapping[int, set[int]], unit: int | None, sizes: Mapping[int, int], *, day: str
) -> tuple[Covered, ...]:
    """The heat map: the units right below, and in how many of the staffed units in each a principle left a trace.

    What was done in a unit that is no more counts for the nearest staffed one above it, which is its heir.
    """
    tops = [unit] if unit is not None else units.tops(tx, today=day)
    lines = coverage.children(tx, tops[0], day=day) or tops if len(tops) == 1 else tops
    touched = _inherited(tx, touched, sizes, day=day)
    under = coverage.under(tx, lines, day=day)
    rows: list[Covered] = []
    for line in lines:
        inside = {one for one in under.get(line, ()) if sizes.get(one)}
        row = units.get(tx, line)
        if inside and row is not None:
            rows.append(Covered(row, len(inside), {n: len(inside & some) for n, some in touched.items()}))
    return tuple(rows)


def touched(everybody: Done, numbers: Iterable[int]) -> dict[int, set[int]]:
    """The units in which each principle was noted or somebody was thanked for it."""
    found: dict[int, set[int]] = {n: set() for n in numbers}
    for some in (everybody.tags, everybody.thanks):
        for number, unit in zip(
            *(column.tolist() for column in tallies.pairs(some["number"], some["unit"])), strict=True
        ):
            if number in found and unit:
                found[number].add(unit)
    return found


def _inherited(tx: Tx, touched: Mapping[int, set[int]], sizes: Mapping[int, int], *, day: str) -> dict[int, set[int]]:
    gone = {one for some in touched.values() for one in some if not sizes.get(one)}
    heirs: dict[int, int] = {}
    for one, above in coverage.above(tx, day=day) if gone else ():
        if one in gone and sizes.get(above):
            heirs.setdefault(one, above)
    return {n: {heirs.get(one, one) for one in some} for n, some in touched.items()}
