"""What a unit above rounded pieces is shown with is near the truth, also where an answer is rare."""

from random import Random

import pytest

from bot.disclosure import ANSWERED, Asked, Bounds, Figures, Piece
from bot.disclosure_cells import Drawn
from bot.disclosure_expected import expected, within

ASKED = Asked("mood", ("often", "never"))
CELL, PEOPLE = 5, 30


def pieces(rng: Random, share: float, number: int = 400) -> tuple[list[Drawn], int]:
    """Pieces of equally many people, each told as the cell it is in, and how many gave the rare answer in truth."""
    found, true = [], 0
    for at in range(number):
        rare = sum(rng.random() < share for _ in range(PEOPLE))
        true += rare
        low = rare - rare % CELL
        known = {
            ANSWERED: {ANSWERED: Bounds(PEOPLE, PEOPLE)},
            "mood": {"never": Bounds(low, low + CELL - 1), "often": Bounds(PEOPLE - low - CELL + 1, PEOPLE - low)},
        }
        found.append(Drawn(Piece((at,), (str(at),), None), Figures(PEOPLE, PEOPLE), known, loose=True, hidden=False))
    return found, true


@pytest.mark.parametrize("share", [0.02, 0.1, 0.5])
def test_a_sum_of_rounded_figures_is_near_the_truth(share: float) -> None:
    drawn, true = pieces(Random(1), share)
    shown = sum(one["never"] for one in expected(drawn, ASKED))
    assert abs(shown - true) < 0.012 * PEOPLE * len(drawn)
    if share < 0.1:
        middles = sum(sum(one.known["mood"]["never"]) / 2 for one in drawn)
        assert abs(shown - true) < abs(middles - true) / 2


def test_nothing_is_expected_beyond_what_is_told() -> None:
    drawn, _ = pieces(Random(2), 0.2)
    for one, figures in zip(drawn, expected(drawn, ASKED), strict=True):
        low, high = one.known["mood"]["never"]
        assert low <= figures["never"] <= high


def test_what_is_told_exactly_is_expected_exactly() -> None:
    assert within(4, 4, 30, 0.5) == 4.0
    assert (within(0, 4, 30, 0.0), within(0, 4, 30, 1.0)) == (0.0, 4.0)
