"""What is worked out before anybody asks: all of it, once, and nothing is left running."""

import asyncio
import logging
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web

from adapters.web import keeper
from adapters.web.keeper import Keeper
from adapters.web.site import Site
from bot import overview, page_models, reach
from bot.kept import Recipe
from storage.database import Tx
from tests.talk import Talk
from tests.web.visitors import pages


@asynccontextmanager
async def kept(site: Site) -> AsyncIterator[None]:
    """As long as the application runs."""
    going = Keeper(site).run(web.Application())
    await anext(going)
    yield
    assert await anext(going, "ended") == "ended"


async def _standing(talk: Talk, site: Site) -> list[Recipe[Any]]:
    def work(tx: Tx) -> list[Recipe[Any]]:
        return list(page_models.standing(site.turn(tx)))

    return await talk.database.read(work)


async def _until_ready(talk: Talk, site: Site, *, but: str = "") -> list[Recipe[Any]]:
    wanted = [one for one in await _standing(talk, site) if one.key[0] != but]
    for _ in range(400):
        if all(site.kept.age(one) is not None for one in wanted):
            return wanted
        await asyncio.sleep(0.05)
    raise AssertionError([one.key for one in wanted if site.kept.age(one) is None])


async def test_the_first_page_is_ready_before_anybody_asks(talk: Talk, monkeypatch: pytest.MonkeyPatch) -> None:
    await talk.hanako.says("/kizuki 番号札の紙がない")
    await talk.hanako.presses("note.confirm", numbers=["2"])
    async with pages(talk) as found, kept(found.site):
        await _until_ready(talk, found.site)
        for module, name in ((overview, "organisation"), (reach, "counts")):
            monkeypatch.setattr(module, name, lambda *_, **__: pytest.fail("nobody waits for it"))
        browser = found.browser()
        await browser.signs_in(talk.jimu)
        for address in ("", "?span=year", "units/00", "units/00?view=now", "adoption", "recognition", "reach"):
            await browser.opens(address)
            assert browser.status == 200, address
    assert not [one for one in threading.enumerate() if one.name.startswith("asyncio_") and one.daemon]


async def test_what_somebody_misses_is_made_anew(talk_here: Talk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeper, "PAUSE", 0.02)
    async with pages(talk_here) as found, kept(found.site):
        await _until_ready(talk_here, found.site)
        browser = found.browser()
        await browser.signs_in(talk_here.jimu)
        assert "0件のうち" not in browser.words
        await talk_here.hanako.says("/kizuki 番号札の紙がない")
        await talk_here.hanako.presses("note.confirm", numbers=["2"])
        for _ in range(200):
            await browser.opens("")
            if browser.text.count('<dd class="value">1</dd>') == 2:
                break
            await asyncio.sleep(0.05)
        else:
            pytest.fail("one note, one writer")


async def test_what_fails_is_logged_without_contents_and_the_rest_is_done(
    talk_here: Talk, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fails(*_: object) -> None:
        raise ValueError("what somebody wrote")

    monkeypatch.setattr(overview, "organisation", fails)
    with caplog.at_level(logging.WARNING, logger="kizuki.web"):
        async with pages(talk_here) as found, kept(found.site):
            await _until_ready(talk_here, found.site, but="organisation")
    assert "figures of pages: organisation" in caplog.text
    assert "what somebody wrote" not in caplog.text
