"""Surveys open: what is asked of whom, in which groups, is fixed then; `pulse_closing` ends them."""

import json
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from hashlib import blake2b
from typing import NamedTuple

from bot import audience, pulse_days, pulse_groups, pulse_inviting, questions, receipts
from bot.packs import Principle
from bot.pulse_groups import Divided, Few
from bot.pulse_settings import Audience, Survey
from bot.questions import Asked
from bot.receipts import Seal
from bot.turn import House, Refusal, Turn
from storage import pulse_answers, pulses
from storage.pulse_answers import ANSWERED
from storage.pulses import CLOSING, GroupRow, NewPulse, PulseRow


class Wanted(NamedTuple):
    """A survey to be opened: its name, what it asks of whom, for how many working days, and how it is told."""

    name: str
    asked: tuple[Asked, ...]
    audience: Audience
    days_open: int = 4
    invite: str = "channel"
    remind: tuple[int, ...] = ()


def open_due(turn: Turn) -> None:
    """Open what app.yaml plans for today; one that cannot be opened is written down and keeps no other back."""
    for name, survey in turn.settings.pulse.surveys.items():
        if _is_due(turn.house, survey, pulses.openings(turn.tx, name), turn.today):
            try:
                open_one(turn, planned(turn, name, survey))
            except Refusal as refusal:
                turn.audit("pulse.refuse", f"pulse:{name}", why=refusal.key)


def planned(turn: Turn, name: str, survey: Survey) -> Wanted:
    """A survey of app.yaml as it is asked today."""
    asked = ask(turn.house, survey.set, turn.today)
    return Wanted(name, asked, survey.audience, survey.days_open, survey.invite, survey.remind)


def _is_due(house: House, survey: Survey, before: Sequence[str], day: date) -> bool:
    """Whether a planned survey opens on a day; `before` are the days on which it did, oldest first."""
    done = bool(before) and (survey.every == "once" or before[-1] >= day.isoformat())
    return not done and pulse_days.is_due(survey, day, house.calendar)


def opening(turn: Turn) -> Callable[[date], bool]:
    """Tells of a day to come whether a planned survey opens on it, as things stand."""
    plans = [(survey, pulses.openings(turn.tx, name)) for name, survey in turn.settings.pulse.surveys.items()]
    return lambda day: any(_is_due(turn.house, survey, before, day) for survey, before in plans)


def closing(turn: Turn) -> Callable[[date], bool]:
    """Tells of a day to come whether a survey that is running is over on it."""
    running = pulses.running(turn.tx)
    return lambda day: bool(over(running, day.isoformat()))


def ask(house: House, name: str, day: date) -> tuple[Asked, ...]:
    """The questions of a set as they are asked on a day; refuses a set that is not there."""
    found = house.pulses.get(name)
    if found is None:
        raise Refusal("pulse_asking.no_set", name=name)
    return questions.asked(found, principle_of(house, day))


def principle_of(house: House, day: date) -> Principle:
    """The principle that a week's questions are about: each comes round before one does again."""
    numbers = sorted(house.pack.numbers, key=lambda n: blake2b(f"{house.pack.id}:pulse:{n}".encode()).digest())
    week = (day.toordinal() - 1) // 7
    return house.pack.by_number[numbers[week % len(numbers)]]


def open_one(turn: Turn, wanted: Wanted) -> PulseRow:
    """Open a survey and owe its invitations; refuses one that would ask nobody, or fewer people than are hidden."""
    if not turn.house.pulse_key:
        raise Refusal("pulse_asking.no_key")
    divided = divide(turn, wanted)
    code, salt = _free_code(turn, wanted.name), receipts.new_salt()
    pulse_id = pulses.add(turn.tx, _new(turn, wanted, divided, code, salt), rows(divided), divided.seats.items())
    answers = ((question.id, value) for question in wanted.asked for value in question.values)
    numbers = [part.number for part in divided.parts]
    pulse_answers.prepare(turn.tx, pulse_id, numbers, [(ANSWERED, ANSWERED), *answers])
    of, invited = wanted.audience.of, len(divided.seats)
    turn.audit("pulse.open", f"pulse:{code}", of=of, invited=invited, groups=len(divided.parts), days=wanted.days_open)
    pulse = _known(turn, code)
    pulse_inviting.invite(turn, pulse)
    return pulse


def divide(turn: Turn, wanted: Wanted) -> Divided:
    """Who would be asked today, and in which groups they would count."""
    people = audience.invited(turn, wanted.name, wanted.audience)
    k = turn.settings.pulse.k
    try:
        return pulse_groups.divide(audience.units_today(turn), people, k)
    except Few:
        key = "pulse_asking.too_few" if people else "pulse_asking.nobody"
        raise Refusal(key, field="audience", n=len(people), k=k) from None


def over(running: Iterable[PulseRow], day: str) -> list[PulseRow]:
    """Those of the running surveys whose days are over, or which began to close and were cut short."""
    return [pulse for pulse in running if pulse.closes_on <= day or pulse.state == CLOSING]


def find(turn: Turn, code: str) -> PulseRow:
    """A survey by its code; refuses one that is not there."""
    found = pulses.by_code(turn.tx, code)
    if found is None:
        raise Refusal("pulse_asking.unknown", code=code)
    return found


def _new(turn: Turn, wanted: Wanted, divided: Divided, code: str, salt: str) -> NewPulse:
    closes = pulse_days.closes_on(turn.today, wanted.days_open, turn.house.calendar)
    return NewPulse(
        code=code,
        name=wanted.name,
        questions=questions.dump(wanted.asked),
        audience=_described(wanted),
        tree=json.dumps(divided.tree, ensure_ascii=False),
        k=turn.settings.pulse.k,
        invited=len(divided.seats),
        opened_on=turn.day,
        closes_on=closes.isoformat(),
        salt=salt,
        key_check=Seal(turn.house.pulse_key, code, salt).check,
    )


def _described(wanted: Wanted) -> str:
    """Who is asked and how they are told, as it was at opening."""
    asked = wanted.audience.model_dump(mode="json", exclude_defaults=True)
    told = {"invite": wanted.invite, "remind": wanted.remind}
    return json.dumps({"of": wanted.audience.of, **asked, **told}, ensure_ascii=False)


def rows(divided: Divided) -> list[GroupRow]:
    """The groups as the database keeps them."""
    return [
        GroupRow(part.number, json.dumps(part.units, ensure_ascii=False), part.parent, part.invited)
        for part in divided.parts
    ]


def _free_code(turn: Turn, name: str) -> str:
    """The code of a survey that opens today; the day ends it, and a second one of a day is numbered before that."""
    code, number = f"{name}-{turn.day}", 1
    while pulses.by_code(turn.tx, code):
        number += 1
        code = f"{name}-{number}-{turn.day}"
    return code


def _known(turn: Turn, code: str) -> PulseRow:
    found = pulses.by_code(turn.tx, code)
    assert found is not None  # noqa: S101 - it was just written
    return found
