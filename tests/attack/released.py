"""Weeks of an invented organisation released by kizuki's own rule, as the attacker gets to see them."""

from collections import Counter
from collections.abc import Iterable

from bot.disclosure import Asked, Counted, Earlier
from bot.disclosure import Survey as Over
from bot.disclosure_table import Disclosed, disclose
from bot.pulse_groups import Divided, divide
from tests.attack.evidence import Survey
from tests.attack.towns import MANY, QUESTIONS, Week

ASKED = tuple(Asked(question, values, question in MANY) for question, values in QUESTIONS.items())


def released(weeks: Iterable[Week], k: int = 5) -> list[Survey]:
    """Every week as it is published, each with all that was published before it in mind."""
    earlier: list[Earlier] = []
    found = []
    for week in weeks:
        survey, before, done = published(week, k, tuple(earlier))
        found.append(survey)
        earlier.append(kept(before, done))
    return found


def published(week: Week, k: int, earlier: tuple[Earlier, ...]) -> tuple[Survey, Over, Disclosed]:
    """A week as the attacker sees it, as it was before it was published, and what was worked out."""
    divided = divided_of(week, k)
    before = over(week, divided, k, earlier)
    done = disclose(before, week.code)
    posts = {f"p{person}": unit for person, unit in divided.posts.items()}
    return Survey(done.published, divided.tree, posts, MANY, cells=cells(done)), before, done


def divided_of(week: Week, k: int) -> Divided:
    """The groups of a week."""
    return divide(week.tree, {int(person[1:]): unit for person, unit in week.invited.items()}, k)


def over(week: Week, divided: Divided, k: int, earlier: tuple[Earlier, ...] = ()) -> Over:
    """A week as it is before it is published."""
    return Over(_counted(week, divided), divided.tree, ASKED, _places(divided), k, earlier)


def kept(over: Over, done: Disclosed) -> Earlier:
    """What later surveys are held against."""
    of = {place: at for at, one in enumerate(done.drawn) for place in one.piece.groups}
    return Earlier({person: of[place] for person, place in over.people.items()}, [d.known for d in done.drawn])


def cells(done: Disclosed) -> dict[tuple[str, tuple[str, ...], str | None], dict[str, tuple[int, int]]]:
    """The cells of rounded figures, which follow from the rules and from what was published before."""
    return {
        (question, one.piece.units, one.piece.parent): {"": one.known[""][""], **known}
        for one in done.drawn
        if one.loose and not one.hidden
        for question, known in one.known.items()
        if question
    }


def _places(divided: Divided) -> dict[int, int]:
    return {person: number - 1 for person, number in divided.seats.items()}


def _counted(week: Week, divided: Divided) -> list[Counted]:
    answered: Counter[int] = Counter()
    counts: dict[int, dict[str, Counter[str]]] = {}
    for question, given in week.truth.answers.items():
        for person, answers in given.items():
            number = divided.seats[int(person[1:])]
            answered[number] += question == "mood"
            counts.setdefault(number, {}).setdefault(question, Counter()).update(answers)
    return [
        Counted(p.number, p.units, p.parent or None, p.invited, answered[p.number], counts.get(p.number, {}))
        for p in divided.parts
    ]
