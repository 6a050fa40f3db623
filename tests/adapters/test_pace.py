"""Pacing: never one message above the limits, hardly one below, and nobody waits for another workspace."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from adapters.delivery import Delivery
from adapters.gate import HOLD
from adapters.pace import Pace
from adapters.platform import Later
from adapters.slack.rates import of_workspace
from bot.cards import Card, dump, say
from bot.events import Place
from bot.organisation import Organisation
from bot.schedule import millis
from bot.settings import Settings
from storage import outbox, people, places
from storage.database import Tx
from tests.adapters.virtual import BEGINNING, Inline, moment, run
from tests.databases import migrated
from tests.talk import PLATFORM, Wire

MINUTE = 60.0


class Went(NamedTuple):
    """A message that left."""

    at: float
    workspace: str
    channel: str
    key: str


class Sender:
    """Sends through a pace as the outbox does: what is told later comes back then, up to `late` seconds later."""

    def __init__(self, *, per_minute: int = 300, per_channel: float = 1.0, late: float = 0.0) -> None:
        self.late, self.dice = late, Random(1)
        self.loop = asyncio.get_running_loop()
        self.pace = Pace(of_workspace(per_minute=per_minute, per_channel=per_channel), now=self.loop.time)
        self.went: list[Went] = []
        self.told: dict[str, list[float]] = defaultdict(list)

    async def send(self, workspace: str, channel: str, key: str) -> float:
        """Returns how long it took."""
        begun = self.loop.time()
        while True:
            try:
                await self.pace.turn(workspace, channel, key)
            except Later as later:
                self.told[key].append(later.seconds)
                await asyncio.sleep(later.seconds + self.dice.uniform(0, self.late))
            else:
                self.went.append(Went(self.loop.time(), workspace, channel, key))
                return self.loop.time() - begun

    async def send_all(self, count: int, *, workspace: str = "T1", name: str = "m") -> None:
        """A message to each of many channels, all at once."""
        await asyncio.gather(*(self.send(workspace, f"{name}{i}", f"{name}{i}") for i in range(count)))


def _most_within(times: Iterable[float], seconds: float) -> int:
    """The most that left in any window."""
    ordered, most, first = sorted(times), 0, 0
    for last, at in enumerate(ordered):
        while at - ordered[first] >= seconds:
            first += 1
        most = max(most, last - first + 1)
    return most


def _rate(times: list[float]) -> float:
    """Messages a minute from the first to the last."""
    return (len(times) - 1) / (max(times) - min(times)) * MINUTE


def test_a_broadcast_keeps_to_the_limit_and_uses_it() -> None:
    async def work() -> Sender:
        sender = Sender(per_minute=300)
        await sender.send_all(3_000)
        return sender

    sender = run(work())
    times = [w.at for w in sender.went]
    assert _most_within(times, MINUTE) <= 300
    assert min(b - a for a, b in pairwise(times)) >= MINUTE / 300
    assert _rate(times) >= 300 * 0.98
    assert sum(map(len, sender.told.values())) <= 3_000, "nobody is put off twice"


def test_who_comes_back_a_little_late_costs_nothing() -> None:
    async def work() -> Sender:
        sender = Sender(per_minute=300, late=0.9)
        await sender.send_all(1_500)
        return sender

    sender = run(work())
    times = [w.at for w in sender.went]
    assert _most_within(times, MINUTE) <= 300
    assert _rate(times) >= 300 * 0.98
    assert sum(map(len, sender.told.values())) < 1.1 * 1_500
    assert times[1_350] <= 1_350 * 60.5 / 300 + 1, "none of the first instants was lost either"


def test_a_broadcast_that_takes_long_to_arrive_passes_nobody_who_comes_back() -> None:
    async def work() -> Sender:
        sender = Sender(per_minute=300)
        tasks = []
        for i in range(1_500):
            tasks.append(asyncio.create_task(sender.send("T1", f"m{i}", f"m{i}")))
            await asyncio.sleep(0.02)
        await asyncio.gather(*tasks)
        return sender

    sender = run(work())
    assert sum(map(len, sender.told.values())) < 1.1 * 1_500, "nobody loses the instant they were promised"
    assert _rate([w.at for w in sender.went]) >= 300 * 0.98


def test_one_that_was_late_itself_is_counted_when_it_went() -> None:
    async def work() -> list[float]:
        delays = iter([0.9])
        loop = asyncio.get_running_loop()

        async def sleep(seconds: float) -> None:
            await asyncio.sleep(seconds + next(delays, 0.0))

        pace, times = Pace(of_workspace(per_minute=60, per_channel=1.0), now=loop.time, sleep=sleep), []
        for i in range(70):
            await pace.turn("T1", f"C{i}", f"m{i}")
            times.append(loop.time())
        return times

    assert _most_within(run(work()), MINUTE) <= 60


def test_the_first_goes_at_once_and_the_next_waits_here() -> None:
    async def work() -> tuple[list[float], dict[str, list[float]]]:
        sender = Sender(per_minute=60)
        took = [await sender.send("T1", f"C{i}", f"m{i}") for i in range(3)]
        return took, sender.told

    took, told = run(work())
    assert took[0] == 0
    assert 1 <= took[1] <= 1.02
    assert not told


def test_a_channel_takes_one_a_second() -> None:
    async def work() -> Sender:
        sender = Sender(per_minute=600, per_channel=1.0)
        for i in range(20):
            await sender.send("T1", "C1", f"m{i}")
        return sender

    sender = run(work())
    times = [w.at for w in sender.went]
    assert _most_within(times, 1.0) == 1
    assert _rate(times) >= 60 * 0.97
    assert not sender.told


def test_a_busy_channel_costs_the_workspace_nothing() -> None:
    async def work() -> list[float]:
        sender = Sender(per_minute=600)
        await sender.send("T1", "C0", "first")
        await asyncio.gather(*(sender.send("T1", f"C{i % 6}", f"m{i}") for i in range(12)))
        return [w.at for w in sender.went]

    times = run(work())
    assert _most_within(times, MINUTE / 600) == 1
    assert [round(t, 1) for t in times[:6]] == [0.0, 0.1, 0.2, 0.3, 0.4, 0.5], "nobody waits for the sixth channel"


def test_somebody_new_goes_out_within_seconds_of_a_broadcast() -> None:
    async def work() -> tuple[list[float], Sender]:
        sender = Sender(per_minute=300)
        broadcast = asyncio.create_task(sender.send_all(2_000))
        await asyncio.sleep(30)
        took = []
        for i in range(20):
            took.append(await sender.send("T1", f"D{i}", f"new{i}"))
            await asyncio.sleep(8)
        await broadcast
        return took, sender

    took, sender = run(work())
    times = [w.at for w in sender.went]
    assert max(took) < 4
    assert _most_within(times, MINUTE) <= 300
    assert _rate(times) >= 300 * 0.98
    assert sum(map(len, sender.told.values())) < 3.5 * 2_000
    late = [w for w in sender.went if w.key.startswith("m")]
    behind = [earlier.key for earlier, later in pairwise(late) if int(earlier.key[1:]) > int(later.key[1:]) + 150]
    assert not behind, "who was passed does not fall behind for good"


def test_workspaces_have_nothing_to_do_with_each_other() -> None:
    async def work() -> float:
        sender = Sender(per_minute=60)
        broadcast = asyncio.create_task(sender.send_all(500))
        await asyncio.sleep(5)
        took = await sender.send("T2", "C1", "elsewhere")
        broadcast.cancel()
        return took

    assert run(work()) == 0


def test_nothing_goes_before_slack_says_so() -> None:
    async def work() -> Sender:
        sender = Sender(per_minute=300)
        broadcast = asyncio.create_task(sender.send_all(200))
        await asyncio.sleep(1.05)
        sender.pace.pause("T1", 30)
        await broadcast
        return sender

    sender = run(work())
    times = [w.at for w in sender.went]
    assert [t for t in times if 1.06 < t < 31.05] == []
    assert len([t for t in times if t < 1.06]) == 6
    assert len(times) == 200
    after = [t for t in times if t > 31]
    assert min(b - a for a, b in pairwise(after)) >= 0.2
    assert _rate(after) >= 300 * 0.97


def test_one_channel_pauses_alone() -> None:
    async def work() -> tuple[float, float]:
        sender = Sender()
        sender.pace.pause("T1", 10, channel="C1")
        other = await sender.send("T1", "C2", "other")
        return other, await sender.send("T1", "C1", "here")

    other, here = run(work())
    assert other == 0
    assert 10 <= here < 10.5


def test_who_sleeps_when_slack_says_stop_does_not_go() -> None:
    async def work() -> Sender:
        sender = Sender(per_minute=60)
        tasks = [asyncio.create_task(sender.send("T1", f"C{i}", f"m{i}")) for i in range(2)]
        await asyncio.sleep(0.5)
        sender.pace.pause("T1", 1.5)
        await asyncio.gather(*tasks)
        return sender

    sender = run(work())
    assert [w.at for w in sender.went] == [0, pytest.approx(2.0, abs=0.1)]


def test_it_forgets() -> None:
    async def work() -> int:
        sender = Sender(per_minute=6_000)
        await sender.send_all(500)
        sender.pace.pause("T1", 5)
        for i in range(1_000):
            with pytest.raises(Later):
                await sender.pace.turn("T1", f"C{i}", f"never back {i}")
        await asyncio.sleep(700)
        await sender.send("T2", "C1", "somewhere else")
        return len(sender.pace._gates)

    assert run(work()) == 1


Arrival = tuple[float, int, int]
arrivals = some.lists(
    some.tuples(some.floats(0, 90), some.integers(0, 2), some.integers(0, 4)), min_size=1, max_size=120
)
stops = some.lists(some.tuples(some.floats(0, 120), some.integers(0, 2), some.floats(0.1, 40)), max_size=3)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(arrivals, stops, some.sampled_from([20, 60, 240, 1_200]), some.sampled_from([0.5, 1.0, 4.0]))
def test_whatever_comes_when(
    coming: list[Arrival], stops: list[tuple[float, int, float]], per_minute: int, per_channel: float
) -> None:
    """Windows are kept, channels stay in order, nothing goes while Slack says stop, and everything goes."""

    async def channel(sender: Sender, workspace: str, name: str, mine: list[tuple[float, str]]) -> None:
        for at, key in mine:
            await asyncio.sleep(max(0.0, at - sender.loop.time()))
            await sender.send(workspace, name, key)

    async def stop(sender: Sender, at: float, workspace: str, seconds: float) -> None:
        await asyncio.sleep(at)
        sender.pace.pause(workspace, seconds)

    async def work() -> Sender:
        sender = Sender(per_minute=per_minute, per_channel=per_channel)
        chains: dict[tuple[str, str], list[tuple[float, str]]] = defaultdict(list)
        for number, (at, workspace, place) in enumerate(sorted(coming)):
            chains[f"T{workspace}", f"C{place}"].append((at, f"m{number:04}"))
        await asyncio.gather(
            *(channel(sender, *where, mine) for where, mine in chains.items()),
            *(stop(sender, at, f"T{workspace}", seconds) for at, workspace, seconds in stops),
        )
        return sender

    sender = run(work())
    assert len(sender.went) == len(coming)
    for workspace in {w.workspace for w in sender.went}:
        there = [w for w in sender.went if w.workspace == workspace]
        assert _most_within((w.at for w in there), MINUTE) <= per_minute
        for at, stopped, seconds in stops:
            assert not [w for w in there if workspace == f"T{stopped}" and at < w.at < at + seconds - 1e-6]
        for place in {w.channel for w in there}:
            keys, times = [w.key for w in there if w.channel == place], [w.at for w in there if w.channel == place]
            assert keys == sorted(keys)
            assert _most_within(times, 1 / per_channel) == 1
    waiting = len(coming) * max(1 / per_channel, MINUTE / per_minute) + 120 + sum(s for *_, s in stops)
    assert max(w.at for w in sender.went) <= waiting + 3 * HOLD


class Paced(Wire):
    """A workspace at the other end, reached as Slack is."""

    def __init__(self, pace: Pace) -> None:
        super().__init__()
        self.pace = pace
        self.times: dict[str, float] = {}
        self.asked: list[str] = []

    async def send(self, place: Place, card: Card, *, key: str, replaces: str = "") -> str:
        self.asked.append(key)
        await self.pace.turn("T1", place.id, key)
        self.times[key] = asyncio.get_running_loop().time()
        return key


def _owe(tx: Tx, name: str, count: int, *, at: int) -> None:
    body = outbox.body(tx, name, dump(Card((say("はい"),), "はい")), at=at)
    for i in range(count):
        person = people.add(tx, number=f"{name}{i}", name_ja=f"人{i}", name_en=f"P{i}", joined_on="2020-04-01")
        places.save(tx, platform=PLATFORM, ext_id=f"{name}{i}", private=True, address={}, person_id=person)
        outbox.post(tx, f"{name}{i}", body, due_at=at, person_id=person)


@pytest.mark.parametrize("per_minute", [300, 1_200])
def test_a_broadcast_through_the_outbox(tmp_path: Path, per_minute: int) -> None:
    """The real loop: nearly the whole limit is used, each is written back about once, something new is quick."""
    count = 1_200 + per_minute
    migrated(f"sqlite:///{tmp_path}/kizuki.db")
    database = Inline(f"sqlite:///{tmp_path}/kizuki.db")

    async def work() -> tuple[Paced, float]:
        loop = asyncio.get_running_loop()
        wire = Paced(Pace(of_workspace(per_minute=per_minute, per_channel=1.0), now=loop.time))
        config = Settings(organisation=Organisation(name={"ja": "試験"}))
        delivery = Delivery(database, {PLATFORM: wire}, config, moment)
        await database.transact(lambda tx: _owe(tx, "m", count, at=millis(BEGINNING)))
        delivery.start()
        await asyncio.sleep(60)
        begun = loop.time()
        await database.transact(lambda tx: _owe(tx, "new", 1, at=millis(moment())))
        while len(wire.times) < count + 1:
            await asyncio.sleep(1)
        await delivery.close()
        return wire, wire.times["new0"] - begun

    wire, took = run(work())
    database.close()
    times = sorted(wire.times.values())
    assert _most_within(times, MINUTE) <= per_minute
    assert _rate(times) >= per_minute * 0.98
    assert len(wire.asked) <= 2.2 * count, "asked once, put off, and asked again"
    assert took < 5
