"""People at their browsers: the pages of a conversation's bot, served for real, with a cookie jar for each browser."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from html import unescape
from typing import Any
from urllib.parse import urlsplit

from aiohttp import ClientResponse, ClientSession, CookieJar, web
from aiohttp.test_utils import BaseTestServer, TestServer

from adapters.web.site import Site
from bot.cards import Buttons
from tests.talk import Someone, Talk

OWN = {"Sec-Fetch-Site": "same-origin"}


class Browser:
    """One browser; it follows no redirection by itself, so that a test sees each."""

    def __init__(self, server: BaseTestServer, session: ClientSession) -> None:
        self._server = server
        self._session = session
        self.status = 0
        self.text = ""
        self.headers: Any = {}

    async def opens(self, address: str, **headers: str) -> str:
        """Open a page of the dashboard, by its address after /dashboard/."""
        async with self._session.get(self._at(address), headers=headers, allow_redirects=False) as response:
            return await self._took(response)

    async def posts(self, address: str, headers: dict[str, str] | None = None, /, **fields: str) -> str:
        """Send a form, as a page of ours would."""
        how = OWN if headers is None else headers
        async with self._session.post(self._at(address), data=fields, headers=how, allow_redirects=False) as response:
            return await self._took(response)

    async def pours(self, address: str) -> str:
        """Send a form that does not say how long it is, and is very long."""

        async def parts() -> AsyncIterator[bytes]:
            for _ in range(40):
                yield b"form=" + b"x" * (1 << 16)

        how = {**OWN, "Content-Type": "application/x-www-form-urlencoded"}
        async with self._session.post(self._at(address), data=parts(), headers=how) as response:
            return await self._took(response)

    async def signs_in(self, someone: Someone) -> str:
        """By a link from chat, and its button; then see the first page."""
        link = await linked(someone)
        await self.opens(link)
        assert self.status == 200, self.text
        await self.posts(link)
        assert self.status == 303, self.text
        return await self.opens("")

    async def form(self, page: str = "settings") -> str:
        """What the forms of this session send along."""
        await self.opens(page)
        found = re.search(r'name="form" value="([^"]+)"', self.text)
        assert found, self.text
        return found[1]

    @property
    def words(self) -> str:
        """What a page says, without its markup."""
        return " ".join(unescape(re.sub(r"<[^>]*>", " ", self.text)).split())

    @property
    def cookies(self) -> dict[str, str]:
        """The cookies of this browser."""
        return {cookie.key: cookie.value for cookie in self._session.cookie_jar}

    def holds(self, name: str, value: str) -> None:
        """Put another value into a cookie."""
        self._session.cookie_jar.update_cookies({name: value}, self._server.make_url("/"))

    def _at(self, address: str) -> Any:
        path = address if address.startswith("/") else f"/dashboard/{address}"
        return self._server.make_url(path)

    async def _took(self, response: ClientResponse) -> str:
        self.status, self.text, self.headers = response.status, await response.text(), response.headers
        return self.text


class Pages:
    """The pages, and browsers on them."""

    def __init__(self, server: BaseTestServer, site: Site) -> None:
        self._server = server
        self.site = site
        self._sessions: list[ClientSession] = []

    def browser(self) -> Browser:
        """Another browser."""
        # The address is a number, for which cookies are kept only on request.
        session = ClientSession(cookie_jar=CookieJar(unsafe=True))
        self._sessions.append(session)
        return Browser(self._server, session)

    def beside(self, browser: Browser) -> Browser:
        """Another window of the same browser."""
        return Browser(self._server, browser._session)

    async def close(self) -> None:
        """Close every browser."""
        for session in self._sessions:
            await session.close()


@asynccontextmanager
async def pages(talk: Talk) -> AsyncIterator[Pages]:
    """The pages of a conversation's bot."""
    site = Site(talk.bot)
    app = web.Application()
    site.join(app)
    async with TestServer(app, host="127.0.0.1") as server:
        found = Pages(server, site)
        try:
            yield found
        finally:
            await found.close()


async def linked(someone: Someone) -> str:
    """The path of the link that somebody is sent."""
    await someone.says("/kizuki ダッシュボード")
    assert someone.card
    links = [b.link for block in someone.card.blocks if isinstance(block, Buttons) for b in block.buttons]
    assert len(links) == 1, someone.sees
    return urlsplit(links[0]).path
