"""Microsoft's identity services, on this machine: the keys its requests are signed with, and where bots get tokens.

    async with OpenId() as openid:
        settings = Teams(..., openid=openid.url)
        header = openid.bearer(settings, "https://smba.trafficmanager.net/amer/")

    async with Login() as login:
        login.stand_in(monkeypatch)      # login.microsoftonline.com and managed identities are here now

Nothing here reaches a host of Microsoft's: what asks the proxy for another one is refused and written down.
"""

import asyncio
import base64
import contextlib
import json
import ssl
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qsl

import jwt
import pytest
from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from jwt.algorithms import RSAAlgorithm

from bot.platforms import Teams

Json = dict[str, Any]
HOST = "login.microsoftonline.com"
SCOPE, RESOURCE = "https://api.botframework.com/.default", "https://api.botframework.com"
SERVICE = "https://smba.trafficmanager.net/amer/"
ENDORSED = ("skype", "msteams", "webchat")


@cache
def private_key(name: str) -> RSAPrivateKey:
    """An RSA key by a name that only tests know, made once."""
    return generate_private_key(65537, 2048)


def jwk(name: str, kid: str, endorsements: tuple[str, ...] | None = ENDORSED) -> Json:
    """A public key as Microsoft publishes it."""
    found: Json = RSAAlgorithm.to_jwk(private_key(name).public_key(), as_dict=True)
    found = {**found, "kid": kid, "use": "sig", "x5t": kid}
    found.pop("key_ops", None)
    return found if endorsements is None else {**found, "endorsements": list(endorsements)}


class Clock:
    """Seconds that pass when told to."""

    def __init__(self, at: float | None = None) -> None:
        self.at = time.time() if at is None else at

    def __call__(self) -> float:
        return self.at

    def pass_by(self, seconds: float) -> None:
        """Let time go by."""
        self.at += seconds


