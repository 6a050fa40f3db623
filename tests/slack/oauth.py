"""OAuth v2: agreeing, exchanging the code, and tokens that change."""

import secrets
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlencode, urlsplit

from aiohttp import web

from tests.slack.calls import Ask, Grant, method
from tests.slack.refusals import Err
from tests.slack.workspace import ROTATED_AFTER_S, SCOPES, Json, Token, Workspace

if TYPE_CHECKING:
    from tests.slack.server import LocalSlack


def agree(slack: "LocalSlack", request: web.Request) -> web.StreamResponse:
    """The page on which somebody allows the app in; here they always do. `team` chooses the workspace."""
    home = slack.workspaces[request.query.get("team") or slack.home.id]
    return web.HTTPFound(agreed(slack, str(request.url), home, "UADMIN"))


def agreed(slack: "LocalSlack", address: str, home: Workspace, user: str) -> str:
    """Where Slack sends the browser of somebody who allowed the app of this authorize address in."""
    query = dict(parse_qsl(urlsplit(address).query))
    assert query.get("client_id") == slack.client_id, "another app's client_id"
    wanted = set(query.get("scope", "").split(","))
    assert wanted <= set(SCOPES), f"scopes nobody knows: {wanted - set(SCOPES)}"
    code = code_for(slack, home, user, redirect_uri=query.get("redirect_uri", ""), scopes=wanted)
    answer = {"code": code, "state": query.get("state", "")}
    return f"{query.get('redirect_uri', '')}?{urlencode(answer)}"


def code_for(
    slack: "LocalSlack", home: Workspace, user: str, *, redirect_uri: str = "", scopes: set[str] | None = None
) -> str:
    """A code to exchange once."""
    code = secrets.token_hex(12)
    slack.codes[code] = Grant(home, user, redirect_uri, scopes or set(SCOPES))
    return code


@method("oauth.v2.access", takes_json=False, by="anybody")
def access(ask: Ask) -> Json:
    """Exchange a code, or a refresh token, for a token."""
    slack, args = ask.slack, ask.args
    if args.get("client_id") != slack.client_id:
        raise Err("invalid_client_id")
    if args.get("client_secret") != slack.client_secret:
        raise Err("bad_client_secret")
    if args.get("grant_type") == "refresh_token":
        return _refreshed(slack, str(args.get("refresh_token") or ""))
    grant = slack.codes.get(str(args.get("code") or ""))
    if grant is None or grant.used:
        raise Err("code_already_used" if grant else "invalid_code")
    if grant.redirect_uri and grant.redirect_uri != args.get("redirect_uri"):
        raise Err("bad_redirect_uri")
    grant.used = True
    return {**_given(slack, grant.workspace, grant.scopes), "authed_user": {"id": grant.user}}


def _refreshed(slack: "LocalSlack", value: str) -> Json:
    """A refresh token is good for one exchange; the old access token lives until it expires."""
    old = slack.refresh_tokens.pop(value, None)
    if old is None or old.state != "live":
        raise Err("invalid_refresh_token")
    return _given(slack, old.workspace, old.scopes)


def _given(slack: "LocalSlack", home: Workspace, scopes: set[str]) -> Json:
    token = slack.grant(home, lives=ROTATED_AFTER_S if slack.rotates else None)
    token.scopes = set(scopes)
    found: Json = {
        "app_id": slack.app_id,
        "scope": ",".join(sorted(token.scopes)),
        "token_type": "bot",
        "access_token": token.value,
        "bot_user_id": home.bot_user,
        "team": None if home.everywhere else {"id": home.id, "name": home.name},
        "enterprise": home.org,
        "is_enterprise_install": home.everywhere,
    }
    return {**found, **_rotation(slack, token)} if slack.rotates else found


def _rotation(slack: "LocalSlack", token: Token) -> Json:
    value = f"xoxe-1-{secrets.token_hex(12)}"
    slack.refresh_tokens[value] = token
    return {"refresh_token": value, "expires_in": ROTATED_AFTER_S}
