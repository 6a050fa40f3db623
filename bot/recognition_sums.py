"""The sums of a recognition report: of everybody, straight from the indexes; of a unit, from the rows of its people."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import NamedTuple

from bot.recognition_model import Totals
from bot.reports import Period
from bot.shortlists import LEAST_GIVERS, Edges, Pair, Pool
from storage import changes, recognised, recognition, reports
from storage.database import Tx
from storage.recognised import Edge, Spread
from storage.recognition import Row
from storage.reports import Asked

# From how many other units on somebody may stand behind the scenes.
LEAST_UNITS = 3
# Of a principle about so many people are looked at first; a guess, which decides nothing but how long it takes.
LOOKED_AT = 800


class Count(NamedTuple):
    """A principle's thanks: how many kudos, to how many people, by how many."""

    kudos: int
    people: int
    givers: int


@dataclass(frozen=True, slots=True)
class Sums:
    """What is counted of a period; `outside` is (person, how many other units thanked them)."""

    counts: dict[int, Count]
    pool: Pool
    first_givers: list[int]
    first_receivers: list[int]
    outside: list[tuple[int, int]]


def everybody(tx: Tx, period: Period, numbers: tuple[int, ...], *, least: int) -> Sums:
    """The sums of the whole organisation; the pool holds who was thanked at least so often for a principle."""
    span = {"since": period.since, "until": period.until}
    found = {n: recognition.of_number(tx, n, **span, least=least) for n in numbers}
    counts = {n: Count(of.kudos, of.people, recognition.givers(tx, n, **span)) for n, of in found.items()}
    thanked = recognition.thanked(tx, **span, least=LEAST_UNITS)

    def edges(people: Collection[int]) -> Edges:
        return recognised.edges(tx, people, **span)

    def spread(people: Collection[int]) -> dict[Pair, Spread]:
        return recognised.spread(tx, people, **span, least=least)

    pool = Pool({n: of.often for n, of in found.items()}, least, edges, spread)
    return Sums(counts, pool, recognition.first_givers(tx, **span), thanked.first, thanked.outside)


def likely(times: int, numbers: int) -> int:
    """From how many thanks on somebody probably gets on a shortlist, where there were so many in all."""
    return max(LEAST_GIVERS, times // (numbers * LOOKED_AT * 10))


def of_unit(tx: Tx, unit: int, period: Period, numbers: tuple[int, ...]) -> Sums:
    """The sums of a unit and everything below it, as it was then."""
    span = {"since": period.since, "until": period.until}
    rows = list(recognition.of_unit(tx, unit, **span))
    people = {row.receiver for row in rows}
    gave = recognition.givers_in_unit(tx, unit, **span)
    return Sums(
        _counts(rows, numbers),
        _pool(rows, numbers),
        sorted(gave - recognised.gave_before(tx, gave, since=period.since)),
        sorted(people - recognised.received_before(tx, people, since=period.since)),
        _outside(rows),
    )


def _counts(rows: Iterable[Row], numbers: tuple[int, ...]) -> dict[int, Count]:
    kudos: dict[int, set[int]] = {n: set() for n in numbers}
    people: dict[int, set[int]] = {n: set() for n in numbers}
    givers: dict[int, set[int]] = {n: set() for n in numbers}
    for row in rows:
        if row.number in kudos:
            kudos[row.number].add(row.kudos)
            people[row.number].add(row.receiver)
            givers[row.number].add(row.giver)
    return {n: Count(len(kudos[n]), len(people[n]), len(givers[n])) for n in numbers}


def _pool(rows: Iterable[Row], numbers: tuple[int, ...]) -> Pool:
    found: defaultdict[Pair, list[Edge]] = defaultdict(list)
    for row in rows:
        found[row.receiver, row.number].append(Edge(row.giver, row.unit, row.own, row.at, row.kudos))
    often: dict[int, list[tuple[int, int]]] = {n: [] for n in numbers}
    for (person, number), some in found.items():
        if number in often and len(some) >= LEAST_GIVERS:
            often[number].append((person, len(some)))
    return Pool(often, LEAST_GIVERS, lambda _: found, lambda _: {pair: _spread(some) for pair, some in found.items()})


def _spread(some: Iterable[Edge]) -> Spread:
    own = [edge for edge in some if edge.own]
    others = [edge for edge in some if not edge.own]
    return Spread(
        len({edge.giver for edge in others}),
        len({edge.unit for edge in others}),
        len({edge.giver for edge in own}),
        len({edge.unit for edge in own}),
    )


def _outside(rows: Iterable[Row]) -> list[tuple[int, int]]:
    found: defaultdict[int, set[int]] = defaultdict(set)
    for row in rows:
        if not row.own and row.unit:
            found[row.receiver].add(row.unit)
    return [(person, len(some)) for person, some in found.items() if len(some) >= LEAST_UNITS]


class Written(NamedTuple):
    """The notes of a period: by state, by whom, by principle."""

    states: dict[str, int]
    writers: int
    by_number: dict[int, int]


def written(tx: Tx, period: Period, unit: int | None, *, today: str) -> Written:
    """The notes of everybody, or of a unit and below as it was then."""
    span = {"since": period.since, "until": period.until}
    if unit is None:
        states = reports.note_states(tx, **span)
        numbers = reports.notes_by_number(tx, **span) if states else {}
        return Written(states, reports.writers(tx, **span) if states else 0, numbers)
    by_number = reports.unit_notes(tx, Asked(unit, period.since, period.until, today))
    return Written(changes.unit_states(tx, unit, **span), changes.unit_writers(tx, unit, **span), by_number)


def thanks(tx: Tx, period: Period, unit: int | None, *, today: str) -> int:
    """How many kudos stand, of everybody or received in a unit and below."""
    if unit is None:
        return reports.kudos_total(tx, since=period.since, until=period.until)
    return reports.unit_kudos_totals(tx, Asked(unit, period.since, period.until, today))[0]


def thanks_by_number(tx: Tx, period: Period, unit: int | None, *, today: str) -> dict[int, int]:
    """How many kudos of each principle."""
    if unit is None:
        return recognition.by_number(tx, since=period.since, until=period.until)
    return reports.unit_kudos(tx, Asked(unit, period.since, period.until, today))


def totals(tx: Tx, period: Period, unit: int | None, *, today: str) -> tuple[Totals, dict[int, int], dict[int, int]]:
    """All of a period in short, and its notes and thanks by principle."""
    notes, kudos = written(tx, period, unit, today=today), thanks(tx, period, unit, today=today)
    by_number = thanks_by_number(tx, period, unit, today=today) if kudos else {}
    return Totals(sum(notes.states.values()), notes.writers, kudos), notes.by_number, by_number
