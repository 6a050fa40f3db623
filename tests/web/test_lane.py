"""Long reading has threads of its own: however much of it there is, pages and chat answer, each person's in turn."""

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import pytest

from adapters.web import site
from bot import overview as overviews
from bot.overview import Overview
from bot.studies import MOST
from storage.database import STUDENTS, Tx
from tests.talk import Talk
from tests.web.visitors import linked, pages


class Gate:
    """Something long that begins, and ends once it is let."""

    def __init__(self) -> None:
        self.begun, self.ended = threading.Semaphore(0), threading.Event()
        self.times = 0

    def __call__(self, *_: object) -> None:
        self.times += 1
        self.begun.release()
        assert self.ended.wait(10)

    async def entered(self) -> None:
        """Wait until somebody is inside."""
        while not self.begun.acquire(blocking=False):
            await asyncio.sleep(0.01)


@asynccontextmanager
async def full(talk: Talk) -> AsyncIterator[None]:
    """While all threads for long reading are at work, for two people nobody knows."""
    gate = Gate()
    waiting = [asyncio.create_task(talk.bot.studies.of(f"nobody {n}", gate)) for n in range(STUDENTS)]
    for _ in waiting:
        await gate.entered()
    try:
        yield
    finally:
        gate.ended.set()
        await asyncio.gather(*waiting)


@contextmanager
def slow(monkeypatch: pytest.MonkeyPatch) -> Iterator[Gate]:
    """While the figures of the first page take long."""
    gate, real = Gate(), overviews.organisation

    def slowly(*given: object) -> Overview:
        gate()
        return real(*given)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(overviews, "organisation", slowly)
        try:
            yield gate
        finally:
            gate.ended.set()


async def test_while_reports_are_made_pages_and_chat_answer(talk: Talk) -> None:
    async with pages(talk) as found:
        browser, other = found.browser(), found.browser()
        await other.signs_in(talk.hanako)
        await browser.posts(await linked(talk.jimu))
        async with full(talk):
            overview = asyncio.create_task(found.beside(browser).opens("?span=year"))
            report = asyncio.create_task(talk.jimu.says("/kizuki 報告"))
            file = asyncio.create_task(found.beside(browser).opens("files/recognition.csv"))
            for address in ("settings", "notes", "kudos", "awards"):
                await other.opens(address)
                assert other.status == 200, address
            assert "の規範" in await talk.taro.says("/kizuki 今日")
            assert await talk.database.read(lambda _: 1) == 1
            assert not any(task.done() for task in (overview, report, file))
        assert "全体のようす" in await overview
        assert "規範,順位" in await file
        await report
        assert "表彰のための報告" in talk.jimu.sees


async def test_of_one_person_one_thing_is_made_at_a_time_and_only_so_many_wait(
    talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with pages(talk) as found:
        browser, other = found.browser(), found.browser()
        for one, who in ((browser, talk.hanako), (other, talk.taro)):
            await one.posts(await linked(who))
        with slow(monkeypatch) as gate:
            days = [f"?from=2026-09-{n:02}&to=2026-10-20" for n in range(1, MOST + 1)]
            asked = [asyncio.create_task(found.beside(browser).opens(address)) for address in days]
            await gate.entered()
            colleague = asyncio.create_task(other.opens("?span=year"))
            await gate.entered()
            late = found.beside(browser)
            while late.status != 429:
                await late.opens("?from=2026-08-01&to=2026-10-20")
            assert "前にお願いされたもの" in late.words
            assert late.headers["Retry-After"]
            assert "前にお願いされたもの" not in await talk.hanako.says("/kizuki ヘルプ")
            assert gate.times == 2, "one for each person"
            gate.ended.set()
            assert all("全体のようす" in text for text in await asyncio.gather(*asked, colleague))
            assert gate.times == MOST + 1


async def test_in_chat_whoever_asks_for_too_much_is_told_kindly(talk: Talk) -> None:
    gate = Gate()
    jimu = talk.rows("select id from person where number = 'jimu'")[0][0]
    waiting = [asyncio.create_task(talk.bot.studies.of(jimu, gate)) for _ in range(MOST)]
    await gate.entered()
    assert "前にお願いされたもの" in await talk.jimu.says("/kizuki 報告")
    gate.ended.set()
    await asyncio.gather(*waiting)
    assert "表彰のための報告" in await talk.jimu.says("/kizuki 報告")


async def test_what_takes_too_long_is_said_and_is_there_the_next_time(
    talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with pages(talk) as found:
        browser = found.browser()
        await browser.posts(await linked(talk.hanako))
        with slow(monkeypatch) as gate, monkeypatch.context() as patch:
            patch.setattr(site, "PATIENCE", 0.2)
            await browser.opens("?span=year")
            assert browser.status == 503
            assert "いつもより時間がかかって" in browser.words
            assert browser.headers["Retry-After"]
        await browser.opens("?span=year")
        assert browser.status == 200
        assert gate.times == 1


async def test_whoever_signed_out_while_their_file_waited_gets_none(talk: Talk) -> None:
    async with pages(talk) as found:
        browser = found.browser()
        await browser.signs_in(talk.jimu)
        form = await browser.form()
        async with full(talk):
            late = found.beside(browser)
            file = asyncio.create_task(late.opens("files/units.csv"))
            while not talk.bot.studies._lines.keys() - {f"nobody {n}" for n in range(STUDENTS)}:
                await asyncio.sleep(0.01)
            await browser.posts("out", form=form)
        await file
        assert late.status == 401
        assert talk.rows("select count(*) from audit where action = 'export'") == [(0,)]


async def test_a_reader_of_long_things_cannot_write(talk: Talk) -> None:
    def write(tx: Tx) -> None:
        tx.cursor.execute("delete from once")

    with pytest.raises(Exception, match=r"read-?only"):
        await talk.database.study(write)


async def test_what_is_read_of_everybody_waits_in_the_lane_and_of_a_unit_does_not(talk: Talk) -> None:
    async with full(talk):
        assert "窓口課" in await talk.kacho.says("/kizuki まとめ")
        whole = [
            asyncio.create_task(one) for one in (talk.chiji.says("/kizuki まとめ"), talk.jimu.says("/kizuki ホーム"))
        ]
        async with asyncio.timeout(10):
            while not {*talk.rows("select id from person where number in ('chiji', 'jimu')")} <= {
                (key,) for key in talk.bot.studies._lines
            }:
                await asyncio.sleep(0.01)
        assert not any(task.done() for task in whole)
    assert all(text and "うまく" not in text for text in await asyncio.gather(*whole))
