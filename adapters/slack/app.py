"""Slack as a platform: its routes or its socket, who is who there, and what the bot says unprompted."""

import logging
from collections.abc import AsyncIterator, Sequence

from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response
from slack_bolt.request.async_request import AsyncBoltRequest

from adapters.keys import Keys
from adapters.needs import BotLike
from adapters.pace import Pace
from adapters.platform import Account, Gone
from adapters.slack import render
from adapters.slack.bodies import unwrapped
from adapters.slack.channels import Channels
from adapters.slack.directory import Directory
from adapters.slack.door import Door, Turned
from adapters.slack.faults import UNCHANGEABLE, UNDRAWABLE, Limited, Refused, Troubled
from adapters.slack.installations import Workspace, Workspaces
from adapters.slack.listen import Listeners
from adapters.slack.origin import NAME
from adapters.slack.rates import of_workspace
from adapters.slack.render import Drawing
from adapters.slack.show import AS_TYPED, UNFOLD_NOTHING
from adapters.slack.socket import Socket
from adapters.slack.text import Json
from adapters.slack.web import Web
from adapters.trouble import Trouble
from adapters.underway import UnderWay
from bot.cards import Card
from bot.events import Joined, Left, Place, Profile
from bot.platforms import Slack as Settings

PATH = "/slack/events"
# chat.update is of Slack's third tier.
UPDATES_PER_MINUTE = 50
PASSED_ON = ("Content-Type", "X-Slack-Retry-Num", "X-Slack-Retry-Reason")

log = logging.getLogger("kizuki.slack")


class Slack:
    """Slack, in one workspace or several, by signed requests or over a socket."""

    name = NAME

    def __init__(
        self,
        bot: BotLike,
        settings: Settings,
        workspaces: Workspaces,
        web_: Web,
        besides: Sequence[web.AbstractRouteDef] = (),
    ) -> None:
        """`besides` are further routes: those by which workspaces install kizuki."""
        self._bot = bot
        self._besides = besides
        self._workspaces = workspaces
        self._web = web_
        secret = (settings.signing_secret if settings.transport == "http" else settings.app_token).get_secret_value()
        self._door = Door(secret)
        self._pace = Pace(of_workspace(per_minute=settings.per_minute, per_channel=settings.per_channel))
        updates = min(UPDATES_PER_MINUTE, settings.per_minute)
        self._updates = Pace(of_workspace(per_minute=updates, per_channel=settings.per_channel))
        self._trouble = Trouble()
        keys = Keys(NAME, secret.encode())
        self._directory = Directory(bot, web_, workspaces)
        self._listeners = Listeners(
            bot, web_, workspaces, settings, keys=keys, directory=self._directory, pace=self._pace
        )
        self._channels = Channels(bot, web_, workspaces, keys)
        logger = _quiet_logger()
        self._bolt = self._listeners.bolt(logger)
        self._socket = Socket(self._bolt, secret, web_, logger) if settings.transport == "socket" else None

    def routes(self) -> Sequence[web.AbstractRouteDef]:
        """The one address Slack sends everything to; a socket needs no way in for that."""
        if self._socket is not None:
            return self._besides
        return [web.post(PATH, self._request), web.get(PATH, _ssl_check), *self._besides]

    async def start(self) -> None:
        """Open the session, learn which workspaces there are, and the socket where there is one."""
        self._web.open()
        await self._workspaces.start()
        if self._socket is not None:
            self._socket.start()

    async def close(self) -> None:
        """Take no more, show what is being shown, and let go of the session."""
        await self._listeners.close()
        if self._socket is not None:
            await self._socket.close()
        await self._workspaces.close()
        await self._web.close()

    @property
    def under_way(self) -> UnderWay:
        """What is being done and shown right now."""
        return self._listeners.under_way

    async def profile(self, ext_id: str) -> Profile | None:
        """What Slack says of one of its accounts."""
        return await self._directory.profile(ext_id)

    def everyone(self) -> AsyncIterator[list[Account]]:
        """Everybody there, page by page."""
        return self._directory.everyone()

    def places(self) -> AsyncIterator[Joined | Left]:
        """The channels the bot is in, as far as they differ from those that are known."""
        return self._channels.changed()

    async def send(self, place: Place, card: Card, *, key: str, replaces: str = "") -> str:
        """Post a card, or put it in an earlier one's place; the reference is "channel:ts". Raises `Later` or `Gone`."""
        workspace = await self._workspaces.find(place.address["enterprise"], place.address["team"])
        if workspace is None:
            raise Gone
        channel, _, stamp = replaces.rpartition(":")
        channel = channel or place.address["channel"]
        method, pace = ("chat.update", self._updates) if replaces else ("chat.postMessage", self._pace)
        ident = workspace.team or workspace.enterprise
        await pace.turn(ident, channel, key)
        # What Slack itself stumbles over again and again is sent as its text alone, then given up for a human.
        message = render.plain_message(card) if self._trouble.is_old(key) else self._drawn(card, place)
        try:
            found = await self._posted(workspace, method, {**message, "channel": channel, "ts": stamp}, card)
        except Limited as limited:
            pace.pause(ident, limited.seconds)
            raise
        except Troubled as troubled:
            self._trouble.met(key, troubled)
            raise
        self._trouble.over(key)
        return replaces if found is None else f"{found['channel']}:{found['ts']}"

    def _drawn(self, card: Card, place: Place) -> Json:
        org = place.address["enterprise"] or place.address["team"]
        return render.message(card, Drawing(self._bot.house.phrases.bound(card.lang), org))

    async def _posted(self, workspace: Workspace, method: str, message: Json, card: Card) -> Json | None:
        """Slack's answer; None where the message that was to change is not there any more."""
        arguments = {**message, **AS_TYPED, **({} if message["ts"] else UNFOLD_NOTHING)}
        arguments = {k: v for k, v in arguments.items() if v != ""}
        try:
            return await self._web.call(workspace, method, **arguments)
        except Refused as refused:
            if refused.error in UNDRAWABLE:
                log.error("Slack would not draw a card and got its text alone: %s", refused.error)
                return await self._web.call(workspace, method, **{**arguments, **render.plain_message(card)})
            if refused.error in UNCHANGEABLE and message["ts"]:
                return None
            raise
        except Gone:
            # A message that can be changed no more says nothing of the place it stood in.
            if message["ts"]:
                return None
            raise

    async def _request(self, request: web.Request) -> web.Response:
        try:
            text = await self._door.read(request)
            headers = {name: request.headers[name] for name in PASSED_ON if name in request.headers}
            asked = _understood(text, headers)
        except Turned as turned:
            log.info("turned away: %s", turned)
            return web.Response(status=turned.status)
        answer = await self._bolt.async_dispatch(asked)
        if answer.status < 500:
            self._door.shut(request)
        return await to_aiohttp_response(answer)


def _understood(text: str, headers: dict[str, str]) -> AsyncBoltRequest:
    """The request as Bolt reads it; what makes Bolt stumble is no request of Slack's."""
    try:
        found = AsyncBoltRequest(body=unwrapped(text), headers={**headers})
    except Exception:  # noqa: BLE001 - whatever is wrong with its shape
        raise Turned(400, "malformed") from None
    if not isinstance(found.body, dict):
        raise Turned(400, "malformed")
    return found


async def _ssl_check(_: web.Request) -> web.Response:
    return web.Response()


def _quiet_logger() -> logging.Logger:
    """Bolt quotes requests and answers in what it logs below an error."""
    logger = logging.getLogger("kizuki.slack.bolt")
    logger.setLevel(logging.ERROR)
    return logger
