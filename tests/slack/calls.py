"""The Web API at the wire: arguments, tokens, scopes, refusals; what a method does is in methods.py and views.py."""

import asyncio
import base64
import json
import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from aiohttp import web

from tests.slack.refusals import Err, Refusal
from tests.slack.workspace import Json, Token, Workspace

if TYPE_CHECKING:
    from tests.slack.server import Call, LocalSlack

# What Slack limits by channel and by workspace.
POSTING = frozenset(("chat.postMessage",))
# What a form holds as JSON in a string.
STRUCTURED = frozenset(("blocks", "view", "attachments", "metadata", "files"))


@dataclass(frozen=True, slots=True)
class Ask:
    """One call as a method is given it: this Slack, whose token it is, and the arguments."""

    slack: "LocalSlack"
    token: Token
    args: Json

    @property
    def workspace(self) -> Workspace:
        """The workspace that is meant: with a token for a whole organisation, the one that is named."""
        named = self.args.get("team_id")
        if self.token.everywhere and named in self.slack.workspaces:
            return self.slack.workspaces[named]
        return self.token.workspace

    @property
    def reachable(self) -> list[Workspace]:
        """The workspaces the token opens."""
        if not self.token.everywhere:
            return [self.token.workspace]
        org = self.token.workspace.enterprise
        return [w for w in self.slack.workspaces.values() if w.enterprise == org]

    def need(self, *scopes: str) -> None:
        """Refuse a token that lacks any of these."""
        lacking = [s for s in scopes if s not in self.token.scopes]
        if lacking:
            raise Err("missing_scope", needed=",".join(lacking), provided=",".join(sorted(self.token.scopes)))

    def need_team(self) -> None:
        """With a token for a whole organisation some methods want to know which workspace."""
        if not self.token.everywhere:
            return
        if not self.args.get("team_id"):
            raise Err("missing_argument", response_metadata={"messages": ["[ERROR] missing required field: team_id"]})
        if self.args["team_id"] not in {w.id for w in self.reachable}:
            raise Err("team_access_not_granted")


@dataclass(frozen=True, slots=True)
class Method:
    """A method: what it does, the scopes it needs, whether it reads a JSON body, and whether a token is needed."""

    run: Callable[[Ask], Json]
    scopes: tuple[str, ...] = ()
    takes_json: bool = True
    by: str = "bot"


@dataclass(eq=False)
class Grant:
    """What a person agreed to on the way of OAuth, waiting for its code to be exchanged."""

    workspace: Workspace
    user: str
    redirect_uri: str
    scopes: set[str] = field(default_factory=set)
    used: bool = False


METHODS: dict[str, Method] = {}


def method(name: str, *scopes: str, takes_json: bool = True, by: str = "bot") -> Callable[..., Callable[[Ask], Json]]:
    """Register what a method of the Web API does."""

    def keep(run: Callable[[Ask], Json]) -> Callable[[Ask], Json]:
        METHODS[name] = Method(run, scopes, takes_json, by)
        return run

    return keep


def routes(slack: "LocalSlack") -> Iterable[web.RouteDef]:
    """Everything this Slack answers at."""
    from tests.slack import methods, oauth, responses, uploads, views  # noqa: F401 - they register themselves

    async def call(request: web.Request) -> web.StreamResponse:
        return await _called(slack, request)

    async def respond(request: web.Request) -> web.StreamResponse:
        return await responses.respond(slack, request)

    async def upload(request: web.Request) -> web.StreamResponse:
        return await uploads.upload(slack, request)

    async def agree(request: web.Request) -> web.StreamResponse:
        return oauth.agree(slack, request)

    return [
        web.post("/api/{method}", call),
        web.get("/api/{method}", call),
        web.post("/response/{team}/{id}", respond),
        web.post("/upload/v1/{id}", upload),
        web.get("/oauth/v2/authorize", agree),
        web.get("/link/", slack.sockets.connected),
    ]


async def _called(slack: "LocalSlack", request: web.Request) -> web.StreamResponse:
    from tests.slack.server import Call

    name = request.match_info["method"]
    try:
        args, json_sent = await arguments(request)
    except ValueError:
        return web.json_response({"ok": False, "error": "invalid_json"})
    value = _bearer(request) or str(args.pop("token", ""))
    call = Call(name, args, value, slack.now())
    slack.calls.append(call)
    token = _token(slack, value)
    refusal = refused(slack, name, str(args.get("channel", "")), token.workspace.id if token else "")
    if refusal and not refusal.late:
        return await refuse(refusal, request, call)
    answer = _answered(slack, call, token, request, json_sent=json_sent)
    if refusal:
        await asyncio.sleep(refusal.late)
    return answer


