"""The bot's own identity: tokens from Microsoft, got in a thread, kept, and renewed before they end."""

import asyncio
import logging
import random
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from json import JSONDecodeError
from pathlib import Path
from typing import Any

import jwt
import msal
import requests
from botframework.connector import auth
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key

from adapters.platform import Later
from bot.platforms import Teams

PATIENCE_S = 10.0
CONNECT_S, READ_S = 3.0, 4.0
MARGIN_S, UNKNOWN_S = 300.0, 240.0
# What is left of a token's life when a new one is looked for: a quarter.
RENEWED_AFTER = 0.75
NETWORK_S, REFUSED_S = 10.0, 600.0
# After a failure nobody asks again for so long; a secret that was put right works a minute later.
PAUSE_S, REFUSED_PAUSE_S = 10.0, 60.0
# https://learn.microsoft.com/entra/identity-platform/reference-error-codes: they pass by themselves.
PASSING = frozenset(("temporarily_unavailable", "server_error", "AADSTS90033"))

log = logging.getLogger("kizuki.teams")
# At DEBUG these two write addresses with the app's id in them, and parts of answers.
for _name in ("msal", "urllib3"):
    logging.getLogger(_name).setLevel(logging.WARNING)


class Unwelcome(Later):
    """Microsoft refuses the bot's credentials; `code` is its word for why, such as AADSTS7000215."""

    def __init__(self, code: str) -> None:
        super().__init__(REFUSED_S)
        self.args = (f"refused: {code}",)
        self.code = code


@dataclass(frozen=True, slots=True)
class _Held:
    """A token, when it was got, from when on a new one is looked for, and until when it is used; in seconds."""

    token: str = field(default="", repr=False)
    got_at: float = 0.0
    renew_at: float = 0.0
    good_until: float = 0.0


class Credentials:
    """Tokens for Microsoft's Bot Connector.

    `ask` gets a new one, blocking, and raises `Later`; `now` is in seconds, `patience` the seconds one may take.
    """

    def __init__(
        self, ask: Callable[[], str], now: Callable[[], float] = time.time, *, patience: float = PATIENCE_S
    ) -> None:
        self._ask = ask
        self._now = now
        self._patience = patience
        self._held = _Held()
        self._task: asyncio.Task[None] | None = None
        self._talk: asyncio.Future[str] | None = None
        self._refusal = ""
        self._failed_at, self._pause_s = 0.0, 0.0

    async def close(self) -> None:
        """Wait no longer for a token."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def token(self) -> str:
        """A token that is good for minutes; raises `Later`, or `Unwelcome` where the credentials are refused.

        Only the first call waits, as long as one comes while a quarter of a token's life is left.
        """
        now = self._now()
        if now >= self._held.renew_at:
            task = self._begin()
            if task is not None and now >= self._held.good_until:
                await asyncio.shield(task)
        if self._now() < self._held.good_until:
            return self._held.token
        raise Unwelcome(self._refusal) if self._refusal else Later(_about(NETWORK_S))

    def forget(self, token: str) -> None:
        """A token was refused: get another. One that is refused as soon as it was got is no reason to hurry."""
        if token != self._held.token:
            return
        if self._now() - self._held.got_at < REFUSED_PAUSE_S:
            self._pause("", PAUSE_S)
        self._held = _Held()

    def _begin(self) -> asyncio.Task[None] | None:
        """The talk with Microsoft that all share; None while nobody is to ask."""
        # A clock that was set back must not make this wait for the time it has lost.
        is_paused = 0 <= self._now() - self._failed_at < self._pause_s
        if not is_paused and (self._task is None or self._task.done()):
            self._task = asyncio.create_task(self._renew(), name="teams token")
        return None if is_paused else self._task

    async def _renew(self) -> None:
        try:
            token = await asyncio.wait_for(asyncio.shield(self._thread()), self._patience)
        except Unwelcome as refused:
            self._pause(refused.code, REFUSED_PAUSE_S)
            log.error("Microsoft refuses the bot's credentials: %s", refused.code)
        except Exception as fault:  # noqa: BLE001 - whoever waits is told to come later, whatever it was
            self._pause("", PAUSE_S)
            log.warning("no token from Microsoft: %s", type(fault).__name__)
        else:
            self._held, self._refusal = _held(token, self._now()), ""

    def _thread(self) -> asyncio.Future[str]:
        """The thread that asks; one that is stuck is waited for again, never joined by a second."""
        if self._talk is None or self._talk.done():
            self._talk = asyncio.get_running_loop().run_in_executor(None, self._ask)
            self._talk.add_done_callback(lambda done: done.cancelled() or done.exception())
        return self._talk

    def _pause(self, refusal: str, seconds: float) -> None:
        self._refusal, self._failed_at, self._pause_s = refusal, self._now(), seconds


def credentials(settings: Teams, now: Callable[[], float] = time.time) -> Credentials:
    """The bot's credentials as app.yaml has them; where nobody proves anything, the token is the word `none`."""
    return Credentials(lambda: "none" if settings.without_auth else ask(settings), now)


