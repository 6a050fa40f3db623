"""Signing in by OpenID Connect: the code flow with state, nonce and PKCE, and every claim of the answer checked.

Who somebody is, their platform's own ids say (Entra: tid and oid; Slack: team and user), never an e-mail.
"""

import json
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from hashlib import sha256
from hmac import compare_digest
from typing import Any
from urllib.parse import urlencode, urlsplit

from aiohttp import ClientError, ClientSession, ClientTimeout, web

from adapters.web.page import at
from adapters.web.wants import Refused
from bot.events import Handle
from bot.phrases import Phrases
from bot.settings import Settings
from bot.web_settings import OpenId

PATIENCE = ClientTimeout(total=10)
LARGEST = 256 * 1024
KEPT = 600
ALGORITHMS = ["RS256", "PS256", "ES256"]
LEEWAY = 60
REQUIRED = ["iss", "aud", "exp", "iat", "sub", "nonce"]
SLACK = "https://slack.com/"

Json = Mapping[str, Any]


class Providers:
    """The providers of app.yaml."""

    def __init__(self, settings: Settings) -> None:
        self._known = settings.web.openid
        self._address = settings.address
        self._secure = settings.address.startswith("https://")
        self._cookie = "__Host-kizuki-openid" if self._secure else "kizuki-openid"

    def buttons(self, phrases: Phrases, lang: str) -> list[tuple[str, str]]:
        """(address, what it says) of each."""
        names = phrases.under(lang, "platforms")
        return [(at(f"with/{name}"), one.label or names[one.accounts]) for name, one in self._known.items()]

    async def begin(self, name: str) -> web.Response:
        """Send a browser to a provider, with what it is to come back with in a cookie only it has."""
        provider = self._provider(name)
        found = await _discovered(provider)
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        query = {
            "response_type": "code",
            "client_id": provider.client_id,
            "redirect_uri": self._back(name),
            "scope": "openid profile",
            "state": state,
            "nonce": nonce,
            "code_challenge": _challenge(verifier),
            "code_challenge_method": "S256",
        }
        mark = "&" if urlsplit(found["authorization_endpoint"]).query else "?"
        response = web.Response(status=303)
        response.headers["Location"] = f"{found['authorization_endpoint']}{mark}{urlencode(query)}"
        kept = json.dumps([name, state, nonce, verifier], separators=(",", ":"))
        value = urlsafe_b64encode(kept.encode()).decode()
        how = {"path": "/", "httponly": True, "secure": self._secure, "samesite": "Lax"}
        response.set_cookie(self._cookie, value, max_age=KEPT, **how)  # type: ignore[arg-type]
        return response

    async def proved(self, request: web.Request) -> Handle:
        """The account that a provider proves; refuses whatever does not fit what the browser was sent off with."""
        name = request.match_info["provider"]
        provider = self._provider(name)
        nonce, verifier = self._kept(request, name)
        _is_of(provider, request.query)
        found = await _discovered(provider)
        token = await self._token(provider, found, name=name, code=request.query["code"], verifier=verifier)
        claims = await _checked(provider, found, token)
        if not compare_digest(str(claims["nonce"]).encode(), nonce.encode()):
            raise Refused(400, "openid_stale")
        return _handle(provider, claims)

    def forget(self, response: web.StreamResponse) -> None:
        """What a browser was sent off with is used up."""
        response.del_cookie(self._cookie, path="/", httponly=True, secure=self._secure, samesite="Lax")

    def _provider(self, name: str) -> OpenId:
        found = self._known.get(name)
        if found is None or not self._address:
            raise Refused(404, "no_page")
        return found

    def _back(self, name: str) -> str:
        return f"{self._address}{at(f'with/{name}/back')}"

    def _kept(self, request: web.Request, name: str) -> tuple[str, str]:
        """The nonce and the verifier of a browser that comes back with the state it was sent off with."""
        try:
            kept = json.loads(urlsafe_b64decode(request.cookies.get(self._cookie, "")))
            to, state, nonce, verifier = (str(part) for part in kept)
        except (ValueError, TypeError):
            raise Refused(400, "openid_stale") from None
        if to != name or not compare_digest(state.encode(), request.query.get("state", "").encode()):
            raise Refused(400, "openid_stale")
        return nonce, verifier

    async def _token(self, provider: OpenId, found: Json, *, name: str, code: str, verifier: str) -> str:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._back(name),
            "client_id": provider.client_id,
            "client_secret": provider.client_secret.get_secret_value(),
            "code_verifier": verifier,
        }
        answer = await _fetched(found["token_endpoint"], form)
        token = answer.get("id_token")
        if not isinstance(token, str):
            raise Refused(403, "openid_refused")
        return token


