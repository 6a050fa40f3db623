"""Teams' activities as events of the core, each with the place it came from and the identity of what was done."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any
from urllib.parse import unquote

from adapters.keys import Keys
from adapters.teams import origin
from adapters.teams.origin import NAME, Activity, Origin, base, part, parts, text, user_of
from adapters.teams.wording import quoted, starting, worded
from bot.events import Command, Handle, Joined, Left, Opened, Place, Press, number_in

FILE = "teams.file"
RECEIPT = "application/vnd.microsoft.readReceipt"
FIELDS = ("t:", "c:", "m:", "p:")
# What a person means by reacting to a message of the bot's; everything else but these agrees.
DISAGREES = frozenset(("sad", "angry"))


def message(activity: Activity, keys: Keys, words: Iterable[str]) -> tuple[Command, Origin]:
    """Words to the bot: in its own chat, or with its name in a channel or group chat. `words` call for a note."""
    found = origin.of(activity, "message")
    said = worded(activity)
    begun = starting(said.text.removeprefix("/").removeprefix("@"), words)
    typed = begun[1] if begun else said.text
    key = keys("message", found.tenant, found.conversation, found.said, found.user)
    return Command(key, found.who, found.where, "kizuki", typed, said.mentions), found


def submitted(activity: Activity, keys: Keys) -> tuple[Press, Origin] | None:
    """A button of a client that knows no Action.Execute: a message without words and with the card's fields."""
    return _pressed(activity, "submit", part(activity, "value"), keys)


def executed(activity: Activity, keys: Keys) -> tuple[Press, Origin] | None:
    """A pressed button of a card (Action.Execute), with every field beside it."""
    return _pressed(activity, "press", part(part(part(activity, "value"), "action"), "data"), keys)


def fetched(activity: Activity, keys: Keys) -> tuple[Press, Origin] | None:
    """A pressed button that opens a dialog."""
    return _pressed(activity, "fetch", part(part(activity, "value"), "data"), keys)


def sent(activity: Activity, keys: Keys) -> tuple[Press, Origin] | None:
    """A dialog, sent by one of its buttons."""
    return _pressed(activity, "task", part(part(activity, "value"), "data"), keys)


def form(activity: Activity, keys: Keys) -> tuple[Press, Origin] | None:
    """A dialog of the message extension, sent."""
    return _pressed(activity, "form", part(part(activity, "value"), "data"), keys)


def extension(activity: Activity, keys: Keys, actions: Mapping[str, tuple[str, str]]) -> tuple[Press, Origin] | None:
    """A command of the message extension: on a message, which is quoted then, or where one writes.

    `actions` holds for each command the core's action on a message and the one without.
    """
    value = part(activity, "value")
    on_message, alone = actions.get(text(value, "commandId"), ("", ""))
    message = part(value, "messagePayload")
    action = on_message if message else alone
    if not action:
        return None
    found = origin.of(activity, "shortcut")
    key = keys("shortcut", found.tenant, found.user, found.said)
    return Press(key, found.who, found.where, action, "", _quote(message, found.tenant)), found


def reaction(activity: Activity, keys: Keys, *, taken_back: bool = False) -> tuple[str, Origin] | None:
    """The key of a reaction to a message of the bot's that agrees with it, or of one taken back; None for others."""
    kinds = [text(one, "type") for one in parts(activity, "reactionsRemoved" if taken_back else "reactionsAdded")]
    found = origin.of(activity, "reaction")
    if not found.message or all(kind in DISAGREES for kind in kinds):
        return None
    way = "unreaction" if taken_back else "reaction"
    return keys(way, found.tenant, found.conversation, found.message, found.user, found.said), found


def read(activity: Activity) -> tuple[Handle, Callable[[str], bool]] | None:
    """Who read their own chat, and whether a message of the bot's, by its reference, is among what they read.

    Teams names the last message that was read; ids of messages are numbers that grow with time.
    """
    found, last = origin.of(activity, "home"), number_in(text(part(activity, "value"), "lastReadMessageId"))
    if not found.personal or last is None:
        return None

    def was_read(reference: str) -> bool:
        conversation, _, message = reference.rpartition("|")
        number = number_in(message)
        return conversation == found.conversation and number is not None and number <= last

    return found.who, was_read


