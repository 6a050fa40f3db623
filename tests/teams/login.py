"""The login: what hands out the bot's own tokens, and where the keys of Teams' requests are published."""

from typing import TYPE_CHECKING

import jwt
from aiohttp import web

from tests.teams.refusals import Refusal
from tests.teams.signing import ISSUER
from tests.teams.tenant import Json

if TYPE_CHECKING:
    from tests.teams.server import LocalTeams

SCOPE = "https://api.botframework.com/.default"
ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


def routes(teams: "LocalTeams") -> list[web.RouteDef]:
    """The addresses of the login."""

    async def metadata(request: web.Request) -> web.Response:
        return web.json_response(
            {
                "issuer": ISSUER,
                "authorization_endpoint": "https://invalid.botframework.com",
                "jwks_uri": f"{teams.url}v1/.well-known/keys",
                "id_token_signing_alg_values_supported": ["RS256"],
                "token_endpoint_auth_methods_supported": ["private_key_jwt"],
            }
        )

    async def keys(request: web.Request) -> web.Response:
        refused = refusal(teams, "keys")
        if refused:
            return web.json_response({}, status=refused.status)
        teams.keys.asked += 1
        return web.json_response({"keys": [key.shown() for key in teams.keys.published]})

    async def authority(request: web.Request) -> web.Response:
        base = f"{teams.url}{request.match_info['tenant']}/oauth2/v2.0"
        more = {"issuer": f"{teams.url}{request.match_info['tenant']}/v2.0"}
        return web.json_response(
            {"token_endpoint": f"{base}/token", "authorization_endpoint": f"{base}/authorize", **more}
        )

    async def token(request: web.Request) -> web.Response:
        return await _token(teams, request)

    return [
        web.get("/v1/.well-known/openidconfiguration", metadata),
        web.get("/v1/.well-known/keys", keys),
        web.get("/{tenant}/v2.0/.well-known/openid-configuration", authority),
        web.post("/{tenant}/oauth2/v2.0/token", token),
    ]


def refusal(teams: "LocalTeams", what: str) -> Refusal | None:
    """The rule that refuses this call, used up by one."""
    found = next((r for r in teams.refusals if r.fits(what, "")), None)
    if found:
        found.used += 1
    return found


async def _token(teams: "LocalTeams", request: web.Request) -> web.Response:
    from tests.teams.server import TOKEN_LIVES_S, Call

    form = {name: str(value) for name, value in (await request.post()).items()}
    call = Call("token", "", form, {}, teams.now())
    teams.calls.append(call)
    refused = refusal(teams, "token")
    problem = "temporarily_unavailable" if refused else _problem(teams, request.match_info["tenant"], form)
    call.status = refused.status if refused else 401 if problem == "invalid_client" else 400 if problem else 200
    if problem:
        call.answer = {"error": problem, "error_description": f"AADSTS7000215: {problem}", "error_codes": [7_000_215]}
    else:
        lives = {"expires_in": TOKEN_LIVES_S, "ext_expires_in": TOKEN_LIVES_S}
        call.answer = {"token_type": "Bearer", **lives, "access_token": teams.hand_out()}
    return web.json_response(call.answer, status=call.status)


def _problem(teams: "LocalTeams", tenant: str, form: Json) -> str:
    """What is wrong with a request for a token, or ""."""
    if form.get("grant_type") != "client_credentials":
        return "unsupported_grant_type"
    if tenant != teams.home.id:
        return "invalid_request"
    if form.get("scope") != SCOPE:
        return "invalid_scope"
    if form.get("client_id") != teams.app_id:
        return "unauthorized_client"
    return "" if form.get("client_secret") == teams.password or _asserted(teams, form) else "invalid_client"


def _asserted(teams: "LocalTeams", form: Json) -> bool:
    """Whether the bot shows a certificate instead of a password; the certificate itself is not looked at."""
    if form.get("client_assertion_type") != ASSERTION:
        return False
    try:
        claims = jwt.decode(form.get("client_assertion", ""), options={"verify_signature": False})
    except jwt.PyJWTError:
        return False
    return claims.get("iss") == claims.get("sub") == teams.app_id
