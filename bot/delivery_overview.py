"""Whether messages arrive, and what people do about them: of the whole organisation, as counts alone."""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import partial

from bot import announcements_sending, pulse_said
from bot.reports import Period
from bot.turn import Turn
from storage import announcements, delivered, pulses, sizes
from storage import pulse_said as said
from storage.announced_results import GOT, PRESSED, READ
from storage.announcements import AnnouncementRow
from storage.delivered import ARRIVED, KINDS, LOST, OTHER, WAITING, Answered
from storage.pulses import PulseRow

# So many announcements and surveys are looked through, newest first.
LISTED = 200


@dataclass(frozen=True, slots=True)
class OfKind:
    """Messages of one kind: those that arrived, those that wait, and those that could not be delivered."""

    kind: str
    arrived: int
    waiting: int
    lost: int

    @property
    def total(self) -> int:
        """All of them."""
        return self.arrived + self.waiting + self.lost


@dataclass(frozen=True, slots=True)
class Surveyed:
    """A survey whose results are out: how many were asked, and how many answered."""

    pulse: PulseRow
    opened: date
    invited: int
    answered: int


@dataclass(frozen=True, slots=True)
class Announced:
    """All announcements of the period together: how many, and to how many they came, who read and who pressed."""

    count: int
    got: int
    read: int
    pressed: int


@dataclass(frozen=True, slots=True)
class Delivery:
    """A period's messages to people and to channels, and what was done about them; `staff` is who works here today."""

    period: Period
    people: tuple[OfKind, ...]
    channels: tuple[OfKind, ...]
    staff: int
    read: int
    tried: int
    notes: Answered
    surveys: tuple[Surveyed, ...]
    announced: Announced


def build(turn: Turn, period: Period) -> Delivery:
    """The figures of a period."""
    span = {"since": period.since, "until": period.until}
    days = {"first": period.first.isoformat(), "end": period.end.isoformat()}
    fates = delivered.fates(turn.tx, **span)
    counted = Counter({(one.to_people, one.kind, one.fate): one.messages for one in fates})
    staff = sizes.everybody(turn.tx, today=turn.day)
    # Of very few people such figures would be about each of them.
    marked = delivered.marked(turn.tx, **days) if staff >= turn.settings.pulse.k else {}
    return Delivery(
        period,
        tuple(_kinds(counted, to_people=True)),
        tuple(_kinds(counted, to_people=False)),
        staff,
        marked.get("read", 0),
        marked.get("tried", 0),
        delivered.answered(turn.tx, **span, today=turn.day),
        tuple(_surveys(turn, period)),
        _announced(turn, period),
    )


def _kinds(counted: Counter[tuple[bool, str, str]], *, to_people: bool) -> Iterator[OfKind]:
    for kind in (*KINDS, OTHER):
        found = OfKind(kind, *(counted[to_people, kind, fate] for fate in (ARRIVED, WAITING, LOST)))
        if found.total:
            yield found


def _surveys(turn: Turn, period: Period) -> Iterator[Surveyed]:
    """The surveys that opened in the period and whose results are out, as they were published."""
    first, end = period.first.isoformat(), period.end.isoformat()
    found = [one for one in pulses.newest(turn.tx, limit=LISTED) if first <= one.opened_on < end]
    told = said.of(turn.tx, [one.id for one in found], [pulse_said.ALL])
    for pulse in sorted(found, key=lambda one: (one.opened_on, one.id)):
        whole = json.loads(told.get((pulse.id, pulse_said.ALL), "{}"))
        asked, answered = max(((flat[2], flat[3]) for flat in whole.values()), default=(0, 0), key=lambda pair: pair[1])
        if asked:
            yield Surveyed(pulse, date.fromisoformat(pulse.opened_on), asked, answered)


def _announced(turn: Turn, period: Period) -> Announced:
    newest = announcements.newest(turn.tx, limit=LISTED)
    found = [one for one in newest if period.since <= one.due_at < period.until]
    counts = sum(map(partial(_came_to, turn), found), Counter[str]())
    return Announced(
        len(found), counts[GOT] + counts[READ] + counts[PRESSED], counts[READ] + counts[PRESSED], counts[PRESSED]
    )


def _came_to(turn: Turn, row: AnnouncementRow) -> Counter[str]:
    """What the messages of one came to; once they are cleared away, what had been counted."""
    counts, total = announcements_sending.counted(turn, row), json.loads(row.totals) if row.totals else {}
    return Counter(counts if sum(counts.values()) >= sum(total.values()) else total)
