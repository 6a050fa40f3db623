"""How a recognition report is put together, of everybody or of a unit and everything below it as it was then."""

from dataclasses import replace
from datetime import timedelta

from bot import periods, recognition_parts, recognition_sums, shortlists
from bot.recognition_model import Candidate, OfPrinciple, Recognition, Story
from bot.recognition_sums import Gathered, Sums
from bot.reports import Period, between
from bot.shortlists import LEAST_GIVERS, Frame, Pair, Shortlists
from bot.turn import Turn
from storage import coverage, recognised
from storage.database import Tx
from storage.segments import Deeds
from storage.units import UnitRow

YEAR = timedelta(days=365)


def build(turn: Turn, period: Period, unit: UnitRow | None = None) -> Recognition:
    """The report of a period; of a unit only thanks to people who were in it, or below it, at that moment."""
    tx, numbers, today, day = turn.tx, turn.pack.numbers, turn.day, last_day(period)
    scope = unit and unit.id
    before = between(turn.settings, *periods.before(period))
    gathered = recognition_sums.gathered(tx, period, scope)
    frame, divided = framed(turn, period, gathered.everybody.thanks)
    sums, lists = _scored(tx, period, gathered, numbers, frame)
    told = recognition_parts.stories(tx, _placed(lists), today=today)
    notes = recognition_sums.written(gathered.here)
    touched = recognition_parts.touched(gathered.everybody, numbers)
    totals, notes_before, kudos_before = recognition_sums.totals(tx, before, scope)
    return Recognition(
        period,
        before,
        unit,
        today,
        sum(notes.states.values()),
        notes.writers,
        recognition_sums.thanked(gathered.here, scope),
        totals,
        notes.states,
        tuple(
            OfPrinciple(
                number,
                notes.by_number.get(number, 0),
                *sums.counts[number],
                notes_before.get(number, 0),
                kudos_before.get(number, 0),
                _candidates(lists, number, told),
                lists.more[number],
            )
            for number in numbers
        ),
        sums.firsts,
        recognition_parts.behind(tx, period, sums, lists, frame.roles, today=today),
        recognition_parts.changed(tx, period, scope),
        recognition_parts.covered(tx, touched, scope, frame.sizes, day=day),
        divided,
    )


def last_day(period: Period) -> str:
    """The period's last day, on which roles and sizes of units are looked at."""
    return (period.end - timedelta(days=1)).isoformat()


def framed(turn: Turn, period: Period, thanks: Deeds) -> tuple[Frame, dict[str, float]]:
    """What scores are worked out against, and by what each role's are divided; `thanks` are everybody's."""
    day = last_day(period)
    sizes = coverage.sizes(turn.tx, day=day)
    divided, roles = recognition_parts.roles(turn.tx, thanks, sizes, day=day)
    around = min(period.since, between(turn.settings, period.end - YEAR, period.end).since)
    return Frame(around, period.until, sizes, roles, turn.day), divided


def _scored(
    tx: Tx, period: Period, gathered: Gathered, numbers: tuple[int, ...], frame: Frame
) -> tuple[Sums, Shortlists]:
    """The sums and the shortlists; looked at once more, and farther down, where the first guess was too high."""
    thanks = gathered.here.thanks
    least = recognition_sums.likely(len(thanks), len(numbers))
    sums = recognition_sums.summed(tx, period, gathered, numbers, least=least)
    found = shortlists.drawn_up(tx, sums.pool, frame)
    if found is None:
        sums = replace(sums, pool=recognition_sums.pool(thanks, numbers, LEAST_GIVERS))
        found = shortlists.drawn_up(tx, sums.pool, frame)
    return sums, _complete(found)


def _complete(found: Shortlists | None) -> Shortlists:
    assert found is not None  # noqa: S101 - everybody with two givers was in the pool
    return found


def _placed(lists: Shortlists) -> dict[Pair, list[recognised.Edge]]:
    pairs = ((one.person_id, number) for number, found in lists.lists.items() for one in found)
    return {pair: lists.edges[pair] for pair in pairs}


def _candidates(lists: Shortlists, number: int, told: dict[Pair, tuple[Story, ...]]) -> tuple[Candidate, ...]:
    return tuple(
        Candidate(one.place, lists.names[one.person_id], one.points, told.get((one.person_id, number), ()))
        for one in lists.lists[number]
    )
