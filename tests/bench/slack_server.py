"""The process under measurement: a bare Bolt handler that only acknowledges, or kizuki; prints its port, then waits."""

import asyncio
import logging
import re
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

from aiohttp import web
from pydantic import SecretStr
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult

from adapters.app import furnish
from adapters.slack.assembly import assembled
from bot.bot import Bot
from bot.organisation import Organisation
from bot.platforms import Platforms, Slack
from bot.settings import Settings
from storage import accounts, people, schema
from storage.database import Tx
from storage.engines import open_database
from tests.bench.wire import SECRET
from tests.talk import found

ANY = re.compile(".*")


def settings_of(database: Path, api: str, **more: Any) -> Settings:
    """One workspace, reached by signed requests."""
    slack = Slack(signing_secret=SecretStr(SECRET), bot_token=SecretStr("xoxb-1"), api=api, **more)
    return Settings(
        organisation=Organisation(name={"ja": "試験"}, closed=("12-29..01-03",)),
        database=f"sqlite:///{database}",
        platforms=Platforms(slack=slack),
    )


def staffed(tx: Tx) -> None:
    """The organisation, with hanako's account in Slack."""
    found(tx)
    person = people.by_number(tx, "hanako", today="2026-11-24")
    assert person
    accounts.add(tx, "slack", "T1:U1", person_id=person.id)


async def bare() -> web.Application:
    """Bolt alone: signature, workspace, acknowledgement."""

    async def authorize(enterprise_id: str | None, team_id: str | None) -> AuthorizeResult:
        return AuthorizeResult(
            enterprise_id=enterprise_id, team_id=team_id, bot_token="xoxb-1", bot_user_id="UBOT", bot_id="B1"
        )

    async def only_acknowledge(ack: Any) -> None:
        await ack()

    app = AsyncApp(signing_secret=SECRET, authorize=authorize, process_before_response=True)
    app.command(ANY)(only_acknowledge)
    app.action(ANY)(only_acknowledge)

    async def handle(request: web.Request) -> web.Response:
        return await to_aiohttp_response(await app.async_dispatch(await to_bolt_request(request)))

    application = web.Application()
    application.router.add_post("/slack/events", handle)
    return application


async def kizuki(database: Path, api: str) -> web.Application:
    """The real platform on a real database."""
    settings = settings_of(database, api)
    schema.upgrade(settings.database)
    opened = open_database(settings.database)
    await opened.transact(staffed)
    bot = Bot(furnish(settings), opened, lambda: datetime.now(settings.zone))
    slack = settings.platforms.slack
    assert slack
    platform = assembled(bot, opened, slack)
    bot.directories = {"slack": platform.profile}
    await platform.start()
    application = web.Application()
    application.router.add_routes(platform.routes())
    return application


async def main() -> None:
    """Serve until the driver goes away."""
    logging.getLogger("kizuki").setLevel(logging.ERROR)
    kind, database, api = sys.argv[1:]
    application = await (bare() if kind == "bare" else kizuki(Path(database), api))
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    print(runner.addresses[0][1], flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    await runner.cleanup()


if __name__ == "__main__":
    asyncio.run(main())
