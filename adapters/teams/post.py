"""Posting a card: drawn, as plain text where Teams will not draw it, shorter where it is too large."""

import logging
from collections.abc import Awaitable, Callable
from typing import Any

from adapters.needs import BotLike
from adapters.platform import Gone
from adapters.teams import render
from adapters.teams.calling import called
from adapters.teams.connector import Connector
from adapters.teams.faults import Refused
from adapters.teams.render import Drawing, Surface
from bot.cards import Card
from bot.dispatch import DIALOGS
from bot.events import Place

Json = dict[str, Any]
CHAT = "https://teams.microsoft.com/l/chat/0/0?users=28:{app_id}"

log = logging.getLogger("kizuki.teams")


class Post:
    """Draws cards and has them sent or changed."""

    def __init__(self, bot: BotLike, connector: Connector, app_id: str) -> None:
        self._bot = bot
        self._connector = connector
        self._chat = CHAT.format(app_id=app_id)

    def drawing(self, card: Card, tenant: str, surface: Surface = "message") -> Drawing:
        """What drawing a card needs."""
        return Drawing(self._bot.house.phrases.bound(card.lang), tenant, surface, DIALOGS, self._chat)

    def worded(self, card: Card) -> Card:
        """The card as it is said in Teams."""
        return called(card, self._bot.house.phrases.bound(card.lang))

    async def send(self, place: Place, card: Card, *, key: str, thread: str = "", plain: bool = False) -> str:
        """Post a card, or its text alone, in a conversation or a thread of it; returns Teams' id of the message."""
        if plain:
            return await self._connector.send(place, render.plain_message(self.worded(card)), key=key, thread=thread)
        return await self._drawn(
            card, place, lambda message: self._connector.send(place, message, key=key, thread=thread)
        )

    async def only_to(self, place: Place, member: str, card: Card, *, key: str, thread: str = "") -> str:
        """Post a card in a channel or group chat that one person sees."""

        async def send(message: Json) -> str:
            return await self._connector.send_only_to(place, member, alone(message), key=key, thread=thread)

        return await self._drawn(card, place, send)

    async def update(self, place: Place, message: str, card: Card, *, key: str, only: bool = False) -> bool:
        """Put a card in the place of a message; False where it is not there any more, or may not be changed.

        `only` is a message in a channel or group chat that one person sees.
        """

        async def change(drawn: Json) -> str:
            await self._connector.update(place, message, alone(drawn) if only else drawn, key=key, alone=only)
            return message

        try:
            await self._drawn(card, place, change)
        except (Refused, Gone) as fault:
            # A message that can be changed no more says nothing of the place it stood in.
            log.info("a message stays as it is: %s", fault)
            return False
        return True

    async def _drawn(self, card: Card, place: Place, call: Callable[[Json], Awaitable[str]]) -> str:
        card = self.worded(card)
        message = render.message(card, self.drawing(card, str(place.address["tenant"])))
        try:
            return await call(message)
        except Refused as refused:
            if refused.status not in (400, 413):
                raise
            log.error("Teams would not draw a card and got its text alone: %s", refused)
            return await call(render.plain_message(card))


def alone(found: Any) -> Any:
    """The same message with a mark in what its buttons send: only one person sees it."""
    if isinstance(found, list):
        return [alone(one) for one in found]
    if not isinstance(found, dict):
        return found
    kept = {name: alone(inner) for name, inner in found.items()}
    return {**kept, "o": "1"} if "a" in found and "v" in found else kept
