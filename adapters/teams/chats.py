"""The chats of people with the bot: where each is, and opening one that nobody has written in yet."""

from dataclasses import replace

from adapters.needs import BotLike
from adapters.platform import Gone
from adapters.teams.connector import Connector
from adapters.teams.origin import NAME, Origin, private
from adapters.teams.recent import Recent
from bot.events import Handle, Place
from storage import places
from storage.database import Tx


class Chats:
    """Finds the private chat of a person; one that was opened is remembered, here and in the database."""

    def __init__(self, bot: BotLike, connector: Connector) -> None:
        self._bot = bot
        self._connector = connector
        self._opened: Recent[str] = Recent()

    async def of(self, origin: Origin) -> Place:
        """The chat of whoever did something, wherever they did it."""
        if origin.personal:
            return origin.where
        known = await self._bot.read(_known, f"{origin.tenant}:{origin.user}")
        found = private(origin.service, origin.tenant, origin.user, origin.member)
        if known is not None and known.get("conversation"):
            return replace(found, address={**known, "service": origin.service})
        return found

    async def opened(self, place: Place, *, key: str) -> Place:
        """The place with its conversation, which is opened where nobody did; raises `Gone` where that may not be."""
        if place.address.get("conversation"):
            return place
        conversation = self._opened.get(place.id) or await self._open(place, key)
        return replace(place, address={**place.address, "conversation": conversation})

    async def _open(self, place: Place, key: str) -> str:
        found = await self._connector.create(place, key=key)
        if not found:
            raise Gone("not_installed")
        self._opened[place.id] = found
        known = replace(place, address={**place.address, "conversation": found})
        await self._bot.keep(Handle(NAME, place.id), known)
        return found

    def forget(self, place: Place) -> None:
        """Somebody cannot be written to there any more."""
        self._opened.pop(place.id, None)


def _known(tx: Tx, account: str) -> dict[str, object] | None:
    found = places.find(tx, NAME, account)
    return found.unpacked() if found is not None and found.gone_at is None else None
