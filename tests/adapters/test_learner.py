"""Learning beside the bot: in a process of its own, followed by every replica; and content read anew."""

import asyncio
import os
import shutil
import signal
import sys
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from adapters import app, apprentice, jobs, learner
from adapters.app import Application
from adapters.apprentice import Task
from adapters.learner import Learner
from bot import learning
from bot.bot import Bot
from bot.packs import Principle
from bot.schedule import Calendar
from bot.turn import House
from bot.vocabulary import Vocabulary
from storage import learning as stored
from storage import notes, people
from storage.database import Tx
from tests.adapters.test_clock import _Still
from tests.databases import migrated
from tests.talk import Talk

ODD = "ぴよ丸"
SLOT = datetime.fromisoformat("2026-11-24T03:30:00+09:00")

SLEEPER = """
import os, time
from pathlib import Path
from adapters import apprentice

def sleep(task):
    part = Path({pid!r} + ".part")
    part.write_text(str(os.getpid()))
    part.rename({pid!r})
    time.sleep(60)

apprentice.done = sleep
apprentice.main()
"""
BROKEN = """
from adapters import apprentice

def broken(task):
    raise KeyError(task.notes[0].text)

apprentice.done = broken
apprentice.main()
"""
PARENT = """
import asyncio, sys
from datetime import datetime
from pathlib import Path
from adapters import app, jobs, learner
from adapters.app import Application
from bot.organisation import Organisation
from bot.settings import Settings

async def main():
    learner.CHILD = (sys.executable, {child!r})
    nobody = Organisation(name=dict(ja="試験"))
    application = app.build(app.furnish(Settings(organisation=nobody, database={url!r})))
    await application.learner.attempt_later(datetime.now().astimezone())
    await asyncio.sleep(60)

asyncio.run(main())
"""


@pytest.fixture
def small(house: House, tmp_path: Path) -> House:
    """A house with few examples, a pack that says little, and a cache of its own: it learns in a moment."""
    some = tuple(e for e in house.vocabulary.examples[::40] if e.labels)
    settings = house.settings.model_copy(update={"cache": tmp_path / "cache"})
    pack = house.pack.model_copy(update={"principles": tuple(map(_brief, house.pack.principles))})
    return replace(house, settings=settings, pack=pack, vocabulary=Vocabulary(house.vocabulary.words, some))


def _brief(principle: Principle) -> Principle:
    return principle.model_copy(update={"facets": {name: told[:1] for name, told in principle.facets.items()}})


