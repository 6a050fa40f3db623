"""What the playground needs of the rest of the house."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Protocol, TypeVar

from bot.cards import Reply
from bot.events import Event, Handle
from bot.turn import House

T = TypeVar("T")


class BotLike(Protocol):
    """The core, as a chat platform uses it."""

    house: House

    async def handle(self, event: Event) -> Reply | None: ...
    async def read(self, query: Callable[..., T], *args: Any) -> T: ...
    async def read_as(self, handle: Handle, query: Callable[..., T], *args: Any) -> T: ...
    async def study_as(self, handle: Handle, query: Callable[..., T], *args: Any) -> T: ...


class ClockLike(Protocol):
    """The simulated clock: the time in the organisation's zone, what is due next, and a way forward."""

    def now(self) -> datetime: ...
    async def upcoming(self) -> tuple[str, datetime] | None: ...
    async def travel(self, to: datetime) -> None: ...


class PhrasesLike(Protocol):
    """The texts of every language."""

    def __call__(self, lang: str, key: str, **values: object) -> str: ...
