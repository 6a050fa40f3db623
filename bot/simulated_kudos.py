"""Simulated kudos: mostly between neighbours, often back and forth, with a few people everyone is thankful to."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from bot.simulated_days import Days
from bot.simulated_people import Town
from bot.simulated_texts import Texts, Told
from bot.turn import House
from storage.bulk import NewClap, NewKudos, NewKudosTag, NewQuota, NewThanked, Row

PARTNER, STAR, NEAR = 0.25, 0.42, 0.95
SECOND = 0.08
CLAPPED, MOST_CLAPS = 2.0, 15
TRIES = 30
DELAY = 0.7


@dataclass(frozen=True, slots=True)
class Thanking:
    """What simulated kudos are made from: each person's partner (who has them as theirs), each unit's star."""

    house: House
    town: Town
    days: Days
    texts: Texts
    activity: list[float]
    partners: list[int]
    stars: dict[int, int]
    rng: Random


def partners(town: Town) -> list[int]:
    """Pairs of neighbours; 0 is nobody's key and means no partner."""
    found = [0] * (town.size + 1)
    for members in town.members.values():
        for one, other in zip(members[::2], members[1::2], strict=False):
            found[one], found[other] = other, one
    return found


def stars(town: Town, rng: Random) -> dict[int, int]:
    """The person a division is thankful to, for each of its units."""
    by_division: dict[int, int] = {}
    found: dict[int, int] = {}
    for unit, members in town.members.items():
        if members:
            found[unit] = by_division.setdefault(town.division(unit), rng.choice(members))
    for gone, heir, _ in town.chart.descents():
        if gone in found:
            found.setdefault(heir, found[gone])
    return found


def of_day(thanking: Thanking, day: int, *, first: int, count: int) -> Iterator[Row]:
    """All rows of a day: `count` kudos with keys from `first`."""
    used: Counter[int] = Counter()
    for i, at in enumerate(thanking.days.moments(day, count, thanking.rng)):
        giver, thanked = _pair(thanking, used)
        used[giver] += len(thanked)
        yield from _kudos(thanking, first + i, day, giver, thanked, at)
    name = thanking.days.days[day].isoformat()
    yield from (NewQuota(person, name, spent) for person, spent in sorted(used.items()))


def _pair(thanking: Thanking, used: Counter[int]) -> tuple[int, list[int]]:
    """A giver who may still give today, and those they thank."""
    rng, cap = thanking.rng, thanking.house.settings.kudos.daily_cap
    for _ in range(TRIES):
        giver = rng.choices(range(1, thanking.town.size + 1), cum_weights=thanking.activity)[0]
        thanked = _thanked(thanking, giver)
        if thanked and used[giver] + len(thanked) <= cap:
            return giver, thanked
    # The busiest have given all they may: somebody else does.
    giver = min(range(1, thanking.town.size + 1), key=lambda person: used[person])
    return giver, [giver % thanking.town.size + 1]


def _thanked(thanking: Thanking, giver: int) -> list[int]:
    rng, town = thanking.rng, thanking.town
    found = [_one(thanking, giver)]
    if rng.random() < SECOND:
        found.append(town.colleague(town.now[giver], rng, far=0))
    return [person for person in dict.fromkeys(found) if person != giver]


def _one(thanking: Thanking, giver: int) -> int:
    roll, unit = thanking.rng.random(), thanking.town.now[giver]
    if roll < PARTNER and thanking.partners[giver]:
        return thanking.partners[giver]
    if roll < STAR:
        return thanking.stars.get(unit, giver)
    return thanking.town.colleague(unit, thanking.rng, far=1 - NEAR)


def _kudos(thanking: Thanking, key: int, day: int, giver: int, thanked: list[int], at: int) -> Iterator[Row]:
    now, told = thanking.town.now, _told(thanking, giver)
    yield _row(thanking, key, day, giver, at, told)
    yield from (NewThanked(key, person, now[person]) for person in thanked)
    yield from (
        NewKudosTag(key, p, number, giver, now[p], now[giver], at, p == thanked[0])
        for p in thanked
        for number in told.numbers
    )
    if told.public:
        yield from _claps(thanking, key, day, {giver, *thanked}, now[thanked[0]], at)


def _told(thanking: Thanking, giver: int) -> Told:
    lang = thanking.town.people[giver - 1].language or thanking.house.lang
    return thanking.texts.draw(lang, thanking.rng)


def _row(thanking: Thanking, key: int, day: int, giver: int, at: int, told: Told) -> NewKudos:
    pack, name = thanking.house.pack, thanking.days.days[day].isoformat()
    return NewKudos(key, giver, thanking.town.now[giver], told.text, told.public, pack.id, pack.version, name, at)


def _claps(thanking: Thanking, key: int, day: int, involved: set[int], unit: int, at: int) -> Iterator[NewClap]:
    rng, days = thanking.rng, thanking.days
    count = min(MOST_CLAPS, int(rng.paretovariate(CLAPPED)) - 1)
    for person in dict.fromkeys(thanking.town.colleague(unit, rng, far=0) for _ in range(count)):
        on = days.later(day, rng, mean=DELAY)
        if person not in involved and on is not None:
            yield NewClap(key, person, days.moment(on, rng, after=at))
