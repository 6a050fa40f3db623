"""What each job of the schedule does when it is due."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial

from bot import (
    announcements_sending,
    arrivals,
    daily,
    digest,
    editions,
    linking,
    pulse_reminding,
    pulse_telling,
    recognition,
    reminders,
    report_asking,
    retention,
    sealing,
    sign_ins,
    surveys,
    unit_figures_reporting,
    unit_figures_stories,
)
from bot.schedule import millis
from bot.staged import Staged
from bot.turn import Turn
from storage import accounts, drafts, files, once, outbox, sealed, search, segments, units
from storage.database import Database

Run = Callable[[Turn], None]

KEYS_KEPT = timedelta(days=7)
SLOTS_KEPT = timedelta(days=60)
CARDS_KEPT = timedelta(hours=1)


async def runs(database: Database, job: str, slot: datetime) -> Sequence[tuple[str, Run | Staged]]:
    """What a job does, one transaction per entry or step, so that a crash repeats none and loses none."""
    match job:
        case "daily":
            return [("", daily.post)]
        case "recognition":
            return [("", _recognition)]
        case "tidy":
            day, now = slot.date().isoformat(), millis(slot)
            return [("", _tidy), *await database.read(lambda tx: announcements_sending.runs(tx, day, now))]
        case "reminders":
            return [
                ("", reminders.send),
                ("figures", unit_figures_reporting.remind),
                ("stories", unit_figures_stories.ask),
            ]
        case "arrivals":
            return await database.read(lambda tx: arrivals.runs(tx, slot.date()))
        case "pulse":
            return [("open", surveys.open_due), ("remind", pulse_reminding.send)]
        case "pulse-close":
            # Done every morning, as what follows it cleans up after a close that was cut short.
            return [("", _claim), *await database.read(lambda tx: pulse_telling.runs(tx, slot.date()))]
        case "unseal":
            return [("", sealing.unseal)]
        case "leavers":
            return [("", retention.depart)]
        case "retention":
            due = await database.read(lambda tx: segments.due(tx, slot.date()))
            return [("", retention.run), *((f"keep:{one}", partial(_keep, one)) for one in due)]
        case "learn" | "directory":
            # Only claims the slot: whoever holds it does the rest, which takes too long for a transaction.
            return [("", _claim)]
        case "digest":
            day = slot.date().isoformat()
            who = await database.read(lambda tx: digest.recipients(tx, day))
            digests = [(f"{p}:{u}", partial(digest.send, person_id=p, unit_id=u)) for p, u in who]
            return [*digests, ("office", digest.send_office)]
    raise ValueError(f"no job is called {job}")


def _keep(of: segments.Due, turn: Turn) -> None:
    """Keep a chunk of what reports count, so that they need not read it row by row."""
    segments.keep(turn.tx, of)


def _claim(_: Turn) -> None:
    return None


def _recognition(turn: Turn) -> None:
    """The report of the month before, and its files for the secretariat."""
    recognition.send(turn)
    report_asking.send_monthly(turn)


def _tidy(turn: Turn) -> None:
    """Let go of drafts nobody came back to and of old keys; take new notes into the search index."""
    drafts.expire(turn.tx, before=turn.at)
    once.forget(turn.tx, before=turn.at_in(-KEYS_KEPT))
    for job in ("tidy", "digest", "arrivals", "pulse-close", "retention"):
        once.forget_slots(turn.tx, job, before=turn.at_in(-SLOTS_KEPT))
    sealed.blend(turn.tx)
    outbox.sweep(turn.tx, before=turn.at_in(-CARDS_KEPT))
    accounts.expire(turn.tx, now=turn.at, before=turn.at_in(-linking.CODE_HOLDS))
    files.expire(turn.tx, now=turn.at)
    sign_ins.tidy(turn)
    units.turn_over(turn.tx, today=turn.day)
    search.index(turn.tx)
    editions.keep_up(turn.tx, turn.pack)
