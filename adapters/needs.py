"""What a chat platform needs of the rest of the house."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, Protocol, TypeVar

from bot.cards import Reply
from bot.events import Event, Handle, Place, Profile
from bot.turn import House

T = TypeVar("T")


class BotLike(Protocol):
    """The core, as a chat platform uses it."""

    house: House

    def now(self) -> datetime: ...
    async def handle(self, event: Event, *, insured: bool = False) -> Reply | None: ...
    async def shown(self, event: Event) -> None: ...
    async def read(self, query: Callable[..., T], *args: Any) -> T: ...
    async def read_as(self, handle: Handle, query: Callable[..., T], *args: Any) -> T: ...
    async def keep(self, handle: Handle, chat: Place) -> None: ...
    async def take_in(self, platform: str, found: Iterable[tuple[str, Profile, Place | None]]) -> object: ...
