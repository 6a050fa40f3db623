"""Calls to Slack: one session, a time limit, and every refusal as what it means to us."""

import asyncio
import json
import logging
import time
from collections.abc import AsyncIterator, Mapping
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient

from adapters.platform import Later
from adapters.slack.faults import Limited, Mendable, Refused, meaning, retry_after
from adapters.slack.installations import Workspace

Json = dict[str, Any]
TIMEOUT_S = 10.0
# How often a page of a list is asked for again.
TRIES = 6
# Slack recommends 200 and takes up to 1,000; a directory of 54,046 is 109 calls at twenty a minute.
PAGE = 500
SAID_AGAIN_S = 3_600.0

log = logging.getLogger("kizuki.slack")
# The library writes whole requests and answers, tokens included, to a logger that lets it.
_quiet = logging.getLogger("kizuki.slack.web")
_quiet.setLevel(logging.ERROR)


class Web:
    """Slack's Web API as the adapter uses it. Must be opened inside the running event loop."""

    def __init__(self, api: str, *, patience: float = 600.0) -> None:
        """Answers nobody waits for in their request are tried for `patience` seconds."""
        self._api = api
        self.patience = patience
        self._session: aiohttp.ClientSession | None = None
        self._clients: dict[str, AsyncWebClient] = {}
        self._said: dict[tuple[str, str], float] = {}

    def open(self) -> None:
        """Open the session every call goes through."""
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=TIMEOUT_S))

    async def close(self) -> None:
        """Close it again."""
        if self._session is not None:
            await self._session.close()

    def client(self, token: str) -> AsyncWebClient:
        """The library's client for a token; kept, as making one costs as much as a call."""
        found = self._clients.get(token)
        if found is None:
            if len(self._clients) > 1_000:
                self._clients.clear()
            session = self._session
            found = AsyncWebClient(token, self._api, session=session, logger=_quiet, retry_handlers=[])
            self._clients[token] = found
        return found

    async def call(self, workspace: Workspace, method: str, **arguments: Any) -> Json:
        """Call a method with a JSON body. Raises `Later`, `Gone` or `Refused`."""
        return await self._called(workspace, method, json=arguments)

    async def ask(self, workspace: Workspace, method: str, **arguments: Any) -> Json:
        """Call a method that reads, which Slack takes as a form only. Raises `Later`, `Gone` or `Refused`."""
        return await self._called(workspace, method, data=arguments)

    async def pages(self, workspace: Workspace, method: str, part: str, **arguments: Any) -> AsyncIterator[list[Json]]:
        """Every page of a method that lists something, its list being called `part`; waits as long as Slack asks."""
        cursor = ""
        while True:
            found = await self._patiently(workspace, method, limit=PAGE, cursor=cursor, **arguments)
            yield found.get(part) or []
            cursor = (found.get("response_metadata") or {}).get("next_cursor") or ""
            if not cursor:
                return

    async def _patiently(self, workspace: Workspace, method: str, **arguments: Any) -> Json:
        for _ in range(TRIES):
            try:
                return await self.ask(workspace, method, **arguments)
            except Mendable:
                raise
            except Later as later:
                await asyncio.sleep(later.seconds)
        return await self.ask(workspace, method, **arguments)

    async def respond(self, url: str, body: Mapping[str, Any]) -> None:
        """Answer through a response_url, which goes to Slack and nowhere else. Raises `Later` or `Refused`."""
        if not self.is_slack(url):
            raise Refused("response_url", "not Slack's")
        assert self._session is not None  # noqa: S101 - opened at start
        try:
            async with self._session.post(url, json=body) as answer:
                text = await answer.text()
        except (aiohttp.ClientError, TimeoutError) as fault:
            raise meaning("response_url", fault) from None
        if answer.status == 429:
            raise Limited(retry_after(answer.headers))
        if answer.status >= 500:
            raise Later(1)
        if answer.status >= 400 or '"ok":false' in text.replace(" ", ""):
            raise Refused("response_url", _error(text) or str(answer.status))

    async def put(self, url: str, content: bytes) -> None:
        """Upload a file's content to the address Slack gave for it. Raises `Refused`."""
        if not self.is_slack(url):
            raise Refused("upload", "not Slack's")
        assert self._session is not None  # noqa: S101 - opened at start
        async with self._session.post(url, data=content) as answer:
            if answer.status != 200:
                raise Refused("upload", str(answer.status))

    def is_slack(self, url: str) -> bool:
        """Whether an address leads to the Slack that this kizuki talks to."""
        try:
            found, own = urlsplit(url), urlsplit(self._api)
            host, port = found.hostname or "", found.port
            same = (found.scheme, port) == (own.scheme, own.port)
        except ValueError:
            return False
        base = own.hostname or "slack.com"
        return same and found.username is None and (host == base or host.endswith(f".{base}"))

    async def _called(self, workspace: Workspace, method: str, **arguments: Any) -> Json:
        try:
            found = await self.client(workspace.token).api_call(method, **arguments)
        except Exception as fault:
            what = meaning(method, fault)
            if isinstance(what, Mendable):
                self._say(workspace, method, what.error)
            if what is fault:
                raise
            raise what from None
        return found.data if isinstance(found.data, dict) else {}

    def _say(self, workspace: Workspace, method: str, error: str) -> None:
        """Write down what a person must mend, once an hour."""
        now, key = time.monotonic(), (workspace.team or workspace.enterprise, error)
        if now - self._said.get(key, -SAID_AGAIN_S) >= SAID_AGAIN_S:
            self._said[key] = now
            log.error("workspace %s: %s says %s; `kizuki doctor slack` tells what to do", key[0], method, error)


def _error(text: str) -> str:
    """Slack's word for what is wrong, where an answer holds one."""
    try:
        found = json.loads(text)
    except ValueError:
        return ""
    return str(found.get("error") or "") if isinstance(found, dict) else ""
