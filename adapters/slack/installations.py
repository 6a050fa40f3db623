"""The workspaces that kizuki serves in Slack, each with its token: one from app.yaml, or several that installed it."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from adapters.platform import Later
from adapters.slack.faults import Mendable
from adapters.slack.tokens import Denied, Rotation, Unreachable, answered, end
from adapters.slack.vault import Vault
from bot.bot import Now
from bot.schedule import millis
from storage import installations
from storage.database import Database, Tx
from storage.installations import InstallationRow

PLATFORM = "slack"
LONGEST_WAIT_S = 300.0
FRESH = timedelta(seconds=3)
MOST_KEPT = 10_000

log = logging.getLogger("kizuki.slack")


@dataclass(frozen=True, slots=True)
class Workspace:
    """An installation as the adapter uses it; `team` is empty for one that serves a whole organisation."""

    enterprise: str
    team: str
    token: str = field(repr=False)
    bot_user: str
    bot_id: str
    app: str
    scopes: frozenset[str]
    org_wide: bool


class Workspaces(Protocol):
    """Where the adapter gets its tokens."""

    async def start(self) -> None:
        """Open what needs opening, inside the running event loop."""
        ...

    async def close(self) -> None:
        """Let go of it again."""
        ...

    async def find(self, enterprise: str, team: str) -> Workspace | None:
        """What serves a workspace, None where nothing does; raises `Later` while that is not known."""
        ...

    async def everything(self) -> list[Workspace]:
        """Every installation that can be used now."""
        ...

    async def gone(self, enterprise: str, team: str) -> None:
        """Slack told of an uninstallation or of revoked tokens. It is asked first: notices come late, and twice."""
        ...


class One:
    """One workspace, by the bot token in app.yaml.

    A start waits `patience` seconds for Slack at most; the second question comes `pause` seconds after the first.
    """

    def __init__(
        self, client_factory: Callable[[str], AsyncWebClient], token: str, *, patience: float = 5.0, pause: float = 2.0
    ) -> None:
        self._client_factory = client_factory
        self._token = token
        self._patience = patience
        self._pause = pause
        self._workspace: Workspace | None = None
        self._refused = ""
        self._asking: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Ask Slack whose token it is; while Slack is away, go on asking in the background."""
        self._ask()
        if self._asking:
            await asyncio.wait((self._asking,), timeout=self._patience)

    async def close(self) -> None:
        """Stop asking."""
        if self._asking:
            self._asking.cancel()
            await asyncio.wait((self._asking,))

    async def find(self, enterprise: str, team: str) -> Workspace | None:
        """The workspace, if it is this one; raises `Later` until Slack says which it is, and while it says no."""
        if self._workspace is None and self._asking and not self._asking.done():
            raise Later(self._pause)
        if self._refused:
            raise Mendable(self._refused)
        return self._workspace if self._workspace and _serves(self._workspace, enterprise, team) else None

    async def everything(self) -> list[Workspace]:
        """The workspace, once it is known."""
        return [self._workspace] if self._workspace else []

    async def gone(self, enterprise: str, team: str) -> None:
        """Ask Slack anew whether the token still works."""
        if self._workspace and _serves(self._workspace, enterprise, team):
            self._workspace = None
            self._ask()

    def _ask(self) -> None:
        if self._asking is None or self._asking.done():
            self._asking = asyncio.create_task(self._learn(), name="slack token")

    async def _learn(self) -> None:
        pause = self._pause
        while True:
            try:
                answer = await answered(self._client_factory(self._token).auth_test())
                self._workspace, self._refused = _told(answer, self._token), ""
            except Denied as denied:
                self._refused = denied.code
                log.error(
                    "Slack refuses platforms.slack.bot_token (%s): install the app in the workspace again, "
                    "put its new bot token in the environment and start kizuki again",
                    denied.code,
                )
                return
            except Unreachable as fault:
                log.warning("Slack does not say whose the bot token is (%s); asking again in %.0f s", fault.kind, pause)
                await asyncio.sleep(pause)
                pause = min(pause * 2, LONGEST_WAIT_S)
            else:
                return


