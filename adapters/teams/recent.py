"""What was seen lately, by name: the newest are kept, and no more than so many."""

from collections import OrderedDict
from typing import TypeVar

T = TypeVar("T")
MOST_KEPT = 20_000


class Recent(OrderedDict[str, T]):
    """Forgets the oldest entry where there are too many."""

    def __setitem__(self, name: str, value: T) -> None:
        super().__setitem__(name, value)
        self.move_to_end(name)
        if len(self) > MOST_KEPT:
            self.popitem(last=False)
