"""A panel drawn by lot: in every unit about one in N each time, nobody twice within N times, everybody within N times.

The lots are fixed by a seed, so that anybody can work out that nobody was chosen. Who was asked longest ago comes
first; who never was, before all others, in the order of their lots. Pure.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from hashlib import blake2b
from typing import NamedTuple

EVER = "9999-12-31"


class Draw(NamedTuple):
    """A drawing: one of every `of` people; equal seeds draw equally. `days` are those of the drawings before."""

    seed: str
    of: int
    days: Sequence[str]

    @property
    def recent(self) -> str:
        """Whoever was asked on this day or later is not asked again yet."""
        return self.days[1 - self.of :][0] if self.days else EVER

    @property
    def due(self) -> str:
        """Whoever was asked on this day or before, but was asked, is to be asked now."""
        return self.days[-self.of] if len(self.days) >= self.of else ""


def drawn(people: Mapping[int, str | None], asked: Mapping[int, str], draw: Draw) -> set[int]:
    """Whom to ask this time, of people by unit; `asked` says on which day somebody was asked last."""
    units: defaultdict[str, list[int]] = defaultdict(list)
    for person, unit in people.items():
        units[unit or ""].append(person)
    found: set[int] = set()
    for unit, members in units.items():
        waiting = [person for person in members if asked.get(person, "") < draw.recent]
        waiting.sort(key=lambda person: (asked.get(person, ""), _lot(draw.seed, unit, person)))
        due = sum(1 for person in waiting if "" < asked.get(person, "") <= draw.due)
        share = _share(unit, len(members), draw)
        # Where people came from other units more of them are due at once, but never so many that it shows.
        found.update(waiting[: max(share, min(due, share + max(1, share // 2)))])
    return found


def _share(unit: str, many: int, draw: Draw) -> int:
    """How many of a unit are asked this time: in N times together all, begun at another time in every unit."""
    before = many * (len(draw.days) % draw.of) + _number(f"{draw.seed}:{unit}") % draw.of
    return (before + many) // draw.of - before // draw.of


def _lot(seed: str, unit: str, person: int) -> int:
    return _number(f"{seed}:{unit}:{person}")


def _number(text: str) -> int:
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest())
