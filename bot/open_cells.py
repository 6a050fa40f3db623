"""Which counts may be published as open data: the rule, worked out for one month and principle at once.

A count is told only where it is of at least k times, by at least k different people (thanks: also to as many), and, of
a bureau, where at least k people work there. Bureaus for which that is not so are told together, and with them those
without a unit. Where that is one bureau alone, or still too few, the smallest of the others joins them, until they are
enough. So what is told of bureaus adds up to the whole, and taking some of it away never leaves fewer than k.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple


class Sum(NamedTuple):
    """How often, and by whom; of thanks also whom they went to."""

    times: int = 0
    by: frozenset[int] = frozenset()
    to: frozenset[int] | None = None

    def enough(self, k: int) -> bool:
        """Whether it is told."""
        return self.times >= k and len(self.by) >= k and (self.to is None or len(self.to) >= k)


@dataclass(frozen=True, slots=True)
class Told:
    """What is published: of the whole where there are no `bureaus`, else of these together; None where too few.

    `others` says that those without a bureau are in it too.
    """

    bureaus: tuple[str, ...]
    count: int | None
    others: bool = False


def told(cells: Mapping[str, Sum], nowhere: Sum, staff: Mapping[str, int], k: int) -> list[Told]:
    """What is told of one month and principle: the whole, then its bureaus by their codes, those told together last.

    `cells` has every bureau there was, also without a count; `nowhere` is what belongs to none of them.
    """
    whole = added([*cells.values(), nowhere])
    if not whole.enough(k):
        return [Told((), None)]
    alone = sorted(code for code, cell in cells.items() if staff.get(code, 0) >= k and cell.enough(k))
    joined = sorted(cells.keys() - set(alone))
    rest = added([*(cells[code] for code in joined), nowhere])
    while alone and not _fine(rest, [staff.get(code, 0) for code in joined], k):
        smallest = min(alone, key=lambda code: (cells[code].times, code))
        alone.remove(smallest)
        joined.append(smallest)
        rest = added((rest, cells[smallest]))
    if not alone:
        return [Told((), whole.times)]
    together = [Told(tuple(sorted(joined)), rest.times, others=nowhere.times > 0)] if joined or rest.times else []
    return [Told((), whole.times), *(Told((code,), cells[code].times) for code in alone), *together]


def _fine(rest: Sum, sizes: Sequence[int], k: int) -> bool:
    """Whether what is told together is enough, of several bureaus or of none, or nothing at all."""
    if not sizes:
        return rest.times == 0 or rest.enough(k)
    return len(sizes) > 1 and sum(sizes) >= k and rest.enough(k)


def added(sums: Sequence[Sum]) -> Sum:
    """All together; nobody is counted twice."""
    by = frozenset[int]().union(*(one.by for one in sums))
    reached = [one.to for one in sums if one.to is not None]
    return Sum(sum(one.times for one in sums), by, frozenset[int]().union(*reached) if reached else None)
