"""What reaches the core: one frozen type per thing a person or a platform can do."""

from dataclasses import dataclass, field
from typing import Any

Address = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Handle:
    """An account on a platform: ("slack", "T1:U2"), ("teams", "tenant:aadObjectId"); never a display name."""

    platform: str
    id: str


@dataclass(frozen=True, slots=True)
class Place:
    """Somewhere a message can go. `address` is written and read by the adapter only."""

    platform: str
    id: str
    private: bool = False
    address: Address = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Mention:
    """A colleague named in a text, with the exact characters (`shown`) that named them."""

    who: Handle
    shown: str


@dataclass(frozen=True, slots=True)
class Command:
    """Words typed to the bot. `name` is the command (`kizuki`, `kudos`), `text` what followed it."""

    key: str
    who: Handle
    where: Place
    name: str
    text: str
    mentions: tuple[Mention, ...] = ()


@dataclass(frozen=True, slots=True)
class Press:
    """A pressed button with every field of its card; each field is a tuple of values, empty when left blank."""

    key: str
    who: Handle
    where: Place
    action: str
    value: str = ""
    fields: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def first(self, name: str) -> str:
        """The one value of a field, or "" when it is missing or blank."""
        return (self.fields.get(name) or ("",))[0]


@dataclass(frozen=True, slots=True)
class Opened:
    """Somebody opened the bot's home."""

    key: str
    who: Handle
    where: Place


@dataclass(frozen=True, slots=True)
class Joined:
    """The bot was added to a place."""

    key: str
    where: Place
    title: str = ""


@dataclass(frozen=True, slots=True)
class Left:
    """The bot was removed from a place."""

    key: str
    where: Place


Event = Command | Press | Opened | Joined | Left
