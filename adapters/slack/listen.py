"""Slack's requests, from either transport, through Bolt to the core and back: parse, act, show, acknowledge last."""

import asyncio
import logging
import re
from collections.abc import Coroutine, Mapping
from functools import partial
from typing import Any

from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.response import BoltResponse

from adapters.keys import Keys
from adapters.needs import BotLike
from adapters.pace import Pace
from adapters.slack import parse
from adapters.slack.directory import Directory
from adapters.slack.files import Files
from adapters.slack.installations import Workspace, Workspaces
from adapters.slack.origin import NAME, Origin
from adapters.slack.render import FILE
from adapters.slack.show import NOTHING, Answer, Show, carried
from adapters.slack.web import Web
from adapters.slack.wording import mentioned
from adapters.underway import UnderWay
from bot.dispatch import only_looks
from bot.events import Event, Opened, Press
from bot.platforms import Slack as Settings
from bot.trace import where
from storage import people
from storage.database import Tx

ANY = re.compile(".*", re.DOTALL)
# Slack waits three seconds; a reply that is not shown by then is shown while Slack already has its answer.
IN_TIME_S = 0.8
CLOSE_S = 5.0
LEFT = "member_left_channel"
GONE = frozenset(("channel_left", "group_left", "channel_archive", "group_archive", "channel_deleted", "group_deleted"))
Body = Mapping[str, Any]

log = logging.getLogger("kizuki.slack")


class Unstored(Exception):
    """What Slack told could not be stored: it is to tell it again."""


