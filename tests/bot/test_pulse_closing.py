"""A survey closes in steps that keep nobody waiting; whoever cuts in, or dies between two of them, changes nothing."""

import asyncio
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import pytest

from bot import pulse_closing, release, staged
from bot.bot import Bot, Unfinished
from bot.pulse_settings import Audience
from bot.staged import Changed
from bot.surveys import Wanted, ask, open_one
from bot.turn import Turn
from storage import pulse_answers, pulses
from storage.database import Database, Tx
from storage.engines import open_database
from storage.pulses import PulseRow
from tests.bot.test_surveys import AFTER, CODE, NEXT, answers, audited, opened, states
from tests.talk import Talk

STAFF = ("hanako", "taro", "kacho", "ken", "sakura", "bucho")


async def answered(talk: Talk, **said: Any) -> None:
    await opened(talk, **said)
    for name in STAFF:
        await answers(getattr(talk, name))
    talk.now = datetime.fromisoformat(AFTER)


def pulse_of(talk: Talk, code: str = CODE) -> PulseRow:
    found = talk.database.read_now(lambda tx: pulses.by_code(tx, code))
    assert found
    return found


class Pause:
    """Stands in the way of every release that is worked out until it is let go."""

    def __init__(self, parties: int) -> None:
        self.inside = threading.Semaphore(0)
        self.go = threading.Event()
        self.count = parties

    async def reached(self) -> None:
        """Wait until all are inside."""
        for _ in range(self.count):
            assert await asyncio.to_thread(self.inside.acquire, timeout=20)


@contextmanager
def _paused(monkeypatch: pytest.MonkeyPatch, parties: int = 1) -> Iterator[Pause]:
    fine, pause = release.publish, Pause(parties)

    def publish(turn: Turn, pulse: PulseRow) -> Any:
        worked = fine(turn, pulse)
        pause.inside.release()
        assert pause.go.wait(20)
        return worked

    monkeypatch.setattr(release, "publish", publish)
    yield pause
    pause.go.set()
    monkeypatch.setattr(release, "publish", fine)


async def test_everybody_else_writes_while_a_release_is_worked_out(talk: Talk, monkeypatch: pytest.MonkeyPatch) -> None:
    await answered(talk)
    with _paused(monkeypatch) as pause:
        closing = asyncio.create_task(talk.bot.tick("pulse-close", talk.now))
        await pause.reached()
        async with asyncio.timeout(5):
            await talk.hanako.says("/kizuki 番号札の紙がない")
            await talk.hanako.presses("note.confirm", numbers=["1"])
        assert states(talk)[0][1] == "closing"
        pause.go.set()
        await closing
    assert states(talk)[0][1] == "closed"


@pytest.mark.parametrize("action", ["pulse.open", "pulse.answer", "pulse.change", "pulse.keep", "pulse.store"])
async def test_whoever_answers_meanwhile_is_told_that_it_is_closed(
    talk: Talk, monkeypatch: pytest.MonkeyPatch, action: str
) -> None:
    """Closed by hand on a day on which it was to be open."""
    await opened(talk)
    await answers(talk.hanako)
    before = talk.rows("select number, question, answer, count from pulse_tally order by 1, 2, 3")
    with _paused(monkeypatch) as pause:
        closing = asyncio.create_task(_close(talk.bot, pulse_of(talk).id))
        await pause.reached()
        assert await talk.taro.sends("pulse.list")
        assert "pulse.open" not in str(talk.taro.card)
        await talk.jimu.sends(action, CODE, **{f"q{n}": ["4"] for n in range(1, 5)})
        assert talk.jimu.reply
        assert talk.jimu.reply.refused
        assert "締め切りました" in talk.jimu.sees
        assert talk.rows("select number, question, answer, count from pulse_tally order by 1, 2, 3") == before
        assert talk.rows("select count(*) from pulse_ticket") == [(1,)]
        pause.go.set()
        await closing


