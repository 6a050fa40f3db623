"""Inviting to a survey: one card in each unit's channel, or one to each person; the same for everybody.

What is written here says who is asked, never who has answered.
"""

import json
from collections.abc import Callable
from datetime import date, datetime, time

from bot import cards, pulse_view
from bot.cards import Block, Card, Heading, Span, muted, say
from bot.schedule import millis
from bot.turn import Turn
from storage import outbox, pulse_people
from storage.pulses import PulseRow


def invite(turn: Turn, pulse: PulseRow) -> None:
    """Owe the invitations to a survey that opens."""
    if _told(pulse) == "person":
        to_people(turn, "pulse", pulse, until=ends(turn, pulse), draw=lambda lang: card(turn, pulse, lang))
    else:
        _in_channels(turn, pulse)


def ends(turn: Turn, pulse: PulseRow) -> int:
    """The moment from which a survey can be answered no more."""
    return millis(datetime.combine(date.fromisoformat(pulse.closes_on), time(), turn.now.tzinfo))


def card(turn: Turn, pulse: PulseRow, lang: str) -> Card:
    """The invitation."""
    return pulse_view.invitation(turn.house, pulse, lang)


def to_people(turn: Turn, name: str, pulse: PulseRow, *, until: int, draw: Callable[[str], Card]) -> None:
    """Owe everybody who is asked, and wants to hear of surveys, the same message.

    What they do not read by `until` is not sent any more.
    """
    bodies: dict[str, int] = {}
    rows: list[dict[str, object]] = []
    for person in pulse_people.listeners(turn.tx, pulse.id, today=turn.day):
        lang = person.language or turn.house.lang
        if lang not in bodies:
            key = f"{name}:{pulse.code}:{turn.day}:{lang}"
            bodies[lang] = outbox.body(turn.tx, key, cards.dump(draw(lang)), at=turn.at)
        rows.append(
            {
                "key": f"{name}:{pulse.code}:person-{person.id}",
                "person_id": person.id,
                "body_id": bodies[lang],
                "due_at": turn.at,
                "expires_at": until,
            }
        )
    outbox.post_many(turn.tx, rows)


def channels(turn: Turn, pulse: PulseRow) -> list[int]:
    """The channel nearest to each unit in which somebody is asked, each once."""
    asked = pulse_people.units(turn.tx, pulse.id, today=turn.day)
    return sorted({channel for unit in asked if (channel := turn.channel(unit)) is not None})


def told_in(turn: Turn, pulse: PulseRow) -> list[int]:
    """The channels in which a survey was told of."""
    start = f"pulse:{pulse.code}:place-"
    found = outbox.keys(turn.tx, f"{start}%")
    return sorted(int(key.removeprefix(start)) for key in found if key.startswith(start))


def heard_in(turn: Turn, pulse: PulseRow) -> list[int]:
    """The channels that hear what came of a survey: those it was told of in, or those of the people who were asked."""
    return told_in(turn, pulse) or channels(turn, pulse)


def take_down(turn: Turn, pulse: PulseRow) -> None:
    """Have invitations say that the survey is closed; those nobody has seen yet are not sent."""
    lang = turn.house.lang
    body = outbox.body(turn.tx, f"pulse:{pulse.code}:closed", cards.dump(_closed(turn, pulse, lang)), at=turn.at)
    for place in told_in(turn, pulse):
        outbox.withdraw(turn.tx, f"pulse:{pulse.code}:place-{place}", body, due_at=turn.at)


def _told(pulse: PulseRow) -> str:
    return str(json.loads(pulse.audience).get("invite", ""))


def _in_channels(turn: Turn, pulse: PulseRow) -> None:
    """One card for each channel; it has no end of its own, as at close it says something else."""
    drawn = cards.dump(card(turn, pulse, turn.house.lang))
    body = outbox.body(turn.tx, f"pulse:{pulse.code}", drawn, at=turn.at)
    keys = ((place, f"pulse:{pulse.code}:place-{place}") for place in channels(turn, pulse))
    common = {"body_id": body, "due_at": turn.at}
    outbox.post_many(turn.tx, [{"key": key, "place_id": place, **common} for place, key in keys])


def _closed(turn: Turn, pulse: PulseRow, lang: str) -> Card:
    """What stands where the invitation was."""
    text = turn.speak(lang)("pulse_asking.closed")
    blocks: tuple[Block, ...] = (Heading(pulse_view.title(pulse, lang), 2), say(Span(text, "strong")))
    return Card((*blocks, muted(turn.speak(lang)("pulse_asking.results_come"))), text, lang)
