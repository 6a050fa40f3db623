"""Who is in a workspace: Slack's users as accounts, with what Slack says of each."""

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from typing import Any

from adapters.needs import BotLike
from adapters.platform import Account, Gone
from adapters.slack.installations import Workspace, Workspaces
from adapters.slack.origin import NAME, private
from adapters.slack.teams import served
from adapters.slack.web import Web
from bot.events import Profile
from storage import accounts

User = Mapping[str, Any]
SLACKBOT = "USLACKBOT"
LOOK_UP_S = 0.8

log = logging.getLogger("kizuki.slack")


class Directory:
    """Looks people up, one by one and all at once."""

    def __init__(self, bot: BotLike, web: Web, workspaces: Workspaces) -> None:
        self._bot = bot
        self._web = web
        self._workspaces = workspaces

    async def profile(self, ext_id: str) -> Profile | None:
        """What Slack says of one account ("T1:U2"). Whoever is of no workspace of ours is a guest from elsewhere."""
        org, _, user = ext_id.partition(":")
        unknown: Gone | None = None
        for workspace in await self._of(org):
            try:
                found = await self._web.ask(workspace, "users.info", user=user, include_locale=True)
            except Gone as gone:
                # Of an organisation's workspaces that were installed one by one, each knows its own people.
                unknown = gone
                continue
            _, known, chat = account(found["user"], workspace)
            return replace(known, chat=chat)
        if unknown is not None:
            raise unknown
        return Profile(kind="guest")

    async def acquaint(self, ext_id: str) -> None:
        """Make the writer of a message known who never wrote to the bot; where Slack is slow, they stay unknown."""
        if ext_id.endswith(":") or await self._bot.read(accounts.get, NAME, ext_id) is not None:
            return
        try:
            async with asyncio.timeout(LOOK_UP_S):
                found = await self.profile(ext_id)
        except Exception as fault:  # noqa: BLE001 - nobody is kept from their own doing by that
            log.warning("a writer was not looked up: %s", type(fault).__name__)
            return
        if found is not None:
            await self._bot.take_in(NAME, [(ext_id, found, found.chat)])

    async def everyone(self) -> AsyncIterator[list[Account]]:
        """Everybody in every workspace, page by page; in an organisation of several, each once."""
        seen: set[str] = set()
        closed: dict[str, Account] = {}
        async for found in self._pages():
            # In an organisation somebody may be gone from one workspace and at work in another.
            closed |= {one[0]: one for one in found if one[1].gone}
            yield [one for one in found if one[0] not in seen and not one[1].gone]
            seen |= {one[0] for one in found if not one[1].gone}
        yield [one for ident, one in closed.items() if ident not in seen]

    async def changed(self, user: User, workspace: Workspace) -> None:
        """One account came or changed. Whether it is closed in a whole organisation, only the night's reading tells."""
        found = account(user, workspace)
        if not (found[1].gone and workspace.enterprise):
            await self._bot.take_in(NAME, [found])

    async def _pages(self) -> AsyncIterator[list[Account]]:
        for workspace in await self._workspaces.everything():
            async for team in served(self._web, workspace):
                async for page in self._web.pages(workspace, "users.list", "members", include_locale=True, **team):
                    yield [account(user, workspace) for user in page if user["id"] != SLACKBOT]

    async def _of(self, org: str) -> list[Workspace]:
        return [w for w in await self._workspaces.everything() if org == (w.enterprise or w.team)]


def account(user: User, workspace: Workspace) -> Account:
    """A user as an account, with the chat it is written to in; none for whom nobody writes to."""
    org = workspace.enterprise or workspace.team
    found = profile(user, workspace)
    place = private(workspace.enterprise, workspace.team, org, user["id"])
    return f"{org}:{user['id']}", found, None if found.gone or found.kind == "bot" else place


def profile(user: User, workspace: Workspace) -> Profile:
    """What Slack says of a user. An e-mail counts where Slack has seen it confirmed."""
    about = user.get("profile") or {}
    return Profile(
        kind=_kind(user, workspace),
        email=str(about.get("email") or ""),
        verified=bool(user.get("is_email_confirmed")),
        name=str(about.get("real_name") or user.get("real_name") or ""),
        locale=str(user.get("locale") or ""),
        gone=bool(user.get("deleted")),
    )


def _kind(user: User, workspace: Workspace) -> Any:
    if user.get("is_bot") or user.get("is_workflow_bot"):
        return "bot"
    if workspace.enterprise:
        # Slack's own flag for strangers is not set on people of organisations we share a channel with.
        elsewhere = (user.get("enterprise_user") or {}).get("enterprise_id") != workspace.enterprise
    else:
        elsewhere = user.get("team_id", workspace.team) != workspace.team
    limited = user.get("is_restricted") or user.get("is_ultra_restricted") or user.get("is_stranger")
    return "guest" if limited or elsewhere else "member"
