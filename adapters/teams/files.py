"""Files made for one person: offered in their own chat, uploaded where they say, which is their own storage."""

import logging
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from adapters.files.fetching import Fetched, fetched, is_there
from adapters.needs import BotLike
from adapters.platform import Gone, Later
from adapters.teams import bodies, origin
from adapters.teams.chats import Chats
from adapters.teams.connector import Connector
from adapters.teams.faults import Refused, Unanswered
from adapters.teams.origin import Activity, Origin, part, text
from adapters.underway import UnderWay
from bot.events import Place, Press

Json = dict[str, Any]
CONSENT = "application/vnd.microsoft.teams.card.file.consent"
INFO = "application/vnd.microsoft.teams.card.file.info"
# Where Teams keeps a person's files; nothing is uploaded anywhere else.
STORES = (".sharepoint.com", ".sharepoint.us", ".sharepoint-mil.us", ".sharepoint.cn", ".sharepoint.de")

FAILURES = (Later, Gone, Refused, Unanswered)

log = logging.getLogger("kizuki.teams")


class Files:
    """Offers and uploads files: whose they are is asked again each time."""

    def __init__(self, bot: BotLike, connector: Connector, chats: Chats, under_way: UnderWay, *, local: str) -> None:
        self._bot = bot
        self._connector = connector
        self._chats = chats
        self._under_way = under_way
        self._local = local

    async def offered(self, press: Press, origin: Origin) -> Json:
        """Ask, in the person's own chat, whether the file may be put into their storage; the body says so."""
        t = self._bot.house.phrases.bound(self._bot.house.lang)
        found = await is_there(self._bot, origin.who, press.value)
        if found:
            # A large report takes longer to be drawn than Teams waits for an answer.
            self._under_way.task(self._offer(press.value, origin, key=f"file:{press.key}"))
        word = t("teams.file_offered" if found else "cards.stale")
        return bodies.said(word) if origin.kind in ("press", "submit") else bodies.word(word)

    async def _offer(self, token: str, origin: Origin, *, key: str) -> None:
        found = await fetched(self._bot, origin.who, token)
        if found is None:
            return
        offer = _offer(found, token, self._bot.house.phrases(self._bot.house.lang, "teams.file_about"))
        try:
            place = await self._chats.opened(await self._chats.of(origin), key=key)
            await self._connector.send(place, offer, key=key)
        except FAILURES as fault:
            log.warning("a file was not offered: %s", type(fault).__name__)

    async def consented(self, activity: Activity) -> None:
        """Upload the file, or leave it; the offer goes, unless it was taken up in vain."""
        value = part(activity, "value")
        asked, token = origin.of(activity, "task"), text(part(value, "context"), "token")
        place = await self._chats.of(asked)
        if text(value, "action") != "accept":
            await self._put_away(place, asked)
            return
        found = await fetched(self._bot, asked.who, token)
        try:
            message = await self._uploaded(found, part(value, "uploadInfo"))
            await self._put_away(place, asked)
        except FAILURES as fault:
            log.warning("a file was not uploaded: %s", type(fault).__name__)
            message = self._text("cards.busy")
        try:
            await self._connector.send(place, message, key=f"file:{asked.said}")
        except FAILURES as fault:
            log.warning("what became of a file was not told: %s", type(fault).__name__)

    async def _uploaded(self, found: Fetched | None, upload: Mapping[str, Any]) -> Json:
        url = text(upload, "uploadUrl")
        if found is None or not self._is_store(url):
            return self._text("cards.stale")
        await self._connector.put(url, found.content)
        content = {"uniqueId": text(upload, "uniqueId"), "fileType": text(upload, "fileType")}
        name = text(upload, "name") or found.name
        info = {"contentType": INFO, "contentUrl": text(upload, "contentUrl"), "name": name, "content": content}
        return {**self._text("teams.file_sent"), "attachments": [info]}

    async def _put_away(self, place: Place, asked: Origin) -> None:
        """The offer was answered; where it cannot be taken away it stays."""
        if not asked.message:
            return
        try:
            await self._connector.delete(place, asked.message, key=f"file:{asked.message}")
        except FAILURES as fault:
            log.info("an offer stays: %s", type(fault).__name__)

    def _text(self, key: str) -> Json:
        house = self._bot.house
        said = house.phrases(house.lang, key)
        return {"type": "message", "summary": said, "textFormat": "plain", "text": said}

    def _is_store(self, url: str) -> bool:
        if self._local and url.startswith(self._local):
            return True
        found = urlsplit(url)
        return found.scheme == "https" and (found.hostname or "").endswith(STORES) and "@" not in found.netloc


def _offer(found: Fetched, token: str, about: str) -> Json:
    context = {"token": token}
    content = {
        "description": about,
        "sizeInBytes": len(found.content),
        "acceptContext": context,
        "declineContext": context,
    }
    attachment = {"contentType": CONSENT, "name": found.name, "content": content}
    return {"type": "message", "summary": about, "attachments": [attachment]}
