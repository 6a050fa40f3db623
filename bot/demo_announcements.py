"""The demo's announcements, and the figures that its units try to change."""

from datetime import date, datetime, timedelta
from random import Random
from typing import NamedTuple

from bot import announcement_view, announcements_sending, unit_figures
from bot.announcement_form import EVERYONE
from bot.announcement_view import Words
from bot.demo_staff import Entry, Member
from bot.schedule import millis
from bot.turn import House, Turn
from bot.unit_figures_stories import publish
from storage import announcements, roles, units
from storage import unit_figures as figures
from storage.announcements import NewAnnouncement
from storage.database import Tx
from storage.unit_figures import SCALE

AT = timedelta(hours=10)
READ = 0.6
QUARTER = 3


class Past(NamedTuple):
    """What is written into, and whom the demo has."""

    tx: Tx
    house: House
    members: tuple[Member, ...]
    now: datetime

    def turn(self, day: date) -> Turn:
        """A turn in the morning of an earlier day."""
        return Turn(self.tx, self.house, datetime.combine(day, datetime.min.time(), self.now.tzinfo) + AT)


def tell(past: Past, entries: list[Entry]) -> None:
    """Announce what was announced, and have people press; what is owed for it waits to be sent."""
    rng = Random("announcements")
    for entry in entries:
        turn = past.turn(_working_days_ago(past, entry["days"]))
        made = announcements.add(past.tx, _new(past, turn, entry))
        announcements_sending.step(turn, made)
        for member in past.members:
            if rng.random() < READ:
                at = turn.at_in(timedelta(minutes=rng.randrange(1, 360)))
                announcements.see(past.tx, made, member.id, read_at=at, pressed_at=at)


def _new(past: Past, turn: Turn, entry: Entry) -> NewAnnouncement:
    said = {lang: Words(entry["title"][lang], entry["text"][lang]) for lang in entry["title"]}
    return NewAnnouncement(
        person_id=next(member.id for member in past.members if member.account == entry["by"]),
        words=announcement_view.packed(said),
        number=entry["number"],
        edition=past.house.pack.edition,
        does=entry["does"],
        link="",
        whom=EVERYONE,
        units=announcements_sending.packed_units(()),
        due_at=turn.at,
        expires_at=turn.at_in(announcements_sending.WORTH),
        at=turn.at,
    )


def _working_days_ago(past: Past, count: int) -> date:
    day = past.now.date()
    while count:
        day -= timedelta(days=1)
        count -= past.house.calendar.is_working(day)
    return day


def count(past: Past, entries: list[Entry]) -> None:
    """Name figures and report them up to the last month; the best of them told how."""
    for entry in entries:
        unit = units.by_code(past.tx, entry["unit"])
        assert unit is not None  # noqa: S101 - the demo's own files agree
        manager = roles.managers_of(past.tx, unit.id, today=past.now.date().isoformat())[0]
        last = unit_figures.before(unit_figures.first_of(past.now.date()))
        months = [unit_figures.before(last, n) for n in range(len(entry["values"]))][::-1]
        made = _named(past, entry, unit.id, manager, months[0])
        for month, value in zip(months, entry["values"], strict=True):
            at = millis(past.now - timedelta(days=1)) if month == last else past.turn(_end(month)).at
            figures.report(past.tx, made, month.isoformat(), round(value * SCALE), person_id=manager, at=at)
        if "story" in entry:
            _story(past, made, entry, manager)


def _named(past: Past, entry: Entry, unit_id: int, manager: int, first: date) -> int:
    said = {lang: unit_figures.Words(entry["name"][lang], entry["measure"][lang]) for lang in entry["name"]}
    target = entry.get("target")
    return figures.add(
        past.tx,
        unit_id=unit_id,
        words=unit_figures.packed(said),
        better=entry["better"],
        target=None if target is None else target * SCALE,
        person_id=manager,
        reporter_id=None,
        starts_on=first.isoformat(),
        at=past.turn(first).at,
    )


def _end(month: date) -> date:
    """The first day after a month."""
    return unit_figures.first_of(month + timedelta(days=31))


def _story(past: Past, figure_id: int, entry: Entry, manager: int) -> None:
    """It was told of the last months there are, some days ago."""
    end = unit_figures.first_of(past.now.date())
    first = unit_figures.before(end, QUARTER)
    values = [round(value * SCALE) for value in entry["values"]]
    was, now = (sum(part) // QUARTER for part in (values[-2 * QUARTER : -QUARTER], values[-QUARTER:]))
    turn = past.turn(_working_days_ago(past, 2))
    days = {"first": first.isoformat(), "end": end.isoformat()}
    made = figures.ask(past.tx, figure_id, **days, person_id=manager, before=was, after=now, at=turn.at)
    assert made is not None  # noqa: S101 - nobody was asked before
    figures.settle(past.tx, made, was=figures.ASKED, to=figures.TOLD, text=entry["story"], told_at=turn.at)
    publish(turn, made)
