"""Figures kept for a while: worked out once, never waited for by those who read, never older than is said."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, TypeVar, cast

import pytest

from bot.kept import LATE, LONGEST, MOST, OLDEST, TIMES, Aside, Kept, Recipe, Underway
from bot.turn import Turn

T = TypeVar("T")
TURN = cast("Turn", SimpleNamespace(now=datetime(2026, 11, 24, 9, tzinfo=UTC)))


class Watch:
    """A clock that tests move."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def recipe(name: str, make: Callable[[], T], stamp: Callable[[Turn, T], object] | None = None) -> Recipe[T]:
    return Recipe((name,), lambda _: make(), stamp)


class Slow:
    """Something that takes a while, and is another each time."""

    def __init__(self, watch: Watch, seconds: float = 1.0) -> None:
        self.times = 0
        self._watch, self._seconds = watch, seconds

    def __call__(self) -> int:
        self._watch.now += self._seconds
        self.times += 1
        return self.times


def test_what_took_long_is_kept_longer() -> None:
    watch = Watch()
    kept, slowly = Kept(watch), Slow(watch, 0.1)
    a = recipe("a", slowly)
    assert [kept.get(a, TURN).value for _ in range(3)] == [1, 1, 1]
    watch.now += 0.1 * TIMES - 0.01
    assert kept.get(a, TURN).value == 1
    watch.now += 0.02
    assert kept.get(a, TURN).value == 2
    assert kept.get(recipe("b", slowly), TURN).value == 3


def test_nothing_is_new_for_longer_than_is_said() -> None:
    watch = Watch()
    kept = Kept(watch)
    a = recipe("a", Slow(watch, 1_000))
    kept.get(a, TURN)
    watch.now += LONGEST + 1
    assert kept.get(a, TURN).value == 2


def test_what_is_made_anew_beside_the_requests_is_shown_meanwhile_and_never_too_old() -> None:
    watch = Watch()
    kept = Kept(watch, renewed=True)
    a = recipe("a", Slow(watch))
    assert kept.age(a) is None
    kept.get(a, TURN)
    assert kept.due() == [], "it is new"
    watch.now += TIMES + 1
    assert kept.due() == [], "nobody misses it"
    assert kept.get(a, TURN).value == 1
    assert kept.due() == [a]
    kept.renew(a, TURN)
    assert kept.get(a, TURN).value == 2
    assert kept.due() == []
    watch.now += TIMES + OLDEST + 1
    assert kept.get(a, TURN).value == 3


def test_what_may_not_be_shown_any_more_is_made_anew_at_once() -> None:
    watch, listed = Watch(), {"hanako", "taro"}
    kept = Kept(watch, renewed=True)

    def names() -> list[str]:
        watch.now += 1
        return sorted(listed)

    a = recipe("a", names, lambda _, value: [name for name in value if name in listed])
    assert kept.get(a, TURN).value == ["hanako", "taro"]
    listed.remove("taro")
    assert kept.get(a, TURN).value == ["hanako"]


def test_of_several_at_once_one_works_and_the_others_are_told() -> None:
    watch = Watch()
    kept, begun, go_on = Kept(watch), threading.Event(), threading.Event()

    def slowly() -> str:
        begun.set()
        assert go_on.wait(10)
        watch.now += 1
        return "new"

    a, mine = recipe("a", slowly), recipe("a", lambda: "mine")
    worker = _beside(kept, a, begun)
    with pytest.raises(Underway):
        kept.get(a, TURN)
    kept.renew(mine, TURN)
    go_on.set()
    worker.join(10)
    assert kept.get(a, TURN).value == "new", "who came second left it to the first"
    begun.clear()
    go_on.clear()
    watch.now += LONGEST + 1
    worker = _beside(kept, a, begun)
    watch.now -= LONGEST - TIMES
    assert kept.get(mine, TURN).value == "new", "a little too old"
    watch.now += LONGEST + LATE
    with pytest.raises(Underway):
        kept.get(mine, TURN)
    go_on.set()
    worker.join(10)


def _beside(kept: Kept, one: Recipe[Any], begun: threading.Event) -> threading.Thread:
    worker = threading.Thread(target=kept.get, args=(one, TURN))
    worker.start()
    assert begun.wait(10)
    return worker


def test_what_takes_long_is_made_aside_and_is_new_to_whoever_waited_for_it() -> None:
    watch = Watch()
    kept, quickly = Kept(watch), Slow(watch, 0)
    a = Recipe(("a",), lambda _: quickly(), aside=True)
    asked = kept.at()
    with pytest.raises(Aside) as lacking:
        asked.get(a, TURN)
    kept.fill(lacking.value.recipe, TURN)
    watch.now += 5
    assert asked.get(a, TURN).value == 1, "made in no time, it is old at once, but not to whoever asked before"
    with pytest.raises(Aside):
        kept.at().get(a, TURN)
    slowly = Slow(watch)
    b = Recipe(("b",), lambda _: slowly(), aside=True)
    kept.fill(b, TURN)
    kept.fill(b, TURN)
    assert kept.at().get(b, TURN).value == 1, "another had made it meanwhile"


def test_what_fails_is_tried_anew() -> None:
    kept = Kept(Watch())
    with pytest.raises(ZeroDivisionError):
        kept.get(recipe("a", lambda: 1 // 0), TURN)
    assert kept.get(recipe("a", lambda: 1), TURN).value == 1


def test_what_was_drawn_is_drawn_once_and_goes_with_its_figures() -> None:
    watch, drawn = Watch(), list[str]()
    kept = Kept(watch)
    a = recipe("a", Slow(watch))

    def draw(value: int) -> str:
        drawn.append(str(value))
        return f"chart {value}"

    for lang in ("ja", "en", "ja"):
        assert kept.get(a, TURN).drawn(lang, draw) == "chart 1"
    watch.now += TIMES + 1
    assert kept.get(a, TURN).drawn("ja", draw) == "chart 2"
    assert drawn == ["1", "1", "2"]


def test_the_longest_unasked_is_given_up_first() -> None:
    watch = Watch()
    kept = Kept(watch)
    kept.hold([recipe("1", lambda: 0)])
    for n in range(MOST):
        watch.now += 1
        kept.get(recipe(str(n), lambda n=n: n), TURN)  # type: ignore[misc]
    watch.now += 1
    kept.get(Recipe(("0",), lambda _: -1), TURN)
    watch.now += 1
    kept.get(recipe("more", lambda: 0), TURN)
    assert kept.age(recipe("0", lambda: 0)) is not None
    assert kept.age(recipe("1", lambda: 0)) is not None, "it is held"
    assert kept.age(recipe("2", lambda: 0)) is None