def _answered(
    slack: "LocalSlack", call: "Call", token: Token | None, request: web.Request, *, json_sent: bool
) -> web.Response:
    headers: dict[str, str] = {"x-slack-req-id": f"{len(slack.calls)}"}
    try:
        found = METHODS.get(call.method)
        if found is None:
            raise Err("unknown_method", req_method=call.method)
        if json_sent and not found.takes_json:
            call.args.clear()
        call.answer = _done(slack, call, found, token, request, headers)
    except Err as err:
        call.answer = {"ok": False, "error": err.error, **err.more}
    return _reply(call, headers)


def _done(
    slack: "LocalSlack", call: "Call", found: Method, token: Token | None, request: web.Request, headers: dict[str, str]
) -> Json:
    if found.by == "anybody":
        _client(call.args, request)
        return {"ok": True, **found.run(Ask(slack, Token("", slack.home), call.args))}
    if found.by == "app":
        _check_app_token(slack, call.token)
        return {"ok": True, **found.run(Ask(slack, Token("", slack.home), call.args))}
    known = _checked(slack, token, call.token)
    headers |= {"x-oauth-scopes": ",".join(sorted(known.scopes)), "x-accepted-oauth-scopes": ",".join(found.scopes)}
    ask = Ask(slack, known, call.args)
    ask.need(*found.scopes)
    if call.method in POSTING and (wait := _wait(slack, call, known)) > 0:
        slack.limited.append(call)
        call.status = 429
        headers["Retry-After"] = str(math.ceil(wait))
        raise Err("ratelimited")
    return {"ok": True, **found.run(ask)}


def _wait(slack: "LocalSlack", call: "Call", token: Token) -> float:
    team = token.workspace.enterprise if token.everywhere else token.workspace.id
    return slack.limits.wait(str(call.args.get("channel", "")), team, slack.now())


def _reply(call: "Call", headers: dict[str, str]) -> web.Response:
    return web.json_response(call.answer, status=call.status, headers=headers)


def _client(args: Json, request: web.Request) -> None:
    """Client id and secret may come as Basic authentication."""
    kind, _, value = request.headers.get("Authorization", "").partition(" ")
    if kind == "Basic":
        args["client_id"], _, args["client_secret"] = base64.b64decode(value).decode().partition(":")


def _check_app_token(slack: "LocalSlack", value: str) -> None:
    if not value:
        raise Err("not_authed")
    if not value.startswith("xapp-"):
        raise Err("not_allowed_token_type")
    if value != slack.app_token:
        raise Err("invalid_auth")


def _token(slack: "LocalSlack", value: str) -> Token | None:
    return next((t for w in slack.workspaces.values() for t in w.tokens if t.value == value), None)


def _checked(slack: "LocalSlack", token: Token | None, value: str) -> Token:
    """The token, if it still opens anything."""
    if not value:
        raise Err("not_authed")
    if value.startswith("xapp-"):
        raise Err("not_allowed_token_type")
    if token is None:
        raise Err("invalid_auth")
    if token.state != "live":
        raise Err("token_revoked" if token.state == "revoked" else "account_inactive")
    if token.expires_at is not None and slack.now() >= token.expires_at:
        raise Err("token_expired")
    return token


def _bearer(request: web.Request) -> str:
    kind, _, value = request.headers.get("Authorization", "").partition(" ")
    return value if kind == "Bearer" else ""


async def arguments(request: web.Request) -> tuple[Json, bool]:
    """The arguments of a call, from its query and its body, and whether the body was JSON; raises `ValueError`."""
    args: Json = {name: _read(name, value) for name, value in request.query.items()}
    if request.content_type == "application/json":
        sent = json.loads(await request.text() or "{}")
        if not isinstance(sent, dict):
            raise ValueError
        return {**args, **sent}, True
    form = await request.post()
    return {**args, **{name: _read(name, value) for name, value in form.items()}}, False


def _read(name: str, value: Any) -> Any:
    """A form's value: lists and objects come as JSON in a string."""
    if name in STRUCTURED and isinstance(value, str):
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value


def refused(slack: "LocalSlack", name: str, channel: str, team: str) -> Refusal | None:
    """The rule that refuses this call."""
    found = next((r for r in slack.refusals if r.fits(name, channel, team)), None)
    if found is not None:
        found.used += 1
    return found


async def refuse(refusal: Refusal, request: web.Request, call: "Call") -> web.StreamResponse:
    """Refuse a call as the rule says."""
    if refusal.hang:
        await asyncio.sleep(refusal.hang)
    if refusal.closed or refusal.hang:
        call.status = 0
        if request.transport is not None:
            request.transport.abort()
        return web.Response(status=500)
    call.status, call.answer = refusal.status, {"ok": False, "error": refusal.error}
    headers = {"Retry-After": str(math.ceil(refusal.retry_after))} if refusal.retry_after else {}
    if refusal.status >= 500 and not refusal.body:
        return web.Response(status=refusal.status, text="<html>upstream</html>", content_type="text/html")
    if refusal.body:
        return web.Response(status=refusal.status, text=refusal.body, headers=headers)
    return _reply(call, headers)
