"""Tokens at rest: sealed with a key that only the environment knows, so that the database alone opens no workspace."""

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from adapters.platform import Unready
from bot.platforms import Slack

MAKE_ONE = 'make one with: python -c "from adapters.slack.vault import new_key; print(new_key())"'


class WrongKey(Unready):
    """A token was sealed with none of the keys."""

    def __init__(self) -> None:
        super().__init__(
            "platforms.slack.key does not open the tokens in the database, which were sealed with another key. "
            "Put that one behind the new one, separated by a comma; where it is lost, "
            "delete the rows of the table `installation` and have every workspace install kizuki again."
        )


class Vault:
    """Seals and opens tokens. The first key seals, every key opens.

    Replicas that do not restart together: give all of them the new key in the second place first, then in the first.
    """

    def __init__(self, keys: str) -> None:
        """`keys` is one or several Fernet keys with commas between them, newest first; raises ValueError."""
        found = [Fernet(key) for key in _split(keys)]
        self._all = MultiFernet(found)
        self._newest = found[0]

    def seal(self, token: str) -> str:
        """A token as the database keeps it; nothing stays nothing."""
        return self._newest.encrypt(token.encode()).decode() if token else ""

    def open(self, sealed: str) -> str:
        """A token as Slack takes it; raises `WrongKey`."""
        if not sealed:
            return ""
        try:
            return self._all.decrypt(sealed).decode()
        except InvalidToken:
            raise WrongKey from None

    def is_newest(self, sealed: str) -> bool:
        """Whether a token is sealed with the newest key."""
        try:
            return not sealed or bool(self._newest.decrypt(sealed))
        except InvalidToken:
            return False


def new_key() -> str:
    """A new key for `platforms.slack.key`."""
    return Fernet.generate_key().decode()


def check(slack: Slack) -> list[str]:
    """What is wrong with the keys, in sentences that never show one; nothing where one workspace needs none."""
    if not slack.several:
        return []
    keys = _split(slack.key.get_secret_value())
    if not keys:
        return [f"platforms.slack.key holds no key: {MAKE_ONE}"]
    return [
        f"platforms.slack.key: key {number} of {len(keys)} is no Fernet key (32 bytes as URL-safe base64): {MAKE_ONE}"
        for number, key in enumerate(keys, 1)
        if not _is_key(key)
    ]


def _split(keys: str) -> list[str]:
    return [key for part in keys.split(",") if (key := part.strip())]


def _is_key(key: str) -> bool:
    try:
        Fernet(key)
    except ValueError:
        return False
    return True
