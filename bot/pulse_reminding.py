"""Reminding of a survey only who has not answered, without anyone learning who they are.

A message is owed to everybody who was asked, whether they answered or not. Only when it is about to go out it is looked
up whether it is worth sending, and whatever comes of it, the message is forgotten. So neither the outbox nor the log
tells those who got it from those who did not.
"""

import json
from datetime import date, datetime, time, timedelta
from typing import NamedTuple

from bot import pulse_days, pulse_inviting, pulse_view
from bot.cards import Block, Card, Heading, muted, say
from bot.receipts import Seal
from bot.schedule import millis
from bot.turn import House, Turn
from storage import people, pulse_answers, pulses
from storage.database import Tx
from storage.pulses import OPEN, PulseRow

NAME = "pulse-remind"


class Reminder(NamedTuple):
    """Of which survey a message reminds whom, and on which day."""

    code: str
    person_id: int
    day: str


def send(turn: Turn) -> None:
    """Owe today's reminders of every survey that is open."""
    for pulse in pulses.running(turn.tx):
        if pulse.state == OPEN and pulse.closes_on > turn.day and is_day(turn, pulse):
            remind(turn, pulse)


def is_day(turn: Turn, pulse: PulseRow) -> bool:
    """Whether people are reminded of a survey today."""
    opened, calendar = date.fromisoformat(pulse.opened_on), turn.house.calendar
    days = json.loads(pulse.audience).get("remind", ())
    return calendar.is_working(turn.today) and pulse_days.working_day(opened, turn.today, calendar) in days


def remind(turn: Turn, pulse: PulseRow) -> None:
    """Owe everybody who was asked a reminder that is worth sending today only."""
    tonight = millis(datetime.combine(turn.today + timedelta(days=1), time(), turn.now.tzinfo))
    until = min(tonight, pulse_inviting.ends(turn, pulse))
    name = f"{NAME}:{turn.day}"
    pulse_inviting.to_people(turn, name, pulse, until=until, draw=lambda lang: _card(turn.house, pulse, lang))


def of(key: str) -> Reminder | None:
    """The reminder that an outbox key stands for; None for every other message."""
    name, _, rest = key.partition(":")
    if name != NAME:
        return None
    day, code, person = rest.split(":")
    return Reminder(code, int(person.removeprefix("person-")), day)


def worth(house: House, tx: Tx, reminder: Reminder, now: datetime) -> bool:
    """Whether somebody is still to be reminded today: it is open, they want to hear of it and have not answered."""
    pulse, today = pulses.asking(tx, reminder.code), now.date().isoformat()
    if pulse is None or pulse.state != OPEN or pulse.closes_on <= today or reminder.day != today:
        return False
    person = people.get(tx, reminder.person_id, today=today)
    if person is None or not person.pulse or person.muted or (person.left_on or "9999") <= today:
        return False
    mark = Seal(house.pulse_key, pulse.code, pulse.salt).mark(person.id)
    return not pulse_answers.answered(tx, pulse.id, mark)


def _card(house: House, pulse: PulseRow, lang: str) -> Card:
    """The invitation once more, with the day it ends, and that nobody knows who gets it."""
    t = house.phrases.bound(lang)
    last = pulse_view.last_day(pulse)
    text = t("pulse_asking.remind", title=pulse_view.title(pulse, lang), last=last)
    blocks: tuple[Block, ...] = (Heading(pulse_view.title(pulse, lang), 2), say(text), *pulse_view.ways(t, pulse, lang))
    return Card((*blocks, muted(t("pulse_asking.remind_whom"))), text, lang)
