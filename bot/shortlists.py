"""Shortlists of every principle at once: only those who may get on them are scored, and nobody who might is left out.

Nobody has more points than their thanks can come to. So those thanked most often are scored first, without and then
with discounts, until what the next can come to is less than the last place already has.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from itertools import chain

from bot import circles, scoring
from bot.scoring import Around, Points, Ranked, Thanks
from storage import circles as across
from storage import recognised
from storage.database import Tx
from storage.recognised import Edge, Listed, Spread

# Nobody is on a shortlist on the word of one colleague alone.
LEAST_GIVERS = 2
# How many are looked at, and scored, at a time.
LOOKED_AT, SCORED = 12, 8

Pair = tuple[int, int]
Edges = Mapping[Pair, list[Edge]]


@dataclass(frozen=True, slots=True)
class Pool:
    """Everybody thanked at least `least` times for a principle, as (person, times).

    `edges` are the thanks of some of them, `spread` is over whom these spread.
    """

    often: Mapping[int, Iterable[tuple[int, int]]]
    least: int
    edges: Callable[[Collection[int]], Edges]
    spread: Callable[[Collection[int]], Mapping[Pair, Spread]]


@dataclass(frozen=True, slots=True)
class Frame:
    """What scores are worked out against: the time around (since, until), sizes of units, roles, and today."""

    since: int
    until: int
    sizes: Mapping[int, int]
    roles: Mapping[int, float]
    today: str


@dataclass(slots=True)
class Shortlists:
    """Who is on them, by principle; everybody's names; and the thanks they were scored by."""

    lists: dict[int, list[Ranked]] = field(default_factory=dict)
    names: dict[int, Listed] = field(default_factory=dict)
    edges: dict[Pair, list[Edge]] = field(default_factory=dict)
    # How many were left out who share the last place.
    more: dict[int, int] = field(default_factory=dict)


class Context:
    """What is known of the people around those who are scored; each is looked up once."""

    def __init__(self, tx: Tx, frame: Frame) -> None:
        self._tx, self._frame = tx, frame
        self._thanked: dict[int, frozenset[int]] = {}
        self._by: dict[int, set[int]] = {}
        self._few: dict[int, frozenset[int]] = {}
        since, until = frame.since, frame.until
        self._across = circles.Around(
            partial(across.thanked, tx, since=since, until=until), partial(across.givers, tx, since=since, until=until)
        )
        self._circles: dict[int, frozenset[int]] = {}

    def look_up(self, receivers: Collection[int], givers: Collection[int]) -> None:
        """Find out about some people what is not known of them yet."""
        span = {"since": self._frame.since, "until": self._frame.until}
        fresh = set(receivers).difference(self._thanked)
        self._thanked |= dict.fromkeys(fresh, frozenset[int]()) | recognised.thanked_themselves(self._tx, fresh, **span)
        self._circles |= circles.closed(fresh, self._across)
        new = set(givers).difference(self._by)
        self._by |= {giver: set() for giver in new} | recognised.thanked_by(self._tx, new, **span)
        self._few |= recognised.thanked_few(self._tx, new, most=scoring.FEW, **span)

    def around(self, receiver: int, givers: Iterable[int]) -> Around:
        """What scoring a receiver needs to know."""
        known = list(givers)
        few = {giver: self._few[giver] for giver in known if giver in self._few}
        by = {giver: self._by[giver] for giver in known}
        return Around(self._thanked[receiver], by, few, self._circles[receiver])


class _Race:
    """One principle: who is still to be looked at, who was, and who was scored."""

    def __init__(self, often: Iterable[tuple[int, int]], roles: Mapping[int, float]) -> None:
        self._roles = roles
        self._queue: list[tuple[float, int]] = []
        self._expect({person: most(times) for person, times in often})
        # Whether the queue knows over how many units everybody's thanks spread.
        self.spread = False
        self.before: dict[int, float] = {}
        self.scored: dict[int, Points] = {}

    def last(self) -> float:
        """The points that the last place takes by now."""
        points = sorted((one.points for one in self.scored.values()), reverse=True)
        return max(0.1, points[scoring.PLACES - 1] if len(points) >= scoring.PLACES else 0.1)

    def _expect(self, points: Mapping[int, float]) -> None:
        """Have a queue of people by the most points they can come to, the last first."""
        plain = scoring.LEAST_ROLE
        found = ((scoring.tenths(most / self._roles.get(person, plain)), -person) for person, most in points.items())
        self._queue = sorted(found)

    def waiting(self) -> list[int]:
        """Everybody in the queue who may get a place."""
        last = self.last()
        return [-person for points, person in self._queue if points >= last]

    def narrow(self, number: int, spread: Mapping[Pair, Spread]) -> None:
        """Expect no more of those in the queue than how their thanks spread allows."""
        people = {person: spread[person, number] for person in self.waiting() if (person, number) in spread}
        self._expect({person: at_most(found) for person, found in people.items()})
        self.spread = True

    def next(self) -> list[int]:
        """Who is to be looked at now; taken from the queue."""
        taken: list[int] = []
        last = self.last()
        while self._queue and len(taken) < LOOKED_AT and self._queue[-1][0] >= last:
            taken.append(-self._queue.pop()[1])
        return taken

    def hopeful(self) -> list[int]:
        """Those who could still get a place, the likeliest first."""
        open_to = (item for item in self.before.items() if item[0] not in self.scored and item[1] >= self.last())
        return [person for person, _ in sorted(open_to, key=lambda item: (-item[1], item[0]))[:SCORED]]


