"""The way in: what comes is Microsoft's, for this bot, of a tenant that is served; everything else is turned away."""

import json
from typing import Any

from aiohttp import web

from adapters.teams.origin import part, tenant_of, text
from adapters.teams.proof import Proofs, Unproved, is_microsoft
from bot.platforms import Teams as Settings

Json = dict[str, Any]
LARGEST = 256 * 1024


class Turned(Exception):
    """A request was turned away with a status; the words are for the log and hold nothing that came."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status


class Door:
    """Reads activities, and lets in those that are proved."""

    def __init__(self, settings: Settings, proofs: Proofs) -> None:
        self._settings = settings
        self._proofs = proofs

    async def read(self, request: web.Request) -> Json:
        """The activity of a request; raises `Turned`."""
        found = _parsed(await _body(request))
        try:
            await self._proofs.claims(request.headers.get("Authorization", ""), found)
        except Unproved as unproved:
            raise Turned(401, unproved.why) from None
        self._check(found)
        return found

    def _check(self, activity: Json) -> None:
        if tenant_of(activity) not in self._settings.served:
            raise Turned(403, "tenant")
        if not is_microsoft(text(activity, "serviceUrl"), self._settings.local):
            raise Turned(403, "service")
        # The message extension can be used where there is no conversation that Teams would name.
        nowhere = text(activity, "name").startswith("composeExtension/")
        if not text(activity, "type") or not (nowhere or text(part(activity, "conversation"), "id")):
            raise Turned(400, "malformed")


async def _body(request: web.Request) -> bytes:
    if (request.content_length or 0) > LARGEST:
        raise Turned(413, "too large")
    try:
        return await request.read()
    except web.HTTPRequestEntityTooLarge:
        raise Turned(413, "too large") from None


def _parsed(data: bytes) -> Json:
    try:
        found = json.loads(data)
    except (ValueError, RecursionError):
        raise Turned(400, "malformed") from None
    if not isinstance(found, dict):
        raise Turned(400, "malformed")
    return found
