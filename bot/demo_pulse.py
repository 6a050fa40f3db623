"""The demo's weekly survey: earlier ones with their results, and one that opened on the last working day."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from random import Random
from typing import NamedTuple

from bot import pulse_closing, pulse_telling, pulse_view, surveys
from bot.demo_staff import Member
from bot.pulse_days import due
from bot.pulse_settings import Survey
from bot.questions import Asked
from bot.receipts import Seal
from bot.schedule import WEEK, Calendar, millis
from bot.turn import House, Turn
from storage import outbox, pulse_answers, pulses
from storage.database import Tx
from storage.pulse_answers import ANSWERED
from storage.pulses import PulseRow

NAME = "weekly"
OPENS, CLOSES = time(8, 40), time(8, 15)
# How many weeks ago earlier ones opened. A principle comes round every ten weeks, so the newest can be compared.
EARLIER = (11, 10, 3, 2, 1)
RATE, RATE_SO_FAR = 0.76, 0.7
# Those whom visitors are most likely to be have not answered the open one yet.
WAITING = frozenset(("hanako", "taro", "mirai", "nozomi", "tabane", "clara", "hashiwa", "gamen"))
PRACTISED = {"often": 2, "once": 5, "unable": 4, "not-yet": 4}
HINDERED = {"time": 7, "rules": 4, "nobody": 1, "tools": 3, "link": 3, "backing": 2}
EVERY = 10_000


class Asking(NamedTuple):
    """The survey that is opened, of whom, and how many weeks ago."""

    tx: Tx
    house: House
    members: tuple[Member, ...]
    weeks: int


def plan(opened: date) -> Survey:
    """The weekly survey of a demo in which one opened on a day: on any day of the week one has just opened."""
    return Survey(set=NAME, day=WEEK[opened.weekday()])


def newest(tx: Tx) -> date | None:
    """The day on which the last survey opened."""
    days = pulses.openings(tx, NAME)
    return date.fromisoformat(days[-1]) if days else None


def write(tx: Tx, house: House, members: tuple[Member, ...], *, now: datetime) -> None:
    """Open, answer and close the earlier ones, and open the newest; what the last two are owed for waits to be sent."""
    last = _last_opening(now, house.calendar)
    survey = plan(last.date())
    days = ((weeks, due(survey, last.date() - timedelta(weeks=weeks), house.calendar)) for weeks in EARLIER)
    for weeks, day in days:
        if day:
            _one_over(Asking(tx, house, members, weeks), survey, datetime.combine(day, OPENS, now.tzinfo), last.date())
    open_now = Asking(tx, house, members, 0)
    pulse = _opened(open_now, survey, last)
    _answer(open_now, pulse, [m for m in members if m.account not in WAITING and _takes_part(m, 0)])


def _last_opening(now: datetime, calendar: Calendar) -> datetime:
    """When surveys were last opened by the clock."""
    found = datetime.combine(now.date(), OPENS, now.tzinfo)
    while found > now or not calendar.is_working(found.date()):
        found -= timedelta(days=1)
    return found


def _one_over(asking: Asking, survey: Survey, at: datetime, before: date) -> None:
    """A survey from its first day to its results; only the last one's messages are still in sight."""
    pulse = _opened(asking, survey, at)
    _answer(asking, pulse, [m for m in asking.members if _takes_part(m, asking.weeks)])
    if asking.weeks == EARLIER[-1]:
        _sent(asking.tx, at)
    else:
        for key in outbox.keys(asking.tx, f"pulse:{pulse.code}:%"):
            outbox.cancel(asking.tx, key)
    closes = asking.house.calendar.next_working(date.fromisoformat(pulse.closes_on))
    turn = Turn(asking.tx, asking.house, datetime.combine(min(closes, before), CLOSES, at.tzinfo))
    pulse_closing.at_once(turn, pulse.id)
    if asking.weeks == EARLIER[-1]:
        for part in range(pulse_telling.PARTS):
            pulse_telling.tell(turn, pulse.id, part)


def _opened(asking: Asking, survey: Survey, at: datetime) -> PulseRow:
    turn = Turn(asking.tx, asking.house, at)
    return surveys.open_one(turn, surveys.planned(turn, NAME, survey))


def _sent(tx: Tx, at: datetime) -> None:
    """Invitations were shown; until their message has a number its reference is the moment."""
    moment = millis(at)
    for owed in outbox.lease(tx, now=moment, until=moment, limit=EVERY):
        outbox.settle(tx, owed, lease=moment, state="sent", tries=0, due_at=moment, message=str(moment), sent_at=moment)


def _takes_part(member: Member, weeks: int) -> bool:
    return Random(f"part:{member.account}:{weeks}").random() < (RATE if weeks else RATE_SO_FAR)


def _answer(asking: Asking, pulse: PulseRow, members: list[Member]) -> None:
    """Count what these people answer as answers are counted: a ticket each, and the counters of their groups."""
    tx, seal = asking.tx, Seal(asking.house.pulse_key, pulse.code, pulse.salt)
    seats = dict(pulses.people(tx, pulse.id))
    counted: defaultdict[int, Counter[tuple[str, str]]] = defaultdict(Counter)
    for member in members:
        pulse_answers.take(tx, pulse.id, seal.mark(member.id))
        counted[seats[member.id]].update(((ANSWERED, ANSWERED), *_said(pulse, member, asking.weeks)))
    for number, found in counted.items():
        pulse_answers.count(tx, pulse.id, number, ((question, value, n) for (question, value), n in found.items()))


def _said(pulse: PulseRow, member: Member, weeks: int) -> Iterator[tuple[str, str]]:
    rng = Random(f"answer:{member.account}:{weeks}")
    for question in pulse_view.asked(pulse.questions):
        for value in _choice(question, member, weeks, rng):
            yield question.id, value


def _choice(question: Asked, member: Member, weeks: int, rng: Random) -> tuple[str, ...]:
    """What a person answers: everybody is somewhere on the way, and a little further every week."""
    if question.steps:
        begun = Random(f"reach:{member.account}").uniform(-1.1, 2.5)
        step = int(begun + 0.065 * (max(EARLIER) - weeks) + rng.uniform(-0.4, 0.4))
        return (question.values[max(0, min(step, len(question.values) - 1))],)
    if question.kind == "many":
        return _hindrances(question, rng)
    return tuple(rng.choices(question.values, [PRACTISED[value] for value in question.values]))


def _hindrances(question: Asked, rng: Random) -> tuple[str, ...]:
    if rng.random() < 0.35:
        return (question.none,)
    return tuple(dict.fromkeys(rng.choices(list(HINDERED), list(HINDERED.values()), k=rng.choice((1, 1, 2)))))
