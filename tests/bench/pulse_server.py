"""The process under measurement: kizuki as it is served, on a database with an open survey, or Bolt's bare echo.

It prints its port, then answers until it is killed.
"""

import asyncio
import logging
import re
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult

from adapters import app as root
from adapters import pulse_key
from bot.platforms import Platforms
from bot.settings import Server
from bot.turn import House
from tests.bench import slack_server, teams_server
from tests.bench.wire import SECRET

ANY = re.compile(".*")


def house_of(database: Path, api: str, far: str) -> House:
    """A house with both platforms, of which no job runs by itself."""
    slack = slack_server.settings_of(database, api)
    both = Platforms(slack=slack.platforms.slack, teams=teams_server.settings_of(database, far).platforms.teams)
    settings = slack.model_copy(update={"platforms": both, "schedules": {}, "server": Server(port=0)})
    return replace(root.furnish(settings), pulse_key=pulse_key.kept(settings))


async def kizuki(database: str, api: str, far: str) -> None:
    """All of it, as `kizuki serve` has it."""
    application = root.build(house_of(Path(database), api, far))
    await root.serve(application, ready=_told, stop=asyncio.Event())


async def bare() -> None:
    """Bolt alone: signature, workspace, acknowledgement."""

    async def authorize(enterprise_id: str | None, team_id: str | None) -> AuthorizeResult:
        return AuthorizeResult(
            enterprise_id=enterprise_id, team_id=team_id, bot_token="xoxb-1", bot_user_id="UBOT", bot_id="B1"
        )

    async def only_acknowledge(ack: Any) -> None:
        await ack()

    app = AsyncApp(signing_secret=SECRET, authorize=authorize, process_before_response=True)
    app.view(ANY)(only_acknowledge)

    async def handle(request: web.Request) -> web.Response:
        return await to_aiohttp_response(await app.async_dispatch(await to_bolt_request(request)))

    application = web.Application()
    application.router.add_post("/slack/events", handle)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    _told(f"http://127.0.0.1:{runner.addresses[0][1]}")
    await asyncio.Event().wait()


def _told(address: str) -> None:
    print(address.rpartition(":")[2], flush=True)


if __name__ == "__main__":
    logging.getLogger("kizuki").setLevel(logging.ERROR)
    asyncio.run(kizuki(*sys.argv[2:]) if sys.argv[1] == "kizuki" else bare())
