"""Microsoft Teams as a platform: its one route, who is who there, and what the bot says unprompted."""

import logging
from collections.abc import AsyncIterator, Sequence

from aiohttp import web

from adapters.platform import Account, Gone
from adapters.teams.chats import Chats
from adapters.teams.connector import Connector
from adapters.teams.directory import Directory
from adapters.teams.door import Door, Turned
from adapters.teams.faults import Troubled
from adapters.teams.listen import Listeners
from adapters.teams.origin import NAME, Activity, text
from adapters.teams.places import Places
from adapters.teams.post import Post
from adapters.teams.reacting import reference
from adapters.teams.signers import Signers
from adapters.teams.turns import Turns
from adapters.trouble import Trouble
from adapters.underway import UnderWay
from bot.cards import Card
from bot.events import Joined, Left, Place, Profile
from bot.trace import where

PATH = "/teams/messages"
CLOSE_S = 5.0

log = logging.getLogger("kizuki.teams")


class Teams:
    """Teams, in one tenant or several."""

    name = NAME

    def __init__(
        self,
        *,
        connector: Connector,
        signers: Signers,
        door: Door,
        turns: Turns,
        listeners: Listeners,
        directory: Directory,
        places: Places,
        chats: Chats,
        post: Post,
        under_way: UnderWay,
    ) -> None:
        self._connector = connector
        self._signers = signers
        self._door = door
        self._turns = turns
        self._listeners = listeners
        self._directory = directory
        self._places = places
        self._chats = chats
        self._post = post
        self._trouble = Trouble()
        self.under_way = under_way

    def routes(self) -> Sequence[web.AbstractRouteDef]:
        """The one address Teams sends everything to."""
        return [web.post(PATH, self._request)]

    async def start(self) -> None:
        """Open what calls Microsoft."""
        self._connector.open()

    async def close(self) -> None:
        """Let what is being done be done and shown, for a while, and let go."""
        if not await self.under_way.ended(CLOSE_S):
            log.warning("not everything was shown before the end")
        await self._connector.close()
        await self._signers.close()

    async def profile(self, ext_id: str) -> Profile | None:
        """What Teams says of one of its accounts."""
        return await self._directory.profile(ext_id)

    def everyone(self) -> AsyncIterator[list[Account]]:
        """Everybody in the bot's teams, page by page."""
        return self._directory.everyone()

    def places(self) -> AsyncIterator[Joined | Left]:
        """The channels that are there no more."""
        return self._places.changed()

    async def send(self, place: Place, card: Card, *, key: str, replaces: str = "") -> str:
        """Post a card, or put it in an earlier one's place; the reference is "conversation|message"."""
        if replaces:
            conversation, _, message = replaces.rpartition("|")
            there = Place(NAME, place.id, place.private, {**place.address, "conversation": conversation})
            await self._post.update(there, message, card, key=key)
            return replaces
        try:
            found = await self._chats.opened(place, key=key)
            message = await self._post.send(found, card, key=key, plain=self._trouble.is_old(key))
        except Gone:
            self._chats.forget(place)
            raise
        except Troubled as troubled:
            self._trouble.met(key, troubled)
            raise
        self._trouble.over(key)
        return reference(str(found.address["conversation"]), message)

    async def _request(self, request: web.Request) -> web.Response:
        try:
            activity = await self._door.read(request)
        except Turned as turned:
            log.info("turned away with %d: %s", turned.status, turned)
            return web.Response(status=turned.status)
        try:
            answer = await self._turns.run(activity, self._listeners)
        except Exception as fault:  # noqa: BLE001 - Teams hears that it failed, and nothing of why
            log.error("%s failed: %s", _kind(activity), where(fault))
            return web.Response(status=500)
        if answer is None:
            return web.Response()
        if answer.body is None:
            return web.Response(status=answer.status)
        return web.json_response(answer.body, status=answer.status)


def _kind(activity: Activity) -> str:
    """What kind of activity it was, in a word that holds nothing a person wrote."""
    kind = f"{text(activity, 'type')} {text(activity, 'name')}".strip()[:60]
    return kind if kind.isascii() and kind.replace("/", "").replace(" ", "").isalnum() else "an activity"
