"""Thanks to read page by page: the public ones, and one's own."""

from dataclasses import dataclass
from datetime import date

from bot import kudos_view
from bot.note_list import COUNTED, PAGE, check_page, pages
from bot.turn import Turn
from storage import kudos, kudos_list
from storage.kudos import KudosRow
from storage.kudos_list import Whose

WHICH = ("all", "received", "given")


@dataclass(frozen=True, slots=True)
class Thanks:
    """A kudos with the names of whom it went to."""

    kudos: KudosRow
    giver: str
    to: str
    day: date
    numbers: tuple[int, ...]
    claps: int


@dataclass(frozen=True, slots=True)
class Listing:
    """A page of thanks."""

    entries: tuple[Thanks, ...]
    total: int
    page: int
    pages: int

    @property
    def is_more(self) -> bool:
        """Whether there is more than can be leafed through."""
        return self.total >= COUNTED


def found(turn: Turn, which: str, number: int | None, page: int) -> Listing:
    """A page of thanks, newest first; raises `Refusal` for a page there is not."""
    of = Whose(turn.me.id, which, number)
    total = kudos_list.count(turn.tx, of, limit=COUNTED)
    last = pages(total)
    check_page(page, last)
    rows = kudos_list.page(turn.tx, of, limit=PAGE, offset=(page - 1) * PAGE)
    return Listing(tuple(_thanks(turn, row) for row in rows), total, page, last)


def _thanks(turn: Turn, row: KudosRow) -> Thanks:
    lang = turn.lang
    names = [en if lang == "en" and en else ja for _, ja, en in kudos.receivers(turn.tx, row.id)]
    numbers, claps = kudos.numbers(turn.tx, row.id), kudos.claps(turn.tx, row.id)
    return Thanks(row, row.giver(lang), kudos_view.named(turn.t, names), turn.local(row.at).date(), numbers, claps)
