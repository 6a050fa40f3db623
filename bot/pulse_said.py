"""What a survey says about each unit, worked out once from its published table when it closes, and read without it."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from bot import pulse_figures as figures
from bot import pulse_view
from bot.published import Group, Published, Question
from bot.pulse_figures import Held, Told, Whole
from bot.pulse_pace import opened_on
from bot.pulse_reading import Groups, Parents, Reading
from bot.questions import Asked
from bot.turn import Turn
from storage import pulse_said
from storage.pulses import PulseRow

# The whole organisation.
ALL = ""
Said = Mapping[str, tuple[Group, Held]]


def written(published: Published, asked: Iterable[Asked], tree: Parents, told: Told) -> Iterator[tuple[str, str]]:
    """(unit, JSON) for every unit of a tree and the whole: its smallest group shown, with what may be true of it."""
    questions = [(q.id, _Flat(published, q, table, told)) for q in asked if (table := published.question(q.id))]
    for code in (ALL, *tree):
        said = {name: found for name, groups in questions if (found := groups.of(code, tree))}
        yield code, json.dumps(said, separators=(",", ":"), ensure_ascii=False)


class _Flat:
    """The groups of a question as JSON has them, each worked out once."""

    def __init__(self, published: Published, asked: Asked, question: Question, told: Told) -> None:
        many = asked.kind == "many"
        self._scope = figures.scope(published, asked.id, asked.values, many=many, told=told)
        self._groups = Groups(question)
        self._done: dict[tuple[tuple[str, ...], str | None], list[Any]] = {}

    def of(self, unit: str, tree: Parents) -> list[Any] | None:
        """The smallest group shown that has a unit in it."""
        found = self._groups.smallest(unit, tree)
        return self._flat(found) if found else None

    def _flat(self, group: Group) -> list[Any]:
        name = group.units, group.parent
        if name not in self._done:
            held = figures.held(group, self._scope)
            self._done[name] = [
                list(group.units),
                group.parent,
                group.invited,
                group.answered,
                group.counts,
                group.shown,
                held.counts,
                held.answered,
            ]
        return self._done[name]


def parsed(text: str, asked: Sequence[Asked]) -> Said:
    """What was written about a unit, by question."""
    known = json.loads(text)
    return {q.id: _held(known[q.id], many=q.kind == "many") for q in asked if q.id in known}


def _held(flat: list[Any], *, many: bool) -> tuple[Group, Held]:
    units, parent, invited, answered, counts, shown, bounds, people = flat
    group = Group(tuple(units), parent, invited, answered, counts, shown)
    may_be = {answer: Whole(*ends) for answer, ends in bounds.items()}
    return group, Held(counts, answered, invited, may_be, Whole(*people), many)


def readings(turn: Turn, pulse: PulseRow, unit: str, earlier: Sequence[PulseRow]) -> list[Reading]:
    """What a survey says about a unit, question by question, beside what earlier ones said of the same groups."""
    asked = [q for q in pulse_view.asked(pulse.questions) if q.values]
    text = pulse_said.of(turn.tx, [pulse.id], [unit]).get((pulse.id, unit))
    if text is None:
        return []
    now = parsed(text, asked)
    names = {group.units[0] for group, _ in now.values()}
    before = pulse_said.of(turn.tx, [one.id for one in earlier], names)
    past = [(one, {n: parsed(before[one.id, n], asked) for n in names if (one.id, n) in before}) for one in earlier]
    return [_reading(q, *now[q.id], pulse, past) for q in asked if q.id in now]


def _reading(
    asked: Asked, group: Group, held: Held, pulse: PulseRow, past: Sequence[tuple[PulseRow, Mapping[str, Said]]]
) -> Reading:
    same = [
        (opened_on(one.code), _same(said.get(group.units[0], {}).get(asked.id), group, asked))
        for one, said in past
        if any(q.id == asked.id for q in pulse_view.asked(one.questions))
    ]
    points = [(day, found) for day, found in same if day and found]
    today = opened_on(pulse.code)
    last = same[-1][1] if same else None
    return Reading(asked, group, held, last, (*points, *([(today, held)] if today else [])))


def _same(found: tuple[Group, Held] | None, group: Group, asked: Asked) -> Held | None:
    """What was told then of the same group, if it had the same answers to choose from."""
    if found is None:
        return None
    then, held = found
    alike = set(then.units) == set(group.units) and then.parent == group.parent
    return held if alike and then.counts.keys() <= set(asked.values) else None
