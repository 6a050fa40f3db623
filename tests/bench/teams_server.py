"""The process under measurement: botbuilder alone, which answers a press with a card, or kizuki; prints its port."""

import asyncio
import json
import logging
import sys
from datetime import datetime
from pathlib import Path

from aiohttp import web
from botbuilder.core import BotFrameworkAdapter, BotFrameworkAdapterSettings, TurnContext
from botbuilder.core.teams import TeamsActivityHandler
from botbuilder.schema import Activity, AdaptiveCardInvokeResponse, AdaptiveCardInvokeValue
from botframework.connector.auth import ChannelValidation
from botframework.connector.auth import jwt_token_extractor as extractor
from pydantic import SecretStr

from adapters.app import furnish
from adapters.teams.assembly import assembled
from bot.bot import Bot
from bot.organisation import Organisation
from bot.platforms import Platforms, Teams
from bot.settings import Settings
from storage import accounts, people, schema
from storage.database import Tx
from storage.engines import open_database
from tests.bench.teams_wire import APP, CROWD, TENANT, account
from tests.talk import found

CARD = {"type": "AdaptiveCard", "version": "1.5", "body": [{"type": "TextBlock", "text": "echo"}]}


def settings_of(database: Path, far: str, **more: int) -> Settings:
    """One tenant, at the local far end."""
    teams = Teams(
        app_id=APP,
        tenant=TENANT,
        password=SecretStr("x"),
        openid=f"{far}openid",
        local=far,
        **more,
    )
    return Settings(
        organisation=Organisation(name={"ja": "試験"}, closed=("12-29..01-03",)),
        database=f"sqlite:///{database}",
        platforms=Platforms(teams=teams),
    )


def staffed(tx: Tx) -> None:
    """The organisation, and a crowd with accounts in Teams."""
    found(tx)
    for number in range(CROWD):
        name = f"人{number}"
        person = people.add(tx, number=f"c{number}", name_ja=name, name_en=name, joined_on="2020-04-01")
        accounts.add(tx, "teams", f"{TENANT}:{account(number)}", person_id=person)


class Echo(TeamsActivityHandler):  # type: ignore[misc]  # untyped
    """Answers every press with the same card."""

    async def on_adaptive_card_invoke(
        self,
        turn_context: TurnContext,
        invoke_value: AdaptiveCardInvokeValue,
    ) -> AdaptiveCardInvokeResponse:
        kind = "application/vnd.microsoft.card.adaptive"
        return AdaptiveCardInvokeResponse(status_code=200, type=kind, value=CARD)


async def bare(far: str) -> web.Application:
    """botbuilder alone, by its faster adapter: proof, models, handler, card."""
    ChannelValidation.open_id_metadata_endpoint = f"{far}openid"
    metadata = extractor.JwtTokenExtractor.get_open_id_metadata(f"{far}openid")
    # Fetched by hand, since the library would block the loop that serves it.
    metadata.keys = json.loads(await asyncio.to_thread(sys.stdin.readline))["keys"]
    metadata.last_updated = extractor.datetime.now()
    adapter = BotFrameworkAdapter(BotFrameworkAdapterSettings(APP, "x", channel_auth_tenant=TENANT))
    echo = Echo()

    async def handle(request: web.Request) -> web.Response:
        activity = Activity().deserialize(await request.json())
        answer = await adapter.process_activity(activity, request.headers.get("Authorization", ""), echo.on_turn)
        return web.json_response(answer.body, status=answer.status)

    application = web.Application()
    application.router.add_post("/teams/messages", handle)
    return application


async def kizuki(database: Path, far: str) -> web.Application:
    """The real platform on a real database."""
    settings = settings_of(database, far, per_second=1_000)
    schema.upgrade(settings.database)
    opened = open_database(settings.database)
    await opened.transact(staffed)
    bot = Bot(furnish(settings), opened, lambda: datetime.now(settings.zone))
    teams = settings.platforms.teams
    assert teams
    platform = assembled(bot, teams, tokens=_token)
    bot.directories = {"teams": platform.profile}
    await platform.start()
    application = web.Application()
    application.router.add_routes(platform.routes())
    return application


async def _token() -> str:
    return "token"


async def main() -> None:
    """Serve until the driver goes away."""
    logging.disable(logging.CRITICAL)
    kind, database, far = sys.argv[1:]
    application = await (bare(far) if kind == "bare" else kizuki(Path(database), far))
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    print(runner.addresses[0][1], flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    await runner.cleanup()


if __name__ == "__main__":
    asyncio.run(main())
