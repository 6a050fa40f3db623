"""The keys of a survey, and what is made with them: marks of who answered, claims, and the receipts answerers hold.

A survey's key is made of the organisation's, which is in no database, and of a salt that is destroyed when the survey
closes. Without it a mark leads to nobody, and a receipt opens for nobody.
"""

import hmac
import json
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE = 12
# Longer texts are no receipts: nothing is worked out for them.
LONGEST = 4_000

Given = Mapping[str, tuple[str, ...]]


class Forged(Exception):
    """This is no receipt, or not of this survey, or not of this person."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What somebody answered: the group it counts in, the answers by question, the keys of free lines by question.

    `nonce` tells receipts apart; a new one has none yet.
    """

    number: int
    answers: dict[str, tuple[str, ...]]
    lines: dict[str, str]
    nonce: bytes = b""


class Seal:
    """A survey's key at work."""

    def __init__(self, root: bytes, code: str, salt: str) -> None:
        self._code = code
        self._key = hmac.digest(root, f"pulse:{salt}".encode(), sha256)

    @property
    def check(self) -> str:
        """By what the right key is known."""
        return self._hash("check")

    def mark(self, person_id: int) -> str:
        """What says that a person answered, and nothing without the key."""
        return self._hash(f"person:{person_id}")

    def spent(self, receipt: Receipt) -> str:
        """What says that a receipt was used."""
        return self._hash(f"spent:{receipt.nonce.hex()}")

    def write(self, receipt: Receipt, person_id: int, *, size: int) -> str:
        """A receipt as its holder's card carries it; it opens for them alone.

        All receipts of a survey are filled up to one `size`: how long one is would tell what was answered.
        """
        nonce = secrets.token_bytes(NONCE)
        answers = {question: list(values) for question, values in receipt.answers.items()}
        held = json.dumps([receipt.number, answers, receipt.lines], separators=(",", ":")).ljust(size)
        sealed = AESGCM(self._key).encrypt(nonce, held.encode(), self._bound(person_id))
        return urlsafe_b64encode(nonce + sealed).decode().rstrip("=")

    def read(self, text: str, person_id: int) -> Receipt:
        """The receipt that `write` wrote for this person; raises `Forged`."""
        nonce, held = _taken_apart(text)
        try:
            found = json.loads(AESGCM(self._key).decrypt(nonce, held, self._bound(person_id)))
        except InvalidTag:
            raise Forged from None
        number, answers, lines = found
        return Receipt(number, {q: tuple(values) for q, values in answers.items()}, lines, nonce)

    def _bound(self, person_id: int) -> bytes:
        return f"{self._code}\n{self.mark(person_id)}".encode()

    def _hash(self, what: str) -> str:
        return hmac.digest(self._key, what.encode(), sha256).hex()[:32]


def new_salt() -> str:
    """A salt for a survey that opens."""
    return secrets.token_hex(32)


def claim(root: bytes, key: str) -> str:
    """An event's key as it may be kept beside answers: it names no account."""
    return f"pulse:{hmac.digest(root, f'event:{key}'.encode(), sha256).hex()}"


def new_line() -> str:
    """The key of a free line, drawn by lot."""
    return secrets.token_hex(16)


def _taken_apart(text: str) -> tuple[bytes, bytes]:
    if len(text) > LONGEST or not text.isascii():
        raise Forged
    try:
        raw = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        raise Forged from None
    if len(raw) <= NONCE:
        raise Forged
    return raw[:NONCE], raw[NONCE:]
