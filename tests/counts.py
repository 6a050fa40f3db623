"""What reports count, in the short form that tests compare."""

from collections import defaultdict
from typing import NamedTuple

from bot import recognition_sums
from bot.deeds_of import done
from bot.recognition_sums import Written
from storage.database import Tx
from storage.segments import deeds
from storage.series import GIFTS, THANKS


class Thanked(NamedTuple):
    """The thanks of a principle: how many kudos, people and givers; and each receiver's (different givers, times)."""

    kudos: int
    people: int
    givers: int
    each: list[tuple[int, int]]


def written(tx: Tx, *, since: int, until: int) -> Written:
    """The notes of everybody."""
    return recognition_sums.written(done(tx, since, until))


def kudos(tx: Tx, *, since: int, until: int) -> int:
    """How many kudos stand."""
    return len(deeds(tx, GIFTS, since, until))


def thanked(tx: Tx, number: int, *, since: int, until: int) -> Thanked:
    """The thanks of everybody for a principle, counted one by one."""
    found = deeds(tx, THANKS, since, until)
    rows = found.where(found["number"] == number)
    givers: defaultdict[int, list[int]] = defaultdict(list)
    for receiver, giver in zip(rows["receiver"].tolist(), rows["giver"].tolist(), strict=True):
        givers[receiver].append(giver)
    each = sorted((len(set(some)), len(some)) for some in givers.values())
    everyone = {giver for some in givers.values() for giver in some}
    return Thanked(len(set(rows["kudos"].tolist())), len(givers), len(everyone), each)