async def test_nobody_is_reminded_of_a_survey_that_closes(talk: Talk) -> None:
    await opened(talk, remind=[2])
    await talk.database.transact(lambda tx: pulses.stop(tx, pulse_of(talk).id))
    await talk.ticks("pulse", "2026-11-25T08:40:00+09:00")
    assert talk.rows("select count(*) from outbox where key like 'pulse-remind:%'") == [(0,)]


async def _close(bot: Bot, pulse_id: int) -> Any:
    """As `kizuki pulse close` does."""

    def within(tx: Tx, work: Any) -> Any:
        return work(Turn(tx, bot.house, bot.now()))

    return await staged.run(bot.database, pulse_closing.of(pulse_id), within, within)


async def test_two_processes_that_close_at_once_publish_once(talk: Talk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each with connections of its own; both have worked the release out before either stores it."""
    await answered(talk)
    pulse_id = pulse_of(talk).id
    databases = [open_database(talk.database.url) for _ in range(2)]
    with _paused(monkeypatch, 2) as pause:
        bots = [Bot(talk.house, database, lambda: talk.now) for database in databases]
        both = [asyncio.create_task(_close(bot, pulse_id)) for bot in bots]
        await pause.reached()
        pause.go.set()
        assert sorted(await asyncio.gather(*both)) == [False, True]
    _closed_all(databases)
    assert len(audited(talk, "pulse.close")) == 1
    assert pulse_of(talk).released


async def test_two_replicas_whose_clocks_strike_at_once_tell_once(talk: Talk, monkeypatch: pytest.MonkeyPatch) -> None:
    await answered(talk)
    databases = [open_database(talk.database.url) for _ in range(2)]
    with _paused(monkeypatch, 2) as pause:
        bots = [Bot(talk.house, database, lambda: talk.now) for database in databases]
        both = [asyncio.create_task(bot.tick("pulse-close", talk.now)) for bot in bots]
        await pause.reached()
        pause.go.set()
        await asyncio.gather(*both, return_exceptions=True)
    _closed_all(databases)
    await talk.ticks("pulse-close", NEXT)
    talk.later(hours=1)
    await talk.delivered()
    assert len(audited(talk, "pulse.close")) == 1
    assert len(talk.shown_in("madoguchi")) == 2
    assert [len(person.inbox) for person in (talk.kacho, talk.bucho, talk.jimu)] == [1, 1, 1]


def _closed_all(databases: list[Database]) -> None:
    for database in databases:
        database.close()


async def test_six_that_close_at_once_publish_once(talk: Talk) -> None:
    await answered(talk)
    pulse_id = pulse_of(talk).id
    done = await asyncio.gather(*(_close(talk.bot, pulse_id) for _ in range(6)))
    assert sorted(done) == [False] * 5 + [True]
    assert len(audited(talk, "pulse.close")) == 1


async def test_a_release_minds_another_that_was_stored_meanwhile(talk: Talk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two surveys with the same questions: whichever is stored second was worked out from the first."""
    await answered(talk)

    def again(tx: Tx) -> int:
        turn = Turn(tx, talk.house, talk.now)
        return open_one(turn, Wanted("again", ask(talk.house, "environment", turn.today), Audience())).id

    other = await talk.database.transact(again)
    known: list[tuple[int, int]] = []
    fine = release.over

    def over(*given: Any, **named: Any) -> Any:
        known.append((len(known), len(named["earlier"])))
        return fine(*given, **named)

    monkeypatch.setattr(release, "over", over)
    with _paused(monkeypatch, 2) as pause:
        both = [asyncio.create_task(_close(talk.bot, one)) for one in (pulse_of(talk).id, other)]
        await pause.reached()
        pause.go.set()
        assert await asyncio.gather(*both) == [True, True]
    assert sorted(many for _, many in known) == [0, 0, 1]


@pytest.mark.parametrize("step", ["publish", "stop"])
async def test_a_close_that_dies_while_it_is_worked_out_is_done_again(
    talk: Talk, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """What a crash leaves behind is what was committed: here that answers stop, or not even that."""
    await answered(talk)
    before = talk.rows("select number, question, answer, count from pulse_tally order by 1, 2, 3")
    where: Any = {"publish": release, "stop": pulses}[step]

    def dies(*_: Any) -> None:
        raise ConnectionError

    with monkeypatch.context() as broken:
        broken.setattr(where, step, dies)
        with pytest.raises(Unfinished):
            await talk.bot.tick("pulse-close", talk.now)
    assert states(talk)[0][1] == {"publish": "closing", "stop": "open"}[step]
    assert talk.rows("select number, question, answer, count from pulse_tally order by 1, 2, 3") == before
    assert talk.rows("select released, pieces from pulse") == [("", "")]
    await talk.bot.tick("pulse-close", talk.now)
    await talk.delivered()
    assert states(talk)[0][1] == "closed"
    assert len(talk.shown_in("madoguchi")) == 2


# What another process does: it closes, and dies at a line without a word to anybody.
DIES = """
import asyncio, os
from datetime import datetime

from adapters.app import furnish
from bot import {module}
from bot.bot import Bot
from bot.organisation import Organisation
from bot.settings import Settings
from storage.engines import open_database

before = {module}.{name}

def dies(*given, **named):
    before(*given, **named)
    os._exit(9)

{module}.{name} = dies
house = furnish(Settings(organisation=Organisation(name={{"ja": "x"}})))
asyncio.run(Bot(house, open_database({url!r}), lambda: datetime.fromisoformat({at!r})).tick(
    "pulse-close", datetime.fromisoformat({at!r})))
"""


@pytest.mark.parametrize(("module", "name"), [("release", "publish"), ("pulse_lines", "tell")])
async def test_a_process_that_is_killed_while_it_closes_loses_and_repeats_nothing(
    talk: Talk, module: str, name: str
) -> None:
    """While it works the release out, and with everything written but not committed."""
    await answered(talk)
    before = talk.rows("select number, question, answer, count from pulse_tally order by 1, 2, 3")
    code = DIES.format(module=module, name=name, url=talk.database.url, at=AFTER)
    dead = await asyncio.create_subprocess_exec(sys.executable, "-c", code)
    assert await dead.wait() == 9
    assert states(talk)[0][1] == "closing"
    assert talk.rows("select number, question, answer, count from pulse_tally order by 1, 2, 3") == before
    await talk.bot.tick("pulse-close", talk.now)
    talk.later(hours=1)
    await talk.delivered()
    assert states(talk)[0][1] == "closed"
    assert len(talk.shown_in("madoguchi")) == 2
    assert [len(person.inbox) for person in (talk.kacho, talk.bucho, talk.jimu)] == [1, 1, 1]


async def test_a_close_by_hand_that_was_cut_short_is_done_by_the_clock(talk: Talk) -> None:
    """Also long before its last day: nobody can answer it any more."""
    await opened(talk)
    await talk.database.transact(lambda tx: pulses.stop(tx, pulse_of(talk).id))
    await talk.ticks("pulse-close", "2026-11-25T08:15:00+09:00")
    assert states(talk)[0][1] == "closed"
    assert talk.rows("select closed_on from pulse") == [("2026-11-25",)]


@pytest.mark.parametrize("what", ["counts", "lines"])
async def test_what_changed_since_it_was_worked_out_is_not_stored(talk: Talk, what: str) -> None:
    """It cannot change, as answers have stopped; should it all the same, nothing is published of it."""
    await answered(talk, set="voice", audience={"units": ["10"]})
    pulse_id = pulse_of(talk).id
    steps = pulse_closing.of(pulse_id)

    def within(work: Any) -> Any:
        return lambda tx: work(Turn(tx, talk.house, talk.now))

    await talk.database.transact(within(steps.begin))
    worked = await talk.database.read(within(steps.work_out))

    def meddle(tx: Tx) -> None:
        if what == "counts":
            pulse_answers.count(tx, pulse_id, 1, [("", "", 1)])
        else:
            pulse_answers.add_line(tx, pulse_id, pulse_answers.LineRow("x", 1, "voice", "後から"))

    await talk.database.transact(meddle)
    with pytest.raises(Changed):
        await talk.database.transact(within(lambda turn: steps.settle(turn, worked)))
    assert states(talk)[0][1] == "closing"
    assert await _close(talk.bot, pulse_id)
