"""Pacing for Teams: several windows in each conversation, fifty a second in a tenant, whatever is late."""

import asyncio
from itertools import pairwise
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from adapters.gate import Limits
from adapters.pace import Pace
from adapters.platform import Later
from adapters.teams.rates import of_tenant
from adapters.windows import Conversations, Windows
from tests.adapters.tenant import CONVERSATION, JITTER, TENANT, Broadcast, Counted, broadcast
from tests.adapters.virtual import Loop, run

HOUR = 3_600.0
EIGHTHS = some.integers(0, 400).map(lambda n: n / 8)
windows = some.lists(
    some.tuples(some.integers(1, 5), some.integers(1, 80).map(lambda n: n / 8)), min_size=1, max_size=3
).map(tuple)


def fits(times: list[float], allowed: Windows) -> bool:
    """Whether no window holds more than it may: every window that ends with a message is counted."""
    return all(sum(end - s < t <= end for t in times) <= n for end in times for n, s in allowed)


def necessary(times: list[float], allowed: Windows, now: float) -> float:
    """The first moment for one more, in order, found by trying all there are."""
    soonest = max([now, *times[-1:]])
    moments = sorted({soonest, *(t + s for t in times for _, s in allowed if t + s > soonest)})
    return next(t for t in moments if fits([*times, t], allowed))


@settings(max_examples=200, deadline=None)
@given(windows, some.lists(some.tuples(EIGHTHS, some.booleans()), max_size=25))
def test_a_conversation_never_takes_more_and_never_waits_longer_than_it_must(
    allowed: Windows, coming: list[tuple[float, bool]]
) -> None:
    kept, times, booked = Conversations(allowed), list[float](), list[float]()
    for now, goes in sorted(coming):
        while booked and (goes or booked[0] <= now):
            kept.go("a", booked[0], booked.pop(0))
        clock = max([now, *times[-len(booked) - 1 : len(times) - len(booked)]])
        instant = kept.earliest("a", clock)
        assert instant == necessary(times, allowed, clock)
        kept.book("a", instant)
        times.append(instant)
        booked.append(instant)
        assert len(kept._went.get("a", ())) <= max(n for n, _ in allowed)
    assert fits(times, allowed)


@settings(max_examples=200, deadline=None)
@given(windows, some.lists(some.integers(0, 40).map(lambda n: n / 8), min_size=1, max_size=20))
def test_who_is_late_counts_when_it_goes(allowed: Windows, late: list[float]) -> None:
    """All are booked at once, and go when they can, each later than it might by some time."""
    kept, times, now = Conversations(allowed), list[float](), 0.0
    booked = []
    for _ in late:
        booked.append(kept.earliest("a", 0.0))
        kept.book("a", booked[-1])
    for instant, more in zip(booked, late, strict=True):
        soonest = kept.ready("a", max(now, instant))
        assert soonest == necessary(times, allowed, max(now, instant))
        now = soonest + more
        kept.go("a", instant, now)
        times.append(now)
    assert fits(times, allowed)


def test_what_a_conversation_is_remembered_by_is_small_and_passes() -> None:
    kept = Conversations(of_tenant(per_second=50).channel)
    for i in range(3_000):
        kept.book("busy", i * 0.5)
        kept.go("busy", i * 0.5, i * 0.5)
    for i in range(1_000):
        kept.book(f"c{i}", 1_500.0)
        kept.go(f"c{i}", 1_500.0, 1_500.0)
    assert len(kept._went["busy"]) == 1_800
    kept.forget(1_500.0 + HOUR - 1)
    assert len(kept._went) == 1_001
    kept.close("c1", 1_500.0 + 2 * HOUR)
    kept.forget(1_500.0 + HOUR + 1)
    assert not kept._went
    assert kept
    kept.forget(1_500.0 + 2 * HOUR + 1)
    assert not kept


async def _all_of(pace: Pace, channel: str, count: int, times: list[float]) -> None:
    """Messages to one conversation, one after another, each as soon as it may."""
    for i in range(count):
        while True:
            try:
                await pace.turn("tenant", channel, f"{channel}:{i}")
                break
            except Later as later:
                await asyncio.sleep(later.seconds)
        times.append(asyncio.get_running_loop().time())


def test_one_conversation_uses_its_four_windows_and_no_more() -> None:
    async def work() -> list[float]:
        loop, times = asyncio.get_running_loop(), list[float]()
        await _all_of(Pace(of_tenant(per_second=50), now=loop.time), "c", 2_000, times)
        return times

    times, far, dice = run(work()), Counted(CONVERSATION), Random(1)
    assert all(far.takes(at + dice.uniform(0, JITTER)) for at in times)
    assert times[6] < 0.2, "seven at once"
    assert times[7] == pytest.approx(1.05, abs=0.03)
    assert times[8] == pytest.approx(2.05, abs=0.05)
    assert times[60] == pytest.approx(30.05, abs=0.05)
    assert times[1_799] < 1_799 / 60 * 30.2
    assert times[1_800] == pytest.approx(3_600.05, abs=0.1)
    assert max(b - a for a, b in pairwise(times[:1_800])) < 30


