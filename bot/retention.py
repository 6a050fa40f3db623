"""Keeping nothing longer than app.yaml says, and letting people go on the day they leave."""

from collections.abc import Callable, Mapping
from datetime import timedelta

from bot import awards_telling
from bot.forget import empty_notes, redraw
from bot.privacy import Privacy
from bot.turn import Turn
from storage import accounts, announcements, clearing, erasure, inductions, shown, sign_ins

Clearing = Callable[[Turn, timedelta], int]


def depart(turn: Turn) -> None:
    """Everyone who has left by today: no more messages, no account any more; thanks from and to them stay."""
    leaving = clearing.departing(turn.tx, day=turn.day)
    if leaving:
        clearing.drop_owed(turn.tx, day=turn.day)
    for person_id, linked in leaving:
        clearing.release(turn.tx, person_id, at=turn.at)
        inductions.stop(turn.tx, person_id)
        sign_ins.end_all(turn.tx, person_id)
        turn.audit("link.end", f"person:{person_id}", why="left", accounts=linked)


def run(turn: Turn) -> None:
    """Clear what is older than its time, and write down how much it was."""
    cleared = {kind: count for kind, count in clear(turn).items() if count}
    if cleared:
        turn.audit("retention", "", **cleared)


def clear(turn: Turn) -> dict[str, int]:
    """Clear every kind of data that has a period; returns how many rows of each."""
    periods = periods_of(turn.settings.privacy)
    return {kind: work(turn, period) for kind, work in KINDS.items() if (period := periods[kind]) is not None}


def periods_of(privacy: Privacy) -> dict[str, timedelta | None]:
    """How long each kind is kept; None is for good."""
    return {kind: getattr(privacy, kind) for kind in Privacy.model_fields}


def _day(turn: Turn, period: timedelta) -> str:
    return (turn.today - period).isoformat()


def _leavers(turn: Turn, period: timedelta) -> int:
    """What they did stays, under a mark instead of their name."""
    found = clearing.left(turn.tx, day=_day(turn, period))
    for person_id in found:
        accounts.unlink_all(turn.tx, person_id)
        written, thanks = shown.notes(turn.tx, person_id), shown.thanks(turn.tx, person_id)
        awards_telling.take_out(turn, person_id)
        erasure.rename(turn.tx, person_id, f"left:{person_id}")
        redraw(turn, written, thanks)
        turn.audit("leaver.rename", f"person:{person_id}")
    return len(found)


def _edits(turn: Turn, period: timedelta) -> int:
    """Earlier words, the words of deleted notes, and those of thanks taken back."""
    before = turn.at_in(-period)
    emptied = empty_notes(turn, clearing.old_notes(turn.tx, before=before, deleted=True))
    thanks = clearing.old_kudos(turn.tx, before=before, taken_back=True)
    erasure.empty_kudos(turn.tx, thanks)
    return clearing.edits(turn.tx, before=before) + emptied + len(thanks)


def _marks(turn: Turn, period: timedelta) -> int:
    """Who read which principle, and which announcement."""
    seen = announcements.forget_seen(turn.tx, before=turn.at_in(-period))
    return clearing.marks(turn.tx, day=_day(turn, period)) + seen


def _notes(turn: Turn, period: timedelta) -> int:
    found = clearing.old_notes(turn.tx, before=turn.at_in(-period), deleted=False)
    clearing.drop_cards(turn.tx, (f"note:{note.id}" for note in found))
    return empty_notes(turn, found)


def _kudos(turn: Turn, period: timedelta) -> int:
    found = clearing.old_kudos(turn.tx, before=turn.at_in(-period), taken_back=False)
    clearing.drop_cards(turn.tx, (f"kudos:{kudos_id}" for kudos_id in found))
    erasure.empty_kudos(turn.tx, found)
    return len(found)


KINDS: Mapping[str, Clearing] = {
    "leavers": _leavers,
    "accounts": lambda turn, period: clearing.strangers(turn.tx, before=turn.at_in(-period)),
    "edits": _edits,
    "marks": _marks,
    "messages": lambda turn, period: clearing.messages(turn.tx, before=turn.at_in(-period)),
    "absences": lambda turn, period: clearing.absences(turn.tx, day=_day(turn, period)),
    "deputies": lambda turn, period: clearing.deputies(turn.tx, day=_day(turn, period)),
    "inductions": lambda turn, period: clearing.inductions(turn.tx, day=_day(turn, period)),
    "codes": lambda turn, period: clearing.codes(turn.tx, before=turn.at_in(-period)),
    # A file carries its own end: it was counted from the moment it was made.
    "files": lambda turn, _: clearing.files(turn.tx, now=turn.at),
    "notes": _notes,
    "kudos": _kudos,
}
