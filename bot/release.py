"""The one door through which figures of surveys leave: once, when a survey closes, and for good.

What is published is worked out by the `disclosure` modules from the counters, from who was invited in which group, and
from all that was published before of the same questions. It is stored with the survey; everything else is forgotten.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from bot import disclosure_table, published, pulse_view
from bot.disclosure import ANSWERED, Asked, Bounds, Counted, Earlier, Piece, Survey, exactly
from bot.disclosure_table import Disclosed
from bot.published import Published
from bot.pulse_groups import depth
from bot.questions import Asked as Question
from bot.turn import Refusal, Turn
from storage import pulse_answers, pulses
from storage.database import Tx
from storage.pulse_answers import Count, LineRow
from storage.pulses import CLOSED, GroupRow, PulseRow

Line = tuple[tuple[str, ...], str]
EMPTY = '{"questions":[],"named":[],"known":[]}'
# A question and a published group by its units and the unit above.
Told = tuple[str, tuple[str, ...], str | None]


class Closing(NamedTuple):
    """What is kept of a survey: its published table, what later releases go by, and free lines with their units."""

    released: str
    pieces: str
    lines: list[Line]


def results(turn: Turn, code: str) -> Published:
    """What was published of a survey; refuses one that is not there or not closed."""
    found = pulses.by_code(turn.tx, code)
    if found is None:
        raise Refusal("pulse_asking.unknown", code=code)
    if found.state != CLOSED or not found.released:
        raise Refusal("pulse.not_closed")
    return published.load(found.released)


def publish(turn: Turn, pulse: PulseRow) -> Closing:
    """Work out what is published of a survey that is over; the caller stores it and forgets the rest."""
    survey = read(turn.tx, pulse)
    found = disclosure_table.disclose(survey, pulse.code)
    lines = placed(survey, found, pulse_answers.lines(turn.tx, pulse.id))
    return Closing(published.dump(found.published), pack(survey, found), lines)


def read(tx: Tx, pulse: PulseRow) -> Survey:
    """A survey with its counters and with every earlier one that asked one of its questions."""
    groups = counted(pulses.groups(tx, pulse.id), pulse_answers.counts(tx, pulse.id))
    asked = countable(pulse_view.asked(pulse.questions))
    earlier = [unpack(one.pieces, pulses.people(tx, one.id)) for one in _whole(tx, before(tx, pulse.questions))]
    return over(groups, pulses.people(tx, pulse.id), json.loads(pulse.tree), asked, k=pulse.k, earlier=earlier)


def over(
    groups: Sequence[Counted],
    people: Iterable[tuple[int, int]],
    tree: Mapping[str, str | None],
    asked: Sequence[Asked],
    *,
    k: int,
    earlier: Sequence[Earlier],
) -> Survey:
    """A survey as it is worked on, from its groups and its (person, number of their group)."""
    place = {group.number: at for at, group in enumerate(groups)}
    return Survey(groups, tree, asked, {person: place[number] for person, number in people}, k, earlier)


def counted(groups: Iterable[GroupRow], counts: Iterable[Count]) -> list[Counted]:
    """The groups with their counters."""
    tally: defaultdict[int, defaultdict[str, dict[str, int]]] = defaultdict(lambda: defaultdict(dict))
    for number, question, answer, times in counts:
        tally[number][question][answer] = times
    return [_counted(group, tally[group.number]) for group in groups]


def _counted(group: GroupRow, tally: Mapping[str, Mapping[str, int]]) -> Counted:
    answered = tally.get(ANSWERED, {}).get(ANSWERED, 0)
    counts = {question: answers for question, answers in tally.items() if question != ANSWERED}
    units = tuple(json.loads(group.units))
    return Counted(group.number, units, group.parent or None, group.invited, answered, counts)


def countable(asked: Iterable[Question]) -> tuple[Asked, ...]:
    """The questions whose answers are counted: all but free lines."""
    return tuple(Asked(one.id, one.values, one.kind == "many") for one in asked if one.kind != "text")


def before(tx: Tx, questions: str) -> list[int]:
    """The surveys that are over and asked one of these questions, as surveys keep them."""
    ids = {question.id for question in countable(pulse_view.asked(questions))}
    over_ = (one for one in pulses.everything(tx) if one.state == CLOSED)
    return [one.id for one in over_ if not ids.isdisjoint(q.id for q in countable(pulse_view.asked(one.questions)))]


def _whole(tx: Tx, ids: Iterable[int]) -> Iterator[PulseRow]:
    """Surveys with what is large."""
    for one in ids:
        whole = pulses.get(tx, one)
        if whole and whole.pieces:
            yield whole


def pack(survey: Survey, found: Disclosed) -> str:
    """What later releases need to know of one: its pieces by their groups, and the bounds of each.

    It holds nothing that does not follow from what was published and from the rules.
    """
    pieces = [[survey.groups[at].number for at in one.piece.groups] for one in found.drawn]
    known = [{q: _flat(answers) for q, answers in one.known.items()} for one in found.drawn]
    questions = [asked.id for asked in survey.asked]
    named = [[one.piece.units, one.piece.parent] for one in found.drawn]
    packed = {"questions": questions, "named": named, "pieces": pieces, "known": known}
    return json.dumps(packed, separators=(",", ":"))


def _flat(answers: Mapping[str, Bounds]) -> dict[str, int | list[int]]:
    return {answer: b.low if b.low == b.high else [b.low, b.high] for answer, b in answers.items()}


def unpack(text: str, people: Iterable[tuple[int, int]]) -> Earlier:
    """An earlier release, with the people who were invited in each of its groups."""
    packed = json.loads(text)
    of = {number: at for at, numbers in enumerate(packed["pieces"]) for number in numbers}
    known = [{q: {a: _bounds(b) for a, b in answers.items()} for q, answers in one.items()} for one in packed["known"]]
    return Earlier({person: of[number] for person, number in people}, known)


def bounds(text: str) -> dict[Told, dict[str, tuple[int, int]]]:
    """What follows from the rules about figures that were not told exactly: from what to what each may be."""
    packed = json.loads(text or EMPTY)
    return {
        (question, tuple(units), parent): {a: _bounds(b) for a, b in {**one[question], **one[ANSWERED]}.items()}
        for (units, parent), one in zip(packed["named"], packed["known"], strict=True)
        for question in packed["questions"]
        if any(isinstance(b, list) for b in one[question].values())
    }


def _bounds(value: int | list[int]) -> Bounds:
    return exactly(value) if isinstance(value, int) else Bounds(*value)


def placed(survey: Survey, found: Disclosed, lines: Sequence[LineRow]) -> list[Line]:
    """Free lines with the units they are told for: never fewer than k together, and none where nothing is told."""
    piece_of = {survey.groups[at].number: one.piece for one in found.drawn if not one.hidden for at in one.piece.groups}
    waiting: defaultdict[Piece, list[str]] = defaultdict(list)
    for line in lines:
        if line.number in piece_of:
            waiting[piece_of[line.number]].append(line.text)
    told: list[Line] = []
    above: defaultdict[str | None, list[str]] = defaultdict(list)
    for piece, texts in waiting.items():
        _keep(told, piece.units, texts, above[piece.parent], survey.k)
    for unit in sorted(filter(None, list(survey.tree)), key=lambda unit: -depth(survey.tree, unit)):
        _keep(told, (unit,), above.pop(unit, []), above[survey.tree[unit]], survey.k)
    return [*told, *(((), text) for text in above[None])]


def _keep(told: list[Line], units: tuple[str, ...], texts: list[str], above: list[str], k: int) -> None:
    """Tell lines for some units where there are enough, else hand them up."""
    if len(texts) >= k:
        told += [(units, text) for text in texts]
    else:
        above += texts
