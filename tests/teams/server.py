"""A Microsoft Teams of our own, over HTTP on this machine, strict enough to refuse.

    async with LocalTeams() as teams:
        hanako = teams.person("hanako")
        team = teams.team("試験都庁", "窓口課", members=[hanako])
        teams.app_url = "http://127.0.0.1:3978/teams/messages"
        await hanako.writes("気づき …")

It is the connector a bot writes to, the keys its requests are signed with, and the login that hands out the bot's own
tokens. It knows nothing of the app but its address and what it says at the wire. What the app does that Teams would not
show to anybody, such as a card with a typing error, is in `faults`.
"""

import itertools
import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import aiohttp
from aiohttp import web

from tests.teams import connector, login, signing, uploads
from tests.teams.conversations import Conversation, Message, Team
from tests.teams.deliveries import Deliveries
from tests.teams.happenings import Happenings
from tests.teams.refusals import Limits, Refusal
from tests.teams.tenant import Account, Json, Tenant, guid, pairwise

if TYPE_CHECKING:
    from tests.teams.person import Person

TOKEN_LIVES_S = 86_399


@dataclass(eq=False)
class Call:
    """One request of the app: what it wanted, with what, and how it was answered."""

    what: str
    conversation: str
    body: Any
    query: dict[str, str]
    at: float
    token: str = ""
    status: int = 0
    answer: Any = field(default_factory=dict)

    @property
    def code(self) -> str:
        """Teams' word for the refusal, or ""."""
        error = self.answer.get("error") if isinstance(self.answer, dict) else None
        return str(error.get("code", "")) if isinstance(error, dict) else ""


