"""What became of an announcement, for whom and why: one frozen read model that cards, pages and files draw."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from bot import announcement_view, announcements_sending, reach
from bot.announcement_form import CHANNELS, may_write_to, stored_units
from bot.people import Thing, may
from bot.reach import REACHABLE, turned_on
from bot.turn import Refusal, Turn
from storage import announced_results, announcements
from storage import units as stored
from storage.announced import MUTED
from storage.announced_results import EVERY, GOT, GROUPS, PRESSED, READ, UNREACHABLE, WAITING
from storage.announcements import AnnouncementRow
from storage.outbox import AWAY, LATER
from storage.units import UnitRow

# Why a message is not there yet, as the outbox puts it, and in a word.
_WHY = {MUTED: "muted", "left": "left", AWAY: "away", LATER: "later", "quiet hours": "quiet"}
_OFF = "its platform is off"


class Recipient(NamedTuple):
    """Somebody, or a channel, that it is for: `group` is one of `GROUPS`, `why` a word for what is in the way."""

    person: bool
    name_ja: str
    name_en: str
    unit_ja: str
    unit_en: str
    group: str
    why: str
    sent: datetime | None
    read: datetime | None
    pressed: datetime | None

    def name(self, lang: str) -> str:
        """The name in a language."""
        return self.name_en if lang == "en" and self.name_en else self.name_ja

    def unit(self, lang: str) -> str:
        """The unit's name in a language."""
        return self.unit_en if lang == "en" and self.unit_en else self.unit_ja


@dataclass(frozen=True, slots=True)
class Status:
    """An announcement and what became of it.

    `counts` holds every group of `GROUPS` with how many are in it now. `pressed` is how many people pressed its button,
    wherever they saw it. `kept` says whether its messages are still stored: else there are only the counts. Without
    `named` whoever asks may not know who they are.
    """

    id: int
    title: str
    state: str
    whom: str
    units: tuple[UnitRow, ...]
    by: tuple[str, str]
    due: datetime
    corrected: bool
    stale: bool
    counts: tuple[tuple[str, int], ...]
    pressed: int
    kept: bool
    named: bool
    recipients: tuple[Recipient, ...]

    def count(self, *groups: str) -> int:
        """How many are in these groups."""
        return sum(n for group, n in self.counts if group in groups)

    @property
    def total(self) -> int:
        """How many it was made out for."""
        return self.count(*GROUPS)

    @property
    def got(self) -> int:
        """How many got it."""
        return self.count(GOT, READ, PRESSED)

    @property
    def read(self) -> int:
        """How many are known to have read it."""
        return self.count(READ, PRESSED)

    @property
    def in_channels(self) -> bool:
        """Whether it went to channels instead of people."""
        return self.whom == CHANNELS


def may_change(turn: Turn, row: AnnouncementRow) -> bool:
    """Whether the person may write to everybody it is for, now: then they may change it, and know who they are."""
    return may_write_to(turn, stored_units(row.units))


def may_name(turn: Turn, row: AnnouncementRow) -> bool:
    """Whether whoever asks may know who it is for; who runs this program itself is nobody of the roster, and may."""
    return turn.who is None or may_change(turn, row)


def status(turn: Turn, announcement_id: int, *, group: str = "", offset: int = 0, limit: int = EVERY) -> Status:
    """What became of an announcement; its recipients from `offset` on, of one group or of all.

    Refuses one that is not there, or that the person may not follow, and names to whoever may not change it.
    """
    return of(turn, readable(turn, announcement_id), group=group, offset=offset, limit=limit)


