"""The Bot Connector at the wire: who asks, how often, what is refused; what a call does is in methods.py."""

import asyncio
import json
import math
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from aiohttp import web

from tests.teams import methods
from tests.teams.refusals import CODES, Err, Refusal

if TYPE_CHECKING:
    from tests.teams.server import Call, LocalTeams

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
CHAT = "/v3/conversations/{conversation}"


def routes(teams: "LocalTeams") -> list[web.RouteDef]:
    """Every address of the connector, each with what it does."""

    def at(method: str, path: str, what: str, kind: str, run: methods.Method) -> web.RouteDef:
        return web.route(method, path, _handler(teams, what, kind, run))

    return [
        at("POST", "/v3/conversations", "create", "create", methods.create),
        at("POST", f"{CHAT}/activities", "send", "write", methods.send),
        at("POST", f"{CHAT}/activities/{{activity}}", "reply", "write", methods.reply),
        at("PUT", f"{CHAT}/activities/{{activity}}", "update", "write", methods.update),
        at("DELETE", f"{CHAT}/activities/{{activity}}", "delete", "write", methods.delete),
        at("GET", f"{CHAT}/pagedmembers", "members", "read", methods.members),
        at("GET", f"{CHAT}/members/{{member}}", "member", "read", methods.member),
        at("GET", "/v3/teams/{conversation}/conversations", "channels", "read", methods.channels),
        at("GET", "/v3/teams/{conversation}", "team", "read", methods.team),
    ]


def _handler(teams: "LocalTeams", what: str, kind: str, run: methods.Method) -> Handler:
    async def handle(request: web.Request) -> web.StreamResponse:
        call = await _call(teams, what, request)
        refusal = next((r for r in teams.refusals if r.fits(what, call.conversation)), None)
        if refusal:
            refusal.used += 1
            if refusal.hang:
                return await _broken(request, refusal.hang)
            if not refusal.late and not refusal.lost:
                return _answer(call, refusal.status, *_refused(refusal))
        found = _run(teams, kind, run, call, request)
        if refusal and refusal.lost:
            return await _broken(request, 0)
        await asyncio.sleep(refusal.late if refusal else 0)
        return found

    return handle


async def _call(teams: "LocalTeams", what: str, request: web.Request) -> "Call":
    from tests.teams.server import Call

    raw = await request.read()
    try:
        body = json.loads(raw) if raw else None
    except ValueError:
        body = None
    conversation = request.match_info.get("conversation", "")
    token = request.headers.get("Authorization", "").removeprefix("Bearer ")
    call = Call(what, conversation, body, dict(request.query), teams.now(), token)
    teams.calls.append(call)
    return call


async def _broken(request: web.Request, after: float) -> web.StreamResponse:
    """Nothing is answered, and after a while the connection breaks."""
    await asyncio.sleep(after)
    if request.transport:
        request.transport.abort()
    return web.Response(status=500)


def _refused(refusal: Refusal) -> tuple[Any, dict[str, str]]:
    headers = {} if refusal.retry_after is None else {"Retry-After": str(math.ceil(refusal.retry_after))}
    if refusal.body:
        return refusal.body, headers
    code = refusal.code or CODES.get(refusal.status, "ServiceError")
    return {"error": {"code": code, "message": f"{code}, as the test wants it"}}, headers


def _run(teams: "LocalTeams", kind: str, run: methods.Method, call: "Call", request: web.Request) -> web.StreamResponse:
    try:
        if teams.tokens.get(call.token, 0) <= teams.now():
            raise Err(401, "Unauthorized", "Authorization has been denied for this request.")
        wait = teams.limits.wait(kind, _narrow(call), _tenant(teams, call), teams.now())
        if wait > 0:
            limited = {"error": {"code": "TooManyRequests", "message": "Too many requests"}}
            return _answer(call, 429, limited, {"Retry-After": str(math.ceil(wait))})
        status, body = run(methods.Ask(teams, call, dict(request.match_info)))
    except Err as err:
        return _answer(call, err.status, {"error": {"code": err.code, "message": err.message}}, {})
    return _answer(call, status, body, {})


def _narrow(call: "Call") -> str:
    """What a limit counts together: a conversation with all its threads; for a new chat, who it is with."""
    members = call.body.get("members") if isinstance(call.body, dict) else None
    return str(members) if call.what == "create" else call.conversation.partition(";")[0]


def _tenant(teams: "LocalTeams", call: "Call") -> str:
    found = teams.conversations.get(call.conversation.partition(";")[0])
    if found:
        return found.tenant
    return str(call.body.get("tenantId", "")) if isinstance(call.body, dict) else ""


def _answer(call: "Call", status: int, body: Any, headers: dict[str, str]) -> web.Response:
    call.status, call.answer = status, body
    if body is None:
        return web.Response(status=status, headers=headers)
    text = body if isinstance(body, str) else json.dumps(body)
    kind = "text/html" if isinstance(body, str) else "application/json"
    return web.Response(status=status, text=text, content_type=kind, headers=headers)
