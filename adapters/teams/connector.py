"""The Bot Connector, called without blocking: what the bot sends, changes and asks, paced and with proof.

https://learn.microsoft.com/azure/bot-service/rest-api/bot-framework-rest-connector-api-reference
"""

import json
from collections.abc import AsyncIterator, Mapping
from typing import Any, NamedTuple, Protocol
from urllib.parse import quote

import aiohttp
from yarl import URL

from adapters.platform import Later
from adapters.teams.credentials import Unwelcome
from adapters.teams.faults import SOON, Limited, Refused, Unanswered, Unproved, about, meaning
from adapters.teams.proof import is_microsoft
from bot.events import Place

Json = dict[str, Any]
PAGE = 500
# Within the half minute the outbox gives a message.
PATIENCE = aiohttp.ClientTimeout(total=20, connect=5)
AT_ONCE = 100
# Of a message in a channel or group chat that one person sees.
TARGETED = "?isTargetedActivity=true"
# How the keys of calls begin that are made for somebody who is waiting.
SOMEBODY_WAITS = ("reply:", "ask:", "file:", "turn:")


class Request(NamedTuple):
    """One call: what it is called here, how and where it goes, and what it carries."""

    call: str
    method: str
    place: Place
    path: str
    key: str
    data: bytes | None

    @property
    def tenant(self) -> str:
        """Whose limit it counts for."""
        return str(self.place.address["tenant"])

    @property
    def channel(self) -> str:
        """Which conversation's limit it counts for; reading has one of its own."""
        conversation = str(self.place.address.get("conversation") or self.place.id)
        return f"{self.call}:{conversation}" if self.method == "GET" else conversation

    @property
    def url(self) -> URL:
        """Its address, whose parts stay quoted as they are."""
        return URL(f"{str(self.place.address['service']).rstrip('/')}/v3/{self.path}", encoded=True)

    @property
    def urgent(self) -> bool:
        """Whether somebody waits for it: everything but the outbox and whole directories."""
        return self.key.startswith(SOMEBODY_WAITS)


class Tokens(Protocol):
    """Proof of who the bot is."""

    async def token(self) -> str: ...
    def forget(self, token: str) -> None: ...
    async def close(self) -> None: ...


class Pacer(Protocol):
    """When a call may go."""

    async def turn(self, workspace: str, channel: str, key: str, *, urgent: bool = False) -> None: ...
    def pause(self, workspace: str, seconds: float, *, channel: str = "") -> None: ...


