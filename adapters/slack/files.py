"""Files made for one person, sent to their own chat with the bot, where nobody else comes."""

import logging

import aiohttp

from adapters.files.fetching import Fetched, fetched
from adapters.needs import BotLike
from adapters.platform import Gone, Later
from adapters.slack.faults import Refused
from adapters.slack.installations import Workspace
from adapters.slack.origin import Origin
from adapters.slack.show import Show
from adapters.slack.web import Web
from bot.cards import Card, Reply, say
from bot.events import Press

log = logging.getLogger("kizuki.slack")


class Files:
    """Sends files: whose they are is asked again at every press."""

    def __init__(self, bot: BotLike, web: Web, show: Show) -> None:
        self._bot = bot
        self._web = web
        self._show = show

    async def send(self, press: Press, origin: Origin, workspace: Workspace) -> None:
        """Upload the file a button names to the chat of whoever pressed it, and say so, or that it is gone."""
        found = await fetched(self._bot, origin.who, press.value)
        key = "slack.file_sent" if found is not None else "cards.stale"
        try:
            if found is not None:
                await self._upload(found, origin, workspace)
        except (Later, Gone, Refused, aiohttp.ClientError, TimeoutError) as fault:
            log.warning("a file was not sent: %s", type(fault).__name__)
            key = "cards.busy"
        house = self._bot.house
        text = house.phrases(house.lang, key)
        reply = Reply(Card((say(text),), text, house.lang), refused=key != "slack.file_sent")
        await self._show.reply(reply, origin, workspace, house.phrases)

    async def _upload(self, file: Fetched, origin: Origin, workspace: Workspace) -> None:
        opened = await self._web.call(workspace, "conversations.open", users=origin.user)
        wanted = {"filename": file.name, "length": len(file.content)}
        ticket = await self._web.ask(workspace, "files.getUploadURLExternal", **wanted)
        await self._web.put(ticket["upload_url"], file.content)
        files = [{"id": ticket["file_id"], "title": file.name}]
        channel = opened["channel"]["id"]
        await self._web.call(workspace, "files.completeUploadExternal", files=files, channel_id=channel)
