"""A strict little provider of OpenID Connect on this machine: it checks what it is sent, and can lie on request."""

import secrets
import time
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
from aiohttp import web
from aiohttp.test_utils import TestServer
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

CLIENT, SECRET = "kizuki", "a secret of the client"
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
OTHER_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)


@dataclass
class Issuer:
    """What it was asked, and how it lies: claims put over the right ones, another key, another answer."""

    address: str = ""
    redirect: str = ""
    who: dict[str, str] = field(default_factory=dict)
    lies: dict[str, Any] = field(default_factory=dict)
    key: Any = KEY
    algorithm: str = "RS256"
    issuer: str = ""
    broken: bool = False
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    tokens: int = 0

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/.well-known/openid-configuration", self._discovery),
            web.get("/keys", self._keys),
            web.post("/token", self._token),
        ]

    def agrees(self, address: str) -> str:
        """What a person's browser is sent back to, once they agreed to what kizuki asks at this address."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        assert address.startswith(f"{self.address}/authorize?")
        assert asked["response_type"] == "code"
        assert asked["client_id"] == CLIENT
        assert asked["redirect_uri"] == self.redirect
        assert asked["scope"].split()[0] == "openid"
        assert asked["code_challenge_method"] == "S256"
        assert min(len(asked[name]) for name in ("state", "nonce", "code_challenge")) >= 43
        code = secrets.token_urlsafe(16)
        self.codes[code] = asked
        back = {"code": code, "state": asked["state"]}
        return f"{urlsplit(self.redirect).path}?{urlencode(back)}"

    async def _discovery(self, _: web.Request) -> web.Response:
        if self.broken:
            return web.Response(status=500)
        found = {
            "issuer": self.issuer or self.address,
            "authorization_endpoint": f"{self.address}/authorize",
            "token_endpoint": f"{self.address}/token",
            "jwks_uri": f"{self.address}/keys",
        }
        return web.json_response(found)

    async def _keys(self, _: web.Request) -> web.Response:
        key = RSAAlgorithm.to_jwk(KEY.public_key(), as_dict=True)
        return web.json_response({"keys": [{**key, "kid": "one", "use": "sig", "alg": "RS256"}]})

    async def _token(self, request: web.Request) -> web.Response:
        form = await request.post()
        asked = self.codes.pop(str(form["code"]), None)
        challenge = urlsafe_b64encode(sha256(str(form["code_verifier"]).encode()).digest()).rstrip(b"=").decode()
        fits = (
            asked
            and form["grant_type"] == "authorization_code"
            and form["redirect_uri"] == asked["redirect_uri"]
            and (form["client_id"], form["client_secret"]) == (CLIENT, SECRET)
            and challenge == asked["code_challenge"]
        )
        if not fits or not asked:
            return web.json_response({"error": "invalid_grant"}, status=400)
        self.tokens += 1
        now = int(time.time())
        claims = {"iss": self.address, "aud": CLIENT, "sub": "s", "iat": now, "exp": now + 300, "nonce": asked["nonce"]}
        claims = {k: v for k, v in {**claims, **self.who, **self.lies}.items() if v is not None}
        token = jwt.encode(claims, self.key, algorithm=self.algorithm, headers={"kid": "one"})
        return web.json_response({"access_token": "x", "token_type": "Bearer", "id_token": token})


@asynccontextmanager
async def issuing() -> AsyncIterator[Issuer]:
    """A provider that listens."""
    found = Issuer()
    app = web.Application()
    app.add_routes(found.routes())
    async with TestServer(app, host="127.0.0.1") as server:
        found.address = str(server.make_url("")).rstrip("/")
        yield found
