"""Whether a request is Microsoft's: the token it carries, and the address that answers are to go to."""

import json
import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from math import inf
from typing import Any, Literal

import jwt
from jwt.types import Options
from jwt.utils import base64url_decode

from adapters.teams.signers import Signer, Signers, Unreachable
from bot.platforms import Teams

CHANNEL = "msteams"
ALGORITHM = "RS256"
# As Microsoft's own library has it, and its documentation:
# https://learn.microsoft.com/azure/bot-service/rest-api/bot-framework-rest-connector-authentication
LEEWAY_S = 300
LONGEST = 16 * 1024
# Claims are read below: one word for each refusal, and a clock that tests can set.
UNREAD: Options = {
    "verify_exp": False,
    "verify_nbf": False,
    "verify_iat": False,
    "verify_aud": False,
    "verify_iss": False,
    "verify_sub": False,
    "verify_jti": False,
}

Why = Literal[
    "absent",
    "scheme",
    "too_long",
    "malformed",
    "algorithm",
    "channel",
    "unreachable",
    "unknown_key",
    "signature",
    "endorsement",
    "issuer",
    "audience",
    "expired",
    "early",
    "service_url",
]

# Anybody may have a name under trafficmanager.net, so these two are whole; under the others there is only Microsoft.
# https://learn.microsoft.com/microsoftteams/platform/bots/how-to/conversations/send-proactive-messages
# https://github.com/microsoft/teams.py/pull/370
HOSTS = frozenset(("smba.trafficmanager.net", "smba.onyx.prod.teams.trafficmanager.net"))
ZONES = (".botframework.com", ".teams.microsoft.com", ".teams.microsoft.us")
ADDRESS = re.compile(
    r"https://([a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)+)(?::443)?(?:/[\w.~%/-]*)?",
    re.ASCII | re.IGNORECASE,
)
LONGEST_ADDRESS = 1000


class Unproved(Exception):
    """A request did not show that it comes from Microsoft; `why` is a word for the log, never anything it held."""

    def __init__(self, why: Why) -> None:
        super().__init__(why)
        self.why = why


class Proofs:
    """Says of a request what Microsoft signed about it. `now` is in seconds."""

    def __init__(self, settings: Teams, signers: Signers, now: Callable[[], float]) -> None:
        self._settings = settings
        self._signers = signers
        self._now = now

    async def claims(self, authorization: str, activity: Mapping[str, Any]) -> Mapping[str, Any]:
        """What the token in the header `Authorization` claims; raises `Unproved` where it does not fit the activity."""
        service = activity.get("serviceUrl")
        if not isinstance(service, str) or not service:
            raise Unproved("service_url")
        if activity.get("channelId") != CHANNEL:
            raise Unproved("channel")
        if self._settings.without_auth:
            return self._unsigned(service)
        token = _token(authorization)
        signer = await self._signer(_kid(token.partition(".")[0]))
        found = _signed(token, signer)
        self._check(found, service)
        return found

    def _unsigned(self, service: str) -> Mapping[str, Any]:
        """For tests: whoever reaches this machine is believed, as long as answers stay on it."""
        local = self._settings.local
        if not local or not service.startswith(local):
            raise Unproved("service_url")
        return {"iss": self._settings.issuer, "aud": self._settings.app_id, "serviceurl": service}

    async def _signer(self, kid: str) -> Signer:
        try:
            found = await self._signers.find(kid)
        except Unreachable:
            raise Unproved("unreachable") from None
        if found is None:
            raise Unproved("unknown_key")
        if CHANNEL not in found.endorsements:
            raise Unproved("endorsement")
        return found

    def _check(self, claims: Mapping[str, Any], service: str) -> None:
        if claims.get("iss") != self._settings.issuer:
            raise Unproved("issuer")
        if claims.get("aud") != self._settings.app_id:
            raise Unproved("audience")
        now = self._now()
        # A moment that is missing or no number is before, or after, every other one.
        if not now <= _moment(claims.get("exp"), -inf) + LEEWAY_S:
            raise Unproved("expired")
        if not now >= _moment(claims.get("nbf"), inf) - LEEWAY_S:
            raise Unproved("early")
        if claims.get("serviceurl") != service:
            raise Unproved("service_url")


def is_microsoft(service_url: str, local: str) -> bool:
    """Whether the bot's token may be sent there: a host of Microsoft's over TLS, or what `local` names if anything."""
    if len(service_url) > LONGEST_ADDRESS:
        return False
    if local and service_url.startswith(local):
        return True
    found = ADDRESS.fullmatch(service_url)
    host = found[1].lower() if found else ""
    return host in HOSTS or host.endswith(ZONES)


def _token(authorization: str) -> str:
    """The token in a header; raises `Unproved`."""
    if not authorization:
        raise Unproved("absent")
    if len(authorization) > LONGEST:
        raise Unproved("too_long")
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer":
        raise Unproved("scheme")
    return token


# A key signs for days, and all its tokens begin alike.
@lru_cache(maxsize=64)
def _kid(header: str) -> str:
    """The name of the key that a token says it was signed with; raises `Unproved`."""
    try:
        found = json.loads(base64url_decode(header))
    except (ValueError, RecursionError):
        raise Unproved("malformed") from None
    if not isinstance(found, dict):
        raise Unproved("malformed")
    if found.get("alg") != ALGORITHM:
        raise Unproved("algorithm")
    kid = found.get("kid")
    if not isinstance(kid, str) or not kid:
        raise Unproved("unknown_key")
    return kid


def _signed(token: str, signer: Signer) -> dict[str, Any]:
    """What a token says, after its signature was found right; raises `Unproved`."""
    try:
        return jwt.decode(token, signer.key, algorithms=[ALGORITHM], options=UNREAD)
    except jwt.InvalidSignatureError:
        raise Unproved("signature") from None
    except Exception:  # noqa: BLE001 - whatever a stranger's token does to the library, it is no proof
        raise Unproved("malformed") from None


def _moment(found: Any, missing: float) -> float:
    is_number = isinstance(found, (int, float)) and not isinstance(found, bool)
    try:
        return float(found) if is_number else missing
    except OverflowError:
        return missing
