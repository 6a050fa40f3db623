"""The keys Teams signs its requests with, and the tokens made with them."""

import base64
import time
from dataclasses import dataclass
from functools import cache
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.teams.tenant import Json

ISSUER = "https://api.botframework.com"
ENDORSED = ("msteams", "skype", "webchat", "directline")


@cache
def _private(number: int) -> rsa.RSAPrivateKey:
    """The n-th key of this test run: making one is slow, so every local Teams has the same ones."""
    return rsa.generate_private_key(public_exponent=65_537, key_size=2_048)


@dataclass(eq=False)
class Key:
    """A signing key by its id, and which channels it may sign for."""

    kid: str
    private: rsa.RSAPrivateKey
    endorsements: tuple[str, ...] = ENDORSED

    def shown(self) -> Json:
        """The key as the published set has it."""
        numbers = self.private.public_key().public_numbers()
        public = {"n": _number(numbers.n), "e": _number(numbers.e)}
        found: Json = {"kty": "RSA", "use": "sig", "kid": self.kid, "x5t": self.kid, **public}
        return {**found, "endorsements": list(self.endorsements)} if self.endorsements else found


def _number(value: int) -> str:
    raw = value.to_bytes((value.bit_length() + 7) // 8, "big")
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


class Keys:
    """The published keys; the newest signs."""

    def __init__(self) -> None:
        self.published: list[Key] = []
        self.asked = 0
        self._made = 0
        self.rotate()
        self.rotate()

    @property
    def current(self) -> Key:
        """The key that signs now."""
        return self.published[-1]

    def rotate(self) -> Key:
        """Publish another key and sign with it from now on; the old ones stay until they are removed."""
        self._made += 1
        self.published.append(Key(f"key-{self._made}", _private(self._made)))
        return self.current

    def remove(self, kid: str) -> None:
        """Take a key out of the published set."""
        self.published = [k for k in self.published if k.kid != kid]

    def stranger(self) -> Key:
        """A key that was never published."""
        return Key("key-0", _private(0))


def token(keys: Keys, app: str, service: str, **overrides: Any) -> str:
    """A token as Teams signs one, with other claims where they are given.

    `age` was signed so many seconds ago (it lives an hour), `key` is another key than the current one, `kid` another
    name for it, `alg` another way to sign. A claim that is None is left out.
    """
    key: Key = overrides.pop("key", None) or keys.current
    kid = overrides.pop("kid", key.kid)
    algorithm = overrides.pop("alg", "RS256")
    began = int(time.time()) - int(overrides.pop("age", 0))
    claims: Json = {"iss": ISSUER, "aud": app, "serviceurl": service, "nbf": began, "exp": began + 3_600, **overrides}
    claims = {name: value for name, value in claims.items() if value is not None}
    headers = {"kid": kid} if kid is not None else {}
    if algorithm == "none":
        return jwt.encode(claims, "", algorithm="none", headers=headers)
    secret: Any = "a secret that everybody knows, 32 bytes" if algorithm.startswith("HS") else key.private
    return jwt.encode(claims, secret, algorithm=algorithm, headers=headers)