class Several:
    """Workspaces that installed kizuki by themselves, from the database; other replicas may change them any moment.

    Every `every` seconds it looks which tokens expire soon.
    """

    def __init__(self, database: Database, vault: Vault, rotation: Rotation, now: Now, *, every: float = 60.0) -> None:
        self._database = database
        self._vault = vault
        self._rotation = rotation
        self._now = now
        self._every = every
        self._kept: dict[tuple[str, str], tuple[datetime, Workspace | None]] = {}
        self._renewing: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Seal every token with the newest key and keep them from expiring; raises `WrongKey` where one opens none."""
        await self._database.transact(self._resealed)
        self._renewing = asyncio.create_task(self._renew_on(), name="slack tokens")

    async def close(self) -> None:
        """Stop; a new token that Slack has handed out is written down first."""
        if self._renewing:
            self._renewing.cancel()
            await asyncio.wait((self._renewing,))
        await self._rotation.close()

    async def find(self, enterprise: str, team: str) -> Workspace | None:
        """The workspace, as it was at most a few seconds ago; raises `Later` while an expired token is renewed."""
        now = self._now()
        until, found = self._kept.get((enterprise, team), (now, None))
        if until > now:
            return found
        row = await self._database.read(lambda tx: installations.find(tx, PLATFORM, enterprise, team))
        row = await self._rotation.valid(row) if row else None
        found = self._opened(row) if row else None
        if len(self._kept) >= MOST_KEPT:
            self._kept.clear()
        self._kept[enterprise, team] = (now + FRESH, found)
        return found

    async def everything(self) -> list[Workspace]:
        """Every installation whose token has not expired."""
        found = []
        for row in await self._database.read(lambda tx: installations.everything(tx, PLATFORM)):
            try:
                current = await self._rotation.valid(row)
            except Later:
                log.warning("installation %d is left out: its token expired and is not renewed yet", row.id)
                continue
            if current:
                found.append(self._opened(current))
        return found

    async def gone(self, enterprise: str, team: str) -> None:
        """Let go of a workspace, unless Slack says that its token still works."""
        row = await self._database.read(lambda tx: installations.find(tx, PLATFORM, enterprise, team))
        if row and await self._rotation.is_dead(row):
            at = millis(self._now())
            await self._database.transact(lambda tx: end(tx, row, at=at))
        self.changed()

    def changed(self) -> None:
        """Forget what was looked up: an installation came or went."""
        self._kept.clear()

    async def renew(self) -> None:
        """Renew every token that expires soon."""
        rows = await self._database.read(lambda tx: installations.everything(tx, PLATFORM))
        # One that fails was logged; it must not keep the others waiting.
        await asyncio.gather(*(self._rotation.renew(row) for row in rows), return_exceptions=True)

    async def _renew_on(self) -> None:
        while True:
            try:
                await self.renew()
            except Exception as fault:  # noqa: BLE001 - the tokens are good for two more hours: look again in a minute
                log.warning("tokens were not renewed: %s", type(fault).__name__)
            await asyncio.sleep(self._every)

    def _resealed(self, tx: Tx) -> None:
        for row in installations.everything(tx, PLATFORM):
            token, refresh = self._vault.open(row.token), self._vault.open(row.refresh)
            if not (self._vault.is_newest(row.token) and self._vault.is_newest(row.refresh)):
                sealed = {"token": self._vault.seal(token), "refresh": self._vault.seal(refresh)}
                installations.reseal(tx, row, **sealed)

    def _opened(self, row: InstallationRow) -> Workspace:
        return Workspace(
            row.enterprise,
            row.team,
            self._vault.open(row.token),
            row.bot_user,
            row.bot_id,
            row.app,
            _scopes(row.scopes),
            row.org_wide,
        )


def _serves(workspace: Workspace, enterprise: str, team: str) -> bool:
    return enterprise == workspace.enterprise if workspace.org_wide else team == workspace.team


def _told(answer: AsyncSlackResponse, token: str) -> Workspace:
    """The workspace in an answer of auth.test; raises `Unreachable` where it names none, or no bot."""
    named = {name: answer.get(name) or "" for name in ("enterprise_id", "team_id", "user_id", "bot_id", "app_id")}
    org_wide = answer.get("is_enterprise_install") is True
    # Of a token for a whole organisation, Slack may give the organisation as its team.
    enterprise = named["enterprise_id"] or (named["team_id"] if org_wide else "")
    if not all(isinstance(value, str) for value in named.values()) or not (named["team_id"] and named["user_id"]):
        raise Unreachable("an odd answer")
    return Workspace(
        enterprise,
        "" if org_wide else named["team_id"],
        token,
        named["user_id"],
        named["bot_id"],
        named["app_id"],
        _scopes(answer.headers.get("x-oauth-scopes", "")),
        org_wide,
    )


def _scopes(text: str) -> frozenset[str]:
    return frozenset(scope for part in text.split(",") if (scope := part.strip()))
