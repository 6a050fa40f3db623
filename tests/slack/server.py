"""A Slack of our own, over HTTP and WebSocket on this machine, strict enough to refuse.

    async with LocalSlack() as slack:
        hanako = slack.person("hanako")
        slack.opens("C1", "窓口課", hanako)
        slack.app_url = "http://127.0.0.1:3000/slack/events"
        await hanako.types("/kizuki …", channel="C1")

It knows nothing of the app but its address and what it says at the wire. What the app does that Slack would not show to
anybody, such as a dialog that does not draw, is in `faults`; what Slack takes but advises against is in `advice`.
"""

import math
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, Self

import aiohttp
from aiohttp import web

from tests.slack import calls
from tests.slack.deliveries import Deliveries
from tests.slack.happenings import Happenings
from tests.slack.refusals import Limits, Refusal
from tests.slack.responses import ResponseUrl
from tests.slack.sockets import Sockets
from tests.slack.triggers import Triggers
from tests.slack.users import User
from tests.slack.workspace import Channel, Json, Kind, Message, Token, Workspace, ident

if TYPE_CHECKING:
    from tests.slack.person import Person


@dataclass(eq=False)
class Call:
    """One request of the app: which method, with what, by whom, and how it was answered."""

    method: str
    args: Json
    token: str
    at: float
    status: int = 200
    answer: Json = field(default_factory=dict)

    @property
    def error(self) -> str:
        """Slack's word for the refusal, or ""."""
        return str(self.answer.get("error", ""))


@dataclass(eq=False)
class File:
    """A file on its way in or shared; `shared` names the conversations it was shared in."""

    id: str
    name: str
    length: int
    content: bytes | None = None
    title: str = ""
    shared: list[str] = field(default_factory=list)


