"""Microsoft's public keys, by which a request proves who sent it: fetched when needed, kept, fetched anew in time."""

import asyncio
import json
import logging
from collections.abc import Callable
from dataclasses import dataclass
from math import inf
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from jwt import PyJWTError
from jwt.algorithms import RSAAlgorithm

from bot.platforms import LOOPBACK

DAY_S = 24 * 60 * 60
# Keys are changed with days of notice: https://learn.microsoft.com/azure/bot-service/rest-api/bot-framework-rest-connector-authentication
LAST_S = 5 * DAY_S
# Nobody can make kizuki ask more often, and a new key is known within a minute.
PAUSE_S = 10.0
PATIENCE_S = 8.0
MOST_BYTES = 1024 * 1024
LEAST_BITS = 2048

log = logging.getLogger("kizuki.teams")


class Unreachable(Exception):
    """Whether there is such a key cannot be said now."""


@dataclass(frozen=True, slots=True)
class Signer:
    """A public key, and the channels it may speak for."""

    key: RSAPublicKey
    endorsements: frozenset[str]


class Signers:
    """The keys that an OpenID metadata document leads to, by their names.

    `now` is in seconds. Without a session one is opened at the first fetch, and closed by `close`.
    """

    def __init__(self, openid: str, now: Callable[[], float], session: aiohttp.ClientSession | None = None) -> None:
        self._openid = openid
        self._now = now
        self._session, self._own = session, session is None
        self._signers: dict[str, Signer] = {}
        self._fetched_at = self._asked_at = -inf
        self._is_down = False
        self._task: asyncio.Task[None] | None = None

    async def close(self) -> None:
        """Let go of what was opened."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        if self._own and self._session is not None:
            await self._session.close()

    async def find(self, kid: str) -> Signer | None:
        """The key of this name, None where Microsoft has none; raises `Unreachable`.

        A name that is not known waits for one fetch that all such requests share; a known one never waits.
        """
        if kid not in self._signers or self._age() > LAST_S:
            await self._fetched()
        elif self._age() > DAY_S:
            self._begin()
        found = self._signers.get(kid) if self._age() <= LAST_S else None
        if found is None and self._is_down:
            raise Unreachable
        return found

    def _age(self) -> float:
        return self._now() - self._fetched_at

    async def _fetched(self) -> None:
        if task := self._begin():
            # Whoever asked may go away; the others still wait for the same fetch.
            await asyncio.shield(task)

    def _begin(self) -> asyncio.Task[None] | None:
        """The last fetch where it is under way or was a moment ago, else a new one."""
        now = self._now()
        # A clock that was set back must not make this wait for the time it has lost.
        if (self._task is None or self._task.done()) and not 0 <= now - self._asked_at < PAUSE_S:
            self._asked_at = now
            self._task = asyncio.create_task(self._fetch(), name="teams keys")
        return self._task

    async def _fetch(self) -> None:
        try:
            async with asyncio.timeout(PATIENCE_S):
                self._signers = await self.read()
            self._fetched_at, self._is_down = self._now(), False
        except Exception as fault:  # noqa: BLE001 - whatever comes of the network, the old keys go on working
            self._is_down = True
            log.warning("Microsoft's keys could not be fetched: %s", type(fault).__name__)

    async def read(self) -> dict[str, Signer]:
        """Fetch the keys, by name, as they are published now; raises whatever comes of the network."""
        where = (await self._document(self._openid)).get("jwks_uri")
        if not isinstance(where, str) or not _may_lead(self._openid, where):
            raise ValueError("jwks_uri")
        listed = (await self._document(where)).get("keys")
        found = dict(pair for jwk in listed if (pair := _signer(jwk))) if isinstance(listed, list) else {}
        if not found:
            raise ValueError("no keys")
        return found

    async def _document(self, url: str) -> dict[str, Any]:
        if self._session is None:
            self._session = aiohttp.ClientSession(trust_env=True)
        body = bytearray()
        async with self._session.get(url, allow_redirects=False) as answer:
            if answer.status != 200:
                raise ValueError("status")
            async for part in answer.content.iter_any():
                body += part
                if len(body) > MOST_BYTES:
                    raise ValueError("size")
        found = json.loads(body)
        if not isinstance(found, dict):
            raise TypeError("document")
        return found


def _may_lead(metadata: str, keys: str) -> bool:
    """Whether keys may be fetched from there: over TLS, or on this machine where the metadata is on it too."""
    there, here = urlsplit(keys), urlsplit(metadata)
    if there.scheme == "https":
        return bool(there.hostname)
    return there.scheme == "http" and there.hostname in LOOPBACK and here.hostname in LOOPBACK


def _signer(jwk: Any) -> tuple[str, Signer] | None:
    """A key of the list with its name; None where it is no public key to verify signatures with."""
    if not isinstance(jwk, dict) or jwk.get("kty") != "RSA" or jwk.get("use", "sig") != "sig":
        return None
    kid, modulus, exponent = (jwk.get(name) for name in ("kid", "n", "e"))
    if not (isinstance(kid, str) and kid and isinstance(modulus, str) and isinstance(exponent, str)):
        return None
    try:
        key = RSAAlgorithm.from_jwk({"kty": "RSA", "n": modulus, "e": exponent})
    except (PyJWTError, ValueError):
        return None
    if not isinstance(key, RSAPublicKey) or key.key_size < LEAST_BITS:
        return None
    return kid, Signer(key, _words(jwk.get("endorsements")))


def _words(found: Any) -> frozenset[str]:
    return frozenset(word for word in found if isinstance(word, str)) if isinstance(found, list) else frozenset()
