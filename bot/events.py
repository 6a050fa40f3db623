"""What reaches the core: one frozen type per thing a person or a platform can do."""

import re
import unicodedata
from dataclasses import dataclass, field, replace
from typing import Any, Literal

Address = dict[str, Any]

_BROKEN = re.compile("[\x00\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Handle:
    """An account on a platform: ("slack", "T1:U2"), ("teams", "tenant:aadObjectId"); never a display name."""

    platform: str
    id: str

    @property
    def name(self) -> str:
        """The account in one word, as the database keeps it."""
        return f"{self.platform}/{self.id}"


@dataclass(frozen=True, slots=True)
class Place:
    """Somewhere a message can go. `address` is written and read by the adapter only."""

    platform: str
    id: str
    private: bool = False
    address: Address = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Profile:
    """What a platform says of an account. `email` counts only where the platform has `verified` it.

    `locale` (such as en-US) is a first guess at the language; `gone` says that the account was closed; `chat` is where
    it is written to, where the platform knows that beforehand.
    """

    kind: Literal["member", "guest", "bot", "shared"] = "member"
    email: str = ""
    verified: bool = False
    name: str = ""
    locale: str = ""
    gone: bool = False
    chat: Place | None = None


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
    """The bot was added to a place, by somebody (`by`) where the platform says so.

    `greets` is off where it came along with something else: nobody expects it to speak there, now or every day.
    """

    key: str
    where: Place
    title: str = ""
    by: Handle | None = None
    greets: bool = True


@dataclass(frozen=True, slots=True)
class Left:
    """The bot was removed from a place; `why` is a word for the report on who can be reached."""

    key: str
    where: Place
    why: str = "removed"


def number_in(value: str) -> int | None:
    """The number a card sent, or None for anything else: other scripts' digits, signs, what no key can be."""
    return int(value) if value.isascii() and value.isdigit() and len(value) < 16 else None


def is_blank(text: str) -> bool:
    """Whether nothing of a text can be seen: only spaces, control and invisible characters."""
    return all(unicodedata.category(c)[0] in "CZ" for c in text)


def cleaned(event: "Event") -> "Event":
    """The event without what no database keeps: NUL and halves of characters become U+FFFD, the rest is as typed."""
    match event:
        case Command():
            return replace(event, text=whole(event.text))
        case Press():
            fields = {name: tuple(map(whole, values)) for name, values in event.fields.items()}
            return replace(event, value=whole(event.value), fields=fields)
        case Joined():
            return replace(event, title=whole(event.title))
        case _:
            return event


def whole(text: str) -> str:
    """A text with U+FFFD for what no database keeps."""
    return _BROKEN.sub("\ufffd", text)


Event = Command | Press | Opened | Joined | Left