@pytest.fixture
def nearby(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the process that learns does is done in this one, for tests of what is learnt and not of the process."""

    async def apart(task: Task) -> object:
        return await asyncio.to_thread(apprentice.done, task)

    monkeypatch.setattr(learner, "_apart", apart)


def write(tx: Tx, count: int) -> None:
    """Notes about something only this organisation has, all under one number."""
    author = people.add(tx, number="n1", name_ja="花", name_en="Hana", joined_on="2020-04-01")
    for i in range(count):
        text = f"{ODD}の件で{i}回目の相談"
        notes.add(
            tx,
            author_id=author,
            unit_id=None,
            kind="notice",
            text=text,
            plain=text,
            audience="unit",
            pack="tokyo",
            version="1.1.0",
            due_on="2026-12-01",
            at=i,
            numbers=(7,),
        )


async def test_what_is_learnt_is_used_here_and_by_every_replica(talk: Talk, small: House) -> None:
    talk.bot.house = small
    await talk.database.transact(lambda tx: write(tx, 120))
    other = Bot(small, talk.database, talk.bot.now)
    assert other.house.suggester.rank(f"{ODD}の件").numbers[0] != 7
    lesson = await Learner(talk.bot).attempt()
    assert lesson is not None
    assert lesson.adopted
    assert talk.bot.house.suggester.rank(f"{ODD}の件").numbers[0] == 7
    following = Learner(other)
    await following.follow()
    assert other.house.suggester.rank(f"{ODD}の件").numbers[0] == 7
    before = other.house
    await following.follow()
    assert other.house is before, "nothing new, nothing done"


@pytest.mark.usefixtures("nearby")
async def test_the_hundredth_note_begins_it(talk: Talk, small: House) -> None:
    talk.bot.house = small
    await talk.database.transact(lambda tx: write(tx, learning.FEWEST))
    assert await Learner(talk.bot).attempt() is not None


@pytest.mark.usefixtures("nearby")
async def test_too_few_notes_are_left_alone(talk: Talk, small: House) -> None:
    talk.bot.house = small
    await talk.database.transact(lambda tx: write(tx, 30))
    assert await Learner(talk.bot).attempt() is None
    assert talk.bot.house is small
    assert talk.rows("select count(*) from lesson") == [(0,)]


@pytest.mark.usefixtures("nearby")
async def test_a_lesson_that_was_dropped_is_unlearnt(talk: Talk, small: House) -> None:
    talk.bot.house = small
    await talk.database.transact(lambda tx: write(tx, 120))
    one = Learner(talk.bot)
    lesson = await one.attempt()
    assert lesson is not None
    await talk.database.transact(lambda tx: stored.add(tx, lesson._replace(adopted=False)))
    await one.follow()
    assert talk.bot.house.suggester.rank(f"{ODD}の件").numbers[0] != 7


@pytest.mark.usefixtures("nearby")
async def test_no_text_of_a_note_is_logged(talk: Talk, small: House, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    talk.bot.house = small
    await talk.database.transact(lambda tx: write(tx, 110))
    await Learner(talk.bot).attempt()
    assert "learn: 110 notes" in caplog.text
    assert ODD not in caplog.text


@pytest.fixture
async def application(small: House, tmp_path: Path) -> AsyncIterator[Application]:
    """A kizuki with 120 notes; its clock stands at half past three at night, when it learns, and nothing runs yet."""
    url = f"sqlite:///{tmp_path / 'learn.db'}"
    migrated(url)
    found = app.build(replace(small, settings=small.settings.model_copy(update={"database": url})))
    still = _Still(found.house.settings, SLOT)
    found.clock._time, found.bot._now = still, still.now
    await found.database.transact(lambda tx: write(tx, 120))
    yield found
    await found.learner.close()
    await asyncio.to_thread(found.database.close)


@pytest.fixture
def sleeping(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A real child that sleeps over its task; the file in which it writes down who it is."""
    child = tmp_path / "child.py"
    child.write_text(SLEEPER.format(pid=str(tmp_path / "pid")))
    monkeypatch.setattr(learner, "CHILD", (sys.executable, str(child)))
    return tmp_path / "pid"


def alive(pid: int) -> bool:
    """Whether a process runs; one that only waits to be reaped does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


async def become(condition: Callable[[], bool], *, within: float = 8.0) -> None:
    """Wait until something is true."""
    async with asyncio.timeout(within):
        while not condition():
            await asyncio.sleep(0.02)


async def asleep(pid: Path) -> int:
    """The child that was begun, as soon as it sleeps."""
    await become(pid.exists)
    return int(await asyncio.to_thread(pid.read_text))


def slots(application: Application) -> list[int]:
    def look(tx: Tx) -> list[int]:
        tx.cursor.execute("select due from slot where job = 'learn'")
        return [row[0] for row in tx.cursor.fetchall()]

    return application.database.read_now(look)


def delete(tx: Tx, count: int) -> None:
    for one in stored.confirmed(tx, limit=count):
        note = notes.get(tx, one.id)
        assert note is not None
        assert notes.remove(tx, note, at=1_000)


def lessons(application: Application) -> int:
    def look(tx: Tx) -> int:
        return len(stored.attempts(tx, "tokyo", application.house.pack.version, limit=9))

    return application.database.read_now(look)


async def test_the_clock_has_it_learn_once_a_day(application: Application) -> None:
    assert application.clock._after[learner.JOB] == application.learner.attempt_later
    assert await application.clock._tick("learn", SLOT)
    assert await application.clock._tick("learn", SLOT)
    await become(lambda: lessons(application) > 0)
    assert await (application.learner._trying or pytest.fail("nothing was begun"))
    assert application.bot.house.suggester.rank(f"{ODD}の件").numbers[0] == 7
    assert lessons(application) == 1, "whoever claims the slot learns"
    assert len(slots(application)) == 1


async def test_closing_in_the_middle_of_an_attempt_is_quick_and_leaves_nobody(
    application: Application, sleeping: Path
) -> None:
    application.learner.start()
    await application.clock._tick("learn", SLOT)
    child = await asleep(sleeping)
    assert alive(child)
    assert len(slots(application)) == 1
    begun = time.monotonic()
    await application.learner.close()
    assert time.monotonic() - begun < 1
    assert not alive(child)
    assert slots(application) == [], "another replica may take it"


async def test_closing_before_an_attempt_has_begun_gives_its_slot_back(application: Application) -> None:
    await application.bot.tick("learn", SLOT)
    await application.learner.attempt_later(SLOT)
    await application.learner.close()
    assert slots(application) == []


async def test_the_clock_is_not_held_up_by_an_attempt(application: Application, sleeping: Path) -> None:
    begun = time.monotonic()
    await application.clock.start()
    child = await asleep(sleeping)
    await application.clock._fire("tidy")
    await application.clock.close()
    assert time.monotonic() - begun < 5
    assert alive(child)
    assert application.clock._seen["tidy"] == SLOT


async def test_an_attempt_that_failed_is_made_again(
    application: Application, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    clock = application.clock
    with monkeypatch.context() as patch:
        patch.setattr(learner, "CHILD", (sys.executable, "-c", "raise SystemExit(3)"))
        await clock.start()
        await become(lambda: clock._seen["learn"] < SLOT)
    assert slots(application) == []
    assert "ended with exit 3" in caplog.text
    assert clock._scheduler.get_job("learn again")
    await clock._fire("learn")
    await become(lambda: lessons(application) == 1)
    await clock.close()
    assert len(slots(application)) == 1


async def test_one_attempt_at_a_time(application: Application, sleeping: Path) -> None:
    first = await application.learner.attempt_later(SLOT)
    assert await application.learner.attempt_later(SLOT + timedelta(days=1)) is first


async def test_a_killed_server_leaves_no_child(application: Application, sleeping: Path, tmp_path: Path) -> None:
    parent = tmp_path / "parent.py"
    settings = application.house.settings
    parent.write_text(PARENT.format(child=str(tmp_path / "child.py"), url=settings.database))
    server = await asyncio.create_subprocess_exec(sys.executable, str(parent))
    try:
        child = await asleep(sleeping)
        assert alive(child)
    finally:
        server.kill()
        await server.wait()
    await become(lambda: not alive(child), within=5)


async def test_the_child_is_out_of_reach_of_the_terminal_and_behind_everything(
    application: Application, sleeping: Path
) -> None:
    await application.learner.attempt_later(SLOT)
    child = await asleep(sleeping)
    assert os.getsid(child) == child
    assert os.getpriority(os.PRIO_PROCESS, child) > os.getpriority(os.PRIO_PROCESS, 0)
    os.kill(child, signal.SIGINT)
    await asyncio.sleep(0.1)
    assert alive(child)


async def test_a_fault_in_the_child_says_nothing_of_what_it_read(
    application: Application,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(learner, "CHILD", (sys.executable, "-c", BROKEN))
    with pytest.raises(learner.Failed):
        await application.learner.attempt()
    assert "ended with KeyError" in caplog.text
    assert ODD not in caplog.text + "".join(capfd.readouterr())


@pytest.mark.usefixtures("nearby")
async def test_deleting_notes_until_too_few_are_left_unlearns_them(application: Application) -> None:
    learning = application.learner
    await learning.attempt()
    assert application.bot.house.suggester.rank(f"{ODD}の件").numbers[0] == 7

    await application.database.transact(lambda tx: delete(tx, 50))
    lesson = await learning.attempt()
    assert lesson is not None
    assert (lesson.adopted, lesson.notes) == (False, 70)
    assert application.bot.house.suggester.rank(f"{ODD}の件").numbers[0] != 7
    assert await learning.attempt() is None, "nothing is left to be unlearnt"
    assert lessons(application) == 2


@pytest.mark.usefixtures("nearby")
async def test_a_deleted_note_is_unlearnt_by_the_next_look(application: Application) -> None:
    await application.learner.attempt()
    before = application.bot.house
    await application.database.transact(lambda tx: delete(tx, 1))
    await application.learner.follow()
    assert application.bot.house is not before


@pytest.mark.usefixtures("nearby")
async def test_nothing_that_was_learnt_from_notes_is_kept_on_disk(application: Application) -> None:
    await application.learner.attempt()
    cache = application.house.settings.cache
    assert cache is not None
    kept = [path for path in cache.rglob("*") if path.is_file()]
    assert kept, "the pack's own model is"
    pieces = [piece.encode() for piece in (ODD, ODD[:2], ODD[1:])]
    assert not [path for path in kept if any(piece in path.read_bytes() for piece in pieces)]


async def test_what_could_not_be_followed_after_reading_anew_is_followed_later(
    application: Application, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    await application.learner.attempt()
    monkeypatch.setattr(app, "check", lambda _: application.house)
    with monkeypatch.context() as patch:
        patch.setattr(learner, "CHILD", (sys.executable, "-c", "raise SystemExit(3)"))
        await application.reload(Path("app.yaml"))
    assert application.bot.house.suggester.rank(f"{ODD}の件").numbers[0] != 7
    assert "Failed" in caplog.text
    await application.learner.follow()
    assert application.bot.house.suggester.rank(f"{ODD}の件").numbers[0] == 7


async def test_reading_anew_never_raises_and_keeps_calendar_and_settings(
    application: Application, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def check(path: Path) -> House:
        raise PermissionError(ODD)

    before = application.bot.house
    monkeypatch.setattr(app, "check", check)
    await application.reload(Path("app.yaml"))
    assert application.bot.house is before
    assert "not read anew: PermissionError" in caplog.text
    assert ODD not in caplog.text
    other = replace(before, settings=before.settings.model_copy(), calendar=Calendar(before.settings.organisation))
    monkeypatch.setattr(app, "check", lambda _: other)
    await application.reload(Path("app.yaml"))
    after = application.bot.house
    assert after is not before
    assert after.settings is before.settings
    assert after.calendar is before.calendar


async def test_by_hand_an_attempt_that_failed_gives_its_slot_back(
    application: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(learner, "CHILD", (sys.executable, "-c", "raise SystemExit(3)"))
    with pytest.raises(learner.Failed):
        await jobs.run_job(application.house, "learn", SLOT)
    assert slots(application) == []


@pytest.fixture
def content(tmp_path: Path) -> Path:
    """A copy of the content to be changed while it runs."""
    shutil.copytree(app.CONTENT, tmp_path / "content", ignore=shutil.ignore_patterns("*.jsonl", "demo", "starter"))
    return tmp_path / "content"


async def test_content_is_read_anew_and_where_it_is_broken_all_stays(
    tmp_path: Path, content: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    config = tmp_path / "app.yaml"
    config.write_text(
        f"organisation:\n  name: {{ja: 試験}}\ndatabase: sqlite:///{tmp_path}/k.db\ncache: {tmp_path}/c\n"
    )
    migrated(f"sqlite:///{tmp_path}/k.db")
    real = app.check
    monkeypatch.setattr(app, "check", lambda path: real(path, content=content))
    application = app.build(app.check(config))
    try:
        words = content / "packs" / "tokyo" / "1.0.0" / "words.yaml"
        sound = words.read_text(encoding="utf-8")
        words.write_text(sound.replace("ja:\n", "ja:\n  77: [なぞ]\n", 1), encoding="utf-8")
        before = application.bot.house
        await application.reload(config)
        assert application.bot.house is before
        assert "there is no principle 77" in caplog.text
        words.write_text(sound.replace("\n  7: [", f"\n  7: [{{{ODD}: 3}}, ", 1), encoding="utf-8")
        await application.reload(config)
        assert application.bot.house.suggester.rank(f"{ODD}{ODD}のこと").numbers[0] == 7
        config.write_text(config.read_text() + "pack: bandai@1.0.0\n")
        await application.reload(config)
        assert application.bot.house.pack.id == "tokyo"
        assert "another pack needs a start" in caplog.text
    finally:
        await asyncio.to_thread(application.database.close)