class Served:
    """A web server on a free port of this machine."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.app = web.Application()
        self._tls = tls
        self._runner: web.AppRunner | None = None
        self.port = 0

    async def __aenter__(self) -> Self:
        self._runner = web.AppRunner(self.app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port, ssl_context=self._tls).start()
        self.port = self._runner.addresses[0][1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._runner is not None:
            await self._runner.cleanup()


class OpenId(Served):
    """The metadata document and the keys that it leads to. `keys` may be changed, `trouble` is a status to answer."""

    def __init__(self, clock: Clock | None = None) -> None:
        super().__init__()
        self.clock = clock or Clock()
        self.keys = [jwk("one", "k1")]
        self.fetched = 0
        self.trouble = 0
        self.jwks_uri = ""
        self.body: bytes | None = None
        self.gate = asyncio.Event()
        self.gate.set()
        self.app.router.add_get("/openid", self._metadata)
        self.app.router.add_get("/elsewhere", self._elsewhere)
        self.app.router.add_get("/keys", self._keys)

    @property
    def url(self) -> str:
        """Where the metadata is: `platforms.teams.openid`."""
        return f"http://127.0.0.1:{self.port}/openid"

    def token(self, app_id: str, service: str = SERVICE, *, key: str = "one", kid: str = "k1", **claims: Any) -> str:
        """A token as Microsoft sends it; claims that are None are left out."""
        now = int(self.clock())
        usual = {"iss": "https://api.botframework.com", "aud": app_id, "nbf": now, "exp": now + 3600}
        said = {**usual, "serviceurl": service, **claims}
        told = {name: value for name, value in said.items() if value is not None}
        # One layer below `jwt.encode`, which does not sign what is odd.
        headers = {"kid": kid, "x5t": kid, "typ": "JWT"}
        return jwt.PyJWS().encode(json.dumps(told).encode(), private_key(key), algorithm="RS256", headers=headers)

    def bearer(self, settings: Teams, service: str = SERVICE, **about: Any) -> str:
        """The header `Authorization` of a request to this app."""
        return f"Bearer {self.token(settings.app_id, service, **about)}"

    async def _metadata(self, request: web.Request) -> web.Response:
        self.fetched += 1
        await self.gate.wait()
        if self.trouble:
            return web.Response(status=self.trouble, headers={"Location": "/elsewhere"})
        return await self._elsewhere(request)

    async def _elsewhere(self, request: web.Request) -> web.Response:
        where = self.jwks_uri or f"http://127.0.0.1:{self.port}/keys"
        return web.json_response({"issuer": "https://api.botframework.com", "jwks_uri": where})

    async def _keys(self, request: web.Request) -> web.Response:
        return web.json_response({"keys": self.keys}) if self.body is None else web.Response(body=self.body)


@dataclass(frozen=True)
class Asked:
    """One request for a token: the path, what was said, and the headers."""

    path: str
    said: dict[str, str]
    headers: dict[str, str] = field(default_factory=dict)


class Login:
    """login.microsoftonline.com behind a proxy, and the two ways a machine in Azure gets an identity.

    `answers` are (status, JSON) to give instead of a token, one after the other; `lives` is how long tokens live.
    """

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory()
        self.bundle = Path(self._folder.name) / "authority.pem"
        self.server = Served(_tls(self.bundle))
        self.metadata = Served()
        self.asked: list[Asked] = []
        self.strangers: list[str] = []
        self.answers: list[tuple[int, Json | str]] = []
        self.unknown_tenant = self.is_behind_a_page = False
        self.lives = 3600
        self.opaque = False
        self.gate = asyncio.Event()
        self.gate.set()
        self._proxy: asyncio.Server | None = None
        self._pipes: set[asyncio.Task[None]] = set()
        self.server.app.router.add_get("/{tenant}/v2.0/.well-known/openid-configuration", self._tenant)
        self.server.app.router.add_post("/{tenant}/oauth2/v2.0/token", self._token)
        self.metadata.app.router.add_get("/msi/token", self._app_service)
        self.metadata.app.router.add_get("/metadata/identity/oauth2/token", self._machine)

    async def __aenter__(self) -> Self:
        await self.server.__aenter__()
        await self.metadata.__aenter__()
        self._proxy = await asyncio.start_server(self._connect, "127.0.0.1", 0)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._proxy is not None
        self._proxy.close()
        for pipe in self._pipes:
            pipe.cancel()
        await asyncio.gather(*self._pipes, return_exceptions=True)
        await self.server.__aexit__(kind, fault, trace)
        await self.metadata.__aexit__(kind, fault, trace)
        self._folder.cleanup()

    @property
    def proxy(self) -> str:
        """The proxy that leads here, and nowhere else."""
        assert self._proxy is not None
        return f"http://127.0.0.1:{self._proxy.sockets[0].getsockname()[1]}"

    def stand_in(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """From now on this process finds Microsoft here."""
        for name in ("NO_PROXY", "no_proxy", "HTTP_PROXY", "http_proxy", "IDENTITY_ENDPOINT", "IDENTITY_HEADER"):
            monkeypatch.delenv(name, raising=False)
        for name in ("HTTPS_PROXY", "https_proxy"):
            monkeypatch.setenv(name, self.proxy)
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(self.bundle))
        # A machine without any identity: no test may ask the real address.
        monkeypatch.setenv("AZURE_POD_IDENTITY_AUTHORITY_HOST", "http://127.0.0.1:1")

    def app_service(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """This process runs in an App Service of Azure."""
        monkeypatch.setenv("IDENTITY_ENDPOINT", f"http://127.0.0.1:{self.metadata.port}/msi/token")
        monkeypatch.setenv("IDENTITY_HEADER", "header-of-the-machine")

    def virtual_machine(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """This process runs on a virtual machine of Azure."""
        monkeypatch.setenv("AZURE_POD_IDENTITY_AUTHORITY_HOST", f"http://127.0.0.1:{self.metadata.port}")

    def refuses(self, error: str, description: str, *, status: int = 401) -> None:
        """The next request for a token is refused."""
        self.answers.append((status, {"error": error, "error_description": description}))

    def new_token(self) -> str:
        """A token like Microsoft's; another one each time."""
        if self.opaque:
            return f"opaque-{len(self.asked)}"
        claims = {"exp": int(time.time()) + self.lives, "aud": RESOURCE, "uti": str(len(self.asked))}
        return jwt.encode(claims, private_key("login"), algorithm="RS256")

    async def _tenant(self, request: web.Request) -> web.Response:
        if self.unknown_tenant:
            told = "AADSTS90002: Tenant 'secret-tenant' not found."
            return web.json_response({"error": "invalid_tenant", "error_description": told}, status=400)
        if self.is_behind_a_page:
            return web.Response(text="<html>log in to the network first</html>")
        base = f"https://{HOST}/{request.match_info['tenant']}"
        return web.json_response(
            {
                "issuer": f"{base}/v2.0",
                "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
                "token_endpoint": f"{base}/oauth2/v2.0/token",
            }
        )

    async def _token(self, request: web.Request) -> web.Response:
        said = dict(parse_qsl(await request.text()))
        return await self._answer(request, said, lambda token: {"token_type": "Bearer", "access_token": token})

    async def _app_service(self, request: web.Request) -> web.Response:
        ends = str(int(time.time()) + self.lives)
        return await self._answer(
            request,
            dict(request.query),
            lambda token: {"access_token": token, "expires_on": ends, "resource": RESOURCE},
        )

    async def _machine(self, request: web.Request) -> web.Response:
        return await self._answer(request, dict(request.query), lambda token: {"access_token": token})

    async def _answer(self, request: web.Request, said: dict[str, str], found: Callable[[str], Json]) -> web.Response:
        self.asked.append(Asked(request.path, said, dict(request.headers)))
        await self.gate.wait()
        if not self.answers:
            return web.json_response({**found(self.new_token()), "expires_in": self.lives})
        status, body = self.answers.pop(0)
        return web.Response(text=body if isinstance(body, str) else json.dumps(body), status=status)

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._pipes.add(task)
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            await self._tunnel(reader, writer)
        writer.close()
        self._pipes.discard(task)

    async def _tunnel(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        method, where, *_ = (await reader.readuntil(b"\r\n\r\n")).decode().split()
        if (method, where) != ("CONNECT", f"{HOST}:443"):
            self.strangers.append(where)
            writer.write(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
            return
        there, back = await asyncio.open_connection("127.0.0.1", self.server.port)
        writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        await asyncio.gather(_pipe(reader, back), _pipe(there, writer))


async def _pipe(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    try:
        while part := await source.read(65536):
            sink.write(part)
            await sink.drain()
    finally:
        sink.close()


def certificate(
    name: str, *, issuer: str = "", host: str = "", begins: timedelta = timedelta(days=-1), days: int = 365
) -> x509.Certificate:
    """A certificate for the key of a name; signed by itself, or by the key of `issuer`."""
    subject, by = (x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, n)]) for n in (name, issuer or name))
    starts = datetime.now(UTC) + begins
    key, signing = private_key(name), private_key(issuer or name)
    found = (
        x509.CertificateBuilder(by, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(starts)
        .not_valid_after(starts + timedelta(days=days))
        .add_extension(x509.BasicConstraints(ca=not issuer, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signing.public_key()), critical=False)
    )
    if host:
        found = found.add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
    else:
        usage = dict.fromkeys(("key_encipherment", "data_encipherment", "key_agreement", "content_commitment"), False)
        found = found.add_extension(
            x509.KeyUsage(
                digital_signature=True,
                key_cert_sign=True,
                crl_sign=True,
                encipher_only=False,
                decipher_only=False,
                **usage,
            ),
            critical=True,
        )
    return found.sign(signing, hashes.SHA256())


def pem(thing: x509.Certificate | RSAPrivateKey) -> str:
    """As it stands in a file."""
    if isinstance(thing, x509.Certificate):
        return thing.public_bytes(Encoding.PEM).decode()
    return thing.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def digest(found: x509.Certificate) -> str:
    """The SHA-256 thumbprint of a certificate, as the header x5t#S256 has it."""
    return base64.urlsafe_b64encode(found.fingerprint(hashes.SHA256())).decode().rstrip("=")


def _tls(bundle: Path) -> ssl.SSLContext:
    """A server that is login.microsoftonline.com for whoever trusts the authority that is written to `bundle`."""
    bundle.write_text(pem(certificate("authority")))
    whole = bundle.with_name("server.pem")
    whole.write_text(pem(certificate("server", issuer="authority", host=HOST)) + pem(private_key("server")))
    found = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    found.load_cert_chain(whole)
    return found