def opened(activity: Activity, keys: Keys, before: str) -> tuple[Opened, Origin]:
    """Somebody installed the bot for themselves: it shows its home.

    Two activities tell of one coming; `before` says how things stood, which is the same for both and no other.
    """
    found = origin.of(activity, "home")
    return Opened(keys("home", found.tenant, found.user, before), found.who, found.where), found


def joined(activity: Activity, keys: Keys, *, greets: bool = True) -> Joined:
    """The bot came to a team's channel or a group chat, or a channel of its team came into being or back."""
    where, title = _there(activity)
    by = user_of(part(activity, "from"))
    who = Handle(NAME, f"{where.address['tenant']}:{by}") if by else None
    return Joined(keys("joined", where.id, _moment(activity)), where, title, who, greets)


def left(activity: Activity, keys: Keys) -> Left:
    """The bot is in a channel or group chat no more, or there is none any more."""
    where, _ = _there(activity)
    return Left(keys("left", where.id, _moment(activity)), where, "removed")


def uninstalled(activity: Activity, keys: Keys) -> Left:
    """Somebody took the bot away for themselves."""
    found = origin.of(activity, "home")
    return Left(keys("left", found.where.id, _moment(activity)), found.where, "uninstalled")


def titled(team: str, channel: str) -> str:
    """What a channel is called: its team's name, and its own where it is not the team's first."""
    return f"{team} / {channel}" if team and channel else team or channel


def _there(activity: Activity) -> tuple[Place, str]:
    """The channel an event is about: the one it names, else the one chosen at installation, else where it came from."""
    data, conversation = part(activity, "channelData"), part(activity, "conversation")
    team, chosen = part(data, "team"), part(part(data, "settings"), "selectedChannel")
    channel = part(data, "channel") or chosen
    ident = text(channel, "id") or base(text(conversation, "id"))
    name = text(channel, "name")
    service, tenant = text(activity, "serviceUrl"), origin.tenant_of(activity)
    title = titled(text(team, "name"), name) or text(conversation, "name")
    return origin.shared(service, tenant, ident, team=text(team, "id")), title


def _moment(activity: Activity) -> str:
    return text(activity, "id") or text(activity, "timestamp")


def _pressed(activity: Activity, kind: origin.Kind, data: Mapping[str, Any], keys: Keys) -> tuple[Press, Origin] | None:
    """A press by what its button carries; None for what carries nothing of ours."""
    action, value = text(data, "a"), text(data, "v")
    if not action:
        return None
    found = origin.of(activity, kind, about=data)
    key = keys(kind, found.tenant, found.user, found.said, action, value)
    return Press(key, found.who, found.where, action, value, fields(data, found.tenant)), found


def fields(data: Mapping[str, Any], tenant: str) -> dict[str, tuple[str, ...]]:
    """Every field of a card by its name; what was left blank is empty.

    An input's id says what it holds: t: a text, c: one choice, m: choices with commas between them, p: people.
    """
    named = ((name.partition(":"), given) for name, given in data.items() if name[:2] in FIELDS)
    return {name: _values(kind, given, tenant) for (kind, _, name), given in named}


def _values(kind: str, given: object, tenant: str) -> tuple[str, ...]:
    if not isinstance(given, str) or not given:
        return ()
    match kind:
        case "t":
            return (given,)
        case "c":
            return (unquote(given),)
        case "m":
            return tuple(unquote(one) for one in given.split(",") if one)
        case _:
            return tuple(f"{NAME}/{tenant}:{one.lower()}" for one in given.split(",") if one)


def _quote(message: Mapping[str, Any], tenant: str) -> dict[str, tuple[str, ...]]:
    """A quoted message's words, and who wrote them as far as that was a person."""
    if not message:
        return {}
    user = part(part(message, "from"), "user")
    writer = (f"{NAME}/{tenant}:{text(user, 'id').lower()}",) if text(user, "id") else ()
    said = quoted(message)
    return {"text": (said,) if said else (), "by": writer, "to": writer}
