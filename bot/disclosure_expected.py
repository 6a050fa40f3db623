"""What a unit above rounded pieces is shown with: the figure to be expected from what is published of the pieces.

The sum of the middles of many cells would be far off where an answer is rare. So each piece counts with the value that
is to be expected within its bounds, if its people answer as the whole organisation does. It follows from what is
published alone, and so tells nothing more.
"""

from collections import Counter
from collections.abc import Mapping, Sequence

from bot.disclosure import ANSWERED, NOBODY, Asked, Bounds
from bot.disclosure_cells import Drawn

# How often the share that is likeliest is looked for in one half of what is left.
HALVINGS = 14

# For each piece, what is expected of each answer.
Expected = Sequence[Mapping[str, float]]


def expected(drawn: Sequence[Drawn], asked: Asked | None = None) -> Expected:
    """What is to be expected of every piece: of each answer to a question, or of how many answered."""
    if asked is None:
        return _spread(drawn, ANSWERED, (ANSWERED,), [one.total.invited for one in drawn])
    answered = [one.get(ANSWERED, 0.0) for one in expected(drawn)]
    found = _spread(drawn, asked.id, asked.values, list(map(round, answered)))
    if asked.many:
        return found
    return [settled(each, one.known[asked.id], n) for each, one, n in zip(found, drawn, answered, strict=True)]


def settled(each: Mapping[str, float], known: Mapping[str, Bounds], people: float) -> Mapping[str, float]:
    """The same figures, moved within their bounds by equal parts of the room they have, so that they add up."""
    over = sum(each.values()) - people
    room = {a: value - known[a].low if over > 0 else known[a].high - value for a, value in each.items()}
    part = min(1.0, abs(over) / (sum(room.values()) or 1))
    return {a: value - part * room[a] * (1 if over > 0 else -1) for a, value in each.items()}


def _spread(drawn: Sequence[Drawn], question: str, answers: Sequence[str], people: Sequence[int]) -> Expected:
    found: list[dict[str, float]] = [{} for _ in drawn]
    told = [at for at, one in enumerate(drawn) if not one.hidden]
    for answer in answers:
        pieces = [(*drawn[at].known[question].get(answer, NOBODY), people[at]) for at in told]
        each = _likely(Counter(pieces))
        for at, piece in zip(told, pieces, strict=True):
            found[at][answer] = each[piece]
    return found


def _likely(pieces: Mapping[tuple[int, int, int], int]) -> Mapping[tuple[int, int, int], float]:
    """What to expect within (least, most) of so many people, if the same share of all of them give an answer.

    That share is the one that makes what was told most likely: then as many are expected as it says.
    """
    whole = sum(people * times for (_, _, people), times in pieces.items())
    least, most = 0.0, 1.0
    for _ in range(HALVINGS):
        share = (least + most) / 2
        more = sum(within(*piece, share) * times for piece, times in pieces.items()) > share * whole
        least, most = (share, most) if more else (least, share)
    return {piece: within(*piece, (least + most) / 2) for piece in pieces}


def within(low: int, high: int, people: int, share: float) -> float:
    """How many of some people are to be expected to give an answer that a share of all give, within bounds."""
    if low == high or not 0 < share < 1:
        return float(low if low == high or share <= 0 else high)
    odds, weight, total, sum_ = share / (1 - share), 1.0, 0.0, 0.0
    for value in range(low, high + 1):
        total += weight
        sum_ += weight * value
        weight *= max(0, people - value) / (value + 1) * odds
    return sum_ / total
