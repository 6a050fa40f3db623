"""What an event is known by, so that it is acted on once."""

from dataclasses import dataclass
from hashlib import blake2b


@dataclass(frozen=True, slots=True)
class Keys:
    """Makes the key of an event from the identity of what a person did, not of the delivery that tells of it.

    An identity names the account and the moment; hashed with a secret, what the database and the log keep does not.
    """

    platform: str
    secret: bytes

    def __call__(self, *identity: str) -> str:
        digest = blake2b("\n".join(identity).encode(), digest_size=16, key=blake2b(self.secret).digest())
        return f"{self.platform}:{digest.hexdigest()}"
