"""Where the bot is in Teams, compared with what is known: what was missed while nobody listened is not lost."""

import logging
from collections.abc import AsyncIterator
from datetime import timedelta

from adapters.keys import Keys
from adapters.needs import BotLike
from adapters.platform import Gone, Later
from adapters.teams.connector import Connector
from adapters.teams.faults import Refused
from adapters.teams.whereabouts import lately, placed
from bot.events import Joined, Left
from bot.schedule import millis
from storage.places import PlaceRow

# How long a place that was lost is looked for.
LOOKED_FOR = timedelta(days=30)

log = logging.getLogger("kizuki.teams")


class Places:
    """Asks Teams for the channels of the bot's teams."""

    def __init__(self, bot: BotLike, connector: Connector, keys: Keys) -> None:
        self._bot = bot
        self._connector = connector
        self._keys = keys

    async def changed(self) -> AsyncIterator[Joined | Left]:
        """Channels that are there no more, and those that are there after all; each is asked about by itself."""
        for row in await self._bot.read(lately, millis(self._bot.now() - LOOKED_FOR)):
            there = await self._is_there(row)
            if there is False and row.gone_at is None:
                yield Left(self._key("left", row), placed(row), "removed")
            elif there and row.gone_at is not None and row.gone_why != "archived":
                yield Joined(self._key("back", row), placed(row), greets=False)

    async def _is_there(self, row: PlaceRow) -> bool | None:
        """Whether the bot is in a channel: its members can be asked for. None where Teams does not say."""
        where = placed(row)
        try:
            async for _ in self._connector.members(where, str(where.address["conversation"]), size=1):
                return True
        except Gone:
            return False
        except (Later, Refused) as fault:
            log.info("a channel was not asked about: %s", type(fault).__name__)
        return None

    def _key(self, what: str, row: PlaceRow) -> str:
        return self._keys(what, row.ext_id, self._bot.now().isoformat())