class LocalSlack:
    """The whole of Slack, for one app."""

    def __init__(
        self, *, transport: Literal["http", "socket"] = "http", clock: Callable[[], float] = time.time
    ) -> None:
        self.transport = transport
        self.app_url = ""
        self.app_id = "A0KIZUKI"
        self.signing_secret = secrets.token_hex(16)
        self.app_token = f"xapp-1-{self.app_id}-1-{secrets.token_hex(8)}"
        self.client_id, self.client_secret = "111.222", secrets.token_hex(16)
        self.verification = secrets.token_hex(8)
        self.workspaces: dict[str, Workspace] = {}
        self.people: dict[str, Person] = {}
        self.calls: list[Call] = []
        self.limited: list[Call] = []
        self.refusals: list[Refusal] = []
        self.limits = Limits()
        self.faults: list[str] = []
        self.advice: list[str] = []
        self.files: dict[str, File] = {}
        self.response_urls: dict[str, ResponseUrl] = {}
        self.codes: dict[str, calls.Grant] = {}
        self.refresh_tokens: dict[str, Token] = {}
        self.rotates = False
        self.lints = True
        self.subscribed: set[str] | None = None
        self.triggers = Triggers(self)
        self.sockets = Sockets(self)
        self.deliveries = Deliveries(self)
        self.events = Happenings(self)
        self._clock, self._ahead, self._last_ts = clock, 0.0, 0.0
        self._runner: web.AppRunner | None = None
        self.home = self.workspace("T1")

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def start(self) -> None:
        """Listen on a free port of this machine."""
        app = web.Application(client_max_size=64 * 1024 * 1024)
        app.add_routes(calls.routes(self))
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.port = self._runner.addresses[0][1]
        self.session = aiohttp.ClientSession()

    async def stop(self) -> None:
        """Close every connection."""
        await self.sockets.close()
        await self.session.close()
        if self._runner is not None:
            await self._runner.cleanup()

    @property
    def url(self) -> str:
        """Where this Slack is, without a slash at its end."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def api(self) -> str:
        """The address of the Web API, for `AsyncWebClient(base_url=…)`."""
        return f"{self.url}/api/"

    @property
    def token(self) -> str:
        """The bot's token in the first workspace."""
        return self.home.token

    def now(self) -> float:
        """This moment, in seconds; `later` moves it."""
        return self._clock() + self._ahead

    def later(self, seconds: float) -> None:
        """Let time pass for triggers, response_urls, tokens and limits."""
        self._ahead += seconds

    def ts(self) -> str:
        """A moment that no other message has."""
        self._last_ts = max(self.now(), self._last_ts + 0.000_010)
        return f"{self._last_ts:.6f}"

    def workspace(self, ident_: str, *, enterprise: str = "", everywhere: bool = False, name: str = "") -> Workspace:
        """Found a workspace with the app in it; `everywhere` says the app was installed for the whole organisation."""
        found = Workspace(ident_, self.app_id, enterprise=enterprise, everywhere=everywhere)
        found.name = name or found.name
        found.domain = f"{found.domain}-{ident_.lower()}"
        found.bot_id = f"B{ident_}"
        found.bot_user = f"U{ident_}BOT"
        bot = User(found.bot_user, "kizuki", ident_, enterprise, "kizuki", bot=True)
        found.users = {bot.id: bot, "USLACKBOT": User("USLACKBOT", "slackbot", ident_, real_name="Slackbot")}
        self.workspaces[ident_] = found
        self.grant(found)
        return found

    def grant(self, workspace: Workspace, *, lives: float | None = None) -> Token:
        """A new token of the bot in a workspace; with `lives` it is good for so many seconds."""
        kind = "xoxe.xoxb-1" if lives else "xoxb"
        token = Token(f"{kind}-{workspace.id}-{secrets.token_hex(12)}", workspace, everywhere=workspace.everywhere)
        token.expires_at = self.now() + lives if lives else None
        if workspace.tokens:
            token.scopes = workspace.tokens[-1].scopes
        workspace.tokens.append(token)
        return token

    def person(self, name: str, *, workspace: Workspace | None = None, **about: Any) -> "Person":
        """Somebody with an account: `id`, `email`, `real_name`, `locale` and more; see `User`."""
        from tests.slack.person import Person

        home = workspace or self.home
        team = about.pop("team", home.id)
        given: Json = {"id": f"U{name.upper()}", "real_name": name.title(), "email": f"{name}@city.example", **about}
        user = User(name=name, team=team, enterprise=home.enterprise if team == home.id else "", **given)
        home.users[user.id] = user
        self.people[user.id] = found = Person(self, home, user)
        return found

    def opens(
        self, channel: str, name: str, *members: "Person", bot: bool = True, kind: Kind = "public_channel"
    ) -> Channel:
        """A channel with these people in it, and with the bot unless said otherwise."""
        home = members[0].workspace if members else self.home
        inside = [p.id for p in members] + ([home.bot_user] if bot else [])
        return home.add(Channel(channel, name, kind, inside))

    def channel(self, channel: str) -> Channel:
        """A channel by its id, in whichever workspace it is."""
        return next(w.channels[channel] for w in self.workspaces.values() if channel in w.channels)

    def refuse(self, method: str, *, status: int = 200, error: str = "", **how: Any) -> Refusal:
        """Refuse calls of a method ("*": of any; "response_url", "upload"): see `Refusal`; `times` is 1."""
        word = error or ("ratelimited" if status == 429 else "internal_error" if status >= 500 else "")
        found = Refusal(method, status, word, **how)
        self.refusals.append(found)
        return found

    def limit(
        self, *, per_channel: float = math.inf, burst: int = 1, per_minute: float = math.inf, window: float = 60.0
    ) -> None:
        """Take only so many messages: a second and channel, and in each `window` of seconds and workspace."""
        self.limits.per_channel, self.limits.burst = per_channel, burst
        self.limits.per_workspace, self.limits.window = per_minute, window

    def called(self, method: str) -> list[Call]:
        """The calls of one method, oldest first."""
        return [c for c in self.calls if c.method == method]

    def post(self, workspace: Workspace, channel: Channel, message: Message) -> Message:
        """Put a message where everybody in a channel sees it."""
        channel.posted.append(message)
        for person in self.people.values():
            if person.workspace is workspace:
                person.notices(message, channel)
        return message

    def whisper(self, workspace: Workspace, user: str, message: Message) -> Message:
        """Show a message to one person."""
        message.to = user
        workspace.ephemerals.setdefault(user, []).append(message)
        self.attention(user, message)
        return message

    def attention(self, user: str, thing: Any) -> None:
        """Somebody now looks at this."""
        if user in self.people:
            self.people[user].looks_at(thing)

    def response_url(self, workspace: Workspace, channel: str, user: str, origin: Message | None = None) -> str:
        """A new address to answer somebody at."""
        path = f"/response/{workspace.id}/{ident('R')}"
        self.response_urls[path] = ResponseUrl(workspace, channel, user, origin, self.now())
        return self.url + path
