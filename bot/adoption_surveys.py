"""What surveys say of how far each principle has come: who knows it, read it, acts by it; when a target is reached."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from bot import pulse_figures, pulse_pace, pulse_telling, pulse_view
from bot.pulse_figures import Figure
from bot.pulse_pace import Pace
from bot.pulse_reading import Reading
from bot.turn import Turn
from storage import pulses
from storage.pulses import CLOSED, PulseRow

# So many surveys back a principle is looked for: each comes round every ten weeks.
BACK = 30


@dataclass(frozen=True, slots=True)
class Surveyed:
    """The newest survey about a principle: the share that took each step, the target, and when it is reached.

    `steps` are in the question's order, each with those who went further; `aimed` is the share the target is about.
    """

    day: date
    answered: int
    steps: tuple[tuple[str, Figure], ...]
    aimed: Figure | None
    target: float
    pace: Pace | None
    between: tuple[Pace, Pace] | None


def newest(turn: Turn, code: str, *, until: date) -> dict[int, Surveyed]:
    """For each principle that surveys asked about in steps, what the newest of them says of a unit ("": of all)."""
    found: dict[int, Surveyed] = {}
    surveys = [p for p in pulses.everything(turn.tx) if p.state == CLOSED and p.opened_on < until.isoformat()]
    for pulse in reversed(surveys[-BACK:]):
        numbers = [number for number in _about(pulse) if number not in found]
        for read in pulse_telling.readings(turn, pulse, code) if numbers else ():
            number = read.asked.principle
            if read.asked.steps and number and number not in found:
                found[number] = _surveyed(read, date.fromisoformat(pulse.opened_on))
    return found


def _about(pulse: PulseRow) -> Iterator[int]:
    """The principles that a survey asks about in steps."""
    return (one.principle for one in pulse_view.asked(pulse.questions) if one.steps and one.principle)


def _surveyed(read: Reading, day: date) -> Surveyed:
    asked = read.asked
    target = asked.share / 100
    points = [(when, pulse_figures.share(held, *asked.reached)) for when, held in read.past if asked.share]
    return Surveyed(
        day,
        read.group.answered,
        tuple(zip(asked.values[1:], pulse_figures.at_least(read.now, asked.values), strict=True)),
        pulse_figures.share(read.now, *asked.reached) if asked.share else None,
        target,
        pulse_pace.pace(points, target) if points else None,
        pulse_pace.span(points, target) if points else None,
    )