def ask(settings: Teams) -> str:
    """A new token, after a talk with Microsoft that blocks; raises `Later` or `Unwelcome`, which hold no secret."""
    with _Session() as session:
        try:
            return str(_identity(settings, session).get_access_token())
        except Exception as fault:  # noqa: BLE001 - msal lets through whatever the network and odd answers cause
            told = _meaning(fault)
    # Out here, so that what msal said, ids and all, is not this one's context.
    raise told


class _Session(requests.Session):
    """A session with time limits; raises `Later` where Microsoft cannot answer."""

    def request(self, *args: Any, **options: Any) -> requests.Response:
        found = super().request(*args, **{"timeout": (CONNECT_S, READ_S), **options})
        # Microsoft's own trouble; msal takes some of it for a refusal.
        if found.status_code == 429 or found.status_code >= 500:
            raise Later(_about(NETWORK_S))
        return found


class _Managed(auth.ManagedIdentityAppCredentials):  # type: ignore[misc]  # untyped
    """The library's own, but with a word for why where there is no token."""

    def get_access_token(self, force_refresh: bool = False) -> str:  # noqa: ARG002 - the library's signature
        answer = self.app.acquire_token_for_client(resource=self.oauth_scope)
        if "access_token" not in answer:
            raise PermissionError(f"error: {answer.get('error')}, error_description: {answer.get('error_description')}")
        return str(answer["access_token"])


def _identity(settings: Teams, session: requests.Session) -> auth.AppCredentials:
    """The library's credentials, over a session that has time limits. New each time, for msal keeps refused tokens."""
    if settings.managed_identity:
        return _managed(settings, session)
    app, tenant = settings.app_id, settings.tenant
    if settings.certificate:
        # Read each time: whoever replaces the file need not restart kizuki.
        file = _file(settings, time.time())
        if file.faults:
            raise Unwelcome("certificate")
        found = auth.CertificateAppCredentials(app, "", file.private, tenant, certificate_public=file.public)
        # Without a thumbprint from us msal computes the SHA-256 one and signs with PS256: SHA-1 is for old servers.
        proof: Any = {"private_key": file.private, "public_certificate": file.public}
    else:
        proof = settings.password.get_secret_value()
        found = auth.MicrosoftAppCredentials(app, proof, tenant)
    # The library makes its own without time limits; and where the host is known, asking what hosts there are is idle.
    found.app = msal.ConfidentialClientApplication(
        app, authority=found.oauth_endpoint, client_credential=proof, http_client=session, instance_discovery=False
    )
    return found


def _managed(settings: Teams, session: requests.Session) -> auth.AppCredentials:
    # Azure gives the identity on the machine itself: no proxy reaches it.
    session.trust_env = False
    found = _Managed(settings.app_id)
    who = msal.UserAssignedManagedIdentity(client_id=settings.app_id)
    found.app = msal.ManagedIdentityClient(who, http_client=session)
    return found


