"""Announcements that were read, as far as a platform tells of it by itself."""

from collections.abc import Callable, Iterable
from datetime import timedelta

from bot.turn import Turn
from storage import announced, announcements

# What is older is looked up no more.
RECENT = timedelta(days=30)


def news(turn: Turn, was_read: Callable[[str], bool]) -> list[int]:
    """The announcements a person was shown and has read, of which that was not known."""
    me = turn.who
    if me is None:
        return []
    begun = announcements.begun(turn.tx, since=turn.at_in(-RECENT))
    shown = ((one, announced.shown_to(turn.tx, one, me.id)) for one in begun)
    return [
        one
        for one, reference in shown
        if reference and was_read(reference) and not announcements.is_seen(turn.tx, one, me.id)
    ]


def keep(turn: Turn, found: Iterable[int]) -> None:
    """Write down that the person read these."""
    for one in found:
        announcements.see(turn.tx, one, turn.me.id, read_at=turn.at, pressed_at=None)