class LocalTeams:
    """The whole of Teams, for one bot."""

    def __init__(self, *, clock: Callable[[], float] = time.time) -> None:
        self.app_url = ""
        self.app_id = guid("app")
        self.password = secrets.token_hex(16)
        self.name = "kizuki"
        self.tenants: dict[str, Tenant] = {}
        self.people: dict[str, Person] = {}
        self.teams: dict[str, Team] = {}
        self.conversations: dict[str, Conversation] = {}
        self.calls: list[Call] = []
        self.refusals: list[Refusal] = []
        self.limits = Limits()
        self.faults: list[str] = []
        self.lints = True
        self.smallest_page = 1
        self.typing: list[str] = []
        self.tokens: dict[str, float] = {}
        self.keys = signing.Keys()
        self.uploads: dict[str, uploads.Upload] = {}
        # Ids of activities the bot was told of: it may answer to them.
        self.told: set[str] = set()
        self.deliveries = Deliveries(self)
        self.events = Happenings(self)
        self._clock, self._ahead, self._last = clock, 0.0, 0
        self._numbers = itertools.count(1)
        self._runner: web.AppRunner | None = None
        self.home = self.tenant("T1", "試験都庁")

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
        app.add_routes([*login.routes(self), *uploads.routes(self), *connector.routes(self)])
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.port = self._runner.addresses[0][1]
        self.session = aiohttp.ClientSession()

    async def stop(self) -> None:
        """Close every connection."""
        await self.session.close()
        if self._runner is not None:
            await self._runner.cleanup()

    @property
    def url(self) -> str:
        """Where this Teams is, with a slash at its end: the service URL of every activity."""
        return f"http://127.0.0.1:{self.port}/"

    @property
    def openid(self) -> str:
        """Where the signing keys are published."""
        return f"{self.url}v1/.well-known/openidconfiguration"

    @property
    def bot(self) -> Json:
        """The bot as an account in a chat."""
        return {"id": f"28:{self.app_id}", "name": self.name}

    def now(self) -> float:
        """This moment, in seconds; `later` moves it."""
        return self._clock() + self._ahead

    def later(self, seconds: float) -> None:
        """Let time pass for limits and for the bot's own tokens."""
        self._ahead += seconds

    def stamp(self) -> str:
        """The id of a message: milliseconds, and no other message has it."""
        self._last = max(int(self.now() * 1_000), self._last + 1)
        return str(self._last)

    def ident(self, prefix: str) -> str:
        """The id of an event or an invoke, such as f:…"""
        return f"{prefix}:{guid(self.app_id, str(next(self._numbers)), secrets.token_hex(4))}"

    async def bearer(self) -> str:
        """A token of the bot, good for a day: what the login would hand out."""
        return self.hand_out()

    def hand_out(self, lives: float = TOKEN_LIVES_S) -> str:
        """A new token of the bot, good for so many seconds."""
        value = f"eyJ0eXAi.{secrets.token_urlsafe(24)}"
        self.tokens[value] = self.now() + lives
        return value

    def token(self, **overrides: Any) -> str:
        """A token such as Teams sends with a request, or a bad one: see `signing.token`."""
        return signing.token(self.keys, self.app_id, self.url, **overrides)

    def rotate_key(self, *, remove_old: bool = False) -> signing.Key:
        """Sign with another key from now on; `remove_old` takes those before it out of the published set."""
        found = self.keys.rotate()
        for key in self.keys.published[:-1] if remove_old else ():
            self.keys.remove(key.kid)
        return found

    def tenant(self, name: str, title: str = "") -> Tenant:
        """An organisation."""
        found = Tenant(guid("tenant", name), title or name)
        self.tenants[found.id] = found
        return found

    def person(self, name: str, *, tenant: Tenant | None = None, **about: Any) -> "Person":
        """Somebody with an account: `email`, `role`, `locale`, `installed`, `blocked` and more; see `Account`."""
        from tests.teams.person import Person

        home = tenant or self.home
        given: Json = {"email": f"{name}@city.example", "upn": f"{name}@city.example", **about}
        account = Account(name, home.id, **given)
        home.accounts[account.oid] = account
        self.people[account.id] = found = Person(self, home, account)
        return found

    def team(
        self, name: str, *channels: str, members: Sequence["Person"], bot: bool = True, tenant: Tenant | None = None
    ) -> Team:
        """A team with a general channel and these, these people in it, and the bot unless said otherwise."""
        home = tenant or (members[0].tenant if members else self.home)
        ident = f"19:{guid('team', home.id, name).replace('-', '')}@thread.tacv2"
        found = Team(ident, name, home.id, guid("group", home.id, name), [p.account for p in members], bot=bot)
        self.teams[found.id] = found
        self.channel(found, "General", ident)
        for channel in channels:
            self.channel(found, channel)
        return found

    def channel(self, team: Team, name: str, ident: str = "") -> Conversation:
        """Another channel of a team; nobody is told of it: see `events.creates_channel`."""
        ident = ident or f"19:{guid('channel', team.id, name).replace('-', '')}@thread.tacv2"
        found = Conversation(ident, "channel", team.tenant, name=name, team=team)
        team.channels.append(found)
        self.conversations[found.id] = found
        return found

    def group(self, *members: "Person", name: str = "", bot: bool = True) -> Conversation:
        """A group chat of these people, with the bot unless said otherwise."""
        home, number = members[0].tenant.id, str(next(self._numbers))
        ident = f"19:{guid('group', number).replace('-', '')}@thread.v2"
        found = Conversation(ident, "groupChat", home, [p.account for p in members], name, here=bot)
        self.conversations[found.id] = found
        return found

    def personal(self, account: Account) -> Conversation:
        """The bot's chat with somebody, opened if need be."""
        ident = pairwise("a", account.tenant, account.oid)
        if ident not in self.conversations:
            self.conversations[ident] = Conversation(ident, "personal", account.tenant, [account])
        return self.conversations[ident]

    def refuse(self, what: str = "*", *, status: int = 500, **how: Any) -> Refusal:
        """Refuse calls ("*": of any kind): see `Refusal`; `times` is 1."""
        found = Refusal(what, status, **how)
        self.refusals.append(found)
        return found

    def called(self, what: str, *, status: int = 0) -> list[Call]:
        """The calls of one kind, oldest first; with `status` those that were answered so."""
        return [c for c in self.calls if c.what == what and status in (0, c.status)]

    def post(self, message: Message) -> Message:
        """Put a message where those see it whom it is for."""
        conversation = message.conversation
        conversation.posted.append(message)
        for account in conversation.people:
            if account.id in self.people and message.to in ("", account.id):
                self.people[account.id].notices(message)
        return message