class Listeners:
    """What happens on each kind of request."""

    def __init__(
        self,
        bot: BotLike,
        web: Web,
        workspaces: Workspaces,
        settings: Settings,
        *,
        keys: Keys,
        directory: Directory,
        pace: Pace,
    ) -> None:
        self._bot = bot
        self._web = web
        self._workspaces = workspaces
        self._settings = settings
        self._keys = keys
        self._show = Show(web, pace)
        self._files = Files(bot, web, self._show)
        self._directory = directory
        self.under_way = UnderWay()

    def bolt(self, logger: logging.Logger) -> AsyncApp:
        """The Bolt app. Signatures are looked at by the door, before anything is parsed."""
        house = self._bot.house

        # Bolt counts the arguments of a plain function only.
        async def authorize(context: Any, enterprise_id: str | None, team_id: str | None) -> AuthorizeResult | None:
            return await self._authorize(context, enterprise_id, team_id)

        app = AsyncApp(
            # Bolt sets the level of the logger of this name.
            name="kizuki.slack.bolt",
            logger=logger,
            before_authorize=self._answers_to_slack,
            authorize=authorize,  # type: ignore[arg-type]  # None is how it says no
            process_before_response=True,
            request_verification_enabled=False,
            ssl_check_enabled=False,
            user_facing_authorize_error_message=house.phrases(house.lang, "slack.not_installed"),
        )
        app.command(ANY)(self._command)
        app.action(ANY)(self._press)
        app.view(ANY)(self._submit)
        app.shortcut(ANY)(self._shortcut)
        app.event(ANY)(self._event)
        app.error(self._failed)
        return app

    async def close(self) -> None:
        """Let what is being done be done and shown, for a while; what is cut off then was insured."""
        if not await self.under_way.ended(CLOSE_S):
            log.warning("not everything was shown before the end")

    async def _answers_to_slack(
        self,
        body: Body,
        context: Any,
        next: Any,  # noqa: A002 - Bolt's name
    ) -> BoltResponse | None:
        """Whoever asks to be answered anywhere else is not answered at all."""
        if body.get("type") == "app_rate_limited":
            log.error("Slack dropped events: this workspace sends more than 30,000 an hour")
            return BoltResponse(status=200)
        url = context.get("response_url")
        if url and not self._web.is_slack(url):
            log.warning("a request that wants its answer elsewhere was not acted on")
            return BoltResponse(status=400)
        await next()
        return None

    async def _authorize(self, context: Any, enterprise_id: str | None, team_id: str | None) -> AuthorizeResult | None:
        found = await self._workspaces.find(enterprise_id or "", team_id or "")
        if found is None:
            log.warning("a request of a workspace without kizuki was not acted on")
            return None
        context["workspace"] = found
        return AuthorizeResult(
            enterprise_id=enterprise_id,
            team_id=team_id,
            bot_token=found.token,
            bot_user_id=found.bot_user,
            bot_id=found.bot_id,
        )

    async def _command(self, body: Body, ack: Any, context: Any) -> None:
        commands = self._settings.commands
        called = {typed: name for name, typed in commands.named.items()}.get(str(body.get("command")))
        if called is None:
            # A command of the manifest that app.yaml does not name any more: what can be done is told.
            body, called = {**body, "text": ""}, "kizuki"
        names = await self._names(body.get("enterprise_id") or body.get("team_id") or "", body.get("text") or "")
        event, origin = parse.command(body, called, self._keys, names)
        await ack(**await self._acted(event, origin, context["workspace"]))

    async def _press(self, body: Body, ack: Any, context: Any) -> None:
        found = parse.press(body, self._keys)
        if found is not None and found[0].action == FILE:
            self.under_way.task(self._files.send(*found, context["workspace"]))
        elif found is not None:
            await self._acted(*found, context["workspace"])
        await ack()

    async def _submit(self, body: Body, ack: Any, context: Any) -> None:
        found = parse.submitted(body, self._keys)
        await ack(**(await self._acted(*found, context["workspace"]) if found else NOTHING))

    async def _shortcut(self, body: Body, ack: Any, context: Any) -> None:
        org = (body.get("enterprise") or {}).get("id") or (body.get("team") or {}).get("id") or ""
        quoted = body.get("message") or {}
        await self._directory.acquaint(f"{org}:{quoted.get('user') or ''}")
        names = await self._names(org, quoted.get("text") or "")
        await self._acted(*parse.shortcut(body, self._keys, names), context["workspace"])
        await ack()

    async def _event(self, body: Body, ack: Any, context: Any) -> None:
        event, workspace = body["event"], context.get("workspace")
        kind = event["type"]
        if kind in ("app_uninstalled", "tokens_revoked"):
            await self._gone(body)
        elif kind in ("team_join", "user_change"):
            await self._directory.changed(event["user"], workspace)
        elif kind == "member_joined_channel" and event["user"] == workspace.bot_user:
            await self._store(parse.joined(body, self._keys, await self._title(workspace, event["channel"])))
        elif kind in GONE or (kind == LEFT and event["user"] == workspace.bot_user):
            await self._store(parse.left(body, self._keys))
        elif found := await self._said(body, kind, workspace):
            await self._acted(*found, workspace)
        await ack()

    async def _said(self, body: Body, kind: str, workspace: Workspace) -> tuple[Event, Origin] | None:
        """What a person did, as far as it is an event of the core's."""
        match kind:
            case "message" | "app_mention":
                org = workspace.enterprise or workspace.team
                names = await self._names(org, body["event"].get("text") or "", besides=workspace.bot_user)
                return parse.message(body, self._keys, workspace.bot_user, names)
            case "app_home_opened":
                return parse.opened(body, self._keys)
            case "reaction_added" if found := parse.reaction(body, self._keys, self._settings.reaction):
                await self._directory.acquaint(found[0].first("to").removeprefix(f"{NAME}/"))
                return found
        return None

    async def _acted(self, event: Event, origin: Origin, workspace: Workspace) -> Answer:
        with self.under_way.one():
            return await self._done(event, origin, workspace)

    async def _done(self, event: Event, origin: Origin, workspace: Workspace) -> Answer:
        """Have the core act, which commits, and show its reply; what takes too long is shown behind the answer."""
        insured = origin.kind == "message"
        reply = await self._bot.handle(event, insured=insured)
        phrases = self._bot.house.phrases
        answer: Answer = NOTHING
        done = partial(self._bot.shown, event) if insured else None
        if reply is not None:
            showing = self._show.reply(reply, origin, workspace, phrases, done)
            answer = await (showing if carried(reply, origin) else self._in_time(showing))
        if origin.from_home and isinstance(event, Press) and not only_looks(phrases, event):
            self.under_way.task(self._home_again(event, origin, workspace))
        return answer

    async def _in_time(self, showing: Coroutine[Any, Any, Answer]) -> Answer:
        task = self.under_way.task(showing)
        done, _ = await asyncio.wait([task], timeout=IN_TIME_S)
        return task.result() if done else NOTHING

    async def _home_again(self, press: Press, origin: Origin, workspace: Workspace) -> None:
        """Home shows what was done from it."""
        reply = await self._bot.handle(Opened(self._keys("again", press.key), origin.who, origin.where))
        if reply is not None:
            await self._show.reply(reply, origin, workspace, self._bot.house.phrases)

    async def _store(self, event: Event) -> None:
        """A reply to what no person did says that it could not be stored."""
        if await self._bot.handle(event) is not None:
            raise Unstored(type(event).__name__)

    async def _gone(self, body: Body) -> None:
        event = body["event"]
        if event["type"] == "tokens_revoked" and not event.get("tokens", {}).get("bot"):
            return
        given = (body.get("authorizations") or [{}])[0]
        enterprise = given.get("enterprise_id") or body.get("enterprise_id") or ""
        await self._workspaces.gone(enterprise, body.get("team_id") or given.get("team_id") or "")

    async def _title(self, workspace: Workspace, channel: str) -> str:
        """A channel's name; without it the channel is known all the same."""
        try:
            found = await self._web.ask(workspace, "conversations.info", channel=channel)
        except Exception as fault:  # noqa: BLE001 - whatever kept the name back, the channel must be stored
            log.warning("a channel's name was not told: %s", type(fault).__name__)
            return ""
        return str((found.get("channel") or {}).get("name") or "")

    async def _names(self, org: str, text: str, besides: str = "") -> dict[str, str]:
        """What those who are named in a text are called here."""
        users = [user for user in mentioned(text) if user != besides]
        if not users:
            return {}
        house = self._bot.house

        def look(tx: Tx) -> dict[str, str]:
            day = self._bot.now().date().isoformat()
            found = {u: people.resolve(tx, NAME, f"{org}:{u}", today=day) for u in users}
            return {u: p.name(house.lang) for u, p in found.items() if p is not None}

        return await self._bot.read(look)

    async def _failed(self, error: Exception, body: Body) -> BoltResponse:
        """Slack hears that it failed, and tells of events again; a person who typed hears it in words."""
        log.error("a request failed: %s", where(error))
        if not body.get("command"):
            return BoltResponse(status=500)
        house = self._bot.house
        said = {"response_type": "ephemeral", "text": house.phrases(house.lang, "cards.busy")}
        return BoltResponse(status=200, body=said)
