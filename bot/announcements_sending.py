"""Announcements go out: their messages are made out slice by slice, each in a transaction of its own, each once.

A crash between two slices loses nothing and repeats nothing: who was served last is written with their messages, whose
keys are unique besides. Correcting the words goes the same way. Between the slices others write.
"""

import json
from collections.abc import Callable, Iterable
from datetime import timedelta
from functools import partial

from bot import announcement_view, announcements_holding, cards
from bot.announcement_form import CHANNELS, audience, stored_units
from bot.organisation import LANGUAGES
from bot.turn import Turn
from storage import announced, announced_results, announcements, audiences, outbox
from storage.announced import Sending
from storage.announcements import ALL_STOPPED, CANCELLED, PLANNED, SENDING, SENT, AnnouncementRow
from storage.database import Tx

# How many messages are made out in one transaction: tens of milliseconds.
SLICE = 1_000
KEPT = timedelta(days=1)
# Whoever cannot be reached within this time is not told any more.
WORTH = timedelta(days=14)


def runs(tx: Tx, today: str, now: int) -> list[tuple[str, Callable[[Turn], None]]]:
    """What is to be done about announcements at a moment, as runs of one transaction each."""
    return [
        (f"announce:{one}:{number}", partial(step, announcement_id=one))
        for one in announcements.due(tx, now=now)
        for number in range(_steps(tx, one, today))
    ]


def _steps(tx: Tx, announcement_id: int, today: str) -> int:
    """At least as many slices as it takes; those that find nothing to do cost nothing."""
    row = announcements.get(tx, announcement_id)
    stops = row is not None and row.state == CANCELLED and row.done != ALL_STOPPED
    if row is None or row.whom == CHANNELS or not (row.stale or stops or row.state in (PLANNED, SENDING)):
        return 1
    people = audiences.count(tx, audience(row.whom, stored_units(row.units)), today=today).people
    slices = people // SLICE + 2
    return 2 * slices if row.stale else slices


def step(turn: Turn, announcement_id: int) -> None:
    """Do the next part: begin, go on, correct, or sum up."""
    row = announcements.hold(turn.tx, announcement_id)
    if row is None:
        return
    if row.state == CANCELLED and row.done != ALL_STOPPED:
        stop(turn, row)
    elif row.state == SENDING:
        _go_on(turn, row)
    elif row.state == PLANNED and row.due_at <= turn.at:
        _begin(turn, row)
    elif row.stale:
        _correct(turn, row)
    elif row.state in (SENT, CANCELLED) and not row.totals:
        _sum_up(turn, row)


def take_over(turn: Turn, row: AnnouncementRow) -> None:
    """Have one that was held go out now: the person who is asking answers for it."""
    now, until = turn.at, turn.at_in(WORTH)
    announcements.take_over(turn.tx, row.id, turn.me.id, due_at=now, expires_at=until)
    step(turn, row.id)


def _begin(turn: Turn, row: AnnouncementRow) -> None:
    """A moment that was planned has come; rights may have changed since."""
    if announcements_holding.may_still_send(turn, row):
        _go_on(turn, row)
    else:
        announcements_holding.hold(turn, row)


def stop(turn: Turn, row: AnnouncementRow) -> None:
    """Have the next messages of a cancelled one be owed no more."""
    part = announced.stop(turn.tx, bodies(turn, row), after=row.done, limit=SLICE)
    announcements.move(turn.tx, row.id, to=CANCELLED, done=part.last if part.people == SLICE else ALL_STOPPED)


def bodies(turn: Turn, row: AnnouncementRow) -> list[int]:
    """Every card there is or was of an announcement, as far as it is stored."""
    names = [_name(row, lang, n) for n in range(row.revision + 1) for lang in LANGUAGES]
    found = (outbox.known_body(turn.tx, name) for name in names)
    return [body for body in found if body is not None]


def packed_units(found: Iterable[int]) -> str:
    """Units as the database keeps them."""
    return json.dumps(list(found))


def counted(turn: Turn, row: AnnouncementRow) -> dict[str, int]:
    """What its messages came to, by group."""
    return announced_results.counts(turn.tx, row.id, bodies(turn, row), expired=expired(row))


def expired(row: AnnouncementRow) -> str:
    """The group of those whose time was over: stopped, or never reached."""
    return announced_results.CANCELLED if row.state == CANCELLED else announced_results.UNREACHABLE


def _name(row: AnnouncementRow, lang: str, revision: int) -> str:
    return f"announce:{row.id}:{revision}:{lang}"


def _bodies_now(turn: Turn, row: AnnouncementRow) -> dict[str, int]:
    """The cards of today's words by language, stored once however many are shown them."""
    return {lang: _body(turn, row, lang) for lang in LANGUAGES}


def _body(turn: Turn, row: AnnouncementRow, lang: str) -> int:
    name = _name(row, lang, row.revision)
    known = outbox.known_body(turn.tx, name)
    if known is not None:
        return known
    card = announcement_view.card(turn.house, announcement_view.shown(turn.house, row), lang)
    return outbox.body(turn.tx, name, cards.dump(card), at=turn.at)


def _go_on(turn: Turn, row: AnnouncementRow) -> None:
    found = _bodies_now(turn, row)
    common = Sending(
        announcement=row.id,
        ja=found["ja"],
        en=found["en"],
        easy=found["ja-easy"],
        usual=found[turn.house.lang],
        due=max(row.due_at, row.at),
        expires=row.expires_at,
    )
    if row.whom == CHANNELS:
        announced.owe_places(turn.tx, stored_units(row.units), common, today=turn.day)
        announcements.move(turn.tx, row.id, to=SENT, done=row.done)
        return
    whom = audience(row.whom, stored_units(row.units))
    part = audiences.part(turn.tx, whom, today=turn.day, after=row.done, limit=SLICE)
    announced.owe(turn.tx, whom, common, today=turn.day, after=row.done, last=part.last)
    announcements.move(turn.tx, row.id, to=SENDING if part.people == SLICE else SENT, done=part.last)


def _correct(turn: Turn, row: AnnouncementRow) -> None:
    """Have the next messages show today's words; with none left it is done."""
    left = SLICE
    for lang, now in _bodies_now(turn, row).items():
        earlier = (outbox.known_body(turn.tx, _name(row, lang, n)) for n in range(row.revision))
        for was in (body for body in earlier if body is not None):
            left -= announced.correct(turn.tx, was, now, now=turn.at, limit=left) if left else 0
    if left:
        announcements.freshen(turn.tx, row.id)


def _sum_up(turn: Turn, row: AnnouncementRow) -> None:
    """Keep what it came to once nothing is on its way: messages are not kept for ever."""
    if not announced.is_open(turn.tx, bodies(turn, row)):
        announcements.sum_up(turn.tx, row.id, json.dumps(counted(turn, row)))