def _meaning(fault: Exception) -> Later:
    """What a failure means for whoever waits."""
    if isinstance(fault, Later):
        return fault
    # A tenant that does not exist; msal says the same of an answer that is not Microsoft's.
    if type(fault) is ValueError and not isinstance(fault.__context__, JSONDecodeError):
        code = _code(str(fault.__context__ or ""), "invalid_tenant")
    elif isinstance(fault, PermissionError) and not isinstance(fault.errno, int):
        code = _code(str(fault), "refused")
    else:
        return Later(_about(NETWORK_S))
    return Later(_about(NETWORK_S)) if code in PASSING else Unwelcome(code)


def _code(text: str, otherwise: str) -> str:
    """Microsoft's word for a refusal, out of a text that may hold more than a log should."""
    found = re.search(r"\bAADSTS\d{2,9}\b", text) or re.search(r"(?<=error: )[a-z_]{3,40}(?=,)", text)
    return found[0] if found else otherwise


def _held(token: str, now: float) -> _Held:
    try:
        life = float(jwt.decode(token, options={"verify_signature": False})["exp"]) - now
    except (jwt.PyJWTError, KeyError, TypeError, ValueError, OverflowError):
        life = 0.0
    # A token may be so short-lived that five minutes would be all of it.
    used = max(life - MARGIN_S, life / 2) if life > 0 else UNKNOWN_S
    return _Held(token, now, now + used * RENEWED_AFTER, now + used)


def _about(seconds: float) -> float:
    """So many seconds and up to a fifth more: replicas that failed together do not come back together."""
    return seconds * random.uniform(1.0, 1.2)


def faults(settings: Teams, now: Callable[[], float] = time.time) -> list[str]:
    """What is wrong with the certificate's file, in sentences; nothing where there is none."""
    found = _file(settings, now()).faults if settings.certificate else []
    return [f"platforms.teams.certificate: {fault}" for fault in found]


@dataclass(frozen=True, slots=True)
class _File:
    """The certificate and its key as PEM, or what is wrong with the file they are in."""

    faults: list[str]
    public: str = ""
    private: str = field(default="", repr=False)


def _file(settings: Teams, now: float) -> _File:
    try:
        text = Path(settings.certificate).read_bytes()
    except OSError as fault:
        return _File([f"the file cannot be read ({type(fault).__name__})."])
    key, certificates = _key(text), _certificates(text)
    wrong = [part for part in (key, certificates) if isinstance(part, str)]
    if isinstance(key, str) or isinstance(certificates, str):
        return _File(wrong)
    owned = [c for c in certificates if c.public_key() == key.public_key()]
    if not owned:
        return _File(["the private key does not belong to the certificate."])
    own = max(owned, key=lambda c: c.not_valid_after_utc)
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return _File(_dates(own, now), own.public_bytes(Encoding.PEM).decode(), private.decode())


def _key(text: bytes) -> RSAPrivateKey | str:
    """The private key in a file, or what is wrong with it."""
    try:
        found = load_pem_private_key(text, None)
    except TypeError:
        return "the private key is encrypted; write it without a passphrase, into a file that only kizuki can read."
    except (ValueError, UnsupportedAlgorithm):
        return "there is no private key in it that can be read; put it into the file, below the certificate."
    return found if isinstance(found, RSAPrivateKey) else "the private key is no RSA key, and Microsoft takes no other."


def _certificates(text: bytes) -> list[x509.Certificate] | str:
    """The certificates in a file, or what is wrong with them."""
    try:
        return x509.load_pem_x509_certificates(text)
    except ValueError:
        return "there is no certificate in it that can be read; put it into the file, above the private key."


def _dates(certificate: x509.Certificate, now: float) -> list[str]:
    begins, ends = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    moment = datetime.fromtimestamp(now, UTC)
    if moment > ends:
        return [f"the certificate ended on {ends:%Y-%m-%d}; make a new one, and upload it to the app's registration."]
    return [f"the certificate begins on {begins:%Y-%m-%d} only."] if moment < begins else []