def of(turn: Turn, row: AnnouncementRow, *, group: str = "", offset: int = 0, limit: int = EVERY) -> Status:
    """The same of one that is at hand; whether it may be followed was asked before."""
    counts = announcements_sending.counted(turn, row)
    total = json.loads(row.totals) if row.totals else {}
    kept = sum(counts.values()) >= sum(total.values())
    shown = counts if kept else total
    named = may_name(turn, row)
    if limit and not named:
        raise Refusal("people.may_not")
    found = _recipients(turn, row, group, offset, limit)
    return Status(
        id=row.id,
        title=announcement_view.unpacked(row.words)["ja"].title,
        state=row.state,
        whom=row.whom,
        units=tuple(unit for unit in (stored.get(turn.tx, one) for one in stored_units(row.units)) if unit),
        by=(row.name_ja, row.name_en),
        due=turn.local(row.due_at),
        corrected=row.revision > 0,
        stale=row.stale,
        counts=tuple((name, shown.get(name, 0)) for name in GROUPS),
        pressed=announced_results.presses(turn.tx, row.id),
        kept=kept,
        named=named,
        recipients=found,
    )


def readable(turn: Turn, announcement_id: int) -> AnnouncementRow:
    """An announcement, if the person may follow it."""
    row = announcements.get(turn.tx, announcement_id)
    if row is None or not may_follow(turn, row):
        raise Refusal("announcements.unknown")
    return row


def changeable(turn: Turn, announcement_id: int) -> AnnouncementRow:
    """An announcement, if the person may change it, and know the names of those it is for."""
    row = readable(turn, announcement_id)
    if not may_change(turn, row):
        raise Refusal("people.may_not")
    return row


def may_follow(turn: Turn, row: AnnouncementRow) -> bool:
    """Whether the person looks after all it is for; whoever wrote it may always."""
    found = stored_units(row.units) or (None,)
    return all(may(turn, "announce.follow", Thing(unit_id=unit, owner_id=row.person_id)) for unit in found)


def mine(turn: Turn, *, limit: int) -> list[AnnouncementRow]:
    """The last announcements the person may follow, newest first."""
    return [row for row in announcements.newest(turn.tx, limit=10 * limit) if may_follow(turn, row)][:limit]


def _recipients(turn: Turn, row: AnnouncementRow, group: str, offset: int, limit: int) -> tuple[Recipient, ...]:
    if not limit:
        return ()
    found = announced_results.recipients(
        turn.tx,
        row.id,
        announcements_sending.bodies(turn, row),
        expired=announcements_sending.expired(row),
        today=turn.day,
        group=group,
        offset=offset,
        limit=limit,
    )
    lost = {one.person_id for one in found if one.group == UNREACHABLE and one.person_id and one.error not in _WHY}
    standing = _standing(turn, lost)
    return tuple(_recipient(turn, one, standing) for one in found)


def _standing(turn: Turn, people: set[int]) -> dict[int, str]:
    """Why each of these people is not reached, as the report on reach has it."""
    if not people:
        return {}
    whole = reach.report(turn.tx, turned_on(turn.settings.platforms), turn.settings.zone, today=turn.day)
    return {s.who.id: s.status for s in whole.standings if s.who.id in people and s.status not in REACHABLE}


def _recipient(turn: Turn, one: announced_results.Recipient, standing: dict[int, str]) -> Recipient:
    def at(moment: int | None) -> datetime | None:
        return turn.local(moment) if moment is not None else None

    return Recipient(
        person=one.person_id is not None,
        name_ja=one.name_ja or "",
        name_en=one.name_en or "",
        unit_ja=one.unit_ja or "",
        unit_en=one.unit_en or "",
        group=one.group,
        why=_why(one, standing),
        sent=at(one.sent_at),
        read=at(one.read_at),
        pressed=at(one.pressed_at),
    )


def _why(one: announced_results.Recipient, standing: dict[int, str]) -> str:
    if one.group == WAITING:
        return _WHY.get(one.error, "queue")
    if one.group != UNREACHABLE:
        return ""
    if one.error in _WHY:
        return _WHY[one.error]
    if one.state == "parked":
        return "parked"
    if one.error == _OFF:
        return "off"
    return standing.get(one.person_id or 0, "expired" if one.state == "expired" else "gone")
