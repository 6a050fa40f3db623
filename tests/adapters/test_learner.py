"""Learning beside the bot: in a process of its own, followed by every replica; and content read anew."""

import asyncio
import shutil
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from adapters import app, learner
from adapters.learner import Learner
from bot.bot import Bot
from bot.turn import House
from bot.vocabulary import Vocabulary
from storage import learning as stored
from storage import notes, people, schema
from storage.database import Tx
from tests.talk import Talk

ODD = "ぴよ丸"


@pytest.fixture
def small(house: House, tmp_path: Path) -> House:
    """A house with few examples and a cache of its own."""
    some = tuple(e for e in house.vocabulary.examples[::40] if e.labels)
    settings = house.settings.model_copy(update={"cache": tmp_path / "cache"})
    return replace(house, settings=settings, vocabulary=Vocabulary(house.vocabulary.words, some))


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


async def test_too_few_notes_are_left_alone(talk: Talk, small: House) -> None:
    talk.bot.house = small
    await talk.database.transact(lambda tx: write(tx, 30))
    assert await Learner(talk.bot).attempt() is None
    assert talk.bot.house is small
    assert talk.rows("select count(*) from lesson") == [(0,)]


async def test_a_lesson_that_was_dropped_is_unlearnt(talk: Talk, small: House) -> None:
    talk.bot.house = small
    await talk.database.transact(lambda tx: write(tx, 120))
    one = Learner(talk.bot)
    lesson = await one.attempt()
    assert lesson is not None
    await talk.database.transact(lambda tx: stored.add(tx, lesson._replace(adopted=False)))
    await one.follow()
    assert talk.bot.house.suggester.rank(f"{ODD}の件").numbers[0] != 7


async def test_no_text_of_a_note_is_logged(talk: Talk, small: House, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    talk.bot.house = small
    await talk.database.transact(lambda tx: write(tx, 110))
    await Learner(talk.bot).attempt()
    assert "learn: 110 notes" in caplog.text
    assert ODD not in caplog.text


async def test_the_clock_has_it_learn_once_a_day(talk: Talk, house: House, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'learn.db'}"
    schema.upgrade(url)
    there = replace(house, settings=house.settings.model_copy(update={"database": url}))
    application = app.build(there)
    calls: list[str] = []

    async def attempt() -> None:
        calls.append("learn")

    application.clock._after = {learner.JOB: attempt}
    slot = datetime.fromisoformat("2026-11-24T03:30:00+09:00")
    assert await application.clock._tick("learn", slot)
    assert await application.clock._tick("learn", slot)
    assert calls == ["learn"], "whoever claims the slot learns"
    application.database.close()


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
    schema.upgrade(f"sqlite:///{tmp_path}/k.db")
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