def _arrived(delays: dict[int, float], count: int = 400, per_second: int = 50) -> list[float]:
    """When messages to as many conversations went, while the program stands still at some, for so long."""

    async def work() -> list[float]:
        loop, times = asyncio.get_running_loop(), list[float]()
        assert isinstance(loop, Loop)
        pace = Pace(of_tenant(per_second=per_second), now=loop.time)

        async def some_of(number: int) -> None:
            for i in range(number, count, 20):
                await pace.turn("tenant", f"c{i}", f"m{i}")
                times.append(loop.time())
                loop.stall(delays.get(len(times), 0.0))

        await asyncio.gather(*map(some_of, range(20)))
        return times

    return run(work())


def test_a_tenant_gets_nearly_fifty_a_second() -> None:
    times = _arrived({})
    assert min(b - a for a, b in pairwise(times)) >= 1 / 50
    assert (times[-1] - times[0]) / (len(times) - 1) <= 1.03 / 50


@settings(max_examples=60, deadline=None)
@given(some.dictionaries(some.integers(1, 300), some.floats(0.001, 1.5), max_size=8), some.integers(0, 99))
def test_no_second_holds_more_than_fifty_however_late_this_program_was(delays: dict[int, float], seed: int) -> None:
    times, far, dice = _arrived(delays), Counted(TENANT), Random(seed)
    assert all(far.takes(at + dice.uniform(0, JITTER)) for at in times)
    assert times[-1] <= len(times) * 1.03 / 50 + sum(delays.values()) + 1, "nor is more lost than the time itself"


@pytest.mark.parametrize("per_second", [1, 5, 30, 200])
def test_other_limits_are_kept_as_well(per_second: int) -> None:
    times = _arrived({7: 0.4, 30: 0.9}, count=60, per_second=per_second) if per_second > 5 else _slowly(per_second)
    far = Counted(((per_second, 1.0),))
    assert all(far.takes(at) for at in times)


def _slowly(per_second: int) -> list[float]:
    async def work() -> list[float]:
        loop, times = asyncio.get_running_loop(), list[float]()
        pace = Pace(of_tenant(per_second=per_second), now=loop.time)
        await asyncio.gather(*(_all_of(pace, f"c{i}", 2, times) for i in range(15)))
        return times

    return run(work())


def test_who_gives_up_keeps_nobody_from_a_conversation() -> None:
    async def work() -> tuple[float, bool]:
        loop = asyncio.get_running_loop()
        pace = Pace(Limits(50, 1.0, 0.0, channel=((1, 1.0),)), now=loop.time)
        await pace.turn("tenant", "c", "first")
        waiting = asyncio.create_task(pace.turn("tenant", "c", "second"))
        await asyncio.sleep(0.1)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        await pace.turn("tenant", "c", "third")
        return loop.time(), bool(pace._gates["tenant"]._channels._booked)

    went, left_over = run(work())
    assert went == pytest.approx(1.0, abs=0.03)
    assert not left_over


def _seen(found: Broadcast) -> None:
    assert found.reached == found.people - found.blocked, "everybody who can be reached has it"
    assert found.twice == 0
    assert found.refused == 0, "Teams had no reason to say 429"
    assert found.failed > 0
    assert found.blocked > 0
    assert found.states.keys() == {"sent", "waiting"}, "nothing is parked"
    assert found.states["waiting"] == found.blocked, "held for the day they come back"
    assert max(found.newcomers) < 3
    assert found.turns <= 2.5 * found.people, "asked once, put off, and asked again"


def test_a_broadcast_through_the_outbox(tmp_path: Path) -> None:
    """The real loop and 3,000 people; `tests/bench/teams_broadcast.py` has 54,046."""
    found = broadcast(tmp_path, 3_000, newcomers=5)
    _seen(found)
    # The last that failed are tried again when all others are through: some seconds, however many there are.
    assert found.times[int(found.reached * 0.95)] <= 0.95 * found.floor * 1.03 + 0.5
    assert found.seconds <= found.floor * 1.03 + 4


def test_somebody_new_is_not_taken_for_part_of_a_broadcast_that_has_just_begun(tmp_path: Path) -> None:
    """While thousands are put off, one after the other, a message of another kind goes out as soon as it is leased."""
    found = broadcast(tmp_path, 1_500, newcomers=40)
    assert max(found.newcomers) < 5
    assert found.refused == 0
