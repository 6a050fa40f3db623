"""Figures kept for a moment: worked out once, never waited for by those who read, never older than is said."""

import threading

import pytest

from bot.kept import LONGEST, TIMES, Kept, Underway


class Watch:
    """A clock that tests move."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_what_took_long_is_kept_longer() -> None:
    watch, made = Watch(), []

    def slowly() -> int:
        watch.now += 0.1
        made.append(1)
        return len(made)

    kept = Kept(watch)
    assert [kept.get("a", slowly) for _ in range(3)] == [1, 1, 1]
    watch.now += 0.1 * TIMES - 0.01
    assert kept.get("a", slowly) == 1
    watch.now += 0.02
    assert kept.get("a", slowly) == 2
    assert kept.get("b", slowly) == 3


def test_nothing_is_kept_longer_than_a_minute() -> None:
    watch = Watch()
    kept = Kept(watch)

    def very_slowly() -> float:
        watch.now += 1_000
        return watch.now

    first = kept.get("a", very_slowly)
    watch.now += LONGEST + 1
    assert kept.get("a", very_slowly) > first


def test_of_several_at_once_one_works_and_the_others_are_told() -> None:
    watch = Watch()
    kept, begun, go_on = Kept(watch), threading.Event(), threading.Event()

    def slowly() -> str:
        begun.set()
        assert go_on.wait(10)
        watch.now += 1
        return "new"

    worker = threading.Thread(target=kept.get, args=("a", slowly))
    worker.start()
    assert begun.wait(10)
    with pytest.raises(Underway):
        kept.get("a", slowly)
    go_on.set()
    worker.join(10)
    assert kept.get("a", slowly) == "new"
    begun.clear()
    go_on.clear()
    watch.now += LONGEST + 1
    worker = threading.Thread(target=kept.get, args=("a", slowly))
    worker.start()
    assert begun.wait(10)
    assert kept.get("a", lambda: "mine") == "new", "a little too old"
    watch.now += LONGEST + 1
    with pytest.raises(Underway):
        kept.get("a", lambda: "mine")
    go_on.set()
    worker.join(10)


def test_what_fails_is_tried_anew() -> None:
    kept = Kept(Watch())
    with pytest.raises(ZeroDivisionError):
        kept.get("a", lambda: 1 // 0)
    assert kept.get("a", lambda: 1) == 1
