"""Where the bot is in Teams, compared with what is known: a team it came to while nobody listened is not lost."""

import logging
from collections.abc import AsyncIterator
from typing import Any

from adapters.keys import Keys
from adapters.needs import BotLike
from adapters.platform import Gone
from adapters.teams.connector import Connector
from adapters.teams.faults import Refused
from adapters.teams.origin import text
from adapters.teams.whereabouts import Team, of_team, placed, teams
from bot.events import Joined, Left

log = logging.getLogger("kizuki.teams")


class Places:
    """Asks Teams for the channels of the bot's teams."""

    def __init__(self, bot: BotLike, connector: Connector, keys: Keys) -> None:
        self._bot = bot
        self._connector = connector
        self._keys = keys

    async def changed(self) -> AsyncIterator[Joined | Left]:
        """Channels that are there no more, team by team; a team without the bot has none."""
        for team in await self._bot.read(teams):
            if not team.place.address.get("team"):
                continue
            try:
                found = await self._connector.channels(team.place, team.id)
            except Gone:
                found = []
            except Refused as refused:
                log.warning("the channels of a team were not told: %s", refused)
                continue
            async for event in self._compared(team, found):
                yield event

    async def _compared(self, team: Team, found: list[dict[str, Any]]) -> AsyncIterator[Left]:
        here = {text(channel, "id") for channel in found}
        for row in await self._bot.read(of_team, team.id):
            if str(row.unpacked()["conversation"]) not in here:
                key = self._keys("left", row.ext_id, self._bot.now().isoformat())
                yield Left(key, placed(row), "removed")
