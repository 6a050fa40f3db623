"""Where two surveys differ by few people: found as the small cuts of the graph of who was counted where, then and now.

Its nodes are the pieces of both surveys, and one for being in none. Each person is an edge between where they were and
where they are. A set put together from pieces of today differs from one put together from pieces of then by the people
whose edges lead out of both: a cut. Cuts of weight 1 to k-1 run between the classes of nodes that k edges hold
together. Heavy edges and a maximum adjacency order (Nagamochi and Ibaraki 1992) find most of them; bounded augmenting
paths find the cuts around the rest. One piece within each small cut is put aside, for what holds a piece that is not
published exactly is no exact figure; what is left is looked at again, until it has no small cut.
"""

from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from heapq import heappop, heappush
from typing import NamedTuple

# In no piece of a survey.
NOWHERE = -1
# Where nobody joined or left, both sides of a cut among so few classes are looked at; among more, one holds plenty.
TOLD_APART = 24
# So many classes beside one another are looked at together.
TOGETHER = 4
# A class beside more others than so many is held by too many people to be in a small cut with few.
WIDE = 60
_OUTSIDE = 0

# How many people were in a piece (or group) of today and in a piece of then.
Overlap = Mapping[tuple[int, int], int]
_Graph = dict[int, dict[int, int]]
_Edge = tuple[int, int, int]
_Side = frozenset[int]


class Loose(NamedTuple):
    """Pieces of today (`now`) and of then that are the same people but for `joined` and `left`, together under k."""

    now: tuple[int, ...]
    then: tuple[int, ...]
    joined: int
    left: int


class Threat(NamedTuple):
    """Everything about an earlier survey: the sets that differ from its own by few people."""

    sets: list[Loose]

    @property
    def rounded(self) -> frozenset[int]:
        """The pieces of today to be rounded for it: all in these sets."""
        return frozenset(at for one in self.sets for at in one.now)


def overlap(now: Mapping[int, int], then: Mapping[int, int]) -> Counter[tuple[int, int]]:
    """How many people are in a group of today and a piece of then, from person → group and person → piece."""
    found = Counter((now.get(person, NOWHERE), piece) for person, piece in then.items())
    found.update((group, NOWHERE) for person, group in now.items() if person not in then)
    return found


def gathered(groups: Overlap, piece_of: Mapping[int, int]) -> Counter[tuple[int, int]]:
    """The overlap of pieces from that of the groups they are made of."""
    found: Counter[tuple[int, int]] = Counter()
    for (group, then), people in groups.items():
        found[piece_of.get(group, NOWHERE), then] += people
    return found


def threat(people: Overlap, k: int) -> Threat:
    """The sets of pieces that differ from others of then by 1 to k-1 people."""
    shift = max((now for now, _ in people), default=NOWHERE) + 2
    edges = [(now + 1, _OUTSIDE if then == NOWHERE else then + shift, n) for (now, then), n in people.items()]
    classes = _Classes(edges, k)
    found: dict[_Side, None] = dict.fromkeys(classes.unions())
    aside: set[int] = set()
    while more := [side for side in classes.sides() if any(0 < node < shift for node in side)]:
        found |= dict.fromkeys(more)
        for side in sorted(more, key=len):
            if not side & aside:
                node = max((node for node in side if node < shift), key=lambda node: (classes.size[node], node))
                aside.add(node)
                classes.put_aside(node)
        classes.run()
    light = classes.light
    # What holds no piece that was put aside is no small difference of its own: its parts would have been met.
    return Threat([_loose(light, shift, side) for side in found if side & aside])


def _loose(light: Mapping[int, Sequence[_Edge]], shift: int, side: _Side) -> Loose:
    out = Counter[bool]()
    for node in light.keys() & side:
        # An edge that leads out has one end within, so that it is met once.
        for one, other, weight in light[node]:
            if (one in side) != (other in side):
                out[one in side] += weight
    now = sorted(node for node in side if node < shift)
    then = sorted(node - shift for node in side if node >= shift)
    return Loose(tuple(node - 1 for node in now), tuple(then), out[True], out[False])


class _Joined:
    """Which nodes are one by now."""

    def __init__(self) -> None:
        self._above: dict[int, int] = {}

    def top(self, node: int) -> int:
        """The node that stands for all that are one with it."""
        while (above := self._above.get(node, node)) != node:
            self._above[node] = self._above.get(above, above)
            node = above
        return node

    def join(self, one: int, other: int) -> bool:
        """Make two nodes one; False when they were."""
        one, other = self.top(one), self.top(other)
        self._above[max(one, other)] = min(one, other)
        return one != other


class _Classes:
    """The nodes that k people hold together, while pieces are put aside."""

    def __init__(self, edges: Iterable[_Edge], k: int) -> None:
        self._k = k
        self._joined = _Joined()
        self.size: Counter[int] = Counter()
        # Heavy edges never lie in a small cut: only what is left is looked at again and again.
        self._light: list[_Edge] = []
        for edge in edges:
            one, other, weight = edge
            self.size[one] += weight
            self.size[other] += weight
            if weight >= k:
                self._joined.join(one, other)
            else:
                self._light.append(edge)
        self.run()

    @property
    def light(self) -> Mapping[int, Sequence[_Edge]]:
        """The edges of fewer than k people, each with both its nodes."""
        found: defaultdict[int, list[_Edge]] = defaultdict(list)
        for edge in self._light:
            found[edge[0]].append(edge)
            found[edge[1]].append(edge)
        return found

    def put_aside(self, node: int) -> None:
        """Count a node as in no piece from now on."""
        self._joined.join(_OUTSIDE, node)

    def sides(self) -> list[_Side]:
        """The nodes within small cuts around each class; the class of being in none is in no set that is published."""
        return self._nodes(_around(self._graph, self._joined, self._k))

    def unions(self) -> list[_Side]:
        """The nodes of classes beside one another that few edges lead out of together."""
        return self._nodes(_together(self._graph, self._k))

    def run(self) -> None:
        """Join what is held together."""
        self._graph = _contracted(self._light, self._joined)
        while _pass(self._graph, self._joined, self._k):
            self._graph = _contracted(self._light, self._joined)

    def _nodes(self, sets: Iterable[Iterable[int]]) -> list[_Side]:
        members: defaultdict[int, set[int]] = defaultdict(set)
        for node in self.size:
            members[self._joined.top(node)].add(node)
        return [frozenset().union(*(members[name] for name in names)) for names in sets]


