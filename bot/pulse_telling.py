"""Telling what came of a survey: results to channels, to managers, and to the secretariat."""

import json
from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from functools import lru_cache, partial

from bot import published, pulse_closing, pulse_inviting, pulse_results, pulse_said, pulse_view, release, surveys
from bot.cards import Block, Button, Card, row
from bot.pulse_reading import Reading
from bot.schedule import millis
from bot.staged import Staged
from bot.turn import Turn
from storage import once, people, places, pulses, roles, units
from storage.database import Tx
from storage.pulses import CLOSED, PulseRow

Run = Callable[[Turn], None]
# Cards are drawn in so many parts, each a transaction, so that nobody waits for all of them.
PARTS = 40
# Results that were not told on their day, for whatever reason, are told on the next ones.
LATE = timedelta(days=6)
# So many releases before are compared with.
EARLIER = 8
# A digest tells of so many surveys at most.
SHORT = 2
# The whole organisation.
ALL = ""

read = lru_cache(maxsize=2 * EARLIER)(published.load)
bounds = lru_cache(maxsize=2 * EARLIER)(release.bounds)


class Unclosed(Exception):
    """A survey could not be closed, so there is nothing to tell."""


def runs(tx: Tx, today: date) -> list[tuple[str, Run | Staged]]:
    """What a morning closes and tells of, in parts that a crash neither repeats nor loses."""
    over = surveys.over(pulses.running(tx), today.isoformat())
    since = (today - LATE).isoformat()
    late = [pulse for pulse in pulses.everything(tx) if pulse.closed_on and pulse.closed_on >= since]
    closing = [(f"close:{pulse.code}", pulse_closing.of(pulse.id)) for pulse in over]
    return [*closing, *(run for pulse in [*over, *late] for run in tellings(pulse))]


def tellings(pulse: PulseRow) -> list[tuple[str, Run]]:
    """The parts in which results are told."""
    return [(f"tell:{pulse.code}:{n}", partial(tell, pulse_id=pulse.id, part=n)) for n in range(PARTS)]


def tell(turn: Turn, pulse_id: int, part: int) -> None:
    """Owe one part of the results, once."""
    pulse = pulses.get(turn.tx, pulse_id)
    if pulse is None or pulse.state != CLOSED:
        raise Unclosed
    if once.claim(turn.tx, f"pulse-told:{pulse.code}:{part}", at=millis(turn.now)):
        _Telling(turn, pulse).run(part)


def card(turn: Turn, pulse: PulseRow, code: str, lang: str) -> Card:
    """The results of a survey for a unit by its code, or for the whole organisation, with those before in view."""
    return _Telling(turn, pulse).card(code, lang)


def in_short(turn: Turn, code: str, lang: str, *, since: date) -> list[Block]:
    """The results of surveys that closed since a day, as far as they say anything of a unit, in a few lines."""
    found = [pulse for pulse in pulses.everything(turn.tx) if (pulse.closed_on or "") >= since.isoformat()]
    return [block for pulse in found[-SHORT:] for block in _short(turn, pulse, code, lang)]


def _short(turn: Turn, pulse: PulseRow, code: str, lang: str) -> list[Block]:
    read = readings(turn, pulse, code)
    codes = {code, *(unit for one in read for unit in one.group.units)}
    known = (units.by_code(turn.tx, unit) for unit in sorted(codes))
    return pulse_results.in_short(
        turn.house, read, code, lang, names={unit.code: unit.name(lang) for unit in known if unit}
    )


def readings(turn: Turn, pulse: PulseRow, code: str) -> list[Reading]:
    """What a survey and those before it say about a unit, question by question; nothing of one that was not asked."""
    return pulse_said.readings(turn, pulse, code, _before(turn, pulse))


class _Telling:
    """Results of one survey on their way to those who read them."""

    def __init__(self, turn: Turn, pulse: PulseRow) -> None:
        self._turn = turn
        self._pulse = pulse
        self._units = units.everything(turn.tx)
        self._codes = {unit.id: unit.code for unit in self._units}
        self._tree: dict[str, str | None] = json.loads(pulse.tree)
        before = [whole for one in _before(turn, pulse) if (whole := pulses.get(turn.tx, one.id))]
        self._named: dict[str, dict[str, str]] = {}
        self._earlier = [read(one.released) for one in before]
        self._bounds = {one.code: bounds(one.pieces) for one in (*before, pulse)}

    def run(self, part: int) -> None:
        """Owe what belongs to one part."""
        for place in pulse_inviting.heard_in(self._turn, self._pulse):
            if place % PARTS == part:
                self._in_channel(place)
        for role in ("manager", "secretariat"):
            for person, reach in self._readers(role).items():
                if person % PARTS == part:
                    self._to(person, reach, role)

    def _readers(self, role: str) -> dict[int, list[str]]:
        """Who holds a role, and the codes of the units that were asked and which they look after."""
        found: defaultdict[int, list[str]] = defaultdict(list)
        for person, unit in roles.holders(self._turn.tx, role, today=self._turn.day):
            code = ALL if unit is None else self._codes.get(unit, "")
            if unit is None or code in self._tree:
                found[person].append(code)
        return found

    def _in_channel(self, place_id: int) -> None:
        turn, place = self._turn, places.get(self._turn.tx, place_id)
        code = self._codes.get((place and place.unit_id) or 0, ALL)
        turn.publish(place_id, self._key(code, f"place-{place_id}"), self.card(code, turn.house.lang))

    def _to(self, person_id: int, reach: list[str], role: str) -> None:
        person = people.get(self._turn.tx, person_id, today=self._turn.day)
        if person is None or not person.pulse:
            return
        for code in dict.fromkeys(reach):
            # Only who speaks for the whole organisation tells what was done.
            draw = self._with_way_on if role == "secretariat" and code == ALL else self.card
            body = self._key(code, role)
            self._turn.tell_person(person, f"{body}-{person_id}", partial(draw, code), body=body)

    def _key(self, code: str, to: str) -> str:
        return f"pulse-results:{self._pulse.code}:{code or 'all'}:{to}"

    def card(self, code: str, lang: str) -> Card:
        """The results for a unit, or the nearest one above it that is large enough."""
        return pulse_results.card(
            self._turn.house,
            read(self._pulse.released),
            pulse_view.asked(self._pulse.questions),
            code,
            lang,
            earlier=self._earlier,
            names=self._names(lang),
            parents=self._tree,
            told=self._bounds,
        )

    def _names(self, lang: str) -> dict[str, str]:
        if lang not in self._named:
            self._named[lang] = {unit.code: unit.name(lang) for unit in self._units}
        return self._named[lang]

    def _with_way_on(self, code: str, lang: str) -> Card:
        """The card with the button that tells what was done about it."""
        drawn = self.card(code, lang)
        button = Button("survey.follow", self._turn.speak(lang)("pulse_asking.follow"), self._pulse.code)
        return replace(drawn, blocks=(*drawn.blocks, row(button)))


def _before(turn: Turn, pulse: PulseRow) -> list[PulseRow]:
    """The releases before this one that asked one of its questions, without what is large.

    One about a principle comes back weeks later.
    """
    asked = {question.id for question in pulse_view.asked(pulse.questions)}
    found = (one for one in pulses.published(turn.tx, pulse.name) if one.opened_on < pulse.opened_on)
    return [one for one in found if not asked.isdisjoint(q.id for q in pulse_view.asked(one.questions))][-EARLIER:]