class Connector:
    """Calls to one bot's Teams. Everything goes through the pace; a service that is not Microsoft's is never called."""

    def __init__(self, app_id: str, tokens: Tokens, pace: Pacer, *, local: str = "") -> None:
        self._bot = f"28:{app_id}"
        self._tokens = tokens
        self._pace = pace
        self._local = local
        self._session: aiohttp.ClientSession | None = None

    def open(self) -> None:
        """Make the session, inside the running event loop."""
        connector = aiohttp.TCPConnector(limit=AT_ONCE)
        self._session = aiohttp.ClientSession(timeout=PATIENCE, connector=connector, trust_env=True)

    async def close(self) -> None:
        """Let go of it."""
        if self._session is not None:
            await self._session.close()
        await self._tokens.close()

    async def send(self, place: Place, activity: Json, *, key: str, reply_to: str = "", thread: str = "") -> str:
        """Post a message in a conversation, or in a thread of it; returns Teams' id of it."""
        conversation = thread or str(place.address["conversation"])
        path = f"conversations/{_safe(conversation)}/activities" + (f"/{_safe(reply_to)}" if reply_to else "")
        found = await self._paced("send", "POST", place, path, key, self._from_bot(activity))
        return str(found.get("id") or "")

    async def send_only_to(self, place: Place, member: str, activity: Json, *, key: str, thread: str = "") -> str:
        """Post a message in a channel or group chat that one person sees."""
        conversation = thread or str(place.address["conversation"])
        path = f"conversations/{_safe(conversation)}/activities{TARGETED}"
        told = {**self._from_bot(activity), "recipient": {"id": member}}
        found = await self._paced("send", "POST", place, path, key, told)
        return str(found.get("id") or "")

    async def update(self, place: Place, message: str, activity: Json, *, key: str, alone: bool = False) -> None:
        """Put something else in the place of a message; `alone` is one that a single person sees."""
        conversation = str(place.address["conversation"])
        path = f"conversations/{_safe(conversation)}/activities/{_safe(message)}{TARGETED if alone else ''}"
        await self._paced("update", "PUT", place, path, key, {**self._from_bot(activity), "id": message})

    async def delete(self, place: Place, message: str, *, key: str) -> None:
        """Take a message away."""
        conversation = str(place.address["conversation"])
        await self._paced(
            "delete", "DELETE", place, f"conversations/{_safe(conversation)}/activities/{_safe(message)}", key, None
        )

    async def create(self, place: Place, *, key: str) -> str:
        """Open the chat with a person; returns its conversation. The same one each time."""
        tenant = str(place.address["tenant"])
        asked = {
            "bot": {"id": self._bot},
            "members": [{"id": place.address["user"]}],
            "tenantId": tenant,
            "channelData": {"tenant": {"id": tenant}},
            "isGroup": False,
        }
        found = await self._paced("create", "POST", place, "conversations", key, asked)
        return str(found.get("id") or "")

    async def member(self, place: Place, user: str) -> Json:
        """Somebody in a conversation."""
        conversation = str(place.address["conversation"])
        path = f"conversations/{_safe(conversation)}/members/{_safe(user)}"
        return await self._paced("member", "GET", place, path, f"ask:{path}", None)

    async def members(self, place: Place, conversation: str, *, size: int = PAGE) -> AsyncIterator[list[Json]]:
        """Everybody in a team or chat, page by page."""
        token = ""
        while True:
            query = f"?pageSize={size}" + (f"&continuationToken={_safe(token)}" if token else "")
            path = f"conversations/{_safe(conversation)}/pagedmembers{query}"
            found = await self._paced("members", "GET", place, path, f"page:{path}", None)
            yield [one for one in found.get("members") or () if isinstance(one, dict)]
            token = str(found.get("continuationToken") or "")
            if not token:
                return

    async def channels(self, place: Place, team: str) -> list[Json]:
        """The channels of a team; its first one has no name."""
        path = f"teams/{_safe(team)}/conversations"
        found = await self._paced("channels", "GET", place, path, f"page:{path}", None)
        return [one for one in found.get("conversations") or () if isinstance(one, dict)]

    async def put(self, url: str, content: bytes) -> None:
        """Upload a file to where its reader said; no token of ours goes there."""
        whole = f"bytes 0-{len(content) - 1}/{len(content)}"
        headers = {"Content-Range": whole, "Content-Type": "application/octet-stream"}
        try:
            async with self._opened.put(url, data=content, headers=headers, allow_redirects=False) as answer:
                if answer.status >= 300:
                    raise Refused("upload", answer.status, "")
        except (aiohttp.ClientError, TimeoutError, OSError):
            raise Unanswered("upload") from None

    def _from_bot(self, activity: Json) -> Json:
        return {**activity, "from": {"id": self._bot}}

    async def _paced(self, call: str, method: str, place: Place, path: str, key: str, body: Json | None) -> Json:
        """Call with the token; once more with a new one where it is not taken any more."""
        if not is_microsoft(str(place.address["service"]), self._local):
            raise Refused(call, 0, "elsewhere")
        data = None if body is None else json.dumps(body, ensure_ascii=False).encode()
        request = Request(call, method, place, path, key, data)
        token = await self._tokens.token()
        try:
            return await self._called(request, token)
        except Unproved:
            self._tokens.forget(token)
        try:
            return await self._called(request, await self._tokens.token())
        except Unproved:
            raise Unwelcome("401") from None

    async def _called(self, request: Request, token: str) -> Json:
        """One try. Its turn comes last: what takes time between it and the wire shows as unevenness over there."""
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json; charset=utf-8"}
        await self._pace.turn(request.tenant, request.channel, request.key, urgent=request.urgent)
        try:
            async with self._opened.request(
                request.method, request.url, data=request.data, headers=headers, allow_redirects=False
            ) as answer:
                found = _read(await answer.read())
        except aiohttp.ClientConnectorError:
            raise Later(about(SOON)) from None
        except (aiohttp.ClientError, TimeoutError, OSError):
            # It may have arrived: only what changes nothing is simply tried again.
            raise Later(about(SOON)) if request.method == "GET" else Unanswered(request.call) from None
        if answer.status < 300:
            return found
        fault = meaning(request.call, answer.status, _word(found), answer.headers)
        if isinstance(fault, Limited):
            self._pace.pause(request.tenant, fault.seconds, channel=request.channel)
        raise fault

    @property
    def _opened(self) -> aiohttp.ClientSession:
        assert self._session is not None  # noqa: S101 - opened at the start
        return self._session


def _read(data: bytes) -> Json:
    try:
        found = json.loads(data or b"{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _word(found: Mapping[str, Any]) -> str:
    """Teams' word for what is wrong; its sentences stay unread."""
    error = found.get("error")
    code = error.get("code") if isinstance(error, dict) else None
    return code[:80] if isinstance(code, str) and code.isascii() else ""


def _safe(part: str) -> str:
    return quote(part, safe="")
