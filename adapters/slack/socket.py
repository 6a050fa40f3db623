"""Socket Mode: for networks that let nothing in from outside; the same requests over a connection we opened."""

import asyncio
import logging
from collections.abc import Callable
from typing import Any

from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp

from adapters.slack.faults import meaning
from adapters.slack.web import Web

FIRST_WAIT_S, LONGEST_WAIT_S = 1.0, 60.0

log = logging.getLogger("kizuki.slack")


class Socket:
    """Keeps the connection; where Slack cannot be reached at the start, tries until it can."""

    def __init__(self, app: AsyncApp, token: str, web: Web, logger: logging.Logger) -> None:
        """`logger` is the library's, which writes every request below the level of an error."""
        self._app = app
        self._logger = logger
        self._token = token
        self._web = web
        self._handler: Any = None
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to connect, inside the running event loop; nothing waits for it."""
        client = self._web.client(self._token)
        self._handler = AsyncSocketModeHandler(self._app, self._token, self._logger, client)
        self._task = asyncio.create_task(self._connected(self._handler.connect_async), name="slack socket")

    async def close(self) -> None:
        """Take no more requests."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])
        if self._handler is not None:
            await self._handler.close_async()

    async def _connected(self, connect: Callable[[], Any]) -> None:
        wait = FIRST_WAIT_S
        while True:
            try:
                await connect()
            except Exception as fault:  # noqa: BLE001 - whatever keeps Slack away now, it may be there in a minute
                log.error("no socket to Slack yet: %s", meaning("apps.connections.open", fault))
            else:
                log.info("the socket to Slack is open")
                return
            await asyncio.sleep(wait)
            wait = min(LONGEST_WAIT_S, wait * 2)