def _is_of(provider: OpenId, query: Mapping[str, str]) -> None:
    """Refuse what a provider did not answer well, or what another provider answered (RFC 9207)."""
    if query.get("error"):
        raise Refused(403, "openid_denied")
    if not query.get("code") or query.get("iss", provider.issuer) != provider.issuer:
        raise Refused(400, "openid_stale")


async def _discovered(provider: OpenId) -> Json:
    """Where a provider's endpoints are; it must name itself as app.yaml does."""
    found = await _fetched(f"{provider.issuer.rstrip('/')}/.well-known/openid-configuration")
    names = ("authorization_endpoint", "token_endpoint", "jwks_uri")
    fits = found.get("issuer") == provider.issuer and all(isinstance(found.get(name), str) for name in names)
    if not fits:
        raise Refused(502, "openid_unreachable")
    return found


async def _checked(provider: OpenId, found: Json, token: str) -> Json:
    """The claims of a token that the provider signed, for this client, now."""
    import jwt

    keys = await _fetched(found["jwks_uri"])
    try:
        head = jwt.get_unverified_header(token)
        # Unknown kinds of keys are left out; a token is signed with the one it names.
        known = {key.key_id: key for key in jwt.PyJWKSet.from_dict(dict(keys)).keys}
        key = known[head.get("kid")] if head.get("kid") in known else _only(known)
        claims: Json = jwt.decode(
            token,
            key.key,
            algorithms=ALGORITHMS,
            audience=provider.client_id,
            issuer=provider.issuer,
            leeway=LEEWAY,
            options={"require": REQUIRED},
        )
    except (jwt.PyJWTError, KeyError, TypeError, ValueError):
        raise Refused(403, "openid_refused") from None
    audience = claims["aud"]
    several = isinstance(audience, list) and len(audience) > 1
    if several or claims.get("azp", provider.client_id) != provider.client_id:
        raise Refused(403, "openid_refused")
    return claims


def _only(known: Mapping[Any, Any]) -> Any:
    (key,) = known.values()
    return key


def _handle(provider: OpenId, claims: Json) -> Handle:
    """The account by the platform's own ids, as its adapter writes them."""
    if provider.accounts == "teams":
        ids = (claims.get("tid"), claims.get("oid"))
    else:
        org = claims.get(f"{SLACK}enterprise_id") or claims.get(f"{SLACK}team_id")
        ids = (org, claims.get(f"{SLACK}user_id"))
    if not all(isinstance(part, str) and part and ":" not in part for part in ids):
        raise Refused(403, "openid_refused")
    return Handle(provider.accounts, f"{ids[0]}:{ids[1]}")


async def _fetched(address: str, form: Mapping[str, str] | None = None) -> Json:
    """A JSON object from a provider, never from where it leads elsewhere."""
    try:
        async with ClientSession(timeout=PATIENCE) as session:
            ask = (
                session.get(address, allow_redirects=False)
                if form is None
                else session.post(address, data=form, allow_redirects=False)
            )
            async with ask as response:
                text = await response.content.read(LARGEST)
                found = json.loads(text) if response.status == 200 else None
    except (ClientError, TimeoutError, ValueError):
        raise Refused(502, "openid_unreachable") from None
    if not isinstance(found, dict):
        raise Refused(403 if form is not None else 502, "openid_refused" if form is not None else "openid_unreachable")
    return found


def _challenge(verifier: str) -> str:
    return urlsafe_b64encode(sha256(verifier.encode()).digest()).rstrip(b"=").decode()
