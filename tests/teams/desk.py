"""What the tests of the local Teams share: a bot that does as it is told, a bare client, and cards to send."""

import asyncio
import json
from typing import Any

import jwt
from aiohttp import web

from tests.teams import signing
from tests.teams.conversations import CARD, Conversation, Message
from tests.teams.server import LocalTeams
from tests.teams.tenant import Json

Reply = tuple[int, Any]


class Clock:
    """A clock that stands still."""

    def __init__(self) -> None:
        self.now = 1_700_000_000.0

    def __call__(self) -> float:
        return self.now


def text(words: str, **more: Any) -> Json:
    return {"type": "TextBlock", "text": words, "wrap": True, **more}


def execute(verb: str, title: str, **data: Any) -> Json:
    carried = {"a": verb, **data}
    fallback = {"type": "Action.Submit", "title": title, "data": carried}
    return {"type": "Action.Execute", "title": title, "verb": verb, "data": carried, "fallback": fallback}


def opens(verb: str, title: str) -> Json:
    return {"type": "Action.Submit", "title": title, "data": {"msteams": {"type": "task/fetch"}, "a": verb}}


def submit(verb: str, title: str, **more: Any) -> Json:
    return {"type": "Action.Submit", "title": title, "data": {"a": verb}, **more}


def field(name: str, **more: Any) -> Json:
    return {"type": "Input.Text", "id": f"t:{name}", "label": "ことば", **more}


def numbers(*chosen: str, many: bool = True) -> Json:
    choices = [{"title": f"規範 {n}", "value": n} for n in ("1", "2", "a%2Cb")]
    found: Json = {"type": "Input.ChoiceSet", "id": "c:numbers", "label": "番号", "choices": choices}
    return {**found, "style": "expanded", "isMultiSelect": many, "value": ",".join(chosen)}


def people(**more: Any) -> Json:
    query = {"type": "Data.Query", "dataset": "graph.microsoft.com/users"}
    found = {"type": "Input.ChoiceSet", "id": "p:to", "label": "誰に", "choices": [], "choices.data": query}
    return {**found, "isMultiSelect": True, **more}


def card(*body: Json, actions: list[Json] | None = None, **more: Any) -> Json:
    found: Json = {"type": "AdaptiveCard", "version": "1.5", "body": list(body or [text("どれですか")]), **more}
    return {**found, "actions": actions} if actions else found


def message(*body: Json, actions: list[Json] | None = None, **more: Any) -> Json:
    attachment = {"contentType": CARD, "content": card(*body, actions=actions, **more)}
    return {"type": "message", "summary": "題", "attachments": [attachment]}


def task(*body: Json, actions: list[Json] | None = None, title: str = "題") -> Json:
    content = {"contentType": CARD, "content": card(*body, actions=actions)}
    return {"task": {"type": "continue", "value": {"title": title, "height": "medium", "width": 400, "card": content}}}


def said(words: str) -> Json:
    return {"type": "message", "text": words}


class Desk:
    """A Teams with a bot in it that checks tokens, keeps what it was sent and answers as it was told to."""

    def __init__(self, teams: LocalTeams) -> None:
        self.teams = teams
        self.hanako, self.taro = teams.person("hanako"), teams.person("taro")
        self.team = teams.team("試験都庁", "窓口課", members=[self.hanako, self.taro])
        self.channel = self.team.channels[1]
        self.heard: list[Json] = []
        self.replies: dict[str, list[Reply]] = {}
        self.hangs = 0.0
        self.most_at_once = self._at_once = 0

    async def start(self) -> None:
        server = web.Application(client_max_size=4 * 1024 * 1024)
        server.router.add_post("/teams/messages", self._request)
        self._runner = web.AppRunner(server, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.teams.app_url = f"http://127.0.0.1:{self._runner.addresses[0][1]}/teams/messages"

    async def stop(self) -> None:
        await self._runner.cleanup()

    def answers(self, name: str, body: Any = None, *, status: int = 200) -> None:
        """What the next activity of that name, or type, is answered with."""
        self.replies.setdefault(name, []).append((status, body))

    @property
    def last(self) -> Json:
        """What was heard last."""
        return self.heard[-1]

    async def _request(self, request: web.Request) -> web.Response:
        activity = json.loads(await request.read())
        if not await self._proven(request.headers.get("Authorization", ""), activity):
            return web.Response(status=401)
        self.heard.append(activity)
        self._at_once += 1
        self.most_at_once = max(self.most_at_once, self._at_once)
        await asyncio.sleep(self.hangs)
        self._at_once -= 1
        waiting = self.replies.get(activity.get("name") or activity["type"])
        status, body = waiting.pop(0) if waiting else (200, None)
        return web.Response(
            status=status, text=None if body is None else json.dumps(body), content_type="application/json"
        )

    async def _proven(self, header: str, activity: Json) -> bool:
        """What a careful bot looks at in a token."""
        try:
            raw = header.removeprefix("Bearer ")
            kid = jwt.get_unverified_header(raw)["kid"]
            published = await self.published()
            key = next(k for k in published if k["kid"] == kid and "msteams" in k.get("endorsements", ()))
            claims = jwt.decode(
                raw, jwt.PyJWK(key, "RS256").key, ["RS256"], audience=self.teams.app_id, issuer=signing.ISSUER
            )
        except (jwt.PyJWTError, KeyError, StopIteration):
            return False
        return bool(claims.get("serviceurl") == activity["serviceUrl"])

    async def published(self) -> list[Json]:
        """The keys, found by way of the metadata."""
        async with self.teams.session.get(self.teams.openid) as answer:
            where = (await answer.json())["jwks_uri"]
        async with self.teams.session.get(where) as answer:
            found: list[Json] = (await answer.json())["keys"]
            return found


class Bot:
    """A bare client of the connector."""

    def __init__(self, teams: LocalTeams) -> None:
        self.teams = teams
        self.token = teams.hand_out()
        self.headers: dict[str, str] = {}

    async def call(self, method: str, path: str, body: Any = None) -> Reply:
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        address = f"{self.teams.url}v3/{path}"
        async with self.teams.session.request(method, address, json=body, headers=headers) as answer:
            self.headers = dict(answer.headers)
            found = await answer.text()
            return answer.status, json.loads(found) if found.startswith("{") else found

    async def send(self, where: Conversation, body: Json, root: str = "", query: str = "") -> Reply:
        ident = f"{where.id};messageid={root}" if root else where.id
        return await self.call("POST", f"conversations/{ident}/activities{query}", body)

    async def update(self, message: Message, body: Json, query: str = "") -> Reply:
        return await self.call("PUT", f"conversations/{message.conversation.id}/activities/{message.id}{query}", body)

    async def delete(self, message: Message, query: str = "") -> Reply:
        return await self.call("DELETE", f"conversations/{message.conversation.id}/activities/{message.id}{query}")

    async def create(self, tenant: str, *members: str, **more: Any) -> Reply:
        body = {"bot": self.teams.bot, "members": [{"id": m} for m in members], "tenantId": tenant, **more}
        return await self.call("POST", "conversations", body)


def refused(reply: Reply) -> tuple[int, str]:
    return reply[0], reply[1]["error"]["code"]
