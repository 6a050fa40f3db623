"""Many small numbers in one integer, so that one addition adds them all.

A row of figures is written as the value of a polynomial at 2**40: adding two such integers adds every figure, and
Python adds integers of this size in tens of nanoseconds. Figures are signed and keep 18 binary places; sums stay exact
up to about two million.
"""

from collections.abc import Sequence

BITS = 40
ONE = 1 << 18

_HALF = 1 << (BITS - 1)
_MASK = (1 << BITS) - 1


def packed(figures: Sequence[float]) -> int:
    """Figures as one integer."""
    whole = 0
    for figure in reversed(figures):
        whole = (whole << BITS) + round(figure * ONE)
    return whole


def unpacked(whole: int, count: int) -> list[float]:
    """The first `count` figures of an integer."""
    # With half a lane added to every lane none is negative, and none borrows from the one above.
    whole += _middle(count)
    return [((whole >> BITS * lane & _MASK) - _HALF) / ONE for lane in range(count)]


def lane(whole: int, at: int) -> float:
    """The figure at one place."""
    return (((whole + _middle(at + 1)) >> BITS * at & _MASK) - _HALF) / ONE


def size(count: int) -> int:
    """How many bytes hold so many figures."""
    return BITS // 8 * count + 1


def _middle(count: int) -> int:
    while len(_MIDDLES) <= count:
        _MIDDLES.append(_MIDDLES[-1] + (_HALF << BITS * (len(_MIDDLES) - 1)))
    return _MIDDLES[count]


_MIDDLES = [0]
