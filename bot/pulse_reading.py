"""What releases say about a unit: its smallest group shown, that group's figures now, and those of earlier releases."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from bot import pulse_figures as figures
from bot.published import Group, Published, Question
from bot.pulse_figures import Held, Told
from bot.pulse_pace import opened
from bot.questions import Asked

Parents = Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class Reading:
    """A question and a group: its figures, those of the release before, and those of all dated ones so far.

    `before` is None where there was no release before, or the group was not in it.
    """

    asked: Asked
    group: Group
    now: Held
    before: Held | None
    past: tuple[tuple[date, Held], ...]


def reading(
    published: Published,
    asked: Asked,
    unit: str,
    *,
    earlier: Sequence[Published] = (),
    parents: Parents | None = None,
    told: Mapping[str, Told] | None = None,
) -> Reading | None:
    """What a release and earlier ones say about a question; None where nothing is shown.

    `told` has, by survey, the bounds of rounded figures where they are known.
    """
    question = published.question(asked.id)
    group = smallest(question, unit, parents or {}) if question else None
    if group is None:
        return None
    before = [(day, p) for p in earlier if (day := opened(p)) and p.question(asked.id)]
    before.sort(key=lambda pair: pair[0])
    bounds = told or {}
    past = [(day, held) for day, p in before if (held := _same(p, asked, group, bounds))]
    last = _same(before[-1][1], asked, group, bounds) if before else None
    now, today = _held(published, asked, group, bounds), opened(published)
    return Reading(asked, group, now, last, (*past, *([(today, now)] if today else [])))


class Groups:
    """The groups of a question by the units in them, for whoever asks about many units."""

    def __init__(self, question: Question) -> None:
        # Of several that have a unit in them the first counts.
        self._by_unit = {code: g for g in reversed(question.groups) for code in g.units if g.parent != code}
        self._whole = next((g for g in question.groups if g.parent is None and _says(g)), None)

    def smallest(self, unit: str, parents: Parents) -> Group | None:
        """The smallest group shown with a unit in it: the unit, its merged siblings, or what is above; "" is all."""
        code: str | None = unit
        while code:
            found = self._by_unit.get(code)
            if found and _says(found):
                return found
            code = found.parent if found else parents.get(code)
        return self._whole


def smallest(question: Question, unit: str, parents: Parents) -> Group | None:
    """The same for one unit."""
    return Groups(question).smallest(unit, parents)


def _says(group: Group) -> bool:
    return group.shown != "hidden" and group.answered > 0


def _same(published: Published, asked: Asked, group: Group, told: Mapping[str, Told]) -> Held | None:
    """The figures of the same group in another release, if it was shown and had the same answers to choose from."""
    question = published.question(asked.id)
    there = (g for g in (question.groups if question else ()) if _says(g) and g.counts.keys() <= set(asked.values))
    found = next((g for g in there if set(g.units) == set(group.units) and g.parent == group.parent), None)
    return _held(published, asked, found, told) if found else None


def _held(published: Published, asked: Asked, group: Group, told: Mapping[str, Told]) -> Held:
    many, known = asked.kind == "many", told.get(published.survey)
    return figures.held(group, figures.scope(published, asked.id, asked.values, many=many, told=known))