def most(times: int) -> float:
    """The most points that being thanked so many times can come to."""
    return times * scoring.of_a_unit(scoring.MOST_MEASURE)


def at_most(spread: Spread) -> float:
    """The most points that thanks from so many people of so many units can come to: spread evenly over them."""
    own = _evenly(spread.own * scoring.MOST_MEASURE, spread.own_units)
    return _evenly(spread.others, spread.other_units) + own


def _evenly(givers: float, units: int) -> float:
    return units * scoring.of_a_unit(givers / units) if units else 0.0


def drawn_up(tx: Tx, pool: Pool, frame: Frame) -> Shortlists | None:
    """The shortlists of every principle; None where some who were thanked less often might be on one."""
    found, context = Shortlists(), Context(tx, frame)
    races = {number: _Race(often, frame.roles) for number, often in pool.often.items()}
    while wanted := {number: taken for number, race in races.items() if (taken := race.next())}:
        _look(tx, pool, frame, wanted, races, found)
        while hopeful := {number: some for number, race in races.items() if (some := race.hopeful())}:
            _score(hopeful, races, frame, context, found)
        _narrow(pool, races)
    if pool.least > LEAST_GIVERS and any(scoring.tenths(most(pool.least - 1)) >= r.last() for r in races.values()):
        return None
    for number, race in races.items():
        found.lists[number] = scoring.shortlist(race.scored)
        placed = [one for one in scoring.ranked(race.scored) if one.place <= scoring.PLACES]
        found.more[number] = len(placed) - len(found.lists[number])
    return found


def _narrow(pool: Pool, races: Mapping[int, _Race]) -> None:
    """Once it is known what the last places take: look again who of all that wait could have so much."""
    fresh = {number: race for number, race in races.items() if not race.spread}
    people = set(chain.from_iterable(race.waiting() for race in fresh.values()))
    spread = pool.spread(people) if people else {}
    for number, race in fresh.items():
        race.narrow(number, spread)


def _look(
    tx: Tx, pool: Pool, frame: Frame, wanted: Mapping[int, list[int]], races: Mapping[int, _Race], found: Shortlists
) -> None:
    """Everybody's points without discounts, of those who may be listed."""
    people = set(chain.from_iterable(wanted.values()))
    found.names |= recognised.listed(tx, people.difference(found.names), today=frame.today)
    edges = pool.edges(people.intersection(found.names))
    for number, taken in wanted.items():
        for person in taken:
            some = edges.get((person, number), []) if person in found.names else []
            thanks = newest(some)
            if len(thanks) >= LEAST_GIVERS:
                found.edges[person, number] = some
                points = scoring.score(thanks, Around(), frame.sizes, frame.roles.get(person, scoring.LEAST_ROLE))
                races[number].before[person] = points.before


def _score(
    hopeful: Mapping[int, list[int]], races: Mapping[int, _Race], frame: Frame, context: Context, found: Shortlists
) -> None:
    pairs = {
        (person, number): newest(found.edges[person, number]) for number, some in hopeful.items() for person in some
    }
    context.look_up({person for person, _ in pairs}, {one.giver for thanks in pairs.values() for one in thanks})
    for (person, number), thanks in pairs.items():
        around = context.around(person, (one.giver for one in thanks))
        role = frame.roles.get(person, scoring.LEAST_ROLE)
        races[number].scored[person] = scoring.score(thanks, around, frame.sizes, role)


def newest(edges: Iterable[Edge]) -> list[Thanks]:
    """The newest thanks of each giver."""
    found: dict[int, Edge] = {}
    for edge in edges:
        known = found.get(edge.giver)
        if known is None or (edge.at, edge.kudos) > (known.at, known.kudos):
            found[edge.giver] = edge
    return [Thanks(giver, edge.unit, bool(edge.own)) for giver, edge in found.items()]


def of_one(tx: Tx, person: int, number: int, pool: Pool, frame: Frame) -> Points | None:
    """The points of one person for one principle; None where they cannot be on a shortlist."""
    if person not in recognised.listed(tx, [person], today=frame.today):
        return None
    thanks = newest(pool.edges([person]).get((person, number), []))
    if len(thanks) < LEAST_GIVERS:
        return None
    context = Context(tx, frame)
    context.look_up([person], [one.giver for one in thanks])
    around = context.around(person, (one.giver for one in thanks))
    return scoring.score(thanks, around, frame.sizes, frame.roles.get(person, scoring.LEAST_ROLE))
