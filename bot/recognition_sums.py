"""The sums of a recognition report, of everybody or of the people who were in a unit or below it then."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

from bot import tallies
from bot.deeds_of import Done, done
from bot.recognition_model import Firsts, Totals
from bot.reports import Period
from bot.shortlists import LEAST_GIVERS, Edges, Pair, Pool
from storage.database import Tx
from storage.recognised import Edge, Spread
from storage.segments import Column, Deeds, deeds
from storage.series import GIFTS, THANKS

# From how many other units on somebody may stand behind the scenes.
LEAST_UNITS = 3
# Of a principle about so many people are looked at first; a guess, which decides nothing but how long it takes.
LOOKED_AT = 800


class Count(NamedTuple):
    """A principle's thanks: how many kudos, to how many people, by how many."""

    kudos: int
    people: int
    givers: int


class Gathered(NamedTuple):
    """What was done in a period: by everybody, and what the report is about."""

    everybody: Done
    here: Done


@dataclass(frozen=True, slots=True)
class Sums:
    """What is counted of a period; `outside` is (person, how many other units thanked them)."""

    counts: dict[int, Count]
    pool: Pool
    firsts: Firsts
    outside: list[tuple[int, int]]


class Written(NamedTuple):
    """The notes of a period: by state, by whom, by principle."""

    states: dict[str, int]
    writers: int
    by_number: dict[int, int]


def gathered(tx: Tx, period: Period, unit: int | None) -> Gathered:
    """What a report is made from."""
    everybody = done(tx, period.since, period.until)
    return Gathered(everybody, everybody.then_in(tx, unit))


def summed(tx: Tx, period: Period, found: Gathered, numbers: Collection[int], *, least: int) -> Sums:
    """The sums of thanks; the pool holds who was thanked at least so often for a principle."""
    thanks = found.here.thanks
    return Sums(_counts(thanks, numbers), pool(thanks, numbers, least), _firsts(tx, period, found), _outside(thanks))


def likely(times: int, numbers: int) -> int:
    """From how many thanks on somebody probably gets on a shortlist, where there were so many in all."""
    return max(LEAST_GIVERS, times // (numbers * LOOKED_AT * 10))


def _counts(thanks: Deeds, numbers: Collection[int]) -> dict[int, Count]:
    found = [tallies.different(thanks["number"], thanks[of]) for of in ("kudos", "receiver", "giver")]
    return {n: Count(*(some.get(n, 0) for some in found)) for n in numbers}


def pool(thanks: Deeds, numbers: Collection[int], least: int) -> Pool:
    """Who was thanked at least so often for one of some principles, and over whom their thanks spread."""
    often: dict[int, list[tuple[int, int]]] = {n: [] for n in numbers}
    for (person, number), times in tallies.times_of_both(thanks["receiver"], thanks["number"], least).items():
        if number in often:
            often[number].append((person, times))
    return Pool(often, least, partial(_edges, thanks), partial(_spread, thanks))


def _own(thanks: Deeds) -> Column:
    """Whether thanks came from the receiver's own unit."""
    same: Column = (thanks["giver_unit"] == thanks["unit"]) & (thanks["unit"] != 0)
    return same


def _of(thanks: Deeds, people: Collection[int]) -> Deeds:
    return thanks.where(tallies.among(thanks["receiver"], people) & (thanks["number"] != 0))


def _edges(thanks: Deeds, people: Collection[int]) -> Edges:
    """The thanks of some people, by receiver and principle."""
    some = _of(thanks, people)
    found: defaultdict[Pair, list[Edge]] = defaultdict(list)
    columns = (
        some["receiver"],
        some["number"],
        some["giver"],
        some["giver_unit"],
        _own(some),
        some["at"],
        some["kudos"],
    )
    for receiver, number, *edge in zip(*(column.tolist() for column in columns), strict=True):
        found[receiver, number].append(Edge(*edge))
    return found


def _spread(thanks: Deeds, people: Collection[int]) -> Mapping[Pair, Spread]:
    """Over how many givers and units the thanks of some people spread, by receiver and principle."""
    some = _of(thanks, people)
    own = _own(some)
    parts = (some.where(~own), some.where(own))
    counts = [
        tallies.different_of_both(part["receiver"], part["number"], part[of])
        for part in parts
        for of in ("giver", "giver_unit")
    ]
    return {pair: Spread(*(count.get(pair, 0) for count in counts)) for pair in set().union(*counts)}


def _outside(thanks: Deeds) -> list[tuple[int, int]]:
    other = thanks.where(~_own(thanks) & (thanks["giver_unit"] != 0))
    return list(tallies.different(other["receiver"], other["giver_unit"], LEAST_UNITS).items())


def _firsts(tx: Tx, period: Period, found: Gathered) -> Firsts:
    """Who gave or got thanks for the first time ever; by name only those of whose thanks everybody may know."""
    everybody, here, thanks = found.everybody.gifts, found.here.gifts, found.here.thanks
    public = everybody.where(everybody["public"] != 0)
    given_before = deeds(tx, GIFTS, 0, period.since, "giver")["giver"]
    told = thanks.where(tallies.among(thanks["kudos"], public["kudos"]))
    received_before = deeds(tx, THANKS, 0, period.since, "receiver")["receiver"]
    return Firsts(
        len(tallies.new(here["giver"], given_before)),
        len(tallies.new(thanks["receiver"], received_before)),
        tuple(tallies.new(here.where(here["public"] != 0)["giver"], given_before)),
        tuple(tallies.new(told["receiver"], received_before)),
    )


def written(found: Done) -> Written:
    """The notes of what was done."""
    states = {found.notes.names["state"][code]: count for code, count in tallies.times(found.notes["state"]).items()}
    return Written(states, found.writers(), found.notes_by_number())


def thanked(found: Done, unit: int | None) -> int:
    """How many kudos stand, of everybody or received in a unit and below."""
    return len(found.gifts) if unit is None else found.received


def totals(tx: Tx, period: Period, unit: int | None) -> tuple[Totals, dict[int, int], dict[int, int]]:
    """All of a period in short, and its notes and thanks by principle."""
    found = gathered(tx, period, unit).here
    notes = written(found)
    total = Totals(sum(notes.states.values()), notes.writers, thanked(found, unit))
    return total, notes.by_number, found.kudos_by_number()
