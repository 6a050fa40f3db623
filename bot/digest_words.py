"""The two sentences at the top of a digest: what to do first, and what was not as usual (docs/digest.md)."""

from datetime import timedelta
from math import sqrt
from typing import NamedTuple

from bot.phrases import Speak
from bot.reports import WEEKS_BEFORE, Digest

WEEK = timedelta(days=7)
# A change is told from so many on, and from so many standard deviations of a count on.
LEAST, DEVIATIONS = 3, 2.0


class Change(NamedTuple):
    """Something that was counted, what it usually is in a week, and how far from that it is, in deviations."""

    what: str
    now: int
    usual: float
    away: float


def sentences(t: Speak, digest: Digest) -> str:
    """What matters this week."""
    return t("digest.two", first=_first(t, digest), second=_second(t, digest))


def _first(t: Speak, digest: Digest) -> str:
    for key, n in (("overdue", digest.overdue), ("due_now", digest.due_now), ("waiting", digest.waiting)):
        if n:
            return t(f"digest.{key}", n=n)
    return t("digest.nothing_waits")


def _second(t: Speak, digest: Digest) -> str:
    if not (digest.notes or digest.received or digest.tries):
        return t("digest.quiet" if whole_week(digest) else "digest.quiet_so_far")
    change = greatest(digest)
    if change is None:
        return t("digest.as_usual" if whole_week(digest) else "digest.so_far", n=digest.notes, thanks=digest.received)
    key = f"digest.{change.what}_{'more' if change.now > change.usual else 'fewer'}"
    return t(key, n=change.now, usual=round(change.usual))


def whole_week(digest: Digest) -> bool:
    """Whether a whole week is told of; a running one is not held against whole ones."""
    return digest.period.end - digest.period.first >= WEEK


def greatest(digest: Digest) -> Change | None:
    """What was least as usual, if anything was so for sure; of equals the first."""
    usual = digest.usual
    counted = (
        change("notes", digest.notes, usual.notes),
        change("received", digest.received, usual.received),
        change("tried", digest.tries, usual.tried),
    )
    found = [one for one in counted if abs(one.now - one.usual) >= LEAST and abs(one.away) >= DEVIATIONS]
    return max(found, key=lambda one: abs(one.away), default=None) if whole_week(digest) else None


def change(what: str, now: int, usual: float) -> Change:
    """How far a count is from what is usual: counts vary by their root, and so does the mean of four weeks."""
    return Change(what, now, usual, (now - usual) / sqrt(max(usual, 1) * (1 + 1 / WEEKS_BEFORE)))