def _around(graph: _Graph, joined: _Joined, k: int) -> Iterator[set[int]]:
    """Small cuts around classes; where nobody joined or left, what is not within one is within the same cut."""
    for part in _parts(graph):
        closed = _OUTSIDE not in part
        sink = max(part, key=lambda name: (len(graph[name]), name)) if closed else _OUTSIDE
        for name in sorted(part - {sink}):
            around = {name} if sum(graph[name].values()) < k else _within(graph, name, sink, joined, k)
            if around:
                # The other side is as good, and will be met when this one is put aside.
                yield min(around, part - around, key=len) if closed else around
                yield from (part - around, around) if closed and len(part) <= TOLD_APART else ()


def _within(graph: _Graph, name: int, sink: int, joined: _Joined, k: int) -> set[int]:
    """The smallest small cut around a class; a class that has none belongs to the sink's."""
    sent, reached = _sent(graph, name, sink, k)
    if sent >= k:
        joined.join(name, sink)
    return reached


def _together(graph: _Graph, k: int) -> Iterator[frozenset[int]]:
    """Every few classes that hang together and that fewer than k people lead out of."""
    small = {name for name, beside in graph.items() if name != _OUTSIDE and len(beside) <= WIDE}
    for start in sorted(small):
        later = {name for name in graph[start] if name > start and name in small}
        yield from _grown(graph, small, (start,), later, sum(graph[start].values()), k)


def _grown(
    graph: _Graph, small: set[int], held: tuple[int, ...], beside: set[int], out: int, k: int
) -> Iterator[frozenset[int]]:
    """Each set that some classes grow to by classes beside them, once (Wernicke 2006); `out` lead out."""
    if 0 < out < k and len(held) > 1:
        yield frozenset(held)
    # With each class that is added, no more than about k people less lead out.
    if len(held) == TOGETHER or out >= k * (TOGETHER - len(held) + 1):
        return
    near = set(held).union(*(graph[name] for name in held))
    left = set(beside)
    while left:
        name = left.pop()
        fresh = {one for one in graph[name] if one > held[0] and one in small and one not in near}
        more = sum(weight * (-1 if one in held else 1) for one, weight in graph[name].items())
        yield from _grown(graph, small, (*held, name), left | fresh, out + more, k)


def _parts(graph: _Graph) -> Iterator[set[int]]:
    """The classes that are connected with one another."""
    left = set(graph)
    while left:
        part, waiting = set(), [min(left)]
        while waiting:
            name = waiting.pop()
            if name not in part:
                part.add(name)
                waiting += graph[name]
        left -= part
        yield part


def _contracted(edges: Iterable[_Edge], joined: _Joined) -> _Graph:
    graph: _Graph = {}
    for one, other, weight in edges:
        a, b = joined.top(one), joined.top(other)
        if a != b:
            for x, y in ((a, b), (b, a)):
                beside = graph.setdefault(x, {})
                beside[y] = beside.get(y, 0) + weight
    return graph


def _pass(graph: _Graph, joined: _Joined, k: int) -> bool:
    """Join what a maximum adjacency order shows to be held together by k; whether anything was."""
    held: Counter[int] = Counter()
    seen: set[int] = set()
    found = False
    for start in sorted(graph):
        heap = [(0, start)]
        while heap:
            node = heappop(heap)[1]
            if node in seen:
                continue
            seen.add(node)
            for beside, weight in graph[node].items():
                if beside not in seen:
                    held[beside] += weight
                    if held[beside] >= k:
                        found |= joined.join(node, beside)
                    heappush(heap, (-held[beside], beside))
    return found


def _sent(graph: _Graph, source: int, target: int, most: int) -> tuple[int, set[int]]:
    """How many people can be sent from a node to another, each over their own edge, and what is reached in the end."""
    used: defaultdict[tuple[int, int], int] = defaultdict(int)
    sent = 0
    while sent < most:
        way, reached = _way(graph, used, source, target)
        if not way:
            return sent, reached
        amount = min(graph[a][b] - used[a, b] for a, b in way)
        for a, b in way:
            used[a, b] += amount
            used[b, a] -= amount
        sent += amount
    return sent, set()


def _way(
    graph: _Graph, used: Mapping[tuple[int, int], int], source: int, target: int
) -> tuple[list[tuple[int, int]], set[int]]:
    """A shortest way with room left, as edges, and what was reached in looking for it; no edges where there is none."""
    came = {source: source}
    waiting = deque((source,))
    while waiting and target not in came:
        node = waiting.popleft()
        if graph[node].get(target, 0) > used.get((node, target), 0):
            came[target] = node
            break
        for beside, weight in graph[node].items():
            if beside not in came and weight > used.get((node, beside), 0):
                came[beside] = node
                waiting.append(beside)
    steps = []
    node = target
    while node in came and node != source:
        steps.append((came[node], node))
        node = came[node]
    return steps, set(came)
