"""What every chat platform is to the rest of the house."""

from collections.abc import AsyncIterator, Sequence
from typing import Protocol, runtime_checkable

from aiohttp import web

from bot.cards import Card
from bot.events import Joined, Left, Place, Profile

# An account by the platform's id, what the platform says of it, and where it is written to.
Account = tuple[str, Profile, Place | None]


class Later(Exception):
    """The platform cannot take the message now; try again in `seconds`."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"later, in {seconds:.0f} s")
        self.seconds = seconds


class Gone(Exception):
    """Nobody can be reached there any more; `why` is a word for the report: blocked, not_installed, removed."""

    def __init__(self, why: str = "") -> None:
        super().__init__(why)
        self.why = why


class Unready(Exception):
    """A platform cannot start the way things are; the words say what to do, and hold no secret."""


@runtime_checkable
class Streaming(Protocol):
    """A platform that holds requests open for as long as it runs."""

    def end_streams(self) -> None:
        """End them: the server stops once every request is answered."""
        ...


class Platform(Protocol):
    """A chat platform: it draws cards and delivers them."""

    name: str

    def routes(self) -> Sequence[web.AbstractRouteDef]:
        """The HTTP routes this platform needs in the one web application."""
        ...

    async def start(self) -> None:
        """Open what needs opening, inside the running event loop."""
        ...

    async def close(self) -> None:
        """Let go of it again."""
        ...

    async def profile(self, ext_id: str) -> Profile | None:
        """What the platform says of one of its accounts; None where it cannot be asked."""
        ...

    def everyone(self) -> AsyncIterator[list[Account]]:
        """Everybody on the platform, page by page; nobody where it cannot be asked."""
        ...

    def places(self) -> AsyncIterator[Joined | Left]:
        """What changed in where the bot is, as far as the platform told of it at no other time."""
        ...

    async def send(self, place: Place, card: Card, *, key: str, replaces: str = "") -> str:
        """Deliver a card and return the platform's reference to the message.

        `key` is the message's identity: a platform that can, uses it to show the same message once. `replaces` is an
        earlier reference whose message takes this card instead. Raises `Later` or `Gone`.
        """
        ...
