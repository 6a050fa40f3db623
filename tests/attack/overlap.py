"""Cuts of fewer than k people in the graph of who is in which piece of two surveys.

The nodes are the pieces of either survey and everyone outside; an edge's weight is how many people are in both.
A union of pieces of one survey and a union of pieces of the other that differ by d people are one side of a cut of
weight d. What hangs together by k or more is on the same side of every such cut and is contracted first.
"""

from collections.abc import Iterable, Iterator
from heapq import heappop, heappush
from itertools import combinations

Graph = dict[int, dict[int, int]]
Edges = dict[tuple[int, int], int]
OUTSIDE = -1
BRUTE = 9
NEAR = 60
STEPS = 8
# In a graph of more nodes the order is gone through once only.
LARGE = 1500


def cuts(edges: Edges, k: int) -> Iterator[frozenset[int]]:
    """The side away from the outside of every cut of 1 to k−1 people that matters, as nodes of the graph."""
    root = Classes()
    graph = _contracted(edges, root, k)
    members = root.members(graph)
    for part in _components(graph, root.find(OUTSIDE)):
        for side in _sides(graph, part, k):
            yield frozenset(m for n in side for m in members[n])


class Classes:
    """Union-find; the outside's class keeps its name."""

    def __init__(self) -> None:
        self.up: dict[int, int] = {}

    def find(self, a: int) -> int:
        """The name of the class."""
        up = self.up
        while (b := up.get(a, a)) != a:
            up[a] = a = up.get(b, b)
        return a

    def join(self, a: int, b: int) -> None:
        """Make one class of two."""
        a, b = self.find(a), self.find(b)
        if a != b:
            self.up[max(a, b)] = min(a, b)

    def members(self, graph: Graph) -> dict[int, list[int]]:
        """Everything in the classes that are left in the graph."""
        found: dict[int, list[int]] = {n: [n] for n in graph}
        for a in self.up:
            if (top := self.find(a)) in graph and top != a:
                found[top].append(a)
        return found


def _contracted(edges: Edges, root: Classes, k: int) -> Graph:
    """The graph of classes once nothing in it is seen to hang together by k people."""
    for (a, b), weight in edges.items():
        if weight >= k:
            root.join(a, b)
    light: Iterable[tuple[int, int, int]] = [(a, b, w) for (a, b), w in edges.items() if w < k]
    graph = _quotient(light, root)
    while _tie(graph, root, k):
        light = [(a, b, w) for a, beside in graph.items() for b, w in beside.items() if a < b]
        large, graph = len(graph) > LARGE, _quotient(light, root)
        if large:
            break
    return graph


def _quotient(edges: Iterable[tuple[int, int, int]], root: Classes) -> Graph:
    graph: Graph = {}
    for a, b, weight in edges:
        a, b = root.find(a), root.find(b)
        if a != b:
            for one, other in ((a, b), (b, a)):
                beside = graph.setdefault(one, {})
                beside[other] = beside.get(other, 0) + weight
    return graph


def _tie(graph: Graph, root: Classes, k: int) -> bool:
    """Join what no cut of fewer than k can part (Nagamochi and Ibaraki's maximum adjacency order, once through)."""
    label = dict.fromkeys(graph, 0)
    waiting: list[tuple[int, int]] = []
    scanned: set[int] = set()
    joined = False
    for start in graph:
        heappush(waiting, (0, start))
        while waiting:
            _, at = heappop(waiting)
            if at in scanned:
                continue
            scanned.add(at)
            for other, weight in graph[at].items():
                if other not in scanned:
                    label[other] = total = label[other] + weight
                    heappush(waiting, (-total, other))
                    if total >= k:
                        root.join(at, other)
                        joined = True
    return joined


def _components(graph: Graph, outside: int) -> Iterator[list[int]]:
    """What hangs together without the outside."""
    seen = {outside}
    for start in graph:
        if start not in seen:
            seen.add(start)
            part = [start]
            for node in part:
                fresh = [n for n in graph[node] if n not in seen]
                seen.update(fresh)
                part += fresh
            yield part


def _sides(graph: Graph, names: list[int], k: int) -> Iterator[frozenset[int]]:
    degree = {n: sum(graph[n].values()) for n in names}
    every = _small_sides(names) if len(names) <= BRUTE else _near_sides(graph, names, degree, k)
    seen: set[frozenset[int]] = set()
    for side in every:
        if side not in seen and 0 < _boundary(graph, side, degree) < k:
            seen.add(side)
            yield side


def _small_sides(names: list[int]) -> Iterator[frozenset[int]]:
    for count in range(1, len(names) + 1):
        yield from map(frozenset, combinations(names, count))


def _near_sides(graph: Graph, names: list[int], degree: dict[int, int], k: int) -> Iterator[frozenset[int]]:
    """In a large component: classes alone or two that touch; if it is not too large, three, more, and all but those."""
    whole = frozenset(names)
    for a in whole:
        yield frozenset([a])
        yield from (
            frozenset([a, b]) for b, w in graph[a].items() if b > a and b in whole and degree[a] + degree[b] - 2 * w < k
        )
    if len(names) <= NEAR:
        for side in _touching(graph, whole, degree, k):
            yield side
            yield whole - side
    yield whole


def _touching(graph: Graph, whole: frozenset[int], degree: dict[int, int], k: int) -> Iterator[frozenset[int]]:
    for a in whole:
        yield frozenset([a])
        yield from _grown(graph, whole, degree, a)
        for b in graph[a].keys() & whole:
            yield frozenset([a, b])
            near = (graph[a].keys() | graph[b].keys()) & whole - {a, b}
            yield from (frozenset([a, b, c]) for c in near if degree[c] < 2 * k)


def _grown(graph: Graph, whole: frozenset[int], degree: dict[int, int], start: int) -> Iterator[frozenset[int]]:
    """A few times the neighbour that leaves the smallest boundary, while the boundary does not grow."""
    side = {start}
    pull = {n: w for n, w in graph[start].items() if n in whole}
    for _ in range(min(STEPS, len(whole)) if degree[start] < 2 * STEPS else 0):
        best = max(pull, key=lambda n: 2 * pull[n] - degree[n], default=start)
        if best == start or 2 * pull.pop(best) < degree[best]:
            return
        side.add(best)
        for n, w in graph[best].items():
            if n in whole and n not in side:
                pull[n] = pull.get(n, 0) + w
        yield frozenset(side)


def _boundary(graph: Graph, side: frozenset[int], degree: dict[int, int]) -> int:
    return sum(degree[a] - sum([w for n, w in graph[a].items() if n in side]) for a in side)
