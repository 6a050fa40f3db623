"""Whom a survey asks: people who work here today, as app.yaml or the secretariat says, and the units they are in."""

from collections.abc import Iterable, Mapping
from datetime import timedelta

from bot import panel
from bot.panel import Draw
from bot.pulse_settings import Audience
from bot.turn import Refusal, Turn
from storage import pulse_people, pulses, roles, units
from storage.pulse_people import Candidate

# People who came earlier than so long before they would be asked are no newcomers, though nobody asked them.
LATEST = timedelta(days=92)


def units_today(turn: Turn) -> dict[str, str | None]:
    """Every unit's code, and that of the unit it is in today."""
    codes = _codes(turn)
    return {codes[unit]: codes[above] if above else None for unit, above in units.parents(turn.tx, today=turn.day)}


def invited(turn: Turn, name: str, wanted: Audience) -> dict[int, str | None]:
    """Whom a survey of a name asks today, and the code of the unit each is in; refuses a unit that is not there."""
    codes = _codes(turn)
    staff = _narrowed(turn, pulse_people.candidates(turn.tx, today=turn.day), wanted)
    found = {person.id: codes[person.unit_id] if person.unit_id else None for person in staff}
    if wanted.units:
        allowed = _below(units_today(turn), wanted.units)
        found = {person: code for person, code in found.items() if code in allowed}
    return _drawn(turn, name, found, wanted.panel.of) if wanted.panel else _fresh(turn, name, found, wanted)


def _codes(turn: Turn) -> dict[int, str]:
    return {unit.id: unit.code for unit in units.everything(turn.tx)}


def _narrowed(turn: Turn, staff: Iterable[Candidate], wanted: Audience) -> Iterable[Candidate]:
    """Those of a role, and those who came when newcomers of today did."""
    if wanted.role:
        held = {person for person, _ in roles.holders(turn.tx, wanted.role, today=turn.day)}
        staff = [person for person in staff if person.id in held]
    if wanted.newcomers:
        last = turn.today - wanted.newcomers.after
        first = (last - LATEST).isoformat()
        staff = [person for person in staff if first < person.joined_on <= last.isoformat()]
    return staff


def _below(tree: Mapping[str, str | None], wanted: Iterable[str]) -> set[str]:
    """Units and everything in them."""
    found = set(wanted)
    if missing := sorted(found - tree.keys()):
        raise Refusal("pulse_asking.no_unit", field="units", codes=", ".join(missing))
    for code in tree:
        line = []
        step: str | None = code
        while step is not None and step not in found:
            line.append(step)
            step = tree[step]
        found.update(line if step is not None else ())
    return found


def _fresh(turn: Turn, name: str, found: dict[int, str | None], wanted: Audience) -> dict[int, str | None]:
    """Newcomers without those who were asked before."""
    if not wanted.newcomers:
        return found
    since = (turn.today - wanted.newcomers.after - LATEST).isoformat()
    asked = pulses.lately(turn.tx, name, since=since)
    return {person: code for person, code in found.items() if person not in asked}


def _drawn(turn: Turn, name: str, found: dict[int, str | None], of: int) -> dict[int, str | None]:
    """Those whose turn it is: one of `of` in every unit."""
    days = pulses.openings(turn.tx, name)
    asked = pulses.lately(turn.tx, name, since=days[-2 * of :][0]) if days else {}
    chosen = panel.drawn(found, asked, Draw(f"{turn.pack.id}:{name}", of, days))
    return {person: code for person, code in found.items() if person in chosen}
