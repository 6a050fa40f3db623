"""Where the bot is, compared with what is known: a channel it was invited to while nobody was listening is found."""

from collections.abc import AsyncIterator
from typing import Any

from adapters.keys import Keys
from adapters.needs import BotLike
from adapters.slack.installations import Workspace, Workspaces
from adapters.slack.origin import NAME, shared
from adapters.slack.teams import served
from adapters.slack.web import Web
from bot.events import Joined, Left
from storage import places
from storage.database import Tx
from storage.places import PlaceRow

KINDS = "public_channel,private_channel"


class Channels:
    """Asks Slack for the bot's channels."""

    def __init__(self, bot: BotLike, web: Web, workspaces: Workspaces, keys: Keys) -> None:
        self._bot = bot
        self._web = web
        self._workspaces = workspaces
        self._keys = keys

    async def changed(self) -> AsyncIterator[Joined | Left]:
        """Channels that are new or back, then those of the same workspaces where the bot is no more."""
        known = {row.ext_id: row for row in await self._bot.read(_channels)}
        for workspace in await self._workspaces.everything():
            here: set[str] = set()
            async for event in self._all(workspace):
                here.add(event.where.id)
                row = known.get(event.where.id)
                if row is None or row.gone_at is not None:
                    yield event
            for row in known.values():
                if row.gone_at is None and row.ext_id not in here and _is_of(row, workspace):
                    yield Left(self._key("left", row.ext_id), shared(workspace.enterprise, *_address(row)))

    async def _all(self, workspace: Workspace) -> AsyncIterator[Joined]:
        async for team in served(self._web, workspace):
            asked = {"types": KINDS, "exclude_archived": True, **team}
            async for page in self._web.pages(workspace, "users.conversations", "channels", **asked):
                for channel in page:
                    yield self._joined(workspace, channel, team.get("team_id") or workspace.team)

    def _joined(self, workspace: Workspace, channel: dict[str, Any], team: str) -> Joined:
        where = shared(workspace.enterprise, team, channel["id"])
        return Joined(self._key("found", where.id), where, str(channel.get("name") or ""))

    def _key(self, what: str, place: str) -> str:
        return self._keys(what, place, self._bot.now().isoformat())


def _channels(tx: Tx) -> list[PlaceRow]:
    return [row for row in places.channels(tx) if row.platform == NAME]


def _is_of(row: PlaceRow, workspace: Workspace) -> bool:
    address = row.unpacked()
    same = address.get("enterprise", "") == workspace.enterprise
    return same and (workspace.org_wide or address.get("team") == workspace.team)


def _address(row: PlaceRow) -> tuple[str, str]:
    address = row.unpacked()
    return str(address.get("team", "")), str(address.get("channel", ""))
