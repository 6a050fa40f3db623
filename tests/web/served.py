"""The demo with its playground and its pages, run by a thread of its own, for real browsers."""

import asyncio
import itertools
import threading
from typing import Any
from urllib.parse import urlsplit

from aiohttp import web

from adapters.app import Application, build
from adapters.demonstration import prepared
from bot.cards import Buttons
from bot.events import Command, Handle, Place
from bot.turn import House


class Served:
    """A running demo. `run` does something on its loop, as a thread of tests cannot."""

    def __init__(self) -> None:
        self.port = 0
        self._keys = itertools.count()
        self._ready = threading.Event()
        self._loop: asyncio.AbstractEventLoop
        self._stop: asyncio.Event
        self.application: Application
        # Wholly in a thread of its own: Playwright keeps a loop running in the one of the tests.
        self._thread = threading.Thread(target=self._runs)
        self._thread.start()
        assert self._ready.wait(60)

    def _runs(self) -> None:
        # Any free port, as `kizuki demo --port 0` takes one.
        with prepared(0) as house:
            self.port = house.settings.server.port
            asyncio.run(self._serve(house))

    async def _serve(self, house: House) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        self.application = build(house)
        runner = web.AppRunner(self.application.web(), access_log=None, shutdown_timeout=1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", self.port).start()
        self._ready.set()
        await self._stop.wait()
        for platform in self.application.platforms.values():
            await platform.close()
        await runner.cleanup()
        self.application.database.close()

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.port}"

    def run(self, work: Any) -> Any:
        """Wait for something on the demo's loop."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(30)

    def link(self, account: str) -> str:
        """The link that somebody is sent in chat."""
        place = Place("playground", f"dm:{account}", private=True)
        command = Command(f"link-{next(self._keys)}", Handle("playground", account), place, "kizuki", "ダッシュボード")
        reply = self.run(self.application.bot.handle(command))
        buttons = [b for block in reply.card.blocks if isinstance(block, Buttons) for b in block.buttons]
        assert urlsplit(buttons[0].link).port == self.port
        return str(buttons[0].link)

    def close(self) -> None:
        """Stop, and leave nothing behind."""
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(20)
